import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MEDIA_TYPES } from "../../artifact/index.ts";
import { digestOf, type ErrorCode, encodeUtf8, LIMITS } from "../../base/index.ts";
import { failureOf, sampleManifest, withTestRegistry } from "../../testing/open-test-registry.ts";
import type { Fault } from "../../testing/registry-server.ts";
import { openRegistryRepository } from "./index.ts";

const GOOD = sampleManifest("good");
const BLOB = encodeUtf8("a blob");
const DESCRIPTOR = { mediaType: "text/plain", digest: digestOf(BLOB), size: BLOB.length };

const answer = (status: number, location: string): Fault => ({ kind: "answer", status, headers: { location } });

const fault = ({ path }: { path: string }): Fault | undefined =>
  path.includes("/moved/") ? undefined : answer(307, path.replace("/team/", "/team/moved/"));

describe("redirects", () => {
  it("are followed for blobs and manifests", () => {
    return withTestRegistry({ fault }, async ({ storage, server }) => {
      const repository = server.repository("team/moved/storefront");
      repository.blobs.set(DESCRIPTOR.digest, BLOB);
      repository.putManifest(GOOD, MEDIA_TYPES.manifest, "v1");
      assert.deepEqual(new Uint8Array(await storage.readBlob(DESCRIPTOR, 100)), BLOB);
      assert.equal((await storage.resolve("v1"))?.digest, digestOf(GOOD));
      assert.equal(await storage.hasBlob(DESCRIPTOR.digest), true);
    });
  });

  it(`more than ${LIMITS.httpRedirects} are REGISTRY_PROTOCOL`, () =>
    withTestRegistry({ fault: ({ path }) => answer(302, path) }, async ({ storage, server }) => {
      await failureOf("REGISTRY_PROTOCOL", () => storage.resolve("v1"));
      assert.equal(server.requests.length, LIMITS.httpRedirects + 1);
    }));

  for (const location of ["ftp://127.0.0.1/x", "http://user:pw@127.0.0.1/", "http://[", "javascript:1"]) {
    it(`to ${location} is REGISTRY_PROTOCOL`, () =>
      withTestRegistry({ fault: () => answer(307, location) }, async ({ storage }) => {
        await failureOf("REGISTRY_PROTOCOL", () => storage.resolve("v1"));
      }));
  }
});

const places: readonly (readonly [string, boolean | undefined, string, ErrorCode | undefined])[] = [
  ["registry.example", undefined, "https://cdn.example/blob", undefined],
  ["registry.example", undefined, "https://10.0.0.1/blob", undefined],
  ["registry.example", undefined, "http://cdn.example/blob", "REGISTRY_PROTOCOL"],
  ["registry.example", undefined, "http://registry.example/blob", "REGISTRY_PROTOCOL"],
  ["registry.example", undefined, "https://127.0.0.1/blob", "REGISTRY_PROTOCOL"],
  ["registry.example", undefined, "https://localhost:8443/blob", "REGISTRY_PROTOCOL"],
  ["registry.example", undefined, "https://[::1]/blob", "REGISTRY_PROTOCOL"],
  ["registry.example", true, "http://127.0.0.1:9000/blob", "REGISTRY_PROTOCOL"],
  ["registry.example", true, "http://cdn.example/blob", undefined],
  ["127.0.0.1:5000", undefined, "http://127.0.0.1:9000/blob", undefined],
];

describe("C10, C11: where a redirect may lead", () => {
  for (const [registry, plainHttp, location, refusal] of places) {
    it(`from ${plainHttp ? "http://" : ""}${registry} to ${location}: ${refusal ?? "followed"}`, async () => {
      const asked: string[] = [];
      const storage = openRegistryRepository({
        registry,
        repository: "storefront",
        credentials: { credentialsFor: async () => ({ kind: "anonymous" }) },
        ...(plainHttp === undefined ? {} : { plainHttp }),
        http: {
          async send({ url }) {
            asked.push(url);
            if (asked.length === 1) return { status: 307, headers: { location }, body: new Uint8Array() };
            return { status: 200, headers: {}, body: GOOD };
          },
          stream: () => Promise.reject(new Error("not used")),
          close: async () => {},
        },
      });
      if (refusal === undefined) assert.equal((await storage.resolve("v1"))?.digest, digestOf(GOOD));
      else await failureOf(refusal, () => storage.resolve("v1"));
      assert.deepEqual(asked.slice(1), refusal === undefined ? [location] : []);
    });
  }
});
