import assert from "node:assert/strict";
import { test } from "node:test";
import type { Decoded } from "../../../base/index.ts";
import { decodeClusterResourceFile, decodeContextFile } from "./context-file.ts";
import { decodeTestFile } from "./test-file.ts";
import { decodeUserInfoFile } from "./user-info-file.ts";
import { decodeValuesFile } from "./values-file.ts";

function issuesOf(decoded: Decoded<unknown>): readonly string[] {
  return decoded.ok ? [] : decoded.issues.map(({ code, path, message }) => `${code} ${path}: ${message}`);
}

const HEAD = "apiVersion: cli.kyverno.io/v1alpha1\n";

test("decodeTestFile: names in any case, scalars as text, fields of the past", () => {
  const decoded = decodeTestFile(
    `name: old
Policies: [p.yaml, p.yaml]
jsonPayload: payload.json
results:
- {policy: p, rule: 7, resource: web, patchedResource: out.yaml, kind: Pod, result: pass, isMUtatingPolicy: true}
`,
    "kyverno-test.yaml",
  );
  assert.ok(decoded.ok);
  const [first] = decoded.value;
  assert.deepEqual(first?.file, {
    metadata: { name: "old" },
    policies: ["p.yaml"],
    jsonPayloads: ["payload.json"],
    results: [
      {
        policy: "p",
        rule: "7",
        kind: "Pod",
        result: "pass",
        isMutatingPolicy: true,
        resources: ["web"],
        patchedResources: "out.yaml",
      },
    ],
  });
  assert.deepEqual(
    first?.warnings.map(({ path }) => path),
    ["", "name", "jsonPayload", "results[0].resource", "results[0].patchedResource"],
  );
});

test("decodeTestFile: several documents, Kyverno's old header, no results", () => {
  const decoded = decodeTestFile(
    "apiVersion: kyverno.io/v1\nkind: Test\nmetadata: {name: a}\n---\nkind: Test\nmetadata: {name: 2}\n",
    "t.yaml",
  );
  assert.ok(decoded.ok);
  assert.deepEqual(
    decoded.value.map(({ document, file }) => [document, file.metadata?.name, file.results.length]),
    [
      [1, "a", 0],
      [2, "2", 0],
    ],
  );
});

const REFUSED_TESTS: readonly { readonly name: string; readonly text: string; readonly issues: readonly string[] }[] = [
  {
    name: "an unknown field",
    text: `${HEAD}kind: Test\nresults: [{policy: p, result: pass, rules: r}]\n`,
    issues: ['POLICY_INVALID results[0].rules: unknown field "rules": did you mean rule?'],
  },
  {
    name: "an unknown result",
    text: `${HEAD}kind: Test\nresults: [{policy: p, result: passed}]\n`,
    issues: [
      'POLICY_INVALID results[0].result: expected one of pass, fail, skip, warn, error, found "passed" (did you mean pass?)',
    ],
  },
  {
    name: "the second document",
    text: "name: a\n---\npolicies: p\n",
    issues: ["POLICY_INVALID policies: document 2: expected a list, found a string"],
  },
  {
    name: "mocked calls",
    text: `apiCallResponses:
- {url: "http://a/b", response: {body: {}}}
- {url: "http://a/b", urlPath: b, method: PUT, response: {statusCode: 7}}
- {url: "http://a/b", response: {body: {}}}
- {url: "https:///", response: {body: {}}}
`,
    issues: [
      "POLICY_INVALID apiCallResponses[1]: expected exactly one of url, urlPath",
      "POLICY_INVALID apiCallResponses[1].urlPath: expected a path that begins with /",
      "POLICY_INVALID apiCallResponses[1].method: expected GET or POST, found PUT",
      "POLICY_INVALID apiCallResponses[1].response.body: expected an object",
      "POLICY_INVALID apiCallResponses[1].response.statusCode: expected an integer from 100 to 599, found 7",
      "POLICY_INVALID apiCallResponses[2]: this method and URL already have an answer",
      "POLICY_INVALID apiCallResponses[3].url: expected http:// or https:// and a host",
    ],
  },
  {
    name: "mocked global context",
    text: `globalContextEntries:
- {name: a, data: {}, resources: []}
- {name: a, data: []}
- {resourceFiles: [a.yaml, ../b.yaml, x/../../c.yaml, /d.yaml], projections: [{name: n}]}
`,
    issues: [
      "POLICY_INVALID globalContextEntries[0]: expected exactly one of data, resources, resourceFiles",
      "POLICY_INVALID globalContextEntries[1].name: there is already an entry named a",
      "POLICY_INVALID globalContextEntries[1].data: expected an object",
      "POLICY_INVALID globalContextEntries[2].name: expected a name",
      "POLICY_INVALID globalContextEntries[2].projections[0].path: expected a JMESPath",
      ...[1, 2, 3].map(
        (index) =>
          `POLICY_INVALID globalContextEntries[2].resourceFiles[${index}]: expected a relative path that does not leave the test's folder`,
      ),
    ],
  },
];
for (const { name, text, issues } of REFUSED_TESTS) {
  test(`decodeTestFile: ${name}`, () => assert.deepEqual(issuesOf(decodeTestFile(text, "t.yaml")), issues));
}

