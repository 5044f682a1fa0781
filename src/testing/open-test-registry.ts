import assert from "node:assert/strict";
import { createHttpClient, type HttpClientOptions } from "../adapters/http/index.ts";
import { openRegistryRepository } from "../adapters/oci-registry/index.ts";
import { encodeManifest, MEDIA_TYPES } from "../artifact/index.ts";
import { AmapError, type Digest, digestOf, type ErrorCode, encodeUtf8 } from "../base/index.ts";
import type { CredentialSource, OciStorage, RegistryCredentials } from "../ports/index.ts";
import { type RegistryServer, type RegistryServerOptions, startRegistryServer } from "./registry-server.ts";

/** A repository in a test registry, opened over real connections. Waiting takes no time and is written down. */
export interface OpenTestRegistry {
  readonly server: RegistryServer;
  readonly storage: OciStorage;
  /** Another handle on the same repository, with the same connections and credentials. */
  readonly open: (repository?: string) => OciStorage;
  /** Milliseconds that were waited for, in order. */
  readonly waits: readonly number[];
  /** Registries that credentials were looked up for. */
  readonly lookups: readonly string[];
  close(): Promise<void>;
}

export interface OpenTestRegistryOptions extends RegistryServerOptions {
  readonly credentials?: RegistryCredentials;
  readonly http?: HttpClientOptions;
  readonly referrersMode?: "auto" | "tag";
}

export const TEST_REPOSITORY = "team/storefront";

export async function openTestRegistry(options: OpenTestRegistryOptions = {}): Promise<OpenTestRegistry> {
  const server = await startRegistryServer(options);
  const http = createHttpClient(options.http);
  const waits: number[] = [];
  const lookups: string[] = [];
  const credentials: CredentialSource = {
    async credentialsFor(registry) {
      lookups.push(registry);
      return options.credentials ?? { kind: "anonymous" };
    },
  };
  const open = (repository = TEST_REPOSITORY): OciStorage =>
    openRegistryRepository({
      registry: server.host,
      repository,
      http,
      credentials,
      ...(options.referrersMode === undefined ? {} : { referrersMode: options.referrersMode }),
      wait: async (milliseconds) => void waits.push(milliseconds),
    });
  return {
    server,
    storage: open(),
    open,
    waits,
    lookups,
    async close() {
      await http.close();
      await server.close();
    },
  };
}

/** Runs a test with a registry that is closed afterwards. */
export async function withTestRegistry(
  options: OpenTestRegistryOptions,
  run: (registry: OpenTestRegistry) => Promise<void>,
): Promise<void> {
  const registry = await openTestRegistry(options);
  try {
    await run(registry);
  } finally {
    await registry.close();
  }
}

/** The bytes of a small manifest; different texts give different digests. */
export function sampleManifest(text: string, subject?: Digest): Uint8Array {
  const layer = encodeUtf8(text);
  return encodeManifest({
    kind: "manifest",
    mediaType: MEDIA_TYPES.manifest,
    artifactType: "application/vnd.example.note.v1",
    config: { mediaType: MEDIA_TYPES.emptyConfig, digest: digestOf(encodeUtf8("{}")), size: 2 },
    layers: [{ mediaType: "text/plain", digest: digestOf(layer), size: layer.length }],
    ...(subject === undefined ? {} : { subject: { mediaType: MEDIA_TYPES.manifest, digest: subject, size: 7 } }),
    annotations: { "org.example.text": text },
  });
}

/** Asserts that a call fails with this code, and gives the error. */
export async function failureOf(code: ErrorCode, run: () => Promise<unknown>): Promise<AmapError> {
  let found: unknown;
  await assert.rejects(run, (error) => {
    found = error;
    return true;
  });
  assert.ok(found instanceof AmapError, `expected ${code}, found ${String(found)}`);
  assert.equal(found.code, code, found.message);
  return found;
}
