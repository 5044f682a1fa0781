import {
  ATTACHMENT_ANNOTATIONS,
  type Bundle,
  type BundleMaterial,
  createBundleVerifier,
  decodeCertificatesPem,
  decodeOldBundle,
  encodeLogEntryAnnotation,
  type OldBundle,
  type SignedArtifact,
  type VerifiedBundle,
  type VerifierOptions,
  verifyCandidates,
} from "../../attestation/index.ts";
import {
  AmapError,
  type Digest,
  decodeBase64,
  decodeHex,
  digestOf,
  encodeHex,
  hashBytes,
  isDigest,
  isValueObject,
  LIMITS,
  memberOf,
  readJsonFast,
  writePemBlock,
} from "../../base/index.ts";
import { encodeTimestampText } from "../signing/old-files.ts";
import type { World } from "../world.ts";
import { readSignatureText } from "./given-candidates.ts";
import { readCertificates } from "./given-services.ts";

/** What proves a signature of a file in the ways that were there before Sigstore bundles. */
export interface OldBlobMaterial {
  /** A file with a signature, or base64 of it; of an attestation the envelope. */
  readonly signature?: string;
  /** A file with the signer's certificate in PEM. */
  readonly certificate?: string;
  /** A file with a timestamp as cosign writes it. */
  readonly timestamp?: string;
}

/** What is known of a file's signature that verifies. */
export type VerifiedBlob = Pick<VerifiedBundle, "signer" | "signedTime" | "statement" | "checks" | "notes">;

/** All that stands beside an old signature. */
interface OldEvidence {
  readonly signature: Uint8Array;
  readonly certificatePem?: string;
  readonly logEntry?: OldBundle["logEntry"];
  readonly timestamp?: Uint8Array;
}

/** Whether bytes are cosign's old bundle, by the one member that it always has. */
export function isOldBundle(bytes: Uint8Array): boolean {
  try {
    const value = readJsonFast(bytes, { maxBytes: LIMITS.attachmentBytes });
    return isValueObject(value) && memberOf(value, "base64Signature") !== undefined;
  } catch (error) {
    if (error instanceof AmapError) return false;
    throw error;
  }
}

/**
 * Verifies a file's signature by an old bundle, or by what flags name one by one.
 * @throws {AmapError} the code of the refusal, with the checks in its details; USAGE, FILE_NOT_FOUND, BUNDLE_INVALID
 */
export async function verifyOldBlob(
  world: World,
  trust: VerifierOptions,
  artifact: SignedArtifact,
  given: OldBlobMaterial & { readonly bundle?: Uint8Array },
): Promise<VerifiedBlob> {
  const evidence = await readEvidence(world, given);
  const bundle: Bundle = {
    // The older rule of proofs: a promise of the log.
    version: "0.1",
    material: materialOf(evidence, trust),
    content: {
      kind: "messageSignature",
      messageSignature: { digest: sha256Of(artifact), signature: evidence.signature },
    },
    logEntries: evidence.logEntry === undefined ? [] : [evidence.logEntry],
    timestamps: evidence.timestamp === undefined ? [] : [evidence.timestamp],
  };
  const outcome = createBundleVerifier(trust).verify(bundle, artifact);
  if (outcome.ok) return outcome;
  const { code, message } = outcome.refusal;
  throw new AmapError(code, message, { details: { checks: outcome.checks } });
}

/**
 * As {@link verifyOldBlob}, for an attestation: what is signed is an envelope with a statement about the file.
 * @throws {AmapError} as {@link verifyOldBlob}
 */
export async function verifyOldBlobAttestation(
  world: World,
  trust: VerifierOptions,
  artifact: SignedArtifact,
  given: OldBlobMaterial & { readonly bundle?: Uint8Array },
): Promise<VerifiedBlob> {
  const { signature: bytes, certificatePem, logEntry, timestamp } = await readEvidence(world, given);
  const digest = digestOf(bytes);
  const entry = logEntry === undefined ? undefined : encodeLogEntryAnnotation(logEntry);
  const token = timestamp === undefined ? undefined : encodeTimestampText(timestamp);
  const annotations = {
    ...(certificatePem === undefined ? {} : { [ATTACHMENT_ANNOTATIONS.certificate]: certificatePem }),
    ...(entry === undefined ? {} : { [ATTACHMENT_ANNOTATIONS.transparencyLog]: entry }),
    ...(token === undefined ? {} : { [ATTACHMENT_ANNOTATIONS.timestamp]: token }),
  };
  const foundAt = { form: "file", manifest: digest, blob: digest } as const;
  const { attestations, rejected } = verifyCandidates([{ kind: "envelope", foundAt, bytes, annotations }], {
    ...trust,
    keys: trust.keys ?? [],
    subjects: digestsOf(artifact),
  });
  const [found] = attestations;
  if (found !== undefined) return { ...found, checks: found.checks ?? [] };
  const [refused] = rejected;
  throw new AmapError(
    refused?.code ?? "BUNDLE_UNSUPPORTED",
    refused?.message ?? "expected an attestation, found the signature of an image",
    { details: { checks: refused?.checks ?? [] } },
  );
}

