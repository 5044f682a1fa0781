import assert from "node:assert/strict";
import { test } from "node:test";
import { type ImageDetail, type ResultRow, verdictOf } from "./verdict.ts";

const result = (change: Partial<ResultRow> = {}): ResultRow => ({
  resource: { cluster: "demo", apiVersion: "v1", kind: "Pod", namespace: "shop", name: "web" },
  policy: "require-sbom",
  rule: "sbom",
  status: "fail",
  message: "there is no SBOM",
  checkedAt: "2026-11-20T00:00:00Z",
  since: "2026-11-20T00:00:00Z",
  ...change,
});
const use = (allowed: boolean): ImageDetail["uses"][number] => ({
  cluster: "demo",
  kind: "Pod",
  name: "web",
  allowed,
  checkedAt: "2026-11-20T00:00:00Z",
  image: "shop:1",
});

const CASES: readonly [string, Parameters<typeof verdictOf>, ReturnType<typeof verdictOf>][] = [
  [
    "admitted",
    [{ verdict: "allowed", uses: [use(true)] }, [result({ status: "pass" })]],
    { tone: "good", title: "ADMITTED", reasons: ["1 resource runs it; no policy denies it"], more: 0 },
  ],
  [
    "admitted while an audit rule fails",
    [{ verdict: "allowed", uses: [use(true), use(true)] }, [result()]],
    {
      tone: "good",
      title: "ADMITTED",
      reasons: [
        "2 resources run it; no policy denies it",
        "Rules that do not deny have found:",
        "require-sbom / sbom: there is no SBOM",
      ],
      more: 0,
    },
  ],
  [
    "denied: each reason once",
    [
      { verdict: "denied", uses: [use(false)] },
      [result(), result({ resource: { ...result().resource, name: "other" } }), result({ status: "pass" })],
    ],
    { tone: "bad", title: "WOULD BE DENIED because", reasons: ["require-sbom / sbom: there is no SBOM"], more: 0 },
  ],
  [
    "an error is not a fail",
    [{ verdict: "denied", uses: [use(false)] }, [result({ status: "error", message: "the registry hangs" })]],
    {
      tone: "bad",
      title: "WOULD BE DENIED because",
      reasons: ["require-sbom / sbom: could not decide: the registry hangs"],
      more: 0,
    },
  ],
  [
    "denied, no result",
    [{ verdict: "denied", uses: [use(false), use(true)] }, []],
    {
      tone: "bad",
      title: "WOULD BE DENIED because",
      reasons: ["1 of its resources denied at the last check; the rule is not stored"],
      more: 0,
    },
  ],
  [
    "unknown",
    [{ verdict: "unknown", uses: [] }, []],
    {
      tone: "neutral",
      title: "UNKNOWN",
      reasons: ["No resource that names this digest has been checked yet"],
      more: 0,
    },
  ],
];
for (const [name, [image, results], expected] of CASES) {
  test(`verdictOf: ${name}`, () => assert.deepEqual(verdictOf(image, results), expected));
}

test("verdictOf: many reasons are cut and counted", () => {
  const results = Array.from({ length: 9 }, (_, index) => result({ rule: `rule ${index}` }));
  const verdict = verdictOf({ verdict: "denied", uses: [use(false)] }, results);
  assert.equal(verdict.reasons.length, 5);
  assert.equal(verdict.more, 4);
});
