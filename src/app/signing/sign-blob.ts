import {
  createStatement,
  decodeStatement,
  encodeBundle,
  type SigningConfig,
  type Statement,
} from "../../attestation/index.ts";
import {
  AmapError,
  digestHex,
  digestOf,
  encodeBase64,
  hashBytes,
  LIMITS,
  type SignatureScheme,
  type Value,
} from "../../base/index.ts";
import type { Signer } from "../../ports/index.ts";
import { bundleOf, signStatement, witnessEnvelope } from "../attachments/attach.ts";
import type { World } from "../world.ts";
import { witnessSignature } from "./witness-signature.ts";

/** The digest that a scheme signs, by its name; plain Ed25519 signs the bytes themselves, a log takes its digest form. */
function digestAlgorithmOf(scheme: SignatureScheme): "sha256" | "sha384" | "sha512" {
  if (scheme.startsWith("ed25519") || scheme.endsWith("sha512")) return "sha512";
  return scheme.endsWith("sha384") ? "sha384" : "sha256";
}

/**
 * Signs a file's bytes: a Sigstore bundle with the signature, witnessed by the services of `config` where one is given.
 * Ed25519 keys sign the digest (Ed25519ph) where a log is asked, since logs hold digests only.
 * @throws {AmapError} SIGNING_CONFIG_INVALID, SIGNING_SERVICE_FAILED, TIMEOUT, OFFLINE
 */
export async function signBlob(
  world: World,
  bytes: Uint8Array,
  signer: Signer,
  config?: SigningConfig,
): Promise<Uint8Array> {
  const { defaultScheme, spki, keyId } = signer.publicKey;
  const isLogged = (config?.transparencyLogs.length ?? 0) > 0;
  const scheme = defaultScheme === "ed25519" && isLogged ? "ed25519ph" : defaultScheme;
  const algorithm = digestAlgorithmOf(scheme);
  const digest = { algorithm, bytes: hashBytes(algorithm, bytes) };
  const signature = await signer.sign(bytes, scheme);
  const signed = { kind: "message", digest, signature, key: spki, isCertificate: false } as const;
  const witnesses = config === undefined ? {} : await witnessSignature(world, config, signed, scheme);
  return encodeBundle({ message: { digest, signature }, keyHint: encodeBase64(keyId), ...witnesses });
}

/**
 * A statement about a file by its digest, named by its file name, as cosign makes it.
 */
export function statementAboutBlob(input: {
  readonly name: string;
  /** Its bytes, or SHA-256 of them in hex. */
  readonly artifact: Uint8Array | string;
  readonly predicateType: string;
  readonly predicate: Value;
}): Statement {
  const { name, artifact, predicateType, predicate } = input;
  const sha256 = typeof artifact === "string" ? artifact.toLowerCase() : digestHex(digestOf(artifact));
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw new AmapError("USAGE", `expected SHA-256 in 64 hex digits, found "${sha256.slice(0, 80)}"`);
  }
  return createStatement({ subjects: [{ name, digest: { sha256 } }], predicateType, predicate });
}

/** Reads an in-toto statement from a file. @throws {AmapError} FILE_NOT_FOUND, STATEMENT_INVALID with the file's name */
export async function readStatement(world: World, path: string): Promise<Statement> {
  const statement = decodeStatement(await world.files.read(path, LIMITS.attachmentBytes));
  if (statement.ok) return statement.value;
  const [issue] = statement.issues;
  const place = issue === undefined || issue.path === "" ? "" : `${issue.path}: `;
  throw new AmapError("STATEMENT_INVALID", `${path}: ${place}${issue?.message ?? "malformed"}`);
}

/**
 * Signs a statement: a Sigstore bundle with the envelope, witnessed by the services of `config` where one is given.
 * @throws {AmapError} SIGNING_CONFIG_INVALID, SIGNING_SERVICE_FAILED, TIMEOUT, OFFLINE
 */
export async function attestBlob(
  world: World,
  statement: Statement,
  signer: Signer,
  config?: SigningConfig,
): Promise<Uint8Array> {
  const envelope = await signStatement(statement, signer);
  return bundleOf(envelope, signer, await witnessEnvelope(world, envelope, signer, config));
}
