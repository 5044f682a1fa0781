import { type Decoded, LIMITS, type SignatureScheme } from "../../base/index.ts";
import {
  type AlgorithmIdentifier,
  hashOf,
  readAlgorithm,
  schemeOf,
  type TrustedHash,
} from "../certificate/algorithm.ts";
import {
  childrenOf,
  contextTag,
  DER_TAGS,
  DerFields,
  type DerNode,
  decodeDer,
  expectTag,
  invalid,
  onlyChildOf,
  primitiveContextTag,
  readDer,
} from "../der/der.ts";
import { integerBytes, readInteger, readOctets, readOid, readTime } from "../der/der-values.ts";
import { readSignedAttributes, type SignedAttributes } from "./signed-attributes.ts";

/** Object identifiers of CMS (RFC 5652 §12) and of timestamps (RFC 3161 §2.4.2). */
const SIGNED_DATA = "1.2.840.113549.1.7.2";
const TIMESTAMP_INFO = "1.2.840.113549.1.9.16.1.4";

/** Signature algorithms of CMS that name the key alone: the hash is the one of the digest algorithm. */
const RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
const EC_PUBLIC_KEY = "1.2.840.10045.2.1";

/** Statuses with a token: granted, and granted with modifications (RFC 3161 §2.4.2). */
const GRANTED: ReadonlySet<bigint> = new Set([0n, 1n]);

/** Which certificate the signer says it used. */
export type SignerId =
  | { readonly kind: "issuer"; readonly issuer: Uint8Array; readonly serialNumber: Uint8Array }
  | { readonly kind: "key"; readonly keyId: Uint8Array };

/** What a timestamp says and how it is signed. Nothing of it is verified. */
export interface TimestampToken {
  /** The hash of what was there, and the time at which it was: milliseconds since 1970. */
  readonly hash: TrustedHash;
  readonly imprint: Uint8Array;
  readonly time: number;
  /** The number that came with the request, as the octets of an INTEGER. */
  readonly nonce?: Uint8Array;
  /** TSTInfo, the content that the signature covers by way of its hash. */
  readonly content: Uint8Array;
  readonly signer: SignerId;
  /** The hash of the content among the signed attributes. */
  readonly digest: TrustedHash;
  readonly attributes: SignedAttributes;
  readonly scheme: SignatureScheme;
  readonly signature: Uint8Array;
  /** Certificates beside the signature, DER. */
  readonly certificates: readonly Uint8Array[];
}

/**
 * A timestamp from a TimeStampResp or from the token alone, of at most LIMITS.timestampBytes, or what is wrong with it
 * (TIMESTAMP_INVALID). Nothing is verified: that is `verifyTimestamp`'s work.
 *
 * @see RFC 3161 §2.4.2
 * @example
 * ```ts
 * import { decodeTimestampToken } from "../index.ts";
 * decodeTimestampToken(Uint8Array.of(0x30, 0)).ok; // false
 * ```
 */
export function decodeTimestampToken(bytes: Uint8Array): Decoded<TimestampToken> {
  return decodeDer("TIMESTAMP_INVALID", "", () => {
    if (bytes.length > LIMITS.timestampBytes) {
      throw invalid(`expected a timestamp of at most ${LIMITS.timestampBytes} bytes, found ${bytes.length}`);
    }
    return readContentInfo(tokenOf(readDer(bytes)));
  });
}

/** The token within a response; a token alone begins with its type. */
function tokenOf(node: DerNode): DerNode {
  expectTag(node, DER_TAGS.sequence, "a timestamp");
  const fields = new DerFields(node);
  const first = fields.take("a timestamp's status or type");
  if (first.tag === DER_TAGS.oid) return node;
  expectTag(first, DER_TAGS.sequence, "a timestamp's status");
  const status = readInteger(new DerFields(first).take("a timestamp's status"));
  if (!GRANTED.has(status)) throw invalid(`expected a timestamp that was granted, found the status ${status}`);
  const token = fields.take("a timestamp", DER_TAGS.sequence);
  fields.end("a timestamp response");
  return token;
}

function readContentInfo(node: DerNode): TimestampToken {
  const fields = new DerFields(node);
  const type = readOid(fields.take("a type of content"));
  if (type !== SIGNED_DATA) throw invalid(`expected signed data, found content of type ${type}`);
  const content = fields.take("signed data", contextTag(0));
  fields.end("a timestamp");
  return readSignedData(onlyChildOf(content, "signed data", DER_TAGS.sequence));
}

