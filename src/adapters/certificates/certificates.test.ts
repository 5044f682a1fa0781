import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { connect, createServer as createTlsServer } from "node:tls";
import { certificatesContract } from "../../ports/certificates.contract.ts";
import type { CertifiedKey } from "../../ports/index.ts";
import { createCertificates } from "./index.ts";

certificatesContract("P-256", createCertificates);

const certificates = createCertificates();
// Node's TLS judges by the machine's clock, so these are valid around any time at which the tests run.
const VALIDITY = { notBefore: Date.UTC(2020, 0, 1), notAfter: Date.UTC(2090, 0, 1) };
const authority = await certificates.createAuthority({ commonName: "amap", ...VALIDITY });
const serving = await certificates.createServing(authority, {
  commonName: "localhost",
  dnsNames: ["localhost"],
  ipAddresses: ["127.0.0.1"],
  ...VALIDITY,
});

/** What a TLS client says about a server with this pair: undefined when it is content. */
async function handshake(
  pair: CertifiedKey,
  options: { readonly ca: string; readonly servername?: string },
): Promise<string | undefined> {
  const server = createTlsServer({ cert: pair.certificatePem, key: pair.privateKeyPem }, (socket) => socket.end());
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port, ...options }, () => {
        socket.destroy();
        resolve(undefined);
      });
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

test("a TLS client that trusts the authority alone accepts the server, by address and by name", async () => {
  const ca = authority.certificatePem;
  assert.equal(await handshake(serving, { ca }), undefined);
  assert.equal(await handshake(serving, { ca, servername: "localhost" }), undefined);
});

test("a TLS client refuses another name, another authority, an expired certificate", async () => {
  const ca = authority.certificatePem;
  const other = await certificates.createAuthority({ commonName: "amap", ...VALIDITY });
  const expired = await certificates.createServing(authority, {
    commonName: "localhost",
    dnsNames: ["localhost"],
    ipAddresses: ["127.0.0.1"],
    notBefore: Date.UTC(2020, 0, 1),
    notAfter: Date.UTC(2021, 0, 1),
  });
  assert.equal(await handshake(serving, { ca, servername: "other.example" }), "ERR_TLS_CERT_ALTNAME_INVALID");
  assert.match((await handshake(serving, { ca: other.certificatePem })) ?? "", /UNABLE_TO_VERIFY|CERT_SIGNATURE/);
  assert.equal(await handshake(expired, { ca }), "CERT_HAS_EXPIRED");
});

test("times from 2050 on are readable again", () => {
  assert.equal(certificates.read(serving.certificatePem).notAfter, "2090-01-01T00:00:00Z");
});

test("fractions of a second are dropped", async () => {
  const pair = await certificates.createAuthority({
    commonName: "amap",
    notBefore: Date.UTC(2026, 0, 1) + 999,
    notAfter: Date.UTC(2051, 0, 1) + 1,
  });
  const { notBefore, notAfter } = certificates.read(pair.certificatePem);
  assert.deepEqual([notBefore, notAfter], ["2026-01-01T00:00:00Z", "2051-01-01T00:00:00Z"]);
  assert.deepEqual([pair.notBefore, pair.notAfter], [notBefore, notAfter]);
});

test("every spelling of an IPv6 address is the same address", async () => {
  for (const [address, expected] of [
    ["::", "::"],
    ["::1", "::1"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["fe80::1:2", "fe80::1:2"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["::ffff:10.0.0.1", "::ffff:10.0.0.1"],
  ] as const) {
    const pair = await certificates.createServing(authority, {
      commonName: "x",
      dnsNames: [],
      ipAddresses: [address],
      ...VALIDITY,
    });
    assert.deepEqual(certificates.read(pair.certificatePem).ipAddresses, [expected], address);
  }
});

test("serial numbers are positive, 16 bytes long and not repeated", async () => {
  const serials = new Set<string>();
  for (let round = 0; round < 20; round += 1) {
    const { certificatePem } = await certificates.createAuthority({ commonName: "x", ...VALIDITY });
    const { serialNumber } = new X509Certificate(certificatePem);
    assert.match(serialNumber, /^[4-7][0-9A-F]{31}$/);
    serials.add(serialNumber);
  }
  assert.equal(serials.size, 20);
});
