import { createHash } from "node:crypto";
import { createTestKey, type TestKey } from "../keys.ts";

/** A repository of The Update Framework (TUF 1.0.31) with consistent snapshots, one key a role. */
export interface TufRepository {
  /** Path → bytes, as a mirror serves them. Changes with each update. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The first root, which a client has to be given. */
  readonly firstRoot: Uint8Array;
  /** Publishes new targets, or the same ones anew, with the next versions. */
  publish(change?: { readonly targets?: ReadonlyMap<string, Uint8Array>; readonly now?: number }): void;
  /** Publishes the next root with a fresh root key, signed by the old and the new one. */
  rotateRoot(): void;
  /** Changes a served file. */
  tamper(path: string, change: (bytes: Buffer) => Uint8Array): void;
}

/** How a repository is made. */
export interface TufOptions {
  readonly targets: ReadonlyMap<string, Uint8Array>;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How long the metadata is good for: by default a year for root and targets, a day for snapshot and timestamp. */
  readonly expiresInMs?: { readonly root?: number; readonly targets?: number; readonly timestamp?: number };
}

type Json = string | number | boolean | { readonly [name: string]: Json } | readonly Json[];
const DAY = 86_400_000;
const SPEC_VERSION = "1.0.31";

export function createTufRepository(options: TufOptions): TufRepository {
  const files = new Map<string, Uint8Array>();
  const keys = {
    root: createTestKey(),
    targets: createTestKey(),
    snapshot: createTestKey(),
    timestamp: createTestKey(),
  };
  const expiry = { root: 365 * DAY, targets: 365 * DAY, timestamp: DAY, ...options.expiresInMs };
  let { now, targets } = options;
  let [rootVersion, version] = [0, 0];

  const metadata = (type: string, number: number, expiresIn: number, rest: Record<string, Json>): Json => ({
    _type: type,
    spec_version: SPEC_VERSION,
    version: number,
    expires: new Date(now + expiresIn).toISOString().replace(/\.\d+Z$/, "Z"),
    ...rest,
  });

  const publishRoot = (signers: readonly TestKey[]): void => {
    rootVersion += 1;
    const roles = Object.entries(keys).map(([role, key]) => [role, { keyids: [keyId(key)], threshold: 1 }] as const);
    const signed = metadata("root", rootVersion, expiry.root, {
      consistent_snapshot: true,
      keys: Object.fromEntries(Object.values(keys).map((key) => [keyId(key), keyObject(key)])),
      roles: Object.fromEntries(roles),
    });
    const bytes = signMetadata(signed, signers);
    files.set(`${rootVersion}.root.json`, bytes);
    files.set("root.json", bytes);
  };

  const publish = (): void => {
    version += 1;
    const described = [...targets].map(([name, bytes]) => [name, describe(bytes)] as const);
    const signedTargets = metadata("targets", version, expiry.targets, { targets: Object.fromEntries(described) });
    const targetsBytes = signMetadata(signedTargets, [keys.targets]);
    const snapshot = metadata("snapshot", version, expiry.timestamp, {
      meta: { "targets.json": { version, ...describe(targetsBytes) } },
    });
    const snapshotBytes = signMetadata(snapshot, [keys.snapshot]);
    const timestamp = metadata("timestamp", version, expiry.timestamp, {
      meta: { "snapshot.json": { version, ...describe(snapshotBytes) } },
    });
    files.set(`${version}.targets.json`, targetsBytes);
    files.set(`${version}.snapshot.json`, snapshotBytes);
    files.set("timestamp.json", signMetadata(timestamp, [keys.timestamp]));
    for (const [name, bytes] of targets) {
      files.set(`targets/${createHash("sha256").update(bytes).digest("hex")}.${name}`, bytes);
      files.set(`targets/${name}`, bytes);
    }
  };

  publishRoot([keys.root]);
  publish();
  const firstRoot = files.get("1.root.json") as Uint8Array;
  return {
    files,
    firstRoot,
    publish: (change = {}) => {
      targets = change.targets ?? targets;
      now = change.now ?? now;
      publish();
    },
    rotateRoot: () => {
      const old = keys.root;
      keys.root = createTestKey();
      publishRoot([old, keys.root]);
    },
    tamper: (path, change) => {
      const bytes = files.get(path);
      if (bytes === undefined) throw new Error(`no file ${path}`);
      files.set(path, change(Buffer.from(bytes)));
    },
  };
}

function describe(bytes: Uint8Array): { readonly length: number; readonly hashes: { readonly sha256: string } } {
  return { length: bytes.length, hashes: { sha256: createHash("sha256").update(bytes).digest("hex") } };
}

function keyObject(key: TestKey): Json {
  return { keytype: "ecdsa", scheme: "ecdsa-sha2-nistp256", keyval: { public: key.pem } };
}

function keyId(key: TestKey): string {
  return createHash("sha256")
    .update(olpcJson(keyObject(key)))
    .digest("hex");
}

function signMetadata(signed: Json, signers: readonly TestKey[]): Uint8Array {
  const message = Buffer.from(olpcJson(signed));
  const signatures = signers.map((key) => ({ keyid: keyId(key), sig: key.sign(message).toString("hex") }));
  return new Uint8Array(Buffer.from(JSON.stringify({ signatures, signed })));
}

/** OLPC's canonical JSON, which TUF signs: sorted members, and in strings only `"` and `\` escaped. */
function olpcJson(value: Json): string {
  if (typeof value === "string") return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => olpcJson(item)).join(",")}]`;
  const members = Object.entries(value as { readonly [name: string]: Json }).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${olpcJson(name)}:${olpcJson(member)}`).join(",")}}`;
}
