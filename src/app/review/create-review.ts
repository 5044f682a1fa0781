import {
  type AllowedSigners,
  createStatement,
  type Statement,
  verifyCommitSignature,
} from "../../attestation/index.ts";
import { AmapError, isAmapError, parseTime, type Value } from "../../base/index.ts";
import {
  type CodeReview,
  createCodeReview,
  createIdentities,
  encodeCodeReview,
  encodeVerificationSummary,
  type ForgeData,
  type Identities,
  judgeSourceLevel,
  type SignatureFact,
  type SourceLevel,
  toSourceUri,
} from "../../metadata/index.ts";
import type { HistoryCommit } from "../../ports/index.ts";
import { peopleOf, readAllowedSigners, readForgeFiles } from "../decisions/approvals.ts";
import { predicateTypeOf } from "../predicates.ts";
import { nowOf } from "../sbom.ts";
import type { World } from "../world.ts";

/** What is to be told of the review of a repository. */
export interface ReviewRequest {
  /** A folder with a repository of git. */
  readonly directory: string;
  readonly revision: string;
  /** What was told of before: commits that it stands on are left out. */
  readonly since?: string;
  /** The branch that is to be protected. */
  readonly branch: string;
  /** The repository's address; what the forge's data or `origin` say, when left out. */
  readonly repository?: string;
  /** Files of a forge's data. */
  readonly forgeData: readonly string[];
  /** A file of allowed signers. */
  readonly allowedSigners?: string;
  /** Names of one person each. */
  readonly people: readonly (readonly string[])[];
  readonly countStale: boolean;
}

