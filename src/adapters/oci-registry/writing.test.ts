import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MEDIA_TYPES } from "../../artifact/index.ts";
import { type Digest, decodeUtf8, digestOf, encodeUtf8, memberOf, readJson, type Value } from "../../base/index.ts";
import {
  failureOf,
  type OpenTestRegistry,
  type OpenTestRegistryOptions,
  sampleManifest,
  TEST_REPOSITORY,
  withTestRegistry,
} from "../../testing/open-test-registry.ts";

const SUBJECT = digestOf(sampleManifest("subject"));
const TAG = SUBJECT.replace(":", "-");
const ATTACHED = sampleManifest("attached", SUBJECT);
const OTHER = digestOf(encodeUtf8("other"));
const AS_MANIFEST = { mediaType: MEDIA_TYPES.manifest };

type Entry = Readonly<Record<string, unknown>>;
const encodeEntries = (entries: readonly Entry[]): Uint8Array =>
  encodeUtf8(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: entries, x: "kept" }));
const entryOf = (digest: Digest, more: Entry = {}): Entry => ({
  mediaType: MEDIA_TYPES.manifest,
  digest,
  size: 5,
  ...more,
});

function fallbackIndex({ server }: OpenTestRegistry): Value {
  const { tags, manifests } = server.repository(TEST_REPOSITORY);
  const bytes = manifests.get(tags.get(TAG) ?? "")?.bytes;
  return bytes === undefined ? null : readJson(bytes);
}

function fallbackDigests(registry: OpenTestRegistry): readonly (Value | undefined)[] {
  const entries = memberOf(fallbackIndex(registry), "manifests");
  return Array.isArray(entries) ? (entries as readonly Value[]).map((entry) => memberOf(entry, "digest")) : [];
}

