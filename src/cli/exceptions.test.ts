/**
 * Every field of a kyverno.io PolicyException, in `amap apply` and `amap test`. The results are those of Kyverno's command
 * line 1.19.1 for the same files.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-exceptions-"));
const at = (...names: readonly string[]): string => join(folder, ...names);

const policy = (name: string, rules: string, kind = "ClusterPolicy", more = ""): string =>
  `apiVersion: kyverno.io/v1\nkind: ${kind}\nmetadata: {name: ${name}${more}}\nspec:\n  background: false\n  rules:\n${rules}`;
const rule = (name: string, does: string): string =>
  `  - name: ${name}\n    match: {any: [{resources: {kinds: [Pod]}}]}\n    context: [{name: team, variable: {value: red}}]\n    ${does}\n`;

const RULES =
  rule("owner", 'validate: {failureAction: Enforce, message: m, pattern: {metadata: {labels: {owner: "?*"}}}}') +
  rule("named", 'validate: {failureAction: Enforce, message: m, pattern: {metadata: {name: "z*"}}}');
const CONTAINERS = 'containers: [{name: a, image: "nginx:1.27"}]';
const FILES: Readonly<Record<string, string>> = {
  "owner.yaml": policy("owner", RULES),
  "of-shop.yaml": policy("owner", RULES, "Policy", ", namespace: shop"),
  "label.yaml": policy("label", rule("label", "mutate: {patchStrategicMerge: {metadata: {labels: {team: red}}}}")),
  "secure.yaml": policy(
    "secure",
    rule("secure", "validate: {failureAction: Enforce, podSecurity: {level: baseline, version: latest}}"),
  ),
  "pod.yaml": `apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop, labels: {app: web}, annotations: {kept: "yes"}}\nspec: {${CONTAINERS}}\n`,
  "deployment.yaml": `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {selector: {}, template: {metadata: {}, spec: {${CONTAINERS}}}}\n`,
  "cronjob.yaml": `apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: web, namespace: shop}\nspec: {schedule: "* * * * *", jobTemplate: {spec: {template: {spec: {${CONTAINERS}}}}}}\n`,
  "root.yaml": `apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  hostNetwork: true\n  containers:\n  - {name: a, image: "nginx:1.27", securityContext: {privileged: true}}\n  - {name: b, image: "redis:7", securityContext: {capabilities: {add: [SYS_ADMIN]}}}\n`,
};

const matchAny = (resources: string, more = ""): string => `match: {any: [{resources: {${resources}}${more}}]}`;
const PODS = matchAny("kinds: [Pod]");
const from = (rules: string, name = "owner"): string => `exceptions: [{policyName: "${name}", ruleNames: [${rules}]}]`;
const condition = (key: string, value: string): string => `{key: "${key}", operator: Equals, value: ${value}}`;
const NAME = "{{ request.object.metadata.name }}";
const [TRUE, FALSE] = [condition("a", "a"), condition("a", "b")];
const ALL_IMAGES = 'images: ["*"]';

interface Row {
  readonly name: string;
  readonly spec: readonly string[];
  /** Results that fail, and that are skipped; `pass` in no case. */
  readonly fails: number;
  readonly skips: number;
  readonly policy?: string;
  readonly object?: string;
}

function rows(
  table: readonly (readonly [name: string, spec: readonly string[], fails: number, skips: number])[],
  more: Partial<Row> = {},
): readonly Row[] {
  return table.map(([name, spec, fails, skips]) => ({ name, spec, fails, skips, ...more }));
}

