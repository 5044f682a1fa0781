import { createHash } from "node:crypto";
import {
  authorityKeyIdentifier,
  createAuthority,
  distinguishedName,
  extendedKeyUsage,
  keyUsage,
  nextSerial,
  signCertificate,
  subjectKeyIdentifier,
  type TestAuthority,
  type TestExtension,
  TIME_STAMPING,
  tbsCertificate,
} from "./certificates.ts";
import {
  explicit,
  generalizedTime,
  integer,
  NULL,
  objectId,
  octets,
  sequence,
  setOf,
  tlv,
  utf8,
} from "./der-values.ts";
import { createTestKey, signatureAlgorithm, type TestHash, type TestKey, type TestKeyKind } from "./keys.ts";

const HASH_IDS: Readonly<Record<TestHash | "sha1", string>> = {
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
  sha384: "2.16.840.1.101.3.4.2.2",
  sha512: "2.16.840.1.101.3.4.2.3",
};
const SIGNED_DATA = "1.2.840.113549.1.7.2";
const TIMESTAMP_INFO = "1.2.840.113549.1.9.16.1.4";
const CONTENT_TYPE = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
const SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";

/** What a token may say otherwise than usual (RFC 3161 §2.4.2). */
export interface StampOptions {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The digits behind the second's point, where they are not those of the milliseconds. */
  readonly fraction?: string;
  /** Of the message imprint. */
  readonly imprintHash?: TestHash | "sha1";
  /** Of the signed attributes and their signature. */
  readonly hash?: TestHash;
  /** Whether the certificate of the signer is inside (or its whole chain). */
  readonly embed?: "none" | "leaf" | "chain";
  /** Only the ContentInfo, without the response around it. */
  readonly bare?: boolean;
  /** PKIStatus; granted is 0. */
  readonly status?: number;
  readonly accuracySeconds?: number;
  readonly nonce?: number | Uint8Array;
  /** Which form of the signing certificate's attribute: SHA-1's, any other's (usual), or none. */
  readonly signingCertificate?: "v1" | "v2" | "none";
  /** A certificate that the attribute names in place of the signer's. */
  readonly namedCertificate?: Buffer;
  /** An imprint that is not that of the bytes. */
  readonly imprint?: Uint8Array;
  /** A content type in the signed attributes that is not the timestamp's. */
  readonly contentType?: string;
  /** A message digest in the signed attributes that is not the timestamp's. */
  readonly messageDigest?: Uint8Array;
  /** A serial number that names another certificate. */
  readonly signerSerial?: Uint8Array;
  readonly signer?: TestKey;
}

/** A timestamp authority (RFC 3161). */
export interface TestTimestampAuthority {
  readonly uri: string;
  readonly key: TestKey;
  readonly certificate: Buffer;
  /** The leaf, the intermediate where there is one, the root; DER. */
  readonly chain: readonly Buffer[];
  readonly notBefore: number;
  /** A token over bytes: the DER of a TimeStampResp. */
  stamp(signed: Uint8Array, options: StampOptions): Buffer;
}

/** How an authority is made. */
export interface TimestampAuthorityOptions {
  readonly uri?: string;
  readonly key?: TestKeyKind;
  readonly intermediate?: boolean;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Of the leaf alone. */
  readonly leafNotBefore?: number;
  readonly leafNotAfter?: number;
  readonly leafExtensions?: (usual: readonly TestExtension[]) => readonly TestExtension[];
  readonly name?: string;
}

export function createTimestampAuthority(options: TimestampAuthorityOptions): TestTimestampAuthority {
  const { notBefore, notAfter, name = "local tsa" } = options;
  const validity = { notBefore, notAfter };
  const root = createAuthority({ ...validity, commonName: `${name} root`, key: createTestKey("ecdsa-p384") });
  const intermediate = { ...validity, commonName: `${name} intermediate`, purpose: TIME_STAMPING, pathLength: 0 };
  const issuer =
    options.intermediate === false
      ? root
      : createAuthority({ ...intermediate, key: createTestKey("ecdsa-p384") }, root);
  const key = createTestKey(options.key ?? "ecdsa-p256");
  const serial = nextSerial();
  const certificate = createLeaf(options, key, serial, issuer);
  const chain = [certificate, ...(issuer === root ? [] : [issuer.certificate]), root.certificate];
  const signer: TokenSigner = { key, certificate, chain, serial, issuerName: issuer.name };
  return {
    uri: options.uri ?? "http://127.0.0.1/tsa",
    key,
    certificate,
    chain,
    notBefore,
    stamp: (signed, stamp) => respond(signed, signer, stamp),
  };
}

