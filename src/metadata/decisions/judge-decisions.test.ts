import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseTime } from "../../base/index.ts";
import type { Finding } from "../vulnerability/vulnerability.ts";
import { compileDecisions, toVexDocuments } from "./compile-decisions.ts";
import type { Decision } from "./decision.ts";
import { judgeDecisions, judgeStatedApproval, problemsOf } from "./judge-decisions.ts";
import { isSamePerson, mayBeSamePerson } from "./people.ts";
import { acceptancesAt, decodeRiskAcceptances, encodeRiskAcceptances } from "./risk-acceptance.ts";

const at = (time: string): number => parseTime(time) as number;
const NOW = at("2026-06-01T00:00:00Z");
const DIGEST = `sha256:${"a".repeat(64)}`;
const OTHER_DIGEST = `sha256:${"b".repeat(64)}`;

function decide(
  more: Partial<Decision> = {},
  components: readonly string[] = [],
  products: readonly string[] = [],
): Decision {
  return {
    finding: "CVE-2026-1",
    scope: { products, components },
    status: "not_affected",
    justification: "vulnerable_code_not_present",
    author: "a@example.com",
    approvers: ["b@example.com"],
    decidedAt: "2026-01-01T00:00:00Z",
    ...more,
  };
}

const { justification: _, ...RISK } = decide({
  status: "risk_accepted",
  reason: "Not reachable from outside.",
  owner: "shop team",
  until: "2026-07-01T00:00:00Z",
});

const find = (purl: string, vulnerability = "CVE-2026-1", aliases: readonly string[] = ["GHSA-1"]): Finding => ({
  vulnerability,
  aliases,
  advisory: vulnerability,
  purl,
  component: "left",
  version: "1",
  severity: "high",
  fixedVersions: [],
});

const judge = (decisions: readonly Decision[], more: Partial<Parameters<typeof judgeDecisions>[0]> = {}) =>
  judgeDecisions({ decisions, approvals: decisions.map(judgeStatedApproval), now: NOW, ...more });
const statesOf = (...given: Parameters<typeof judge>): readonly string[] => judge(...given).map(({ state }) => state);

describe("what comes of a decision", () => {
  const rows: readonly [string, Partial<Decision>, string, RegExp?][] = [
    ["approved and in time", {}, "counts"],
    ["no approver", { approvers: [] }, "unapproved", /names no approver/],
    ["the author approves", { approvers: ["A@Example.com"] }, "unapproved", /may be its author/],
    ["the author approves by another address of his", { approvers: ["a+git@example.com"] }, "unapproved"],
    [
      "caution needs no approver",
      { status: "under_investigation", justification: undefined as never, approvers: [] },
      "counts",
    ],
    ["without justification", { justification: undefined as never }, "incomplete", /needs a justification/],
    ["a justification of what is fixed", { status: "fixed" }, "incomplete", /belongs to not_affected/],
    ["a moment before its end", { until: "2026-06-01T00:00:00.001Z" }, "counts"],
    ["at its end", { until: "2026-06-01T00:00:00Z" }, "expired", /until 2026-06-01/],
    ["an hour ahead", { decidedAt: "2026-06-01T01:00:00Z" }, "not_yet", /in the future/],
    ["an end before its beginning", { until: "2025-01-01T00:00:00Z" }, "incomplete", /not after decidedAt/],
  ];
  for (const [name, more, state, reason] of rows)
    test(name, () => {
      const [judged] = judge([decide(more)]);
      assert.equal(judged?.state, state);
      if (reason !== undefined) assert.match(judged?.reasons.join("\n") ?? "", reason);
      assert.equal(judged?.reasons.length === 0, state === "counts");
    });

  test("a risk that is taken needs a reason, an owner and an end", () => {
    const { reason, owner, until, ...rest } = RISK;
    assert.deepEqual(problemsOf({ ...rest, reason, owner, until } as Decision), []);
    assert.deepEqual(problemsOf(rest), [
      "risk_accepted needs a reason",
      "risk_accepted needs an owner",
      "risk_accepted needs an end (until)",
    ]);
  });

  test("all reasons are told", () => {
    const [judged] = judge([decide({ approvers: [], until: "2026-02-01T00:00:00Z" })], { findings: [] });
    assert.deepEqual([judged?.state, judged?.reasons.length], ["expired", 3]);
  });
});

