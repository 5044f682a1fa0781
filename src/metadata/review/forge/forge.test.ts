import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeUtf8 } from "../../../base/index.ts";
import {
  forgeFile,
  ghFile,
  githubFiles,
  githubRuleset,
  gitlabFiles,
  type ToldChange,
} from "../../../testing/forge-data.ts";
import {
  type ApprovalRules,
  createIdentities,
  type ForgeChange,
  type ForgeData,
  type ForgeFile,
  judgeApprovals,
  readForgeData,
} from "../../index.ts";

const HEAD = "a".repeat(40);
const OLD = "b".repeat(40);
const COMMITS = [{ id: HEAD, login: "alice", email: "alice@example.com" }];

function read(...files: readonly ForgeFile[]): ForgeData {
  const decoded = readForgeData(files);
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded.value;
}

function only(...files: readonly ForgeFile[]): ForgeChange {
  const { changes, notes } = read(...files);
  assert.deepEqual(notes, []);
  assert.equal(changes.length, 1);
  return changes[0] as ForgeChange;
}

/** Each approver with the flaws of the approval. */
function flaws(change: ForgeChange, rules: Partial<ApprovalRules> = {}): Readonly<Record<string, string>> {
  const approvals = judgeApprovals(change, { identities: createIdentities(), ...rules });
  return Object.fromEntries(approvals.map(({ person, flaws: found }) => [person.login ?? "nobody", found.join()]));
}