/** A review, and the level of SLSA's source track that it shows. */
export interface CreatedReview {
  readonly review: CodeReview;
  readonly level: SourceLevel;
  /** What is odd about the files that were read, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Tells of every commit of a range who wrote and who reviewed it, from the repository's history, its signatures, and data
 * that a forge exported.
 * @throws {AmapError} USAGE (no address of the repository, or data of another one), GIT_NOT_FOUND, GIT_FAILED (a shallow
 * clone), FILE_NOT_FOUND, DOCUMENT_INVALID, LIMIT_EXCEEDED, TIMEOUT
 */
export async function createReview(world: World, request: ReviewRequest): Promise<CreatedReview> {
  const { directory, revision, since, branch } = request;
  const forge: ForgeData =
    request.forgeData.length === 0
      ? { changes: [], protections: [], notes: [] }
      : await readForgeFiles(world, request.forgeData);
  const allowed =
    request.allowedSigners === undefined ? undefined : await readAllowedSigners(world, request.allowedSigners);
  const repository = await repositoryOf(world, request, forge);
  const history = await world.git.history({ directory, revision, ...(since === undefined ? {} : { since }) });
  const identities = createIdentities([...request.people, ...forge.changes.flatMap(peopleOf)]);
  const holdsRevision = await isOnBranch(world, directory, history.head, branch);
  const now = world.clock.now();
  const review = createCodeReview({
    repository,
    revision: history.head,
    ...(history.base === undefined ? {} : { base: history.base }),
    branch,
    ...(holdsRevision === undefined ? {} : { holdsRevision }),
    commits: history.commits,
    signatures: new Map(history.commits.map((commit) => [commit.id, judgeSignature(commit, allowed, identities, now)])),
    forge,
    identities,
    countStale: request.countStale,
    createdAt: nowOf(world),
  });
  return { review, level: judgeSourceLevel(review), notes: [...(allowed?.notes ?? []), ...review.notes] };
}

/** A review as a statement about the revision: `urn:amap:predicate:code-review:v1`. */
export function reviewStatement(review: CodeReview): Statement {
  return statementAbout(review, predicateTypeOf("review"), encodeCodeReview(review));
}

/** The predicate of a review. */
export function reviewPredicate(review: CodeReview): Value {
  return encodeCodeReview(review);
}

/**
 * A Source VSA as a statement about the revision: the level of SLSA's source track that the review's data show.
 * @see https://slsa.dev/spec/v1.2/verifying-source
 */
export function sourceSummaryStatement(
  { review, level }: CreatedReview,
  verifier: { readonly id: string; readonly version: string },
): Statement {
  const predicate = encodeVerificationSummary({
    verifierId: verifier.id,
    verifierVersion: { amap: verifier.version },
    timeVerified: review.createdAt,
    resourceUri: review.repository,
    policy: {
      uri: "https://slsa.dev/spec/v1.2/source-requirements",
      digest: {},
      // What was not looked at is told: everything that the base stands on.
      annotations: { branch: review.branch.name, ...(review.base === undefined ? {} : { since: review.base }) },
    },
    inputAttestations: [],
    verificationResult: level.level === 0 ? "FAILED" : "PASSED",
    verifiedLevels: [level.level === 0 ? "FAILED" : `SLSA_SOURCE_LEVEL_${level.level}`],
    slsaVersion: "1.2",
  });
  return statementAbout(review, predicateTypeOf("vsa"), predicate);
}

function statementAbout(review: CodeReview, predicateType: string, predicate: Value): Statement {
  const subjects = [{ name: review.repository, digest: { gitCommit: review.revision } }];
  return createStatement({ subjects, predicateType, predicate });
}

/**
 * Whose signature a commit has. A key must be allowed both at the time that the commit states, which is its committer's
 * word, and now: one that has expired could go on signing with an old date.
 */
function judgeSignature(
  { signature, signedPayload, committer }: HistoryCommit,
  allowed: AllowedSigners | undefined,
  identities: Identities,
  now: number,
): SignatureFact {
  const isSigner = (): boolean => false;
  if (signature === undefined) return { status: "unsigned", isSigner };
  if (allowed === undefined) return { status: "unjudged", reason: "no allowed signers were named", isSigner };
  for (const at of [parseTime(committer.at ?? "") ?? Number.NEGATIVE_INFINITY, now]) {
    const verdict = verifyCommitSignature(signedPayload, signature, allowed, at);
    const key = verdict.keyFingerprint === undefined ? {} : { key: verdict.keyFingerprint };
    if (!verdict.ok) {
      const status = verdict.reason === "not_supported" ? "unjudged" : "refused";
      return { status, reason: verdict.message, ...key, isSigner };
    }
    if (at !== now) continue;
    // A pattern says of which company somebody is, not who he is.
    const names = verdict.signers.flatMap(({ principals }) => principals.filter((name) => !/[*?!]/.test(name)));
    const persons = new Set(names.map((name) => identities.personOf(name)));
    return { status: "verified", ...key, isSigner: (name) => persons.has(identities.personOf(name) ?? "") };
  }
  return { status: "unjudged", isSigner };
}

/** The one address that everything speaks of. */
async function repositoryOf(world: World, request: ReviewRequest, forge: ForgeData): Promise<string> {
  const stated = forge.changes.flatMap(({ repository }) => repository ?? []);
  const remote = async (): Promise<string | undefined> => {
    try {
      return (await world.git.workTree(request.directory)).remote;
    } catch (error) {
      // A repository without a working tree has an address only if somebody says it.
      if (isAmapError(error, "GIT_NOT_FOUND") || isAmapError(error, "GIT_FAILED")) return undefined;
      throw error;
    }
  };
  const address = request.repository ?? stated[0] ?? (await remote()) ?? "";
  const uri = toSourceUri(address.replace(/^git\+/, ""));
  if (uri === undefined) {
    throw new AmapError("USAGE", "the repository's address is not known", {
      hint: "Name it: --repository https://forge.example/team/shop.",
    });
  }
  const other = stated.find((each) => toSourceUri(each)?.toLowerCase() !== uri.toLowerCase());
  if (other === undefined) return uri;
  throw new AmapError("USAGE", `the forge's data are of ${other}, and the review is of ${uri}`, {
    hint: "Leave out the files of the other repository.",
  });
}

/** Whether a branch holds a commit: as the forge had it when it was fetched last, or the local branch. */
async function isOnBranch(
  world: World,
  directory: string,
  revision: string,
  branch: string,
): Promise<boolean | undefined> {
  // Whole names: a tag called `main` or `origin/main` comes before the branch, and others push tags.
  for (const name of [`refs/remotes/origin/${branch}`, `refs/heads/${branch}`]) {
    try {
      return (await world.git.history({ directory, revision, since: name, limit: 1 })).commits.length === 0;
    } catch (error) {
      if (isAmapError(error, "LIMIT_EXCEEDED")) return false;
      if (!isAmapError(error, "GIT_NOT_FOUND")) throw error;
    }
  }
  return undefined;
}
