import { Metadata, MetadataKind, type Root, type Snapshot, type Targets, type Timestamp } from "@tufjs/models";
import {
  AmapError,
  Double,
  isAmapError,
  isValueObject,
  LIMITS,
  parseTime,
  readJson,
  type Value,
} from "../../base/index.ts";

/** Metadata that was verified, with the bytes that it came in. */
export interface Verified<T extends Role> {
  readonly metadata: Metadata<T>;
  readonly bytes: Uint8Array;
}

/** What a repository says at one moment: each part signed by a role of its root and bound to the one before. */
export interface RepositoryMetadata {
  readonly root: Verified<Root>;
  readonly timestamp: Verified<Timestamp>;
  readonly snapshot: Verified<Snapshot>;
  readonly targets: Verified<Targets>;
}

type Role = Root | Timestamp | Snapshot | Targets;
type JsonObject = Parameters<typeof Metadata.fromJSON>[1];

/** What is wrong with a repository; `file` is the metadata or target at fault. */
export function invalid(file: string, message: string, cause?: unknown): AmapError {
  return new AmapError("TRUST_REPOSITORY_INVALID", `${file}: ${message}`, { cause });
}

/**
 * A first root: one that its own keys have signed. Whether it is trusted is the caller's business; it may have expired,
 * since newer ones may follow.
 * @throws {AmapError} TRUST_REPOSITORY_INVALID
 */
export function readFirstRoot(bytes: Uint8Array): Verified<Root> {
  return attempt("root.json", () => {
    const metadata = Metadata.fromJSON(MetadataKind.Root, parse(bytes));
    metadata.verifyDelegate(MetadataKind.Root, metadata);
    return { metadata: checked(metadata), bytes };
  });
}

/**
 * The next root: signed by the keys of the one before and by its own, one version higher (TUF 1.0.31 §5.3).
 * @throws {AmapError} TRUST_REPOSITORY_INVALID
 */
export function readNextRoot(before: Verified<Root>, bytes: Uint8Array): Verified<Root> {
  const version = before.metadata.signed.version + 1;
  return attempt(`${version}.root.json`, () => {
    const metadata = Metadata.fromJSON(MetadataKind.Root, parse(bytes));
    before.metadata.verifyDelegate(MetadataKind.Root, metadata);
    metadata.verifyDelegate(MetadataKind.Root, metadata);
    sameVersion(metadata.signed.version, version);
    return { metadata: checked(metadata), bytes };
  });
}

/**
 * The timestamp, not older than one that was seen before (§5.4).
 * @throws {AmapError} TRUST_REPOSITORY_INVALID
 */
export function readTimestamp(
  root: Verified<Root>,
  bytes: Uint8Array,
  before?: Verified<Timestamp>,
): Verified<Timestamp> {
  return attempt("timestamp.json", () => {
    const metadata = Metadata.fromJSON(MetadataKind.Timestamp, parse(bytes));
    root.metadata.verifyDelegate(MetadataKind.Timestamp, metadata);
    const { version, snapshotMeta } = metadata.signed;
    if (before !== undefined) {
      const { signed } = before.metadata;
      notOlder("its version", version, signed.version);
      notOlder("the version of the snapshot in it", snapshotMeta.version, signed.snapshotMeta.version);
    }
    return { metadata: checked(metadata), bytes };
  });
}

/**
 * The snapshot that a timestamp names, in which nothing is older than in one that was seen before (§5.5).
 * @throws {AmapError} TRUST_REPOSITORY_INVALID
 */
export function readSnapshot(
  root: Verified<Root>,
  timestamp: Verified<Timestamp>,
  bytes: Uint8Array,
  before?: Verified<Snapshot>,
): Verified<Snapshot> {
  return attempt("snapshot.json", () => {
    const expected = timestamp.metadata.signed.snapshotMeta;
    expected.verify(Buffer.from(bytes));
    const metadata = Metadata.fromJSON(MetadataKind.Snapshot, parse(bytes));
    root.metadata.verifyDelegate(MetadataKind.Snapshot, metadata);
    sameVersion(metadata.signed.version, expected.version);
    for (const [name, { version }] of Object.entries(before?.metadata.signed.meta ?? {})) {
      const found = ownEntry(metadata.signed.meta, name);
      if (found === undefined) throw invalid("snapshot.json", `${name} is no longer in it`);
      notOlder(`the version of ${name} in it`, found.version, version);
    }
    return { metadata: checked(metadata), bytes };
  });
}

/**
 * The list of targets that a snapshot names (§5.6). Delegations are not followed: a Sigstore's own files are in the list
 * of the repository itself.
 * @throws {AmapError} TRUST_REPOSITORY_INVALID
 */
export function readTargets(root: Verified<Root>, snapshot: Verified<Snapshot>, bytes: Uint8Array): Verified<Targets> {
  return attempt("targets.json", () => {
    const expected = ownEntry(snapshot.metadata.signed.meta, "targets.json");
    if (expected === undefined) throw invalid("snapshot.json", "targets.json is not in it");
    expected.verify(Buffer.from(bytes));
    const metadata = Metadata.fromJSON(MetadataKind.Targets, parse(bytes));
    root.metadata.verifyDelegate(MetadataKind.Targets, metadata);
    sameVersion(metadata.signed.version, expected.version);
    return { metadata: checked(metadata), bytes };
  });
}

/** A member that the object has itself: names from outside must not find what objects inherit. */
export function ownEntry<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Milliseconds since 1970 until which metadata is good. */
export function expiryOf({ metadata }: Verified<Role>): number {
  return parseTime(metadata.signed.expires) ?? 0;
}

/** The library takes any text that JavaScript reads as a time, and any number as a version. */
function checked<T extends Role>(metadata: Metadata<T>): Metadata<T> {
  const { expires, version } = metadata.signed;
  if (parseTime(expires) === undefined) throw new Error("expected a time in RFC 3339 in expires");
  if (!Number.isSafeInteger(version) || version < 1) throw new Error("expected a whole number from 1 in version");
  return metadata;
}

/** The library reads what JSON.parse gives, so only what means the same there is let through. */
function parse(bytes: Uint8Array): JsonObject {
  const value = readJson(bytes, { maxBytes: LIMITS.trustMetadataBytes });
  if (!isValueObject(value)) throw new Error("expected a JSON object");
  checkMembers(value);
  return value as JsonObject;
}

/**
 * Canonical JSON has whole numbers only. The library takes time that grows with the square of an object's members, before
 * it has checked any signature.
 */
function checkMembers(value: Value): void {
  if (typeof value === "number" ? !Number.isSafeInteger(value) : typeof value === "bigint" || value instanceof Double) {
    throw new Error("expected whole numbers below 2^53");
  }
  if (typeof value !== "object" || value === null) return;
  const members: readonly Value[] = Object.values(value);
  if (members.length > LIMITS.trustMetadataMembers) {
    throw new Error(`expected at most ${LIMITS.trustMetadataMembers} members in an object`);
  }
  members.forEach(checkMembers);
}

function attempt<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isAmapError(error) && error.code === "TRUST_REPOSITORY_INVALID") throw error;
    throw invalid(file, error instanceof Error ? error.message : String(error), error);
  }
}

function sameVersion(found: number, expected: number): void {
  if (found !== expected) throw new Error(`expected version ${expected}, found ${found}`);
}

function notOlder(what: string, found: number, before: number): void {
  if (found < before) throw new Error(`${what} went back from ${before} to ${found}`);
}