describe("approvals by GitHub's data", () => {
  const rows: readonly (readonly [
    string,
    Partial<ToldChange>,
    Partial<ApprovalRules>,
    Readonly<Record<string, string>>,
  ])[] = [
    ["another person's", { reviews: [{}] }, {}, { bob: "" }],
    ["the author's", { reviews: [{ login: "Alice" }] }, {}, { Alice: "self" }],
    ["a bot's", { reviews: [{ login: "helper[bot]" }] }, {}, { "helper[bot]": "bot" }],
    ["an account's of no part in it", { reviews: [{ association: "NONE" }] }, {}, { bob: "outsider" }],
    ["a contributor's", { reviews: [{ association: "CONTRIBUTOR" }] }, {}, { bob: "" }],
    ["of an earlier push", { reviews: [{ commit: OLD }] }, {}, { bob: "stale" }],
    ["of an earlier push, let count", { reviews: [{ commit: OLD }] }, { countStale: true }, { bob: "" }],
    ["of another commit than asked about", { reviews: [{}] }, { commit: OLD }, { bob: "stale" }],
    [
      "taken back",
      { reviews: [{}, { state: "CHANGES_REQUESTED", at: "2026-03-01T01:00:00Z" }] },
      {},
      { bob: "withdrawn" },
    ],
    [
      "given after changes were asked for",
      { reviews: [{ state: "CHANGES_REQUESTED", at: "2026-02-01T00:00:00Z" }, {}] },
      {},
      { bob: "" },
    ],
    [
      "in an order of its own",
      { reviews: [{}, { state: "CHANGES_REQUESTED", at: "2026-02-01T00:00:00Z" }] },
      {},
      { bob: "" },
    ],
    ["followed by a comment", { reviews: [{}, { state: "COMMENTED", at: "2026-03-01T01:00:00Z" }] }, {}, { bob: "" }],
    ["dismissed", { reviews: [{ state: "DISMISSED" }] }, {}, { bob: "withdrawn" }],
    ["a comment alone", { reviews: [{ state: "COMMENTED" }] }, {}, {}],
    ["after the merge", { reviews: [{ at: "2026-03-03T00:00:00Z" }] }, {}, { bob: "after_merge" }],
    [
      "a committer's",
      { reviews: [{}], commits: [...COMMITS, { id: OLD, login: "bob", email: "b@x.example" }] },
      {},
      { bob: "self" },
    ],
    [
      "a co-author's",
      {
        reviews: [{}],
        commits: [{ ...COMMITS[0]!, message: "x\n\nCo-authored-by: B <7+bob@users.noreply.github.com>" }],
      },
      {},
      { bob: "self" },
    ],
    [
      "with a co-author whom nobody knows",
      { reviews: [{}], commits: [{ ...COMMITS[0]!, message: "x\n\nCo-authored-by: B <b@x.example>" }] },
      {},
      { bob: "author_unknown" },
    ],
    [
      "with a co-author who is named",
      { reviews: [{}], commits: [{ ...COMMITS[0]!, message: "x\n\nCo-authored-by: B <b@x.example>" }] },
      { identities: createIdentities([["b@x.example", "github:dora"]]) },
      { bob: "" },
    ],
    [
      "with the approver as a co-author by another name",
      { reviews: [{}], commits: [{ ...COMMITS[0]!, message: "x\n\nCo-authored-by: B <b@x.example>" }] },
      { identities: createIdentities([["B@X.example", "github:BOB"]]) },
      { bob: "self" },
    ],
    [
      "with a commit of no account",
      { reviews: [{}], commits: [{ id: HEAD, email: "x@x.example" }] },
      {},
      { bob: "author_unknown" },
    ],
    ["without commits", { reviews: [{}], commits: undefined as never }, {}, { bob: "author_unknown" }],
    [
      "with the approver among the authors in git",
      { reviews: [{}] },
      { authors: [{ accounts: [], emails: ["bob@users.noreply.github.com"] }] },
      { bob: "self" },
    ],
    [
      "with an author in git whom nobody knows",
      { reviews: [{}] },
      { authors: [{ accounts: [], emails: ["e@x.example"] }] },
      { bob: "author_unknown" },
    ],
    ["two, of which one counts", { reviews: [{}, { login: "alice" }] }, {}, { bob: "", alice: "self" }],
  ];
  for (const [what, told, rules, expected] of rows) {
    it(`${what}: ${JSON.stringify(expected)}`, () => {
      const change = { head: HEAD, commits: COMMITS, ...told };
      const { commits, ...others } = change;
      assert.deepEqual(flaws(only(...githubFiles(commits === undefined ? others : change)), rules), expected);
    });
  }

  it("are the same by gh and GraphQL", () => {
    const told = { head: HEAD, commits: COMMITS, reviews: [{}, { login: "alice" }, { login: "dora", commit: OLD }] };
    const expected = { bob: "", alice: "self", dora: "stale" };
    assert.deepEqual(flaws(only(...githubFiles(told))), expected);
    assert.deepEqual(flaws(only(ghFile(told))), expected);
    const graph = {
      data: {
        repository: {
          pullRequest: {
            number: 7,
            url: "https://github.com/acme/shop/pull/7",
            state: "MERGED",
            author: { __typename: "User", login: "alice" },
            baseRefName: "main",
            headRefOid: HEAD,
            reviews: {
              nodes: [{ author: { __typename: "User", login: "bob" }, state: "APPROVED", commit: { oid: HEAD } }],
            },
            commits: {
              nodes: [{ commit: { oid: HEAD, authors: { nodes: [{ email: "a@x", user: { login: "alice" } }] } } }],
            },
          },
        },
      },
    };
    assert.deepEqual(flaws(only(forgeFile("graph.json", graph))), { bob: "" });
  });

  it("do not count by GraphQL where the lists are cut off", () => {
    const told = { head: HEAD, commits: COMMITS, reviews: [{}] };
    const gh = JSON.parse(Buffer.from(ghFile(told).bytes).toString()) as Record<"reviews" | "commits", object[]>;
    const cut = (name: "reviews" | "commits", more: object): ForgeData =>
      read(forgeFile("graph.json", { ...gh, [name]: { nodes: gh[name], ...more } }));
    for (const [name, more, expected] of [
      ["reviews", { totalCount: 1, pageInfo: { hasNextPage: false, hasPreviousPage: false } }, { bob: "" }],
      ["reviews", { totalCount: 2 }, {}],
      ["reviews", { pageInfo: { hasNextPage: true } }, {}],
      ["commits", { totalCount: 1 }, { bob: "" }],
      ["commits", { totalCount: 2 }, { bob: "author_unknown" }],
      ["commits", { pageInfo: { hasPreviousPage: true } }, { bob: "author_unknown" }],
    ] as const) {
      const { changes, notes } = cut(name, more);
      assert.deepEqual(flaws(changes[0]!), expected, JSON.stringify(more));
      assert.equal(notes.length, expected.bob === "" ? 0 : 1, JSON.stringify(notes));
    }
  });

  it("do not count by gh where nothing tells a person from a program", () => {
    for (const [association, expected] of [
      ["COLLABORATOR", ""],
      ["CONTRIBUTOR", "person_unknown"],
      [null, "person_unknown"],
      ["NONE", "outsider"],
    ] as const) {
      const told = { head: HEAD, commits: COMMITS, reviews: [{ association }] };
      assert.deepEqual(flaws(only(ghFile(told))), { bob: expected }, association ?? "nothing");
    }
  });
});

