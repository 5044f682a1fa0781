import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Descriptor } from "../../artifact/index.ts";
import { AmapError, digestOf, type ErrorCode, encodeUtf8 } from "../../base/index.ts";
import {
  failureOf,
  type OpenTestRegistry,
  TEST_REPOSITORY,
  withTestRegistry,
} from "../../testing/open-test-registry.ts";
import { type Fault, type RecordedRequest, startRegistryServer, TEST_LOGIN } from "../../testing/registry-server.ts";
import { createHttpClient } from "../http/index.ts";
import { openRegistryRepository } from "./index.ts";

const MEBIBYTE = 1024 * 1024;
const CHUNK = 8 * MEBIBYTE;
const SMALL = encodeUtf8("content");
const LARGE = new Uint8Array(20 * MEBIBYTE).map((_, index) => (index * 31 + (index >> 10)) & 0xff);
const blobOf = (bytes: Uint8Array): Descriptor => ({
  mediaType: "application/octet-stream",
  digest: digestOf(bytes),
  size: bytes.length,
});

const answer = (status: number, headers: Record<string, string> = {}): Fault => ({ kind: "answer", status, headers });
const isUpload = ({ path }: RecordedRequest): boolean => path.includes("/blobs/uploads/");

/** Copies the large blob from a repository that cannot be mounted. */
async function copyLarge({ open, storage }: OpenTestRegistry): Promise<void> {
  const source = open("team/base");
  await source.writeBlob(LARGE);
  await storage.copyBlob(blobOf(LARGE), source);
}

/** The requests for the upload of the large blob: method and how many bytes were sent. */
function uploadsTo({ server }: OpenTestRegistry, repository = TEST_REPOSITORY): readonly string[] {
  return server.requests
    .filter((request) => isUpload(request) && request.path.includes(`/${repository}/`))
    .map(({ method, body }) => (body.length === 0 ? method : `${method} ${body.length / MEBIBYTE}`));
}

const hasLarge = ({ server }: OpenTestRegistry): boolean =>
  server.repository(TEST_REPOSITORY).blobs.get(digestOf(LARGE))?.length === LARGE.length;

/** What happens to the n-th chunk that is sent to the copy's target. */
function atChunk(wanted: number, fault: (request: RecordedRequest) => Fault | undefined) {
  let seen = 0;
  return (request: RecordedRequest): Fault | undefined => {
    if (request.method !== "PATCH" || !request.path.includes(`/${TEST_REPOSITORY}/`)) return undefined;
    seen += 1;
    return seen === wanted ? fault(request) : undefined;
  };
}

