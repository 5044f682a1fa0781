import type { Root, TargetFile } from "@tufjs/models";
import { AmapError, formatTime, type HashAlgorithm, hashHex, isAmapError, LIMITS } from "../../base/index.ts";
import type { TrustRepository, TrustRepositoryState, TrustTarget } from "../../ports/index.ts";
import { type LocalCopy, type MetadataName, openCopy, readMirror, writeMirror } from "./copy.ts";
import { expiryOf, invalid, ownEntry, type RepositoryMetadata, readFirstRoot, type Verified } from "./metadata.ts";
import { isUnreachable, type MirrorAccess, openMirror, type ReadMirror } from "./mirror.ts";
import { carriedRepositoryOf, PUBLIC_MIRROR } from "./public-root.ts";
import { readCopiedMetadata, refreshMetadata } from "./refresh.ts";

/** What a repository is opened with. */
export interface TrustRepositoryOptions extends MirrorAccess {
  /** Where copies are kept; it may be cosign's own folder. */
  readonly folder: string;
  /** The mirror that counts instead of the one that was initialised, or the public one. */
  readonly mirror?: string;
  /** A file with a root to start from, for a mirror that was never initialised. */
  readonly rootFile?: string;
}

/** A copy is not asked about again for so long, while it is good. */
const CHECK_INTERVAL_MS = 86_400_000;
const TRUSTED_ROOT = "trusted_root.json";
/** What `initialize` fetches, so that later runs can do without a network. */
const INITIAL_TARGETS = [TRUSTED_ROOT, "signing_config.v0.2.json"];
/** Names become parts of addresses and file names. */
const TARGET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** Of these at least one must be stated, and all that are stated must be right. */
const HASHES: Readonly<Record<string, HashAlgorithm>> = { sha256: "sha256", sha384: "sha384", sha512: "sha512" };

/**
 * Opens the repository of trusted roots that this machine uses. Nothing is read or asked before the first use; each use
 * holds LIMITS.trustRefreshMs and sizes, and never follows redirects.
 *
 * @throws {AmapError} on use, see {@link TrustRepository}
 * @see https://theupdateframework.github.io/specification/v1.0.31/ §5
 * @example
 * ```ts
 * import type { TrustRepositoryOptions } from "./index.ts";
 * import { openTrustRepository } from "./index.ts";
 * const read = (world: Omit<TrustRepositoryOptions, "folder">) =>
 *   openTrustRepository({ ...world, folder: "/var/cache/amap/tuf" }).read("trusted_root.json");
 * ```
 */
export function openTrustRepository(options: TrustRepositoryOptions): TrustRepository {
  let opened: Promise<MirrorSession> | undefined;
  return {
    initialize: async ({ mirror, root }) => {
      const address = addressOf(mirror ?? options.mirror ?? PUBLIC_MIRROR);
      const first = root ?? carriedRepositoryOf(address)?.root;
      if (first === undefined) throw noRoot(address);
      opened = undefined;
      return initialize(options, address, first);
    },
    read: async (name) => {
      if (!TARGET_NAME.test(name)) throw new AmapError("USAGE", `expected the name of a target, found "${name}"`);
      opened ??= openSession(options);
      return (await opened).read(name);
    },
  };
}

interface MirrorSession {
  read(name: string): Promise<TrustTarget>;
}

async function openSession(options: TrustRepositoryOptions): Promise<MirrorSession> {
  const mirror = addressOf(options.mirror ?? (await readMirror(options.files, options.folder)) ?? PUBLIC_MIRROR);
  const copy = openCopy(options.files, options.folder, mirror);
  let current: Promise<Current> | undefined;
  return {
    read: async (name) => {
      current ??= readCurrent(options, mirror, copy);
      const { metadata, read, failure, warnings } = await current;
      if (metadata === undefined) return carriedTarget(mirror, name, failure);
      const described = ownEntry(metadata.targets.metadata.signed.targets, name);
      if (described === undefined) throw noTarget(mirror, name);
      const kept = await copy.readTarget(name);
      if (kept !== undefined && isDescribed(described, kept)) return { bytes: kept, source: mirror, warnings };
      try {
        const bytes = await fetchTarget(read, metadata, name, described);
        const unkept = await keep(copy.directory, () => copy.writeTarget(name, bytes));
        return { bytes, source: mirror, warnings: [...warnings, ...unkept] };
      } catch (error) {
        if (!isUnreachable(error)) throw error;
        return carriedTarget(mirror, name, error, described);
      }
    },
  };
}

