/** The bodies of log entries, as each log writes them. A key is a PEM block for Rekor v1 and DER for v2. */
import { createHash } from "node:crypto";
import { canonicalJson, encodeUtf8, type Value } from "../../base/index.ts";
import { base64, type EnvelopeJson } from "./json-shapes.ts";
import type { TestHash } from "./keys.ts";

/** An entry before it is in a log. */
export interface EntryBody {
  readonly kind: string;
  readonly version: string;
  readonly body: Uint8Array;
}

/** What verifies a signature: a key or a certificate, DER, with the name of its algorithm. */
export interface EntryVerifier {
  readonly der: Uint8Array;
  readonly isCertificate: boolean;
  readonly pem: string;
  readonly keyDetails: string;
}

export interface SignedDigest {
  readonly hash: TestHash;
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
  readonly verifier: EntryVerifier;
}

const text64 = (text: string): string => base64(Buffer.from(text));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Canonical JSON (RFC 8785) of apiVersion, kind and spec. */
function entry(kind: string, version: string, spec: Value): EntryBody {
  return { kind, version, body: encodeUtf8(canonicalJson({ apiVersion: version, kind, spec })) };
}

export function hashedRekordV1({ hash, digest, signature, verifier }: SignedDigest): EntryBody {
  return entry("hashedrekord", "0.0.1", {
    data: { hash: { algorithm: hash, value: hex(digest) } },
    signature: { content: base64(signature), publicKey: { content: text64(verifier.pem) } },
  });
}

/** `envelope` are the bytes that were sent, of which the entry keeps the hash. */
export function dsseV1(envelope: EnvelopeJson, verifier: EntryVerifier): EntryBody {
  return entry("dsse", "0.0.1", {
    envelopeHash: { algorithm: "sha256", value: sha256(Buffer.from(JSON.stringify(envelope))) },
    payloadHash: { algorithm: "sha256", value: sha256(Buffer.from(envelope.payload, "base64")) },
    signatures: envelope.signatures
      .map(({ sig }) => ({ signature: sig, verifier: text64(verifier.pem) }))
      .sort((a, b) => (a.signature < b.signature ? -1 : 1)),
  });
}

/** The log keeps the base64 text of a signature in base64 once more. */
export function intotoV2(envelope: EnvelopeJson, verifier: EntryVerifier): EntryBody {
  return entry("intoto", "0.0.2", {
    content: {
      envelope: {
        payloadType: envelope.payloadType,
        signatures: envelope.signatures.map(({ sig, keyid }) => ({
          ...(keyid === undefined ? {} : { keyid }),
          publicKey: text64(verifier.pem),
          sig: text64(sig),
        })),
      },
      hash: { algorithm: "sha256", value: sha256(Buffer.from(JSON.stringify(envelope))) },
      payloadHash: { algorithm: "sha256", value: sha256(Buffer.from(envelope.payload, "base64")) },
    },
  });
}

/** The first form of intoto, which names the envelope's hash and the key but no signature. */
export function intotoV1(envelope: EnvelopeJson, verifier: EntryVerifier): EntryBody {
  return entry("intoto", "0.0.1", {
    content: {
      hash: { algorithm: "sha256", value: sha256(Buffer.from(JSON.stringify(envelope))) },
      payloadHash: { algorithm: "sha256", value: sha256(Buffer.from(envelope.payload, "base64")) },
    },
    publicKey: text64(verifier.pem),
  });
}

const HASH_NAMES: Readonly<Record<TestHash, string>> = { sha256: "SHA2_256", sha384: "SHA2_384", sha512: "SHA2_512" };

/** The name of a hash in protobuf-specs. */
export const hashName = (hash: TestHash): string => HASH_NAMES[hash];

function verifierV2({ der, isCertificate, keyDetails }: EntryVerifier): Value {
  const rawBytes = base64(der);
  return { keyDetails, ...(isCertificate ? { x509Certificate: { rawBytes } } : { publicKey: { rawBytes } }) };
}

export function hashedRekordV2({ hash, digest, signature, verifier }: SignedDigest): EntryBody {
  return entry("hashedrekord", "0.0.2", {
    hashedRekordV002: {
      data: { algorithm: hashName(hash), digest: base64(digest) },
      signature: { content: base64(signature), verifier: verifierV2(verifier) },
    },
  });
}

/** What sigstore-js writes to Rekor v2. */
export function dsseV2(envelope: EnvelopeJson, verifier: EntryVerifier): EntryBody {
  const digest = createHash("sha256").update(Buffer.from(envelope.payload, "base64")).digest();
  return entry("dsse", "0.0.2", {
    dsseV002: {
      payloadHash: { algorithm: "SHA2_256", digest: base64(digest) },
      signatures: envelope.signatures.map(({ sig }) => ({ content: sig, verifier: verifierV2(verifier) })),
    },
  });
}