test("decodeValuesFile: values of any type, labels as text", () => {
  const decoded = decodeValuesFile(
    `${HEAD}kind: Value
globalValues: {request.operation: DELETE, constructor: {polluted: 1}}
policies: [{name: p, resources: [{name: a, values: {foo.bar: [1, null]}}], rules: [{name: r, foreachValues: {element: [1, 2]}}]}]
NamespaceSelector: [{name: ns, labels: {a: true, b: 1.5}}]
subresources: [{subresource: {name: pods/eviction, kind: Eviction}, parentResource: {name: pods, kind: Pod}}]
`,
    "values.yaml",
  );
  assert.ok(decoded.ok);
  const { file, warnings } = decoded.value;
  assert.deepEqual(warnings, []);
  assert.deepEqual(Object.keys(file.globalValues ?? {}), ["request.operation", "constructor"]);
  assert.deepEqual(file.policies?.[0]?.resources?.[0]?.values, { "foo.bar": [1, null] });
  assert.deepEqual(file.namespaceSelector, [{ name: "ns", labels: { a: "true", b: "1.5" } }]);
});

test("decodeValuesFile: no document, no kind, more documents", () => {
  const empty = decodeValuesFile("", "v.yaml");
  assert.ok(empty.ok);
  assert.deepEqual(empty.value.file, {});
  const bare = decodeValuesFile("policies: [{name: p}]\n---\npolicies: []\n", "v.yaml");
  assert.ok(bare.ok);
  assert.deepEqual(
    bare.value.warnings.map(({ message }) => message),
    [
      "expected apiVersion: cli.kyverno.io/v1alpha1 and kind: Values",
      "only the first document is read, and there are 2",
    ],
  );
});

test("decodeValuesFile: unknown fields and types, YAML that is none", () => {
  assert.deepEqual(issuesOf(decodeValuesFile("policies: [{name: p, resource: []}]\n", "v.yaml")), [
    'POLICY_INVALID policies[0].resource: unknown field "resource": did you mean resources?',
  ]);
  assert.deepEqual(issuesOf(decodeValuesFile("policies: [{resources: [{name: a, values: x}]}]\n", "v.yaml")), [
    "POLICY_INVALID policies[0].resources[0].values: expected an object, found a string",
    "POLICY_INVALID policies[0].name: expected a string, found nothing",
  ]);
  assert.ok(issuesOf(decodeValuesFile("{", "v.yaml"))[0]?.startsWith("YAML_INVALID"));
});

test("decodeUserInfoFile", () => {
  const decoded = decodeUserInfoFile(
    `${HEAD}kind: UserInfo\nclusterRoles: [admin]\nuserInfo: {username: 7, groups: [a], extra: {k: [v]}}\n`,
    "u.yaml",
  );
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.value.file.userInfo, { username: "7", groups: ["a"], extra: { k: ["v"] } });
  assert.deepEqual(issuesOf(decodeUserInfoFile("userInfo: {usrname: a}\n", "u.yaml")), [
    'POLICY_INVALID userInfo.usrname: unknown field "usrname": did you mean username?',
  ]);
});

test("decodeContextFile and decodeClusterResourceFile", () => {
  const context = decodeContextFile(
    `${HEAD}kind: Context\nspec: {images: [{image: a, tag: 1}], resources: [{kind: Pod}]}\n`,
    "c.yaml",
  );
  assert.ok(context.ok);
  assert.deepEqual(context.value.file.spec, { images: [{ image: "a", tag: "1" }], resources: [{ kind: "Pod" }] });
  const cluster = decodeClusterResourceFile(`${HEAD}kind: ClusterResource\nspec: {crds: [a.yaml]}\n`, "c.yaml");
  assert.ok(cluster.ok);
  assert.deepEqual(cluster.value.file.spec, { crds: ["a.yaml"] });
  const wrong = decodeClusterResourceFile(`${HEAD}kind: Context\nspec: {crds: []}\n`, "c.yaml");
  assert.ok(wrong.ok);
  assert.deepEqual(wrong.value.warnings, [
    {
      path: "kind",
      message:
        "expected apiVersion: cli.kyverno.io/v1alpha1 and kind: ClusterResource, found cli.kyverno.io/v1alpha1 Context",
    },
  ]);
});
