import {
  type Envelope,
  encodeBundle,
  encodeStatement,
  preAuthEncoding,
  STATEMENT_PAYLOAD_TYPE,
  type Statement,
} from "../../attestation/index.ts";
import { encodeBase64, type SignatureScheme } from "../../base/index.ts";
import type { Signer } from "../../ports/index.ts";
import type { World } from "../world.ts";
import { type FormOptions, schemeOfEnvelope } from "./signature-form.ts";
import { type SignatureWitnesses, witnessSignature } from "./witness-signature.ts";

/** A statement in a signed DSSE envelope. */
export function signStatement(statement: Statement, signer: Signer): Promise<Envelope> {
  return signPayload(encodeStatement(statement), signer);
}

/** The bytes of a statement, as they stand, in a signed DSSE envelope; by the key's own scheme, or another that fits it. */
export async function signPayload(payload: Uint8Array, signer: Signer, scheme?: SignatureScheme): Promise<Envelope> {
  const sig = await signer.sign(preAuthEncoding(STATEMENT_PAYLOAD_TYPE, payload), scheme);
  return { payload, payloadType: STATEMENT_PAYLOAD_TYPE, signatures: [{ sig }] };
}

/** A signed envelope as a Sigstore bundle that names its key. */
export function bundleOf(envelope: Envelope, signer: Signer, witnesses?: SignatureWitnesses): Uint8Array {
  return encodeBundle({ envelope, keyHint: encodeBase64(signer.publicKey.keyId), ...witnesses });
}

/**
 * What services say about an envelope's signature, which was made in a form; nothing where none is asked.
 * @throws {AmapError} SIGNING_CONFIG_INVALID, SIGNING_SERVICE_FAILED, TIMEOUT, OFFLINE
 */
export async function witnessEnvelope(
  world: World,
  envelope: Envelope,
  signer: Signer,
  options: FormOptions,
): Promise<SignatureWitnesses> {
  const { witnesses: request } = options;
  const [first] = envelope.signatures;
  if (request === undefined || first === undefined) return { logEntries: [], timestamps: [] };
  const { spki } = signer.publicKey;
  const signed = { kind: "envelope", envelope, signature: first.sig, key: spki, isCertificate: false } as const;
  return witnessSignature(world, request, signed, schemeOfEnvelope(signer, options));
}
