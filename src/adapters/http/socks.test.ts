import assert from "node:assert/strict";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server as NetServer, type Socket } from "node:net";
import { after, before, beforeEach, describe, it } from "node:test";
import { AmapError, type ErrorCode } from "../../base/index.ts";
import { createSelfSignedCertificate } from "../../testing/self-signed-certificate.ts";
import { createHttpClient, type HttpClientOptions } from "./index.ts";

/** How the proxy of these tests answers. */
interface Behaviour {
  readonly login?: string;
  readonly status?: number;
  readonly greeting?: readonly number[];
  /** The kind of address that it says it connects from. */
  readonly bound?: readonly number[];
  readonly hangs?: boolean;
}

describe("createHttpClient: SOCKS 5 (RFC 1928, 1929)", () => {
  const certificate = createSelfSignedCertificate("registry.example");
  const servers: (Server | NetServer)[] = [];
  const sockets = new Set<Socket>();
  let asked: string[] = [];
  let behaviour: Behaviour = {};
  let proxyPort = 0;
  const ports: Record<string, number> = {};

  const listen = async (server: Server | NetServer): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
    return (server.address() as AddressInfo).port;
  };

  before(async () => {
    ports["443"] = await listen(
      createTlsServer({ cert: certificate.certificatePem, key: certificate.keyPem }, (_, response) =>
        response.end("over TLS"),
      ),
    );
    ports["80"] = await listen(createHttpServer((request, response) => response.end(`plain ${request.url}`)));
    proxyPort = await listen(
      createServer((socket) => {
        sockets.add(socket);
        socket.on("error", () => {});
        serve(socket).catch(() => socket.destroy());
      }),
    );
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });
  beforeEach(() => {
    asked = [];
    behaviour = {};
  });

  /** One client of the proxy: byte by byte, as a network may deliver it. */
  async function serve(socket: Socket): Promise<void> {
    const bytes: number[] = [];
    let wake = (): void => {};
    let done = false;
    socket.on("data", (chunk: Buffer) => {
      if (!done) bytes.push(...chunk);
      wake();
    });
    const take = async (count: number): Promise<readonly number[]> => {
      while (bytes.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return bytes.splice(0, count);
    };
    const text = async (): Promise<string> => Buffer.from(await take((await take(1))[0] ?? 0)).toString();
    const say = async (answer: readonly number[]): Promise<void> => {
      for (const byte of answer)
        await new Promise<void>((resolve) => socket.write(Uint8Array.of(byte), () => resolve()));
    };
    const [, count = 0] = await take(2);
    const methods = await take(count);
    if (behaviour.hangs === true) return;
    const wanted = behaviour.login === undefined ? 0 : 2;
    await say(behaviour.greeting ?? [5, methods.includes(wanted) ? wanted : 0xff]);
    if (wanted === 2) {
      await take(1);
      const login = `${await text()}:${await text()}`;
      await say([1, login === behaviour.login ? 0 : 1]);
      asked.push(login);
    }
    const [, command, , kind] = await take(4);
    const host =
      kind === 3 ? await text() : kind === 1 ? (await take(4)).join(".") : Buffer.from(await take(16)).toString("hex");
    const [high = 0, low = 0] = await take(2);
    const port = high * 256 + low;
    asked.push(`${command === 1 ? "CONNECT" : command} ${host}:${port}`);
    done = true;
    if (behaviour.status !== undefined) return say([5, behaviour.status, 0, 1, 0, 0, 0, 0, 0, 0]);
    const onward = connect(ports[String(port)] ?? 0, "127.0.0.1");
    sockets.add(onward);
    onward.on("error", () => socket.destroy());
    await say([5, 0, 0, ...(behaviour.bound ?? [1, 127, 0, 0, 1]), 0, 80]);
    socket.pipe(onward).pipe(socket);
  }

  const get = async (url: string, options: HttpClientOptions = {}, login = ""): Promise<string> => {
    const http = createHttpClient({
      env: { ALL_PROXY: `socks5://${login}127.0.0.1:${proxyPort}` },
      caCertificatePem: certificate.certificatePem,
      ...options,
    });
    try {
      return new TextDecoder().decode((await http.send({ method: "GET", url, maxBytes: 100 })).body);
    } finally {
      await http.close();
    }
  };
  const fails = (code: ErrorCode, pattern: RegExp) => (error: unknown) =>
    error instanceof AmapError && error.code === code && pattern.test(error.message) && !/s3cret/.test(error.message);

  it("plain HTTP, whose name the proxy looks up", async () => {
    assert.equal(await get("http://registry.example/v2/"), "plain /v2/");
    assert.deepEqual(asked, ["CONNECT registry.example:80"]);
  });

  it("TLS inside, with the registry's certificate", async () => {
    assert.equal(await get("https://registry.example/v2/"), "over TLS");
    assert.deepEqual(asked, ["CONNECT registry.example:443"]);
    await assert.rejects(
      get("https://other.example/v2/"),
      fails("REGISTRY_UNREACHABLE", /ERR_TLS_CERT_ALTNAME_INVALID/),
    );
  });

  it("connections are kept for the next request", async () => {
    const http = createHttpClient({ env: { ALL_PROXY: `socks5://127.0.0.1:${proxyPort}` } });
    try {
      for (const path of ["a", "b"]) {
        await http.send({ method: "GET", url: `http://registry.example/${path}`, maxBytes: 100 });
      }
      assert.equal(asked.length, 1);
    } finally {
      await http.close();
    }
  });

  it("addresses go as addresses", async () => {
    assert.equal(await get("http://10.1.2.3/"), "plain /");
    assert.equal(await get("http://[fd00::1:ff]/"), "plain /");
    assert.deepEqual(asked, ["CONNECT 10.1.2.3:80", "CONNECT fd0000000000000000000000000100ff:80"]);
  });

  it("the proxy's own address may be a name or IPv6", async () => {
    behaviour = { bound: [3, 5, ...Buffer.from("proxy")] };
    assert.equal(await get("http://registry.example/"), "plain /");
    behaviour = { bound: [4, ...Array.from({ length: 16 }, () => 1)] };
    assert.equal(await get("http://registry.example/"), "plain /");
  });

  it("a user name and a password are shown when they are wanted", async () => {
    behaviour = { login: "us er:s3cret" };
    assert.equal(await get("http://registry.example/", {}, "us%20er:s3cret@"), "plain /");
    assert.deepEqual(asked, ["us er:s3cret", "CONNECT registry.example:80"]);
    await assert.rejects(
      get("http://registry.example/", {}, "us%20er:s3cret2@"),
      fails("REGISTRY_UNREACHABLE", /through the proxy 127\.0\.0\.1:\d+\): the proxy refused the login/),
    );
    await assert.rejects(get("http://registry.example/"), fails("REGISTRY_UNREACHABLE", /or wants one/));
  });

  const failures: readonly (readonly [string, Behaviour, ErrorCode, RegExp])[] = [
    ["refuses the target", { status: 2 }, "REGISTRY_UNREACHABLE", /the proxy refused to connect to it/],
    ["is none", { greeting: [...Buffer.from("HT")] }, "REGISTRY_UNREACHABLE", /does not speak SOCKS 5/],
    ["says nothing", { hangs: true }, "TIMEOUT", /timed out/],
  ];
  for (const [name, how, code, pattern] of failures) {
    it(`a proxy that ${name} is ${code}`, async () => {
      behaviour = how;
      await assert.rejects(get("http://registry.example/", { idleMs: 100 }), fails(code, pattern));
    });
  }

  it("a signal ends a request that still waits for the proxy", async () => {
    behaviour = { hangs: true };
    const stopped = new AmapError("INTERRUPTED", "stopped");
    const controller = new AbortController();
    setTimeout(() => controller.abort(stopped), 20);
    await assert.rejects(get("http://registry.example/", { signal: controller.signal }), stopped);
  });

  it("C11: a metadata address is refused before the proxy is asked", async () => {
    await assert.rejects(get("http://169.254.169.254/latest"), fails("REGISTRY_UNREACHABLE", /refused/));
    assert.deepEqual(asked, []);
  });
});
