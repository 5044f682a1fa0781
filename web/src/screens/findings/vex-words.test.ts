import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Finding,
  findingState,
  justificationWords,
  statusWords,
  unmatchedWords,
  waysToAnswer,
} from "./vex-words.ts";

const FINDING: Finding = {
  repository: "registry.example/shop",
  digest: `sha256:${"a".repeat(64)}`,
  vulnerability: "CVE-2026-1",
  aliases: [],
  purl: "pkg:npm/left@1.0.0",
  component: "left",
  version: "1.0.0",
  severity: "high",
  fixedVersions: [],
  answered: false,
  unmatched: 0,
  running: 0,
};
const said = (status: string, justification?: string): NonNullable<Finding["statement"]> => ({
  status,
  timestamp: "2026-11-20T00:00:00Z",
  author: "A",
  documentId: "https://vex.example/1",
  ...(justification === undefined ? {} : { justification }),
});

const STATES: readonly [string, Partial<Finding>, ReturnType<typeof findingState>][] = [
  ["nobody speaks", {}, { word: "Open", tone: "bad", because: "no statement decides it" }],
  [
    "statements about something else",
    { unmatched: 2 },
    {
      word: "Open",
      tone: "bad",
      because: "no statement decides it; 2 statements about it speak of other products or components",
    },
  ],
  [
    "answered",
    { answered: true, statement: said("not_affected", "vulnerable_code_not_in_execute_path") },
    { word: "Not affected", tone: "good", because: "answered: the vulnerable code is never run" },
  ],
  ["affected", { statement: said("affected") }, { word: "Affected", tone: "bad", because: "stays open" }],
  [
    "under investigation",
    { statement: said("under_investigation") },
    { word: "Under investigation", tone: "neutral", because: "stays open" },
  ],
  [
    "not_affected that does not answer is not shown as good",
    { statement: said("not_affected") },
    { word: "Not affected", tone: "neutral", because: "stays open" },
  ],
];
for (const [name, change, expected] of STATES) {
  test(`findingState: ${name}`, () => assert.deepEqual(findingState({ ...FINDING, ...change }), expected));
}

test("unknown words stay as they are", () => {
  assert.equal(statusWords("perhaps").word, "perhaps");
  assert.equal(statusWords("__proto__").word, "__proto__");
  assert.equal(justificationWords("constructor"), "constructor");
});

test("all five justifications of OpenVEX have words", () => {
  const labels = [
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
  ];
  for (const label of labels) assert.notEqual(justificationWords(label), label);
});

test("unmatchedWords", () => {
  assert.equal(unmatchedWords(0), "");
  assert.match(unmatchedWords(1), /^1 statement /);
  assert.match(unmatchedWords(3), /^3 statements /);
});

test("waysToAnswer: none for an answered finding; a fix only where one is known", () => {
  assert.deepEqual(waysToAnswer({ ...FINDING, answered: true }), []);
  assert.match(waysToAnswer({ ...FINDING, fixedVersions: ["1.0.1"] })[0] ?? "", /left 1\.0\.1/);
  assert.match(waysToAnswer(FINDING)[0] ?? "", /No fixed version/);
});
