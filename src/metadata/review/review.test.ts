import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeUtf8, type Value, type ValueObject } from "../../base/index.ts";
import { githubFiles, githubRuleset, type ToldChange } from "../../testing/forge-data.ts";
import {
  type CodeReview,
  createCodeReview,
  createIdentities,
  decodeCodeReview,
  decodeCommit,
  encodeCodeReview,
  type ForgeFile,
  judgeSourceLevel,
  readForgeData,
  type SignatureFact,
} from "../index.ts";

const TIME = "1767225600 +0000";
/** Commits by letters: m merges, h is a head, g stands below it, s holds a whole change, b is the base. */
const DIGITS: Readonly<Record<string, string>> = { m: "e", h: "d", g: "c", s: "f", x: "8", y: "9" };
const id = (letter: string): string => (DIGITS[letter] ?? letter).repeat(40);

interface Told {
  readonly parents?: readonly string[];
  readonly author?: string;
  readonly committer?: string;
  readonly message?: string;
  readonly changes?: readonly string[];
  /** Whose key signed it; several names of one key have blanks between them. */
  readonly signer?: string;
}

const ALICE = "Alice <alice@users.noreply.github.com>";
const BOB = "Bob <bob@users.noreply.github.com>";

/** A review of commits that are given newest first by letters. */
function review(
  commits: Readonly<Record<string, Told>>,
  files: readonly ForgeFile[] = [],
  more: Partial<Parameters<typeof createCodeReview>[0]> = {},
): CodeReview {
  const forge = readForgeData(files);
  assert.ok(forge.ok, JSON.stringify(forge));
  const identities = createIdentities([
    ["alice@x.example", "github:alice"],
    ["bob@x.example", "github:bob"],
  ]);
  const signatures = new Map<string, SignatureFact>();
  const list = Object.entries(commits).map(([letter, told]) => {
    const { author = ALICE, committer = author, message = "m\n", parents = [], changes = ["file"] } = told;
    const lines = [
      `tree ${id("0")}`,
      ...parents.map((parent) => `parent ${id(parent)}`),
      `author ${author} ${TIME}`,
      `committer ${committer} ${TIME}`,
    ];
    const commit = decodeCommit(id(letter), encodeUtf8(`${lines.join("\n")}\n\n${message}`));
    assert.ok(commit.ok, JSON.stringify(commit));
    if (told.signer !== undefined) {
      const persons = new Set(told.signer.split(" ").map((name) => identities.personOf(name)));
      const isSigner = (name: string): boolean => persons.has(identities.personOf(name));
      signatures.set(id(letter), { status: "verified", isSigner });
    }
    return { ...commit.value, changedPaths: changes };
  });
  return createCodeReview({
    repository: "git+https://github.com/acme/shop",
    revision: list[0]?.id ?? id("a"),
    branch: "main",
    commits: list,
    signatures,
    forge: forge.value,
    identities,
    createdAt: "2026-06-01T00:00:00Z",
    ...more,
  });
}

/** Letters of the commits that were reviewed. */
function reviewed(made: CodeReview): string {
  return made.changes
    .filter((change) => change.reviewed)
    .map(({ commit }) => commit[0])
    .join("");
}

const pull = (told: Partial<ToldChange> & { readonly head: string }): readonly ForgeFile[] =>
  githubFiles({ reviews: [{}], commits: [{ id: told.head, login: "alice", email: "alice@x.example" }], ...told });

