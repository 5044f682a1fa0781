import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf, type ErrorCode, encodeUtf8 } from "../../base/index.ts";
import type { CredentialSource, HttpClient, HttpRequest, RegistryCredentials } from "../../ports/index.ts";
import {
  failureOf,
  type OpenTestRegistry,
  sampleManifest,
  withTestRegistry,
} from "../../testing/open-test-registry.ts";
import { type RecordedRequest, startRegistryServer, TEST_LOGIN } from "../../testing/registry-server.ts";
import { openRegistryRepository } from "./index.ts";

const { username, password, identityToken } = TEST_LOGIN;
const LOGIN: RegistryCredentials = { kind: "basic", username, password };
const WRONG: RegistryCredentials = { kind: "basic", username, password: "wrong" };
const MANIFEST = sampleManifest("image");
const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const BLOB = encodeUtf8("blob of the other host");
const BLOB_DESCRIPTOR = { mediaType: "text/plain", digest: digestOf(BLOB), size: BLOB.length };

const tokenRequests = ({ server }: OpenTestRegistry): readonly RecordedRequest[] =>
  server.requests.filter(({ path }) => path.startsWith("/token"));
const scopes = (registry: OpenTestRegistry): readonly (string | null)[] =>
  tokenRequests(registry).map(({ path }) => new URL(path, "http://x").searchParams.get("scope"));

describe("registry authentication", () => {
  it("asks for no credentials where the registry asks for none", () =>
    withTestRegistry({ credentials: LOGIN }, async ({ storage, server, lookups }) => {
      await storage.resolve("v1");
      assert.deepEqual([lookups.length, server.requests.length], [0, 1]);
      assert.equal(server.requests[0]?.headers["authorization"], undefined);
    }));

  it("Basic: one 401, then the login goes with every request of every handle", () =>
    withTestRegistry({ auth: "basic", credentials: LOGIN }, async ({ storage, open, server, lookups }) => {
      server.repository("team/storefront").putManifest(MANIFEST, MANIFEST_TYPE, "v1");
      assert.equal((await storage.resolve("v1"))?.digest, digestOf(MANIFEST));
      await storage.listTags();
      await open("team/other").listTags();
      // One look-up for each repository: each may have a login of its own.
      assert.deepEqual([lookups, server.requests.length], [[server.host, server.host], 4]);
    }));

  it("Bearer: a token for pull, another one to push, each asked for once", () =>
    withTestRegistry({ auth: "bearer", credentials: LOGIN }, async (registry) => {
      const { storage, open, lookups } = registry;
      await storage.resolve("v1");
      await open().listTags();
      await storage.writeBlob(BLOB);
      await storage.writeManifest(MANIFEST, { mediaType: MANIFEST_TYPE, tag: "v1" });
      assert.deepEqual(scopes(registry), ["repository:team/storefront:pull", "repository:team/storefront:pull,push"]);
      assert.match(tokenRequests(registry)[0]?.path ?? "", /service=test-service/);
      assert.equal(lookups.length, 2);
    }));

  it("Bearer: ten requests at once fetch one token", () =>
    withTestRegistry({ auth: "bearer", credentials: LOGIN }, async (registry) => {
      await Promise.all(Array.from({ length: 10 }, (_, index) => registry.storage.resolve(`v${index}`)));
      assert.equal(tokenRequests(registry).length, 1);
    }));

  it("Bearer: a token that is no longer valid is replaced", () =>
    withTestRegistry({ auth: "bearer", credentials: LOGIN }, async (registry) => {
      await registry.storage.resolve("v1");
      registry.server.revokeTokens();
      await registry.storage.resolve("v2");
      assert.equal(tokenRequests(registry).length, 2);
    }));

  it("Bearer: without credentials the token is asked for without a login", () =>
    withTestRegistry({ auth: "bearer" }, async (registry) => {
      assert.equal(await registry.storage.resolve("v1"), undefined);
      assert.equal(tokenRequests(registry)[0]?.headers["authorization"], undefined);
    }));

  it("Bearer: an identity token is exchanged by POST and is in no address", () =>
    withTestRegistry(
      { auth: "bearer", credentials: { kind: "identityToken", token: identityToken } },
      async (registry) => {
        await registry.storage.resolve("v1");
        assert.equal(tokenRequests(registry)[0]?.method, "POST");
        assert.ok(registry.server.requests.every(({ path }) => !path.includes(identityToken)));
      },
    ));

  it("Bearer: a registry token is sent as it is, and when it is refused that is said", () =>
    withTestRegistry({ auth: "bearer", credentials: { kind: "bearer", token: "given-token" } }, async (registry) => {
      await failureOf("REGISTRY_UNAUTHORIZED", () => registry.storage.resolve("v1"));
      assert.equal(registry.server.requests.at(-1)?.headers["authorization"], "Bearer given-token");
      assert.equal(tokenRequests(registry).length, 0);
    }));

  const refusals: readonly (readonly [string, "basic" | "bearer", RegistryCredentials])[] = [
    ["Basic with the wrong password", "basic", WRONG],
    ["Basic without a login", "basic", { kind: "anonymous" }],
    ["Basic with a token only", "basic", { kind: "identityToken", token: "secret-token" }],
    ["Bearer with the wrong password", "bearer", WRONG],
    ["Bearer with the wrong identity token", "bearer", { kind: "identityToken", token: "secret-token" }],
    ["Bearer with a token that would break the header", "bearer", { kind: "bearer", token: "secret\r\nx: y" }],
  ];
  for (const [name, auth, credentials] of refusals) {
    it(`${name} is REGISTRY_UNAUTHORIZED, for reads, listings and writes`, () =>
      withTestRegistry({ auth, credentials }, async ({ storage }) => {
        const calls = [
          () => storage.resolve("v1"),
          () => storage.listReferrers(digestOf(MANIFEST)),
          () => storage.listTags(),
          () => storage.readBlob(BLOB_DESCRIPTOR, 100),
          () => storage.writeBlob(BLOB),
          () => storage.writeManifest(MANIFEST, { mediaType: MANIFEST_TYPE }),
        ];
        for (const call of calls) {
          const error = await failureOf("REGISTRY_UNAUTHORIZED", call);
          assert.doesNotMatch(`${error.message}${JSON.stringify(error.details)}`, /secret|wrong|horse/);
        }
      }));
  }
});