/** The metadata that counts now: new, or the copy's where nothing new can be had; undefined where there is no copy. */
interface Current {
  readonly metadata: RepositoryMetadata | undefined;
  readonly read: ReadMirror;
  /** Why the mirror did not answer. */
  readonly failure?: AmapError;
  readonly warnings: readonly string[];
}

async function readCurrent(options: TrustRepositoryOptions, mirror: string, copy: LocalCopy): Promise<Current> {
  const now = options.clock.now();
  const read = openMirror(mirror, options, now + LIMITS.trustRefreshMs);
  const rootBytes = await copy.readMetadata("root");
  const root = rootBytes === undefined ? await firstRoot(options, mirror) : keptRoot(copy, rootBytes);
  const copied = rootBytes === undefined ? undefined : await copiedOrDamaged(copy, root);
  if (copied?.metadata !== undefined && (await isFresh(copy, copied.metadata, now))) {
    return { metadata: copied.metadata, read, warnings: [] };
  }
  const warnings: string[] = [];
  try {
    const metadata = await refreshMetadata(read, {
      root,
      now,
      before: (name) => copy.readMetadata(name),
      keepRoot: async (bytes) => {
        warnings.push(...(await keep(copy.directory, () => copy.writeMetadata("root", bytes))));
      },
    });
    warnings.push(...(await keep(copy.directory, () => writeAll(copy, metadata, now))));
    return { metadata, read, warnings: [...new Set(warnings)] };
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    if (copied === undefined) return { metadata: undefined, read, failure: error, warnings: [] };
    if (copied.metadata === undefined) throw damaged(copy, copied.damage);
    return {
      metadata: copied.metadata,
      read,
      failure: error,
      warnings: ageWarnings(mirror, copied.metadata, now, error),
    };
  }
}

async function initialize(
  options: TrustRepositoryOptions,
  mirror: string,
  first: Uint8Array,
): Promise<TrustRepositoryState> {
  const now = options.clock.now();
  const read = openMirror(mirror, options, now + LIMITS.trustRefreshMs);
  const nothing = async (): Promise<undefined> => undefined;
  const metadata = await refreshMetadata(read, {
    root: readFirstRoot(first),
    now,
    before: nothing,
    keepRoot: nothing,
  });
  const fetched = new Map<string, Uint8Array>();
  for (const name of INITIAL_TARGETS) {
    const described = ownEntry(metadata.targets.metadata.signed.targets, name);
    if (described !== undefined) fetched.set(name, await fetchTarget(read, metadata, name, described));
    else if (name === TRUSTED_ROOT) throw noTarget(mirror, name);
  }
  const copy = openCopy(options.files, options.folder, mirror);
  await copy.remove();
  await writeMirror(options.files, options.folder, mirror);
  for (const [name, bytes] of fetched) await copy.writeTarget(name, bytes);
  await copy.writeMetadata("root", metadata.root.bytes);
  await writeAll(copy, metadata, now);
  const missing = INITIAL_TARGETS.filter((name) => !fetched.has(name));
  return {
    mirror,
    directory: copy.directory,
    metadata: (["root", "timestamp", "snapshot", "targets"] as const).map((role) => {
      const { version, expires } = metadata[role].metadata.signed;
      return { role, version, expires };
    }),
    targets: [...fetched.keys()],
    warnings: missing.map((name) => `${mirror} has no ${name}: name the services that sign with --signing-config FILE`),
  };
}

/** The timestamp comes last: it is what makes the others count. */
async function writeAll(copy: LocalCopy, metadata: RepositoryMetadata, now: number): Promise<void> {
  for (const name of ["root", "targets", "snapshot", "timestamp"] as const satisfies readonly MetadataName[]) {
    await copy.writeMetadata(name, metadata[name].bytes);
  }
  await copy.writeCheckedAt(now);
}

