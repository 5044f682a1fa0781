import { formatPlatform } from "../artifact/index.ts";
import type { Finding, Sbom, VexPlatform } from "../metadata/index.ts";
import type { OpenImage } from "./open-image.ts";

/** The platforms of an image that was catalogued, and what is on which of them. */
export interface ImagePlatforms {
  /** As the index lists them; empty for an image that is not one. */
  readonly platforms: readonly VexPlatform[];
  /** From a component's reference to the digests of the platforms' manifests that have it. */
  readonly digestsByRef: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The platforms of an image, as VEX documents name them; none of one that is not an index. */
export function platformsOf({
  document,
  platforms,
}: Pick<OpenImage, "document" | "platforms">): readonly VexPlatform[] {
  if (document.kind !== "index") return [];
  return platforms.map(({ digest, platform }) => ({
    digest,
    ...(platform === undefined ? {} : { name: formatPlatform(platform), architecture: platform.architecture }),
  }));
}

/** Findings with the platforms that have them, where these are not all. */
export function markPlatforms(
  findings: readonly Finding[],
  { components }: Pick<Sbom, "components">,
  { platforms, digestsByRef }: ImagePlatforms,
): readonly Finding[] {
  if (platforms.length === 0) return findings;
  const all = new Set(platforms.map(({ digest }) => digest));
  const byPurl = new Map<string, Set<string>>();
  for (const { purl, ref } of components) {
    if (purl === undefined) continue;
    const known = byPurl.get(purl) ?? new Set<string>();
    byPurl.set(purl, known);
    // Nobody knows where something is that no platform's catalog has: it may be on all of them.
    for (const digest of digestsByRef.get(ref) ?? all) known.add(digest);
  }
  return findings.map((finding) => {
    const own = byPurl.get(finding.purl);
    return own === undefined || own.size === all.size ? finding : { ...finding, platforms: [...own] };
  });
}
