import { encodeBase64, type Value } from "../../../../base/index.ts";
import { readUrl, UrlFault, unescapedPart } from "../../cel/functions/kubernetes/go-url.ts";
import { type Extension, KEY_USAGES, readExtensions } from "../../cel/functions/kyverno/certificate-extensions.ts";
import {
  contextTag,
  type DerElement,
  DerReader,
  derInvalid,
  elementsOf,
  integerOf,
  oidOf,
  smallIntegerOf,
  TAG,
} from "../../cel/functions/kyverno/der.ts";
import { ascii, readName } from "../../cel/functions/kyverno/distinguished-name.ts";
import { readSignatureAlgorithm } from "../../cel/functions/kyverno/signature-algorithm.ts";
import { valueOfNumber } from "../evaluate/values.ts";
import { failed } from "./failure.ts";

type Fields = Record<string, Value>;

/** Go's constants for signatures by an issuer whose key is no RSA key. */
const OTHER_SIGNATURES: ReadonlyMap<string, number> = new Map([
  ["1.2.840.10040.4.3", 7],
  ["2.16.840.1.101.3.4.3.2", 8],
  ["1.2.840.10045.4.1", 9],
  ["1.2.840.10045.4.3.2", 10],
  ["1.2.840.10045.4.3.3", 11],
  ["1.2.840.10045.4.3.4", 12],
  ["1.3.101.112", 16],
]);

/** Go's fields that only some extensions fill, as it leaves them without those. */
const EMPTY: Fields = {
  InhibitAnyPolicy: 0,
  InhibitAnyPolicyZero: false,
  InhibitPolicyMapping: 0,
  InhibitPolicyMappingZero: false,
  Policies: null,
  PolicyMappings: null,
  RequireExplicitPolicy: 0,
  RequireExplicitPolicyZero: false,
  SubjectKeyId: null,
  URIs: null,
  UnhandledCriticalExtensions: null,
  UnknownExtKeyUsage: null,
};

/**
 * The fields of Go's x509.Certificate that CEL's x509.decode, which has another shape, leaves out or cuts: Kyverno's
 * JMESPath shows all of them. That it is well-formed to its end is left to that reader.
 * @throws {AmapError} EXPRESSION_FAILED
 */
export function certificateFields(der: Uint8Array): Fields {
  const { signed, algorithm } = readSigned(der);
  const version = signed.readOptional(contextTag(0, true));
  const serial = integerOf(signed.read(TAG.integer).content);
  signed.read(TAG.sequence);
  signed.read(TAG.sequence);
  signed.read(TAG.sequence);
  const subject = signed.read(TAG.sequence);
  requireRsa(signed.read(TAG.sequence));
  signed.readOptional(contextTag(1, false));
  signed.readOptional(contextTag(2, false));
  const list = signed.readOptional(contextTag(3, true));
  const fields: Fields = { ...EMPTY };
  for (const extension of list === undefined ? [] : extensionsIn(list)) applyExtension(fields, extension);
  return {
    ...fields,
    Version: version === undefined ? 1 : smallIntegerOf(new DerReader(version.content).read(TAG.integer).content) + 1,
    SerialNumber: valueOfNumber(Number(serial)),
    SignatureAlgorithm: signatureOf(algorithm),
    Subject: readName(subject.content),
  };
}

/** PKCS #9 extensionRequest. */
const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

/**
 * The same for a certificate request: URIs among its names.
 * @throws {AmapError} EXPRESSION_FAILED
 */
export function requestFields(der: Uint8Array): Fields {
  const { signed } = readSigned(der);
  signed.read(TAG.integer);
  signed.read(TAG.sequence);
  requireRsa(signed.read(TAG.sequence));
  const fields: Fields = { URIs: null };
  for (const attribute of elementsOf(signed.readOptional(contextTag(0, true))?.content ?? new Uint8Array(0))) {
    const reader = new DerReader(attribute.content);
    if (oidOf(reader.read(TAG.oid).content).join(".") !== EXTENSION_REQUEST) continue;
    for (const list of elementsOf(reader.read(TAG.set).content)) {
      for (const { id, value } of readExtensions(list.content)) {
        if (id.join(".") === ALTERNATIVE_NAMES) readUris(fields, value);
      }
    }
  }
  return fields;
}

/** What is signed, and the algorithm. */
function readSigned(der: Uint8Array): { readonly signed: DerReader; readonly algorithm: Uint8Array } {
  const reader = new DerReader(new DerReader(der).read(TAG.sequence).content);
  const signed = new DerReader(reader.read(TAG.sequence).content);
  return { signed, algorithm: reader.read(TAG.sequence).content };
}

const RSA = "1.2.840.113549.1.1.1";

function requireRsa({ content }: DerElement): void {
  const algorithm = new DerReader(new DerReader(content).read(TAG.sequence).content);
  if (dotted(algorithm.read(TAG.oid)) !== RSA) throw failed("certificate should use rsa algorithm");
}

function signatureOf(algorithm: Uint8Array): number {
  const id = oidOf(new DerReader(algorithm).read(TAG.oid).content).join(".");
  return OTHER_SIGNATURES.get(id) ?? readSignatureAlgorithm(algorithm);
}

function extensionsIn({ content }: DerElement): readonly Extension[] {
  return readExtensions(new DerReader(content).read(TAG.sequence).content);
}

