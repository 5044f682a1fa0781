import { createHash } from "node:crypto";
import { octets } from "./der-values.ts";
import { createTestKey, type TestKey } from "./keys.ts";

/** What an SCT may say otherwise than usual (RFC 6962 §3.2). */
export interface SctOptions {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** CtExtensions; the tiled logs of today put the leaf's index here. */
  readonly extensions?: Uint8Array;
  /** A log's id that is not this log's. */
  readonly logId?: Uint8Array;
}

/** A certificate transparency log that only signs. */
export interface TestCtLog {
  readonly key: TestKey;
  readonly baseUrl: string;
  /** One serialised SignedCertificateTimestamp over a precertificate. */
  sign(tbs: Uint8Array, issuerSpki: Uint8Array, options: SctOptions): Buffer;
  /** One over a whole certificate (detached, entry type x509_entry). */
  signCertificate(certificate: Uint8Array, options: SctOptions): Buffer;
}

export function createCtLog(key: TestKey = createTestKey(), baseUrl = "http://127.0.0.1/ct"): TestCtLog {
  const stamp = (entry: Buffer, { at, extensions = new Uint8Array(), logId = key.keyId }: SctOptions): Buffer => {
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(at));
    const tail = sized(2, extensions);
    const signature = key.sign(Buffer.concat([Buffer.from([0, 0]), time, entry, tail]));
    const algorithm = Buffer.from([4, key.kind === "rsa-2048" ? 1 : 3]);
    return Buffer.concat([Buffer.from([0]), logId, time, tail, algorithm, sized(2, signature)]);
  };
  return {
    key,
    baseUrl,
    sign: (tbs, issuerSpki, options) => {
      const issuerKeyHash = createHash("sha256").update(issuerSpki).digest();
      return stamp(Buffer.concat([Buffer.from([0, 1]), issuerKeyHash, sized(3, tbs)]), options);
    },
    signCertificate: (certificate, options) =>
      stamp(Buffer.concat([Buffer.from([0, 0]), sized(3, certificate)]), options),
  };
}

/** The content of the extension 1.3.6.1.4.1.11129.2.4.2: a list of SCTs in an OCTET STRING. */
export function sctList(scts: readonly Uint8Array[]): Buffer {
  return octets(sized(2, Buffer.concat(scts.map((sct) => sized(2, sct)))));
}

/** Bytes behind their length (RFC 8446 §3.4). */
function sized(lengthBytes: number, content: Uint8Array): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(content.length, 0, lengthBytes);
  return Buffer.concat([length, content]);
}