describe("an upload that breaks goes on", () => {
  it("in one piece: the registry is asked whether it has it, and what of it", () =>
    withTestRegistry(
      { fault: ({ method, path }) => (method === "PUT" && path.includes("secret") ? { kind: "reset" } : undefined) },
      async ({ storage, server }) => {
        await storage.writeBlob(SMALL);
        assert.deepEqual(
          server.requests.map(({ method }) => method),
          ["HEAD", "POST", "PUT", "HEAD", "GET", "PUT"],
        );
        assert.ok(server.repository(TEST_REPOSITORY).blobs.has(digestOf(SMALL)));
      },
    ));

  it("where the answer alone was lost, nothing is sent again", () => {
    let isLost = false;
    return withTestRegistry(
      {
        fault: ({ method }) => {
          if (method !== "PUT" || isLost) return undefined;
          isLost = true;
          return { kind: "reset" };
        },
        hold: async ({ method, body }) => {
          if (method === "PUT") content.set(digestOf(body), body);
        },
      },
      async ({ storage, server }) => {
        content = server.repository(TEST_REPOSITORY).blobs;
        await storage.writeBlob(SMALL);
        assert.deepEqual(
          server.requests.map(({ method }) => method),
          ["HEAD", "POST", "PUT", "HEAD"],
        );
      },
    );
  });
  let content = new Map<string, Uint8Array>();

  const broken: readonly (readonly [string, Fault])[] = [
    ["a closed connection", { kind: "reset" }],
    ["503", answer(503)],
    ["429", answer(429, { "retry-after": "1" })],
    ["416", answer(416)],
  ];
  for (const [name, fault] of broken) {
    it(`a chunk that ended with ${name} is sent again, and no other`, () =>
      withTestRegistry({ mounts: false, fault: atChunk(2, () => fault) }, async (registry) => {
        await copyLarge(registry);
        assert.deepEqual(uploadsTo(registry), ["POST", "PATCH 8", "PATCH 8", "GET", "PATCH 8", "PUT 4"]);
        assert.ok(hasLarge(registry));
      }));
  }

  it("after Retry-After, when the registry says so", () =>
    withTestRegistry(
      { mounts: false, fault: atChunk(1, () => answer(429, { "retry-after": "7" })) },
      async (registry) => {
        await copyLarge(registry);
        assert.deepEqual(registry.waits, [7_000]);
      },
    ));

  it("with the rest of a chunk of which some bytes came", () =>
    withTestRegistry(
      {
        mounts: false,
        fault: atChunk(2, ({ body, path }) => {
          const [id = "", held = new Uint8Array()] = [...uploads].find(([each]) => path.includes(each)) ?? [];
          uploads.set(id, LARGE.slice(0, held.length + 3 * MEBIBYTE));
          assert.equal(body.length, CHUNK);
          return { kind: "reset" };
        }),
      },
      async (registry) => {
        uploads = registry.server.uploads;
        await copyLarge(registry);
        assert.deepEqual(uploadsTo(registry), ["POST", "PATCH 8", "PATCH 8", "GET", "PATCH 5", "PUT 4"]);
        assert.ok(hasLarge(registry));
      },
    ));
  let uploads = new Map<string, Uint8Array>();

  it("where a Range header says that only a part was taken, with the rest", () =>
    withTestRegistry(
      {
        mounts: false,
        fault: atChunk(1, ({ path }) => {
          const [id = ""] = [...uploads].find(([each]) => path.includes(each)) ?? [];
          uploads.set(id, LARGE.slice(0, MEBIBYTE));
          return answer(202, { location: path, range: `0-${MEBIBYTE - 1}` });
        }),
      },
      async (registry) => {
        uploads = registry.server.uploads;
        await copyLarge(registry);
        assert.deepEqual(uploadsTo(registry), ["POST", "PATCH 8", "PATCH 7", "PATCH 8", "PUT 4"]);
        assert.ok(hasLarge(registry));
      },
    ));

  it("anew, with another session, where the registry has forgotten the upload", () =>
    withTestRegistry(
      {
        mounts: false,
        fault: atChunk(2, () => {
          uploads.clear();
          return { kind: "reset" };
        }),
      },
      async (registry) => {
        uploads = registry.server.uploads;
        await copyLarge(registry);
        assert.deepEqual(uploadsTo(registry), [
          "POST",
          "PATCH 8",
          "PATCH 8",
          "GET",
          "POST",
          "PATCH 8",
          "PATCH 8",
          "PUT 4",
        ]);
        assert.ok(hasLarge(registry));
      },
    ));
});

