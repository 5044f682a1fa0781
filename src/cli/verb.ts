import type { Command } from "commander";
import type { World } from "../app/index.ts";
import type { Terminal } from "./terminal.ts";

/** What a verb is given to work with. */
export interface VerbContext {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly world: World;
  /** The whole command line with every verb's flags, for writing about it. */
  readonly loadProgram: () => Promise<Command>;
}

/** Flags by commander's camelCase names. */
export type Flags = Readonly<Record<string, unknown>>;

/** One verb of the command line: declares its words, calls one use case, prints. */
export interface Verb {
  /** commander's argument words: `<image>`, `[file...]`. */
  readonly positional: readonly string[];
  readonly declare: (command: Command) => void;
  /** Whether it takes registry flags. */
  readonly registry: boolean;
  /** It runs until it is told to end, which it does in its own way; its --timeout is for one request. */
  readonly staysUp?: true;
  /** Its --timeout is for one request: what was not answered in time is an outcome of it, and the others count. */
  readonly timesRequests?: true;
  /** Images that the user named, where they are not the arguments: given registry credentials are for their registry. */
  readonly imagesOf?: (flags: Flags, positional: readonly string[]) => readonly string[];
  /** Returns the exit code of a verb that ended as it should: 0 allowed and clean, 1 denied. */
  readonly run: (context: VerbContext, positional: readonly string[], flags: Flags) => Promise<number>;
  /** Exit codes that differ from the error table's, for verbs inherited from cosign. */
  readonly exitCodes?: Readonly<Partial<Record<string, number>>>;
}

/** cosign's own exit codes: 10 no signature, 11 no such image, 12 none that counts. */
export const COSIGN_EXIT_CODES: Readonly<Record<string, number>> = {
  NO_SIGNATURES: 10,
  MANIFEST_NOT_FOUND: 11,
  SIGNATURE_INVALID: 12,
  SIGNER_UNKNOWN: 12,
  SUBJECT_MISMATCH: 12,
  PREDICATE_TYPE_MISMATCH: 12,
  ENVELOPE_INVALID: 12,
  STATEMENT_INVALID: 12,
  BUNDLE_INVALID: 12,
  BUNDLE_UNSUPPORTED: 12,
  PAYLOAD_INVALID: 12,
  CLAIM_MISMATCH: 12,
  IDENTITY_MISMATCH: 12,
  CERTIFICATE_INVALID: 12,
  CERTIFICATE_UNTRUSTED: 12,
  CERTIFICATE_EXPIRED: 12,
  KEY_EXPIRED: 12,
  IDENTITY_EXPIRED: 12,
  TIME_UNPROVEN: 12,
  TIMESTAMP_INVALID: 12,
  TIMESTAMP_UNKNOWN: 12,
  TLOG_ENTRY_INVALID: 12,
  TLOG_ENTRY_MISMATCH: 12,
  TLOG_UNKNOWN: 12,
  TLOG_INCLUSION_PROMISE: 12,
  TLOG_INCLUSION_PROOF: 12,
  TLOG_CHECKPOINT: 12,
  SCT_INVALID: 12,
  THRESHOLD_UNMET: 12,
};
