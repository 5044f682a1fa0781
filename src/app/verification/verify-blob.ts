import {
  createBundleVerifier,
  decodeBundle,
  isSamePredicateType,
  type SignedArtifact,
  type VerifiedBundle,
  type VerifierOptions,
} from "../../attestation/index.ts";
import { AmapError, isDigest, LIMITS } from "../../base/index.ts";
import type { World } from "../world.ts";

/** What a bundle must speak of, as the command line names it: a file, `-`, or a digest. */
export interface BlobRequest {
  readonly trust: VerifierOptions;
  /** The file of the Sigstore bundle. */
  readonly bundle: string;
  /** A file, `-` for standard input, or `sha256:` with 64 hex digits where there is no such file. */
  readonly artifact: string;
}

/**
 * Verifies a bundle of a signature over a file. An attestation about the file is none, whatever it says of it.
 * @throws {AmapError} the code of the refusal; BUNDLE_INVALID, BUNDLE_UNSUPPORTED for an attestation, FILE_NOT_FOUND
 */
export async function verifyBlob(world: World, request: BlobRequest): Promise<VerifiedBundle> {
  const verified = await verifyBundleFile(world, request, await readArtifact(world, request.artifact));
  if (verified.statement === undefined) return verified;
  const found = verified.statement.predicateType;
  throw new AmapError(
    "BUNDLE_UNSUPPORTED",
    `${request.bundle}: expected the signature of a file, found an attestation of ${found}`,
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
): Promise<VerifiedBundle> {
  const verified = await verifyBundleFile(world, request, await readArtifact(world, request.artifact));
  const found = verified.statement?.predicateType;
  if (found === undefined) {
    throw new AmapError("BUNDLE_UNSUPPORTED", `${request.bundle}: expected a statement, found the signature of a file`);
  }
  if (isSamePredicateType(found, request.predicateType)) return verified;
  throw new AmapError(
    "PREDICATE_TYPE_MISMATCH",
    `${request.bundle}: expected ${request.predicateType}, found ${found}`,
  );
}

async function verifyBundleFile(
  world: World,
  { trust, bundle: path }: BlobRequest,
  artifact: SignedArtifact,
): Promise<VerifiedBundle> {
  const bundle = decodeBundle(await world.files.read(path, LIMITS.attachmentBytes));
  if (!bundle.ok) {
    const [issue] = bundle.issues;
    const place = issue === undefined || issue.path === "" ? "" : `${issue.path}: `;
    throw new AmapError(issue?.code ?? "BUNDLE_INVALID", `${path}: ${place}${issue?.message ?? "malformed"}`);
  }
  const outcome = createBundleVerifier(trust).verify(bundle.value, artifact);
  if (outcome.ok) return outcome;
  const { code, message } = outcome.refusal;
  throw new AmapError(code, `${path}: ${message}`, { details: { checks: outcome.checks } });
}

async function readArtifact(world: World, name: string): Promise<SignedArtifact> {
  const path = name === "-" ? "/dev/stdin" : name;
  if (isDigest(name) && (await world.files.kindOf(name, { followLinks: true })) === undefined) {
    return { kind: "digests", digests: [name] };
  }
  return { kind: "bytes", bytes: await world.files.read(path, LIMITS.attachmentBytes) };
}
