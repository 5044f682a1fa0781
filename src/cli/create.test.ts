/** `amap create`: every document that it writes is one that amap reads, and holds what Kyverno's would. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { readYaml, type Value } from "../base/index.ts";
import { decodePolicies, decodeTestFile, decodeUserInfoFile, decodeValuesFile } from "../policy/index.ts";
import { createCliRunner } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-create-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const CLI = "cli.kyverno.io/v1alpha1";
const DECODERS = {
  test: decodeTestFile,
  values: decodeValuesFile,
  "user-info": decodeUserInfoFile,
  exception: decodePolicies,
} as const;

interface Row {
  readonly name: string;
  readonly words: readonly string[];
  readonly document: Value;
}

const role = (resources: readonly string[], verbs: readonly string[], controllers: readonly string[]): Value => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: {
    name: "kyverno-foo-permission",
    labels: Object.fromEntries(controllers.map((each) => [`rbac.kyverno.io/aggregate-to-${each}`, "true"])),
  },
  rules: [{ apiGroups: ["apps"], resources, verbs }],
});

const rows: readonly Row[] = [
  {
    name: "an empty test",
    words: ["test"],
    document: {
      apiVersion: CLI,
      kind: "Test",
      metadata: { name: "test-name" },
      policies: [],
      resources: [],
      results: [],
    },
  },
  {
    name: "a test with results",
    words:
      "test -n t -p a.yaml,b.yaml -p c.yaml -r r.yaml -f v.yaml --pass p,r,web,ns,Pod --fail p,r,web,,Pod,f.yaml --skip p,,s,,Pod".split(
        " ",
      ),
    document: {
      apiVersion: CLI,
      kind: "Test",
      metadata: { name: "t" },
      policies: ["a.yaml", "b.yaml", "c.yaml"],
      resources: ["r.yaml"],
      variables: "v.yaml",
      results: [
        { policy: "p", rule: "r", resources: ["ns/web"], kind: "Pod", result: "pass" },
        { policy: "p", rule: "r", resources: ["web"], kind: "Pod", result: "fail", patchedResources: "f.yaml" },
        { policy: "p", resources: ["s"], kind: "Pod", result: "skip" },
      ],
    },
  },
  {
    name: "values, one entry for a policy, read as YAML scalars",
    words:
      'values -g a=b,c=true -g e=f=g -g q="2" -n ns,x=yes,y=1 --rule p,r,k=v,b=2 --rule p,r,a=1.5 --resource p,web,k={x} --resource q,web'.split(
        " ",
      ),
    document: {
      apiVersion: CLI,
      kind: "Values",
      globalValues: { a: "b", c: true, e: "f=g", q: "2" },
      policies: [
        {
          name: "p",
          rules: [{ name: "r", values: { k: "v", b: 2, a: 1.5 } }],
          resources: [{ name: "web", values: { k: "{x}" } }],
        },
        { name: "q", resources: [{ name: "web", values: {} }] },
      ],
      namespaceSelector: [{ name: "ns", labels: { x: "yes", y: "1" } }],
    },
  },
  {
    name: "a user",
    words: "user-info -u bob -r a,b -r c -c admin -g g1,g2".split(" "),
    document: {
      apiVersion: CLI,
      kind: "UserInfo",
      roles: ["a", "b", "c"],
      clusterRoles: ["admin"],
      userInfo: { username: "bob", groups: ["g1", "g2"] },
    },
  },
  {
    name: "an exception without filters",
    words: "exception x --policy-rules p,r".split(" "),
    document: {
      apiVersion: "kyverno.io/v2",
      kind: "PolicyException",
      metadata: { name: "x", namespace: "default" },
      spec: { background: true, exceptions: [{ policyName: "p", ruleNames: ["r"] }], match: {} },
    },
  },
  {
    name: "an exception with filters",
    words:
      "exception x --namespace y -b=false --policy-rules p,r1,r2 --policy-rules q,r --any kind=Pod,kind=Deployment,name=a,namespace=n,operation=CREATE --any name=b --all kind=Job".split(
        " ",
      ),
    document: {
      apiVersion: "kyverno.io/v2",
      kind: "PolicyException",
      metadata: { name: "x", namespace: "y" },
      spec: {
        background: false,
        exceptions: [
          { policyName: "p", ruleNames: ["r1", "r2"] },
          { policyName: "q", ruleNames: ["r"] },
        ],
        match: {
          any: [
            { resources: { kinds: ["Pod", "Deployment"], names: ["a"], namespaces: ["n"], operations: ["CREATE"] } },
            { resources: { names: ["b"] } },
          ],
          all: [{ resources: { kinds: ["Job"] } }],
        },
      },
    },
  },
  {
    name: "the metrics' ConfigMap",
    words: "metrics-config -i a,b -e c".split(" "),
    document: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "kyverno-metrics", namespace: "kyverno" },
      data: { namespaces: '{\n  "include": [\n    "a",\n    "b"\n  ],\n  "exclude": [\n    "c"\n  ]\n}\n' },
    },
  },
  {
    name: "the metrics' ConfigMap without namespaces",
    words: "metrics-config -n m --namespace x".split(" "),
    document: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "m", namespace: "x" },
      data: { namespaces: "{}\n" },
    },
  },
  {
    name: "a role for some verbs",
    words: "cluster-role foo -g apps --verbs get,list --verbs create --resources deployments --resources pods,x".split(
      " ",
    ),
    document: role(["deployments", "pods", "x"], ["get", "list", "create"], ["background-controller"]),
  },
  {
    name: "a role for all verbs",
    words: "cluster-role foo -g apps --verbs all --resources d --controllers a --controllers b".split(" "),
    document: role(["d"], ["create", "get", "update", "delete", "list", "watch"], ["a", "b"]),
  },
];

for (const { name, words, document } of rows) {
  test(`amap create writes ${name}`, async () => {
    const ended = await runAmap(["create", ...words]);
    assert.equal(ended.exit, 0, ended.stderr);
    assert.deepEqual(readYaml(ended.stdout), [document]);
    const decode = DECODERS[words[0] as keyof typeof DECODERS];
    if (decode !== undefined) assert.deepEqual(issuesOf(decode(ended.stdout, name)), []);
  });
}

function issuesOf(decoded: { readonly ok: boolean; readonly issues?: unknown }): unknown {
  return decoded.ok ? [] : decoded.issues;
}

test("an exception that holds for nothing is written with a warning", async () => {
  const ended = await runAmap(["create", "exception", "x", "--policy-rules", "p,r"]);
  assert.match(ended.stderr, /holds for no object/);
  const other = await runAmap(["create", "exception", "x", "--policy-rules", "p,r", "--all", "kind=Pod", "-b"]);
  assert.equal(other.stderr, "");
});

test("a file is written with --output, and nothing is printed", async () => {
  const path = join(folder, "test.yaml");
  const ended = await runAmap(["create", "test", "-o", path]);
  assert.deepEqual([ended.exit, ended.stdout], [0, ""]);
  assert.equal(readFileSync(path, "utf8"), (await runAmap(["create", "test"])).stdout);
});

describe("what cannot be meant is refused, and writes nothing", () => {
  const refused: readonly (readonly [name: string, words: string, says: RegExp])[] = [
    ["a result with too few parts", "test --pass p,r", /--pass: expected policy,rule/],
    ["a result with too many", "test --skip a,b,c,d,e,f,g", /--skip/],
    ["a word that nothing asks for", "test more", /too many arguments/],
    ["a global value without =", "values -g a", /--global: expected key=value, found "a"/],
    ["a label without a key", "values -n ns,=b", /--ns-selector/],
    ["a namespace without labels", "values -n ns", /--ns-selector/],
    ["values of a policy alone", "values --rule p", /--rule: expected policy,name/],
    ["an exception without a name", "exception --policy-rules p,r", /missing required argument/],
    ["an exception without rules", "exception x", /--policy-rules/],
    ["an exception of a policy alone", "exception x --policy-rules p", /--policy-rules: expected policy,rule/],
    ["a filter's key that there is not", "exception x --policy-rules p,r --any kinds=Pod", /--any: expected kind=…/],
    ["a filter without a value", "exception x --policy-rules p,r --all kind", /--all/],
    ["a role without a name", "cluster-role -g a --verbs get --resources x", /missing required argument/],
    ["a role without a group", "cluster-role x --verbs get --resources x", /--api-groups/],
    ["a role without verbs", "cluster-role x -g a --resources x", /--verbs/],
    ["a role for no resource", "cluster-role x -g a --verbs get --resources=", /resources: expected a name/],
    [
      "a role of no controller",
      "cluster-role x -g a --verbs get --resources y --controllers=",
      /controllers: expected a name/,
    ],
  ];
  for (const [name, words, says] of refused) {
    test(name, async () => {
      const ended = await runAmap(["create", ...words.split(" ")]);
      assert.deepEqual([ended.exit, ended.stdout], [2, ""], ended.stderr);
      assert.match(ended.stderr, says);
    });
  }

  test("a folder that is not there", async () => {
    const ended = await runAmap(["create", "test", "-o", join(folder, "none", "x.yaml")]);
    assert.deepEqual([ended.exit, ended.code], [2, "FILE_NOT_FOUND"]);
  });
});
