import { type Descriptor, decodeManifest, MEDIA_TYPES } from "../../artifact/index.ts";
import { AmapError, type Digest, digestAlgorithm, digestHex, LIMITS } from "../../base/index.ts";
import { getManifest } from "./manifests.ts";
import { readPages } from "./pagination.ts";
import type { RegistryClient } from "./registry-client.ts";
import { type Answer, protocolFailure, registryFailure } from "./registry-failure.ts";

/** Where referrers are looked for: `auto` asks the API and then the fallback tag, `tag` never asks the API. */
export type ReferrersMode = "auto" | "tag";

/**
 * The tag under which a subject's referrers are listed where there is no API (distribution 1.1, referrers tag schema):
 * at most 64 hex digits, so that it stays within a tag's length.
 */
export function fallbackTag(subject: Digest): string {
  return `${digestAlgorithm(subject)}-${digestHex(subject).slice(0, 64)}`;
}

/**
 * All referrers, without duplicates: of the API and of the fallback tag together. A registry that learned the API later,
 * or whose listing lags behind, does not list what was attached by the tag; reading one of the two alone would let
 * anybody who pushes one referrer hide all older evidence.
 */
export async function listReferrers(
  client: RegistryClient,
  subject: Digest,
  mode: ReferrersMode,
): Promise<readonly Descriptor[]> {
  const [listed = [], tagged] = await Promise.all([
    mode === "tag" ? [] : listFromApi(client, subject),
    listFromFallback(client, subject),
  ]);
  return [...new Map([...tagged, ...listed].map((descriptor) => [descriptor.digest, descriptor])).values()];
}

/** What the referrers API lists, or undefined when the registry does not offer it. */
export async function listFromApi(client: RegistryClient, subject: Digest): Promise<readonly Descriptor[] | undefined> {
  const found = new Map<Digest, Descriptor>();
  let offered = false;
  for await (const page of readApi(client, subject)) {
    if (!offered && isNotOffered(page)) return undefined;
    offered = true;
    for (const descriptor of decodePage(page)) found.set(descriptor.digest, descriptor);
    if (found.size > LIMITS.indexManifests) {
      throw new AmapError("LIMIT_EXCEEDED", `${subject}: more than ${LIMITS.indexManifests} referrers`, {
        details: { subject, limit: LIMITS.indexManifests },
      });
    }
  }
  return [...found.values()];
}

function readApi(client: RegistryClient, subject: Digest): AsyncGenerator<Answer> {
  return readPages(client, client.urlOf(`referrers/${subject}`), { accept: MEDIA_TYPES.index });
}

/** 404 by the specification; 303 is how ghcr.io answers, which sends browsers elsewhere. All else must be an answer. */
function isNotOffered({ status }: Answer): boolean {
  return status === 404 || status === 303;
}

function decodePage(page: Answer): readonly Descriptor[] {
  if (page.status !== 200) throw registryFailure(page);
  const decoded = decodeManifest(page.body);
  if (decoded.ok && decoded.value.kind === "index") return decoded.value.manifests;
  const why = decoded.ok
    ? "it is an image manifest"
    : `${decoded.issues[0]?.path ?? ""} ${decoded.issues[0]?.message ?? ""}`;
  throw protocolFailure(`expected an index of referrers: ${why.trim()}`, page.url);
}

async function listFromFallback(client: RegistryClient, subject: Digest): Promise<readonly Descriptor[]> {
  const stored = await getManifest(client, fallbackTag(subject));
  if (stored === undefined) return [];
  const decoded = decodeManifest(stored.bytes);
  if (!decoded.ok) {
    throw new AmapError("MANIFEST_INVALID", `the list of referrers ${fallbackTag(subject)} is malformed`, {
      details: { issues: decoded.issues },
    });
  }
  // `cosign copy` stores an image under this tag. It lists no referrers, and the platforms of its index are none;
  // attaching refuses to replace an image, and adds to an index as others do.
  if (decoded.value.kind !== "index" || stored.descriptor.digest === subject) return [];
  return [...new Map(decoded.value.manifests.map((descriptor) => [descriptor.digest, descriptor])).values()];
}