const ALTERNATIVE_NAMES = "2.5.29.17";

/** What Go does with the extensions that fill these fields; true when it leaves one for the caller to judge. */
const READERS: ReadonlyMap<string, (fields: Fields, extension: Extension) => boolean> = new Map([
  ["2.5.29.14", readSubjectKeyId],
  [ALTERNATIVE_NAMES, readAlternativeNames],
  ["2.5.29.30", isUnhandledConstraint],
  ["2.5.29.32", readPolicies],
  ["2.5.29.33", readPolicyMappings],
  ["2.5.29.36", readPolicyConstraints],
  ["2.5.29.37", readUnknownUsages],
  ["2.5.29.54", readInhibitAnyPolicy],
]);
/** Others that Go reads. */
const READ: ReadonlySet<string> = new Set(["2.5.29.15", "2.5.29.19", "2.5.29.31", "2.5.29.35", "1.3.6.1.5.5.7.1.1"]);

function applyExtension(fields: Fields, extension: Extension): void {
  const id = extension.id.join(".");
  const isUnhandled = READERS.get(id)?.(fields, extension) ?? !READ.has(id);
  if (isUnhandled && extension.critical) add(fields, "UnhandledCriticalExtensions", extension.id);
}

function add(fields: Fields, name: string, value: Value): void {
  fields[name] = [...((fields[name] as readonly Value[] | null) ?? []), value];
}

function inside(bytes: Uint8Array, tag: number): Uint8Array {
  return new DerReader(bytes).read(tag).content;
}

function readSubjectKeyId(fields: Fields, { value, critical }: Extension): boolean {
  if (critical) throw derInvalid("its subject key identifier is marked critical");
  fields.SubjectKeyId = encodeBase64(inside(value, TAG.octetString));
  return false;
}

const NAMES: ReadonlySet<number> = new Set([1, 2, 6, 7].map((number) => contextTag(number, false)));
const URI = contextTag(6, false);

function readAlternativeNames(fields: Fields, { value }: Extension): boolean {
  readUris(fields, value);
  return !elementsOf(inside(value, TAG.sequence)).some(({ tag }) => NAMES.has(tag));
}

function readUris(fields: Fields, value: Uint8Array): void {
  for (const { tag, content } of elementsOf(inside(value, TAG.sequence))) {
    if (tag === URI) add(fields, "URIs", showUrl(ascii(content)));
  }
}

/** As Go's url.URL in JSON, which shows of a user only that there is one. */
function showUrl(text: string): Value {
  const url = readUrl(text);
  if (url instanceof UrlFault) throw derInvalid(`a URI among its names: ${url.reason}`);
  const [path, rawPath] = unescapedPart(url.path, "path");
  const [fragment, rawFragment] = unescapedPart(url.fragment, "fragment");
  return {
    Scheme: url.scheme,
    Opaque: url.opaque,
    User: url.user === undefined ? null : {},
    Host: url.host,
    Path: path,
    RawPath: rawPath,
    OmitHost: url.omitHost,
    ForceQuery: url.query === "",
    RawQuery: url.query ?? "",
    Fragment: fragment,
    RawFragment: rawFragment,
  };
}

function isUnhandledConstraint(_: Fields, { value }: Extension): boolean {
  const subtrees = elementsOf(inside(value, TAG.sequence)).flatMap(({ content }) => elementsOf(content));
  return subtrees.some(({ content }) => !NAMES.has(new DerReader(content).nextTag));
}

function readPolicies(fields: Fields, { value }: Extension): boolean {
  for (const { content } of elementsOf(inside(value, TAG.sequence))) {
    add(fields, "Policies", dotted(new DerReader(content).read(TAG.oid)));
  }
  return false;
}

function readPolicyMappings(fields: Fields, { value }: Extension): boolean {
  for (const { content } of elementsOf(inside(value, TAG.sequence))) {
    const reader = new DerReader(content);
    const issuer = dotted(reader.read(TAG.oid));
    add(fields, "PolicyMappings", {
      IssuerDomainPolicy: issuer,
      SubjectDomainPolicy: dotted(reader.read(TAG.oid)),
    });
  }
  return false;
}

function dotted({ content }: DerElement): string {
  return oidOf(content).join(".");
}

function readPolicyConstraints(fields: Fields, { value }: Extension): boolean {
  const reader = new DerReader(inside(value, TAG.sequence));
  setCount(fields, "RequireExplicitPolicy", reader.readOptional(contextTag(0, false)));
  setCount(fields, "InhibitPolicyMapping", reader.readOptional(contextTag(1, false)));
  return false;
}

function readInhibitAnyPolicy(fields: Fields, { value }: Extension): boolean {
  setCount(fields, "InhibitAnyPolicy", new DerReader(value).read(TAG.integer));
  return false;
}

function setCount(fields: Fields, name: string, element: DerElement | undefined): void {
  if (element === undefined) return;
  const count = smallIntegerOf(element.content);
  fields[name] = count;
  fields[`${name}Zero`] = count === 0;
}

function readUnknownUsages(fields: Fields, { value }: Extension): boolean {
  for (const { content } of elementsOf(inside(value, TAG.sequence))) {
    const id = oidOf(content);
    if (!KEY_USAGES.has(id.join("."))) add(fields, "UnknownExtKeyUsage", id);
  }
  return false;
}
