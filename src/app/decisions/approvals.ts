import {
  type AllowedSigners,
  decodeAllowedSigners,
  isPrincipal,
  verifyCommitSignature,
} from "../../attestation/index.ts";
import { AmapError, decodeUtf8, type Issue, isAmapError, LIMITS } from "../../base/index.ts";
import {
  type ApprovalVerdict,
  type Approver,
  type CommitPerson,
  createIdentities,
  type Decision,
  type ForgeChange,
  type ForgeData,
  type Identities,
  isSamePerson,
  judgeApprovals,
  judgeStatedApproval,
  mayBeSamePerson,
  readForgeData,
} from "../../metadata/index.ts";
import type { HistoryCommit } from "../../ports/index.ts";
import type { World } from "../world.ts";
import type { DecisionFile } from "./decision-file.ts";
import { type CommittedFile, EntryHistory } from "./entry-history.ts";

/** How sure an approval must be: not asked for, as the file states it, or proven by git or a forge. */
export const APPROVAL_MODES = ["proven", "stated", "none"] as const;

/** What approvals are judged by. */
export interface ApprovalOptions {
  readonly mode: (typeof APPROVAL_MODES)[number];
  /** File as git's `gpg.ssh.allowedSignersFile`: whose key is whose. */
  readonly allowedSigners?: string;
  /** Files that were exported from a forge: changes with their reviews and commits. */
  readonly forgeData: readonly string[];
  /** Names that belong to one person each: `alice@example.com`, `github:alice`. */
  readonly people: readonly (readonly string[])[];
  /** Who may approve; whoever can prove it when left out: a signer that is allowed, a reviewer of a merged change. */
  readonly approvers?: readonly string[];
  /** Checkout that the file lies in; found by the file's path when left out. */
  readonly repository?: string;
}

interface Evidence {
  readonly history: EntryHistory;
  readonly allowed?: AllowedSigners;
  readonly forge?: ForgeData;
  readonly identities: Identities;
  readonly now: number;
}

/**
 * Whether each decision of a file is approved, in their order. Proven is an approval by another person than who wrote the
 * entry, of the entry exactly as it stands in the file: the commit that brought it has an SSH signature of an approver, or
 * a forge's data say that an approver approved the change that brought it.
 * @throws {AmapError} those of reading the files that are named; GIT_FAILED (a shallow clone), LIMIT_EXCEEDED, TIMEOUT
 */
export async function judgeApprovalsOf(
  world: World,
  file: DecisionFile,
  options: ApprovalOptions,
): Promise<readonly ApprovalVerdict[]> {
  const { decisions } = file;
  if (options.mode === "none") return decisions.map(() => ({ approved: true, by: [] }));
  const identities = createIdentities(options.people);
  const stated = decisions.map((decision) => judgeClaim(decision, options, identities));
  // What nobody claims to have approved needs no history; a file of drafts may not even be committed.
  if (options.mode === "stated" || !stated.some(({ approved }) => approved)) return stated;
  const evidence = await gatherEvidence(world, file, options);
  const verdicts: ApprovalVerdict[] = [];
  for (const [index, decision] of decisions.entries()) {
    const claim = stated[index] as ApprovalVerdict;
    if (!claim.approved) verdicts.push(claim);
    else if ("reason" in evidence) verdicts.push({ approved: false, reason: evidence.reason });
    else verdicts.push(await proveApproval({ decision, others: claim.by.map(({ identity }) => identity) }, evidence));
  }
  return verdicts;
}

/** What an entry states, as far as those whom it names may approve at all. */
function judgeClaim(decision: Decision, { approvers }: ApprovalOptions, identities: Identities): ApprovalVerdict {
  const stated = judgeStatedApproval(decision);
  if (!stated.approved || approvers === undefined) return stated;
  const isOne = (name: string): boolean =>
    approvers.some((each) => isSamePerson(each, name) || identities.personOf(each) === identities.personOf(name));
  const by = stated.by.filter(({ identity }) => isOne(identity));
  if (by.length > 0) return { approved: true, by };
  return { approved: false, reason: `none of its approvers ${decision.approvers.join(", ")} may approve (--approver)` };
}

