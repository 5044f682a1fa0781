import {
  AmapError,
  type Decoded,
  encodeHex,
  LIMITS,
  type PublicKey,
  readPublicKeyInfo,
  type SignatureScheme,
} from "../../base/index.ts";
import { contextTag, DER_TAGS, DerFields, type DerNode, decodeDer, invalid, onlyChildOf, readDer } from "../der/der.ts";
import { integerBytes, readBitString, readInteger, readTime } from "../der/der-values.ts";
import { readAlgorithm, schemeOf } from "./algorithm.ts";
import { equalBytes } from "./equal-bytes.ts";
import {
  type AlternativeName,
  type CertificateExtension,
  EXTENSIONS,
  type KeyUsage,
  readAlternativeNames,
  readAuthorityKeyId,
  readBasicConstraints,
  readExtendedKeyUsage,
  readExtensions,
  readKeyUsage,
  readSubjectKeyId,
} from "./extensions.ts";
import { readName } from "./name.ts";

/** An X.509 certificate (version 3, RFC 5280). Its bytes are views on the input. */
export interface Certificate {
  readonly der: Uint8Array;
  /** TBSCertificate: the bytes that the issuer signed. */
  readonly tbs: Uint8Array;
  /** Upper-case hex of the serial number's bytes. */
  readonly serialNumber: string;
  /** Names as DER: they are compared byte for byte. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Names for reading, as RFC 4514 writes them. */
  readonly issuerText: string;
  readonly subjectText: string;
  /** Milliseconds since 1970; both ends are within the validity. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /**
   * The key, read on the first call and kept.
   * @throws {AmapError} KEY_INVALID, KEY_UNSUPPORTED
   */
  publicKey(): PublicKey;
  readonly isAuthority: boolean;
  /** How many authorities may stand between this one and a signer's certificate. */
  readonly pathLength?: number;
  readonly keyUsage?: ReadonlySet<KeyUsage>;
  /** Object identifiers. */
  readonly extendedKeyUsage?: readonly string[];
  /** The names that have a text; a name of another kind is not listed. */
  readonly subjectAlternativeNames: readonly AlternativeName[];
  /** Every extension, by object identifier. */
  readonly extensions: ReadonlyMap<string, CertificateExtension>;
  readonly subjectKeyId?: Uint8Array;
  readonly authorityKeyId?: Uint8Array;
  /** How the issuer signed; undefined for an algorithm that nothing is trusted by (SHA-1, MD5, one unknown). */
  readonly signatureScheme: SignatureScheme | undefined;
  readonly signature: Uint8Array;
}

/**
 * A certificate from DER of at most LIMITS.certificateBytes, or the issue (CERTIFICATE_INVALID). Strict: version 3, no
 * extension twice, both statements of the signature algorithm the same, the extensions that are read here well-formed.
 *
 * @see RFC 5280 §4.1
 * @example
 * ```ts
 * import { decodeCertificate } from "../index.ts";
 * decodeCertificate(Uint8Array.of(0x30, 0)).ok; // false
 * ```
 */
export function decodeCertificate(der: Uint8Array): Decoded<Certificate> {
  return decodeDer("CERTIFICATE_INVALID", "", () => {
    if (der.length > LIMITS.certificateBytes) {
      throw invalid(`expected a certificate of at most ${LIMITS.certificateBytes} bytes, found ${der.length}`);
    }
    return readCertificate(readDer(der));
  });
}