describe("createCodeReview", () => {
  const BRANCHED = { m: { parents: ["b", "h"], changes: [] }, h: { parents: ["g"] }, g: { parents: ["b"] }, b: {} };
  const lists = [{ id: id("1"), login: "alice", email: "alice@x.example" }];
  const rows: readonly (readonly [string, Readonly<Record<string, Told>>, readonly ForgeFile[], string])[] = [
    [
      "a merge of the approved head, and what it brings",
      BRANCHED,
      pull({ head: id("h"), mergeCommit: id("m") }),
      "mhg",
    ],
    [
      "a merge that changes something itself: not the merge",
      { ...BRANCHED, m: { parents: ["b", "h"] } },
      pull({ head: id("h"), mergeCommit: id("m") }),
      "hg",
    ],
    [
      "a merge of another head: nothing",
      { ...BRANCHED, m: { parents: ["b", "g"], changes: [] } },
      pull({ head: id("h"), mergeCommit: id("m") }),
      "",
    ],
    [
      "a merge into another branch: nothing",
      BRANCHED,
      pull({ head: id("h"), mergeCommit: id("m"), target: "next" }),
      "",
    ],
    ["a merge of an open change: nothing", BRANCHED, githubFiles({ head: id("h"), reviews: [{}], isOpen: true }), ""],
    [
      "an approval of an earlier head: nothing",
      BRANCHED,
      pull({ head: id("h"), mergeCommit: id("m"), reviews: [{ commit: id("g") }] }),
      "",
    ],
    [
      "the author's approval: nothing",
      BRANCHED,
      pull({ head: id("h"), mergeCommit: id("m"), reviews: [{ login: "alice" }] }),
      "",
    ],
    [
      "a head with a commit by the approver: nothing",
      { ...BRANCHED, g: { parents: ["b"], author: BOB } },
      pull({ head: id("h"), mergeCommit: id("m") }),
      "",
    ],
    [
      "a head with a commit by nobody known: nothing",
      { ...BRANCHED, g: { parents: ["b"], author: "E <e@x.example>" } },
      pull({ head: id("h"), mergeCommit: id("m") }),
      "",
    ],
    [
      "a merge that the approver made",
      { ...BRANCHED, m: { parents: ["b", "h"], changes: [], author: BOB } },
      pull({ head: id("h"), mergeCommit: id("m") }),
      "mhg",
    ],
    [
      "one commit that holds the change",
      { s: { parents: ["b"] }, b: {} },
      pull({ head: id("1"), mergeCommit: id("s"), commits: lists }),
      "s",
    ],
    [
      "one commit that holds the change, of unknown commits: nothing",
      { s: { parents: ["b"] }, b: {} },
      pull({ head: id("1"), mergeCommit: id("s"), commits: undefined as never }),
      "",
    ],
    [
      "one commit that holds the change, with the approver as author: nothing",
      { s: { parents: ["b"], author: BOB }, b: {} },
      pull({ head: id("1"), mergeCommit: id("s"), commits: lists }),
      "",
    ],
    [
      "a branch moved forward",
      { h: { parents: ["g"] }, g: { parents: ["b"] }, b: {} },
      pull({
        head: id("h"),
        commits: [
          { id: id("g"), login: "alice", email: "a@x" },
          { id: id("h"), login: "alice", email: "a@x" },
        ],
      }),
      "hg",
    ],
    [
      "a commit that the forge lists, and that is not below the head: not that one",
      { b: {}, h: { parents: ["g"] }, g: {} },
      pull({
        head: id("h"),
        commits: [
          { id: id("b"), login: "alice", email: "a@x" },
          { id: id("h"), login: "alice", email: "a@x" },
        ],
      }),
      "h",
    ],
    ["a trailer alone: nothing", { a: { message: `m\n\nReviewed-by: ${BOB}\n` } }, [], ""],
    [
      "a merge signed by its reviewer, of a commit signed by its author",
      {
        m: {
          parents: ["b", "h"],
          author: BOB,
          changes: [],
          message: `m\n\nReviewed-by: ${BOB}\n`,
          signer: "bob@x.example",
        },
        h: { parents: ["b"], signer: "alice@x.example" },
        b: {},
      },
      [],
      "h",
    ],
    [
      "the same, by one key of both: nothing",
      {
        m: {
          parents: ["b", "h"],
          author: BOB,
          changes: [],
          message: `m\n\nReviewed-by: ${BOB}\n`,
          signer: "alice@x.example bob@x.example",
        },
        h: { parents: ["b"], signer: "alice@x.example bob@x.example" },
        b: {},
      },
      [],
      "",
    ],
    [
      "the same, by an author's key that the reviewer has, too: nothing",
      {
        m: {
          parents: ["b", "h"],
          author: BOB,
          changes: [],
          message: `m\n\nReviewed-by: ${BOB}\n`,
          signer: "bob@x.example",
        },
        h: { parents: ["b"], signer: "alice@x.example bob@x.example" },
        b: {},
      },
      [],
      "",
    ],
    [
      "the same, of a commit that nobody signed: nothing",
      {
        m: {
          parents: ["b", "h"],
          author: BOB,
          changes: [],
          message: `m\n\nReviewed-by: ${BOB}\n`,
          signer: "bob@x.example",
        },
        h: { parents: ["b"] },
        b: {},
      },
      [],
      "",
    ],
    [
      "the same, signed by somebody else than the trailer names: nothing",
      {
        m: {
          parents: ["b", "h"],
          author: BOB,
          changes: [],
          message: `m\n\nReviewed-by: ${BOB}\n`,
          signer: "dora@x.example",
        },
        h: { parents: ["b"], signer: "alice@x.example" },
        b: {},
      },
      [],
      "",
    ],
    [
      "the same, by the author: nothing",
      {
        m: { parents: ["b", "h"], changes: [], message: `m\n\nReviewed-by: ${ALICE}\n`, signer: "alice@x.example" },
        h: { parents: ["b"], signer: "alice@x.example" },
        b: {},
      },
      [],
      "",
    ],
    [
      "a signed commit of another's name with the signer's own trailer: nothing",
      { a: { author: ALICE, committer: BOB, message: `m\n\nReviewed-by: ${BOB}\n`, signer: "bob@x.example" } },
      [],
      "",
    ],
  ];
  for (const [what, commits, files, expected] of rows) {
    it(`covers ${what}`, () => {
      const made = review(commits, files);
      const digits = Array.from(expected, (letter) => DIGITS[letter] ?? letter).join("");
      assert.equal(reviewed(made), digits, JSON.stringify(made.changes.map(({ reviewers }) => reviewers)));
      assert.deepEqual(
        [made.summary.commits, made.summary.reviewedByOther],
        [Object.keys(commits).length, expected.length],
      );
      assert.ok(decodeCodeReview(encodeCodeReview(made)).ok, JSON.stringify(decodeCodeReview(encodeCodeReview(made))));
    });
  }

  it("tells who approved by what, and who only approved himself", () => {
    const made = review(BRANCHED, pull({ head: id("h"), mergeCommit: id("m"), reviews: [{ login: "alice" }] }));
    assert.equal(made.summary.selfApproved, 3);
    assert.deepEqual(made.changes[1]?.reviewers, [
      { identity: "github:alice", how: "forge", at: "2026-03-01T00:00:00Z", commit: id("h"), flaws: ["self"] },
    ]);
    assert.deepEqual(made.changes[0]?.pullRequest, {
      number: 7,
      url: "https://github.com/acme/shop/pull/7",
      author: "github:alice",
      mergedBy: "github:carol",
      mergedAt: "2026-03-02T00:00:00Z",
    });
    assert.equal(made.changes[3]?.pullRequest, undefined);
  });
});

