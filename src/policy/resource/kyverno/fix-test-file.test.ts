import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readYaml, writeYaml } from "../../../base/index.ts";
import { fixTestFile, fixUserInfoFile, fixValuesFile } from "./fix-test-file.ts";
import { decodeTestFile } from "./test-file.ts";
import { decodeUserInfoFile } from "./user-info-file.ts";
import { decodeValuesFile } from "./values-file.ts";

function fix(text: string, isCompressed = false): ReturnType<typeof fixTestFile> {
  const decoded = decodeTestFile(text, "kyverno-test.yaml");
  assert.ok(decoded.ok, JSON.stringify(decoded));
  const [first] = decoded.value;
  assert.ok(first);
  return fixTestFile(first, { name: "kyverno-test.yaml", isCompressed });
}

const HEADER = "apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\n";
const FILES = "policies: [p.yaml]\nresources: [r.yaml]\n";

interface Row {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly messages: readonly string[];
  readonly isCompressed?: true;
}

const rows: readonly Row[] = [
  {
    name: "a test of the past gets its header, and its name goes below metadata",
    from: `name: t\n${FILES}results: []`,
    to: `${HEADER}${FILES}results: []`,
    messages: [
      "name: name is deprecated: write metadata.name",
      "api version is not set, setting `cli.kyverno.io/v1alpha1`",
      "kind is not set, setting `Test`",
    ],
  },
  {
    name: "a test without a name is called as its file",
    from: `apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\n${FILES}`,
    to: `apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: kyverno-test.yaml}\n${FILES}results: []`,
    messages: ["name is not set"],
  },
  {
    name: "fields of the past get their names of today, in any case",
    from: `${HEADER}${FILES}RESULTS: [{policy: p, RULE: r, resource: x, patchedResource: f.yaml, kind: Pod, result: pass}]`,
    to: `${HEADER}${FILES}results: [{policy: p, rule: r, resources: [x], patchedResources: f.yaml, kind: Pod, result: pass}]`,
    messages: [
      "RESULTS[0].resource: resource is deprecated: write resources, a list",
      "RESULTS[0].patchedResource: patchedResource is deprecated: write patchedResources",
    ],
  },
  {
    name: "what is missing is said",
    from: HEADER,
    to: `${HEADER}results: []`,
    messages: ["test has no policies", "test has no resources"],
  },
  {
    name: "results are in order, and name each object once",
    from: `${HEADER}${FILES}results:
- {policy: p, rule: r2, kind: Pod, result: pass, resources: [a]}
- {policy: p, rule: r1, kind: Pod, result: pass, resources: [c, a, c]}
- {policy: p, rule: r1, kind: Pod, result: pass, resources: [b]}
- {policy: p, rule: r1, kind: Pod, result: fail, generatedResources: [g, g]}
`,
    to: `${HEADER}${FILES}results:
- {policy: p, rule: r1, kind: Pod, result: fail, generatedResources: [g]}
- {policy: p, rule: r1, kind: Pod, result: pass, resources: [b]}
- {policy: p, rule: r1, kind: Pod, result: pass, resources: [a, c]}
- {policy: p, rule: r2, kind: Pod, result: pass, resources: [a]}
`,
    messages: ["test results contains duplicate resources", "test results contains duplicate generated resources"],
  },
  {
    name: "results that differ in their objects only become one",
    isCompressed: true,
    from: `${HEADER}${FILES}results:
- {policy: p, rule: r, kind: Pod, result: pass, resources: [b]}
- {policy: p, rule: r, kind: Deployment, result: pass, resources: [d]}
- {policy: p, rule: r, kind: Pod, result: pass, resources: [a, b]}
- {policy: p, rule: r, kind: Pod, result: pass, resourceSpecs: [{kind: Pod, name: s}]}
`,
    to: `${HEADER}${FILES}results:
- {policy: p, rule: r, kind: Deployment, result: pass, resources: [d]}
- {policy: p, rule: r, kind: Pod, result: pass, resources: [a, b], resourceSpecs: [{kind: Pod, name: s}]}
`,
    messages: ["test results contains duplicate resources"],
  },
  {
    name: "global context entries are in order",
    from: `${HEADER}${FILES}globalContextEntries: [{name: b, data: {x: 1}}, {name: a, resources: []}]`,
    to: `${HEADER}${FILES}results: []\nglobalContextEntries: [{name: a, resources: []}, {name: b, data: {x: 1}}]`,
    messages: [],
  },
];

describe("fixTestFile", () => {
  for (const { name, from, to, messages, isCompressed } of rows) {
    it(name, () => {
      const fixed = fix(from, isCompressed);
      assert.deepEqual(fixed.messages, messages);
      assert.equal(writeYaml(fixed.value), writeYaml(readYaml(to)[0] ?? null));
    });

    it(`${name}: nothing is left for a second time`, () => {
      const once = writeYaml(fix(from, isCompressed).value);
      assert.equal(writeYaml(fix(once, isCompressed).value), once);
    });
  }
});

describe("the files that tests name", () => {
  it("a values file gets its header", () => {
    const decoded = decodeValuesFile("GlobalValues: {a: b}\n", "values.yaml");
    assert.ok(decoded.ok);
    assert.deepEqual(fixValuesFile(decoded.value), {
      value: { apiVersion: "cli.kyverno.io/v1alpha1", kind: "Values", globalValues: { a: "b" } },
      messages: ["api version is not set, setting `cli.kyverno.io/v1alpha1`", "kind is not set, setting `Values`"],
    });
  });

  it("a user info file with one stays as it is", () => {
    const value = { apiVersion: "cli.kyverno.io/v1alpha1", kind: "UserInfo", roles: ["a"] };
    const decoded = decodeUserInfoFile(writeYaml(value), "user.yaml");
    assert.ok(decoded.ok);
    assert.deepEqual(fixUserInfoFile(decoded.value), { value, messages: [] });
  });
});
