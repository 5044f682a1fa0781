import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MEDIA_TYPES } from "../../artifact/index.ts";
import { AmapError, type Digest, digestOf, type ErrorCode, encodeUtf8, LIMITS } from "../../base/index.ts";
import type { OciStorage } from "../../ports/index.ts";
import {
  failureOf,
  type OpenTestRegistryOptions,
  sampleManifest,
  TEST_REPOSITORY,
  withTestRegistry,
} from "../../testing/open-test-registry.ts";
import type { Fault } from "../../testing/registry-server.ts";

const GOOD = sampleManifest("good");
const EVIL = sampleManifest("evil");
const BLOB = encodeUtf8("a blob");
const DESCRIPTOR = { mediaType: "text/plain", digest: digestOf(BLOB), size: BLOB.length };
const MANIFESTS = `/v2/${TEST_REPOSITORY}/manifests/`;

const answer = (status: number, body?: Uint8Array, headers: Record<string, string> = {}): Fault => ({
  kind: "answer",
  status,
  headers,
  ...(body === undefined ? {} : { body }),
});

describe("C1: a tag is resolved once", () => {
  it("what follows a resolution goes by digest, also when the tag has moved", () =>
    withTestRegistry({}, async ({ storage, server }) => {
      const repository = server.repository(TEST_REPOSITORY);
      repository.putManifest(GOOD, MEDIA_TYPES.manifest, "v1");
      const resolved = await storage.resolve("v1");
      repository.putManifest(EVIL, MEDIA_TYPES.manifest, "v1");
      assert.equal(resolved?.digest, digestOf(GOOD));
      assert.deepEqual((await storage.readManifest(digestOf(GOOD)))?.bytes, GOOD);
      await storage.listReferrers(digestOf(GOOD));
      assert.equal(server.requests.filter(({ path }) => path === `${MANIFESTS}v1`).length, 1);
    }));

  it("another manifest under the digest on the second call is BLOB_DIGEST_MISMATCH", () =>
    withTestRegistry(
      { fault: ({ path, ordinal }) => (path.includes("sha256:") && ordinal === 2 ? answer(200, EVIL) : undefined) },
      async ({ storage, open, server }) => {
        server.repository(TEST_REPOSITORY).putManifest(GOOD, MEDIA_TYPES.manifest);
        assert.ok(await storage.readManifest(digestOf(GOOD)));
        await failureOf("BLOB_DIGEST_MISMATCH", () => open().readManifest(digestOf(GOOD)));
      },
    ));
});

describe("C2: what the registry says about content is compared with the content", () => {
  const cases: readonly (readonly [string, Record<string, string>, ErrorCode | undefined])[] = [
    ["the right digest", { "docker-content-digest": digestOf(GOOD) }, undefined],
    ["no digest", {}, undefined],
    ["another digest", { "docker-content-digest": digestOf(EVIL) }, "BLOB_DIGEST_MISMATCH"],
    ["no digest's form", { "docker-content-digest": "sha256:short" }, "REGISTRY_PROTOCOL"],
    ["the Content-Type of an index", { "content-type": MEDIA_TYPES.index }, "REGISTRY_PROTOCOL"],
    ["a general Content-Type", { "content-type": "application/json; charset=utf-8" }, undefined],
    [
      "Docker's schema 1",
      { "content-type": "application/vnd.docker.distribution.manifest.v1+prettyjws" },
      "NOT_SUPPORTED",
    ],
  ];
  for (const [name, headers, code] of cases) {
    it(`${name}: ${code ?? "read"}`, () =>
      withTestRegistry({ fault: () => answer(200, GOOD, headers) }, async ({ storage }) => {
        if (code !== undefined) await failureOf(code, () => storage.resolve("v1"));
        else {
          const expected = { mediaType: MEDIA_TYPES.manifest, digest: digestOf(GOOD), size: GOOD.length };
          assert.deepEqual(await storage.resolve("v1"), expected);
        }
      }));
  }
});

/** Every method that reads, on a registry that misbehaves in the same way for all. */
const READS: Readonly<Record<string, (storage: OciStorage) => Promise<unknown>>> = {
  resolve: (storage) => storage.resolve("v1"),
  readManifest: (storage) => storage.readManifest(digestOf(GOOD)),
  listTags: (storage) => storage.listTags(),
  listReferrers: (storage) => storage.listReferrers(digestOf(GOOD)),
  readBlob: (storage) => storage.readBlob(DESCRIPTOR, 100),
  openBlob: async (storage) => {
    for await (const _ of storage.openBlob(DESCRIPTOR));
  },
  hasBlob: (storage) => storage.hasBlob(DESCRIPTOR.digest),
};