describe("judgeSourceLevel", () => {
  const COMMITS = { m: { parents: ["b", "h"], changes: [] }, h: { parents: ["b"] } };
  const good = pull({ head: id("h"), mergeCommit: id("m") });
  const held = { holdsRevision: true };
  const rules = (...types: readonly string[]): object => ({ rules: types.map((type) => ({ type, parameters: {} })) });
  const bot = pull({ head: id("h"), mergeCommit: id("m"), author: "dependabot[bot]" });
  const rows: readonly (readonly [string, number, readonly ForgeFile[], object, string?])[] = [
    ["all of it", 4, [...good, githubRuleset()], held],
    ["that the branch holds the revision", 1, [...good, githubRuleset()], {}, "revision on the branch"],
    ["a protection", 1, good, held, "continuity of the branch"],
    [
      "a protection from deletion",
      1,
      [...good, githubRuleset(rules("non_fast_forward", "pull_request"))],
      held,
      "continuity of the branch",
    ],
    [
      "a protection of this branch",
      1,
      [...good, githubRuleset({ conditions: { ref_name: { include: ["refs/heads/next"], exclude: [] } } })],
      held,
      "continuity of the branch",
    ],
    ["a record of a commit", 1, [githubRuleset()], held, "recorded changes"],
    [
      "that pull requests are needed",
      2,
      [...good, githubRuleset(rules("deletion", "non_fast_forward"))],
      held,
      "controls that nobody goes around",
    ],
    [
      "that nobody goes around it",
      2,
      [...good, githubRuleset({ bypass_actors: [{ actor_id: 1 }] })],
      held,
      "controls that nobody goes around",
    ],
    [
      "who may go around it",
      2,
      [...good, githubRuleset({ bypass_actors: undefined })],
      held,
      "controls that nobody goes around",
    ],
    [
      "that it is as old as the changes",
      2,
      [...good, githubRuleset({ updated_at: "2026-03-02T00:00:01Z" })],
      held,
      "controls since before the first change",
    ],
    [
      "how old it is",
      2,
      [...good, githubRuleset({ updated_at: undefined })],
      held,
      "controls since before the first change",
    ],
    [
      "a review of another person",
      3,
      [...pull({ head: id("h"), mergeCommit: id("m"), reviews: [{ login: "alice" }] }), githubRuleset()],
      held,
      "two-party review",
    ],
    ["reviews of what was merged", 3, [...good, githubRuleset()], { ...held, countStale: true }, "two-party review"],
    ["a second person beside a program", 3, [...bot, githubRuleset()], held, "two-party review"],
    [
      "that approvals are needed",
      3,
      [...good, githubRuleset(rules("deletion", "non_fast_forward", "pull_request"))],
      held,
      "review required",
    ],
    [
      "one control that is both old enough and without a bypass",
      2,
      [
        ...good,
        githubRuleset({ updated_at: "2026-03-02T00:00:01Z" }),
        githubRuleset({ bypass_actors: [{ actor_id: 1 }] }),
      ],
      held,
      "controls since before the first change",
    ],
    [
      "approvals that are needed of everybody",
      3,
      [
        ...good,
        githubRuleset(rules("deletion", "non_fast_forward", "pull_request")),
        githubRuleset({ bypass_actors: [{ actor_id: 1 }] }),
      ],
      held,
      "review required",
    ],
    [
      "approvals that were needed from the first change on",
      3,
      [
        ...good,
        githubRuleset(rules("deletion", "non_fast_forward", "pull_request")),
        githubRuleset({ updated_at: "2026-03-02T00:00:01Z" }),
      ],
      held,
      "review required",
    ],
  ];
  for (const [what, level, files, more, lacking] of rows) {
    it(`is ${level} ${lacking === undefined ? "with" : "without"} ${what}`, () => {
      const judged = judgeSourceLevel(review(COMMITS, files, more));
      assert.equal(judged.level, level, JSON.stringify(judged));
      assert.equal(judged.requirements.find(({ met }) => !met)?.name, lacking);
    });
  }

  it("shows nothing of a range without commits", () => {
    const { requirements } = judgeSourceLevel(review({}, [githubRuleset()], held));
    for (const name of ["recorded changes", "two-party review"])
      assert.equal(requirements.find((each) => each.name === name)?.met, false, name);
  });
});

