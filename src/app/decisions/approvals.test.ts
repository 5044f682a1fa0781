/** Approval with proof, by real repositories: each proof with the twins that prove nothing. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { type Decision, encodeDecisions } from "../../metadata/index.ts";
import { writeTree } from "../../testing/cli-runner.ts";
import { createGitRepository, type WrittenCommit } from "../../testing/git-repository.ts";
import { createSshSigner } from "../../testing/ssh-signing.ts";
import { createWorld } from "../../wiring/index.ts";
import type { ApprovalOptions } from "./approvals.ts";
import { loadDecisions } from "./use-decisions.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-approvals-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const world = createWorld({ offline: true, env: { PATH: process.env["PATH"] } });
after(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const ALICE = "Alice <alice@example.com>";
const BOB = "Bob <bob@example.com>";
const keys = { alice: createSshSigner(), bob: createSshSigner(), other: createSshSigner() };
const signBy = (who: keyof typeof keys) => (payload: string) => keys[who].sign(payload);

const DRAFT: Decision = {
  finding: "CVE-2026-1",
  scope: { products: [], components: ["pkg:npm/left"] },
  status: "not_affected",
  justification: "vulnerable_code_not_present",
  author: "alice@example.com",
  approvers: [],
  decidedAt: "2026-01-01T00:00:00Z",
};
const APPROVED: Decision = { ...DRAFT, approvers: ["bob@example.com"] };

writeTree(folder, {
  signers: `alice@example.com ${keys.alice.publicLine}\nbob@example.com namespaces="git" ${keys.bob.publicLine}\n`,
  "signers-expired": `bob@example.com valid-before="20260101Z" ${keys.bob.publicLine}\n`,
  "signers-pattern": `bo?@example.com ${keys.bob.publicLine}\n`,
  "signers-shared": `bob@example.com,alice@example.com ${keys.bob.publicLine}\n`,
  "signers-swapped": `bob@example.com ${keys.other.publicLine}\n`,
  "signers-case": `Bob@Example.com ${keys.bob.publicLine}\n`,
});

let count = 0;
type Step = Omit<WrittenCommit, "files" | "message"> & {
  readonly decisions: readonly Decision[];
  /** Written in the place of the decisions. */
  readonly text?: string;
};

/** A checkout with these commits, newest last, whose file is that of the last one, or another. */
function makeRepository(steps: readonly Step[], used?: readonly Decision[]) {
  const name = `repository-${count++}`;
  const git = createGitRepository(at(name, ".git"));
  const file = (decisions: readonly Decision[]) => ({ ".amap/decisions.yaml": encodeDecisions(decisions) });
  const commits = steps.map(({ decisions, text, ...step }) => {
    const files = text === undefined ? file(decisions) : { ".amap/decisions.yaml": text };
    return git.write("main", { ...step, files, message: "decide\n" });
  });
  writeTree(at(name), file(used ?? steps.at(-1)?.decisions ?? []));
  return { path: at(name, ".amap/decisions.yaml"), commits, git };
}

const OPTIONS: ApprovalOptions = { mode: "proven", forgeData: [], people: [], allowedSigners: at("signers") };

async function outcomeOf(path: string, options: Partial<ApprovalOptions> = {}): Promise<string> {
  const { verdicts } = await loadDecisions(world, path, { ...OPTIONS, ...options });
  const [verdict] = verdicts;
  return verdict?.approved === true
    ? `approved by ${verdict.by.map(({ identity, proof }) => `${identity} (${proof})`).join(", ")}`
    : (verdict?.reason ?? "");
}

const drafted: Step = { author: ALICE, decisions: [DRAFT] };
const approved: Step = { author: BOB, sign: signBy("bob"), decisions: [APPROVED] };

const USUAL = [drafted, approved];

