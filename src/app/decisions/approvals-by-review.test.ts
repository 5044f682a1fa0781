/** Approval proven by a forge's data about reviews, each with the twins that prove nothing. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { type Decision, encodeDecisions } from "../../metadata/index.ts";
import { writeTree } from "../../testing/cli-runner.ts";
import { createGitRepository } from "../../testing/git-repository.ts";
import { createWorld } from "../../wiring/index.ts";
import type { ApprovalOptions } from "./approvals.ts";
import { loadDecisions } from "./use-decisions.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-reviews-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const world = createWorld({ offline: true, env: { PATH: process.env["PATH"] } });
after(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const DECISION: Decision = {
  finding: "CVE-2026-1",
  scope: { products: [], components: [] },
  status: "risk_accepted",
  reason: "No way in.",
  owner: "shop team",
  author: "alice@example.com",
  approvers: ["bob@example.com"],
  decidedAt: "2026-01-01T00:00:00Z",
  until: "2999-01-01T00:00:00Z",
};
const ALICE = "Alice <alice@example.com>";

const git = createGitRepository(at("repository", ".git"));
const file = { "decisions.yaml": encodeDecisions([DECISION]) };
const COMMIT = git.write("main", { author: ALICE, message: "accept\n", files: file });
writeTree(at("repository"), file);
const OTHER = "0".repeat(40);

interface Pull {
  readonly state?: string;
  readonly head?: string;
  readonly commits?: readonly string[];
  readonly merge?: string;
  readonly author?: string;
  readonly reviews: readonly (readonly [login: string, state: string, commit: string])[];
}

/** A pull request as `gh pr view --json` gives it. */
const pullOf = ({ state = "MERGED", head = COMMIT, commits = [COMMIT], merge, author = "alice", reviews }: Pull) => ({
  number: 7,
  url: "https://github.com/acme/shop/pull/7",
  state,
  author: { login: author },
  baseRefName: "main",
  headRefOid: head,
  ...(merge === undefined ? {} : { mergeCommit: { oid: merge } }),
  mergedAt: "2026-01-03T00:00:00Z",
  reviews: reviews.map(([login, said, commit], index) => ({
    author: { login },
    authorAssociation: "MEMBER",
    state: said,
    commit: { oid: commit },
    submittedAt: `2026-01-02T0${index}:00:00Z`,
  })),
  commits: commits.map((oid) => ({ oid, authors: [{ login: "alice", email: "alice@example.com" }] })),
});

let count = 0;

async function outcomeOf(pull: Pull, options: Partial<ApprovalOptions> = {}): Promise<string> {
  const name = `pull-${count++}.json`;
  writeTree(folder, { [name]: pullOf(pull) });
  const { verdicts } = await loadDecisions(world, at("repository/decisions.yaml"), {
    mode: "proven",
    forgeData: [at(name)],
    people: [["bob@example.com", "github:bob"]],
    ...options,
  });
  const [verdict] = verdicts;
  if (verdict?.approved !== true) return verdict?.reason ?? "";
  return verdict.by.map(({ identity, proof, commit }) => `${identity} ${proof} ${commit}`).join(", ");
}

const APPROVED = ["bob", "APPROVED", COMMIT] as const;
const PROVEN = new RegExp(`^bob@example\\.com review ${COMMIT}$`);