describe("a registry failure is an error, never an empty answer", () => {
  const cases: readonly (readonly [string, Fault, ErrorCode, OpenTestRegistryOptions?])[] = [
    ["400", answer(400), "REGISTRY_FAILED"],
    ["401 without a challenge", answer(401), "REGISTRY_UNAUTHORIZED"],
    ["403", answer(403), "REGISTRY_FORBIDDEN"],
    ["429", answer(429), "REGISTRY_RATE_LIMITED"],
    ["500", answer(500), "REGISTRY_FAILED"],
    ["503", answer(503), "REGISTRY_FAILED"],
    ["204", answer(204), "REGISTRY_PROTOCOL"],
    ["a redirect without a place", answer(307), "REGISTRY_PROTOCOL"],
    ["a closed connection", { kind: "reset" }, "REGISTRY_UNREACHABLE"],
    ["silence", { kind: "hang" }, "TIMEOUT", { http: { idleMs: 40 } }],
  ];
  for (const [name, fault, code, options] of cases) {
    it(`${name} is ${code} in every read`, () =>
      withTestRegistry({ fault: () => fault, ...options }, async ({ storage }) => {
        for (const read of Object.values(READS)) await failureOf(code, () => read(storage));
      }));
  }

  for (const status of [400, 401, 403, 405, 429, 500, 503]) {
    it(`${status} from the referrers API alone is an error, though there is no fallback tag`, () =>
      withTestRegistry(
        { fault: ({ path }) => (path.includes("/referrers/") ? answer(status) : undefined) },
        async ({ storage }) => {
          await assert.rejects(() => storage.listReferrers(digestOf(GOOD)), AmapError);
        },
      ));
  }

  it("404 is the only way to say that something is not there", () =>
    withTestRegistry({ fault: () => answer(404) }, async ({ storage }) => {
      assert.equal(await storage.resolve("v1"), undefined);
      assert.deepEqual(await storage.listTags(), []);
      assert.deepEqual(await storage.listReferrers(digestOf(GOOD)), []);
      assert.equal(await storage.hasBlob(DESCRIPTOR.digest), false);
      await failureOf("BLOB_NOT_FOUND", () => storage.readBlob(DESCRIPTOR, 100));
    }));

  it("answers that are not what was asked for are REGISTRY_PROTOCOL", () =>
    withTestRegistry({ fault: () => answer(200, encodeUtf8("<html>Sign in</html>")) }, async ({ storage }) => {
      await failureOf("REGISTRY_PROTOCOL", () => storage.listTags());
      await failureOf("REGISTRY_PROTOCOL", () => storage.listReferrers(digestOf(GOOD)));
    }));

  it("the message has the registry's error code and none of its text", () =>
    withTestRegistry(
      { fault: () => answer(403, encodeUtf8('{"errors":[{"code":"DENIED","message":"token s3cret"}]}')) },
      async ({ storage }) => {
        const error = await failureOf("REGISTRY_FORBIDDEN", () => storage.resolve("v1"));
        assert.match(error.message, /status 403 \(DENIED\)/);
        assert.doesNotMatch(`${error.message}${JSON.stringify(error.details)}`, /s3cret/);
      },
    ));

  it("a registry that is not there is REGISTRY_UNREACHABLE", async () => {
    await withTestRegistry({}, async ({ storage, server }) => {
      await server.close();
      await failureOf("REGISTRY_UNREACHABLE", () => storage.resolve("v1"));
    });
  });
});

const listing = (path: string): Fault => {
  const start = Number(new URL(path, "http://x").searchParams.get("page") ?? "0");
  const body = path.includes("/tags/") ? { tags: [`t${start}`] } : { schemaVersion: 2, manifests: [] };
  const headers = { link: `<${new URL(path, "http://x").pathname}?page=${start + 1}>; rel="next"` };
  return answer(200, encodeUtf8(JSON.stringify(body)), headers);
};

const hex = (index: number): string => index.toString(16).padStart(64, "0");

