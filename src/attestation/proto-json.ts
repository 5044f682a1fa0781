import { decodeBase64, type ErrorCode, type Issue, isValueObject, parseTime, type Value } from "../base/index.ts";
import { quoteText } from "./quote-text.ts";

/** The members of one protobuf message in its JSON form: both spellings of a name lead to the one with capitals. */
export type ProtoMembers = ReadonlyMap<string, string>;

/** Declares a message's members: `logIndex` may be written `logIndex` or `log_index`. */
export function protoMembers(...names: readonly string[]): ProtoMembers {
  const members = new Map<string, string>();
  for (const name of names) {
    members.set(name, name);
    members.set(
      name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`),
      name,
    );
  }
  return members;
}

/** Declares the members of other JSON, whose names have one spelling. */
export function plainMembers(...names: readonly string[]): ProtoMembers {
  return new Map(names.map((name) => [name, name]));
}

const NO_MEMBERS: ReadonlyMap<string, Value> = new Map();
const INT64_MAX = 2n ** 63n - 1n;
const NO_BYTES = new Uint8Array();

/**
 * Reads values of protobuf's JSON form, and collects every issue with one code. As Go's protojson reads them for
 * Sigstore: `null` is absent, an absent value is the empty one, members that a message does not have are refused.
 *
 * @see ProtoJSON, https://protobuf.dev/programming-guides/json/
 */
export class ProtoJsonReader {
  readonly issues: Issue[] = [];
  readonly #code: ErrorCode;

  constructor(code: ErrorCode) {
    this.#code = code;
  }

  fail(path: string, message: string): void {
    this.issues.push({ code: this.#code, path, message });
  }

  /** The members of a message by their names with capitals; none for an absent one. */
  message(value: Value | undefined, members: ProtoMembers, path: string): ReadonlyMap<string, Value> {
    if (value === undefined || value === null) return NO_MEMBERS;
    if (!isValueObject(value)) {
      this.fail(path, `expected an object, found ${quoteText(value)}`);
      return NO_MEMBERS;
    }
    const found = new Map<string, Value>();
    for (const key of Object.keys(value)) {
      const name = members.get(key);
      const member = value[key] as Value;
      if (name === undefined) this.fail(path, `unknown member ${quoteText(key)}`);
      else if (found.has(name)) this.fail(path, `the member ${quoteText(name)} is there twice`);
      else if (member !== null) found.set(name, member);
    }
    return found;
  }

  text(value: Value | undefined, path: string): string {
    if (value === undefined) return "";
    if (typeof value === "string") return value;
    this.fail(path, `expected text, found ${quoteText(value)}`);
    return "";
  }

  /** Standard base64 with padding; empty for an absent value. */
  bytes(value: Value | undefined, path: string): Uint8Array {
    if (value === undefined) return NO_BYTES;
    const bytes = typeof value === "string" ? decodeBase64(value) : undefined;
    if (bytes !== undefined) return bytes;
    this.fail(path, `expected base64, found ${quoteText(value)}`);
    return NO_BYTES;
  }

  /** An int64 that is not negative, as a number or as decimal text; 0 for an absent value. */
  count(value: Value | undefined, path: string): bigint {
    if (value === undefined) return 0n;
    const isInteger = typeof value === "bigint" || Number.isSafeInteger(value);
    const isText = typeof value === "string" && value.length < 20 && /^(?:0|[1-9][0-9]*)$/.test(value);
    const count = isInteger || isText ? BigInt(value as string | number | bigint) : -1n;
    if (count >= 0n && count <= INT64_MAX) return count;
    this.fail(path, `expected an integer from 0 to 2^63-1, found ${quoteText(value)}`);
    return 0n;
  }

  /** A list of at most `limit` items; none for an absent value. */
  list(value: Value | undefined, path: string, limit: number): readonly Value[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.fail(path, `expected a list, found ${quoteText(value)}`);
      return [];
    }
    const items = value as readonly Value[];
    if (items.length <= limit) return items;
    this.fail(path, `expected at most ${limit} items, found ${items.length}`);
    return [];
  }

  /** A Timestamp (RFC 3339) in milliseconds since 1970; undefined for an absent value. */
  time(value: Value | undefined, path: string): number | undefined {
    if (value === undefined) return undefined;
    const time = typeof value === "string" ? parseTime(value) : undefined;
    if (time === undefined) this.fail(path, `expected an RFC 3339 time, found ${quoteText(value)}`);
    return time;
  }
}