describe("a review", () => {
  const rows: readonly [string, Pull, Partial<ApprovalOptions>, RegExp][] = [
    ["of the change that brought the entry", { reviews: [APPROVED] }, {}, PROVEN],
    [
      "of a change that was squashed into the commit",
      { head: OTHER, commits: [OTHER], merge: COMMIT, reviews: [["bob", "APPROVED", OTHER]] },
      {},
      /^bob@example\.com review 0{40}$/,
    ],
    ["by one of those who may", { reviews: [APPROVED] }, { approvers: ["Bob <BOB@example.com>"] }, PROVEN],
    ["by an account that may", { reviews: [APPROVED] }, { approvers: ["github:bob"] }, PROVEN],
    ["by one who may not", { reviews: [APPROVED] }, { approvers: ["carol@example.com"] }, /may approve \(--approver\)/],
    ["of another commit", { reviews: [["bob", "APPROVED", OTHER]] }, {}, /does not count \(stale\)/],
    [
      "of another change",
      { head: OTHER, commits: [OTHER], reviews: [["bob", "APPROVED", OTHER]] },
      {},
      /no merged change with/,
    ],
    ["of a change that is not merged", { state: "OPEN", reviews: [APPROVED] }, {}, /no merged change with commit/],
    ["that was dismissed", { reviews: [["bob", "DISMISSED", COMMIT]] }, {}, /does not count \(withdrawn\)/],
    [
      "that was taken back",
      { reviews: [APPROVED, ["bob", "CHANGES_REQUESTED", COMMIT]] },
      {},
      /does not count \(withdrawn\)/,
    ],
    ["that only comments", { reviews: [["bob", "COMMENTED", COMMIT]] }, {}, /nobody approved it/],
    [
      "by somebody whom the entry does not name",
      { reviews: [["carol", "APPROVED", COMMIT]] },
      {},
      /carol is none of its approvers/,
    ],
    [
      "by an account that nothing links to the approver",
      { reviews: [APPROVED] },
      { people: [] },
      /bob is none of its approvers/,
    ],
    [
      "by an account that is the author's, too",
      { reviews: [APPROVED] },
      { people: [["alice@example.com", "bob@example.com", "github:bob"]] },
      /does not count \(self\)/,
    ],
    ["where nobody approved", { reviews: [] }, {}, /nobody approved it/],
  ];
  for (const [name, pull, options, expected] of rows)
    test(name, async () => assert.match(await outcomeOf(pull, options), expected));
});

test("of a change proves nothing of what its merge itself put in", async () => {
  const merge = createGitRepository(at("merged", ".git"));
  const base = merge.write("main", { author: ALICE, message: "base\n", files: { a: "1" } });
  const head = merge.write("change", { author: ALICE, message: "change\n", files: { a: "2" }, parents: [base] });
  const id = merge.write("main", {
    author: ALICE,
    message: "merge\n",
    files: { a: "2", ...file },
    parents: [base, head],
  });
  writeTree(at("merged"), {
    ...file,
    "pull.json": pullOf({ head, commits: [head], merge: id, reviews: [["bob", "APPROVED", head]] }),
  });
  const options = {
    mode: "proven",
    forgeData: [at("merged/pull.json")],
    people: [["bob@example.com", "github:bob"]],
  } as const;
  const [verdict] = (await loadDecisions(world, at("merged/decisions.yaml"), options)).verdicts;
  assert.match(verdict?.approved === false ? verdict.reason : "", /no merged change with commit/);
});

test("proves nothing of what a commit of the change brought and a later one took out", async () => {
  const twice = createGitRepository(at("twice", ".git"));
  const base = twice.write("main", { author: ALICE, message: "base\n", files: { a: "1" } });
  const brought = twice.write("change", { author: ALICE, message: "x\n", files: { a: "2", ...file }, parents: [base] });
  const head = twice.write("change", { author: ALICE, message: "x\n", files: { a: "2" }, parents: [brought] });
  const squash = twice.write("main", { author: ALICE, message: "x\n", files: { a: "2" }, parents: [base] });
  const files = { a: "2", ...file };
  twice.write("main", { author: ALICE, message: "merge\n", files, parents: [squash, brought] });
  const pull = { commits: [brought, head], merge: squash };
  const outcome = async (last: string): Promise<string> => {
    writeTree(at("twice"), {
      ...file,
      "pull.json": pullOf({ ...pull, head: last, reviews: [["bob", "APPROVED", last]] }),
    });
    const options = {
      mode: "proven",
      forgeData: [at("twice/pull.json")],
      people: [["bob@example.com", "github:bob"]],
    } as const;
    const [verdict] = (await loadDecisions(world, at("twice/decisions.yaml"), options)).verdicts;
    return verdict?.approved === false ? verdict.reason : "approved";
  };
  assert.equal(await outcome(brought), "approved");
  assert.match(await outcome(head), /is not here, or does not have the entry/);
  assert.match(await outcome(OTHER), /is not here, or does not have the entry/);
});