describe("a signed commit", () => {
  const rows: readonly [string, readonly Step[], Partial<ApprovalOptions>, string | RegExp][] = [
    ["by the approver of a draft", USUAL, {}, "approved by bob@example.com (signed_commit)"],
    [
      "by the approver of another's patch",
      [{ ...approved, author: ALICE, committer: BOB }],
      {},
      "approved by bob@example.com (signed_commit)",
    ],
    ["whose address is written in another case", USUAL, { allowedSigners: at("signers-case") }, /^approved/],
    [
      "after which others changed the file",
      [drafted, approved, { author: ALICE, decisions: [APPROVED, { ...DRAFT, finding: "CVE-2026-2" }] }],
      {},
      /^approved/,
    ],
    ["that is not signed", [drafted, { ...approved, sign: undefined as never }], {}, /is not signed/],
    ["by the author's own key", [drafted, { ...approved, sign: signBy("alice") }], {}, /signed by a key of the author/],
    [
      "by a key that nobody has",
      [drafted, { ...approved, sign: signBy("other") }],
      {},
      /no allowed signer has the key/,
    ],
    ["by a key that is somebody else's now", USUAL, { allowedSigners: at("signers-swapped") }, /no allowed signer/],
    ["by a key that has expired", USUAL, { allowedSigners: at("signers-expired") }, /not allowed at the time/],
    [
      "by a key of a whole company",
      USUAL,
      { allowedSigners: at("signers-pattern") },
      /signed by a key of nobody by name/,
    ],
    ["by a key that author and approver share", USUAL, { allowedSigners: at("signers-shared") }, /a key of the author/],
    [
      "over other bytes",
      [drafted, { ...approved, sign: (payload) => keys.bob.sign(payload.replace("decide", "decided")) }],
      {},
      /is not one of the key/,
    ],
    [
      "for something else than git",
      [drafted, { ...approved, sign: (payload) => keys.bob.sign(payload, { namespace: "file" }) }],
      {},
      /made for something else/,
    ],
    [
      "by one who wrote the entry himself and names another as its author",
      [approved],
      {},
      /has Bob <bob@example\.com>, who approves it, as the author/,
    ],
    [
      "by one who drafted it himself, in another's name",
      [{ ...drafted, author: "Bob <BOB+work@example.com>" }, approved],
      {},
      /who approves it, as the author/,
    ],
    [
      "whose entry the author brought back after it was taken out",
      [drafted, approved, { author: ALICE, decisions: [] }, { author: ALICE, decisions: [APPROVED] }],
      {},
      /is not signed/,
    ],
    [
      "that only repairs a file in which the entry stood already",
      [
        { author: ALICE, decisions: [APPROVED] },
        { author: ALICE, decisions: [], text: `${encodeDecisions([APPROVED])}note: x\n` },
        { ...approved, author: ALICE, committer: BOB },
      ],
      {},
      /cannot be read/,
    ],
    ["without allowed signers", USUAL, { allowedSigners: undefined as never }, /is to be proven: name allowed signers/],
  ];
  const usual = makeRepository(USUAL);
  for (const [name, steps, options, expected] of rows)
    test(name, async () => {
      const { path } = steps === USUAL ? usual : makeRepository(steps);
      const outcome = await outcomeOf(path, options);
      if (typeof expected === "string") assert.equal(outcome, expected);
      else assert.match(outcome, expected);
    });

  test("proves nothing of an entry that was changed after it", async () => {
    const changed = { ...APPROVED, scope: { products: [], components: ["pkg:npm/left", "pkg:npm/right"] } };
    assert.match(await outcomeOf(makeRepository(USUAL, [changed]).path), /not committed in this form/);
    const committed = [...USUAL, { author: ALICE, decisions: [changed] }];
    assert.match(await outcomeOf(makeRepository(committed).path), /is not signed/);
  });

  test("proves nothing where the author approves, by whatever name", async () => {
    const names = ["alice@example.com", "ALICE@example.com", "alice+ok@example.com", "Alice"];
    const decisions = names.map((approver) => ({ ...DRAFT, approvers: [approver] }));
    const { path } = makeRepository([drafted, { author: ALICE, sign: signBy("alice"), decisions }]);
    const { verdicts } = await loadDecisions(world, path, OPTIONS);
    for (const verdict of verdicts) assert.match(verdict.approved ? "" : verdict.reason, /may be its author/);
    assert.equal(verdicts.length, names.length);
  });

  test("proves nothing of an entry that a merge dropped and another merge brought back", async () => {
    const make = (name: string, isDropped: boolean): string => {
      const git = createGitRepository(at(name, ".git"));
      const file = (decisions: readonly Decision[]) => ({ ".amap/decisions.yaml": encodeDecisions(decisions) });
      const write = (step: Partial<WrittenCommit>, decisions: readonly Decision[]): string =>
        git.write("main", { author: ALICE, message: "decide\n", files: file(decisions), ...step });
      const draft = write({}, [DRAFT]);
      const signed = write({ author: BOB, sign: signBy("bob") }, [APPROVED]);
      const merged = write({ parents: [signed, draft] }, [isDropped ? DRAFT : APPROVED]);
      write({ parents: [merged, signed] }, [APPROVED]);
      writeTree(at(name), file([APPROVED]));
      return at(name, ".amap/decisions.yaml");
    };
    assert.match(await outcomeOf(make("merged", false)), /^approved/);
    assert.match(await outcomeOf(make("dropped", true)), /took it out, and a merge brought it back/);
  });

  test("is not looked for outside a repository", async () => {
    writeTree(folder, { "lonely/decisions.yaml": encodeDecisions([APPROVED]) });
    assert.match(await outcomeOf(at("lonely/decisions.yaml")), /no repository is found|not committed/);
  });

  test("is found from a link of the path, and not in another file of that name", async () => {
    const { path } = makeRepository(USUAL);
    writeTree(folder, { "copy/.amap/decisions.yaml": encodeDecisions([APPROVED]) });
    const repository = path.slice(0, -"/.amap/decisions.yaml".length);
    assert.match(await outcomeOf(path, { repository }), /^approved/);
    assert.match(await outcomeOf(at("copy/.amap/decisions.yaml"), { repository }), /no repository is found/);
  });
});

test("approvals that are stated, or not asked for, need no repository", async () => {
  writeTree(folder, { "stated.yaml": encodeDecisions([APPROVED]), "draft.yaml": encodeDecisions([DRAFT]) });
  assert.equal(await outcomeOf(at("stated.yaml"), { mode: "stated" }), "approved by bob@example.com (stated)");
  assert.equal(await outcomeOf(at("draft.yaml"), { mode: "stated" }), "it names no approver");
  assert.equal(await outcomeOf(at("draft.yaml"), { mode: "none" }), "approved by ");
});
