import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parseImageTarget } from "../app/index.ts";
import { encodeBase64, encodeUtf8, isAmapError } from "../base/index.ts";
import { startRegistryServer, TEST_LOGIN } from "../testing/registry-server.ts";
import type { WorldConfiguration } from "./configuration.ts";
import { createWorld } from "./create-world.ts";

const { username: registryUsername, password: registryPassword } = TEST_LOGIN;
const FLAGS = {
  offline: false,
  env: { HOME: "/nonexistent", DOCKER_CONFIG: "/nonexistent" },
  registryUsername,
  registryPassword,
};

/** Asks a registry that wants a login for a tag; tells which Authorization headers reached it, and what it ended with. */
async function askRegistry(configure: (host: string) => Partial<WorldConfiguration>) {
  return askRegistryWith((host, open) => open({ ...FLAGS, ...configure(host) }));
}

async function askRegistryWith(
  run: (host: string, open: (configuration: WorldConfiguration) => Promise<void>) => Promise<void>,
) {
  const server = await startRegistryServer({ auth: "basic" });
  let code: string | undefined;
  const open = async (configuration: WorldConfiguration): Promise<void> => {
    const world = createWorld(configuration);
    try {
      const storage = await world.openStorage(parseImageTarget(`${server.host}/team/app:v1`));
      await storage.resolve("v1");
    } finally {
      await world.close();
    }
  };
  try {
    await run(server.host, open);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    code = error.code;
  } finally {
    await server.close();
  }
  return { code, sent: server.requests.filter(({ headers }) => headers["authorization"] !== undefined).length };
}

describe("C10: credentials given by flag reach one registry only", () => {
  test("the one that the arguments name", async () => {
    const asked = await askRegistry((host) => ({ imageArguments: [`${host}/team/app:v1`] }));
    assert.equal(asked.code, undefined);
    assert.ok(asked.sent > 0);
  });

  test("or the one that is said", async () => {
    assert.ok((await askRegistry((host) => ({ registryHost: host, imageArguments: ["pod.yaml"] }))).sent > 0);
  });

  test("not one that only a manifest names", async () => {
    const asked = await askRegistry(() => ({ imageArguments: ["registry.example/team/app:v1"] }));
    assert.deepEqual(asked, { code: "REGISTRY_UNAUTHORIZED", sent: 0 });
  });

  for (const imageArguments of [["pod.yaml"], ["./pod"], [], ["a.example/x", "b.example/x"]]) {
    test(`${JSON.stringify(imageArguments)} do not say which, so it is asked`, async () => {
      assert.deepEqual(await askRegistry(() => ({ imageArguments })), { code: "USAGE", sent: 0 });
    });
  }
});

const base64 = (text: string): string => encodeBase64(encodeUtf8(text));

/** Runs with a kubeconfig for an API server that has these Secrets. */
async function withSecrets<T>(secrets: Readonly<Record<string, unknown>>, run: (kubeconfig: string) => Promise<T>) {
  const server = createServer((request, response) => {
    const name = /^\/api\/v1\/namespaces\/shop\/secrets\/([a-z]+)$/.exec(request.url ?? "")?.[1];
    const data = name === undefined ? undefined : secrets[name];
    response.writeHead(data === undefined ? 404 : 200, { "content-type": "application/json" });
    const status = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404 };
    response.end(JSON.stringify(data === undefined ? status : { apiVersion: "v1", kind: "Secret", data }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = await mkdtemp(join(tmpdir(), "amap-secrets-"));
  try {
    const kubeconfig = join(folder, "config");
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await writeFile(
      kubeconfig,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "c",
        contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
        clusters: [{ name: "c", cluster: { server: address } }],
        users: [{ name: "c", user: {} }],
      }),
    );
    return await run(kubeconfig);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  }
}

describe("--registry-pull-secret", () => {
  const login = base64(`${registryUsername}:${registryPassword}`);
  const { registryUsername: _, registryPassword: __, ...plain } = FLAGS;
  const ask = (registryPullSecret: readonly string[], secretsFor: (host: string) => Record<string, unknown>) =>
    askRegistryWith(async (host, open) =>
      withSecrets(secretsFor(host), (KUBECONFIG) =>
        open({ ...plain, env: { ...plain.env, KUBECONFIG }, registryPullSecret }),
      ),
    );

  test("both types of Secrets log in", async () => {
    const auths = (host: string) => ({ [host]: { auth: login } });
    const json = (host: string) => ({ login: { ".dockerconfigjson": base64(JSON.stringify({ auths: auths(host) })) } });
    const old = (host: string) => ({ login: { ".dockercfg": base64(JSON.stringify(auths(host))) } });
    assert.equal((await ask(["shop/login"], json)).code, undefined);
    assert.equal((await ask(["shop/login"], old)).code, undefined);
  });

  test("one for another registry does not", async () => {
    const other = () => ({ login: { ".dockercfg": base64(JSON.stringify({ "other.io": { auth: login } })) } });
    assert.deepEqual(await ask(["shop/login"], other), { code: "REGISTRY_UNAUTHORIZED", sent: 0 });
  });

  for (const [name, code] of [
    ["shop/missing", "CLUSTER_NOT_FOUND"],
    ["shop/empty", "JSON_INVALID"],
    ["shop", "USAGE"],
    ["shop/a/b", "USAGE"],
  ] as const) {
    test(`${name} is ${code}, never anonymous`, async () => {
      assert.deepEqual(await ask([name], () => ({ empty: { user: "eA==" } })), { code, sent: 0 });
    });
  }
});
