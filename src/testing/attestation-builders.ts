import {
  type Candidate,
  createSignatureStatement,
  createStatement,
  type Envelope,
  encodeBundle,
  encodeEnvelope,
  encodeSimpleSigning,
  encodeStatement,
  type FoundAt,
  preAuthEncoding,
  STATEMENT_PAYLOAD_TYPE,
  type Statement,
  type TrustedKey,
} from "../attestation/index.ts";
import { type Digest, digestHex, digestOf, encodeBase64, encodeUtf8, type Value } from "../base/index.ts";
import type { Signer } from "../ports/index.ts";

/** A digest that depends on its name alone. */
export function testDigest(name: string): Digest {
  return digestOf(encodeUtf8(`test content ${name}`));
}

/** A signer's public key, trusted under a name. */
export function trustedKey(name: string, signer: Signer): TrustedKey {
  return { name, pem: signer.publicKeyPem };
}

/** The hint that bundles carry for a signer's key. */
export function keyHint(signer: Signer): string {
  return encodeBase64(signer.publicKey.keyId);
}

/** A Statement about one sha256 digest. */
export function testStatement(digest: Digest, predicateType: string, predicate: Value = {}): Statement {
  const subjects = [{ name: "127.0.0.1:5000/shop", digest: { sha256: digestHex(digest) } }];
  return createStatement({ subjects, predicateType, predicate });
}

/** Bytes in an envelope, signed by each signer in turn. */
export async function signPayload(
  payload: Uint8Array,
  signers: readonly Signer[],
  payloadType: string = STATEMENT_PAYLOAD_TYPE,
): Promise<Envelope> {
  const message = preAuthEncoding(payloadType, payload);
  const signatures = await Promise.all(signers.map(async (signer) => ({ sig: await signer.sign(message) })));
  return { payload, payloadType, signatures };
}

/** A Statement in a signed envelope. */
export async function signStatement(statement: Statement, ...signers: readonly Signer[]): Promise<Envelope> {
  return signPayload(encodeStatement(statement), signers);
}

/** An attestation as a bundle referrer: envelope and hint. */
export async function attestationBundle(statement: Statement, signer: Signer): Promise<Uint8Array> {
  return encodeBundle({ envelope: await signStatement(statement, signer), keyHint: keyHint(signer) });
}

/** An image signature as a bundle referrer. */
export async function signatureBundle(
  digest: Digest,
  signer: Signer,
  annotations: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  return attestationBundle(createSignatureStatement(digest, annotations), signer);
}

/** Bundle bytes as a candidate. */
export function bundleCandidate(bytes: Uint8Array): Candidate & { kind: "bundle" } {
  return { kind: "bundle", foundAt: foundAt("referrer", bytes), bytes };
}

/** A signed envelope as a layer of an `.att` tag. */
export function envelopeCandidate(
  envelope: Envelope,
  annotations: Readonly<Record<string, string>> = {},
): Candidate & { kind: "envelope" } {
  const bytes = encodeEnvelope(envelope);
  return {
    kind: "envelope",
    foundAt: foundAt("tag", bytes),
    bytes,
    annotations: { "dev.cosignproject.cosign/signature": "", ...annotations },
  };
}

/** A simple signing payload and its signature as a layer of a `.sig` tag. */
export async function simpleSigningCandidate(
  digest: Digest,
  signer: Signer,
  annotations?: Readonly<Record<string, Value>>,
): Promise<Candidate & { kind: "simple-signing" }> {
  const payload = encodeSimpleSigning({
    dockerReference: "127.0.0.1:5000/shop",
    digest,
    ...(annotations === undefined ? {} : { annotations }),
  });
  return simpleSigningLayer(payload, await signer.sign(payload));
}

/** Any payload and signature as a layer of a `.sig` tag. */
export function simpleSigningLayer(payload: Uint8Array, sig: Uint8Array): Candidate & { kind: "simple-signing" } {
  return {
    kind: "simple-signing",
    foundAt: foundAt("tag", payload),
    payload,
    annotations: { "dev.cosignproject.cosign/signature": encodeBase64(sig) },
  };
}

function foundAt(form: FoundAt["form"], bytes: Uint8Array): FoundAt {
  return { form, manifest: testDigest("manifest"), blob: digestOf(bytes) };
}