describe("C10: credentials stay with the registry", () => {
  it("a blob on another host is fetched without Authorization", async () => {
    const other = await startRegistryServer({
      fault: () => ({ kind: "answer", status: 200, body: BLOB }),
    });
    await withTestRegistry(
      { auth: "basic", credentials: LOGIN, redirectBlobsTo: other.origin },
      async ({ storage, server }) => {
        server.repository("team/storefront").blobs.set(BLOB_DESCRIPTOR.digest, BLOB);
        assert.equal((await storage.readBlob(BLOB_DESCRIPTOR, 100)).length, BLOB.length);
        assert.equal(server.requests.at(-1)?.headers["authorization"]?.startsWith("Basic "), true);
      },
    );
    await other.close();
    assert.equal(other.requests.length, 1);
    assert.equal(other.requests[0]?.headers["authorization"], undefined);
  });

  it("another host's challenge is not answered, and the way back has no Authorization either", async () => {
    let back = "";
    const other = await startRegistryServer({
      fault: ({ path }) =>
        path.includes("blobs")
          ? { kind: "answer", status: 307, headers: { location: back } }
          : { kind: "answer", status: 401, headers: { "www-authenticate": 'Basic realm="x"' } },
    });
    await withTestRegistry(
      {
        auth: "basic",
        credentials: LOGIN,
        redirectBlobsTo: other.origin,
        fault: ({ path }) =>
          path.includes("/manifests/")
            ? { kind: "answer", status: 307, headers: { location: `${other.origin}/ask` } }
            : undefined,
      },
      async ({ storage, server }) => {
        back = `${server.origin}/v2/team/storefront/tags/list`;
        server.repository("team/storefront").blobs.set(BLOB_DESCRIPTOR.digest, BLOB);
        await failureOf("REGISTRY_UNAUTHORIZED", () => storage.resolve("v1"));
        await failureOf("REGISTRY_UNAUTHORIZED", () => storage.readBlob(BLOB_DESCRIPTOR, 100));
        assert.equal(server.requests.at(-1)?.path, "/v2/team/storefront/tags/list");
        assert.equal(server.requests.at(-1)?.headers["authorization"], undefined);
      },
    );
    await other.close();
    assert.ok(other.requests.every(({ headers }) => headers["authorization"] === undefined));
  });

  it("an upload's Location on another host is refused, and nothing is sent there", async () => {
    const other = await startRegistryServer();
    await withTestRegistry(
      {
        auth: "basic",
        credentials: LOGIN,
        fault: ({ method }) =>
          method === "POST"
            ? { kind: "answer", status: 202, headers: { location: `${other.origin}/v2/x/blobs/uploads/1` } }
            : undefined,
      },
      async ({ storage }) => {
        await failureOf("REGISTRY_PROTOCOL", () => storage.writeBlob(BLOB));
      },
    );
    await other.close();
    assert.equal(other.requests.length, 0);
  });

  it("a next page on another host is refused, and nothing is sent there", async () => {
    const other = await startRegistryServer();
    const headers = { link: `<${other.origin}/v2/x/tags/list?n=1>; rel="next"` };
    await withTestRegistry(
      { fault: () => ({ kind: "answer", status: 200, headers, body: encodeUtf8('{"tags":["a"]}') }) },
      async ({ storage }) => {
        await failureOf("REGISTRY_PROTOCOL", () => storage.listTags());
      },
    );
    await other.close();
    assert.equal(other.requests.length, 0);
  });
});

