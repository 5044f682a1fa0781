import type { Command } from "commander";
import type { World } from "../app/index.ts";
import type { Terminal } from "./terminal.ts";

/** What a verb is given to work with. */
export interface VerbContext {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Makes the world with the verb's registry flags. */
  readonly openWorld: (flags: RegistryFlags) => Promise<World>;
}

/** Registry flags, named as cosign names them. */
export interface RegistryFlags {
  readonly allowHttpRegistry?: boolean;
  readonly allowInsecureRegistry?: boolean;
  readonly registryUsername?: string;
  readonly registryPassword?: string;
  readonly registryToken?: string;
  readonly registryCacert?: string;
  readonly registryClientCert?: string;
  readonly registryClientKey?: string;
  readonly registryServerName?: string;
  readonly timeout?: string;
}

/** Sets the exit code of a verb that ended as it should: 0 for allowed and clean, 1 for denied. */
export type VerbAction = (
  context: VerbContext,
  positional: readonly string[],
  flags: Readonly<Record<string, unknown>>,
) => Promise<number>;

/** One verb of the command line: declares its words, and runs. */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  /** commander's argument words: `<image>`, `[file...]`. */
  readonly positional: readonly string[];
  readonly declare: (command: Command) => void;
  /** Whether it takes registry flags. */
  readonly registry: boolean;
  readonly run: VerbAction;
}