async function firstRoot({ files, rootFile }: TrustRepositoryOptions, mirror: string): Promise<Verified<Root>> {
  if (rootFile !== undefined) return readFirstRoot(await files.read(rootFile, LIMITS.trustMetadataBytes));
  const carried = carriedRepositoryOf(mirror);
  // The root of one repository says nothing about another.
  if (carried === undefined) throw noRoot(mirror);
  return readFirstRoot(carried.root);
}

function keptRoot(copy: LocalCopy, bytes: Uint8Array): Verified<Root> {
  try {
    return readFirstRoot(bytes);
  } catch (error) {
    throw damaged(copy, error);
  }
}

/** The copy's metadata; or what is wrong with it, which matters only where it cannot be replaced. */
async function copiedOrDamaged(
  copy: LocalCopy,
  root: Verified<Root>,
): Promise<{ readonly metadata?: RepositoryMetadata; readonly damage?: unknown } | undefined> {
  try {
    const metadata = await readCopiedMetadata(copy, root);
    return metadata === undefined ? undefined : { metadata };
  } catch (damage) {
    if (isAmapError(damage) && damage.code === "TRUST_REPOSITORY_INVALID") return { damage };
    throw damage;
  }
}

async function isFresh(copy: LocalCopy, metadata: RepositoryMetadata, now: number): Promise<boolean> {
  if (now >= oldestOf(metadata).expiry) return false;
  const checkedAt = await copy.checkedAt();
  return checkedAt !== undefined && checkedAt <= now && now < checkedAt + CHECK_INTERVAL_MS;
}

/** The part of the metadata that expires, or expired, first. */
function oldestOf(metadata: RepositoryMetadata): { readonly role: MetadataName; readonly expiry: number } {
  const roles = ["timestamp", "snapshot", "targets", "root"] as const;
  const [first, ...others] = roles.map((role) => ({ role, expiry: expiryOf(metadata[role]) }));
  return others.reduce(
    (oldest, each) => (each.expiry < oldest.expiry ? each : oldest),
    first as NonNullable<typeof first>,
  );
}

function ageWarnings(mirror: string, metadata: RepositoryMetadata, now: number, failure: AmapError): readonly string[] {
  const { role, expiry } = oldestOf(metadata);
  const isOffline = failure.code === "OFFLINE";
  if (now < expiry) {
    return isOffline
      ? []
      : [`${failure.message}; the copy on this machine is used, which is good until ${formatTime(expiry)}`];
  }
  const why = isOffline ? "--offline is set" : `nothing newer can be had (${failure.message})`;
  return [
    `The copy of the trusted root from ${mirror} has expired: its ${role} was good until ${formatTime(expiry)}, ` +
      `${ageText(now - expiry)} ago. It is used since ${why}; keys that were revoked since then are still trusted. ` +
      "Run `amap initialize` with a network.",
  ];
}

/** A length of time in the largest unit of which there are at least two. */
function ageText(ms: number): string {
  const units = [
    ["day", 86_400_000],
    ["hour", 3_600_000],
    ["minute", 60_000],
  ] as const;
  for (const [unit, size] of units) {
    const count = Math.floor(ms / size);
    if (count >= 2 || (unit === "minute" && count === 1)) return `${count} ${unit}${count === 1 ? "" : "s"}`;
  }
  return "less than a minute";
}

/** What amap carries of the public repository, with a warning; for what it does not carry, the failure itself. */
function carriedTarget(
  mirror: string,
  name: string,
  failure: AmapError | undefined,
  described?: TargetFile,
): TrustTarget {
  const carried = carriedRepositoryOf(mirror);
  const bytes = carried?.targets.get(name);
  const isWanted = bytes !== undefined && (described === undefined || isDescribed(described, bytes));
  if (carried === undefined || !isWanted || failure === undefined) throw unavailable(mirror, name, failure);
  const { version, expires } = readFirstRoot(carried.root).metadata.signed;
  const why = failure.code === "OFFLINE" ? "--offline is set and" : `${failure.message}, and`;
  return {
    bytes,
    source: mirror,
    warnings: [
      `${why} there is no copy of ${mirror} on this machine: the trusted root that came with amap is used, of the time ` +
        `of root version ${version}, which is good until ${expires}. Run \`amap initialize\` with a network.`,
    ],
  };
}

