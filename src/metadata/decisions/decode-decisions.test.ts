import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { encodeUtf8 } from "../../base/index.ts";
import { DECISION_STATUSES, type Decision } from "./decision.ts";
import { decodeDecisions } from "./decode-decisions.ts";
import { decisionKey, editDecisions, encodeDecisions } from "./encode-decisions.ts";

const HEAD = "apiVersion: amap.dev/v1alpha1\nkind: Decisions\n";
const ENTRY = `  - finding: CVE-2026-1
    status: fixed
    author: a@example.com
    decidedAt: 2026-01-01T00:00:00Z
`;

const issuesOf = (text: string): readonly string[] => {
  const decoded = decodeDecisions(encodeUtf8(text));
  return decoded.ok ? [] : decoded.issues.map(({ path, message }) => `${path}: ${message}`);
};

describe("a file of decisions", () => {
  test("is read with what an entry leaves out", () => {
    assert.deepEqual(decodeDecisions(encodeUtf8(`${HEAD}decisions:\n${ENTRY}`)), {
      ok: true,
      value: [
        {
          finding: "CVE-2026-1",
          scope: { products: [], components: [] },
          status: "fixed",
          author: "a@example.com",
          approvers: [],
          decidedAt: "2026-01-01T00:00:00Z",
        },
      ],
    });
  });

  const entry = (more: string): string => `${HEAD}decisions:\n${ENTRY}${more}`;
  const rows: readonly [string, string, RegExp][] = [
    ["another kind", `apiVersion: amap.dev/v1alpha1\nkind: KeyRing\ndecisions: []\n`, /^kind: expected Decisions/],
    ["another version", `apiVersion: amap.dev/v2\nkind: Decisions\ndecisions: []\n`, /^apiVersion: expected amap.dev/],
    ["no list", HEAD, /^decisions: expected a list, found nothing/],
    ["two documents", `${HEAD}decisions: []\n---\n${HEAD}decisions: []\n`, /expected one document, found 2/],
    ["an unknown field of the file", `${HEAD}decisions: []\nignore: []\n`, /^ignore: unknown field/],
    ["an unknown field of an entry", entry("    expires: 2027-01-01T00:00:00Z\n"), /^decisions\[0\]\.expires: unknown/],
    [
      "an unknown field of a scope",
      entry("    scope:\n      images: [a]\n"),
      /^decisions\[0\]\.scope\.images: unknown/,
    ],
    ["a date that is no time", entry("    until: 2027-01-01\n"), /^decisions\[0\]\.until: expected an RFC 3339 time/],
    [
      "an end that was emptied, which would last for ever",
      entry("    until:\n"),
      /^decisions\[0\]\.until: expected a value/,
    ],
    [
      "a scope that was emptied, which would widen it",
      entry("    scope:\n"),
      /^decisions\[0\]\.scope: expected a value/,
    ],
    [
      "components that were emptied",
      entry("    scope:\n      components: []\n"),
      /^decisions\[0\]\.scope\.components: expected at least one/,
    ],
    [
      "components that are commented out",
      entry("    scope:\n      components:\n      # - pkg:npm/a\n"),
      /^decisions\[0\]\.scope\.components: expected a value/,
    ],
    [
      "a component that is no package URL",
      entry("    scope:\n      components: [lodash]\n"),
      /^decisions\[0\]\.scope\.components\[0\]: expected a package URL without empty parts, found "lodash"/,
    ],
    [
      "a component whose version a template left empty",
      entry('    scope:\n      components: ["pkg:npm/a@?x=1"]\n'),
      /^decisions\[0\]\.scope\.components\[0\]: expected a package URL without empty parts/,
    ],
    [
      "a product whose qualifier was left empty",
      entry('    scope:\n      products: ["pkg:oci/shop?repository_url="]\n'),
      /^decisions\[0\]\.scope\.products\[0\]: expected a package URL without empty parts/,
    ],
    ["a scope with nothing in it", entry("    scope: {}\n"), /^decisions\[0\]\.scope: expected products or components/],
    ["an owner of spaces", entry('    owner: "  "\n'), /^decisions\[0\]\.owner: expected a value/],
    [
      "a product that is neither",
      entry("    scope:\n      products: [shop:v1]\n"),
      /^decisions\[0\]\.scope\.products\[0\]: expected a package URL without empty parts, or a digest/,
    ],
    [
      "a justification that VEX has not",
      entry("    justification: trust_me\n"),
      /^decisions\[0\]\.justification: expected one/,
    ],
    [
      "approvers that are no list",
      entry("    approvers: b@example.com\n"),
      /^decisions\[0\]\.approvers: expected a list/,
    ],
    ["a field twice", entry("    status: fixed\n"), /status/],
  ];
  for (const [name, text, expected] of rows)
    test(`with ${name} is refused`, () => assert.match(issuesOf(text).join("\n"), expected));

  test("tells all issues, not the first", () => {
    const found = issuesOf(`${HEAD}decisions:\n  - {}\n  - {status: maybe}\n`);
    assert.deepEqual(
      found.map((each) => each.split(":")[0]),
      [
        "decisions[0].author",
        "decisions[0].finding",
        "decisions[0].status",
        "decisions[0].decidedAt",
        "decisions[1].author",
        "decisions[1].finding",
        "decisions[1].status",
        "decisions[1].status",
        "decisions[1].decidedAt",
      ].filter((each, index, all) => each !== all[index - 1]),
    );
  });
});

