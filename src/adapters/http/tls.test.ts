import assert from "node:assert/strict";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import type { TLSSocket } from "node:tls";
import { AmapError } from "../../base/index.ts";
import { createSelfSignedCertificate } from "../../testing/self-signed-certificate.ts";
import { createHttpClient, type HttpClientOptions } from "./index.ts";

const own = createSelfSignedCertificate("registry.example");
const stranger = createSelfSignedCertificate("registry.example");
const client = createSelfSignedCertificate("client.example");
const CA = { caCertificatePem: own.certificatePem };

const cases: readonly (readonly [string, HttpClientOptions, RegExp | undefined])[] = [
  ["an authority that is not known", {}, /DEPTH_ZERO_SELF_SIGNED_CERT/],
  ["the server's authority", CA, undefined],
  ["another authority", { caCertificatePem: stranger.certificatePem }, /TLS: /],
  ["the name that was asked for", { ...CA, serverName: "registry.example" }, undefined],
  ["another name than the one asked for", { ...CA, serverName: "other.example" }, /ERR_TLS_CERT_ALTNAME_INVALID/],
  ["any certificate, when told so", { insecureTls: true }, undefined],
];

describe("createHttpClient: TLS", () => {
  let server: Server;
  let port = 0;
  const clientNames: (string | undefined)[] = [];
  before(async () => {
    const options = { cert: own.certificatePem, key: own.keyPem, requestCert: true, rejectUnauthorized: false };
    server = createServer(options, (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      clientNames.push(subject === undefined ? undefined : String(subject.CN));
      response.end("over TLS");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const send = async (options: HttpClientOptions, scheme = "https"): Promise<number> => {
    const http = createHttpClient(options);
    try {
      return (await http.send({ method: "GET", url: `${scheme}://127.0.0.1:${port}/`, maxBytes: 100 })).status;
    } finally {
      await http.close();
    }
  };

  for (const [name, options, refusal] of cases) {
    it(`${name}: ${refusal === undefined ? "accepted" : "REGISTRY_UNREACHABLE"}`, async () => {
      if (refusal === undefined) return assert.equal(await send(options), 200);
      return assert.rejects(
        () => send(options),
        (error) => error instanceof AmapError && error.code === "REGISTRY_UNREACHABLE" && refusal.test(error.message),
      );
    });
  }

  it("shows the client's certificate", async () => {
    await send({ ...CA, clientCertificatePem: client.certificatePem, clientKeyPem: client.keyPem });
    assert.equal(clientNames.at(-1), "client.example");
  });

  it("plain HTTP to a TLS port is an AmapError", async () => {
    await assert.rejects(
      () => send({}, "http"),
      (error) => error instanceof AmapError,
    );
  });
});
