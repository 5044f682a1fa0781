/** MutatingAdmissionPolicies that ask to be invoked once more; the results are those of a kube-apiserver 1.36.3. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memberOf, textOf, type Value } from "../../base/index.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { prepareApplication } from "./apply-policies.ts";

interface Row {
  readonly name: string;
  readonly again: "IfNeeded" | "Never";
  readonly condition?: string;
  /** The value of `data.log`. */
  readonly log?: string;
  readonly kind?: "MutatingAdmissionPolicy" | "MutatingPolicy";
}

const EITHER_ERROR = "object.data.log == '-' ? string(object.data.none) : 'never'";

function policyOf({ name, again, condition, log = `object.data.log + '${name}'`, kind }: Row): string {
  const isKyverno = kind === "MutatingPolicy";
  const conditions = condition === undefined ? "" : `  matchConditions: [{name: c, expression: "${condition}"}]\n`;
  return `apiVersion: ${isKyverno ? "policies.kyverno.io/v1" : "admissionregistration.k8s.io/v1"}
kind: ${kind ?? "MutatingAdmissionPolicy"}
metadata: {name: ${name}}
spec:
  reinvocationPolicy: ${again}
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
${conditions}  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration: {expression: "Object{data: {'log': ${log}}}"}
`;
}

async function run(
  rows: readonly Row[],
): Promise<{ readonly log: string; readonly outcomes: readonly string[]; readonly resources: readonly string[] }> {
  const world = createFakeWorld({
    "/p.yaml": rows.map(policyOf).join("---\n"),
    "/map.yaml": 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\ndata: {log: "-"}\n',
  });
  const application = await prepareApplication(world, {
    policies: ["/p.yaml"],
    resources: ["/map.yaml"],
    targetResources: [],
    exceptions: [],
    exceptionsWithinPolicies: false,
    exceptionsWithinResources: false,
    set: [],
  });
  const logOf = (object: Value): string => textOf(memberOf(object, "data"), "log");
  for await (const { runs } of application.apply()) {
    return {
      log: logOf(runs.at(-1)?.patched ?? null),
      outcomes: runs.map(
        ({ policy, responses }) => `${policy.name} ${responses.map(({ status }) => status).join(" ")}`,
      ),
      resources: runs.map(({ resource, patched }) => `${logOf(resource)} ${logOf(patched)}`),
    };
  }
  throw new Error("nothing was judged");
}

const ROWS: readonly (readonly [name: string, rows: readonly Row[], log: string])[] = [
  ["alone, after its own change", [{ name: "a", again: "IfNeeded" }], "-aa"],
  ["never", [{ name: "a", again: "Never" }], "-a"],
  [
    "behind one that is not asked again",
    [
      { name: "a", again: "Never" },
      { name: "b", again: "IfNeeded" },
    ],
    "-abb",
  ],
  [
    "both, in their order",
    [
      { name: "a", again: "IfNeeded" },
      { name: "b", again: "IfNeeded" },
    ],
    "-abab",
  ],
  [
    "its conditions are looked at again",
    [{ name: "a", again: "IfNeeded", condition: "object.data.log.size() < 2" }],
    "-a",
  ],
  [
    "one whose condition held only behind others",
    [
      { name: "b", again: "Never" },
      { name: "a", again: "IfNeeded", condition: "object.data.log.contains('b')" },
    ],
    "-baa",
  ],
  [
    "one whose condition did not hold the first time",
    [
      { name: "a", again: "IfNeeded", condition: "object.data.log.contains('b')" },
      { name: "b", again: "IfNeeded", condition: "object.data.log == '-'" },
    ],
    "-b",
  ],
  ["Kyverno's own kind is invoked once", [{ name: "a", again: "IfNeeded", kind: "MutatingPolicy" }], "-a"],
  [
    "Kyverno's own kind comes behind the second time",
    [
      { name: "k", again: "IfNeeded", kind: "MutatingPolicy" },
      { name: "a", again: "IfNeeded" },
    ],
    "-aak",
  ],
];

for (const [name, rows, expected] of ROWS) {
  test(`invoked once more: ${name}`, async () => {
    const { log, outcomes } = await run(rows);
    assert.equal(log, expected);
    assert.ok(
      outcomes.every((outcome) => /^\w (pass|skip)$/.test(outcome)),
      outcomes.join(", "),
    );
  });
}

test("a policy is told of once, with the object before its first and after its last change", async () => {
  const { outcomes, resources } = await run([
    { name: "a", again: "IfNeeded" },
    { name: "b", again: "Never" },
  ]);
  assert.deepEqual(outcomes, ["a pass", "b pass"]);
  assert.deepEqual(resources, ["- -aba", "-a -ab"]);
});

test("one that fails the second time is an error, and none is asked again when nothing was changed", async () => {
  const failing = await run([
    { name: "a", again: "IfNeeded", log: "object.data.log == '-' ? '+' : string(object.data.none)" },
  ]);
  assert.deepEqual(failing.outcomes, ["a error"]);
  const never = await run([{ name: "a", again: "IfNeeded", log: EITHER_ERROR }]);
  assert.deepEqual(never.outcomes, ["a error"]);
  assert.equal(never.log, "-");
});
