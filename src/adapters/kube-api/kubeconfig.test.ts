import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, describe, it } from "node:test";
import type { TLSSocket } from "node:tls";
import { inspect } from "node:util";
import { openScriptedServer, type ScriptedServer } from "../../testing/scripted-server.ts";
import { createSelfSignedCertificate } from "../../testing/self-signed-certificate.ts";
import { type OpenClusterOptions, openCluster } from "./index.ts";

const SECRET = "secret-of-the-test";
const folder = mkdtempSync(join(tmpdir(), "amap-kubeconfig-"));
const identity = createSelfSignedCertificate("kubernetes.test");
const client = createSelfSignedCertificate("client.test");
let clientName = "";
let accepted: string | undefined;
/** Says its version to everybody, or with `accepted` set to that Authorization alone. */
const server: ScriptedServer = await openScriptedServer(
  ({ headers }, response) => {
    const subject = (response.socket as TLSSocket).getPeerCertificate().subject as { readonly CN?: string } | undefined;
    clientName = subject?.CN ?? "";
    response.writeHead(accepted === undefined || headers.authorization === accepted ? 200 : 401);
    response.end('{"gitVersion":"v1.36.3"}');
  },
  {
    cert: identity.certificatePem,
    key: identity.keyPem,
    requestCert: true,
    rejectUnauthorized: false,
  },
);
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

