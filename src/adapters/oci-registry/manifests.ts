import { type Descriptor, decodeManifest, MEDIA_TYPES } from "../../artifact/index.ts";
import { AmapError, type Digest, digestOf, isDigest, LIMITS, matchesDigest } from "../../base/index.ts";
import type { Actions } from "./authentication.ts";
import type { RegistryClient } from "./registry-client.ts";
import { type Answer, protocolFailure, registryFailure, statedCode } from "./registry-failure.ts";

/** A manifest as read: its bytes, re-hashed, and the version mark of the tag it was read by. */
export interface StoredManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly etag: string | undefined;
}

const ACCEPT = [MEDIA_TYPES.index, MEDIA_TYPES.manifest, MEDIA_TYPES.dockerIndex, MEDIA_TYPES.dockerManifest].join(
  ", ",
);
const INDEX_TYPES: readonly string[] = [MEDIA_TYPES.index, MEDIA_TYPES.dockerIndex];
const MANIFEST_TYPES: readonly string[] = [MEDIA_TYPES.manifest, MEDIA_TYPES.dockerManifest];

/**
 * Reads the manifest that a tag or digest names; undefined for 404.
 * @throws {AmapError} BLOB_DIGEST_MISMATCH, LIMIT_EXCEEDED, NOT_SUPPORTED, REGISTRY_…
 */
export async function getManifest(
  client: RegistryClient,
  reference: string,
  actions: Actions = "pull",
): Promise<StoredManifest | undefined> {
  const url = client.urlOf(`manifests/${reference}`);
  const answer = await client.send({
    method: "GET",
    url,
    headers: { accept: ACCEPT },
    maxBytes: LIMITS.manifestBytes,
    actions,
    idempotent: true,
  });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw registryFailure(answer);
  const digest = requireDigest(answer, reference);
  const mediaType = mediaTypeOf(answer);
  const { body: bytes } = answer;
  return { descriptor: { mediaType, digest, size: bytes.length }, bytes, etag: answer.headers["etag"] };
}

/**
 * Writes a manifest under a digest or tag.
 * @throws {AmapError} STORAGE_CONFLICT when a condition fails, REGISTRY_…
 */
export async function putManifest(
  client: RegistryClient,
  reference: string,
  manifest: { readonly bytes: Uint8Array; readonly mediaType: string },
  condition: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const answer = await sendManifest(client, reference, manifest, condition);
  if (answer.status === 412) {
    throw new AmapError(
      "STORAGE_CONFLICT",
      `${client.address.registry}/${client.address.repository}:${reference} was changed`,
      {
        details: { reference },
      },
    );
  }
  if (answer.status !== 201 && answer.status !== 200) throw registryFailure(answer);
  const stated = answer.headers["docker-content-digest"];
  if (stated !== undefined && isDigest(stated) && !matchesDigest(manifest.bytes, stated)) {
    throw protocolFailure(`a manifest was written and the registry says that its digest is ${stated}`, answer.url);
  }
  return answer;
}

/** How often a manifest is sent again of which a registry says that a digest in it is none. */
const DIGEST_RETRIES = 4;
const DIGEST_RETRY_MS = 50;

/**
 * Sends a manifest. distribution reads the link of a blob that another writer stores at the same moment, finds it empty
 * and answers DIGEST_INVALID; the manifest's own digests are right, so it is sent again.
 */
async function sendManifest(
  client: RegistryClient,
  reference: string,
  manifest: { readonly bytes: Uint8Array; readonly mediaType: string },
  condition: Readonly<Record<string, string>>,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await client.send({
      method: "PUT",
      url: client.urlOf(`manifests/${reference}`),
      headers: { "content-type": manifest.mediaType, ...condition },
      body: manifest.bytes,
      maxBytes: LIMITS.httpBodyBytes,
      actions: "pull,push",
      idempotent: true,
    });
    const isRace = answer.status === 400 && statedCode(answer.body) === "DIGEST_INVALID";
    if (!isRace || attempt > DIGEST_RETRIES) return answer;
    await client.wait(DIGEST_RETRY_MS * 2 ** attempt);
  }
}

/** The bytes' own digest, after comparing it with the one asked for and the one that the registry states. */
function requireDigest(answer: Answer, reference: string): Digest {
  const { body, url } = answer;
  const stated = answer.headers["docker-content-digest"];
  for (const expected of [isDigest(reference) ? reference : undefined, stated]) {
    if (expected === undefined) continue;
    if (!isDigest(expected)) throw protocolFailure("Docker-Content-Digest is not a digest", url);
    if (matchesDigest(body, expected)) continue;
    throw new AmapError(
      "BLOB_DIGEST_MISMATCH",
      `${url.host}${url.pathname}: expected ${expected}, found ${digestOf(body)}`,
      {
        details: { expected, found: digestOf(body) },
      },
    );
  }
  return isDigest(reference) ? reference : digestOf(body);
}

/** What the bytes themselves say they are; the header only where they are malformed, which their decoder reports. */
function mediaTypeOf({ headers, body, url }: Answer): string {
  const stated = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (stated === "application/vnd.docker.distribution.manifest.v1+prettyjws") {
    throw new AmapError("NOT_SUPPORTED", `${url.host}${url.pathname}: Docker's schema 1 manifests are not supported`);
  }
  const decoded = decodeManifest(body);
  if (!decoded.ok) return stated === "" ? "application/octet-stream" : stated;
  const { kind, mediaType } = decoded.value;
  if ((kind === "index" ? MANIFEST_TYPES : INDEX_TYPES).includes(stated)) {
    throw protocolFailure(`Content-Type is ${stated}, the document is an ${kind}`, url);
  }
  return mediaType;
}
