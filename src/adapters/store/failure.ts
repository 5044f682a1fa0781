import { AmapError } from "../../base/index.ts";

/** SQLite's primary result codes: https://www.sqlite.org/rescode.html */
const SQLITE_ERROR = 1;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;
/** PostgreSQL's classes of errors: a table or column is not what this amap expects, data is damaged. */
const POSTGRES_INVALID = /^(?:42|XX)/;
/** The transaction can be tried again: serialization failure, deadlock. */
const POSTGRES_AGAIN = new Set(["40001", "40P01"]);

function member(error: unknown, name: string): unknown {
  return error instanceof Error && name in error ? (error as unknown as Record<string, unknown>)[name] : undefined;
}

/** PostgreSQL's code of an error; other errors have other texts there, or none. */
function sqlState(error: unknown): string {
  const code = member(error, "code");
  return typeof code === "string" ? code : "";
}

/** Whether an error is a database's, not a bug in amap. */
function isDatabaseError(error: Error): boolean {
  return !(
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError ||
    error instanceof SyntaxError
  );
}

/** A database's error as one of amap's, with the store's address and without credentials; others pass as they are. */
export function toStoreError(error: unknown, address: string): unknown {
  if (error instanceof AmapError || !(error instanceof Error) || !isDatabaseError(error)) return error;
  const errcode = member(error, "errcode");
  const primary = typeof errcode === "number" ? errcode & 0xff : undefined;
  const state = sqlState(error);
  const isInvalid =
    primary === SQLITE_ERROR ||
    primary === SQLITE_CORRUPT ||
    primary === SQLITE_NOTADB ||
    (primary === undefined && /^[0-9A-Z]{5}$/.test(state) && POSTGRES_INVALID.test(state));
  return new AmapError(isInvalid ? "STORE_INVALID" : "STORE_UNAVAILABLE", `the store ${address}: ${textOf(error)}`, {
    cause: error,
  });
}

/** A refused connection is an AggregateError without a message of its own. */
function textOf(error: Error): string {
  if (error.message !== "") return error.message;
  const inner =
    error instanceof AggregateError ? error.errors.map((each) => String(each?.message ?? each)).join(", ") : "";
  return inner === "" ? error.name : inner;
}

/** Whether the transaction lost against another and can be run again. */
export function canRunAgain(error: unknown): boolean {
  return POSTGRES_AGAIN.has(sqlState(error));
}
