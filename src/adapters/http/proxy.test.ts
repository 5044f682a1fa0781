import assert from "node:assert/strict";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import net, { type AddressInfo, connect, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { AmapError } from "../../base/index.ts";
import { createSelfSignedCertificate } from "../../testing/self-signed-certificate.ts";
import { createHttpClient, type HttpClientOptions } from "./index.ts";
import { proxyFor } from "./proxy.ts";

const PROXY = { HTTPS_PROXY: "http://proxy.example:3128", HTTP_PROXY: "http://plain.example" };

const choices: readonly (readonly [url: string, env: Record<string, string>, expected: string | undefined])[] = [
  ["https://ghcr.io/v2/", {}, undefined],
  ["https://ghcr.io/v2/", PROXY, "proxy.example:3128"],
  ["http://registry.example/v2/", PROXY, "plain.example"],
  ["https://ghcr.io/", { https_proxy: "proxy.example:1" }, "proxy.example:1"],
  ["https://ghcr.io/", { HTTPS_PROXY: "", https_proxy: "small.example" }, "small.example"],
  ["https://ghcr.io/", { HTTP_PROXY: "http://plain.example" }, undefined],
  ["https://127.0.0.1:5000/", PROXY, undefined],
  ["https://127.9.9.9/", PROXY, undefined],
  ["https://localhost/", PROXY, undefined],
  ["https://[::1]:5000/", PROXY, undefined],
  ["https://ghcr.io/", { ALL_PROXY: "socks5://socks.example" }, "socks.example:1080"],
  ["http://ghcr.io/", { all_proxy: "socks5h://socks.example:9" }, "socks.example:9"],
  ["https://ghcr.io/", { ...PROXY, ALL_PROXY: "socks5://socks.example" }, "proxy.example:3128"],
  ["https://ghcr.io/", { ALL_PROXY: "socks5://socks.example", NO_PROXY: "ghcr.io" }, undefined],
  ["https://127.0.0.1/", { ALL_PROXY: "socks5://socks.example" }, undefined],
  ["https://ghcr.io/", { ...PROXY, NO_PROXY: "*" }, undefined],
  ["https://ghcr.io/", { ...PROXY, NO_PROXY: "other.io, ghcr.io" }, undefined],
  ["https://GHCR.io/", { ...PROXY, no_proxy: "ghcr.IO" }, undefined],
  ["https://a.ghcr.io/", { ...PROXY, NO_PROXY: "ghcr.io" }, undefined],
  ["https://evilghcr.io/", { ...PROXY, NO_PROXY: "ghcr.io" }, "proxy.example:3128"],
  ["https://ghcr.io/", { ...PROXY, NO_PROXY: ".ghcr.io" }, "proxy.example:3128"],
  ["https://a.ghcr.io/", { ...PROXY, NO_PROXY: ".ghcr.io" }, undefined],
  ["https://a.ghcr.io/", { ...PROXY, NO_PROXY: "*.ghcr.io" }, undefined],
  ["https://ghcr.io/", { ...PROXY, NO_PROXY: "ghcr.io:443" }, undefined],
  ["https://ghcr.io:444/", { ...PROXY, NO_PROXY: "ghcr.io:443" }, "proxy.example:3128"],
  ["https://10.1.2.3/", { ...PROXY, NO_PROXY: "10.0.0.0/8" }, undefined],
  ["https://11.1.2.3/", { ...PROXY, NO_PROXY: "10.0.0.0/8" }, "proxy.example:3128"],
  ["https://10.1.2.3/", { ...PROXY, NO_PROXY: "10.1.2.3" }, undefined],
  ["https://10.1.2.30/", { ...PROXY, NO_PROXY: "10.1.2.3" }, "proxy.example:3128"],
  ["https://[fd00::1]/", { ...PROXY, NO_PROXY: "fd00::/8" }, undefined],
  ["https://[fd00::1]/", { ...PROXY, NO_PROXY: "fd00::2,[fd00::1]" }, undefined],
  ["https://ghcr.io/", { ...PROXY, NO_PROXY: "10.0.0.0/99,,/8,:443" }, "proxy.example:3128"],
];

describe("proxyFor", () => {
  for (const [url, env, expected] of choices) {
    it(`${url} with ${JSON.stringify(env)}: ${expected ?? "none"}`, () => {
      assert.equal(proxyFor(new URL(url), env, net)?.host, expected);
    });
  }

  for (const stated of ["socks4://user:s3cret@proxy.example", "http://", "http://user:s3cret@:1:2"]) {
    it(`${stated} is USAGE, and the message holds no password`, () => {
      assert.throws(
        () => proxyFor(new URL("https://ghcr.io/"), { HTTPS_PROXY: stated }, net),
        (error) => error instanceof AmapError && error.code === "USAGE" && !/s3cret/.test(error.message),
      );
    });
  }
});

describe("createHttpClient: proxies", () => {
  const certificate = createSelfSignedCertificate("registry.example");
  const servers: Server[] = [];
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  let proxyPort = 0;
  let isOpen = true;

  before(async () => {
    const tls = createTlsServer({ cert: certificate.certificatePem, key: certificate.keyPem }, (_, response) =>
      response.end("over TLS"),
    );
    const tlsPort = await listen(tls);
    const proxy = createHttpServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"] ?? ""}`.trim());
      response.end("by the proxy");
    });
    proxy.on("connect", (request, socket: Socket) => {
      asked.push(`CONNECT ${request.url} ${request.headers["proxy-authorization"] ?? ""}`.trim());
      if (!isOpen) return socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      const onward = connect(tlsPort, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        socket.pipe(onward).pipe(socket);
      });
      for (const each of [socket, onward]) {
        sockets.add(each);
        each.on("error", () => {});
      }
      return socket;
    });
    proxyPort = await listen(proxy);
    servers.push(tls, proxy);
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  });

  const listen = async (server: Server): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };
  const get = async (url: string, options: HttpClientOptions): Promise<string> => {
    asked.length = 0;
    const http = createHttpClient(options);
    try {
      return new TextDecoder().decode((await http.send({ method: "GET", url, maxBytes: 100 })).body);
    } finally {
      await http.close();
    }
  };
  const env = (user = ""): HttpClientOptions => ({
    env: { HTTPS_PROXY: `http://${user}127.0.0.1:${proxyPort}`, HTTP_PROXY: `http://${user}127.0.0.1:${proxyPort}` },
    caCertificatePem: certificate.certificatePem,
  });

  it("TLS goes through a tunnel, and the certificate is the registry's", async () => {
    isOpen = true;
    assert.equal(await get("https://registry.example/v2/", env()), "over TLS");
    assert.deepEqual(asked, ["CONNECT registry.example:443"]);
  });

  it("another name than the certificate's is refused in the tunnel, too", async () => {
    await assert.rejects(
      () => get("https://other.example/v2/", env()),
      (error) => error instanceof AmapError && /ERR_TLS_CERT_ALTNAME_INVALID/.test(error.message),
    );
  });

  it("a user name and a password are shown to the proxy alone", async () => {
    assert.equal(await get("https://registry.example/v2/", env("u:p@")), "over TLS");
    assert.deepEqual(asked, [`CONNECT registry.example:443 Basic ${btoa("u:p")}`]);
  });

  it("plain HTTP is asked with the whole address", async () => {
    assert.equal(await get("http://registry.example/v2/", env()), "by the proxy");
    assert.deepEqual(asked, ["GET http://registry.example/v2/"]);
  });

  it("a proxy that refuses the tunnel is REGISTRY_UNREACHABLE, and is named without its login", async () => {
    isOpen = false;
    await assert.rejects(
      () => get("https://registry.example/v2/", env("u:s3cret@")),
      (error) =>
        error instanceof AmapError &&
        error.code === "REGISTRY_UNREACHABLE" &&
        /through the proxy [^ ]+:[0-9]+\)/.test(error.message) &&
        !/s3cret/.test(error.message),
    );
  });

  it("C11: a metadata address is refused before the proxy is asked", async () => {
    await assert.rejects(
      () => get("http://169.254.169.254/latest", env()),
      (error) => error instanceof AmapError && error.code === "REGISTRY_UNREACHABLE",
    );
    assert.deepEqual(asked, []);
  });

  it("without env no proxy is asked", async () => {
    await assert.rejects(() => get("https://registry.invalid/", { caCertificatePem: certificate.certificatePem }));
    assert.deepEqual(asked, []);
  });
});
