import seeds from "@sigstore/tuf/seeds.json" with { type: "json" };

/** Where Sigstore's public repository is. */
export const PUBLIC_MIRROR = "https://tuf-repo-cdn.sigstore.dev";

/** What `@sigstore/tuf` carries of the public repository: a root to start from, and the trusted root of that time. */
export interface CarriedRepository {
  readonly root: Uint8Array;
  readonly targets: ReadonlyMap<string, Uint8Array>;
}

/** What is known of a mirror without asking it; undefined for all but the public one. */
export function carriedRepositoryOf(mirror: string): CarriedRepository | undefined {
  if (mirror.replace(/\/+$/, "") !== PUBLIC_MIRROR) return undefined;
  const seed = seeds[PUBLIC_MIRROR];
  return {
    root: decode(seed["root.json"]),
    targets: new Map(Object.entries(seed.targets).map(([name, base64]) => [decodeURIComponent(name), decode(base64)])),
  };
}

function decode(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}
