import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseImageTarget } from "../app/index.ts";
import { isAmapError } from "../base/index.ts";
import { startRegistryServer, TEST_LOGIN } from "../testing/registry-server.ts";
import { createWorld, type WorldConfiguration } from "./create-world.ts";

const { username: registryUsername, password: registryPassword } = TEST_LOGIN;
const FLAGS = {
  offline: false,
  env: { HOME: "/nonexistent", DOCKER_CONFIG: "/nonexistent" },
  registryUsername,
  registryPassword,
};

/** Asks a registry that wants a login for a tag; tells which Authorization headers reached it, and what it ended with. */
async function askRegistry(configure: (host: string) => Partial<WorldConfiguration>) {
  const server = await startRegistryServer({ auth: "basic" });
  const world = createWorld({ ...FLAGS, ...configure(server.host) });
  let code: string | undefined;
  try {
    const storage = await world.openStorage(parseImageTarget(`${server.host}/team/app:v1`));
    await storage.resolve("v1");
  } catch (error) {
    if (!isAmapError(error)) throw error;
    code = error.code;
  } finally {
    await world.close();
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