/** A client that answers the registry with a challenge and everything else with a token, and writes down who got what. */
function challengingHttp(realm: string, seen: HttpRequest[]): HttpClient {
  return {
    async send(request) {
      seen.push(request);
      const isRegistry = new URL(request.url).pathname.startsWith("/v2/");
      if (!isRegistry) return { status: 200, headers: {}, body: encodeUtf8('{"token":"issued"}') };
      const isKnown = request.headers?.["authorization"] === "Bearer issued";
      const headers = { "www-authenticate": `Bearer realm="${realm}"` };
      return { status: isKnown ? 404 : 401, headers: isKnown ? {} : headers, body: new Uint8Array() };
    },
    stream: () => Promise.reject(new Error("not used")),
    close: async () => {},
  };
}

interface RealmCase {
  readonly registry: string;
  readonly plainHttp?: boolean;
  readonly realm: string;
  readonly credentials: RegistryCredentials;
  /** undefined: the credentials are sent. */
  readonly refusal?: ErrorCode;
}

const NONE: RegistryCredentials = { kind: "anonymous" };
const realms: readonly RealmCase[] = [
  { registry: "registry.example", realm: "https://registry.example/token", credentials: LOGIN },
  { registry: "registry.example", realm: "https://auth.example/token", credentials: LOGIN },
  {
    registry: "registry.example",
    realm: "http://registry.example/token",
    credentials: LOGIN,
    refusal: "REGISTRY_UNAUTHORIZED",
  },
  {
    registry: "registry.example",
    realm: "http://auth.example/token",
    credentials: LOGIN,
    refusal: "REGISTRY_UNAUTHORIZED",
  },
  {
    registry: "registry.example",
    realm: "http://127.0.0.1/token",
    credentials: LOGIN,
    refusal: "REGISTRY_UNAUTHORIZED",
  },
  {
    registry: "registry.example",
    realm: "http://auth.example/token",
    credentials: NONE,
    refusal: "REGISTRY_UNAUTHORIZED",
  },
  {
    registry: "registry.example:5000",
    plainHttp: true,
    realm: "http://registry.example:5001/token",
    credentials: LOGIN,
  },
  {
    registry: "registry.example",
    plainHttp: true,
    realm: "http://auth.example/token",
    credentials: LOGIN,
    refusal: "REGISTRY_UNAUTHORIZED",
  },
  { registry: "registry.example", plainHttp: true, realm: "http://auth.example/token", credentials: NONE },
  { registry: "127.0.0.1:5000", realm: "http://localhost:5001/token", credentials: LOGIN },
  {
    registry: "127.0.0.1:5000",
    realm: "http://auth.example/token",
    credentials: LOGIN,
    refusal: "REGISTRY_UNAUTHORIZED",
  },
  { registry: "registry.example", realm: "ftp://auth.example/token", credentials: LOGIN, refusal: "REGISTRY_PROTOCOL" },
  {
    registry: "registry.example",
    realm: "https://u:p@auth.example/token",
    credentials: LOGIN,
    refusal: "REGISTRY_PROTOCOL",
  },
  { registry: "registry.example", realm: "", credentials: LOGIN, refusal: "REGISTRY_PROTOCOL" },
];