describe("attaching to a registry without the referrers API", () => {
  it("lists the manifest with its type and annotations", () =>
    withTestRegistry({ referrersApi: false }, async (registry) => {
      const { digest, size } = await registry.storage.writeManifest(ATTACHED, AS_MANIFEST);
      const entry = {
        mediaType: MEDIA_TYPES.manifest,
        digest,
        size,
        artifactType: "application/vnd.example.note.v1",
        annotations: { "org.example.text": "attached" },
      };
      assert.deepEqual(fallbackIndex(registry), { schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [entry] });
    }));

  it("keeps what others wrote, members that amap does not know included", () =>
    withTestRegistry({ referrersApi: false }, async (registry) => {
      const foreign = entryOf(OTHER, { data: "aGk=", urls: ["https://x.example"], artifactType: "" });
      registry.server.repository(TEST_REPOSITORY).putManifest(encodeEntries([foreign]), MEDIA_TYPES.index, TAG);
      await registry.storage.writeManifest(ATTACHED, AS_MANIFEST);
      const index = fallbackIndex(registry);
      assert.deepEqual((memberOf(index, "manifests") as readonly Value[])[0], foreign);
      assert.equal(memberOf(index, "x"), "kept");
      assert.deepEqual(fallbackDigests(registry), [OTHER, digestOf(ATTACHED)]);
    }));

  it("an update that another writer overwrites is repeated until it stays", () => {
    let overwrites = 3;
    const options: OpenTestRegistryOptions = {
      referrersApi: false,
      afterRequest: ({ method, path }, server) => {
        if (method !== "PUT" || !path.endsWith(TAG) || overwrites === 0) return;
        overwrites -= 1;
        // A writer that had read before this one wrote.
        const others = Array.from({ length: 3 - overwrites }, (_, index) => entryOf(digestOf(encodeUtf8(`${index}`))));
        server.repository(TEST_REPOSITORY).putManifest(encodeEntries(others), MEDIA_TYPES.index, TAG);
      },
    };
    return withTestRegistry(options, async (registry) => {
      await registry.storage.writeManifest(ATTACHED, AS_MANIFEST);
      const others = ["0", "1", "2"].map((text) => digestOf(encodeUtf8(text)));
      assert.deepEqual(fallbackDigests(registry), [...others, digestOf(ATTACHED)]);
    });
  });

  it("an update that is lost only while it is watched is repeated too", () => {
    let reads = 0;
    const options: OpenTestRegistryOptions = {
      referrersApi: false,
      afterRequest: ({ method, path }, server) => {
        if (method !== "GET" || !path.endsWith(TAG)) return;
        reads += 1;
        // After the read before the write and the first look: a slow writer replaces the index.
        if (reads !== 2) return;
        server.repository(TEST_REPOSITORY).putManifest(encodeEntries([entryOf(OTHER)]), MEDIA_TYPES.index, TAG);
      },
    };
    return withTestRegistry(options, async (registry) => {
      await registry.storage.writeManifest(ATTACHED, AS_MANIFEST);
      assert.deepEqual(fallbackDigests(registry), [OTHER, digestOf(ATTACHED)]);
    });
  });

  it("STORAGE_CONFLICT when others overwrite it for ever", () => {
    const options: OpenTestRegistryOptions = {
      referrersApi: false,
      afterRequest: ({ method, path }, server) => {
        if (method !== "PUT" || !path.endsWith(TAG)) return;
        server.repository(TEST_REPOSITORY).putManifest(encodeEntries([entryOf(OTHER)]), MEDIA_TYPES.index, TAG);
      },
    };
    return withTestRegistry(options, async (registry) => {
      await failureOf("STORAGE_CONFLICT", () => registry.storage.writeManifest(ATTACHED, AS_MANIFEST));
    });
  });

  it("conditions are sent, and a failed one is followed by a new read", () => {
    const options: OpenTestRegistryOptions = {
      referrersApi: false,
      etags: true,
      fault: ({ method, path, ordinal }) =>
        method === "PUT" && path.endsWith(TAG) && ordinal === 1 ? { kind: "answer", status: 412 } : undefined,
    };
    return withTestRegistry(options, async (registry) => {
      const { storage, server } = registry;
      await storage.writeManifest(ATTACHED, AS_MANIFEST);
      await storage.writeManifest(sampleManifest("second", SUBJECT), AS_MANIFEST);
      const puts = server.requests.filter(({ method, path }) => method === "PUT" && path.endsWith(TAG));
      const conditions = puts.map(({ headers }) => headers["if-none-match"] ?? typeof headers["if-match"]);
      assert.deepEqual(conditions, ["*", "*", "string"]);
      assert.equal(fallbackDigests(registry).length, 2);
    });
  });

  it("an image under the tag is not replaced: MANIFEST_INVALID", () =>
    withTestRegistry({ referrersApi: false }, async (registry) => {
      const image = registry.server
        .repository(TEST_REPOSITORY)
        .putManifest(sampleManifest("copied"), MEDIA_TYPES.manifest, TAG);
      await failureOf("MANIFEST_INVALID", () => registry.storage.writeManifest(ATTACHED, AS_MANIFEST));
      assert.equal(registry.server.repository(TEST_REPOSITORY).tags.get(TAG), image);
    }));

  it("the image's own index under the tag lists nothing, and keeps its platforms when an entry is added", () =>
    withTestRegistry({ referrersApi: false }, async ({ storage, server }) => {
      const bytes = encodeEntries([entryOf(OTHER)]);
      const subject = digestOf(bytes);
      const repository = server.repository(TEST_REPOSITORY);
      repository.putManifest(bytes, MEDIA_TYPES.index, subject.replace(":", "-"));
      assert.deepEqual(await storage.listReferrers(subject), []);
      const { digest } = await storage.writeManifest(sampleManifest("attached", subject), AS_MANIFEST);
      const listed = await storage.listReferrers(subject);
      assert.deepEqual(
        listed.map((each) => each.digest),
        [OTHER, digest],
      );
    }));

  it("entries whose manifests were deleted are left out where the registry refuses them", () => {
    const unknown = encodeUtf8('{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}');
    const options: OpenTestRegistryOptions = {
      referrersApi: false,
      fault: ({ method, path, body }) =>
        method === "PUT" && path.endsWith(TAG) && (decodeUtf8(body) ?? "").includes(OTHER)
          ? { kind: "answer", status: 400, body: unknown }
          : undefined,
    };
    return withTestRegistry(options, async (registry) => {
      const repository = registry.server.repository(TEST_REPOSITORY);
      const kept = repository.putManifest(sampleManifest("kept", SUBJECT), MEDIA_TYPES.manifest);
      repository.putManifest(encodeEntries([entryOf(OTHER), entryOf(kept)]), MEDIA_TYPES.index, TAG);
      await registry.storage.writeManifest(ATTACHED, AS_MANIFEST);
      assert.deepEqual(fallbackDigests(registry), [kept, digestOf(ATTACHED)]);
    });
  });

  it("they are left out, too, when a referrer is deleted", () => {
    const unknown = encodeUtf8('{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}');
    const options: OpenTestRegistryOptions = {
      referrersApi: false,
      fault: ({ method, path, body }) =>
        method === "PUT" && path.endsWith(TAG) && (decodeUtf8(body) ?? "").includes(OTHER)
          ? { kind: "answer", status: 400, body: unknown }
          : undefined,
    };
    return withTestRegistry(options, async (registry) => {
      const repository = registry.server.repository(TEST_REPOSITORY);
      const [kept, gone] = ["kept", "gone"].map((text) =>
        repository.putManifest(sampleManifest(text, SUBJECT), MEDIA_TYPES.manifest),
      ) as [Digest, Digest];
      repository.putManifest(
        encodeEntries([OTHER, kept, gone].map((digest) => entryOf(digest))),
        MEDIA_TYPES.index,
        TAG,
      );
      assert.equal(await registry.storage.deleteManifest(gone), true);
      assert.deepEqual(fallbackDigests(registry), [kept]);
    });
  });
});

