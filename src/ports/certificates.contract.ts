import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Certificates, CertifiedKey } from "./certificates.ts";

const VALIDITY = { notBefore: Date.UTC(2026, 10, 22), notAfter: Date.UTC(2027, 10, 22) };
const NAMES = { dnsNames: ["amap.amap.svc", "localhost"], ipAddresses: ["127.0.0.1", "::1"] };

/** What every maker of certificates must do. */
export function certificatesContract(name: string, make: () => Certificates): void {
  const authorityOf = (certificates: Certificates, commonName = "amap"): Promise<CertifiedKey> =>
    certificates.createAuthority({ commonName, ...VALIDITY });
  const servingOf = async (certificates: Certificates, authority: CertifiedKey): Promise<CertifiedKey> =>
    certificates.createServing(authority, { commonName: "amap.amap.svc", ...NAMES, ...VALIDITY });

  describe(`Certificates contract: ${name}`, () => {
    it("a serving certificate says what was asked for, and that the authority signed it", async () => {
      const certificates = make();
      const authority = await authorityOf(certificates);
      const serving = await servingOf(certificates, authority);
      const { matches, ...said } = certificates.read(serving.certificatePem, authority.certificatePem);
      assert.deepEqual(said, {
        ...NAMES,
        notBefore: "2026-11-22T00:00:00Z",
        notAfter: "2027-11-22T00:00:00Z",
        signedByAuthority: true,
      });
      assert.equal(matches(serving.privateKeyPem), true);
      assert.deepEqual([serving.notBefore, serving.notAfter], [said.notBefore, said.notAfter]);
    });

    it("an authority is signed by itself and has no names", async () => {
      const certificates = make();
      const authority = await authorityOf(certificates);
      const read = certificates.read(authority.certificatePem, authority.certificatePem);
      assert.equal(read.signedByAuthority, true);
      assert.deepEqual([read.dnsNames, read.ipAddresses], [[], []]);
      assert.equal(read.matches(authority.privateKeyPem), true);
      assert.equal("signedByAuthority" in certificates.read(authority.certificatePem), false);
    });

    it("another authority of the same name did not sign it", async () => {
      const certificates = make();
      const [authority, other] = [await authorityOf(certificates), await authorityOf(certificates)];
      const serving = await servingOf(certificates, authority);
      assert.equal(certificates.read(serving.certificatePem, other.certificatePem).signedByAuthority, false);
    });

    it("a serving certificate is no authority: what it signed does not count, and it cannot sign", async () => {
      const certificates = make();
      const authority = await authorityOf(certificates);
      const serving = await servingOf(certificates, authority);
      assert.equal(certificates.read(serving.certificatePem, serving.certificatePem).signedByAuthority, false);
      await assert.rejects(servingOf(certificates, serving), { code: "CERTIFICATE_INVALID" });
    });

    it("another certificate's key does not match, nor does text that is no key", async () => {
      const certificates = make();
      const [one, two] = [await authorityOf(certificates), await authorityOf(certificates)];
      const { matches } = certificates.read(one.certificatePem);
      for (const key of [two.privateKeyPem, "", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]) {
        assert.equal(matches(key), false);
      }
    });

    it("a changed byte in the certificate is seen", async () => {
      const certificates = make();
      const authority = await authorityOf(certificates);
      const serving = await servingOf(certificates, authority);
      const der = Buffer.from(serving.certificatePem.replace(/-----.*-----|\n/g, ""), "base64");
      const at = der.indexOf("localhost");
      assert.ok(at > 0);
      der[at] = "x".charCodeAt(0);
      const pem = `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`;
      const read = certificates.read(pem, authority.certificatePem);
      assert.deepEqual(read.dnsNames, ["amap.amap.svc", "xocalhost"]);
      assert.equal(read.signedByAuthority, false);
    });

    it("no two keys and no two certificates are the same", async () => {
      const certificates = make();
      const [one, two] = [await authorityOf(certificates), await authorityOf(certificates)];
      assert.notEqual(one.privateKeyPem, two.privateKeyPem);
      assert.notEqual(one.certificatePem, two.certificatePem);
    });

    for (const [what, pem] of [
      ["nothing", ""],
      ["other text", "certificate"],
      ["PEM without X.509", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
    ] as const) {
      it(`${what} is no certificate`, async () => {
        const certificates = make();
        const authority = await authorityOf(certificates);
        assert.throws(() => certificates.read(pem), { code: "CERTIFICATE_INVALID" });
        assert.throws(() => certificates.read(authority.certificatePem, pem), { code: "CERTIFICATE_INVALID" });
        const broken = { ...authority, certificatePem: pem };
        await assert.rejects(servingOf(certificates, broken), { code: "CERTIFICATE_INVALID" });
        await assert.rejects(servingOf(certificates, { ...authority, privateKeyPem: pem }), {
          code: "CERTIFICATE_INVALID",
        });
      });
    }

    for (const [what, change] of [
      ["no name", { dnsNames: [], ipAddresses: [] }],
      ["an empty DNS name", { dnsNames: [""] }],
      ["a DNS name with a comma", { dnsNames: ["a.example, DNS:b.example"] }],
      ["an address as a DNS name", { dnsNames: ["127.0.0.1"] }],
      ["a DNS name as an address", { ipAddresses: ["localhost"] }],
      ["an empty common name", { commonName: "" }],
      ["a common name of 65 characters", { commonName: "x".repeat(65) }],
      ["an end before its begin", { notAfter: VALIDITY.notBefore - 1 }],
      ["a time that is none", { notAfter: Number.NaN }],
    ] as const) {
      it(`${what} is refused`, async () => {
        const certificates = make();
        const authority = await authorityOf(certificates);
        const order = { commonName: "amap", ...NAMES, ...VALIDITY, ...change };
        await assert.rejects(certificates.createServing(authority, order), { code: "USAGE" });
      });
    }
  });
}
