/** What the store's thread and the main thread say to each other. Structured cloning keeps bigints, but no classes. */
import { types } from "node:util";
import { AmapError, Double, type ErrorCode, isAmapError } from "../../base/index.ts";
import type { Store } from "../../ports/index.ts";

type Parts = { readonly [Name in keyof Store as Store[Name] extends object ? Name : never]: Store[Name] };
type Part = Exclude<keyof Parts, "changes" | "lastChange" | "ping" | "close">;

type Table = { readonly [Name in Part]: { readonly [Method in keyof Store[Name]]: "read" | "write" } };

/** Every method of every part: reads go to a connection of their own. The type makes a forgotten one an error. */
export const METHODS: Table = {
  images: { record: "write", list: "read", get: "read", document: "read", findings: "read" },
  evidence: { find: "read", put: "write", seen: "read", remember: "write", prune: "write" },
  policies: { record: "write", remove: "write", list: "read", get: "read", version: "read", lastReady: "read" },
  results: { record: "write", remove: "write", prune: "write", get: "read", list: "read", history: "read" },
  admissions: { record: "write", list: "read", get: "read", prune: "write" },
  audit: { append: "write", list: "read", verify: "read" },
  sessions: {
    putLoginToken: "write",
    takeLoginToken: "write",
    put: "write",
    find: "read",
    revoke: "write",
    prune: "write",
  },
  overview: { read: "read" },
};

export interface ThreadRequest {
  readonly id: number;
  /** A part of the store; absent for methods of the store itself. */
  readonly part?: string;
  readonly method: string;
  readonly parameters: readonly unknown[];
}

export type ThreadAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: PackedError };

export interface PackedError {
  readonly code?: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly stack?: string;
}

/** How the thread opens its connection. */
export interface ThreadOptions {
  readonly path: string;
  readonly role: "writer" | "reader";
}

/** Replaces each Double by a boxed number, which cloning keeps and no document holds. What has none is not copied. */
export function pack(value: unknown): unknown {
  return mapTree(value, (leaf) => (leaf instanceof Double ? Object(leaf.value) : leaf));
}

/** Undoes {@link pack}. */
export function unpack(value: unknown): unknown {
  return mapTree(value, (leaf) => (types.isNumberObject(leaf) ? new Double(Number(leaf)) : leaf));
}

function mapTree(value: unknown, map: (leaf: unknown) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const copy = value.map((item) => mapTree(item, map));
    return copy.some((item, at) => item !== value[at]) ? copy : value;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return map(value);
  const before = Object.entries(value);
  const after = before.map(([key, member]) => [key, mapTree(member, map)] as const);
  return after.some(([, member], at) => member !== before[at]?.[1]) ? Object.fromEntries(after) : value;
}

export function packError(error: unknown): PackedError {
  if (isAmapError(error)) {
    const { code, message, hint, details } = error;
    return { code, message, hint, details };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return { message: error instanceof Error ? error.message : String(error), ...(stack === undefined ? {} : { stack }) };
}

export function unpackError(packed: PackedError): Error {
  if (packed.code !== undefined) {
    return new AmapError(packed.code, packed.message, {
      ...(packed.hint === undefined ? {} : { hint: packed.hint }),
      ...(packed.details === undefined ? {} : { details: packed.details }),
    });
  }
  const error = new Error(packed.message);
  if (packed.stack !== undefined) error.stack = packed.stack;
  return error;
}
