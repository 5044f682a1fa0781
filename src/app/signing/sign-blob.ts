import {
  decodeStatement,
  encodeBundle,
  encodeCosignStatement,
  encodeEnvelope,
  type Statement,
} from "../../attestation/index.ts";
import { AmapError, digestHex, digestOf, encodeBase64, hashBytes, LIMITS, type Value } from "../../base/index.ts";
import type { Signer } from "../../ports/index.ts";
import type { World } from "../world.ts";
import { bundleOf, signPayload, witnessEnvelope } from "./sign-envelope.ts";
import { digestAlgorithmOf, type FormOptions, schemeOfBytes, schemeOfEnvelope } from "./signature-form.ts";
import { type SignatureWitnesses, witnessSignature } from "./witness-signature.ts";

/** A blob's signature with its parts, for files in the form of older versions of cosign. */
export interface SignedBlob {
  /** The Sigstore bundle. */
  readonly bundle: Uint8Array;
  /** Of bytes the signature; of a statement the JSON of its envelope. */
  readonly signature: Uint8Array;
  /** Of a statement: its bytes. */
  readonly payload?: Uint8Array;
  readonly witnesses: SignatureWitnesses;
}

/**
 * Signs a file's bytes, witnessed by services where they are asked for.
 * @throws {AmapError} NOT_SUPPORTED for a log entry that the older form cannot have; SIGNING_CONFIG_INVALID, SIGNING_SERVICE_FAILED, TIMEOUT, OFFLINE
 */
export async function signBlob(
  world: World,
  bytes: Uint8Array,
  signer: Signer,
  options: FormOptions = { form: "bundle" },
): Promise<SignedBlob> {
  const { spki, keyId } = signer.publicKey;
  const scheme = schemeOfBytes(signer, options);
  const algorithm = digestAlgorithmOf(scheme);
  const digest = { algorithm, bytes: hashBytes(algorithm, bytes) };
  const signature = await signer.sign(bytes, scheme);
  const signed = { kind: "message", digest, signature, key: spki, isCertificate: false } as const;
  const { witnesses: request } = options;
  const witnesses =
    request === undefined ? { logEntries: [], timestamps: [] } : await witnessSignature(world, request, signed, scheme);
  const bundle = encodeBundle({ message: { digest, signature }, keyHint: encodeBase64(keyId), ...witnesses });
  return { bundle, signature, witnesses };
}

/**
 * The bytes of a statement about a file by its digest, named by its file name, as cosign makes it.
 * @throws {AmapError} USAGE for a digest that is none, LIMIT_EXCEEDED
 */
export function statementAboutBlob(input: {
  readonly name: string;
  /** Its bytes, or SHA-256 of them in hex. */
  readonly artifact: Uint8Array | string;
  readonly predicateType: string;
  readonly predicate: Value;
}): Uint8Array {
  const { name, artifact, predicateType, predicate } = input;
  const sha256 = typeof artifact === "string" ? artifact.toLowerCase() : digestHex(digestOf(artifact));
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw new AmapError("USAGE", `expected SHA-256 in 64 hex digits, found "${sha256.slice(0, 80)}"`);
  }
  return encodeCosignStatement({ subject: { name, digest: { sha256 } }, predicateType, predicate });
}

/** A statement with the bytes that were read. */
export interface ReadStatement {
  readonly statement: Statement;
  readonly bytes: Uint8Array;
}

/** Reads an in-toto statement from a file. @throws {AmapError} FILE_NOT_FOUND, STATEMENT_INVALID with the file's name */
export async function readStatement(world: World, path: string): Promise<ReadStatement> {
  const bytes = await world.files.read(path, LIMITS.attachmentBytes);
  const statement = decodeStatement(bytes);
  if (statement.ok) return { statement: statement.value, bytes };
  const [issue] = statement.issues;
  const place = issue === undefined || issue.path === "" ? "" : `${issue.path}: `;
  throw new AmapError("STATEMENT_INVALID", `${path}: ${place}${issue?.message ?? "malformed"}`);
}

/**
 * Signs the bytes of a statement as they stand, witnessed by services where they are asked for.
 * @throws {AmapError} SIGNING_CONFIG_INVALID, SIGNING_SERVICE_FAILED, TIMEOUT, OFFLINE
 */
export async function attestBlob(
  world: World,
  payload: Uint8Array,
  signer: Signer,
  options: FormOptions = { form: "bundle" },
): Promise<SignedBlob> {
  const envelope = await signPayload(payload, signer, schemeOfEnvelope(signer, options));
  const witnesses = await witnessEnvelope(world, envelope, signer, options);
  return { bundle: bundleOf(envelope, signer, witnesses), signature: encodeEnvelope(envelope), payload, witnesses };
}