describe("decodeCodeReview", () => {
  const encoded = encodeCodeReview(
    review({ a: { message: `m\n\nReviewed-by: ${BOB}\n` } }, [githubRuleset()]),
  ) as ValueObject;
  const [change] = encoded["changes"] as readonly ValueObject[];
  const withChange = (more: object): Value => ({ ...encoded, changes: [{ ...change, ...more }] as unknown as Value });
  const reviewer = (more: object): object => ({ reviewers: [{ identity: "b", how: "forge", flaws: [], ...more }] });
  const rows: readonly (readonly [string, Value, RegExp])[] = [
    [
      "a summary that its commits do not bear out",
      { ...encoded, summary: { ...(encoded["summary"] as ValueObject), unreviewed: 0 } },
      /summary\.unreviewed/,
    ],
    ["a commit that is said to be reviewed", withChange({ reviewed: true }), /reviewed/],
    ["a trailer that counts", withChange({ ...reviewer({ how: "trailer" }), reviewed: true }), /a trailer alone/],
    ["a flaw that nobody knows", withChange(reviewer({ flaws: ["small"] })), /flaws/],
    ["no flaws", withChange(reviewer({ flaws: undefined })), /flaws/],
    ["a commit that is none", withChange({ commit: "main" }), /changes\[0\]\.commit/],
    ["no revision", { ...encoded, revision: "" }, /revision/],
    ["whether stale approvals count left out", { ...encoded, countsStale: null }, /countsStale/],
    ["no branch", { ...encoded, branch: null }, /branch/],
    ["text", "x", /expected an object/],
  ];
  for (const [what, value, message] of rows) {
    it(`refuses ${what}`, () => {
      const decoded = decodeCodeReview(value);
      assert.ok(!decoded.ok);
      assert.match(decoded.issues.map((issue) => `${issue.path}: ${issue.message}`).join("\n"), message);
    });
  }

  it("ignores members that it does not know", () => assert.ok(decodeCodeReview({ ...encoded, more: 1 }).ok));

  it("reads what was written, of any range", () => {
    const told = fc.record({
      author: fc.constantFrom(ALICE, BOB),
      message: fc.constantFrom("m\n", `m\n\nAcked-by: ${BOB}\n`),
      parents: fc.subarray(["x", "y"]),
    });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("a", "b", "c"), told), (commits) => {
        const made = review(commits, [githubRuleset()]);
        const decoded = decodeCodeReview(encodeCodeReview(made));
        assert.deepEqual(decoded.ok && decoded.value, made);
      }),
      { numRuns: 50 },
    );
  });
});