async function readEvidence(
  world: World,
  given: OldBlobMaterial & { readonly bundle?: Uint8Array },
): Promise<OldEvidence> {
  const old = given.bundle === undefined ? undefined : decodeOldOrThrow(given.bundle);
  const signature = given.signature === undefined ? old?.signature : await readSignature(world, given.signature);
  if (signature === undefined) {
    throw new AmapError("USAGE", "expected --bundle, or --signature, found neither", {
      hint: "Pass the Sigstore bundle that signing wrote: `--bundle FILE`.",
    });
  }
  const certificatePem = await readCertificate(world, given.certificate, old?.certificatePem);
  return {
    signature,
    ...(certificatePem === undefined ? {} : { certificatePem }),
    ...(old?.logEntry === undefined ? {} : { logEntry: old.logEntry }),
    ...(given.timestamp === undefined ? {} : { timestamp: await readOldTimestamp(world, given.timestamp) }),
  };
}

/** @throws {AmapError} BUNDLE_INVALID, TLOG_ENTRY_INVALID */
function decodeOldOrThrow(bytes: Uint8Array): OldBundle {
  const decoded = decodeOldBundle(bytes);
  if (decoded.ok) return decoded.value;
  const [issue] = decoded.issues;
  const place = issue === undefined || issue.path === "" ? "" : `${issue.path}: `;
  throw new AmapError(issue?.code ?? "BUNDLE_INVALID", `the old bundle: ${place}${issue?.message ?? "malformed"}`);
}

/** The bytes of a signature, or of an envelope that was written as it is. */
async function readSignature(world: World, given: string): Promise<Uint8Array> {
  return decodeBase64(await readSignatureText(world, given)) ?? new Uint8Array();
}

/** The certificate that both name, or the one that is there. cosign puts the public key there for keys: that is none. */
async function readCertificate(
  world: World,
  path: string | undefined,
  inBundle: string | undefined,
): Promise<string | undefined> {
  const beside = inBundle?.includes("BEGIN PUBLIC KEY") === true ? undefined : inBundle;
  if (path === undefined) return beside;
  const [given] = await readCertificates(world, path);
  const der = given?.der ?? new Uint8Array();
  const other = beside === undefined ? undefined : decodeCertificatesPem(beside);
  if (other?.ok === true && encodeHex(other.value[0]?.der ?? new Uint8Array()) !== encodeHex(der)) {
    throw new AmapError(
      "CERTIFICATE_INVALID",
      `${path}: expected the certificate that the bundle holds, found another`,
    );
  }
  return writePemBlock("CERTIFICATE", der);
}

/**
 * A timestamp as cosign writes it to a file of its own.
 * @throws {AmapError} FILE_NOT_FOUND, TIMESTAMP_INVALID
 */
export async function readOldTimestamp(world: World, path: string): Promise<Uint8Array> {
  const bytes = await world.files.read(path, LIMITS.trustRootBytes);
  const text = readMember(bytes);
  const token = text === undefined ? undefined : decodeBase64(text);
  if (token !== undefined && token.length > 0) return token;
  const expected = `{"SignedRFC3161Timestamp": base64}`;
  throw new AmapError("TIMESTAMP_INVALID", `${path}: expected a timestamp as cosign writes it, ${expected}`);
}

function readMember(bytes: Uint8Array): string | undefined {
  try {
    const value = readJsonFast(bytes, { maxBytes: LIMITS.trustRootBytes });
    const member = isValueObject(value) ? memberOf(value, "SignedRFC3161Timestamp") : undefined;
    return typeof member === "string" ? member : undefined;
  } catch (error) {
    if (error instanceof AmapError) return undefined;
    throw error;
  }
}

/** What proves who signed: the certificate where identities are trusted, else a key. A key ring may hold both. */
function materialOf({ certificatePem }: OldEvidence, { keys = [], identities = [] }: VerifierOptions): BundleMaterial {
  if (identities.length === 0 || (certificatePem === undefined && keys.length > 0)) return { kind: "publicKey" };
  const decoded = certificatePem === undefined ? undefined : decodeCertificatesPem(certificatePem);
  const [certificate, ...others] = decoded?.ok === true ? decoded.value : [];
  if (certificate !== undefined) {
    return { kind: "certificate", certificate: certificate.der, intermediates: others.map(({ der }) => der) };
  }
  if (decoded?.ok === false) {
    throw new AmapError("CERTIFICATE_INVALID", decoded.issues[0]?.message ?? "expected a certificate in PEM");
  }
  throw new AmapError("USAGE", "expected the signer's certificate, in the old bundle or by --certificate, found none", {
    hint: "A signature that a key made is verified with --key.",
  });
}

/** The digest that logs hold of a signed file. */
function sha256Of(artifact: SignedArtifact): { readonly algorithm: "sha256"; readonly bytes: Uint8Array } {
  if (artifact.kind === "bytes") return { algorithm: "sha256", bytes: hashBytes("sha256", artifact.bytes) };
  const digest = artifact.digests.find((each) => each.startsWith("sha256:"));
  const bytes = digest === undefined ? undefined : decodeHex(digest.slice("sha256:".length));
  if (bytes !== undefined) return { algorithm: "sha256", bytes };
  throw new AmapError("USAGE", "expected the file, or its sha256 digest: an old signature is over sha256");
}

function digestsOf(artifact: SignedArtifact): readonly Digest[] {
  if (artifact.kind === "digests") return artifact.digests.filter((digest): digest is Digest => isDigest(digest));
  return [digestOf(artifact.bytes), `sha512:${encodeHex(hashBytes("sha512", artifact.bytes))}`];
}
