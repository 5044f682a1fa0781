import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodePolicies } from "../decode-policies.ts";

const RULE = '{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}';
const MATCH = `matchConstraints: {resourceRules: [${RULE}]}`;

/** What a good policy of each kind needs beside matchConstraints. */
const BODIES: Readonly<Record<string, string>> = {
  ValidatingPolicy: 'validations: [{expression: "true"}]',
  MutatingPolicy: "mutations: [{patchType: JSONPatch, jsonPatch: {expression: '[]'}}]",
  GeneratingPolicy: "generate: [{expression: 'generator.apply(\"a\", [])'}]",
  DeletingPolicy: 'schedule: "0 3 * * *"',
  ImageValidatingPolicy: 'attestors: []\n  validations: [{expression: "true"}]',
};

const documentOf = (kind: string, spec: string, version = "v1", name = "p"): string =>
  `apiVersion: policies.kyverno.io/${version}\nkind: ${kind}\nmetadata: {name: ${name}}\nspec:\n  ${spec}\n`;

/** A good policy of a kind with more lines in spec; `replaced` fields of the good one are left out. */
function policyOf(
  kind: string,
  more = "",
  { body = BODIES[kind.replace("Namespaced", "")] ?? "", match = MATCH } = {},
): string {
  return documentOf(kind, [match, body, more].filter((line) => line !== "").join("\n  "));
}

/** Issues as `path: message`, then warnings: `?` marks what a cluster refuses, `!` what deserves a word. */
function findingsOf(text: string): readonly string[] {
  const decoded = decodePolicies(text, "p.yaml");
  if (!decoded.ok) return decoded.issues.map(({ path, message }) => `${path}: ${message.replace(/^policy \S+: /, "")}`);
  return decoded.value.flatMap(({ warnings }) =>
    warnings.map(({ path, message, refusedInCluster }) => `${refusedInCluster ? "?" : "!"} ${path}: ${message}`),
  );
}

for (const kind of Object.keys(BODIES)) {
  test(`${kind} and Namespaced${kind} are read in every version they are served in`, () => {
    for (const version of ["v1", "v1beta1", "v1alpha1"]) {
      const text = policyOf(kind).replace("/v1\n", `/${version}\n`);
      assert.deepEqual(findingsOf(text), [], version);
      const decoded = decodePolicies(text, "p.yaml");
      assert.equal(decoded.ok && decoded.value[0]?.kind, kind);
      assert.equal(decoded.ok && Object.isFrozen(decoded.value[0]?.policy.spec), true);
    }
    for (const version of ["v1", "v1beta1"]) {
      assert.deepEqual(findingsOf(policyOf(`Namespaced${kind}`).replace("/v1\n", `/${version}\n`)), []);
    }
    assert.deepEqual(findingsOf(policyOf(`Namespaced${kind}`).replace("/v1\n", "/v1alpha1\n")), [
      `apiVersion: expected policies.kyverno.io/v1 or v1beta1: v1alpha1 has no Namespaced${kind}`,
    ]);
  });

  test(`${kind}: nulls count as absent`, () => {
    const decoded = decodePolicies(policyOf(kind, "variables: null"), "p.yaml");
    assert.ok(decoded.ok);
    assert.equal(Object.hasOwn(decoded.value[0]?.policy.spec ?? {}, "variables"), false);
  });

  test(`${kind}: prototypes' names are unknown fields`, () => {
    for (const name of ["prototype", "constructor", "toString"]) {
      const [finding, ...others] = findingsOf(policyOf(kind, `${name}: {}`));
      assert.match(finding ?? "", new RegExp(`^spec\\.${name}: unknown field "${name}": `));
      assert.deepEqual(others, []);
    }
  });
}

interface Row {
  readonly name: string;
  readonly text: string;
  readonly expected: readonly string[];
}

const AGAIN = 'expected each name once, found "a" again';
const NOTHING = "expected a CEL expression, found nothing";
const NO_RULES = "? spec.matchConstraints: expected at least 1 of resourceRules, found none";
const IN_NAMESPACE = "is not there for a policy of a namespace";

const emptyList = (name: string): string =>
  `! spec.matchConstraints.resourceRules[0].${name}: expected at least 1 item, found none: the rule matches nothing`;