async function gatherEvidence(
  world: World,
  file: DecisionFile,
  options: ApprovalOptions,
): Promise<Evidence | { readonly reason: string }> {
  const { allowedSigners, forgeData } = options;
  const allowed = allowedSigners === undefined ? undefined : await readAllowedSigners(world, allowedSigners);
  const forge = forgeData.length === 0 ? undefined : await readForgeFiles(world, forgeData);
  if (allowed === undefined && forge === undefined)
    return { reason: "its approval is to be proven: name allowed signers, or a forge's review data, to prove it by" };
  const committed = await findRepository(world, file.path, options.repository);
  if (committed === undefined)
    return { reason: `its approval is to be proven by git, and no repository is found above ${file.path}` };
  try {
    return {
      history: await EntryHistory.open(world, committed),
      identities: createIdentities([...options.people, ...(forge?.changes ?? []).flatMap(peopleOf)]),
      now: world.clock.now(),
      ...(allowed === undefined ? {} : { allowed }),
      ...(forge === undefined ? {} : { forge }),
    };
  } catch (error) {
    if (!isAmapError(error, "GIT_NOT_FOUND")) throw error;
    return { reason: `its approval is to be proven by git: ${error.message}` };
  }
}

/** A decision with those of its approvers who may be others than its author. */
interface Claim {
  readonly decision: Decision;
  readonly others: readonly string[];
}

async function proveApproval(claim: Claim, evidence: Evidence): Promise<ApprovalVerdict> {
  const { decision } = claim;
  const brought = await evidence.history.introductionOf(decision, "whole");
  if ("reason" in brought) return { approved: false, reason: brought.reason };
  const written = await evidence.history.introductionOf(decision, "drafts");
  if ("reason" in written) return { approved: false, reason: written.reason };
  const [signed, reviewed] = [
    proveBySignature(claim, brought.commit, written.commit, evidence),
    await proveByReview(claim, brought.commit, written.commit, evidence),
  ];
  const by = [signed, reviewed].flatMap((each) => (typeof each === "object" ? each : []));
  if (by.length > 0) return { approved: true, by };
  const reasons = [signed, reviewed].filter((each) => typeof each === "string");
  return { approved: false, reason: `no proof that ${decision.approvers.join(", ")} approved: ${reasons.join("; ")}` };
}

/** The approvers whose key signed the commit that brought an entry; a text: why there is none; undefined: not asked. */
function proveBySignature(
  { decision, others }: Claim,
  brought: HistoryCommit,
  written: HistoryCommit,
  { allowed, now }: Evidence,
): readonly Approver[] | string | undefined {
  if (allowed === undefined) return undefined;
  const { id, signature, signedPayload } = brought;
  if (signature === undefined) return `commit ${id} is not signed`;
  // The commit's own time is its committer's word: a key that has expired could go on approving with an old date.
  const verdict = verifyCommitSignature(signedPayload, signature, allowed, now);
  if (!verdict.ok) return `commit ${id}: ${verdict.message}${noted(allowed.notes)}`;
  // A pattern says which company somebody is of, not who he is.
  const principals = verdict.signers.flatMap((line) => line.principals.filter((name) => !/[*?!]/.test(name)));
  const isOf = (person: string): boolean =>
    principals.some((name) => mayBeSamePerson(name, person)) ||
    verdict.signers.some((line) => isPrincipal(line.principals.map(lower), lower(addressOf(person))));
  if (isOf(decision.author)) return `commit ${id} is signed by a key of the author ${decision.author}`;
  const writer = personOf(written.author);
  const signers = others.filter((name) => principals.some((each) => isSamePerson(each, name)));
  if (signers.length === 0) return `commit ${id} is signed by a key of ${principals.join(", ") || "nobody by name"}`;
  if (isOf(writer) || signers.some((name) => mayBeSamePerson(name, writer)))
    return `commit ${written.id} has ${writer}, who approves it, as the author of the entry`;
  return signers.map((identity) => ({ identity, proof: "signed_commit", commit: id }));
}

/** The approvers who approved the change that brought an entry, by a forge's data. */
async function proveByReview(
  { decision, others }: Claim,
  brought: HistoryCommit,
  written: HistoryCommit,
  { forge, identities, history }: Evidence,
): Promise<readonly Approver[] | string | undefined> {
  if (forge === undefined) return undefined;
  const changes = forge.changes.filter((change) => change.state === "merged" && brings(change, brought));
  // Anybody may approve an open change of a public repository; who merges one has the right to write.
  if (changes.length === 0)
    return `the forge's data have no merged change with commit ${brought.id}${noted(forge.notes)}`;
  const authors = [decision.author, personOf(written.author), personOf(brought.author)].map(namesOf);
  const reasons: string[] = [];
  const found: Approver[] = [];
  for (const change of changes) {
    // What one commit of a change brings and another takes out again is not what its reviewers approved.
    if (!isAllOf(change, brought) && !(await history.has(change.head, decision))) {
      reasons.push(`its last commit ${change.head} is not here, or does not have the entry`);
      continue;
    }
    for (const { person, commit, flaws } of judgeApprovals(change, { identities, authors })) {
      const account = person.login === undefined ? [] : [`${change.forge}:${person.login}`];
      const persons = new Set([...account, ...person.emails].flatMap((name) => identities.personOf(name) ?? []));
      const named = others.filter((name) => persons.has(identities.personOf(name) ?? ""));
      const who = person.login ?? person.emails[0] ?? "somebody";
      if (named.length === 0) reasons.push(`${who} is none of its approvers`);
      else if (flaws.length > 0) reasons.push(`the approval by ${who} does not count (${flaws.join(", ")})`);
      else
        for (const identity of named)
          found.push({ identity, proof: "review", ...(commit === undefined ? {} : { commit }) });
    }
  }
  if (found.length > 0) return found;
  const numbers = changes.map(({ number }) => `#${number}`).join(", ");
  return `change ${numbers}: ${reasons.slice(0, 5).join(", ") || "nobody approved it"}${noted(forge.notes)}`;
}

