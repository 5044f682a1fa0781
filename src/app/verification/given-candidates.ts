import {
  ATTACHMENT_ANNOTATIONS,
  type Candidate,
  encodeSimpleSigning,
  type RejectedCandidate,
} from "../../attestation/index.ts";
import {
  AmapError,
  decodeBase64,
  decodeUtf8,
  digestOf,
  encodeBase64,
  encodeUtf8,
  LIMITS,
  writePemBlock,
} from "../../base/index.ts";
import type { OpenImage } from "../open-image.ts";
import type { World } from "../world.ts";
import { readCertificates } from "./given-services.ts";

/** What cosign's tags are expected to hold, given by files in place of it. */
export interface GivenMaterial {
  /** A signature, or base64 of one: a file, or the base64 itself. */
  readonly signature?: string;
  /** The payload that was signed; left out, the one that cosign makes of the image's name and digest. */
  readonly payload?: string;
}

/**
 * The signature of a file as a candidate for an image, or undefined where none is given.
 * @throws {AmapError} USAGE for a payload without a signature, FILE_NOT_FOUND, FILE_UNREADABLE
 */
export async function readGivenSignature(
  world: World,
  image: OpenImage,
  { signature, payload }: GivenMaterial,
): Promise<Candidate | undefined> {
  if (signature === undefined) {
    if (payload === undefined) return undefined;
    throw new AmapError("USAGE", "--payload: expected --signature, too; a payload is not signed by itself");
  }
  const base64 = await readSignatureText(world, signature);
  const bytes =
    payload === undefined
      ? encodeSimpleSigning({ dockerReference: image.storage.repository, digest: image.descriptor.digest })
      : await world.files.read(payload, LIMITS.attachmentBytes);
  const blob = digestOf(bytes);
  const foundAt = { form: "file", manifest: digestOf(encodeUtf8(base64)), blob } as const;
  return {
    kind: "simple-signing",
    foundAt,
    payload: bytes,
    annotations: { [ATTACHMENT_ANNOTATIONS.signature]: base64 },
  };
}

/**
 * A signature in base64: of a file that holds it or its bytes, or, where there is no such file, the text itself.
 * @throws {AmapError} FILE_NOT_FOUND, FILE_UNREADABLE
 */
export async function readSignatureText(world: World, given: string): Promise<string> {
  const isFile = given === "-" || (await world.files.kindOf(given, { followLinks: true })) !== undefined;
  if (!isFile && decodeBase64(given.trim()) !== undefined) return given.trim();
  const bytes = await world.files.read(given === "-" ? "/dev/stdin" : given, LIMITS.attachmentBytes);
  const text = decodeUtf8(bytes)?.trim();
  return text !== undefined && decodeBase64(text) !== undefined ? text : encodeBase64(bytes);
}

/** A certificate for signatures under cosign's tags, in place of what stands beside them. */
export interface GivenCertificate {
  readonly certificatePem: string;
  /** What leads from it to a root; empty where nothing is given. */
  readonly chainPem: string;
}

/**
 * Reads a certificate and, where it is given, its chain.
 * @throws {AmapError} FILE_NOT_FOUND, CERTIFICATE_INVALID, USAGE for a file with more than one
 */
export async function readGivenCertificate(
  world: World,
  path: string | undefined,
  chainPath: string | undefined,
): Promise<GivenCertificate | undefined> {
  if (path === undefined) return undefined;
  const [certificate] = await readCertificates(world, path);
  const chain = chainPath === undefined ? [] : await readCertificates(world, chainPath);
  const toPem = (der: Uint8Array): string => writePemBlock("CERTIFICATE", der);
  return {
    certificatePem: toPem(certificate?.der ?? new Uint8Array()),
    chainPem: chain.map(({ der }) => toPem(der)).join(""),
  };
}

/**
 * The candidates as signatures by the holder of a given certificate: the certificate takes the place of the one beside a
 * signature, so that a signature by anybody else does not verify. A bundle names its signer itself and is refused.
 */
export function useCertificate(
  candidates: readonly Candidate[],
  { certificatePem, chainPem }: GivenCertificate,
): { readonly candidates: readonly Candidate[]; readonly rejected: readonly RejectedCandidate[] } {
  const named = { [ATTACHMENT_ANNOTATIONS.certificate]: certificatePem, [ATTACHMENT_ANNOTATIONS.chain]: chainPem };
  const message = "expected a signature that the given certificate's holder made, found a bundle, which names its own";
  return {
    candidates: candidates.flatMap((candidate): readonly Candidate[] =>
      candidate.kind === "bundle" ? [] : [{ ...candidate, annotations: { ...candidate.annotations, ...named } }],
    ),
    rejected: candidates
      .filter(({ kind }) => kind === "bundle")
      .map(({ kind, foundAt }) => ({ kind, foundAt, code: "BUNDLE_UNSUPPORTED", message })),
  };
}
