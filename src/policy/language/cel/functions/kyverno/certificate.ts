import { encodeBase64, formatTime, parseTime, type Value } from "../../../../../base/index.ts";
import {
  applyExtension,
  type Extension,
  type Fields,
  readExtensions,
  showExtension,
} from "./certificate-extensions.ts";
import {
  bitStringOf,
  contextTag,
  type DerElement,
  DerReader,
  derInvalid,
  elementsOf,
  integerOf,
  oidOf,
  smallIntegerOf,
  TAG,
} from "./der.ts";
import { ascii, readName } from "./distinguished-name.ts";
import { readSignatureAlgorithm } from "./signature-algorithm.ts";

const RSA = "1.2.840.113549.1.1.1";
/** Go's x509.RSA. */
const GO_RSA = 1;
/** Beyond it the digits of a modulus cost more than a policy needs. */
const MAX_MODULUS_BYTES = 2_048;

/** Every field of a certificate that extensions may fill, as Go leaves it when they do not. */
const EMPTY: Fields = {
  KeyUsage: 0,
  ExtKeyUsage: null,
  BasicConstraintsValid: false,
  IsCA: false,
  MaxPathLen: 0,
  MaxPathLenZero: false,
  AuthorityKeyId: null,
  OCSPServer: null,
  IssuingCertificateURL: null,
  DNSNames: null,
  EmailAddresses: null,
  IPAddresses: null,
  PermittedDNSDomainsCritical: false,
  PermittedDNSDomains: null,
  ExcludedDNSDomains: null,
  PermittedIPRanges: null,
  ExcludedIPRanges: null,
  PermittedEmailAddresses: null,
  ExcludedEmailAddresses: null,
  PermittedURIDomains: null,
  ExcludedURIDomains: null,
  CRLDistributionPoints: null,
  PolicyIdentifiers: null,
};

/** What is signed, its algorithm and its signature: the outside of a certificate and of a request. */
interface Signed {
  readonly signed: DerElement;
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
}

function readSigned(der: Uint8Array): Signed {
  const outside = new DerReader(der);
  const reader = new DerReader(outside.read(TAG.sequence).content);
  outside.end();
  const signed = reader.read(TAG.sequence);
  const algorithm = reader.read(TAG.sequence).content;
  const signature = bitStringOf(reader.read(TAG.bitString).content);
  reader.end();
  return { signed, algorithm, signature };
}

/**
 * A certificate (RFC 5280) with an RSA key, with the names that Kyverno's users read: those of Go's x509.Certificate.
 * @throws {CelError} invalid_argument
 */
export function readCertificate(der: Uint8Array): Value {
  const { signed, signature } = readSigned(der);
  const reader = new DerReader(signed.content);
  reader.readOptional(contextTag(0, true));
  const serial = integerOf(reader.read(TAG.integer).content);
  reader.read(TAG.sequence);
  const issuer = reader.read(TAG.sequence);
  const validity = new DerReader(reader.read(TAG.sequence).content);
  const subject = reader.read(TAG.sequence);
  const key = reader.read(TAG.sequence);
  reader.readOptional(contextTag(1, false));
  reader.readOptional(contextTag(2, false));
  const extensions = extensionsOf(reader.readOptional(contextTag(3, true)));
  reader.end();
  const fields = { ...EMPTY };
  for (const extension of extensions) applyExtension(fields, extension);
  return {
    Raw: encodeBase64(der),
    RawTBSCertificate: encodeBase64(signed.whole),
    RawSubjectPublicKeyInfo: encodeBase64(key.whole),
    RawSubject: encodeBase64(subject.whole),
    RawIssuer: encodeBase64(issuer.whole),
    Signature: encodeBase64(signature),
    PublicKeyAlgorithm: GO_RSA,
    PublicKey: readRsaKey(key.content),
    SerialNumber: Number(BigInt.asIntN(64, serial)),
    Issuer: readName(issuer.content),
    NotBefore: readTime(validity.read()),
    NotAfter: readTime(validity.read()),
    Extensions: listOrNull(extensions),
    ExtraExtensions: null,
    ...fields,
  };
}

/** Fields of a request that come from the extensions it asks for. */
const REQUESTED = ["DNSNames", "EmailAddresses", "IPAddresses"] as const;

/**
 * A certificate request (RFC 2986) with an RSA key, with the names of Go's x509.CertificateRequest but URIs.
 * @throws {CelError} invalid_argument
 */
