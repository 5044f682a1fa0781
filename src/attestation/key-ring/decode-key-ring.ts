import {
  type Decoded,
  encodeHex,
  type Issue,
  isAmapError,
  LIMITS,
  readPublicKey,
  readYaml,
  type Value,
  writePemBlock,
} from "../../base/index.ts";
import { isExtensionName } from "../certificate/identity.ts";
import { resolvePredicateType } from "../predicate-types.ts";
import { ProtoJsonReader, type ProtoMembers, plainMembers } from "../proto-json.ts";
import { quoteText } from "../quote-text.ts";
import type { ValidityPeriod } from "../trust-root.ts";
import {
  entriesOf,
  KEY_RING_KIND,
  KEY_RING_VERSION,
  type KeyRing,
  type KeyRingIdentity,
  type KeyRingKey,
  type KeyRingText,
  type KeyRingUsage,
  type Retirement,
} from "./key-ring.ts";

const CODE = "KEY_RING_INVALID";
const RING = plainMembers("apiVersion", "kind", "keys", "identities");
const TERMS = ["name", "validFor", "retired", "usage"] as const;
const KEY = plainMembers(...TERMS, "publicKey", "keyId");
const IDENTITY = plainMembers(...TERMS, "subject", "subjectRegExp", "issuer", "issuerRegExp", "extensions");
const PERIOD = plainMembers("start", "end");
const RETIRED = plainMembers("at", "reason", "compromised");
const USAGE = plainMembers("signatures", "predicateTypes");
const TEXT = plainMembers("exact", "regExp");

/** A name for messages and for people: no control characters, nothing that looks like the end of it. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._@/+-]{0,251}[A-Za-z0-9])?$/;
const REASON_CHARACTERS = 1_000;
const PREDICATE_TYPES = 100;
const EXTENSIONS = 32;

/**
 * A key ring from the bytes of its file (one YAML or JSON document), or every issue (KEY_RING_INVALID). Strict: members
 * that are not known, another version, a `keyId` that is not the key's, a key or a name that is there twice are refused.
 * Patterns are not compiled here. At most LIMITS.keyRingBytes, and LIMITS.keyRingEntries keys and identities.
 *
 * @see docs/adr/0021-key-rings.md
 * @example
 * ```ts
 * import { decodeKeyRing } from "../index.ts";
 * const file = "apiVersion: amap.dev/v1alpha1\nkind: KeyRing\nkeys: []\n";
 * decodeKeyRing(new TextEncoder().encode(file)).ok; // true: a ring that trusts nobody
 * ```
 */
export function decodeKeyRing(bytes: Uint8Array): Decoded<KeyRing> {
  const document = readDocument(bytes);
  if (!document.ok) return document;
  const reader = new ProtoJsonReader(CODE);
  const members = reader.message(document.value, RING, "");
  expectText(reader, members.get("apiVersion"), "apiVersion", KEY_RING_VERSION);
  expectText(reader, members.get("kind"), "kind", KEY_RING_KIND);
  const read = <T>(name: string, one: (value: Value, path: string, reader: ProtoJsonReader) => T | undefined): T[] =>
    reader
      .list(members.get(name), name, LIMITS.keyRingEntries)
      .map((value, index) => one(value, `${name}[${index}]`, reader))
      .filter((entry) => entry !== undefined);
  const ring: KeyRing = { keys: read("keys", readKey), identities: read("identities", readIdentity) };
  const issues = [...reader.issues, ...findContradictions(ring)];
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value: ring };
}

/** What no ring may hold: a name, a key or an identity twice, a period that ends before it begins, too many entries. */
export function findContradictions(ring: KeyRing): readonly Issue[] {
  const reader = new ProtoJsonReader(CODE);
  const entries = entriesOf(ring);
  if (entries.length > LIMITS.keyRingEntries) {
    reader.fail("", `expected at most ${LIMITS.keyRingEntries} entries, found ${entries.length}`);
  }
  const names = new Set<string>();
  // One key that two entries name would go on counting by one of them after the other was retired.
  const trusted = new Map<string, string>();
  for (const entry of entries) {
    const { name, validFor } = entry;
    if (names.has(name)) reader.fail("", `expected every name once, found ${quoteText(name)} again`);
    names.add(name);
    const { start, end } = validFor ?? {};
    if (start !== undefined && end !== undefined && end < start) {
      reader.fail("", `${quoteText(name)}: expected validFor to end after it begins, found the reverse`);
    }
    const identity = identityOf(entry);
    const other = trusted.get(identity);
    if (other !== undefined) {
      const what = entry.kind === "key" ? "key" : "identity";
      reader.fail("", `expected every ${what} once, found the one of ${quoteText(other)} as ${quoteText(name)} again`);
    }
    trusted.set(identity, name);
  }
  return reader.issues;
}