describe("a decision speaks of", () => {
  const product = { purls: ["pkg:oci/shop@sha256%3Aaaaa?repository_url=r.example/shop"], digests: [DIGEST] };
  const rows: readonly [string, Decision, string][] = [
    ["its product by name", decide({}, [], ["pkg:oci/shop"]), "counts"],
    ["its product by digest", decide({}, [], [DIGEST]), "counts"],
    ["no other product", decide({}, [], ["pkg:oci/other"]), "unused"],
    ["no other digest", decide({}, [], [OTHER_DIGEST]), "unused"],
    ["a finding by another name of it", decide({ finding: "ghsa-1" }), "counts"],
    ["no other CVE", decide({ finding: "CVE-2026-2" }), "unused"],
    ["every version of its component", decide({}, ["pkg:npm/left"]), "counts"],
    ["its version", decide({}, ["pkg:npm/left@1"]), "counts"],
    ["no other version", decide({}, ["pkg:npm/left@2"]), "unused"],
    ["no component whose name begins alike", decide({}, ["pkg:npm/lef"]), "unused"],
  ];
  for (const [name, decision, state] of rows)
    test(name, () => assert.deepEqual(statesOf([decision], { product, findings: [find("pkg:npm/left@1")] }), [state]));
});

describe("two decisions", () => {
  const risk: Decision = { ...RISK, scope: { products: [], components: [] } };
  const rows: readonly [string, readonly Decision[], string][] = [
    ["about the same conflict", [decide(), risk], "conflicting conflicting"],
    ["that differ by case of the name", [decide(), { ...risk, finding: "cve-2026-1" }], "conflicting conflicting"],
    ["about all and one component conflict", [decide(), decide({}, ["pkg:npm/left@1"])], "conflicting conflicting"],
    ["about two components do not", [decide({}, ["pkg:npm/left"]), decide({}, ["pkg:npm/right"])], "counts counts"],
    ["about two versions do not", [decide({}, ["pkg:npm/left@1"]), decide({}, ["pkg:npm/left@2"])], "counts counts"],
    ["about two products do not", [decide({}, [], ["pkg:oci/a"]), decide({}, [], ["pkg:oci/b"])], "counts counts"],
    [
      "about a name and a digest may",
      [decide({}, [], ["pkg:oci/a"]), decide({}, [], [DIGEST])],
      "conflicting conflicting",
    ],
    ["of which one has expired do not", [decide(), { ...risk, until: "2026-02-01T00:00:00Z" }], "counts expired"],
    ["of which one is not approved do not", [decide({ approvers: [] }), risk], "unapproved counts"],
    [
      "of which one says affected do",
      [decide(), decide({ status: "under_investigation", justification: undefined as never, approvers: [] })],
      "conflicting conflicting",
    ],
  ];
  for (const [name, decisions, states] of rows) test(name, () => assert.equal(statesOf(decisions).join(" "), states));

  test("about two names of one finding conflict where a scan shows it", () => {
    const decisions = [decide(), decide({ finding: "GHSA-1" })];
    assert.deepEqual(statesOf(decisions), ["counts", "counts"]);
    assert.deepEqual(statesOf(decisions, { findings: [find("pkg:npm/left@1")] }), ["conflicting", "conflicting"]);
  });
  test("by two digests of one product conflict", () => {
    const other = OTHER_DIGEST;
    const product = { purls: [], digests: [DIGEST, other] };
    const decisions = [decide({}, [], [DIGEST]), decide({}, [], [other])];
    assert.deepEqual([statesOf(decisions), statesOf(decisions, { product })].map(String), [
      "counts,counts",
      "conflicting,conflicting",
    ]);
  });
});