function createLeaf(options: TimestampAuthorityOptions, key: TestKey, serial: Buffer, issuer: TestAuthority): Buffer {
  const usual: readonly TestExtension[] = [
    keyUsage(false),
    extendedKeyUsage(true, TIME_STAMPING),
    subjectKeyIdentifier(key.spki),
    authorityKeyIdentifier(issuer.key.spki),
  ];
  const input = {
    serial,
    issuer: issuer.name,
    subject: distinguishedName("local.sigstore.test", options.name ?? "local tsa"),
    spki: key.spki,
    notBefore: options.leafNotBefore ?? options.notBefore,
    notAfter: options.leafNotAfter ?? options.notAfter,
    extensions: options.leafExtensions?.(usual) ?? usual,
  };
  return signCertificate(tbsCertificate(input, issuer.key), issuer.key);
}

interface TokenSigner {
  readonly key: TestKey;
  readonly certificate: Buffer;
  readonly chain: readonly Buffer[];
  readonly serial: Buffer;
  readonly issuerName: Buffer;
}

function respond(signed: Uint8Array, signer: TokenSigner, options: StampOptions): Buffer {
  const { status = 0 } = options;
  if (status > 1) return sequence(sequence(integer(status), sequence(utf8("refused"))));
  const token = signedData(timestampInfo(signed, options), signer, options);
  return options.bare === true ? token : sequence(sequence(integer(status)), token);
}

function timestampInfo(signed: Uint8Array, options: StampOptions): Buffer {
  const { imprintHash = "sha256", accuracySeconds, nonce } = options;
  const imprint = options.imprint ?? createHash(imprintHash).update(signed).digest();
  return sequence(
    integer(1),
    objectId("1.3.6.1.4.1.57264.2"),
    sequence(sequence(objectId(HASH_IDS[imprintHash]), NULL), octets(imprint)),
    integer(nextSerial()),
    generalizedTime(options.at, options.fraction),
    ...(accuracySeconds === undefined ? [] : [sequence(integer(accuracySeconds))]),
    ...(nonce === undefined ? [] : [integer(nonce)]),
  );
}

/** ContentInfo with SignedData and one SignerInfo (RFC 5652 §5). */
function signedData(info: Buffer, signer: TokenSigner, options: StampOptions): Buffer {
  const { hash = signer.key.hash, embed = "none" } = options;
  const key = options.signer ?? signer.key;
  const digestAlgorithm = sequence(objectId(HASH_IDS[hash]));
  const attributes = signedAttributes(info, hash, signer, options);
  const signerInfo = sequence(
    integer(1),
    sequence(signer.issuerName, integer(options.signerSerial ?? signer.serial)),
    digestAlgorithm,
    // In the token the attributes stand under a context tag; what is signed has the tag of a SET.
    Buffer.concat([Buffer.from([0xa0]), attributes.subarray(1)]),
    signatureAlgorithm(key.kind, hash),
    octets(key.sign(attributes, hash)),
  );
  const inside = { none: [], leaf: [signer.certificate], chain: signer.chain }[embed];
  return sequence(
    objectId(SIGNED_DATA),
    explicit(
      0,
      sequence(
        integer(3),
        setOf(digestAlgorithm),
        sequence(objectId(TIMESTAMP_INFO), explicit(0, octets(info))),
        ...(inside.length === 0 ? [] : [explicit(0, ...inside)]),
        setOf(signerInfo),
      ),
    ),
  );
}

function signedAttributes(info: Buffer, hash: TestHash, signer: TokenSigner, options: StampOptions): Buffer {
  const attribute = (id: string, value: Buffer): Buffer => sequence(objectId(id), tlv(0x31, value));
  const { signingCertificate = "v2", namedCertificate = signer.certificate } = options;
  return setOf(
    attribute(CONTENT_TYPE, objectId(options.contentType ?? TIMESTAMP_INFO)),
    attribute(MESSAGE_DIGEST, octets(options.messageDigest ?? createHash(hash).update(info).digest())),
    ...(signingCertificate === "v1"
      ? [attribute(SIGNING_CERTIFICATE, certificateIdV1(namedCertificate))]
      : signingCertificate === "v2"
        ? [attribute(SIGNING_CERTIFICATE_V2, certificateIdV2(namedCertificate))]
        : []),
  );
}

/** ESSCertID: SHA-1 of the certificate (RFC 5035 §4). */
function certificateIdV1(certificate: Buffer): Buffer {
  return sequence(sequence(sequence(octets(createHash("sha1").update(certificate).digest()))));
}

/** ESSCertIDv2 with its default, SHA-256. */
function certificateIdV2(certificate: Buffer): Buffer {
  return sequence(sequence(sequence(octets(createHash("sha256").update(certificate).digest()))));
}