function identityOf(entry: KeyRingKey | KeyRingIdentity): string {
  if (entry.kind === "key") return entry.keyId;
  const extensions = Object.entries(entry.extensions ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([entry.subject, entry.issuer, extensions]);
}

function readDocument(bytes: Uint8Array): Decoded<Value> {
  const refuse = (message: string): Decoded<Value> => ({ ok: false, issues: [{ code: CODE, path: "", message }] });
  if (bytes.length > LIMITS.keyRingBytes) {
    return refuse(`expected a key ring of at most ${LIMITS.keyRingBytes} bytes, found ${bytes.length}`);
  }
  try {
    const [document, ...others] = readYaml(bytes, { hasPlainWords: true });
    if (document !== undefined && others.length === 0) return { ok: true, value: document };
    return refuse(`expected one document, found ${document === undefined ? 0 : 1 + others.length}`);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return refuse(error.message);
  }
}

function expectText(reader: ProtoJsonReader, value: Value | undefined, path: string, expected: string): void {
  if (value !== expected) reader.fail(path, `expected ${quoteText(expected)}, found ${quoteText(value)}`);
}

function readKey(value: Value, path: string, reader: ProtoJsonReader): KeyRingKey | undefined {
  const members = reader.message(value, KEY, path);
  const terms = readTerms(members, path, reader);
  const pem = reader.text(members.get("publicKey"), `${path}.publicKey`);
  const stated = reader.text(members.get("keyId"), `${path}.keyId`);
  try {
    const { spki, keyId } = readPublicKey(pem);
    const id = encodeHex(keyId);
    if (stated !== "" && stated !== id) {
      reader.fail(`${path}.keyId`, `expected the key's own id, ${id}, found ${quoteText(stated)}`);
    }
    return { kind: "key", ...terms, publicKeyPem: writePemBlock("PUBLIC KEY", spki), keyId: id };
  } catch (error) {
    if (!isAmapError(error)) throw error;
    reader.fail(`${path}.publicKey`, error.message);
    return undefined;
  }
}

function readIdentity(value: Value, path: string, reader: ProtoJsonReader): KeyRingIdentity | undefined {
  const members = reader.message(value, IDENTITY, path);
  const terms = readTerms(members, path, reader);
  const subject = readEither(members, "subject", path, reader);
  const issuer = readEither(members, "issuer", path, reader);
  const extensions = readExtensions(members.get("extensions"), `${path}.extensions`, reader);
  if (subject === undefined || issuer === undefined) return undefined;
  return { kind: "identity", ...terms, subject, issuer, ...(extensions === undefined ? {} : { extensions }) };
}

type Members = ReadonlyMap<string, Value>;

function readTerms(members: Members, path: string, reader: ProtoJsonReader): Pick<KeyRingKey, (typeof TERMS)[number]> {
  const name = reader.text(members.get("name"), `${path}.name`);
  if (!NAME.test(name)) {
    const found = quoteText(name);
    reader.fail(`${path}.name`, `expected letters, digits and . _ @ / + - between them, found ${found}`);
  }
  const validFor = readPeriod(members.get("validFor"), `${path}.validFor`, reader);
  const retired = readRetirement(members.get("retired"), `${path}.retired`, reader);
  const usage = readUsage(members.get("usage"), `${path}.usage`, reader);
  return {
    name,
    ...(validFor === undefined ? {} : { validFor }),
    ...(retired === undefined ? {} : { retired }),
    ...(usage === undefined ? {} : { usage }),
  };
}

/** Where an object is there, it must say something: an empty one reads as "never", and means "always". */
function readObject(value: Value | undefined, names: ProtoMembers, path: string, reader: ProtoJsonReader): Members {
  const members = reader.message(value, names, path);
  if (value !== undefined && members.size === 0) {
    reader.fail(path, `expected ${[...new Set(names.values())].join(" or ")}, found nothing`);
  }
  return members;
}

function readPeriod(value: Value | undefined, path: string, reader: ProtoJsonReader): ValidityPeriod | undefined {
  const members = readObject(value, PERIOD, path, reader);
  if (members.size === 0) return undefined;
  const start = reader.time(members.get("start"), `${path}.start`);
  const end = reader.time(members.get("end"), `${path}.end`);
  return { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
}

function readRetirement(value: Value | undefined, path: string, reader: ProtoJsonReader): Retirement | undefined {
  const members = readObject(value, RETIRED, path, reader);
  if (members.size === 0) return undefined;
  const at = reader.time(members.get("at"), `${path}.at`);
  if (!members.has("at")) reader.fail(`${path}.at`, "expected the time of the retirement, found nothing");
  const reason = reader.text(members.get("reason"), `${path}.reason`);
  if (reason.length > REASON_CHARACTERS) {
    reader.fail(`${path}.reason`, `expected at most ${REASON_CHARACTERS} characters, found ${reason.length}`);
  }
  const compromised = readBoolean(members.get("compromised"), `${path}.compromised`, reader);
  return { at: at ?? 0, ...(reason === "" ? {} : { reason }), compromised };
}

function readUsage(value: Value | undefined, path: string, reader: ProtoJsonReader): KeyRingUsage | undefined {
  const members = readObject(value, USAGE, path, reader);
  if (members.size === 0) return undefined;
  const signatures = readBoolean(members.get("signatures"), `${path}.signatures`, reader);
  const list = reader.list(members.get("predicateTypes"), `${path}.predicateTypes`, PREDICATE_TYPES);
  const predicateTypes = list.map((item, index) => readPredicateType(item, `${path}.predicateTypes[${index}]`, reader));
  if (!signatures && predicateTypes.length === 0) {
    reader.fail(path, "expected signatures or predicate types that it may sign, found none");
  }
  return { signatures, predicateTypes };
}

function readPredicateType(value: Value, path: string, reader: ProtoJsonReader): string {
  const text = reader.text(value, path);
  try {
    return resolvePredicateType(text);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    reader.fail(path, error.message);
    return text;
  }
}

function readBoolean(value: Value | undefined, path: string, reader: ProtoJsonReader): boolean {
  if (value !== undefined && typeof value !== "boolean") {
    reader.fail(path, `expected true or false, found ${quoteText(value)}`);
  }
  return value === true;
}

/** `subject` or `subjectRegExp`, exactly one of them, and not empty: an empty text would match everything. */
function readEither(members: Members, name: string, path: string, reader: ProtoJsonReader): KeyRingText | undefined {
  const exact = reader.text(members.get(name), `${path}.${name}`);
  const regexp = reader.text(members.get(`${name}RegExp`), `${path}.${name}RegExp`);
  if (exact !== "" && regexp === "") return { exact };
  if (regexp !== "" && exact === "") return { regexp };
  const found = exact === "" ? "neither" : "both";
  reader.fail(path, `expected ${name} or ${name}RegExp, found ${found}`);
  return undefined;
}

function readExtensions(
  value: Value | undefined,
  path: string,
  reader: ProtoJsonReader,
): Readonly<Record<string, KeyRingText>> | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    reader.fail(path, `expected an object, found ${quoteText(value)}`);
    return undefined;
  }
  const entries = Object.entries(value);
  if (entries.length === 0 || entries.length > EXTENSIONS) {
    reader.fail(path, `expected 1 to ${EXTENSIONS} extensions, found ${entries.length}`);
  }
  const read: [string, KeyRingText][] = [];
  for (const [name, item] of entries.slice(0, EXTENSIONS)) {
    const at = `${path}.${name.slice(0, 100)}`;
    if (!isExtensionName(name)) reader.fail(at, "expected a name or object identifier of an extension");
    const members = reader.message(item, TEXT, at);
    const exact = reader.text(members.get("exact"), `${at}.exact`);
    const regexp = reader.text(members.get("regExp"), `${at}.regExp`);
    if ((exact === "") === (regexp === "")) reader.fail(at, "expected exact or regExp, and not both");
    read.push([name, exact === "" ? { regexp } : { exact }]);
  }
  return Object.fromEntries(read);
}