/** The addresses that a forge itself gives its accounts. */
export function peopleOf({ forge, author, commits = [], reviews = [] }: ForgeChange): readonly (readonly string[])[] {
  const people = [author, ...commits.flatMap((commit) => commit.people), ...reviews.map(({ reviewer }) => reviewer)];
  return people.flatMap(({ login, emails }) => (login === undefined ? [] : [[`${forge}:${login}`, ...emails]]));
}

/**
 * Whether a commit came with a change: it is one of its commits, or the one that holds them all. A merge that brings
 * something of its own has put in what no reviewer saw.
 */
function brings(change: ForgeChange, commit: HistoryCommit): boolean {
  return isAllOf(change, commit) || change.commits?.some(({ id }) => id === commit.id) === true;
}

/** Whether a commit has all that a change comes to. */
function isAllOf({ head, mergeCommit }: ForgeChange, { id, parents }: HistoryCommit): boolean {
  return id === head || (id === mergeCommit && parents.length < 2);
}

/** What of the evidence could not be read, which may be why nothing is proven. */
function noted(notes: readonly string[]): string {
  return notes.length === 0 ? "" : ` (not read: ${notes.slice(0, 3).join("; ")}${notes.length > 3 ? " …" : ""})`;
}

/** An account (`github:alice`), or an address; a bare name belongs to no account, so that nothing is proven of it. */
function namesOf(person: string): { readonly accounts: readonly string[]; readonly emails: readonly string[] } {
  return /^[a-z]+:[^@\s]+$/.test(person) ? { accounts: [person], emails: [] } : { accounts: [], emails: [person] };
}

function personOf({ name, email }: CommitPerson): string {
  return email === "" ? name : `${name} <${email}>`;
}

const lower = (text: string): string => text.toLowerCase();

function addressOf(person: string): string {
  return /<([^<>]*)>\s*$/.exec(person)?.[1]?.trim() ?? person.trim();
}

export async function readAllowedSigners(world: World, path: string): Promise<AllowedSigners> {
  const text = decodeUtf8(await world.files.read(path, LIMITS.decisionsBytes));
  if (text === undefined) throw new AmapError("DOCUMENT_INVALID", `${path}: expected UTF-8, found other bytes`);
  const decoded = decodeAllowedSigners(text);
  if (decoded.ok) return decoded.value;
  throw new AmapError("DOCUMENT_INVALID", `${path}: ${firstOf(decoded.issues)}`);
}

export async function readForgeFiles(world: World, paths: readonly string[]): Promise<ForgeData> {
  const files = [];
  for (const name of paths) files.push({ name, bytes: await world.files.read(name, LIMITS.documentBytes) });
  const decoded = readForgeData(files);
  if (decoded.ok) return decoded.value;
  throw new AmapError("DOCUMENT_INVALID", firstOf(decoded.issues));
}

function firstOf([issue]: readonly Issue[]): string {
  return issue === undefined ? "malformed" : issue.path === "" ? issue.message : `${issue.path}: ${issue.message}`;
}

/** The checkout that a file lies in: the nearest folder of its path with a `.git`. */
async function findRepository(
  world: World,
  path: string,
  repository: string | undefined,
): Promise<CommittedFile | undefined> {
  const parts = path.split("/").filter((part, index) => part !== "." && (part !== "" || index === 0));
  const given = repository?.replace(/\/+$/, "");
  for (let length = parts.length - 1; length >= 0; length--) {
    const folder = parts.slice(0, length).join("/") || (path.startsWith("/") ? "/" : ".");
    const inside = parts.slice(length);
    // A way back up would be another file than the one of that name in the repository.
    if (inside.includes("..")) break;
    const isIt = given === undefined ? (await world.files.kindOf(`${folder}/.git`)) !== undefined : folder === given;
    if (isIt) return { directory: folder, path: inside.join("/"), revision: "HEAD" };
  }
  return undefined;
}
