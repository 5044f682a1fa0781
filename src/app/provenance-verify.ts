import {
  type Candidate,
  type RejectedCandidate,
  type TrustedIdentity,
  type TrustedKey,
  type VerifiedAttestation,
  type VerifierOptions,
  verifyCandidates,
} from "../attestation/index.ts";
import { AmapError, type Digest, isDigest, LIMITS, memberOf, readJson, startHash } from "../base/index.ts";
import {
  type BuildClaims,
  type BuildExpectations,
  type BuilderList,
  type BuildSigner,
  type BuildVerdict,
  believedBuilders,
  decodeBuilderList,
  decodeVersionedProvenance,
  isProvenanceType,
  judgeBuild,
  parseSourceUri,
  readBuildClaims,
  unlistedBuilders,
  type VersionedProvenance,
} from "../metadata/index.ts";
import { collectCandidates } from "./attachments/attachments.ts";
import { parseImageTarget } from "./image-target.ts";
import { openImage } from "./open-image.ts";
import type { World } from "./world.ts";

/** Which builders are believed, and by whose signatures. */
export interface BuilderTrust extends BuilderList {
  /** Where the list is from: a path with its digest, or `urn:amap:builders:…`. */
  readonly source: { readonly uri: string; readonly digest?: Digest };
  /** Who may sign; undefined where the caller's own flags say it. */
  readonly signers?: { readonly keys: readonly TrustedKey[]; readonly identities: readonly TrustedIdentity[] };
}

/** What decides which builders are believed. */
export interface BuilderRequest {
  /** A file with a list. */
  readonly path?: string;
  readonly builderId?: string;
  /** Whether a key, an identity or a key ring is given: it signs for `builderId` then. */
  readonly hasOwnSigners: boolean;
}

/**
 * Which builders are believed: those of a file; or the one that is named, signed by whom the caller trusts; or those that
 * amap knows, with the one that is named as a workflow of GitHub's where it is none of them.
 * @throws {AmapError} USAGE for a contradiction, FILE_NOT_FOUND, LIMIT_EXCEEDED, DOCUMENT_INVALID with the place
 */
export async function readBuilderTrust(world: World, request: BuilderRequest): Promise<BuilderTrust> {
  const { path, builderId, hasOwnSigners } = request;
  if (path !== undefined && hasOwnSigners) {
    throw new AmapError("USAGE", "--builders says who signs for each builder: leave out --key and the identities");
  }
  if (path !== undefined) {
    const bytes = await world.files.read(path, LIMITS.builderListBytes);
    const decoded = decodeBuilderList(bytes);
    if (!decoded.ok) {
      const [issue] = decoded.issues;
      throw new AmapError("DOCUMENT_INVALID", `${path}: ${issue?.path ?? ""}: ${issue?.message ?? "malformed"}`, {
        details: { issues: decoded.issues },
      });
    }
    return withSigners({ ...decoded.value, source: { uri: path, digest: sha256Of(bytes) } });
  }
  if (hasOwnSigners) {
    if (builderId === undefined) {
      throw new AmapError("USAGE", "--builder-id is needed: it says for which builder this key or identity may speak", {
        hint: "Name the builder, or give a list of builders with --builders FILE.",
      });
    }
    const builders = unlistedBuilders(builderId, [{ kind: "anyone-trusted" }]);
    return { builders, buildTypes: [], source: { uri: "urn:amap:builders:given" } };
  }
  return withSigners({
    builders: believedBuilders(builderId),
    buildTypes: [],
    source: { uri: "urn:amap:builders:known" },
  });
}

function sha256Of(bytes: Uint8Array): Digest {
  const hash = startHash("sha256");
  hash.update(bytes);
  return `sha256:${hash.digestHex()}`;
}

/** The signers of all builders; which of them may speak for which is judged of each statement. */
function withSigners(list: Omit<BuilderTrust, "signers">): BuilderTrust {
  const all = list.builders.flatMap(({ signers }) => signers);
  const identities = new Map<string, TrustedIdentity>();
  const keys = new Map<string, TrustedKey>();
  for (const signer of all) {
    if (signer.kind === "key") keys.set(signer.publicKeyPem, { name: `a builder's key`, pem: signer.publicKeyPem });
    if (signer.kind !== "certificate") continue;
    const { issuer } = signer;
    identities.set(issuer, { name: issuer, issuer: { exact: issuer } });
  }
  const named = [...keys.values()].map((key, index) => ({ ...key, name: `builder key ${index + 1}` }));
  return { ...list, signers: { keys: named, identities: [...identities.values()] } };
}

