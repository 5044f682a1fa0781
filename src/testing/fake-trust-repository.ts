import { AmapError, encodeHex, formatTime, hashHex } from "../base/index.ts";
import type { TrustRepository } from "../ports/index.ts";

/** A repository of trusted roots in memory, with the hands to move its world. */
export interface FakeTrustRepository {
  readonly open: () => TrustRepository;
  readonly mirror: string;
  readonly root: Uint8Array;
  publish(targets: ReadonlyMap<string, Uint8Array>): void;
  setOffline(isOffline: boolean): void;
}

interface Published {
  readonly targets: ReadonlyMap<string, Uint8Array>;
  readonly version: number;
  readonly expiry: number;
}

const DAY_MS = 86_400_000;
const MIRROR = "https://tuf.example";
const ROLES = ["root", "timestamp", "snapshot", "targets"] as const;
const WANTED = ["trusted_root.json", "signing_config.v0.2.json"];

/** A repository that signs nothing: it keeps the rules of the port for mirrors, copies, age and the network. */
export function createFakeTrustRepository(now: () => number): FakeTrustRepository {
  const root = new Uint8Array([1]);
  let published: Published = { targets: new Map(), version: 0, expiry: 0 };
  let copy: (Published & { readonly checkedAt: number }) | undefined;
  let isOffline = false;
  const fetched = (): Published & { readonly checkedAt: number } => {
    if (isOffline) throw new AmapError("OFFLINE", `${MIRROR} was needed while --offline is set`);
    if (now() >= published.expiry) throw new AmapError("TRUST_REPOSITORY_INVALID", "timestamp.json: it has expired");
    return { ...published, checkedAt: now() };
  };
  const current = (): { readonly from: Published; readonly warnings: readonly string[] } => {
    const isFresh = copy !== undefined && now() < copy.expiry && now() < copy.checkedAt + DAY_MS;
    if (copy === undefined || (!isFresh && !isOffline)) copy = fetched();
    const days = Math.floor((now() - copy.expiry) / DAY_MS);
    return { from: copy, warnings: now() < copy.expiry ? [] : [`The copy has expired, ${days} days ago`] };
  };
  const repository: TrustRepository = {
    initialize: async (request) => {
      const isKnown = request.root !== undefined && hashHex("sha256", request.root) === hashHex("sha256", root);
      if (request.mirror !== MIRROR || !isKnown) throw new AmapError("USAGE", `no root is known for ${request.mirror}`);
      const { version, expiry } = (copy = fetched());
      const targets = WANTED.filter((name) => published.targets.has(name));
      return {
        mirror: MIRROR,
        directory: `/memory/${encodeHex(root)}`,
        metadata: ROLES.map((role) => ({ role, version, expires: formatTime(expiry) })),
        targets,
        warnings: WANTED.filter((name) => !targets.includes(name)).map((name) => `${MIRROR} has no ${name}`),
      };
    },
    read: async (name) => {
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) throw new AmapError("USAGE", "expected the name of a target");
      const { from, warnings } = current();
      const bytes = from.targets.get(name);
      if (bytes === undefined) throw new AmapError("NOT_SUPPORTED", `${MIRROR} has no target ${name}`);
      return { bytes, source: MIRROR, warnings };
    },
  };
  return {
    open: () => repository,
    mirror: MIRROR,
    root,
    publish: (targets) => {
      published = { targets, version: published.version + 1, expiry: now() + DAY_MS };
    },
    setOffline: (next) => {
      isOffline = next;
    },
  };
}