describe("a change keeps all else of the file", () => {
  const file = `# Who decides: the security guild.
${HEAD}
decisions:
  # minimist
  - finding: CVE-2026-1
    # why: see the ticket
    status: fixed # by us
    author: a@example.com
    decidedAt: 2026-01-01T00:00:00Z

  # lodash
  - finding: CVE-2026-2
    status: fixed
    author: a@example.com
    decidedAt: 2026-01-01T00:00:00Z
# the end
`;
  const decision: Decision = {
    finding: "CVE-2026-9",
    scope: { products: [], components: ["pkg:npm/a@1"] },
    status: "not_affected",
    impactStatement: "Two lines:\nthis is the second.\n",
    author: "Bob: <b@example.com>",
    approvers: ["c@example.com"],
    decidedAt: "2026-02-01T00:00:00Z",
  };
  const block = `  - finding: CVE-2026-9
    scope:
      components:
      - pkg:npm/a@1
    status: not_affected
    impactStatement: |
      Two lines:
      this is the second.
    author: "Bob: <b@example.com>"
    approvers:
    - c@example.com
    decidedAt: "2026-02-01T00:00:00Z"
`;
  const last = `  # lodash
  - finding: CVE-2026-2
    status: fixed
    author: a@example.com
    decidedAt: 2026-01-01T00:00:00Z
`;
  test("when one is added", () =>
    assert.deepEqual(editDecisions(file, { kind: "add", decision }), {
      ok: true,
      value: file.replace("# the end", `\n${block}# the end`),
    }));
  test("when one is replaced", () => {
    const edited = editDecisions(file, { kind: "replace", index: 1, decision });
    assert.deepEqual(edited, { ok: true, value: file.replace(last, `  # lodash\n${block}`) });
  });
  test("when one is replaced that has comments in it", () => {
    const edited = editDecisions(file, { kind: "replace", index: 0, decision });
    assert.ok(edited.ok);
    assert.ok(edited.value.includes(`  # minimist\n    # why: see the ticket\n${block}\n  # lodash`), edited.value);
  });
  test("when one is taken out", () => {
    const edited = editDecisions(file, { kind: "remove", index: 1 });
    assert.deepEqual(edited, { ok: true, value: file.replace(last, "  # lodash\n") });
  });
  test("and gives the file back when it is undone", () => {
    const added = editDecisions(encodeDecisions([]), { kind: "add", decision });
    assert.ok(added.ok);
    assert.deepEqual(editDecisions(added.value, { kind: "remove", index: 0 }), {
      ok: true,
      value: encodeDecisions([]),
    });
  });
  test("or is refused where the file is in brackets", () => {
    const flow = `{apiVersion: amap.dev/v1alpha1, kind: Decisions, decisions: [{finding: A, status: fixed, author: a, decidedAt: "2026-01-01T00:00:00Z"}]}`;
    const edited = editDecisions(flow, { kind: "add", decision });
    assert.match(edited.ok ? "" : (edited.issues[0]?.message ?? ""), /not written as a list of blocks/);
  });
  test("or is refused where there is no such entry", () =>
    assert.equal(editDecisions(file, { kind: "remove", index: 2 }).ok, false));
});

const word = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" }).filter((text) => text.trim() !== "");
const time = fc.constantFrom("2026-01-01T00:00:00Z", "2026-06-30T12:00:00.5+02:00");
const decisions = fc.record(
  {
    finding: fc.constantFrom("CVE-2026-1", "GHSA-aaaa-bbbb-cccc"),
    scope: fc.record({
      products: fc.array(fc.constantFrom("pkg:oci/shop", `sha256:${"a".repeat(64)}`), { maxLength: 2 }),
      components: fc.array(fc.constantFrom("pkg:npm/a", "pkg:deb/debian/b@1?arch=amd64"), { maxLength: 2 }),
    }),
    status: fc.constantFrom(...DECISION_STATUSES),
    justification: fc.constant("component_not_present" as const),
    impactStatement: word,
    reason: fc.lorem({ mode: "sentences" }).map((text) => text.replaceAll(". ", ".\n")),
    owner: word,
    author: word,
    approvers: fc.array(word, { maxLength: 2 }),
    decidedAt: time,
    until: time,
  },
  { requiredKeys: ["finding", "scope", "status", "author", "approvers", "decidedAt"] },
);

test("what is written is read again, and a change changes nothing else", () => {
  fc.assert(
    fc.property(fc.array(decisions, { maxLength: 4 }), decisions, fc.nat(), (list, more, at) => {
      const keys = (text: string): readonly string[] => {
        const decoded = decodeDecisions(encodeUtf8(text));
        assert.ok(decoded.ok, JSON.stringify(decoded));
        return decoded.value.map(decisionKey);
      };
      const text = encodeDecisions(list);
      const own = list.map(decisionKey);
      assert.deepEqual(keys(text), own);
      const added = editDecisions(text, { kind: "add", decision: more });
      assert.ok(added.ok, JSON.stringify(added));
      assert.deepEqual(keys(added.value), [...own, decisionKey(more)]);
      const index = at % (list.length + 1);
      const removed = editDecisions(added.value, { kind: "remove", index });
      assert.ok(removed.ok, JSON.stringify(removed));
      assert.deepEqual(keys(removed.value), [...own, decisionKey(more)].toSpliced(index, 1));
    }),
    { numRuns: 50 },
  );
});