/** What is verified: its name, and the digests that a statement may name it by. */
export interface BuiltArtifact {
  readonly name: string;
  readonly kind: "image" | "file" | "digest";
  readonly digests: readonly Digest[];
  /** What stands beside an image. */
  readonly candidates: readonly Candidate[];
}

/**
 * Opens an artifact: a file that is there; `sha256:…` or `sha512:…`; else an image, whose tag is resolved once.
 * @throws {AmapError} FILE_UNREADABLE, REFERENCE_INVALID, MANIFEST_NOT_FOUND and as {@link openImage}
 */
export async function openBuiltArtifact(
  world: World,
  name: string,
  options: { readonly needsCandidates: boolean },
): Promise<BuiltArtifact> {
  const kind = name.startsWith("oci:") ? undefined : await world.files.kindOf(name, { followLinks: true });
  if (kind === "file" || kind === "other") {
    return { name, kind: "file", digests: await digestsOf(world, name), candidates: [] };
  }
  if (isDigest(name)) return { name, kind: "digest", digests: [name], candidates: [] };
  if (kind === "directory" && options.needsCandidates) {
    throw new AmapError("USAGE", `${name} is a folder; expected a file or an image`, {
      hint: `An image in a layout is written oci:${name}.`,
    });
  }
  if (kind === undefined && /^(?:\/|\.\.?\/)/.test(name)) {
    throw new AmapError("FILE_NOT_FOUND", `${name}: there is no such file`);
  }
  const image = await openImage(world, parseImageTarget(name));
  const candidates = options.needsCandidates ? await collectCandidates(image, { kinds: ["att"] }) : [];
  return { name, kind: "image", digests: [image.descriptor.digest], candidates };
}

/** Statements name files by sha256, npm's by sha512. */
async function digestsOf(world: World, path: string): Promise<readonly Digest[]> {
  const [sha256, sha512] = [startHash("sha256"), startHash("sha512")];
  for await (const chunk of world.files.readChunks(path)) {
    sha256.update(chunk);
    sha512.update(chunk);
  }
  return [`sha256:${sha256.digestHex()}`, `sha512:${sha512.digestHex()}`];
}

/** How an artifact's provenance is verified. */
export interface ProvenanceRequest {
  readonly trust: VerifierOptions;
  readonly builders: BuilderTrust;
  readonly expected: BuildExpectations & { readonly sourceUri: string };
  /** Judged in place of what stands beside the image. */
  readonly candidates?: readonly Candidate[];
}

/** One verified statement, judged. */
export interface JudgedProvenance {
  readonly attestation: VerifiedAttestation;
  readonly provenance: VersionedProvenance;
  readonly claims: BuildClaims;
  readonly verdict: BuildVerdict;
}

/** What came of an artifact's provenance. */
export interface ProvenanceOutcome {
  readonly artifact: BuiltArtifact;
  /** The statement that proves the most; undefined where none is accepted. */
  readonly accepted?: JudgedProvenance;
  readonly judged: readonly JudgedProvenance[];
  readonly rejected: readonly RejectedCandidate[];
  /** Why nothing is accepted. */
  readonly refusal?: AmapError;
}

/**
 * Verifies the provenance of an artifact: a signature by whom the list names, for this digest, and every expectation. A
 * statement that is not the expected one takes nothing from another that is.
 * @throws {AmapError} USAGE for a source that is none; whatever is not accepted is `refusal`
 */
export function verifyProvenance(artifact: BuiltArtifact, request: ProvenanceRequest): ProvenanceOutcome {
  if (parseSourceUri(request.expected.sourceUri)?.ref !== undefined || !isSource(request.expected.sourceUri)) {
    throw new AmapError(
      "USAGE",
      `--source-uri: expected a repository such as github.com/acme/shop, found "${request.expected.sourceUri.slice(0, 200)}"`,
      { hint: "Branches and tags have flags of their own: --source-branch, --source-tag, --source-versioned-tag." },
    );
  }
  const candidates = request.candidates ?? artifact.candidates;
  const { attestations, rejected } = verifyCandidates(candidates, {
    ...request.trust,
    keys: request.trust.keys ?? [],
    subjects: artifact.digests,
  });
  const judged: JudgedProvenance[] = [];
  const unread: RejectedCandidate[] = [];
  for (const attestation of attestations) {
    const outcome = judgeAttestation(attestation, artifact, request);
    if ("code" in outcome) unread.push(outcome);
    else judged.push(outcome);
  }
  const best = judged
    .filter(({ verdict }) => verdict.accepted)
    .toSorted((one, other) => other.verdict.level.level - one.verdict.level.level);
  const [accepted] = best;
  const all = { artifact, judged, rejected: [...rejected, ...unread] };
  return accepted === undefined ? { ...all, refusal: refuse(all, candidates) } : { ...all, accepted };
}