describe("attaching: which listing a registry keeps", () => {
  const cases: readonly (readonly [string, OpenTestRegistryOptions, boolean])[] = [
    ["the API, acknowledged", {}, false],
    ["the API, not acknowledged but listed", { subjectHeader: false }, false],
    ["acknowledged, but there is no API", { referrersApi: false, subjectHeader: true }, true],
    ["neither", { referrersApi: false }, true],
    ["the API, but only the tag is wanted", { referrersMode: "tag" }, true],
  ];
  for (const [name, options, usesFallback] of cases) {
    it(`${name}: ${usesFallback ? "the fallback tag is written" : "no fallback tag"}`, () =>
      withTestRegistry(options, async (registry) => {
        await registry.storage.writeManifest(ATTACHED, AS_MANIFEST);
        assert.equal(registry.server.repository(TEST_REPOSITORY).tags.has(TAG), usesFallback);
        const [found] = await registry.open().listReferrers(SUBJECT);
        assert.equal(found?.digest, digestOf(ATTACHED));
      }));
  }

  const lags: readonly (readonly [string, number, boolean])[] = [
    ["at once", 0, false],
    ["a moment later", 2, false],
    ["never, although it acknowledged it", Number.POSITIVE_INFINITY, true],
  ];
  for (const [name, emptyAnswers, usesFallback] of lags) {
    it(`the API lists it ${name}: ${usesFallback ? "the fallback tag is written" : "no fallback tag"}`, () => {
      const fault: OpenTestRegistryOptions["fault"] = ({ path, ordinal }) =>
        path.includes("/referrers/") && ordinal <= emptyAnswers
          ? { kind: "answer", status: 200, body: encodeEntries([]), headers: { "content-type": MEDIA_TYPES.index } }
          : undefined;
      return withTestRegistry({ fault }, async (registry) => {
        await registry.storage.writeManifest(ATTACHED, AS_MANIFEST);
        assert.equal(registry.server.repository(TEST_REPOSITORY).tags.has(TAG), usesFallback);
        const [found] = await registry.open().listReferrers(SUBJECT);
        assert.equal(found?.digest, digestOf(ATTACHED));
      });
    });
  }

  it("a registry that cannot say whether it has the API is an error", () =>
    withTestRegistry(
      { fault: ({ path }) => (path.includes("/referrers/") ? { kind: "answer", status: 500 } : undefined) },
      async ({ storage }) => {
        await failureOf("REGISTRY_FAILED", () => storage.writeManifest(ATTACHED, AS_MANIFEST));
      },
    ));
});

const replace = (server: OpenTestRegistry["server"]): void =>
  void server.repository(TEST_REPOSITORY).putManifest(sampleManifest("foreign"), MEDIA_TYPES.manifest, "x.att");