const ROWS: readonly Row[] = [
  ...rows([
    ["a rule", [PODS, from("owner")], 1, 1],
    ["two rules", [PODS, from("owner, named")], 0, 2],
    ["all rules", [PODS, from('"*"')], 0, 2],
    ["a rule by a wildcard", [PODS, from('"own?r"')], 1, 1],
    ["no rule", [PODS, from("")], 2, 0],
    ["another policy", [PODS, from("owner", "other")], 2, 0],
    ["a wildcard in the policy's name, which is none", [PODS, from("owner", "own*")], 2, 0],
    [
      "several policies",
      [PODS, 'exceptions: [{policyName: other, ruleNames: ["*"]}, {policyName: owner, ruleNames: [named]}]'],
      1,
      1,
    ],
    [
      "match: any",
      ["match: {any: [{resources: {kinds: [Job]}}, {resources: {kinds: [Pod], names: ['w*']}}]}", from("owner")],
      1,
      1,
    ],
    ["match: all", ["match: {all: [{resources: {kinds: [Pod]}}, {resources: {names: ['w*']}}]}", from("owner")], 1, 1],
    [
      "match: all but one",
      ["match: {all: [{resources: {kinds: [Pod]}}, {resources: {names: [x]}}]}", from("owner")],
      2,
      0,
    ],
    ["match: a namespace", [matchAny("kinds: [Pod], namespaces: [shop]"), from("owner")], 1, 1],
    ["match: another namespace", [matchAny("kinds: [Pod], namespaces: [base]"), from("owner")], 2, 0],
    ["match: labels", [matchAny("kinds: [Pod], selector: {matchLabels: {app: 'w*'}}"), from("owner")], 1, 1],
    ["match: other labels", [matchAny("kinds: [Pod], selector: {matchLabels: {app: db}}"), from("owner")], 2, 0],
    ["match: annotations", [matchAny("kinds: [Pod], annotations: {kept: 'y*'}"), from("owner")], 1, 1],
    [
      "match: operations, which are not looked at",
      [matchAny("kinds: [Pod], operations: [DELETE]"), from("owner")],
      1,
      1,
    ],
    [
      "match: users, of whom none is known",
      [matchAny("kinds: [Pod]", ", subjects: [{kind: User, name: mia}]"), from("owner")],
      2,
      0,
    ],
    ["match: no kinds", [matchAny("names: [web]"), from("owner")], 1, 1],
    ["match: nothing", ["match: {}", from("owner")], 2, 0],
    ["a condition", [PODS, from("owner"), `conditions: {all: [${condition(NAME, "web")}]}`], 1, 1],
    ["a condition that does not hold", [PODS, from("owner"), `conditions: {all: [${condition(NAME, "db")}]}`], 2, 0],
    ["any of two conditions", [PODS, from("owner"), `conditions: {any: [${FALSE}, ${TRUE}]}`], 1, 1],
    ["none of two conditions", [PODS, from("owner"), `conditions: {any: [${FALSE}, ${FALSE}]}`], 2, 0],
    ["any, but not all conditions", [PODS, from("owner"), `conditions: {any: [${TRUE}], all: [${FALSE}]}`], 2, 0],
    ["an empty list of any", [PODS, from("owner"), `conditions: {any: [], all: [${TRUE}]}`], 1, 1],
    [
      "a condition over the rule's context",
      [PODS, from("owner"), `conditions: {all: [${condition("{{ team }}", "red")}]}`],
      1,
      1,
    ],
    [
      "a condition that fails",
      [PODS, from("owner"), `conditions: {all: [${condition("{{ nobody.here }}", "red")}]}`],
      2,
      0,
    ],
    ["background: false, which concerns scans alone", [PODS, from("owner"), "background: false"], 1, 1],
  ]),
  ...rows(
    [
      ["a Policy, by its namespace and name", [PODS, from("owner", "shop/owner")], 1, 1],
      ["a Policy, by its name alone", [PODS, from("owner")], 2, 0],
      ["a Policy of another namespace", [PODS, from("owner", "base/owner")], 2, 0],
    ],
    { policy: "of-shop" },
  ),
  ...rows(
    [
      ["a generated rule, by the name of the written one", [matchAny("kinds: [Deployment]"), from("owner")], 2, 0],
      ["a generated rule, by its own name", [matchAny("kinds: [Deployment]"), from("autogen-owner")], 1, 1],
      ["generated rules, by a wildcard", [matchAny("kinds: [Deployment]"), from('"autogen-*"')], 0, 2],
      ["a Deployment, matched as a Pod", [PODS, from('"*"')], 2, 0],
    ],
    { object: "deployment" },
  ),
  ...rows(
    [
      ["a rule for CronJobs", [matchAny("kinds: [CronJob]"), from("autogen-cronjob-owner")], 1, 1],
      ["a rule for CronJobs, by the name for others", [matchAny("kinds: [CronJob]"), from("autogen-owner")], 2, 0],
    ],
    { object: "cronjob" },
  ),
  ...rows([["a mutation", [PODS, from("label", "label")], 0, 1]], { policy: "label" }),
  ...rows(
    [
      ["podSecurity: the whole rule", [PODS, from("secure", "secure")], 0, 1],
      [
        "podSecurity: one control of the pod",
        [PODS, from("secure", "secure"), "podSecurity: [{controlName: Host Namespaces}]"],
        1,
        0,
      ],
      ["podSecurity: all controls", [PODS, from("secure", "secure"), controls(ALL_IMAGES, ALL_IMAGES)], 0, 1],
      [
        "podSecurity: controls for their images",
        [PODS, from("secure", "secure"), controls('images: ["nginx*"]', 'images: ["redis*"]')],
        0,
        1,
      ],
      [
        "podSecurity: a control for other images",
        [PODS, from("secure", "secure"), controls('images: ["redis*"]', ALL_IMAGES)],
        1,
        0,
      ],
      [
        "podSecurity: a field and its values",
        [
          PODS,
          from("secure", "secure"),
          controls(
            `${ALL_IMAGES}, restrictedField: "spec.containers[*].securityContext.privileged", values: ["true"]`,
            `${ALL_IMAGES}, ${added("SYS_ADMIN")}`,
            'restrictedField: spec.hostNetwork, values: ["true"]',
          ),
        ],
        0,
        1,
      ],
      [
        "podSecurity: a field and other values",
        [PODS, from("secure", "secure"), controls(ALL_IMAGES, `${ALL_IMAGES}, ${added("NET_RAW")}`)],
        1,
        0,
      ],
      [
        "podSecurity: another field",
        [
          PODS,
          from("secure", "secure"),
          controls(ALL_IMAGES, ALL_IMAGES, 'restrictedField: spec.hostPID, values: ["true"]'),
        ],
        1,
        0,
      ],
    ],
    { policy: "secure", object: "root" },
  ),
];