function readSignedData(node: DerNode): TimestampToken {
  const fields = new DerFields(node);
  readInteger(fields.take("a version"));
  childrenOf(fields.take("digest algorithms", DER_TAGS.set)).map(readAlgorithm);
  const content = readEncapsulated(fields.take("a timestamp's content", DER_TAGS.sequence));
  const certificatesField = fields.takeIf(contextTag(0));
  // Revocation lists: a timestamp is judged at its own time, by the trusted root.
  fields.takeIf(contextTag(1));
  const signers = childrenOf(fields.take("a signer", DER_TAGS.set));
  fields.end("signed data");
  const [signer, ...others] = signers;
  if (signer === undefined || others.length > 0) throw invalid(`expected one signer, found ${signers.length}`);
  const certificates = certificatesField === undefined ? [] : childrenOf(certificatesField);
  if (certificates.length > LIMITS.certificateChain) {
    throw invalid(`expected at most ${LIMITS.certificateChain} certificates, found ${certificates.length}`);
  }
  return {
    ...readTimestampInfo(content),
    content,
    ...readSigner(signer),
    certificates: certificates.map(({ bytes }) => bytes),
  };
}

function readEncapsulated(node: DerNode): Uint8Array {
  const fields = new DerFields(node);
  const type = readOid(fields.take("a type of content"));
  if (type !== TIMESTAMP_INFO) throw invalid(`expected a timestamp, found content of type ${type}`);
  const content = fields.take("a timestamp's content", contextTag(0));
  fields.end("a timestamp's content");
  return readOctets(onlyChildOf(content, "a timestamp's content"));
}

function readTimestampInfo(content: Uint8Array): Pick<TimestampToken, "hash" | "imprint" | "time" | "nonce"> {
  const node = readDer(content);
  expectTag(node, DER_TAGS.sequence, "a timestamp's content");
  const fields = new DerFields(node);
  const version = readInteger(fields.take("a version"));
  if (version !== 1n) throw invalid(`expected a timestamp of version 1, found version ${version}`);
  readOid(fields.take("a policy"));
  const imprintFields = new DerFields(fields.take("a hash of what is timestamped", DER_TAGS.sequence));
  const hash = trustedHash(imprintFields.take("a hash algorithm"));
  const imprint = readOctets(imprintFields.take("a hash"));
  imprintFields.end("a hash of what is timestamped");
  readInteger(fields.take("a serial number"));
  const timeField = fields.take("a time", DER_TAGS.generalizedTime);
  // Accuracy, order and the authority's name say more about the time; nothing here depends on them.
  fields.takeIf(DER_TAGS.sequence);
  fields.takeIf(DER_TAGS.boolean);
  const nonceField = fields.takeIf(DER_TAGS.integer);
  fields.takeIf(contextTag(0));
  refuseCritical(fields.takeIf(contextTag(1)));
  fields.end("a timestamp's content");
  const nonce = nonceField === undefined ? {} : { nonce: integerBytes(nonceField) };
  return { hash, imprint, time: readTime(timeField), ...nonce };
}

/** Extensions of a timestamp that must be understood: none is. */
function refuseCritical(field: DerNode | undefined): void {
  for (const extension of field === undefined ? [] : childrenOf(field)) {
    const fields = new DerFields(extension);
    const oid = readOid(fields.take("an extension's identifier"));
    if (fields.takeIf(DER_TAGS.boolean) !== undefined) {
      throw invalid(`expected no critical extension in a timestamp, found ${oid}`);
    }
  }
}

type SignerFields = Pick<TimestampToken, "signer" | "digest" | "attributes" | "scheme" | "signature">;

function readSigner(node: DerNode): SignerFields {
  expectTag(node, DER_TAGS.sequence, "a signer");
  const fields = new DerFields(node);
  readInteger(fields.take("a version"));
  const signer = readSignerId(fields.take("a signer's certificate"));
  const digest = trustedHash(fields.take("a digest algorithm"));
  const attributesField = fields.take("signed attributes", contextTag(0));
  const scheme = signerScheme(readAlgorithm(fields.take("a signature algorithm")), digest);
  const signature = readOctets(fields.take("a signature"));
  fields.takeIf(contextTag(1));
  fields.end("a signer");
  return { signer, digest, attributes: readSignedAttributes(attributesField, TIMESTAMP_INFO), scheme, signature };
}

function readSignerId(node: DerNode): SignerId {
  if (node.tag === primitiveContextTag(0)) return { kind: "key", keyId: node.content };
  expectTag(node, DER_TAGS.sequence, "a signer's certificate");
  const fields = new DerFields(node);
  const issuer = fields.take("an issuer").bytes;
  const serialNumber = integerBytes(fields.take("a serial number"));
  fields.end("a signer's certificate");
  return { kind: "issuer", issuer, serialNumber };
}

function trustedHash(node: DerNode): TrustedHash {
  const algorithm = readAlgorithm(node);
  const hash = hashOf(algorithm);
  if (hash === undefined) throw invalid(`expected SHA-256, SHA-384 or SHA-512, found the algorithm ${algorithm.oid}`);
  return hash;
}

function signerScheme(algorithm: AlgorithmIdentifier, digest: TrustedHash): SignatureScheme {
  if (algorithm.oid === RSA_ENCRYPTION) return `rsa-pkcs1-${digest}`;
  if (algorithm.oid === EC_PUBLIC_KEY) return `ecdsa-${digest}`;
  const scheme = schemeOf(algorithm);
  if (scheme === undefined) throw invalid(`expected a signature algorithm that is trusted, found ${algorithm.oid}`);
  return scheme;
}
