import type { Root } from "@tufjs/models";
import { AmapError, formatTime, isAmapError, LIMITS } from "../../base/index.ts";
import type { LocalCopy, MetadataName } from "./copy.ts";
import {
  expiryOf,
  invalid,
  ownEntry,
  type RepositoryMetadata,
  readNextRoot,
  readSnapshot,
  readTargets,
  readTimestamp,
  type Verified,
} from "./metadata.ts";
import type { ReadMirror } from "./mirror.ts";

/** What a refresh starts from; nothing of the copy but its root is needed. */
export interface RefreshStart {
  readonly root: Verified<Root>;
  /** What was read before; it is a floor for versions, and saves what has not changed. */
  readonly before: (name: MetadataName) => Promise<Uint8Array | undefined>;
  /** Milliseconds since 1970: metadata that is not good then is refused. */
  readonly now: number;
  /** Told of each new root as soon as it is trusted (TUF 1.0.31 §5.3.8). */
  readonly keepRoot: (bytes: Uint8Array) => Promise<void>;
}

/**
 * The newest metadata of a mirror (TUF 1.0.31 §5.3 to §5.6): roots one by one, then timestamp, snapshot and targets.
 * @throws {AmapError} TRUST_REPOSITORY_INVALID, TRUST_REPOSITORY_UNREACHABLE, OFFLINE
 */
export async function refreshMetadata(read: ReadMirror, start: RefreshStart): Promise<RepositoryMetadata> {
  const { now } = start;
  const root = notExpired("root.json", await newestRoot(read, start), now);
  const isPrefixed = root.metadata.signed.consistentSnapshot;
  const before = await optional(start.before, "timestamp", (bytes) => readTimestamp(root, bytes));
  const offered = readTimestamp(root, await fetchMetadata(read, "timestamp.json"), before);
  // A timestamp of the same version changes nothing, whatever else is in it (§5.4.3.1).
  const isSame = offered.metadata.signed.version === before?.metadata.signed.version;
  const timestamp = notExpired("timestamp.json", isSame && before !== undefined ? before : offered, now);
  const nameOf = (name: string, version: number): string => (isPrefixed ? `${version}.${name}` : name);

  const kept = await optional(start.before, "snapshot", (bytes) => readSnapshot(root, timestamp, bytes));
  const floor = kept ?? (await snapshotBefore(start, root));
  const { version } = timestamp.metadata.signed.snapshotMeta;
  const snapshot =
    kept ?? readSnapshot(root, timestamp, await fetchMetadata(read, nameOf("snapshot.json", version)), floor);
  notExpired("snapshot.json", snapshot, now);

  const targetsVersion = ownEntry(snapshot.metadata.signed.meta, "targets.json")?.version;
  if (targetsVersion === undefined) throw invalid("snapshot.json", "targets.json is not in it");
  const targets =
    (await optional(start.before, "targets", (bytes) => readTargets(root, snapshot, bytes))) ??
    readTargets(root, snapshot, await fetchMetadata(read, nameOf("targets.json", targetsVersion)));
  notExpired("targets.json", targets, now);
  return { root, timestamp, snapshot, targets };
}

/**
 * The metadata of the copy, verified as on the day it came, however long ago; undefined when it is not whole.
 * @throws {AmapError} TRUST_REPOSITORY_INVALID for a copy that was changed or is of several days
 */
export async function readCopiedMetadata(
  copy: LocalCopy,
  root: Verified<Root>,
): Promise<RepositoryMetadata | undefined> {
  const [timestampBytes, snapshotBytes, targetsBytes] = await Promise.all([
    copy.readMetadata("timestamp"),
    copy.readMetadata("snapshot"),
    copy.readMetadata("targets"),
  ]);
  if (timestampBytes === undefined || snapshotBytes === undefined || targetsBytes === undefined) return undefined;
  const timestamp = readTimestamp(root, timestampBytes);
  const snapshot = readSnapshot(root, timestamp, snapshotBytes);
  return { root, timestamp, snapshot, targets: readTargets(root, snapshot, targetsBytes) };
}

async function newestRoot(read: ReadMirror, { root, keepRoot }: RefreshStart): Promise<Verified<Root>> {
  let newest = root;
  for (let count = 0; count <= LIMITS.trustRootRotations; count++) {
    const bytes = await read(`${newest.metadata.signed.version + 1}.root.json`, LIMITS.trustMetadataBytes);
    if (bytes === undefined) return newest;
    newest = readNextRoot(newest, bytes);
    await keepRoot(bytes);
  }
  throw invalid("root.json", `expected at most ${LIMITS.trustRootRotations} new roots at once`);
}

async function fetchMetadata(read: ReadMirror, name: string): Promise<Uint8Array> {
  const bytes = await read(name, LIMITS.trustMetadataBytes);
  if (bytes === undefined) throw invalid(name, "the mirror has no such file");
  return bytes;
}

/** The last snapshot as a floor for versions: it need not be the one that the new timestamp names. */
async function snapshotBefore({ before }: RefreshStart, root: Verified<Root>) {
  const timestamp = await optional(before, "timestamp", (bytes) => readTimestamp(root, bytes));
  if (timestamp === undefined) return undefined;
  return optional(before, "snapshot", (bytes) => readSnapshot(root, timestamp, bytes));
}

/**
 * What was kept, where it still counts. What does not, since a key was replaced or a file damaged, is fetched again, as
 * TUF wants it for recovery (§5.3.11).
 */
async function optional<T>(
  before: RefreshStart["before"],
  name: MetadataName,
  read: (bytes: Uint8Array) => T,
): Promise<T | undefined> {
  const bytes = await before(name);
  if (bytes === undefined) return undefined;
  try {
    return read(bytes);
  } catch (error) {
    if (isAmapError(error) && error.code === "TRUST_REPOSITORY_INVALID") return undefined;
    throw error;
  }
}

function notExpired<T extends Parameters<typeof expiryOf>[0]>(file: string, verified: T, now: number): T {
  const expiry = expiryOf(verified);
  if (now < expiry) return verified;
  throw new AmapError("TRUST_REPOSITORY_INVALID", `${file}: it was good until ${formatTime(expiry)} only`, {
    hint: "Whoever runs the repository must renew it; to use the copy on this machine meanwhile, pass --offline.",
  });
}