const ROWS: readonly Row[] = [
  {
    name: "a misspelt field of spec",
    text: policyOf("ValidatingPolicy", "matchCondition: []"),
    expected: ['spec.matchCondition: unknown field "matchCondition": did you mean matchConditions?'],
  },
  {
    name: "a misspelt field deep inside",
    text: policyOf("MutatingPolicy", "evaluation: {mutateExisting: {enable: true}}"),
    expected: ['spec.evaluation.mutateExisting.enable: unknown field "enable": did you mean enabled?'],
  },
  {
    name: "a field of another kind",
    text: policyOf("DeletingPolicy", "validations: []"),
    expected: [
      'spec.validations: unknown field "validations": the fields here are matchConstraints, conditions, variables, schedule, deletionPropagationPolicy',
    ],
  },
  {
    name: "a value outside its list",
    text: policyOf("ValidatingPolicy", "failurePolicy: fail"),
    expected: ['spec.failurePolicy: expected one of Fail, Ignore, found "fail" (did you mean Fail?)'],
  },
  {
    name: "an unknown mode",
    text: policyOf("ValidatingPolicy", "evaluation: {mode: Json}"),
    expected: [
      'spec.evaluation.mode: expected one of Kubernetes, JSON, Envoy, HTTP, found "Json" (did you mean JSON?)',
    ],
  },
  {
    name: "a wrong type",
    text: policyOf("ValidatingPolicy", "variables: {a: b}"),
    expected: ["spec.variables: expected a list, found an object"],
  },
  {
    name: "no resource rules",
    text: policyOf("ValidatingPolicy", "", { match: "matchConstraints: {resourceRules: []}" }),
    expected: [NO_RULES],
  },
  { name: "no matchConstraints", text: policyOf("DeletingPolicy", "", { match: "" }), expected: [NO_RULES] },
  {
    name: "no matchConstraints where no object of a cluster is meant",
    text: policyOf("ValidatingPolicy", "evaluation: {mode: JSON}", { match: "" }),
    expected: [],
  },
  {
    name: "rules as loose as the CRD has them, and every scope",
    text: policyOf("ValidatingPolicy", "", {
      match: `matchConstraints: {resourceRules: [{resources: [pods], scope: Cluster}, ${RULE.replace("}", ", scope: Namespaced}")}]}`,
    }),
    expected: ["apiGroups", "apiVersions", "operations"].map(emptyList),
  },
  {
    name: "rules of a cleanup, which need no operations",
    text: policyOf("DeletingPolicy", "", { match: "matchConstraints: {resourceRules: [{resources: [pods]}]}" }),
    expected: ["apiGroups", "apiVersions"].map(emptyList),
  },
  {
    name: "kinds in place of resources",
    text: policyOf("MutatingPolicy", "", {
      match: `matchConstraints: {resourceRules: [${RULE.replace("pods", "pods, Pod")}], excludeResourceRules: [${RULE.replace("pods", "ConfigMaps")}]}`,
    }),
    expected: [
      '! spec.matchConstraints.resourceRules[0].resources[1]: expected a plural in lower case such as configmaps, found "Pod", which matches nothing',
      '! spec.matchConstraints.excludeResourceRules[0].resources[0]: expected a plural in lower case such as configmaps, found "ConfigMaps", which matches nothing',
    ],
  },
  {
    name: "selectors of which nothing can be made",
    text: policyOf("ValidatingPolicy", "", {
      match: `matchConstraints: {resourceRules: [${RULE}], objectSelector: {matchExpressions: [{key: a, operator: In}, {key: b, operator: Exists, values: [c]}]}}`,
    }),
    expected: [
      "spec.matchConstraints.objectSelector.matchExpressions[0].values: expected values for In, found none",
      "spec.matchConstraints.objectSelector.matchExpressions[1].values: expected no values: Exists takes none",
    ],
  },
  {
    name: "variables and conditions twice, without an expression, and unnameable",
    text: policyOf(
      "ValidatingPolicy",
      'variables: [{name: a, expression: "1"}, {name: a, expression: " "}, {name: a-b, expression: "1"}]\n  matchConditions: [{name: a, expression: "true"}, {name: a, expression: " "}]',
    ),
    expected: [
      `spec.matchConditions[1].expression: ${NOTHING}`,
      `spec.matchConditions[1].name: ${AGAIN}`,
      `spec.variables[1].expression: ${NOTHING}`,
      'spec.variables[2].name: expected a CEL identifier (letters, digits and _, not a reserved word), found "a-b"',
      `spec.variables[1].name: ${AGAIN}`,
    ],
  },
  {
    name: "labels and names of conditions that Kubernetes would not take, and Kyverno does",
    text: policyOf("MutatingPolicy", 'matchConditions: [{name: a b, expression: "true"}]', {
      match: `matchConstraints: {resourceRules: [${RULE}], objectSelector: {matchLabels: {a: "b c"}}}`,
    }),
    expected: [
      '! spec.matchConstraints.objectSelector.matchLabels: expected a label\'s value (at most 63 letters, digits, -, _ and ., with a letter or digit at both ends), found "b c"',
      '! spec.matchConditions[0].name: expected a name such as my.name or example.com/my.name (at most 63 letters, digits, -, _ and . after the slash), found "a b"',
    ],
  },
  {
    name: "a validation that says nothing",
    text: policyOf("ValidatingPolicy", "", { body: 'validations: [{expression: "", message: m}]' }),
    expected: [`spec.validations[0].expression: ${NOTHING}`],
  },
  {
    name: "no validations",
    text: policyOf("ValidatingPolicy", "", { body: "" }),
    expected: ["! spec.validations: there are none: the policy checks nothing"],
  },
  {
    name: "any reason, messages of several lines and an empty messageExpression",
    text: policyOf("ValidatingPolicy", "", {
      body: 'validations: [{expression: "true", message: "a\\nb", messageExpression: "", reason: Teapot}]',
    }),
    expected: [],
  },
  {
    name: "actions twice",
    text: policyOf("ValidatingPolicy", "validationActions: [Deny, Deny]"),
    expected: ["spec.validationActions[1]: expected each action once, found Deny again"],
  },
  {
    name: "Deny and Warn",
    text: policyOf("ValidatingPolicy", "validationActions: [Deny, Audit, Warn]"),
    expected: ["! spec.validationActions: Deny and Warn together tell the user the same twice: write one of them"],
  },
  {
    name: "audit annotations twice",
    text: policyOf(
      "ValidatingPolicy",
      "auditAnnotations: [{key: a, valueExpression: b}, {key: a, valueExpression: b}]",
    ),
    expected: ["spec.auditAnnotations[1].key: expected each key once, found it again"],
  },
  {
    name: "controllers of all sorts",
    text: policyOf(
      "ValidatingPolicy",
      "autogen: {podControllers: {controllers: [jobs, jobsets.v1alpha2.jobset.x-k8s.io, deployment, jobsets]}}",
    ),
    expected: [
      '! spec.autogen.podControllers.controllers[2]: "deployment" is extended to nothing without a cluster that knows it: did you mean deployments?',
      '! spec.autogen.podControllers.controllers[3]: "jobsets" is extended to nothing without a cluster that knows it: write resource.version.group, such as jobsets.v1alpha2.jobset.x-k8s.io',
    ],
  },
  {
    name: "a name that no object can have",
    text: documentOf("ValidatingPolicy", `${MATCH}\n  ${BODIES["ValidatingPolicy"]}`, "v1", "My_Policy"),
    expected: [
      '? metadata.name: expected a DNS subdomain (at most 253 of a-z, 0-9, - and ., with a letter or digit at both ends), found "My_Policy"',
    ],
  },
  {
    name: "globalContext and http in a namespace",
    text: policyOf("NamespacedValidatingPolicy", "", {
      body: "validations: [{expression: 'http.Get(\"a\").ok', messageExpression: 'string(globalContext.Get(\"a\"))'}]",
    }),
    expected: [
      `? spec: globalContext ${IN_NAMESPACE}`,
      `? spec: http ${IN_NAMESPACE}, unless Kyverno is told to allow it`,
    ],
  },
  {
    name: "the words alone, and the same of the cluster's policies",
    text: `${policyOf("NamespacedValidatingPolicy", "", { body: "validations: [{expression: 'object.http == \"globalContext\"'}]" })}---\n${policyOf("ValidatingPolicy", "", { body: "validations: [{expression: 'http.Get(\"a\").ok'}]" })}`,
    expected: [],
  },
  {
    name: "http deep inside an expression",
    text: policyOf(
      "NamespacedDeletingPolicy",
      'conditions: [{name: a, expression: \'[1].all(x, {"a": [http.Get("b")]}.size() > x)\'}]',
    ),
    expected: [`? spec: http ${IN_NAMESPACE}, unless Kyverno is told to allow it`],
  },
  {
    name: "http in a template, where it counts only inside an interpolation",
    text: policyOf("NamespacedGeneratingPolicy", "", {
      body: "generate: [{template: {value: 'a: (( http.Get(\"b\") ))', interpolate: cel}}]",
    }),
    expected: [`? spec: http ${IN_NAMESPACE}, unless Kyverno is told to allow it`],
  },
  {
    name: "http in a template after parentheses and texts that look like an end",
    text: policyOf("NamespacedGeneratingPolicy", "", {
      body: "generate: [{template: {value: 'a: (( size((\"))\" + string((1)))) + http.Get(\"b\") )) b', interpolate: cel}}, {template: {value: '(( no end', interpolate: cel}}]",
    }),
    expected: [`? spec: http ${IN_NAMESPACE}, unless Kyverno is told to allow it`],
  },
  {
    name: "http in a template that is plain YAML",
    text: policyOf("NamespacedGeneratingPolicy", "", {
      body: "generate: [{template: {value: 'a: (( http.Get(\"b\") ))'}}]",
    }),
    expected: [],
  },
  {
    name: "http to find targets",
    text: policyOf("NamespacedMutatingPolicy", "targetMatchConstraints: {expression: 'http.Get(\"a\")'}"),
    expected: [`? spec: http ${IN_NAMESPACE}, unless Kyverno is told to allow it`],
  },
  {
    name: "globalContext to find images",
    text: policyOf("NamespacedImageValidatingPolicy", "images: [{name: a, expression: 'globalContext.Get(\"a\")'}]"),
    expected: [`? spec: globalContext ${IN_NAMESPACE}`],
  },
  {
    name: "patches that are not of the type that is named",
    text: policyOf("MutatingPolicy", "", {
      body: "mutations: [{patchType: JSONPatch, applyConfiguration: {expression: a}}, {patchType: ApplyConfiguration, applyConfiguration: {expression: a}, jsonPatch: {expression: a}}, {patchType: JSONPatch, jsonPatch: {}}]",
    }),
    expected: [
      "spec.mutations[0].jsonPatch: expected an object, because patchType is JSONPatch",
      "spec.mutations[0].applyConfiguration: expected nothing, because patchType is JSONPatch",
      "spec.mutations[1].jsonPatch: expected nothing, because patchType is ApplyConfiguration",
      `spec.mutations[2].jsonPatch.expression: ${NOTHING}`,
    ],
  },
  {
    name: "no mutations",
    text: policyOf("MutatingPolicy", "", { body: "" }),
    expected: ["! spec.mutations: there are none: the policy changes nothing"],
  },
  {
    name: "neither admission nor existing objects",
    text: policyOf("MutatingPolicy", "evaluation: {admission: {enabled: false}}"),
    expected: ["? spec.evaluation: expected admission or mutateExisting to be enabled, found neither"],
  },
  {
    name: "existing objects alone",
    text: policyOf("MutatingPolicy", "evaluation: {admission: {enabled: false}, mutateExisting: {enabled: true}}"),
    expected: [],
  },
  {
    name: "conditions with variables, of which a MutatingAdmissionPolicy shall be made",
    text: policyOf(
      "MutatingPolicy",
      "autogen: {mutatingAdmissionPolicy: {enabled: true}}\n  matchConditions: [{name: a, expression: object.variables}, {name: b, expression: variables.a}]",
    ),
    expected: [
      "spec.matchConditions[1].expression: a MutatingAdmissionPolicy, which autogen makes of this policy, has no variables in its matchConditions: write the expression itself",
    ],
  },
  {
    name: "conditions with variables, of which none shall be made",
    text: policyOf("MutatingPolicy", "matchConditions: [{name: b, expression: variables.a}]"),
    expected: [],
  },
  {
    name: "no generation, both sorts, none, an empty one and an empty template",
    text: policyOf("GeneratingPolicy", "", {
      body: "generate: [{expression: a, template: {value: b}}, {}, {expression: ''}, {template: {value: ''}}]",
    }),
    expected: [
      "spec.generate[0]: expected exactly one of expression, template, found expression and template",
      "spec.generate[1]: expected exactly one of expression, template, found none",
      "spec.generate[3].template.value: expected a string that is not empty",
    ],
  },
  {
    name: "a generation that says nothing",
    text: policyOf("GeneratingPolicy", "", { body: "generate: [{expression: ''}]" }),
    expected: [`spec.generate[0].expression: ${NOTHING}`],
  },
  {
    name: "no generation",
    text: policyOf("GeneratingPolicy", "", { body: "generate: []" }),
    expected: ["spec.generate: expected at least 1 item, found none"],
  },
  {
    name: "a schedule that cron cannot read",
    text: policyOf("DeletingPolicy", "", { body: 'schedule: "0 3 * *"' }),
    expected: ["? spec.schedule: expected 5 fields such as 0 3 * * mon, 6 with a year or 7 with seconds, found 4"],
  },
  {
    name: "an empty schedule",
    text: policyOf("DeletingPolicy", "", { body: 'schedule: ""' }),
    expected: ["? spec.schedule: expected a schedule such as 0 3 * * *, found nothing"],
  },
];
for (const { name, text, expected } of ROWS) {
  test(`what Kyverno would say: ${name}`, () => assert.deepEqual(findingsOf(text), expected));
}