let written = 0;
function write(text: string, name = `file-${(written += 1)}`): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const cluster = { server: server.origin, "certificate-authority": "ca.pem" };
write(identity.certificatePem, "ca.pem");
function configOf(user: object, change: object = {}): string {
  return write(
    JSON.stringify({
      clusters: [{ name: "c", cluster: { ...cluster, ...change } }],
      users: [{ name: "u", user }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
}

/** Asks for the version and gives the Authorization that the server saw. */
async function ask(options: Partial<OpenClusterOptions>): Promise<string | undefined> {
  const opened = await openCluster({ env: {}, ...options });
  try {
    assert.equal(opened.address, server.origin);
    assert.equal(await opened.version(), "v1.36.3");
    return server.requests.at(-1)?.headers.authorization;
  } finally {
    await opened.close();
  }
}

describe("ways to authenticate", () => {
  it("a token", async () => {
    assert.equal(await ask({ kubeconfig: configOf({ token: SECRET }) }), `Bearer ${SECRET}`);
  });

  it("a token file beside the kubeconfig wins over a token", async () => {
    write(`${SECRET}\n`, "token");
    assert.equal(await ask({ kubeconfig: configOf({ token: "other", tokenFile: "token" }) }), `Bearer ${SECRET}`);
  });

  it("a user name and a password", async () => {
    const expected = `Basic ${Buffer.from("me:pass").toString("base64")}`;
    assert.equal(await ask({ kubeconfig: configOf({ username: "me", password: "pass" }) }), expected);
  });

  it("a client certificate, as files and as data", async () => {
    write(client.certificatePem, "client.pem");
    write(client.keyPem, "client.key");
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    for (const user of [
      { "client-certificate": "client.pem", "client-key": "client.key" },
      { "client-certificate-data": base64(client.certificatePem), "client-key-data": base64(client.keyPem) },
    ]) {
      clientName = "";
      assert.equal(await ask({ kubeconfig: configOf(user) }), undefined);
      assert.equal(clientName, "client.test");
    }
  });

  it("an exec plug-in beside the kubeconfig, with its environment", async () => {
    mkdirSync(join(folder, "plugins"), { recursive: true });
    const script =
      '#!/bin/sh\nprintf \'{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}\' "$WORD"\n';
    chmodSync(write(script, "plugins/login"), 0o755);
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "./plugins/login",
      env: [{ name: "WORD", value: SECRET }],
    };
    assert.equal(await ask({ kubeconfig: configOf({ exec }) }), `Bearer ${SECRET}`);
  });

  it("a Pod's service account, whose token is read again when it is refused", async () => {
    const account = join(folder, "serviceaccount");
    mkdirSync(account);
    write(identity.certificatePem, "serviceaccount/ca.crt");
    write("old", "serviceaccount/token");
    const env = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: new URL(server.origin).port };
    const opened = await openCluster({ env, serviceAccountFolder: account });
    await opened.version();
    assert.equal(server.requests.at(-1)?.headers.authorization, "Bearer old");
    write("new", "serviceaccount/token");
    accepted = "Bearer new";
    await opened.version();
    accepted = undefined;
    assert.equal(server.requests.at(-1)?.headers.authorization, "Bearer new");
    await opened.close();
  });

  it("somebody else, when impersonated", async () => {
    await ask({ kubeconfig: configOf({ token: SECRET, as: "auditor" }) });
    assert.equal(server.requests.at(-1)?.headers["impersonate-user"], "auditor");
  });
});

describe("which configuration", () => {
  it("the files of KUBECONFIG are merged, what is named first holds", async () => {
    const one = write(JSON.stringify({ users: [{ name: "u", user: { token: SECRET } }] }));
    const two = configOf({ token: "other" });
    const KUBECONFIG = [join(folder, "missing"), one, two].join(delimiter);
    assert.equal(await ask({ env: { KUBECONFIG, KUBERNETES_SERVICE_HOST: "127.0.0.1" } }), `Bearer ${SECRET}`);
  });

  it("~/.kube/config when there is nothing else", async () => {
    mkdirSync(join(folder, ".kube"));
    write(
      JSON.stringify({
        clusters: [{ name: "c", cluster: { ...cluster, "certificate-authority": "../ca.pem" } }],
        contexts: [{ name: "x", context: { cluster: "c" } }],
        "current-context": "x",
      }),
      ".kube/config",
    );
    assert.equal(await ask({ env: { HOME: folder } }), undefined);
  });

  it("another context by its name, in YAML", async () => {
    const kubeconfig = write(`
current-context: none
clusters: [{name: c, cluster: {server: "${server.origin}", certificate-authority: ca.pem}}]
users: [{name: u, user: {token: ${SECRET}}}]
contexts: [{name: good, context: {cluster: c, user: u}}]
`);
    assert.equal(await ask({ kubeconfig, context: "good" }), `Bearer ${SECRET}`);
    await assert.rejects(openCluster({ kubeconfig, env: {} }), { code: "KUBECONFIG_INVALID" });
  });
});

describe("TLS", () => {
  it("a server that another authority signed is not spoken to", async () => {
    write(client.certificatePem, "other.pem");
    const before = server.requests.length;
    const kubeconfig = configOf({ token: SECRET }, { "certificate-authority": "other.pem" });
    await assert.rejects(ask({ kubeconfig }), { code: "CLUSTER_UNAVAILABLE" });
    await assert.rejects(ask({ kubeconfig: configOf({ token: SECRET }, { "certificate-authority": undefined }) }), {
      code: "CLUSTER_UNAVAILABLE",
    });
    assert.equal(server.requests.length, before);
  });

  it("tls-server-name is the name that the certificate must have", async () => {
    assert.equal(await ask({ kubeconfig: configOf({}, { "tls-server-name": "kubernetes.test" }) }), undefined);
    const wrong = configOf({}, { "tls-server-name": "other.test" });
    await assert.rejects(ask({ kubeconfig: wrong }), { code: "CLUSTER_UNAVAILABLE" });
  });

  it("insecure-skip-tls-verify is obeyed", async () => {
    const change = { "certificate-authority": undefined, "insecure-skip-tls-verify": true };
    assert.equal(await ask({ kubeconfig: configOf({}, change) }), undefined);
  });
});

describe("configurations that cannot be used", () => {
  const text =
    (content: string): (() => string) =>
    () =>
      write(content);
  const rows: readonly [what: string, kubeconfig: () => string, code: string][] = [
    ["a file that is not there", () => join(folder, "none"), "FILE_NOT_FOUND"],
    ["no YAML", text(`users: [{token: ${SECRET}`), "KUBECONFIG_INVALID"],
    ["a list", text(`[${SECRET}]`), "KUBECONFIG_INVALID"],
    ["two documents", text(`a: ${SECRET}\n---\nb: 1\n`), "KUBECONFIG_INVALID"],
    ["no context", text(`users: [{name: u, user: {token: ${SECRET}}}]`), "KUBECONFIG_INVALID"],
    ["no cluster", text("current-context: x\ncontexts: [{name: x, context: {cluster: c}}]"), "KUBECONFIG_INVALID"],
    [
      "plain HTTP over a network",
      () => configOf({ token: SECRET }, { server: "http://10.0.0.1" }),
      "KUBECONFIG_INVALID",
    ],
    ["no address", () => configOf({}, { server: "kubernetes" }), "KUBECONFIG_INVALID"],
    ["an address with a password", () => configOf({}, { server: `https://a:${SECRET}@h` }), "KUBECONFIG_INVALID"],
    ["a proxy", () => configOf({ token: SECRET }, { "proxy-url": "http://proxy" }), "NOT_SUPPORTED"],
    ["impersonated groups", () => configOf({ token: SECRET, as: "x", "as-groups": ["y"] }), "NOT_SUPPORTED"],
    [
      "a plug-in that wants the cluster",
      () => configOf({ exec: { command: "x", provideClusterInfo: true } }),
      "NOT_SUPPORTED",
    ],
    ["a plug-in that is not there", () => configOf({ exec: { command: `./${SECRET}/none` } }), "KUBECONFIG_INVALID"],
    [
      "a plug-in that fails",
      () => configOf({ exec: { command: "sh", args: ["-c", `echo ${SECRET} >&2; exit 1`] } }),
      "KUBECONFIG_INVALID",
    ],
    [
      "a plug-in that says no JSON",
      () => configOf({ exec: { command: "echo", args: [SECRET] } }),
      "KUBECONFIG_INVALID",
    ],
    ["a token with a line break", () => configOf({ token: `${SECRET}\nX-Evil: 1` }), "KUBECONFIG_INVALID"],
    [
      "a client key that is not there",
      () => configOf({ "client-certificate": "ca.pem", "client-key": "no" }),
      "KUBECONFIG_INVALID",
    ],
  ];
  for (const [what, kubeconfig, code] of rows) {
    it(`${what}: ${code}, without a secret in the message`, async () => {
      const path = kubeconfig();
      const error: unknown = await ask({ kubeconfig: path }).then(assert.fail, (error: unknown) => error);
      assert.equal((error as { readonly code?: string }).code, code);
      assert.equal(inspect(error, { depth: 10, showHidden: true }).includes(SECRET), false);
    });
  }

  it("none at all", async () => {
    for (const env of [{}, { KUBECONFIG: join(folder, "none") }, { KUBERNETES_SERVICE_HOST: "127.0.0.1" }]) {
      await assert.rejects(openCluster({ env, serviceAccountFolder: join(folder, "nowhere") }), {
        code: "KUBECONFIG_INVALID",
      });
    }
  });
});