const referrersOf = (count: number): Fault => {
  const manifests = Array.from({ length: count }, (_, index) => ({
    mediaType: MEDIA_TYPES.manifest,
    digest: `sha256:${hex(index)}`,
    size: 1,
  }));
  return answer(200, encodeUtf8(JSON.stringify({ schemaVersion: 2, manifests })), {});
};

describe("C8: endless answers end at a limit", () => {
  for (const [read, part] of [
    ["listTags", "/tags/list"],
    ["listReferrers", "/referrers/"],
  ] as const) {
    it(`pages without end in ${read} are LIMIT_EXCEEDED`, () =>
      withTestRegistry({ fault: ({ path }) => listing(path) }, async ({ storage, server }) => {
        await failureOf("LIMIT_EXCEEDED", async () => READS[read]?.(storage));
        assert.equal(server.requests.filter(({ path }) => path.includes(part)).length, LIMITS.listingPages);
      }));
  }

  it("pages that are long together are LIMIT_EXCEEDED before they fill memory", () => {
    const padding = encodeUtf8(`{"tags":["${"x".repeat(LIMITS.httpBodyBytes / 8)}"]}`);
    const next = { link: `</v2/${TEST_REPOSITORY}/tags/list?more>; rel="next"` };
    return withTestRegistry({ fault: () => answer(200, padding, next) }, async ({ storage, server }) => {
      await failureOf("LIMIT_EXCEEDED", () => storage.listTags());
      assert.equal(server.requests.length, 8);
    });
  });

  for (const read of ["resolve", "readManifest", "listTags", "listReferrers"]) {
    it(`a body without end in ${read} is LIMIT_EXCEEDED`, () =>
      withTestRegistry({ fault: () => ({ kind: "endlessBody" }) }, async ({ storage }) => {
        await failureOf("LIMIT_EXCEEDED", async () => READS[read]?.(storage));
      }));
  }

  for (const read of ["readBlob", "openBlob"]) {
    it(`a blob without end in ${read} ends at its descriptor's size`, () =>
      withTestRegistry({ fault: () => ({ kind: "endlessBody" }) }, async ({ storage }) => {
        await failureOf("BLOB_SIZE_MISMATCH", async () => READS[read]?.(storage));
      }));
  }

  it("a body one byte at a time (slow-loris) is TIMEOUT in every read", () =>
    withTestRegistry(
      {
        fault: ({ method }) => (method === "HEAD" ? { kind: "hang" } : { kind: "slowBody", everyMs: 20 }),
        http: { totalMs: 60 },
      },
      async ({ storage }) => {
        for (const read of Object.values(READS)) await failureOf("TIMEOUT", () => read(storage));
      },
    ));

  it(`${LIMITS.indexManifests} referrers are read, one more is LIMIT_EXCEEDED`, async () => {
    await withTestRegistry({ fault: () => referrersOf(LIMITS.indexManifests) }, async ({ storage }) => {
      assert.equal((await storage.listReferrers(digestOf(GOOD))).length, LIMITS.indexManifests);
    });
    await withTestRegistry({ fault: () => referrersOf(LIMITS.indexManifests + 1) }, async ({ storage }) => {
      await failureOf("LIMIT_EXCEEDED", () => storage.listReferrers(digestOf(GOOD)));
    });
  });
});