const exceptionOf = (spec: string, version = "v1"): string => documentOf("PolicyException", spec, version);
const REF = "policyRefs: [{name: p, kind: ValidatingPolicy}]";

const EXCEPTIONS: readonly Row[] = [
  {
    name: "every field",
    text: exceptionOf(
      `${REF}\n  matchConditions: [{name: a, expression: "true"}]\n  images: ["a*"]\n  allowedValues: [x]\n  reportResult: pass\n  expiresAt: "2026-05-01T00:00:00Z"\n  properties: {ticket: "1"}\n  evaluationMode: JSON`,
    ),
    expected: [],
  },
  {
    name: "no policies",
    text: exceptionOf("policyRefs: []"),
    expected: ["? spec.policyRefs: expected at least 1 item, found none"],
  },
  {
    name: "policies without a name or kind, and of an unknown kind",
    text: exceptionOf("policyRefs: [{name: '', kind: ''}, {name: a, kind: ValidatngPolicy}]"),
    expected: [
      "? spec.policyRefs[0].name: expected a policy's name, found nothing",
      "? spec.policyRefs[0].kind: expected a policy's kind, found nothing",
      '! spec.policyRefs[1].kind: no policy is of kind "ValidatngPolicy", so that the exception holds for none: did you mean ValidatingPolicy?',
    ],
  },
  {
    name: "a time that is none",
    text: exceptionOf(`${REF}\n  expiresAt: "tomorrow"`),
    expected: ['spec.expiresAt: expected a time such as 2026-05-01T00:00:00Z (RFC 3339), found "tomorrow"'],
  },
  {
    name: "a result that reports do not have",
    text: exceptionOf(`${REF}\n  reportResult: fail`),
    expected: ['spec.reportResult: expected one of skip, pass, found "fail"'],
  },
  {
    name: "a condition that says nothing",
    text: exceptionOf(`${REF}\n  matchConditions: [{name: a, expression: " "}]`),
    expected: [`spec.matchConditions[0].expression: ${NOTHING}`],
  },
  {
    name: "a field of the classic exceptions",
    text: exceptionOf(`${REF}\n  exceptions: []`),
    expected: [
      'spec.exceptions: unknown field "exceptions": the fields here are policyRefs, matchConditions, images, allowedValues, reportResult, expiresAt, properties, evaluationMode',
    ],
  },
];
for (const { name, text, expected } of EXCEPTIONS) {
  test(`what Kyverno would say of an exception: ${name}`, () => assert.deepEqual(findingsOf(text), expected));
}

test("a PolicyException is read by its group", () => {
  const classic =
    "apiVersion: kyverno.io/v2\nkind: PolicyException\nmetadata: {name: p}\nspec: {match: {any: [{resources: {kinds: [Pod]}}]}, exceptions: [{policyName: a, ruleNames: [b]}]}\n";
  const decoded = decodePolicies(`${exceptionOf(REF)}---\n${exceptionOf(REF, "v1beta1")}---\n${classic}`, "p.yaml");
  assert.deepEqual(decoded.ok && decoded.value.map(({ kind }) => kind), [
    "CelPolicyException",
    "CelPolicyException",
    "PolicyException",
  ]);
});

test("law: junk in place of any part is judged, and never thrown over", () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(BODIES)), fc.jsonValue({ maxDepth: 4 }), (kind, spec) => {
      const document = { apiVersion: "policies.kyverno.io/v1", kind, metadata: { name: "p" }, spec };
      decodePolicies(JSON.stringify(document), "p.json");
    }),
    { numRuns: 200 },
  );
});
