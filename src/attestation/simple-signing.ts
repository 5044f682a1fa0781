import {
  type Decoded,
  type Digest,
  encodeHex,
  encodeUtf8,
  type Issue,
  isDigest,
  isValueObject,
  memberOf,
  type Value,
  type ValueObject,
} from "../base/index.ts";
import { encodeGoJson } from "./go-json.ts";
import { quoteText } from "./quote-text.ts";
import { readDocument } from "./read-document.ts";

/** A simple signing payload as cosign signs it (red-hat simple signing with cosign's `type`). */
export interface SimpleSigning {
  /** `<registry>/<repository>`; stated by the signer, not compared with where the image is found, as cosign does. */
  readonly dockerReference: string;
  /** The digest that is signed. */
  readonly digest: Digest;
  /** `-a key=value`; absent for none (`"optional": null`). */
  readonly annotations?: Readonly<Record<string, Value>>;
}

const TYPE = "cosign container image signature";

/**
 * A payload as JSON bytes, byte for byte as cosign writes it: one line, annotations sorted by key.
 *
 * @example
 * ```ts
 * import { decodeSimpleSigning, encodeSimpleSigning } from "./index.ts";
 * const bytes = encodeSimpleSigning({ dockerReference: "127.0.0.1:5000/shop", digest: `sha256:${"ab".repeat(32)}` });
 * decodeSimpleSigning(bytes).ok; // true
 * ```
 */
export function encodeSimpleSigning(payload: SimpleSigning): Uint8Array {
  return encodeGoJson(simpleSigningToValue(payload, TYPE));
}

/**
 * A payload from JSON bytes, or every issue (PAYLOAD_INVALID). Strict: another type, a digest that is not lower-case
 * hex with its algorithm, a duplicate or an unknown member outside `optional` makes it invalid, since everything under
 * `critical` must be understood.
 *
 * @example
 * ```ts
 * import { decodeSimpleSigning } from "./index.ts";
 * decodeSimpleSigning(new TextEncoder().encode("{}")).ok; // false
 * ```
 */
export function decodeSimpleSigning(bytes: Uint8Array): Decoded<SimpleSigning> {
  const read = readDocument(bytes, "PAYLOAD_INVALID", "a simple signing payload");
  if (!read.ok) return read;
  const issues: Issue[] = [];
  const critical = readMembers(read.value, "critical", ["identity", "image", "type"], issues);
  refuseOthers(read.value, "", ["critical", "optional"], issues);
  const reference = memberOf(readMembers(critical, "identity", ["docker-reference"], issues), "docker-reference");
  const digest = memberOf(readMembers(critical, "image", ["docker-manifest-digest"], issues), "docker-manifest-digest");
  const optional = memberOf(read.value, "optional") ?? null;
  expect(typeof reference === "string", "critical.identity.docker-reference", "text", reference, issues);
  expect(isDigestText(digest), "critical.image.docker-manifest-digest", "sha256: and 64 hex digits", digest, issues);
  expect(memberOf(critical, "type") === TYPE, "critical.type", quoteText(TYPE), memberOf(critical, "type"), issues);
  expect(optional === null || isValueObject(optional), "optional", "an object or null", optional, issues);
  if (issues.length > 0) return { ok: false, issues };
  const value = { dockerReference: reference as string, digest: digest as Digest };
  return { ok: true, value: isValueObject(optional) ? { ...value, annotations: optional } : value };
}

/** The payload's JSON shape, which `verify -o json` prints for every form of signature; `type` tells them apart. */
export function simpleSigningToValue(payload: SimpleSigning, type: string): ValueObject {
  return {
    critical: {
      identity: { "docker-reference": payload.dockerReference },
      image: { "docker-manifest-digest": payload.digest },
      type,
    },
    optional: payload.annotations === undefined ? null : sortMembers(payload.annotations),
  };
}

/** Members in the order in which Go writes a map: by the UTF-8 bytes of their keys. */
export function sortMembers<T>(members: Readonly<Record<string, T>>): Record<string, T> {
  // Plain string comparison is by UTF-16 units, which order characters above U+FFFF differently.
  const entries = Object.entries(members).map(([key, value]) => ({ key, order: encodeHex(encodeUtf8(key)), value }));
  entries.sort((a, b) => (a.order < b.order ? -1 : 1));
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}

function readMembers(
  parent: Value | undefined,
  name: string,
  known: readonly string[],
  issues: Issue[],
): ValueObject | undefined {
  const value = memberOf(parent, name);
  if (!isValueObject(value)) {
    issues.push(issue(name, `expected an object, found ${quoteText(value)}`));
    return undefined;
  }
  refuseOthers(value, name, known, issues);
  return value;
}

function refuseOthers(value: ValueObject, path: string, known: readonly string[], issues: Issue[]): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) issues.push(issue(path, `unknown member ${quoteText(key)}`));
  }
}

function expect(holds: boolean, path: string, expected: string, found: Value | undefined, issues: Issue[]): void {
  if (!holds) issues.push(issue(path, `expected ${expected}, found ${quoteText(found)}`));
}

function isDigestText(value: Value | undefined): value is Digest {
  return typeof value === "string" && isDigest(value);
}

function issue(path: string, message: string): Issue {
  return { code: "PAYLOAD_INVALID", path, message };
}
