import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { objectId, pem, sequence, tlv } from "./der-writer.ts";

const SHA256_RSA = "1.2.840.113549.1.1.11";
const NULL = Buffer.from([0x05, 0x00]);

/** An extension: its identifier, whether it is critical, and what is inside its octets. */
export type TestExtension = readonly [id: string, critical: boolean, content: Buffer];

/** What a certificate of the tests says. */
export interface TestCertificate {
  /** Attributes of the name of issuer and subject, in order. */
  readonly name?: readonly (readonly [id: string, value: string])[];
  readonly extensions?: readonly TestExtension[];
  readonly notBefore?: Buffer;
  readonly serial?: Buffer;
}

let known: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } | undefined;

/** One RSA key for all tests of a file: making one takes long. */
export function rsaKey(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  known ??= generateKeyPairSync("rsa", { modulusLength: 1024 });
  return known;
}

export const utcTime = (text: string): Buffer => tlv(0x17, Buffer.from(text));

/** The DER of a certificate with an RSA key that signed itself. */
export function rsaCertificate(stated: TestCertificate = {}): Buffer {
  const { publicKey } = rsaKey();
  const name = nameOf(stated.name ?? [["2.5.4.3", "*.kyverno.svc"]]);
  const extensions = (stated.extensions ?? []).map(extensionOf);
  return signed(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, stated.serial ?? Buffer.from([7])),
    sequence(objectId(SHA256_RSA), NULL),
    name,
    sequence(stated.notBefore ?? utcTime("260101000000Z"), tlv(0x18, Buffer.from("20501231235959Z"))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    ...(extensions.length === 0 ? [] : [tlv(0xa3, sequence(...extensions))]),
  );
}

/** The DER of a certificate request for the same key. */
export function rsaRequest(extensions: readonly TestExtension[]): Buffer {
  const attribute = sequence(objectId("1.2.840.113549.1.9.14"), tlv(0x31, sequence(...extensions.map(extensionOf))));
  return signed(
    tlv(0x02, Buffer.from([0])),
    nameOf([["2.5.4.3", "csr"]]),
    rsaKey().publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa0, extensions.length === 0 ? Buffer.alloc(0) : attribute),
  );
}

export const certificatePem = (stated: TestCertificate = {}): string => pem("CERTIFICATE", rsaCertificate(stated));

function signed(...parts: readonly Uint8Array[]): Buffer {
  const body = sequence(...parts);
  const signature = sign("sha256", body, rsaKey().privateKey);
  return sequence(body, sequence(objectId(SHA256_RSA), NULL), tlv(0x03, Buffer.concat([Buffer.from([0]), signature])));
}

function nameOf(attributes: readonly (readonly [id: string, value: string])[]): Buffer {
  return sequence(...attributes.map(([id, value]) => tlv(0x31, sequence(objectId(id), tlv(0x0c, Buffer.from(value))))));
}

function extensionOf([id, critical, content]: TestExtension): Buffer {
  const flag = critical ? [tlv(0x01, Buffer.from([0xff]))] : [];
  return sequence(objectId(id), ...flag, tlv(0x04, content));
}