/** @throws {AmapError} DER_INVALID */
function readCertificate(node: DerNode): Certificate {
  const outer = new DerFields(expectSequence(node, "a certificate"));
  const tbs = outer.take("the signed part of a certificate", DER_TAGS.sequence);
  const algorithm = outer.take("a signature algorithm", DER_TAGS.sequence);
  const signature = readBitString(outer.take("a signature"));
  outer.end("a certificate");

  const fields = new DerFields(tbs);
  readVersion(fields.takeIf(contextTag(0)));
  const serialNumber = readSerialNumber(fields.take("a serial number"));
  const signedAlgorithm = fields.take("a signature algorithm", DER_TAGS.sequence);
  if (!equalBytes(signedAlgorithm.bytes, algorithm.bytes)) {
    throw invalid("expected one signature algorithm inside and outside of what is signed, found two");
  }
  const issuer = fields.take("an issuer");
  const [notBefore, notAfter] = readValidity(fields.take("a validity", DER_TAGS.sequence));
  const subject = fields.take("a subject");
  const spki = fields.take("a public key", DER_TAGS.sequence).bytes;
  // Identifiers of issuer and subject: nobody writes them any more (RFC 5280 §4.1.2.8).
  fields.takeIf(0x81);
  fields.takeIf(0x82);
  const extensionsField = fields.takeIf(contextTag(3));
  fields.end("the signed part of a certificate");
  const extensions = readExtensions(
    extensionsField === undefined ? EMPTY_SEQUENCE : onlyChildOf(extensionsField, "extensions"),
  );
  return {
    der: node.bytes,
    tbs: tbs.bytes,
    serialNumber,
    issuer: issuer.bytes,
    subject: subject.bytes,
    issuerText: readName(issuer),
    subjectText: readName(subject),
    notBefore,
    notAfter,
    spki,
    publicKey: keptKey(spki),
    ...readKnownExtensions(extensions),
    extensions,
    signatureScheme: schemeOf(readAlgorithm(algorithm)),
    signature,
  };
}

const EMPTY_SEQUENCE = readDer(Uint8Array.of(DER_TAGS.sequence, 0));

function expectSequence(node: DerNode, what: string): DerNode {
  if (node.tag !== DER_TAGS.sequence) throw invalid(`expected ${what}, found another kind of value`);
  return node;
}

/** Certificates of version 1 and 2 cannot say whether they may issue others. */
function readVersion(field: DerNode | undefined): void {
  const version = field === undefined ? 0n : readInteger(onlyChildOf(field, "a version"));
  if (version !== 2n) throw invalid(`expected a certificate of version 3, found version ${version + 1n}`);
}

function readSerialNumber(node: DerNode): string {
  const bytes = integerBytes(node);
  if ((bytes[0] as number) & 0x80) throw invalid("expected a serial number that is not negative");
  return encodeHex(bytes.length > 1 && bytes[0] === 0 ? bytes.subarray(1) : bytes).toUpperCase();
}

function readValidity(node: DerNode): readonly [number, number] {
  const fields = new DerFields(node);
  const notBefore = readTime(fields.take("the start of the validity"));
  const notAfter = readTime(fields.take("the end of the validity"));
  fields.end("a validity");
  return [notBefore, notAfter];
}

type KnownExtensions = Pick<
  Certificate,
  | "isAuthority"
  | "pathLength"
  | "keyUsage"
  | "extendedKeyUsage"
  | "subjectAlternativeNames"
  | "subjectKeyId"
  | "authorityKeyId"
>;

function readKnownExtensions(extensions: ReadonlyMap<string, CertificateExtension>): KnownExtensions {
  const read = <T>(oid: string, reader: (value: Uint8Array) => T): T | undefined => {
    const extension = extensions.get(oid);
    return extension === undefined ? undefined : reader(extension.value);
  };
  const keyUsage = read(EXTENSIONS.keyUsage, readKeyUsage);
  const extendedKeyUsage = read(EXTENSIONS.extendedKeyUsage, readExtendedKeyUsage);
  const subjectKeyId = read(EXTENSIONS.subjectKeyId, readSubjectKeyId);
  const authorityKeyId = read(EXTENSIONS.authorityKeyId, readAuthorityKeyId);
  return {
    ...(read(EXTENSIONS.basicConstraints, readBasicConstraints) ?? { isAuthority: false }),
    subjectAlternativeNames: read(EXTENSIONS.subjectAlternativeName, readAlternativeNames) ?? [],
    ...(keyUsage === undefined ? {} : { keyUsage }),
    ...(extendedKeyUsage === undefined ? {} : { extendedKeyUsage }),
    ...(subjectKeyId === undefined ? {} : { subjectKeyId }),
    ...(authorityKeyId === undefined ? {} : { authorityKeyId }),
  };
}

/** Reading a key costs more than reading the rest of the certificate. */
function keptKey(spki: Uint8Array): () => PublicKey {
  let outcome: PublicKey | AmapError | undefined;
  return () => {
    outcome ??= readKey(spki);
    if (outcome instanceof AmapError) throw outcome;
    return outcome;
  };
}

function readKey(spki: Uint8Array): PublicKey | AmapError {
  try {
    return readPublicKeyInfo(spki);
  } catch (error) {
    if (!(error instanceof AmapError)) throw error;
    return error;
  }
}
