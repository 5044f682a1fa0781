import {
  createBundleVerifier,
  decodeBundle,
  isSamePredicateType,
  type SignedArtifact,
  type VerifierOptions,
} from "../../attestation/index.ts";
import { AmapError, isAmapError, isDigest, LIMITS } from "../../base/index.ts";
import type { World } from "../world.ts";
import {
  isOldBundle,
  type OldBlobMaterial,
  type VerifiedBlob,
  verifyOldBlob,
  verifyOldBlobAttestation,
} from "./old-blob.ts";

/** What a bundle must speak of, as the command line names it: a file, `-`, or a digest. */
export interface BlobRequest {
  readonly trust: VerifierOptions;
  /** The file of the bundle: Sigstore's, or cosign's old one. */
  readonly bundle?: string;
  /** What is given one by one; with a Sigstore bundle nothing may be. */
  readonly given?: OldBlobMaterial;
  /** A file, `-` for standard input, or `sha256:`, `sha384:` or `sha512:` with hex digits where there is no such file. */
  readonly artifact: string;
}

/**
 * Verifies a bundle of a signature over a file. An attestation about the file is none, whatever it says of it.
 * @throws {AmapError} the code of the refusal; BUNDLE_INVALID, BUNDLE_UNSUPPORTED for an attestation, FILE_NOT_FOUND
 */
export async function verifyBlob(world: World, request: BlobRequest): Promise<VerifiedBlob> {
  const verified = await verifyBy(world, request, verifyOldBlob);
  if (verified.statement === undefined) return verified;
  const found = verified.statement.predicateType;
  throw new AmapError(
    "BUNDLE_UNSUPPORTED",
    `${nameOf(request)}: expected the signature of a file, found an attestation of ${found}`,
    {
      hint: "Verify it with `amap verify-blob-attestation --type TYPE`.",
    },
  );
}

/**
 * Verifies a bundle whose statement is of a type, and about a file or digest.
 * @throws {AmapError} as {@link verifyBlob}; PREDICATE_TYPE_MISMATCH, BUNDLE_UNSUPPORTED for a bundle without a statement
 */
export async function verifyBlobAttestation(
  world: World,
  request: BlobRequest & { readonly predicateType: string },
): Promise<VerifiedBlob> {
  const verified = await verifyBy(world, request, verifyOldBlobAttestation);
  const name = nameOf(request);
  const found = verified.statement?.predicateType;
  if (found === undefined) {
    throw new AmapError("BUNDLE_UNSUPPORTED", `${name}: expected a statement, found the signature of a file`);
  }
  if (isSamePredicateType(found, request.predicateType)) return verified;
  throw new AmapError("PREDICATE_TYPE_MISMATCH", `${name}: expected ${request.predicateType}, found ${found}`);
}

function nameOf({ bundle, given }: BlobRequest): string {
  return bundle ?? given?.signature?.slice(0, 100) ?? "the signature";
}

async function verifyBy(world: World, request: BlobRequest, verifyOld: typeof verifyOldBlob): Promise<VerifiedBlob> {
  const { trust, given = {} } = request;
  const artifact = await readArtifact(world, request.artifact);
  const bundle =
    request.bundle === undefined ? undefined : await world.files.read(request.bundle, LIMITS.attachmentBytes);
  try {
    if (bundle === undefined) return await verifyOld(world, trust, artifact, given);
    if (isOldBundle(bundle)) return await verifyOld(world, trust, artifact, { ...given, bundle });
    refuseBeside(given);
    return verifyNewBundle(trust, bundle, artifact);
  } catch (error) {
    if (!isAmapError(error) || error.code === "USAGE" || error.code === "FILE_NOT_FOUND") throw error;
    const { hint, details } = error;
    throw new AmapError(error.code, `${nameOf(request)}: ${error.message}`, { hint, details, cause: error });
  }
}

/** A Sigstore bundle holds all that proves its signature: what is given beside it would be ignored. */
function refuseBeside(given: OldBlobMaterial): void {
  const [name] = Object.entries(given).flatMap(([each, value]) => (value === undefined ? [] : [each]));
  if (name === undefined) return;
  const flag = name === "timestamp" ? "--rfc3161-timestamp" : `--${name}`;
  throw new AmapError("USAGE", `${flag}: the Sigstore bundle holds it; expected it without ${flag}`);
}

function verifyNewBundle(trust: VerifierOptions, bytes: Uint8Array, artifact: SignedArtifact): VerifiedBlob {
  const bundle = decodeBundle(bytes, trust);
  if (!bundle.ok) {
    const [issue] = bundle.issues;
    const place = issue === undefined || issue.path === "" ? "" : `${issue.path}: `;
    throw new AmapError(issue?.code ?? "BUNDLE_INVALID", `${place}${issue?.message ?? "malformed"}`);
  }
  const outcome = createBundleVerifier(trust).verify(bundle.value, artifact);
  if (outcome.ok) return outcome;
  const { code, message } = outcome.refusal;
  throw new AmapError(code, message, { details: { checks: outcome.checks } });
}

/** A digest that only blobs have; those of images are `isDigest`. */
function isSha384(name: string): name is `sha384:${string}` {
  return /^sha384:[0-9a-f]{96}$/.test(name);
}

async function readArtifact(world: World, name: string): Promise<SignedArtifact> {
  const path = name === "-" ? "/dev/stdin" : name;
  const isNamedDigest = isDigest(name) || isSha384(name);
  if (isNamedDigest && (await world.files.kindOf(name, { followLinks: true })) === undefined) {
    return { kind: "digests", digests: [name] };
  }
  return { kind: "bytes", bytes: await world.files.read(path, LIMITS.attachmentBytes) };
}
