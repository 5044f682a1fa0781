import { setTimeout as sleep } from "node:timers/promises";
import type { Descriptor } from "../../artifact/index.ts";
import { type Digest, isDigest, memberOf, readJson, type Value } from "../../base/index.ts";
import type { CredentialSource, HttpClient, OciStorage } from "../../ports/index.ts";
import { hasBlob, readBlob, streamBlob } from "./blobs.ts";
import { deleteManifest } from "./delete-manifest.ts";
import { ManifestCache } from "./manifest-cache.ts";
import { getManifest } from "./manifests.ts";
import { readPages } from "./pagination.ts";
import { listReferrers, type ReferrersMode } from "./referrers.ts";
import { registryAddress, requireTag, signedName } from "./registry-address.ts";
import { createRegistryClient, type RegistryClient } from "./registry-client.ts";
import { protocolFailure, registryFailure } from "./registry-failure.ts";
import type { Wait } from "./retry.ts";
import { copyBlob, writeBlob } from "./uploads.ts";
import { writeManifest } from "./write-manifest.ts";

/** Which repository, and by which means. */
export interface RegistryRepositoryOptions {
  /** Host and optional port: `ghcr.io`, `docker.io`, `127.0.0.1:5000`. */
  readonly registry: string;
  /** `team/storefront`. */
  readonly repository: string;
  readonly http: HttpClient;
  readonly credentials: CredentialSource;
  /** true: plain HTTP; false: TLS even on loopback. When left out, plain HTTP on loopback and TLS elsewhere. */
  readonly plainHttp?: boolean;
  /** `tag` never asks for the referrers API. */
  readonly referrersMode?: ReferrersMode;
  /** How to wait between retries; real time when left out. */
  readonly wait?: Wait;
  /** Ends waiting between retries. The requests themselves are ended by the signal that `http` has. */
  readonly signal?: AbortSignal;
}

/**
 * A repository in a registry (OCI distribution specification 1.1). Nothing is asked before the first use. A tag is read
 * once for each `resolve`; all else goes by digest and is re-hashed. Manifests are cached by digest in the handle.
 * Handles to one registry that share `http` and `credentials` share tokens.
 *
 * @throws {AmapError} REFERENCE_INVALID; on use REGISTRY_UNREACHABLE, REGISTRY_UNAUTHORIZED, REGISTRY_FORBIDDEN,
 * REGISTRY_RATE_LIMITED, REGISTRY_FAILED, REGISTRY_PROTOCOL, TIMEOUT, OFFLINE, and those of {@link OciStorage}
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 * @example
 * ```ts
 * import type { HttpClient } from "../../ports/index.ts";
 * import { openRegistryRepository } from "./index.ts";
 * const open = (http: HttpClient) =>
 *   openRegistryRepository({
 *     registry: "127.0.0.1:5000",
 *     repository: "storefront",
 *     http,
 *     credentials: { credentialsFor: async () => ({ kind: "anonymous" }) },
 *   });
 * ```
 */
export function openRegistryRepository(options: RegistryRepositoryOptions): OciStorage {
  const address = registryAddress(options.registry, options.repository, options.plainHttp);
  const { http, credentials, referrersMode = "auto" } = options;
  const wait: Wait = options.wait ?? ((milliseconds) => sleepUnless(options.signal, milliseconds));
  const client = createRegistryClient({ address, http, credentials, wait });
  const cache = new ManifestCache();
  const readManifest = async (
    reference: string,
  ): Promise<{ descriptor: Descriptor; bytes: Uint8Array } | undefined> => {
    const cached = isDigest(reference) ? cache.get(reference) : undefined;
    if (cached !== undefined) return cached;
    const stored = await getManifest(client, reference);
    if (stored === undefined) return undefined;
    const { descriptor, bytes } = stored;
    cache.add(descriptor.digest, { descriptor, bytes });
    return { descriptor, bytes };
  };
  return {
    location: `${address.registry}/${address.repository}`,
    repository: signedName(address),
    async resolve(reference) {
      if (!isDigest(reference)) requireTag(reference);
      return (await readManifest(reference))?.descriptor;
    },
    listTags: () => listTags(client),
    readManifest,
    readBlob: (descriptor, maxBytes) => readBlob(client, descriptor, maxBytes),
    openBlob: (descriptor) => streamBlob(client, descriptor),
    listReferrers: (subject) => listReferrers(client, subject, referrersMode),
    hasBlob: (digest: Digest) => hasBlob(client, digest),
    writeBlob: (bytes) => writeBlob(client, bytes),
    copyBlob: (descriptor, from) => copyBlob(client, descriptor, from),
    deleteManifest: async (digest) => {
      cache.delete(digest);
      return deleteManifest(client, digest);
    },
    async writeManifest(bytes, written) {
      const descriptor = await writeManifest(client, bytes, written, referrersMode);
      cache.add(descriptor.digest, { descriptor, bytes: Uint8Array.from(bytes) });
      return descriptor;
    },
  };
}

async function sleepUnless(signal: AbortSignal | undefined, milliseconds: number): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch {
    throw signal?.reason;
  }
}

async function listTags(client: RegistryClient): Promise<readonly string[]> {
  const tags: string[] = [];
  for await (const page of readPages(client, client.urlOf("tags/list?n=1000"))) {
    // No tag was ever pushed here: registries know a repository by its content only.
    if (page.status === 404) return [];
    if (page.status !== 200) throw registryFailure(page);
    let document: Value;
    try {
      document = readJson(page.body);
    } catch (cause) {
      throw protocolFailure(`the list of tags is not JSON: ${cause instanceof Error ? cause.message : ""}`, page.url);
    }
    const listed = memberOf(document, "tags") ?? [];
    if (!Array.isArray(listed) || !listed.every((tag) => typeof tag === "string")) {
      throw protocolFailure("the list of tags is not a list of strings", page.url);
    }
    for (const tag of listed) tags.push(tag);
  }
  return tags;
}
