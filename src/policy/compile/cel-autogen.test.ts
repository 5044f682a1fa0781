import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { PolicyMatchConstraints } from "../resource/policies/policy-parts.ts";
import { type AutogenSource, expandPodControllers } from "./cel-autogen.ts";

type Spec = AutogenSource & {
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  readonly validations?: readonly { readonly expression: string; readonly message?: string }[];
  readonly mutations?: readonly {
    readonly patchType: "ApplyConfiguration" | "JSONPatch";
    readonly applyConfiguration?: { readonly expression?: string };
    readonly jsonPatch?: { readonly expression?: string };
  }[];
};

const POD_RULE = { apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] } as const;
const PODS: PolicyMatchConstraints = { resourceRules: [POD_RULE] };

const namesOf = (spec: Spec): string =>
  expandPodControllers(spec, "paths")
    .map(({ name }) => name || "written")
    .join(" ");

const ALL = "written autogen-cronjobs autogen-defaults";
const extended: readonly (readonly [name: string, match: PolicyMatchConstraints | undefined, expected: string])[] = [
  ["pods alone", PODS, ALL],
  ["a namespaceSelector", { ...PODS, namespaceSelector: { matchLabels: { a: "b" } } }, ALL],
  ["an objectSelector that selects all", { ...PODS, objectSelector: {} }, ALL],
  ["no constraints", undefined, "written"],
  ["an objectSelector", { ...PODS, objectSelector: { matchLabels: { a: "b" } } }, "written"],
  ["an exclusion", { ...PODS, excludeResourceRules: [POD_RULE] }, "written"],
  ["two rules", { resourceRules: [POD_RULE, POD_RULE] }, "written"],
  ["names", { resourceRules: [{ ...POD_RULE, resourceNames: ["a"] }] }, "written"],
  ["another group", { resourceRules: [{ ...POD_RULE, apiGroups: ["apps"] }] }, "written"],
  ["two groups", { resourceRules: [{ ...POD_RULE, apiGroups: ["", "apps"] }] }, "written"],
  ["all versions", { resourceRules: [{ ...POD_RULE, apiVersions: ["*"] }] }, "written"],
  ["a second resource", { resourceRules: [{ ...POD_RULE, resources: ["pods", "services"] }] }, "written"],
  ["a subresource", { resourceRules: [{ ...POD_RULE, resources: ["pods/status"] }] }, "written"],
  ["no operations", { resourceRules: [{ ...POD_RULE, operations: [] }] }, "written"],
];

describe("which policies are extended", () => {
  for (const [name, match, expected] of extended) {
    test(name, () => assert.equal(namesOf(match === undefined ? {} : { matchConstraints: match }), expected));
  }
});

const chosen: readonly (readonly [controllers: readonly string[], expected: string])[] = [
  [[], "written"],
  [["none"], "written"],
  [["deployment"], "written"],
  [["cronjobs"], "written autogen-cronjobs"],
  [["jobs", "jobs"], "written autogen-defaults"],
  [["jobsets.v1alpha2.jobset.x-k8s.io"], "written autogen-extract"],
  [["jobsets.v1alpha2"], "written"],
  [["cronjobs", "rollouts.v1alpha1.argoproj.io", "deployments"], `${ALL} autogen-extract`],
  [["constructor", "__proto__"], "written"],
];

describe("the controllers that are named", () => {
  for (const [controllers, expected] of chosen) {
    test(JSON.stringify(controllers), () => {
      assert.equal(namesOf({ matchConstraints: PODS, autogen: { podControllers: { controllers } } }), expected);
    });
  }

  test("resources by group and version, both sorted", () => {
    const namespaceSelector = { matchLabels: { a: "b" } };
    const [, cron, defaults] = expandPodControllers({ matchConstraints: { ...PODS, namespaceSelector } }, "paths");
    const operations = ["CREATE"];
    const batch = { apiGroups: ["batch"], apiVersions: ["v1"], operations };
    assert.deepEqual(cron?.spec.matchConstraints, {
      resourceRules: [{ ...batch, resources: ["cronjobs"] }],
      namespaceSelector,
    });
    assert.deepEqual(defaults?.spec.matchConstraints, {
      resourceRules: [
        {
          apiGroups: ["apps"],
          apiVersions: ["v1"],
          resources: ["daemonsets", "deployments", "replicasets", "statefulsets"],
          operations,
        },
        { ...batch, resources: ["jobs"] },
      ],
      namespaceSelector,
    });
  });

  test("the spec of custom kinds stays as it is written", () => {
    const controllers = ["jobsets.v1alpha2.jobset.x-k8s.io"];
    const spec: Spec = {
      matchConstraints: PODS,
      autogen: { podControllers: { controllers } },
      validations: [{ expression: "object.spec.hostNetwork == false" }],
    };
    const [, extract] = expandPodControllers(spec, "paths");
    assert.equal(extract?.extractsPods, true);
    assert.deepEqual(extract.spec.validations, spec.validations);
    assert.deepEqual(extract.spec.matchConstraints?.resourceRules, [
      { apiGroups: ["jobset.x-k8s.io"], apiVersions: ["v1alpha2"], resources: ["jobsets"], operations: ["CREATE"] },
    ]);
  });
});