function isSource(uri: string): boolean {
  return parseSourceUri(uri) !== undefined;
}

function judgeAttestation(
  attestation: VerifiedAttestation,
  artifact: BuiltArtifact,
  { trust, builders, expected }: ProvenanceRequest,
): JudgedProvenance | RejectedCandidate {
  const { predicateType, predicate, foundAt } = attestation;
  const reject = (code: RejectedCandidate["code"], message: string): RejectedCandidate => ({
    foundAt,
    kind: "bundle",
    code,
    message,
    claims: { predicateType },
  });
  if (!isProvenanceType(predicateType)) {
    return reject(
      "PREDICATE_TYPE_MISMATCH",
      `expected SLSA provenance 1, 0.2 or 0.1, found ${predicateType.slice(0, 200)}`,
    );
  }
  const decoded = decodeVersionedProvenance(predicateType, predicate);
  if (!decoded.ok) {
    const [issue] = decoded.issues;
    return reject(
      "STATEMENT_INVALID",
      `the signature holds, but ${issue?.path ?? ""}: ${issue?.message ?? "malformed"}`,
    );
  }
  const claims = readBuildClaims(decoded.value.provenance, builders.buildTypes);
  const signer = signerOf(attestation, trust);
  const subjectName = subjectNameOf(attestation, artifact);
  const build = { claims, signer, ...(subjectName === undefined ? {} : { subjectName }) };
  const verdict = judgeBuild(build, builders.builders, expected);
  return { attestation, provenance: decoded.value, claims, verdict };
}

/** Keys by what they are: the list names them so. */
function signerOf({ signer }: VerifiedAttestation, { keys = [] }: VerifierOptions): BuildSigner {
  if (signer.kind === "certificate") return signer;
  const names = new Set([signer.name, ...(signer.otherNames ?? [])]);
  return {
    kind: "key",
    name: signer.name,
    publicKeyPems: keys.filter(({ name }) => names.has(name)).map(({ pem }) => pem),
  };
}

/** The name of the subject that is this artifact, of several. */
function subjectNameOf({ statement }: VerifiedAttestation, { digests }: BuiltArtifact): string | undefined {
  const found = statement.subject.find(({ digest }) =>
    Object.entries(digest).some(([algorithm, hex]) => digests.some((each) => each === `${algorithm}:${hex}`)),
  );
  return found?.name;
}

/** Why nothing is accepted: the first check that failed of each statement, or why none was verified. */
function refuse(
  { artifact, judged, rejected }: Pick<ProvenanceOutcome, "artifact" | "judged" | "rejected">,
  candidates: readonly Candidate[],
): AmapError {
  const { name } = artifact;
  if (judged.length > 0) {
    const reasons = judged.slice(0, SHOWN).map(({ verdict }) => {
      const failed = verdict.checks.filter(({ passed }) => !passed);
      return failed.map((each) => `${each.name}: expected ${each.expected}, found ${each.found}`).join("; ");
    });
    const more = judged.length > SHOWN ? ` (and ${judged.length - SHOWN} more statements)` : "";
    return new AmapError(
      "EXPECTATION_UNMET",
      `${name}: its provenance is not the expected one: ${reasons.join(" | ")}${more}`,
      {
        details: { statements: judged.length },
      },
    );
  }
  if (candidates.some(isUnsigned)) {
    return new AmapError("NO_SIGNATURES", `${name}: the provenance is not signed: anybody could have written it`, {
      hint: "What nobody signed is SLSA level 1 at most. Attest it: amap attest --type slsaprovenance1.",
    });
  }
  // What claims to be something else says nothing about provenance, unless there is nothing more.
  const first =
    rejected.find(({ claims }) => claims?.predicateType === undefined || isProvenanceType(claims.predicateType)) ??
    rejected[0];
  if (first === undefined) return new AmapError("NO_SIGNATURES", `${name}: no provenance was found`);
  return new AmapError(first.code, `${name}: no provenance counts; ${first.message}`, {
    details: { rejected: rejected.length },
  });
}

const SHOWN = 3;

/** A statement as it is, without an envelope. */
function isUnsigned(candidate: Candidate): boolean {
  if (candidate.kind !== "bundle") return false;
  try {
    const type = memberOf(readJson(candidate.bytes, { maxBytes: LIMITS.attachmentBytes }), "_type");
    return typeof type === "string" && type.startsWith("https://in-toto.io/Statement/");
  } catch (error) {
    // What cannot be read is rejected with its own reason.
    if (error instanceof AmapError) return false;
    throw error;
  }
}