describe("a hostile upload", () => {
  const rows: readonly (readonly [string, (request: RecordedRequest) => Fault | undefined, ErrorCode])[] = [
    [
      "every chunk breaks",
      ({ method }) => (method === "PATCH" ? { kind: "reset" } : undefined),
      "REGISTRY_UNREACHABLE",
    ],
    ["every chunk is refused", ({ method }) => (method === "PATCH" ? answer(503) : undefined), "REGISTRY_FAILED"],
    [
      "no chunk ever arrives",
      ({ method, path }) => (method === "PATCH" ? answer(202, { location: path, range: "0-0" }) : undefined),
      "REGISTRY_PROTOCOL",
    ],
    [
      "the registry claims more than it was sent",
      ({ method, path, ordinal }) => {
        if (method === "GET") return answer(204, { location: path, range: `0-${CHUNK * 3}` });
        return method === "PATCH" && ordinal === 1 ? { kind: "reset" } : undefined;
      },
      "REGISTRY_PROTOCOL",
    ],
    [
      "one byte arrives each time",
      ({ method, path }) => {
        if (method === "GET") {
          crumbs += 1;
          return answer(204, { location: path, range: `0-${crumbs}` });
        }
        return method === "PATCH" ? { kind: "reset" } : undefined;
      },
      "REGISTRY_UNREACHABLE",
    ],
    [
      "it goes on at another host",
      ({ method }) =>
        method === "PATCH" ? answer(202, { location: "http://127.0.0.2:1/v2/x/blobs/uploads/1" }) : undefined,
      "REGISTRY_PROTOCOL",
    ],
    [
      "the state of the upload is at another host",
      ({ method }) => {
        if (method === "GET") return answer(204, { location: "http://127.0.0.2:1/u", range: "0-0" });
        return method === "PATCH" ? { kind: "reset" } : undefined;
      },
      "REGISTRY_PROTOCOL",
    ],
    [
      "another digest is stored than was sent",
      ({ method }) => (method === "PUT" ? answer(201, { "docker-content-digest": digestOf(SMALL) }) : undefined),
      "REGISTRY_PROTOCOL",
    ],
    [
      "chunks are to be endless",
      ({ method, path }) =>
        method === "POST" ? answer(202, { location: `${path}u`, "oci-chunk-min-length": "1000000000000" }) : undefined,
      "NOT_SUPPORTED",
    ],
  ];
  let crumbs = 0;
  for (const [name, misbehave, code] of rows) {
    it(`${name}: ${code}, in a bounded number of requests, and the upload is given up`, () =>
      withTestRegistry(
        {
          mounts: false,
          fault: (request) =>
            isUpload(request) && request.path.includes(`/${TEST_REPOSITORY}/`) ? misbehave(request) : undefined,
        },
        async (registry) => {
          await failureOf(code, () => copyLarge(registry));
          const asked = uploadsTo(registry);
          assert.ok(asked.length < 110, `${asked.length} requests`);
          assert.equal(registry.server.uploads.size, 0);
          assert.equal(hasLarge(registry), false);
        },
      ));
  }

  it("a source whose content is wrong: the upload is given up, and nothing is stored", () =>
    withTestRegistry({ mounts: false }, async (registry) => {
      const { server, storage, open } = registry;
      server.repository("team/base").blobs.set(
        digestOf(LARGE),
        LARGE.map((byte) => byte ^ 1),
      );
      await failureOf("BLOB_DIGEST_MISMATCH", () => storage.copyBlob(blobOf(LARGE), open("team/base")));
      assert.deepEqual(uploadsTo(registry), ["POST", "PATCH 8", "PATCH 8", "DELETE"]);
      assert.equal(server.uploads.size, 0);
    }));
});

it("OCI-Chunk-Min-Length: chunks are as long as the registry asks for", () =>
  withTestRegistry({ mounts: false, chunkMinBytes: 9 * MEBIBYTE }, async (registry) => {
    await copyLarge(registry);
    assert.deepEqual(uploadsTo(registry), ["POST", "PATCH 9", "PATCH 9", "PUT 2"]);
    assert.ok(hasLarge(registry));
  }));

describe("an upload that is interrupted", () => {
  const stopped = new AmapError("INTERRUPTED", "stopped by SIGINT");
  for (const auth of [undefined, "basic", "bearer"] as const) {
    it(`is given up at the registry, though all other requests have ended (login: ${auth ?? "none"})`, async () => {
      const controller = new AbortController();
      const { signal } = controller;
      const server = await startRegistryServer({
        ...(auth === undefined ? {} : { auth }),
        fault: ({ method }) => {
          if (method !== "PUT") return undefined;
          controller.abort(stopped);
          return { kind: "hang" };
        },
      });
      const http = createHttpClient({ signal });
      try {
        const { username, password } = TEST_LOGIN;
        const storage = openRegistryRepository({
          registry: server.host,
          repository: TEST_REPOSITORY,
          http,
          credentials: { credentialsFor: async () => ({ kind: "basic", username, password }) },
          signal,
        });
        await assert.rejects(storage.writeBlob(SMALL), stopped);
        assert.equal(server.uploads.size, 0);
        assert.equal(server.repository(TEST_REPOSITORY).blobs.size, 0);
        await assert.rejects(storage.resolve("v1"), stopped);
      } finally {
        await http.close();
        await server.close();
      }
    });
  }

  it("waiting between retries ends at once", async () => {
    const controller = new AbortController();
    const server = await startRegistryServer({ fault: () => answer(429, { "retry-after": "15" }) });
    const http = createHttpClient({ signal: controller.signal });
    try {
      const storage = openRegistryRepository({
        registry: server.host,
        repository: TEST_REPOSITORY,
        http,
        credentials: { credentialsFor: async () => ({ kind: "anonymous" }) },
        signal: controller.signal,
      });
      setTimeout(() => controller.abort(stopped), 50);
      await assert.rejects(storage.resolve("v1"), stopped);
    } finally {
      await http.close();
      await server.close();
    }
  });
});