describe("approvals by GitLab's data", () => {
  const PUSHED = "2026-02-28T00:00:00Z";
  const people = createIdentities([["alice@example.com", "gitlab:alice"]]);
  const told = { head: HEAD, commits: COMMITS, pushes: [{ head: HEAD, at: PUSHED }] };
  const rows: readonly (readonly [string, Parameters<typeof gitlabFiles>[0], Readonly<Record<string, string>>])[] = [
    ["after the last push", { ...told, reviews: [{}] }, { bob: "" }],
    [
      "before the last push",
      {
        ...told,
        reviews: [{ at: "2026-02-27T00:00:00Z" }],
        pushes: [
          { head: OLD, at: "2026-02-26T00:00:00Z" },
          { head: HEAD, at: PUSHED },
        ],
      },
      { bob: "stale" },
    ],
    ["at the time of the push", { ...told, reviews: [{ at: PUSHED }] }, { bob: "commit_unknown" }],
    ["without versions", { head: HEAD, commits: COMMITS, reviews: [{}] }, { bob: "commit_unknown" }],
    ["the author's", { ...told, reviews: [{ login: "alice" }] }, { alice: "self" }],
    ["a bot's", { ...told, reviews: [{ login: "project_12_bot_0a" }] }, { project_12_bot_0a: "bot" }],
  ];
  for (const [what, given, expected] of rows) {
    it(`${what}: ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(flaws(only(...gitlabFiles(given)), { identities: people }), expected);
    });
  }

  it("do not count while nobody says which account has an author's address", () => {
    assert.deepEqual(flaws(only(...gitlabFiles({ ...told, reviews: [{}] }))), { bob: "author_unknown" });
  });
});

describe("readForgeData", () => {
  it("reads protections of both forges", () => {
    const classic = {
      url: "https://api.github.com/repos/acme/shop/branches/release%2F1/protection",
      enforce_admins: { enabled: true },
      allow_force_pushes: { enabled: false },
      allow_deletions: { enabled: false },
      required_pull_request_reviews: {
        required_approving_review_count: 2,
        dismiss_stale_reviews: true,
        bypass_pull_request_allowances: { users: [{ login: "root" }] },
      },
      required_status_checks: { contexts: ["build"] },
    };
    const lab = {
      name: "main",
      push_access_levels: [{ access_level: 0 }],
      merge_access_levels: [],
      allow_force_push: false,
    };
    const open = { ...lab, push_access_levels: [{ access_level: 0 }, { access_level: 40 }] };
    const { protections, notes } = read(
      forgeFile("classic.json", classic),
      githubRuleset(),
      githubRuleset({ enforcement: "evaluate" }),
      githubRuleset({ bypass_actors: undefined, updated_at: undefined }),
      forgeFile("lab.json", [lab, open]),
    );
    assert.deepEqual(
      protections.map((each) => [
        each.branch,
        each.forbidsForcePush,
        each.forbidsDeletion,
        each.requiresChangeRequest,
        each.requiredApprovals,
        each.hasNoBypass,
        each.since,
      ]),
      [
        ["release/1", true, true, true, 2, false, undefined],
        ["main", true, true, true, 1, true, "2026-01-01T00:00:00Z"],
        ["main", true, true, true, 1, undefined, undefined],
        ["main", true, undefined, true, undefined, undefined, undefined],
        ["main", true, undefined, false, undefined, undefined, undefined],
      ],
    );
    assert.match(notes.join(), /ruleset.json: the ruleset "main" is not an active one/);
  });

  const refused: readonly (readonly [string, readonly ForgeFile[], RegExp])[] = [
    ["no JSON", [{ name: "x.json", bytes: encodeUtf8("[{}][{}]") }], /x\.json.*--slurp/],
    ["something else", [forgeFile("x.json", { bomFormat: "CycloneDX" })], /x\.json.*a GitHub pull request/],
    ["a number", [forgeFile("x.json", 3)], /expected data of a forge/],
    ["a change that stands twice", [...githubFiles({ head: HEAD }), ...githubFiles({ head: HEAD })], /stands twice/],
    ["a head that is no commit", githubFiles({ head: "HEAD" }), /head\.sha.*commit's id/],
    [
      "a state that nobody knows",
      githubFiles({ head: HEAD, reviews: [{ state: "MAYBE" as never }] }),
      /unknown state "MAYBE"/,
    ],
    ["a time that is none", githubFiles({ head: HEAD, reviews: [{ at: "yesterday" }] }), /RFC 3339/],
    [
      "commits of two changes in one list",
      [
        ...githubFiles({ head: HEAD }),
        ...githubFiles({ number: 8, head: OLD }),
        forgeFile(
          "c.json",
          [HEAD, OLD].map((sha) => ({ sha, commit: {} })),
        ),
      ],
      /a file of its own/,
    ],
  ];
  for (const [what, files, message] of refused) {
    it(`refuses ${what}`, () => {
      const decoded = readForgeData(files);
      assert.ok(!decoded.ok);
      assert.match(decoded.issues.map((issue) => `${issue.path}: ${issue.message}`).join("\n"), message);
    });
  }

  it("tells of what joins nothing, is empty or looks cut off", () => {
    const [pull, reviews] = githubFiles({ head: HEAD, reviews: Array.from({ length: 30 }, () => ({})) });
    assert.match(read(pull as ForgeFile, reviews as ForgeFile).notes.join(), /exactly 30 reviews/);
    assert.match(read(reviews as ForgeFile).notes.join(), /reviews of no change/);
    assert.match(read(forgeFile("e.json", [])).notes.join(), /e\.json: an empty list/);
    const [whole, commits] = githubFiles({ head: HEAD, commits: [...COMMITS, { id: OLD, email: "x@x" }] });
    const cut = read(
      whole as ForgeFile,
      forgeFile("c.json", JSON.parse(new TextDecoder().decode(commits?.bytes)).slice(0, 1)),
    );
    assert.match(cut.notes.join(), /1 of its 2 commits/);
    assert.equal(cut.changes[0]?.commits, undefined);
  });

  it("never throws on damaged data", () => {
    const files = [
      ...githubFiles({ head: HEAD, commits: COMMITS, reviews: [{}] }),
      githubRuleset(),
      ...gitlabFiles({ head: HEAD, reviews: [{}] }),
    ];
    const damage = fc.record({
      file: fc.constantFrom(...files),
      at: fc.nat(),
      value: fc.constantFrom("null", "[]", "{}", '"x"', "-1"),
    });
    fc.assert(
      fc.property(damage, ({ file, at, value }) => {
        const text = new TextDecoder().decode(file.bytes);
        const places = [...text.matchAll(/:("[^"]*"|\d+|null|true|false)/g)];
        const place = places[at % places.length];
        if (place === undefined) return;
        const changed = `${text.slice(0, place.index + 1)}${value}${text.slice(place.index + place[0].length)}`;
        const decoded = readForgeData([{ name: file.name, bytes: encodeUtf8(changed) }]);
        if (decoded.ok)
          for (const change of decoded.value.changes) judgeApprovals(change, { identities: createIdentities() });
      }),
      { numRuns: 200 },
    );
  });
});
