import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { AmapError, type ErrorCode } from "../../base/index.ts";
import { openScriptedServer, type ScriptedServer } from "../../testing/scripted-server.ts";
import { createSelfSignedCertificate } from "../../testing/self-signed-certificate.ts";
import { chooseProxy } from "../http/index.ts";
import { type OpenClusterOptions, openCluster } from "./index.ts";

const TOKEN = "secret-token-of-the-test";

describe("openCluster: through a proxy, as kubectl", () => {
  const identity = createSelfSignedCertificate("kubernetes.test");
  const folder = mkdtempSync(join(tmpdir(), "amap-kube-proxy-"));
  const sockets = new Set<Socket>();
  let server: ScriptedServer;
  let plain: ScriptedServer;
  let proxy: Server;
  let proxyUrl = "";
  let asked: string[] = [];
  let isOpen = true;

  before(async () => {
    const answer: Parameters<typeof openScriptedServer>[0] = (_, response) => response.end('{"gitVersion":"v1.36.3"}');
    server = await openScriptedServer(answer, { cert: identity.certificatePem, key: identity.keyPem });
    plain = await openScriptedServer(answer);
    const ports: Readonly<Record<string, string>> = { "kubernetes.test:6443": new URL(server.origin).port };
    proxy = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.end('{"gitVersion":"by the proxy"}');
    });
    proxy.on("connect", (request, socket: Socket) => {
      asked.push(`CONNECT ${request.url} ${request.headers["proxy-authorization"] ?? ""}`.trim());
      if (!isOpen) return socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      const onward = connect(Number(ports[request.url ?? ""]), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        socket.pipe(onward).pipe(socket);
      });
      for (const each of [socket, onward]) {
        sockets.add(each);
        each.on("error", () => {});
      }
      return socket;
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    proxyUrl = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    writeFileSync(join(folder, "ca.pem"), identity.certificatePem);
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
    proxy.closeAllConnections();
    await Promise.all([server.close(), plain.close()]);
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    asked = [];
    isOpen = true;
  });

  const configOf = (cluster: object): string => {
    const path = join(folder, "config");
    const document = {
      clusters: [{ name: "c", cluster: { "certificate-authority": "ca.pem", ...cluster } }],
      users: [{ name: "u", user: { token: TOKEN } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    };
    writeFileSync(path, JSON.stringify(document));
    return path;
  };
  const version = async (cluster: object, env: Record<string, string>, options: Partial<OpenClusterOptions> = {}) => {
    const opened = await openCluster({
      kubeconfig: configOf(cluster),
      env,
      chooseProxy: (address, stated) => chooseProxy(address, env, stated),
      ...options,
    });
    try {
      return await opened.version();
    } finally {
      await opened.close();
    }
  };
  const REMOTE = { server: "https://kubernetes.test:6443" };

  it("that the kubeconfig names, with its login; the server's certificate is checked inside", async () => {
    assert.equal(await version({ ...REMOTE, "proxy-url": `http://u:p@${proxyUrl}` }, {}), "v1.36.3");
    assert.deepEqual(asked, [`CONNECT kubernetes.test:6443 Basic ${btoa("u:p")}`]);
    assert.equal(server.requests.at(-1)?.headers.authorization, `Bearer ${TOKEN}`);
  });

  it("that HTTPS_PROXY names, unless NO_PROXY names the server", async () => {
    assert.equal(await version(REMOTE, { HTTPS_PROXY: proxyUrl }), "v1.36.3");
    assert.deepEqual(asked, ["CONNECT kubernetes.test:6443"]);
    asked = [];
    await assert.rejects(version(REMOTE, { HTTPS_PROXY: proxyUrl, NO_PROXY: ".test" }));
    assert.deepEqual(asked, []);
  });

  it("the kubeconfig's wins over the environment's, and holds for this machine, too", async () => {
    const stated = { server: plain.origin, "proxy-url": `http://${proxyUrl}` };
    assert.equal(await version(stated, { HTTP_PROXY: "http://127.0.0.1:1" }), "by the proxy");
    assert.equal(asked.length, 1);
    asked = [];
    assert.equal(await version({ server: plain.origin }, { HTTP_PROXY: `http://${proxyUrl}` }), "v1.36.3");
    assert.deepEqual(asked, []);
  });

  it("that speaks SOCKS: TLS is spoken inside", async () => {
    const places: string[] = [];
    const found = await version(
      { ...REMOTE, "proxy-url": "socks5://proxy.example" },
      {},
      {
        chooseProxy: (_, stated) => ({
          href: stated ?? "",
          connect: async ({ host, port }) => {
            places.push(`${host}:${port}`);
            const socket = connect(Number(new URL(server.origin).port), "127.0.0.1");
            sockets.add(socket);
            return socket;
          },
        }),
      },
    );
    assert.deepEqual([found, places], ["v1.36.3", ["kubernetes.test:6443"]]);
  });

  const failures: readonly (readonly [string, () => object, ErrorCode, RegExp])[] = [
    ["refuses", () => ({ "proxy-url": `http://${proxyUrl}` }), "CLUSTER_UNAVAILABLE", /proxy refused to connect/],
    ["is not there", () => ({ "proxy-url": "socks5://127.0.0.1:1" }), "CLUSTER_UNAVAILABLE", /connection refused/],
    [
      "has no address",
      () => ({ "proxy-url": "ftp://u:s3cret@h" }),
      "USAGE",
      /^proxy-url: expected the address of a proxy/,
    ],
    ["is no text", () => ({ "proxy-url": 1 }), "KUBECONFIG_INVALID", /proxy-url that is no text/],
  ];
  for (const [name, cluster, code, pattern] of failures) {
    it(`that ${name}: ${code}`, async () => {
      isOpen = false;
      const timing = { requestRetryMs: 1 };
      await assert.rejects(
        version({ ...REMOTE, ...cluster() }, {}, { timing }),
        (error) =>
          error instanceof AmapError &&
          error.code === code &&
          pattern.test(error.message.replace(/^get version: the/, "the")),
      );
    });
  }

  it("is refused where no way through proxies is given", async () => {
    const path = configOf({ ...REMOTE, "proxy-url": `http://${proxyUrl}` });
    await assert.rejects(
      openCluster({ kubeconfig: path, env: {} }),
      (error) => error instanceof AmapError && error.code === "NOT_SUPPORTED",
    );
  });
});