describe("moving a tag", () => {
  const first = sampleManifest("first");
  const second = sampleManifest("second");

  for (const look of [1, 2]) {
    it(`a writer that had read before and wrote before look ${look} is STORAGE_CONFLICT`, () => {
      let written = false;
      let looks = 0;
      const options: OpenTestRegistryOptions = {
        afterRequest: ({ method, path }, server) => {
          if (!path.endsWith("/x.att")) return;
          if (method === "PUT") {
            written = true;
            if (look === 1) replace(server);
          } else if (written) {
            looks += 1;
            if (look === 2 && looks === 1) replace(server);
          }
        },
      };
      return withTestRegistry(options, async ({ storage }) => {
        const write = () => storage.writeManifest(first, { ...AS_MANIFEST, tag: "x.att", expected: null });
        await failureOf("STORAGE_CONFLICT", write);
      });
    });
  }

  it("a repeated request that finds its own first write is no conflict", () => {
    // The registry stored the manifest and the connection broke before the answer.
    const options: OpenTestRegistryOptions = {
      etags: true,
      fault: ({ method, ordinal }) => (method === "PUT" && ordinal === 1 ? { kind: "reset" } : undefined),
    };
    return withTestRegistry(options, async ({ storage, server }) => {
      const { requests } = server;
      const push = storage.writeManifest(second, { ...AS_MANIFEST, tag: "x.att", expected: null });
      while (!requests.some(({ method }) => method === "PUT")) await new Promise((resolve) => setImmediate(resolve));
      server.repository(TEST_REPOSITORY).putManifest(second, MEDIA_TYPES.manifest, "x.att");
      assert.equal((await push).digest, digestOf(second));
    });
  });

  for (const [times, isWritten] of [
    [2, true],
    [9, false],
  ] as const) {
    it(`a digest that the registry calls invalid ${times} times is ${isWritten ? "written at last" : "an error"}`, () => {
      let left: number = times;
      const body = encodeUtf8(JSON.stringify({ errors: [{ code: "DIGEST_INVALID" }] }));
      const fault: OpenTestRegistryOptions["fault"] = ({ method, path }) => {
        if (method !== "PUT" || !path.includes("/manifests/") || left === 0) return undefined;
        left -= 1;
        return { kind: "answer", status: 400, body };
      };
      return withTestRegistry({ fault }, async ({ storage }) => {
        const written = storage.writeManifest(sampleManifest("raced"), { ...AS_MANIFEST, tag: "v1" });
        if (isWritten) assert.equal((await written).digest, (await storage.resolve("v1"))?.digest);
        else await failureOf("REGISTRY_FAILED", () => written);
      });
    });
  }

  it("malformed or misnamed manifests are not written", () =>
    withTestRegistry({}, async ({ storage, server }) => {
      const write = (bytes: Uint8Array, mediaType: string, tag?: string) =>
        storage.writeManifest(bytes, { mediaType, ...(tag === undefined ? {} : { tag }) });
      await failureOf("MANIFEST_INVALID", () => write(encodeUtf8("{}"), MEDIA_TYPES.manifest));
      await failureOf("MANIFEST_INVALID", () => write(first, MEDIA_TYPES.index));
      await failureOf("REFERENCE_INVALID", () => write(first, MEDIA_TYPES.manifest, "a/b"));
      assert.equal(server.requests.length, 0);
    }));
});

describe("uploading a blob", () => {
  const blob = encodeUtf8("content");

  it("is one HEAD when it is there, and POST and PUT when it is not", () =>
    withTestRegistry({}, async ({ storage, server }) => {
      await storage.writeBlob(blob);
      await storage.writeBlob(blob);
      assert.deepEqual(
        server.requests.map(({ method }) => method),
        ["HEAD", "POST", "PUT", "HEAD"],
      );
    }));

  it("the upload's state is in no message", () =>
    withTestRegistry(
      { fault: ({ method }) => (method === "PUT" ? { kind: "answer", status: 403 } : undefined) },
      async ({ storage }) => {
        const error = await failureOf("REGISTRY_FORBIDDEN", () => storage.writeBlob(blob));
        assert.doesNotMatch(error.message, /secret-state/);
      },
    ));

  it("a registry that says it stored another digest is REGISTRY_PROTOCOL", () =>
    withTestRegistry(
      {
        fault: ({ method }) =>
          method === "PUT" ? { kind: "answer", status: 201, headers: { "docker-content-digest": OTHER } } : undefined,
      },
      async ({ storage }) => {
        await failureOf("REGISTRY_PROTOCOL", () => storage.writeManifest(sampleManifest("x"), AS_MANIFEST));
      },
    ));
});