describe("retries", () => {
  it("a read is repeated after 503 and a closed connection, with growing delays", () => {
    const faults: (Fault | undefined)[] = [answer(503), { kind: "reset" }, answer(500)];
    return withTestRegistry({ fault: ({ ordinal }) => faults[ordinal - 1] }, async ({ storage, server, waits }) => {
      server.repository(TEST_REPOSITORY).putManifest(GOOD, MEDIA_TYPES.manifest, "v1");
      assert.equal((await storage.resolve("v1"))?.digest, digestOf(GOOD));
      assert.deepEqual(waits, [200, 400, 800]);
    });
  });

  it(`at most ${LIMITS.httpRetries} times`, () =>
    withTestRegistry({ fault: () => answer(503) }, async ({ storage, server }) => {
      await failureOf("REGISTRY_FAILED", () => storage.resolve("v1"));
      assert.equal(server.requests.length, LIMITS.httpRetries + 1);
    }));

  const delays: readonly (readonly [string, number, readonly number[]])[] = [
    ["3", 2, [3_000]],
    ["3600", 1, []],
    ["Sun, 22 Nov 2026 00:00:00 GMT", 2, [200]],
    ["Mon, 23 Nov 2026 10:00:05 GMT", 2, [5_000]],
    ["Mon, 23 Nov 2026 11:00:00 GMT", 1, []],
    ["2099", 1, []],
    ["2099-01-01", 2, [200]],
    ["Mon, 99 Nov 2099 00:00:00 GMT", 2, [200]],
  ];
  // The registry's clock is what its dates are about.
  const DATED = { date: "Mon, 23 Nov 2026 10:00:00 GMT" };
  for (const [retryAfter, requests, expected] of delays) {
    it(`Retry-After: ${retryAfter}`, () =>
      withTestRegistry(
        {
          fault: ({ ordinal }) =>
            ordinal === 1 ? answer(429, undefined, { ...DATED, "retry-after": retryAfter }) : undefined,
        },
        async ({ storage, server, waits }) => {
          if (requests === 1) {
            const error = await failureOf("REGISTRY_RATE_LIMITED", () => storage.resolve("v1"));
            assert.match(error.message, /status 429, to be asked again in \d+ s$/);
          } else assert.equal(await storage.resolve("v1"), undefined);
          assert.deepEqual([server.requests.length, waits], [requests, expected]);
        },
      ));
  }

  it("a blob whose connection breaks off is fetched again from its start", () =>
    withTestRegistry(
      { fault: ({ ordinal }) => (ordinal === 1 ? { kind: "cutBody", body: BLOB.slice(0, 3) } : undefined) },
      async ({ storage, server }) => {
        server.repository(TEST_REPOSITORY).blobs.set(DESCRIPTOR.digest, BLOB);
        assert.deepEqual(new Uint8Array(await storage.readBlob(DESCRIPTOR, 100)), BLOB);
      },
    ));
});

const index = (digest: Digest): Uint8Array => {
  const manifests = [{ mediaType: MEDIA_TYPES.manifest, digest, size: 3, artifactType: "application/wrong" }];
  return encodeUtf8(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests }));
};

describe("referrers of a registry without the API", () => {
  const tag = digestOf(GOOD).replace(":", "-");
  const listed = async (storage: OciStorage): Promise<readonly Digest[]> =>
    (await storage.listReferrers(digestOf(GOOD))).map(({ digest }) => digest);

  const notOffered: readonly (readonly [string, OpenTestRegistryOptions])[] = [
    ["404", { referrersApi: false }],
    ["303, as ghcr.io answers", { fault: ({ path }) => (path.includes("/referrers/") ? answer(303) : undefined) }],
    ["an empty list, as a registry that learned the API later", {}],
    [
      "not asked, in tag mode",
      { referrersMode: "tag", fault: ({ path }) => (path.includes("/referrers/") ? answer(500) : undefined) },
    ],
  ];
  for (const [name, options] of notOffered) {
    it(`the fallback tag is read: ${name}`, () =>
      withTestRegistry(options, async ({ storage, server }) => {
        server.repository(TEST_REPOSITORY).putManifest(index(digestOf(EVIL)), MEDIA_TYPES.index, tag);
        assert.deepEqual(await listed(storage), [digestOf(EVIL)]);
      }));
  }

  it("what the API lists does not hide what the tag lists", () => {
    const fault: OpenTestRegistryOptions["fault"] = ({ path }) =>
      path.includes("/referrers/")
        ? answer(200, index(digestOf(GOOD)), { "content-type": MEDIA_TYPES.index })
        : undefined;
    return withTestRegistry({ fault }, async ({ storage, server }) => {
      server.repository(TEST_REPOSITORY).putManifest(index(digestOf(EVIL)), MEDIA_TYPES.index, tag);
      assert.deepEqual(await listed(storage), [digestOf(EVIL), digestOf(GOOD)]);
    });
  });

  it("an image under the tag, as `cosign copy` leaves, lists nothing", () =>
    withTestRegistry({ referrersApi: false }, async ({ storage, server }) => {
      server.repository(TEST_REPOSITORY).putManifest(EVIL, MEDIA_TYPES.manifest, tag);
      assert.deepEqual(await listed(storage), []);
    }));

  it("a malformed index is MANIFEST_INVALID", () =>
    withTestRegistry({ referrersApi: false }, async ({ storage, server }) => {
      server.repository(TEST_REPOSITORY).putManifest(encodeUtf8('{"manifests":7}'), MEDIA_TYPES.index, tag);
      await failureOf("MANIFEST_INVALID", () => listed(storage));
    }));
});