describe("registry authentication: logins for a path", () => {
  it("a login for a path is shown to the repositories below it, and only to them; theirs is no other", async () => {
    const shown: string[] = [];
    const http: HttpClient = {
      send: async ({ url, headers = {} }) => {
        const authorization = headers["authorization"];
        const repository = /^\/v2\/(.+)\/manifests/.exec(new URL(url).pathname)?.[1] ?? "";
        const login = authorization === undefined ? "" : atob(authorization.replace("Basic ", "")).split(":")[0];
        if (login !== "") shown.push(`${repository}: ${login}`);
        const isRight = login === (repository.startsWith("team/") ? "team" : "registry");
        const challenge: Record<string, string> = isRight ? {} : { "www-authenticate": 'Basic realm="r"' };
        return { status: isRight ? 404 : 401, headers: challenge, body: new Uint8Array() };
      },
      stream: () => Promise.reject(new Error("no stream")),
      close: async () => {},
    };
    const credentials: CredentialSource = {
      credentialsFor: async (_, repository = "") =>
        repository.startsWith("team/")
          ? { kind: "basic", username: "team", password: "p", path: "team" }
          : { kind: "basic", username: "registry", password: "p" },
    };
    const open = (repository: string) =>
      openRegistryRepository({ registry: "registry.example", repository, http, credentials });
    for (const repository of ["team/a", "b", "team/a", "team/c", "d"]) await open(repository).resolve("v1");
    assert.deepEqual(shown, ["team/a: team", "b: registry", "team/a: team", "team/c: team", "d: registry"]);
  });
});

describe("C10: where a token realm may be", () => {
  for (const { registry, plainHttp, realm, credentials, refusal } of realms) {
    const name = `${plainHttp ? "http://" : ""}${registry}, realm ${realm || "(none)"}, ${credentials.kind}`;
    it(`${name}: ${refusal ?? "asked"}`, async () => {
      const seen: HttpRequest[] = [];
      const storage = openRegistryRepository({
        registry,
        repository: "storefront",
        http: challengingHttp(realm, seen),
        credentials: { credentialsFor: async () => credentials },
        ...(plainHttp === undefined ? {} : { plainHttp }),
      });
      if (refusal === undefined) assert.equal(await storage.resolve("v1"), undefined);
      else await failureOf(refusal, () => storage.resolve("v1"));
      const others = seen.filter(({ url }) => !new URL(url).pathname.startsWith("/v2/"));
      assert.equal(others.length, refusal === undefined ? 1 : 0);
    });
  }
});