const paths: readonly (readonly [written: string, defaults: string])[] = [
  ["object.spec.containers", "object.spec.template.spec.containers"],
  ["oldObject.spec == object.spec", "oldObject.spec.template.spec == object.spec.template.spec"],
  ["object.metadata.labels.app", "object.spec.template.metadata.labels.app"],
  ["object.metadata.namespace == 'a'", "object.metadata.namespace == 'a'"],
  ["object.metadata.namespace", "object.metadata.namespace"],
  ["object.metadata.namespaces", "object.spec.template.metadata.namespaces"],
  ["object.spec.namespace", "object.spec.namespace"],
  ["has(object.specification)", "has(object.spec.template.specification)"],
  ["namespaceObject.metadata.labels", "namespaceObject.metadata.labels"],
  ["variables.object.spec", "variables.object.spec.template.spec"],
  ["object.?spec.x", "object.?spec.x"],
  ["object['spec']", "object['spec']"],
  ["object .spec", "object .spec"],
  ["Object.spec", "Object.spec"],
];

describe("the texts of a ValidatingPolicy", () => {
  for (const [written, expected] of paths) {
    test(written, () => {
      const spec: Spec = {
        matchConstraints: PODS,
        variables: [{ name: "a", expression: written }],
        matchConditions: [{ name: written, expression: written }],
        validations: [{ expression: written, message: written }],
      };
      const [asWritten, cron, defaults] = expandPodControllers(spec, "paths");
      assert.equal(asWritten?.spec, spec);
      const { variables, matchConditions, validations } = defaults?.spec ?? {};
      assert.deepEqual(variables, [{ name: "a", expression: expected }]);
      assert.deepEqual(matchConditions, [{ name: expected, expression: expected }]);
      assert.deepEqual(validations, [{ expression: expected, message: expected }]);
      const inCronJob = expected.replaceAll("spec.template.", "spec.jobTemplate.spec.template.");
      assert.deepEqual(cron?.spec.validations, [{ expression: inCronJob, message: inCronJob }]);
    });
  }

  test("law: what names no path into a Pod is not changed", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/object\.(spec|metadata)/i.test(text));
        const spec: Spec = { matchConstraints: PODS, validations: [{ expression: text }] };
        const [, ...made] = expandPodControllers(spec, "paths");
        for (const each of made) assert.deepEqual(each.spec.validations, [{ expression: text }]);
      }),
    );
  });
});

const objects: readonly (readonly [written: string, defaults: string])[] = [
  [
    "Object{spec: Object.spec{hostNetwork: false}}",
    "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{hostNetwork: false}}}}",
  ],
  [
    " Object {metadata: Object.metadata{labels: Object.metadata.labels{a: 'b'}}} ",
    "Object{spec: Object.spec{template: Object.spec.template{" +
      "metadata: Object.metadata{labels: Object.spec.template.metadata.labels{a: 'b'}}}}}",
  ],
  ["has(object.spec.a) ? Object{} : Object{}", "has(object.spec.template.spec.a) ? Object{} : Object{}"],
  ["Object{}", "Object{}"],
  ["Objects{a: 1}", "Objects{a: 1}"],
  ["object.metadata.name", "object.metadata.name"],
  ["object.metadata.annotations.a", "object.spec.template.metadata.annotations.a"],
  ["myobject.spec", "myobject.spec"],
  // A brace in a text is counted, as in Kyverno: the object is closed too early.
  [
    "Object{spec: Object.spec{a: '}'}}",
    "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{a: '}'}}}}",
  ],
];

describe("the texts of a MutatingPolicy", () => {
  for (const [written, expected] of objects) {
    test(written, () => {
      const spec: Spec = {
        matchConstraints: PODS,
        variables: [{ name: "a", expression: written }],
        matchConditions: [{ name: "object.spec", expression: "object.spec.x" }],
        mutations: [
          { patchType: "ApplyConfiguration", applyConfiguration: { expression: written } },
          { patchType: "JSONPatch", jsonPatch: { expression: written } },
        ],
      };
      const { variables, matchConditions, mutations } = expandPodControllers(spec, "objects").at(-1)?.spec ?? {};
      assert.deepEqual(mutations?.[0]?.applyConfiguration, { expression: expected });
      assert.deepEqual(mutations?.[1], spec.mutations?.[1], "JSON patches stay");
      assert.deepEqual(variables, spec.variables, "variables stay");
      assert.deepEqual(matchConditions, [{ name: "object.spec", expression: "object.spec.template.spec.x" }]);
    });
  }

  test("of CronJobs", () => {
    const spec: Spec = {
      matchConstraints: PODS,
      mutations: [
        {
          patchType: "ApplyConfiguration",
          applyConfiguration: { expression: "Object{spec: Object.spec{hostNetwork: object.spec.a}}" },
        },
      ],
    };
    const [, cron] = expandPodControllers(spec, "objects");
    assert.equal(
      cron?.spec.mutations?.[0]?.applyConfiguration?.expression,
      "Object{spec: Object.spec{jobTemplate: Object.spec.jobTemplate{spec: Object.spec.jobTemplate.spec{" +
        "template: Object.spec.jobTemplate.spec.template{spec: Object.spec.jobTemplate.spec.template.spec{" +
        "hostNetwork: object.spec.jobTemplate.spec.template.spec.a}}}}}}",
    );
  });
});
