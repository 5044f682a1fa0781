import type { AdvisoryDatabase, Archives, Clock, Entropy, Files, OciStorage, SigningKeys } from "../ports/index.ts";
import type { ImageTarget } from "./image-target.ts";

/** All that use cases may ask of the world, given by wiring (or, in tests, by fakes). */
export interface World {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly files: Files;
  readonly archives: Archives;
  readonly keys: SigningKeys;
  /**
   * Opens the repository that holds an image: a layout folder or a repository in a registry.
   * @throws {AmapError} LAYOUT_INVALID, OFFLINE; a registry is asked only when something is read
   */
  readonly openStorage: (target: ImageTarget, options?: { readonly create?: boolean }) => Promise<OciStorage>;
  /** Opens an advisory database file, or one in memory for `:memory:`. */
  readonly openAdvisoryDatabase: (path: string) => Promise<AdvisoryDatabase>;
}
