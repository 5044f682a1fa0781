import { concatBytes, type HashAlgorithm } from "../../base/index.ts";
import { hashOf, readAlgorithm } from "../certificate/algorithm.ts";
import {
  childrenOf,
  contextTag,
  DER_TAGS,
  DerFields,
  type DerNode,
  expectTag,
  invalid,
  onlyChildOf,
} from "../der/der.ts";
import { integerBytes, readOctets, readOid } from "../der/der-values.ts";

const CONTENT_TYPE = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
const SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";

/** How the signer names its certificate among what it signs (RFC 5035 §4). */
export interface CertificateBinding {
  /** SHA-1 in the first form of it, which is why the second exists; trust comes from the chain. */
  readonly hash: HashAlgorithm;
  readonly digest: Uint8Array;
  readonly issuer?: Uint8Array;
  readonly serialNumber?: Uint8Array;
}

/** The attributes that a signer signs in place of the content (RFC 5652 §11). */
export interface SignedAttributes {
  /** The bytes that the signature covers: the attributes as a SET. */
  readonly signed: Uint8Array;
  readonly messageDigest: Uint8Array;
  /** The signer's certificate, named at least once. */
  readonly bindings: readonly CertificateBinding[];
}

/**
 * The signed attributes of a signer: the type of the content, its digest and the certificate must be there, each once.
 * @throws {AmapError} DER_INVALID
 */
export function readSignedAttributes(node: DerNode, contentType: string): SignedAttributes {
  const attributes = new Map<string, DerNode>();
  for (const attribute of childrenOf(node)) {
    expectTag(attribute, DER_TAGS.sequence, "an attribute");
    const fields = new DerFields(attribute);
    const type = readOid(fields.take("an attribute's type"));
    const values = fields.take("an attribute's values", DER_TAGS.set);
    fields.end("an attribute");
    if (attributes.has(type)) throw invalid(`expected each signed attribute once, found ${type} twice`);
    attributes.set(type, values);
  }
  const valueOf = (type: string): DerNode | undefined => {
    const values = attributes.get(type);
    return values === undefined ? undefined : onlyChildOf(values, `the attribute ${type}`);
  };
  const typeField = valueOf(CONTENT_TYPE);
  if (typeField === undefined || readOid(typeField) !== contentType) {
    throw invalid(`expected the content type ${contentType} among the signed attributes, found another or none`);
  }
  const digestField = valueOf(MESSAGE_DIGEST);
  if (digestField === undefined) throw invalid("expected the content's digest among the signed attributes, found none");
  const bindings = [
    ...bindingOf(valueOf(SIGNING_CERTIFICATE), readBinding),
    ...bindingOf(valueOf(SIGNING_CERTIFICATE_V2), readBindingV2),
  ];
  if (bindings.length === 0) throw invalid("expected the certificate among the signed attributes, found none");
  return {
    // What is signed is the SET itself; within the signer it stands under another tag (RFC 5652 §5.4).
    signed: concatBytes([Uint8Array.of(DER_TAGS.set), node.bytes.subarray(1)]),
    messageDigest: readOctets(digestField),
    bindings,
  };
}

/** The first certificate of the list is the signer's own. */
function bindingOf(value: DerNode | undefined, read: (fields: DerFields) => CertificateBinding): CertificateBinding[] {
  if (value === undefined) return [];
  expectTag(value, DER_TAGS.sequence, "a signing certificate");
  const list = new DerFields(value).take("a list of certificates", DER_TAGS.sequence);
  return [read(new DerFields(new DerFields(list).take("a signing certificate", DER_TAGS.sequence)))];
}

function readBinding(fields: DerFields): CertificateBinding {
  const digest = readOctets(fields.take("a certificate's hash"));
  return { hash: "sha1", digest, ...readIssuerSerial(fields) };
}

function readBindingV2(fields: DerFields): CertificateBinding {
  const first = fields.take("a certificate's hash");
  if (first.tag === DER_TAGS.octetString) return { hash: "sha256", digest: first.content, ...readIssuerSerial(fields) };
  const hash = hashOf(readAlgorithm(first));
  if (hash === undefined) throw invalid("expected SHA-256, SHA-384 or SHA-512 over the signing certificate");
  const digest = readOctets(fields.take("a certificate's hash"));
  return { hash, digest, ...readIssuerSerial(fields) };
}

function readIssuerSerial(fields: DerFields): Pick<CertificateBinding, "issuer" | "serialNumber"> {
  const node = fields.takeIf(DER_TAGS.sequence);
  fields.end("a signing certificate");
  if (node === undefined) return {};
  const parts = new DerFields(node);
  const names = parts.take("an issuer", DER_TAGS.sequence);
  const serialNumber = integerBytes(parts.take("a serial number"));
  parts.end("a signing certificate's issuer");
  const [name] = childrenOf(names);
  if (name?.tag !== contextTag(4)) return { serialNumber };
  return { serialNumber, issuer: onlyChildOf(name, "an issuer").bytes };
}