function added(value: string): string {
  return `restrictedField: "spec.containers[*].securityContext.capabilities.add", values: [${value}]`;
}

function controls(privileged: string, capabilities: string, host = ""): string {
  const hosts = host === "" ? "" : `, ${host}`;
  return `podSecurity: [{controlName: Host Namespaces${hosts}}, {controlName: Privileged Containers, ${privileged}}, {controlName: Capabilities, ${capabilities}}]`;
}

function exceptionOf(spec: readonly string[]): string {
  const lines = spec.map((line) => `  ${line}\n`).join("");
  return `apiVersion: kyverno.io/v2\nkind: PolicyException\nmetadata: {name: let, namespace: ops}\nspec:\n${lines}`;
}

/** What a test expects of the first rule: that it is skipped where all are, else that it fails. */
function testOf({ policy: file = "owner", object = "pod", skips, fails }: Row, exception: string): string {
  const [name, resource] = [file === "of-shop" ? "owner" : file, "web"];
  const kind = { pod: "Pod", root: "Pod", deployment: "Deployment", cronjob: "CronJob" }[object];
  const results = [...Array(skips > 0 && fails === 0 ? 1 : 0).fill("skip"), ...Array(skips === 0 ? 1 : 0).fill("fail")];
  const lines = results.map(
    (result) => `- {policy: ${name}, kind: ${kind}, resources: [${resource}], result: ${result}}\n`,
  );
  return `apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\npolicies: [../${file}.yaml]\nresources: [../${object}.yaml]\nexceptions: [../${exception}]\nresults:\n${lines.join("")}`;
}

before(() => {
  const files: Record<string, string> = { ...FILES };
  for (const [index, row] of ROWS.entries()) {
    files[`exception-${index}.yaml`] = exceptionOf(row.spec);
    files[`test-${index}/kyverno-test.yaml`] = testOf(row, `exception-${index}.yaml`);
  }
  writeTree(folder, files);
});
after(() => rmSync(folder, { recursive: true }));

describe("PolicyExceptions in amap apply", () => {
  for (const [index, { name, fails, skips, policy: file = "owner", object = "pod" }] of ROWS.entries()) {
    it(name, async () => {
      const words = ["apply", at(`${file}.yaml`), "-r", at(`${object}.yaml`), "-e", at(`exception-${index}.yaml`)];
      const { exit, stdout, stderr } = await runAmap(words);
      assert.match(stdout, new RegExp(`pass: 0, fail: ${fails}, warn: 0, error: 0, skip: ${skips} `), stderr + stdout);
      assert.equal(exit, fails > 0 ? 1 : 0);
    });
  }
});

describe("PolicyExceptions in amap test", () => {
  for (const [index, row] of ROWS.entries()) {
    if (row.fails > 0 && row.skips > 0) continue;
    it(row.name, async () => {
      const { exit, stdout, stderr } = await runAmap(["test", at(`test-${index}`)]);
      assert.equal(exit, 0, stderr + stdout);
    });
  }
});
