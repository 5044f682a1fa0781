import type {
  AdvisoryDatabase,
  Archives,
  Certificates,
  Clock,
  Cluster,
  Entropy,
  Files,
  Jobs,
  OciStorage,
  SigningKeys,
  Store,
} from "../ports/index.ts";
import type { ImageTarget } from "./image-target.ts";

/** All that use cases may ask of the world, given by wiring (or, in tests, by fakes). */
export interface World {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly files: Files;
  readonly archives: Archives;
  readonly keys: SigningKeys;
  /**
   * Opens the repository that holds an image: a layout folder or a repository in a registry. Handles are shared and
   * remember manifests by digest; a `fresh` one remembers nothing from before, so that what was deleted is gone.
   * @throws {AmapError} LAYOUT_INVALID, OFFLINE; a registry is asked only when something is read
   */
  readonly openStorage: (
    target: ImageTarget,
    options?: { readonly create?: boolean; readonly fresh?: boolean },
  ) => Promise<OciStorage>;
  /** Opens an advisory database file, or one in memory for `:memory:`. */
  readonly openAdvisoryDatabase: (path: string) => Promise<AdvisoryDatabase>;
  /**
   * Opens the store: `postgres://…`, or the path of a SQLite file, or `:memory:`.
   * @throws {AmapError} USAGE, STORE_UNAVAILABLE, STORE_INVALID
   */
  readonly openStore: (address: string) => Promise<Store>;
  /** Opens the queue of jobs in the same place as a store. */
  readonly openJobs: (address: string) => Promise<Jobs>;
  /**
   * Opens the cluster that a kubeconfig or the Pod's service account names.
   * @throws {AmapError} KUBECONFIG_INVALID, FILE_NOT_FOUND, NOT_SUPPORTED
   */
  readonly openCluster: (options: ClusterPlace) => Promise<Cluster>;
  /** Makes certificates for the webhook; the library behind it is loaded when it is first asked for. */
  readonly openCertificates: () => Promise<Certificates>;
}

/** Which cluster: without a path that of KUBECONFIG, of the Pod's service account, or of `~/.kube/config`. */
export interface ClusterPlace {
  readonly kubeconfig?: string;
  readonly context?: string;
}
