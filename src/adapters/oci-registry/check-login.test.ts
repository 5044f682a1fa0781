import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { failureOf } from "../../testing/open-test-registry.ts";
import { type RegistryServerOptions, startRegistryServer, TEST_LOGIN } from "../../testing/registry-server.ts";
import { createHttpClient } from "../http/index.ts";
import { checkRegistryLogin } from "./index.ts";

const GOOD: { readonly username: string; readonly password: string } = {
  username: TEST_LOGIN.username,
  password: TEST_LOGIN.password,
};

async function check(options: RegistryServerOptions, login = GOOD): Promise<"accepted" | "notAsked"> {
  const server = await startRegistryServer(options);
  const http = createHttpClient({});
  try {
    return await checkRegistryLogin({ registry: server.host, login, http, wait: async () => undefined });
  } finally {
    await http.close();
    await server.close();
  }
}

describe("checkRegistryLogin", () => {
  for (const auth of ["basic", "bearer"] as const) {
    it(`accepts a login, by ${auth}`, async () => assert.equal(await check({ auth }), "accepted"));

    it(`twin: refuses another password, by ${auth}, and does not repeat it`, async () => {
      const error = await failureOf("REGISTRY_UNAUTHORIZED", () => check({ auth }, { ...GOOD, password: "wr0ng" }));
      assert.ok(!`${error.message} ${JSON.stringify(error.details)}`.includes("wr0ng"));
    });
  }

  it("says when a registry asks nobody", async () => assert.equal(await check({}), "notAsked"));

  for (const [name, fault, code] of [
    ["an answer that is none", { kind: "answer", status: 418 }, "REGISTRY_FAILED"],
    [
      "another scheme",
      { kind: "answer", status: 401, headers: { "www-authenticate": "Digest a=b" } },
      "REGISTRY_UNAUTHORIZED",
    ],
    [
      "no realm",
      { kind: "answer", status: 401, headers: { "www-authenticate": "Bearer service=x" } },
      "REGISTRY_PROTOCOL",
    ],
    [
      "a realm elsewhere without TLS",
      { kind: "answer", status: 401, headers: { "www-authenticate": 'Bearer realm="http://192.0.2.1/t"' } },
      "REGISTRY_UNAUTHORIZED",
    ],
  ] as const) {
    it(`refuses ${name}`, async () => {
      await failureOf(code, () => check({ fault: () => fault }));
    });
  }
});