describe("compiled", () => {
  const document = { id: "urn:example:1", author: "shop", timestamp: "2026-06-01T00:00:00Z" };
  const product = { purls: ["pkg:oci/shop"], digests: [DIGEST] };
  const compile = (now: number) => {
    const decisions = [
      decide({}, ["pkg:npm/left"]),
      { ...RISK, scope: { products: [], components: ["pkg:npm/right"] } },
    ];
    return compileDecisions({ decisions, approvals: decisions.map(judgeStatedApproval), now, product, document });
  };

  test("a fact is its statement, and a risk that is taken is affected, never not_affected", () => {
    const { vex, acceptances } = compile(NOW);
    assert.deepEqual(
      vex.statements.map(({ status, justification, products, timestamp }) => [
        status,
        justification,
        products.map(({ id, subcomponents }) => [id, ...subcomponents.map((each) => each.id)].join(" ")),
        timestamp,
      ]),
      [
        [
          "not_affected",
          "vulnerable_code_not_present",
          ["pkg:oci/shop pkg:npm/left", `${DIGEST} pkg:npm/left`],
          "2026-01-01T00:00:00Z",
        ],
        ["affected", undefined, ["pkg:oci/shop pkg:npm/right", `${DIGEST} pkg:npm/right`], "2026-01-01T00:00:00Z"],
      ],
    );
    assert.equal(
      vex.statements[1]?.actionStatement,
      "Risk accepted by shop team until 2026-07-01T00:00:00Z: Not reachable from outside.",
    );
    assert.deepEqual(acceptances, [
      {
        finding: "CVE-2026-1",
        scope: { products: [], components: ["pkg:npm/right"] },
        owner: "shop team",
        reason: "Not reachable from outside.",
        author: "a@example.com",
        approvers: [{ identity: "b@example.com", proof: "stated" }],
        decidedAt: "2026-01-01T00:00:00Z",
        until: "2026-07-01T00:00:00Z",
      },
    ]);
  });

  test("after its end a risk is in neither", () => {
    const { vex, acceptances, judged } = compile(at("2026-07-01T00:00:00Z"));
    assert.deepEqual([vex.statements.length, acceptances.length, judged[1]?.state], [1, 0, "expired"]);
  });

  test("a product without a name does not widen what speaks of components", () => {
    const decisions = [decide({}, ["pkg:npm/left"])];
    const nameless = { purls: [], digests: [] };
    const judged = judge(decisions, { product: nameless });
    const [made] = toVexDocuments(judged, nameless, { id: "decisions.yaml", timestamp: document.timestamp });
    assert.deepEqual(
      made?.statements[0]?.products.map(({ id }) => id),
      ["pkg:npm/left"],
    );
    assert.equal(made?.author, "a@example.com, approved by b@example.com");
  });

  test("an attested acceptance is read again, and counts until its end", () => {
    const decoded = decodeRiskAcceptances(encodeRiskAcceptances(compile(NOW).acceptances));
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.value, compile(NOW).acceptances);
    const counts = (time: string): number => acceptancesAt(decoded.value, at(time)).length;
    assert.deepEqual(["2025-12-31T00:00:00Z", "2026-06-30T23:59:59Z", "2026-07-01T00:00:00Z"].map(counts), [0, 1, 0]);
  });

  test("an acceptance that lacks its end, or the list of its components, is refused", () => {
    const [acceptance] = compile(NOW).acceptances;
    const { until, ...endless } = acceptance as NonNullable<typeof acceptance>;
    for (const [predicate, path] of [
      [{ acceptances: [endless] }, "acceptances[0].until"],
      [{ acceptances: [{ ...endless, until, scope: { products: [] } }] }, "acceptances[0].scope.components"],
      [{}, "acceptances"],
    ] as const) {
      const decoded = decodeRiskAcceptances(predicate as never);
      assert.deepEqual(decoded.ok ? [] : decoded.issues.map((issue) => issue.path), [path]);
    }
  });
});

describe("people", () => {
  const rows: readonly [string, string, boolean, boolean][] = [
    ["a@example.com", "A@EXAMPLE.com", true, true],
    ["a@example.com", "Alice <a@example.com>", true, true],
    ["a@example.com", "a+git@example.com", true, false],
    ["al.ice@gmail.com", "alice@googlemail.com", true, false],
    ["1+alice@users.noreply.github.com", "alice@users.noreply.github.com", true, false],
    ["1+alice@users.noreply.github.com", "1+bob@users.noreply.github.com", false, false],
    ["Alice", "alice@example.com", true, false],
    ["Alice Smith", "alice.smith@example.com", true, false],
    ["Alice <a@example.com>", "Alice <b@example.com>", true, false],
    ["Alice", "alice", true, true],
    ["a@example.com", "a@example.org", false, false],
    ["a@example.com", "ａ@example.com", true, true],
    ["", "", false, false],
  ];
  for (const [a, b, may, is] of rows)
    test(`${a} and ${b}`, () => {
      assert.deepEqual([mayBeSamePerson(a, b), isSamePerson(a, b)], [may, is]);
      assert.deepEqual([mayBeSamePerson(b, a), isSamePerson(b, a)], [may, is]);
    });
});