async function fetchTarget(
  read: ReadMirror,
  { root }: RepositoryMetadata,
  name: string,
  described: TargetFile,
): Promise<Uint8Array> {
  const maxBytes = Math.min(described.length, LIMITS.trustRootBytes);
  if (described.length > maxBytes) throw invalid(name, `expected at most ${maxBytes} bytes, found ${described.length}`);
  const hash = ownEntry(described.hashes, "sha512") ?? ownEntry(described.hashes, "sha256");
  const prefixes = root.metadata.signed.consistentSnapshot
    ? [ownEntry(described.hashes, "sha256"), hash].filter((each) => each !== undefined)
    : [undefined];
  for (const prefix of new Set(prefixes)) {
    const bytes = await read(`targets/${prefix === undefined ? "" : `${prefix}.`}${name}`, Math.max(maxBytes, 1));
    if (bytes === undefined) continue;
    if (isDescribed(described, bytes)) return bytes;
    throw invalid(name, "its length or hash is not the one that targets.json states");
  }
  throw invalid(name, "targets.json lists it, and the mirror does not have it");
}

/** Whether bytes are what the list of targets says: length, and every hash of which at least one must be known. */
function isDescribed({ length, hashes }: TargetFile, bytes: Uint8Array): boolean {
  const stated = Object.entries(hashes);
  if (bytes.length !== length || stated.length === 0) return false;
  return stated.every(([name, value]) => {
    const algorithm = ownEntry(HASHES, name);
    return algorithm !== undefined && hashHex(algorithm, bytes) === value.toLowerCase();
  });
}

/** A copy that cannot be kept costs time, not trust. */
async function keep(directory: string, write: () => Promise<void>): Promise<readonly string[]> {
  try {
    await write();
    return [];
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return [
      `No copy of the trusted root can be kept in ${directory}: ${error.message}. Set TUF_ROOT to another folder.`,
    ];
  }
}

function addressOf(mirror: string): string {
  const url = URL.parse(mirror);
  const isPlain = url !== null && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (!isPlain || !["https:", "http:", "file:"].includes(url.protocol)) {
    throw new AmapError(
      "USAGE",
      "the address of a mirror: expected https://, http:// or file:///, without user or query",
    );
  }
  return mirror.replace(/\/+$/, "");
}

function noRoot(mirror: string): AmapError {
  return new AmapError("USAGE", `no root is known for ${mirror}`, {
    hint: `Run \`amap initialize --mirror ${mirror} --root FILE\` once, or set TUF_ROOT_JSON to a file with its root.`,
  });
}

function noTarget(mirror: string, name: string): AmapError {
  return new AmapError(
    "NOT_SUPPORTED",
    `${mirror} has no target ${name}, and targets in delegations or of older repositories are not read`,
    {
      hint: "Pass the file itself: --trusted-root FILE, or --signing-config FILE.",
    },
  );
}

function unavailable(mirror: string, name: string, failure: AmapError | undefined): AmapError {
  const code = failure?.code ?? "TRUST_REPOSITORY_UNREACHABLE";
  const why = failure === undefined ? "" : ` (${failure.message})`;
  return new AmapError(code, `${name} of ${mirror} is needed, and there is no copy of it on this machine${why}`, {
    hint: "Run `amap initialize` with a network, or pass the file itself: --trusted-root FILE, or --signing-config FILE.",
    cause: failure,
  });
}

function damaged(copy: LocalCopy, cause: unknown): AmapError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new AmapError("TRUST_REPOSITORY_INVALID", `the copy in ${copy.directory} cannot be used: ${message}`, {
    hint: "Run `amap initialize` with a network; for a private repository with --mirror and --root.",
    cause,
  });
}
