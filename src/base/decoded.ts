import type { ErrorCode } from "./errors/codes.ts";

/** One thing that is wrong with a document. */
export interface Issue {
  readonly code: ErrorCode;
  /** Where: `spec.validations[0].expression`; empty for the whole document. */
  readonly path: string;
  /** What was expected and what was found, in one sentence. */
  readonly message: string;
}

/** The outcome of decoding: a malformed document is data, with all of its issues, not an exception. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly Issue[] };
