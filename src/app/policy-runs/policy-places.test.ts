/** Messages name the file, the line and the path in the document. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AmapError, isAmapError } from "../../base/index.ts";
import { decodeTestFile, decodeValuesFile } from "../../policy/index.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { prepareApplication } from "./apply-policies.ts";
import type { ApplyRequest } from "./apply-request.ts";
import { loadPolicySet } from "./load-policies.ts";
import { placedMessage } from "./policy-places.ts";
import type { PolicyRun } from "./policy-run.ts";
import { readCliFile, readDecoded } from "./read-files.ts";

const head = (name: string): string =>
  `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata:\n  name: ${name}\nspec:\n  rules:\n  - name: r\n    match: {any: [{resources: {kinds: [Pod]}}]}\n`;
const GOOD = `${head("good")}    validate:\n      pattern: {kind: Pod}\n`;
const MISSPELT = `${head("misspelt")}    validate:\n      patern: {kind: Pod}\n`;
const UNREADABLE = `${head("unreadable")}    validate:\n      message: m\n      deny:\n        conditions:\n          any:\n          - key: "{{ request.object.metadata.labels.my-app }}"\n            operator: Equals\n            value: a\n`;

const indented = (text: string): string => text.replace(/^/, "- ").replace(/\n(?!$)/g, "\n  ");
const list = (...items: readonly string[]): string =>
  `apiVersion: v1\nkind: List\nitems:\n${items.map(indented).join("")}`;

async function problems(text: string): Promise<readonly string[]> {
  const set = await loadPolicySet(createFakeWorld({ "/p.yaml": text }), { policies: ["/p.yaml"], exceptions: [] });
  return [...set.broken.map(({ message }) => message), ...set.refused.values()];
}

describe("policies", () => {
  const table: readonly (readonly [name: string, text: string, expected: RegExp])[] = [
    [
      "an unknown field",
      MISSPELT,
      /^\/p\.yaml:10:7: spec\.rules\[0\]\.validate\.patern: policy misspelt: unknown field/,
    ],
    ["in a later document", `${GOOD}---\n---\n${MISSPELT}`, /^\/p\.yaml:22:7: spec\.rules\[0\]\.validate\.patern: /],
    ["in a list", list(GOOD, MISSPELT), /^\/p\.yaml:23:9: spec\.rules\[0\]\.validate\.patern: /],
    [
      "in JSON",
      JSON.stringify(
        { apiVersion: "kyverno.io/v1", kind: "ClusterPolicy", metadata: { name: "a" }, spec: { rule: [] } },
        undefined,
        1,
      ),
      /^\/p\.yaml:8:3: spec\.rule: /,
    ],
    [
      "an expression, with a caret below the place",
      UNREADABLE,
      /^\/p\.yaml:14:13: spec\.rules\[0\]\.validate\.deny\.conditions\.any\[0\]\.key: policy unreadable: .*\n {2}\| the expression cannot be read: .*\n {2}\| request\.object\.metadata\.labels\.my-app\n {2}\| {34}\^\n {2}\| A name with other characters/,
    ],
    ["a missing field stands where its parent does", head("empty"), /^\/p\.yaml:7:5: spec\.rules\[0\]: /],
    ["text that is no YAML", "kind: [\n", /^\/p\.yaml:\d+:\d+: .* at line/],
    ["no object", "just words\n", /^\/p\.yaml: /],
  ];
  for (const [name, text, expected] of table) {
    test(name, async () => assert.match((await problems(text)).join("\n"), expected));
  }
  test("of very many issues some are told", async () => {
    const fields = Array.from({ length: 500 }, (_, index) => `    odd${index}: 1\n`).join("");
    const lines = (await problems(`${head("many")}${fields}`)).join("\n").split("\n");
    assert.equal(lines.length, 101);
    assert.match(lines.at(-1) ?? "", /^and \d+ more$/);
  });
  test("a good one has none", async () => assert.deepEqual(await problems(GOOD), []));
  test("a file that is gone when the place is asked for is named without it", async () => {
    const world = createFakeWorld({ "/p.yaml": MISSPELT });
    let reads = 0;
    const files = new Proxy(world.files, {
      get: (target, name) => {
        if (name === "read" && reads++ > 0) throw new AmapError("FILE_NOT_FOUND", "/p.yaml: gone");
        const member: unknown = Reflect.get(target, name);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
    const set = await loadPolicySet({ ...world, files }, { policies: ["/p.yaml"], exceptions: [] });
    assert.match(set.broken[0]?.message ?? "", /^\/p\.yaml: spec\.rules\[0\]\.validate\.patern: /);
  });
});

describe("other files", () => {
  const messageOf = async (text: string): Promise<string> => {
    const world = createFakeWorld({ "/t.yaml": text });
    const error = await readDecoded(world, "/t.yaml", decodeTestFile).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(isAmapError(error));
    return error.message;
  };
  const HEAD = "apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\n";
  test("a test file", async () => {
    assert.match(
      await messageOf(`${HEAD}policies: a.yaml\nresults: []\n`),
      /^\/t\.yaml:4:1: policies: expected a list/,
    );
  });
  test("a later document of a test file", async () => {
    const text = `${HEAD}results: []\n---\n${HEAD}results:\n- {polic: x}\n`;
    assert.match(await messageOf(text), /\/t\.yaml:10:4: results\[0\]\.polic: document 2: /);
  });
  test("text that is no YAML", async () => {
    assert.match(await messageOf(`${HEAD}results: [\n`), /^\/t\.yaml:\d+:\d+: /);
  });
  test("a values file", async () => {
    const world = createFakeWorld({ "/v.yaml": "policies:\n- name: a\n  rules: 5\n" });
    await assert.rejects(readCliFile(world, "/v.yaml", decodeValuesFile), /\/v\.yaml:3:3: policies\[0\]\.rules: /);
  });
});

test("placedMessage: the line of what could not be read stands before the message, once", () => {
  const cause = new AmapError("YAML_INVALID", "odd at line 3, column 5", { details: { line: 3, column: 5 } });
  const error = new AmapError("YAML_INVALID", "/a.yaml: odd at line 3, column 5", { cause });
  assert.equal(placedMessage("/a.yaml", error), "/a.yaml:3:5: odd at line 3, column 5");
  assert.equal(placedMessage("/a.yaml", new AmapError("VALUE_INVALID", "/a.yaml: odd")), "/a.yaml: odd");
});

describe("runs", () => {
  const FAILING = `${head("failing")}    validate:\n      pattern:\n        metadata:\n          name: "{{ request.object.spec.nam }}"\n`;
  const deployment =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: []}}}\n";
  const runsOf = async (
    files: Readonly<Record<string, string>>,
    more: Partial<ApplyRequest>,
  ): Promise<readonly PolicyRun[]> => {
    const request = { policies: ["/p.yaml"], resources: ["/o.yaml"], targetResources: [], exceptions: [], set: [] };
    const flags = { exceptionsWithinPolicies: false, exceptionsWithinResources: false };
    const application = await prepareApplication(createFakeWorld(files), { ...request, ...flags, ...more });
    const runs: PolicyRun[] = [];
    try {
      for await (const applied of application.apply()) runs.push(...applied.runs);
    } finally {
      await application.close();
    }
    return runs;
  };
  const POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {name: x}\n";

  test("an error is explained unasked, with its place; a pass is not", async () => {
    const runs = await runsOf({ "/p.yaml": `${FAILING}---\n${GOOD}`, "/o.yaml": POD }, {});
    assert.deepEqual(
      runs.map(({ policy, explained }) => [policy.name, explained?.length]),
      [
        ["failing", 1],
        ["good", undefined],
      ],
    );
    const [rule] = runs[0]?.explained ?? [];
    const step = rule?.steps.find(({ kind }) => kind === "variableFailed");
    assert.equal(step?.kind === "variableFailed" && rule?.locate(step.path), "/p.yaml:12:11");
  });
  test("only some are, when there are very many", async () => {
    const runs = await runsOf({ "/p.yaml": FAILING, "/o.yaml": Array(30).fill(POD).join("---\n") }, {});
    assert.equal(runs.filter(({ explained }) => explained !== undefined).length, 10);
  });
  test("asked for, all are; generated rules stand where theirs do, and those for other kinds are left out", async () => {
    const runs = await runsOf({ "/p.yaml": GOOD, "/o.yaml": deployment }, { explain: true });
    const rules = runs.flatMap(({ explained }) => explained ?? []);
    assert.deepEqual(
      rules.map((each) => [each.rule, each.result, each.locate(each.path)]),
      [
        ["autogen-r", "fail", "/p.yaml:7:5"],
        ["r", "none", "/p.yaml:7:5"],
      ],
    );
  });
  test("what came before facts were loaded is told, too", async () => {
    const rule = `    context: [{name: map, apiCall: {urlPath: "/api/v1/namespaces/{{ request.object.metadata.name }}"}}]\n    validate:\n      foreach:\n      - list: "['a', 'b']"\n        deny: {conditions: {any: [{key: "{{ element }}", operator: Equals, value: c}, {key: "{{ map.kind }}", operator: Equals, value: c}]}}\n`;
    const namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n";
    const files = { "/p.yaml": `${head("facts")}${rule}`, "/o.yaml": `${POD}---\n${namespace}` };
    const [run] = await runsOf(files, { explain: true });
    const told = run?.explained?.[0]?.steps ?? [];
    assert.deepEqual(
      told.flatMap((step) => (step.kind === "element" ? [step.element] : step.kind === "entry" ? [step.name] : [])),
      ["a", "map", "b"],
    );
  });
});
