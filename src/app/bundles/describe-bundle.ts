import {
  type Bundle,
  type BundleMaterial,
  type Certificate,
  decodeCertificate,
  decodeStatement,
  decodeTimestampToken,
  describeSigner,
  type Envelope,
  type LogEntry,
  STATEMENT_PAYLOAD_TYPE,
} from "../../attestation/index.ts";
import {
  encodeHex,
  formatTime,
  hashHex,
  LIMITS,
  memberOf,
  readJsonFast,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import type { World } from "../world.ts";
import { decodeNamed } from "./upgrade-bundle.ts";

/** The version of the JSON that `bundle inspect -o json` writes. */
const VERSION = 1;

/**
 * What a Sigstore bundle states, as JSON: its media type, what is signed, whom its certificate names, log entries and
 * timestamps. Nothing of it is verified, and `verified` says so.
 * @throws {AmapError} FILE_NOT_FOUND, BUNDLE_INVALID, BUNDLE_UNSUPPORTED
 */
export async function describeBundleFile(world: World, path: string): Promise<ValueObject> {
  const bytes = await world.files.read(path === "-" ? "/dev/stdin" : path, LIMITS.attachmentBytes);
  const bundle = decodeNamed(bytes, path);
  const mediaType = memberOf(readJsonFast(bytes, { maxBytes: LIMITS.attachmentBytes }), "mediaType") ?? null;
  return {
    version: VERSION,
    verified: false,
    mediaType,
    bundleVersion: bundle.version,
    content: describeContent(bundle.content),
    signer: describeMaterial(bundle.material),
    logEntries: bundle.logEntries.map(describeEntry),
    timestamps: bundle.timestamps.map(describeTimestamp),
  };
}

function describeContent(content: Bundle["content"]): ValueObject {
  if (content.kind === "envelope") return describeEnvelope(content.envelope);
  const { digest, signature } = content.messageSignature;
  return {
    kind: "signature of a file",
    digest: `${digest.algorithm}:${encodeHex(digest.bytes)}`,
    signatureBytes: signature.length,
  };
}

function describeEnvelope({ payloadType, payload, signatures }: Envelope): ValueObject {
  return {
    kind: "DSSE envelope",
    payloadType,
    payloadBytes: payload.length,
    ...(payloadType === STATEMENT_PAYLOAD_TYPE ? { statement: describeStatement(payload) } : {}),
    signatures: signatures.map(({ sig, keyid }) => ({
      bytes: sig.length,
      ...(keyid === undefined ? {} : { keyId: keyid }),
    })),
  };
}

function describeStatement(payload: Uint8Array): ValueObject {
  const statement = decodeStatement(payload);
  if (!statement.ok) return { malformed: statement.issues.map(({ path, message }) => `${path}: ${message}`) };
  const { predicateType, subject } = statement.value;
  return {
    predicateType,
    subjects: subject.map(({ name, digest }) => ({ ...(name === undefined ? {} : { name }), digest: { ...digest } })),
  };
}

function describeMaterial(material: BundleMaterial): ValueObject {
  if (material.kind === "publicKey") return { kind: "public key", ...optional("hint", material.hint) };
  return {
    kind: "certificate",
    ...describeDer(material.certificate),
    ...(material.intermediates.length === 0 ? {} : { furtherCertificates: material.intermediates.map(describeDer) }),
  };
}

function describeDer(der: Uint8Array): ValueObject {
  const decoded = decodeCertificate(der);
  if (decoded.ok) return describeCertificate(decoded.value);
  return { malformed: decoded.issues.map(({ message }) => message) };
}

function describeCertificate(certificate: Certificate): ValueObject {
  const identity = describeSigner(certificate);
  const { subjectAlternativeNames, extendedKeyUsage, keyUsage, subjectKeyId, authorityKeyId } = certificate;
  return {
    ...optional("subject", certificate.subjectText || undefined),
    issuer: certificate.issuerText,
    serialNumber: certificate.serialNumber,
    fingerprint: `sha256:${hashHex("sha256", certificate.der)}`,
    notBefore: formatTime(certificate.notBefore),
    notAfter: formatTime(certificate.notAfter),
    ...optional("signatureScheme", certificate.signatureScheme),
    names: subjectAlternativeNames.map(({ kind, value }) => ({ [kind]: value })),
    ...(identity.ok ? { ...optional("oidcIssuer", identity.value.issuer) } : {}),
    extensions: identity.ok ? { ...(identity.value.extensions as ValueObject) } : {},
    ...(keyUsage === undefined ? {} : { keyUsage: [...keyUsage] }),
    ...(extendedKeyUsage === undefined ? {} : { extendedKeyUsage: [...extendedKeyUsage] }),
    ...optional("subjectKeyId", subjectKeyId && encodeHex(subjectKeyId)),
    ...optional("authorityKeyId", authorityKeyId && encodeHex(authorityKeyId)),
    otherExtensions: [...certificate.extensions.keys()],
  };
}

function describeEntry(entry: LogEntry): ValueObject {
  const { inclusionPromise, inclusionProof: proof, integratedTime } = entry;
  const [origin = "", size = ""] = proof?.checkpoint.split("\n", 2) ?? [];
  const witnesses = proof?.checkpoint.match(/^\u2014 \S+/gm) ?? [];
  return {
    logIndex: String(entry.logIndex),
    logId: encodeHex(entry.logId),
    kind: entry.kind,
    kindVersion: entry.version,
    ...optional("integratedTime", integratedTime === undefined ? undefined : formatTime(integratedTime * 1000)),
    ...optional("promiseBytes", inclusionPromise?.length),
    ...(proof === undefined
      ? {}
      : {
          inclusionProof: {
            logIndex: String(proof.logIndex),
            treeSize: String(proof.treeSize),
            rootHash: encodeHex(proof.rootHash),
            hashes: proof.hashes.length,
            checkpoint: { origin, treeSize: size, signers: witnesses.map((line) => line.slice(2)) },
          },
        }),
    bodyBytes: entry.canonicalizedBody.length,
  };
}

function describeTimestamp(token: Uint8Array): ValueObject {
  const decoded = decodeTimestampToken(token);
  if (!decoded.ok) return { malformed: decoded.issues.map(({ message }) => message) };
  const { time, hash, imprint, certificates } = decoded.value;
  return {
    time: formatTime(Math.floor(time)),
    imprint: `${hash}:${encodeHex(imprint)}`,
    certificates: certificates.map(describeDer),
  };
}

function optional(name: string, value: Value | undefined): ValueObject {
  return value === undefined ? {} : { [name]: value };
}