export function readCertificateRequest(der: Uint8Array): Value {
  const { signed, algorithm, signature } = readSigned(der);
  const reader = new DerReader(signed.content);
  const version = smallIntegerOf(reader.read(TAG.integer).content);
  const subject = reader.read(TAG.sequence);
  const key = reader.read(TAG.sequence);
  const { attributes, extensions } = requestedExtensions(reader.readOptional(contextTag(0, true)));
  reader.end();
  const fields: Fields = { ...EMPTY };
  for (const extension of extensions) applyExtension(fields, extension);
  return {
    Raw: encodeBase64(der),
    RawTBSCertificateRequest: encodeBase64(signed.whole),
    RawSubjectPublicKeyInfo: encodeBase64(key.whole),
    RawSubject: encodeBase64(subject.whole),
    Version: version,
    Signature: encodeBase64(signature),
    SignatureAlgorithm: readSignatureAlgorithm(algorithm),
    PublicKeyAlgorithm: GO_RSA,
    PublicKey: readRsaKey(key.content),
    Subject: readName(subject.content),
    Attributes: attributes.length === 0 ? null : attributes,
    Extensions: listOrNull(extensions),
    ExtraExtensions: null,
    ...Object.fromEntries(REQUESTED.map((name) => [name, fields[name] ?? null])),
  };
}

function listOrNull(extensions: readonly Extension[]): Value {
  return extensions.length === 0 ? null : extensions.map(showExtension);
}

function extensionsOf(element: DerElement | undefined): readonly Extension[] {
  if (element === undefined) return [];
  const reader = new DerReader(element.content);
  const extensions = readExtensions(reader.read(TAG.sequence).content);
  reader.end();
  return extensions;
}

/** PKCS #9 extensionRequest. */
const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

/** The extensions a request asks for, and the attribute they stand in as Go shows it. Go passes over other attributes. */
function requestedExtensions(element: DerElement | undefined): {
  readonly attributes: readonly Value[];
  readonly extensions: readonly Extension[];
} {
  const attributes: Value[] = [];
  const extensions: Extension[] = [];
  for (const attribute of element === undefined ? [] : elementsOf(element.content)) {
    const reader = new DerReader(attribute.content);
    const type = oidOf(reader.read(TAG.oid).content);
    if (type.join(".") !== EXTENSION_REQUEST) continue;
    const values = elementsOf(reader.read(TAG.set).content).map(({ content }) => readExtensions(content));
    extensions.push(...values.flat());
    // Go reads the flag of a critical extension as its value.
    const show = ({ id, critical, value }: Extension): Value => ({ Type: id, Value: critical || encodeBase64(value) });
    attributes.push({ Type: type, Value: values.map((each) => each.map(show)) });
  }
  return { attributes, extensions };
}

/** N in decimal digits, and E. */
function readRsaKey(content: Uint8Array): Value {
  const reader = new DerReader(content);
  const algorithm = new DerReader(reader.read(TAG.sequence).content);
  if (oidOf(algorithm.read(TAG.oid).content).join(".") !== RSA) {
    throw derInvalid("its key is not an RSA key, and only those can be decoded");
  }
  const key = new DerReader(bitStringOf(reader.read(TAG.bitString).content));
  const numbers = new DerReader(key.read(TAG.sequence).content);
  const modulus = numbers.read(TAG.integer).content;
  if (modulus.length > MAX_MODULUS_BYTES) throw derInvalid("its RSA key is too large");
  const exponent = numbers.read(TAG.integer).content;
  const [n, e] = [integerOf(modulus), smallIntegerOf(exponent)];
  if (n <= 0n || e <= 0) throw derInvalid("its RSA key");
  return { N: n.toString(), E: e };
}

/** UTCTime and GeneralizedTime as DER has them, in RFC 3339. */
function readTime({ tag, content }: DerElement): string {
  const pattern =
    tag === TAG.utcTime ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
  const match = tag === TAG.utcTime || tag === TAG.generalizedTime ? pattern.exec(ascii(content)) : null;
  if (match === null) throw derInvalid("a time");
  const [, written = "", month, day, hour, minute, second] = match;
  const year = written.length === 4 ? written : `${Number(written) < 50 ? "20" : "19"}${written}`;
  const ms = parseTime(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (ms === undefined) throw derInvalid("a time");
  return formatTime(ms).replace(/\.\d+Z$/, "Z");
}
