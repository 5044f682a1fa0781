import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Value } from "../../base/index.ts";
import { linesOf, POD, say, validateRule, valueOf } from "../../testing/kyverno-runs.ts";

describe("validate: statuses and messages are Kyverno's", () => {
  const cases: readonly (readonly [name: string, body: string, expected: readonly string[]])[] = [
    ["a pattern that matches", "pattern: {metadata: {labels: {app: '?*'}}}", ["r: pass validation rule 'r' passed."]],
    [
      "a pattern that does not, without a message",
      "pattern: {metadata: {labels: {owner: '?*'}}}",
      ["r: fail validation error: rule r failed at path /metadata/labels/owner/"],
    ],
    [
      "a message gets its stop",
      "message: name an owner\npattern: {metadata: {labels: {owner: '?*'}}}",
      ["r: fail validation error: name an owner. rule r failed at path /metadata/labels/owner/"],
    ],
    [
      "a message with variables",
      "message: '{{request.object.metadata.name}} has no owner.'\npattern: {metadata: {labels: {owner: '?*'}}}",
      ["r: fail validation error: web has no owner. rule r failed at path /metadata/labels/owner/"],
    ],
    [
      "a message whose variable is not there does not change the verdict",
      "message: '{{request.object.metadata.nothing}}'\npattern: {spec: {hostNetwork: true}}",
      [
        "r: fail validation error: variables substitution error in rule r execution error: resource value 'false' does not match 'true' at path /spec/hostNetwork/",
      ],
    ],
    [
      "a pattern with a variable",
      "pattern: {metadata: {labels: {app: '{{request.object.metadata.name}}'}}}",
      ["r: pass validation rule 'r' passed."],
    ],
    [
      "a pattern whose variable is not there",
      "pattern: {metadata: {labels: {app: '{{request.object.nothing}}'}}}",
      [
        'r: error variable substitution failed: failed to resolve request.object.nothing at path /metadata/labels/app: JMESPath query failed: Unknown key "nothing" in path',
      ],
    ],
    [
      "anyPattern says which one passed",
      "anyPattern:\n- {spec: {hostNetwork: true}}\n- {spec: {hostNetwork: false}}",
      ["r: pass validation rule 'r' anyPattern[1] passed."],
    ],
    [
      "anyPattern that fails",
      "message: use labels\nanyPattern:\n- {spec: {hostNetwork: true}}\n- {metadata: {labels: {owner: '?*'}}}",
      [
        "r: fail validation error: use labels. rule r[0] failed at path /spec/hostNetwork/ rule r[1] failed at path /metadata/labels/owner/",
      ],
    ],
    [
      "a deny that does not hold",
      "deny: {conditions: {any: [{key: a, operator: Equals, value: b}]}}",
      ["r: pass validation rule 'r' passed."],
    ],
    [
      "a deny without a message",
      "deny: {conditions: {any: [{key: a, operator: Equals, value: a}]}}",
      ["r: fail validation error: rule r failed"],
    ],
    [
      "a deny's messages",
      "message: 'no {{request.object.kind}}'\ndeny: {conditions: {all: [{key: a, operator: Equals, value: a, message: 'as {{request.object.metadata.name}}'}]}}",
      ["r: fail no Pod; as web"],
    ],
    ["a deny without conditions denies", "message: never\ndeny: {}", ["r: fail never"]],
    [
      "a deny whose variable is not there",
      "deny: {conditions: {any: [{key: '{{request.object.nothing}}', operator: Equals, value: a}]}}",
      [
        'r: error failed to check deny conditions: failed to substitute variables in condition key: failed to resolve request.object.nothing at path : JMESPath query failed: Unknown key "nothing" in path',
      ],
    ],
  ];
  for (const [name, body, expected] of cases) {
    test(name, () => assert.deepEqual(linesOf(say(validateRule(body)).responses), expected));
  }
});

describe("validate.foreach", () => {
  const each = (body: string): string =>
    `message: bad\nforeach:\n- list: request.object.spec.containers\n${body.replaceAll(/^/gm, "  ")}`;
  const cases: readonly (readonly [name: string, body: string, expected: readonly string[]])[] = [
    ["each element is fine", each("pattern: {image: '*:*'}"), ["r: pass rule passed"]],
    [
      "one is not",
      each("pattern: {image: '!*:latest'}"),
      ["r: fail validation failure: validation error: bad. rule r failed at path /image/"],
    ],
    [
      "deny with element and elementIndex",
      "foreach:\n- list: request.object.spec.containers\n  deny: {conditions: {any: [{key: '{{element.image}}', operator: Equals, value: '*:latest', message: '{{element.name}} at {{elementIndex}}'}]}}",
      ["r: fail validation failure: cache at 1"],
    ],
    [
      "preconditions of elements",
      each(
        "preconditions: {all: [{key: '{{element.name}}', operator: Equals, value: front}]}\npattern: {image: '!*:latest'}",
      ),
      ["r: pass rule passed"],
    ],
    [
      "an element without what its preconditions name is passed over, as in Kyverno",
      each(
        "preconditions: {all: [{key: '{{element.ports[0].containerPort}}', operator: Equals, value: 80}]}\npattern: {image: 'ghcr.io/*'}",
      ),
      ["r: pass rule passed"],
    ],
    [
      "no element that was looked at says nothing",
      each("preconditions: {all: [{key: a, operator: Equals, value: b}]}\npattern: {}"),
      [],
    ],
    ["a list that is not there says nothing", "foreach: [{list: request.object.spec.initContainers, pattern: {}}]", []],
    [
      "a list that fails is an error, which Kyverno passes over when another list is fine",
      "foreach:\n- {list: 'length(request.object.spec.hostNetwork)', pattern: {}}\n- {list: request.object.spec.containers, pattern: {name: '?*'}}",
      ["r: error failed to evaluate list"],
    ],
    [
      "nested loops see both elements",
      "foreach:\n- list: request.object.spec.containers\n  foreach:\n  - list: element0.ports || `[]`\n    deny: {conditions: {any: [{key: '{{element.containerPort}}', operator: Equals, value: 443, message: '{{element0.name}} {{element.containerPort}} {{element1.containerPort}}'}]}}",
      ["r: fail validation failure: validation failure: front 443 443"],
    ],
    [
      "elementScope false looks at the whole object",
      each("elementScope: false\npattern: {kind: Pod}"),
      ["r: pass rule passed"],
    ],
    [
      "elementScope true of what is no object",
      "foreach: [{list: 'request.object.metadata.labels | values(@)', elementScope: true, pattern: {}}]",
      [
        "r: error validation failure: failed to process foreach: cannot use elementScope=true foreach rules for elements that are not maps",
      ],
    ],
  ];
  for (const [name, body, expected] of cases) {
    test(name, () => {
      const lines = linesOf(say(validateRule(body)).responses);
      assert.equal(lines.length, expected.length, lines.join("\n"));
      for (const [index, line] of lines.entries()) assert.ok(line.startsWith(expected[index] ?? "?"), line);
    });
  }
});

describe("updates of what violates already", () => {
  const spec = "validationFailureAction: Enforce";
  const bad = valueOf(POD);
  const good = valueOf(POD.replace("team: red", "team: red, owner: me"));
  const rule = validateRule("pattern: {metadata: {labels: {owner: '?*'}}}");
  const update = (oldObject: Value, more = "") =>
    linesOf(
      say(more === "" ? rule : validateRule("pattern: {metadata: {labels: {owner: '?*'}}}", more), {
        spec,
        input: { oldObject, operation: "UPDATE" },
      }).responses,
    );
  test("a violation that was there is skipped, a new one fails", () => {
    assert.deepEqual(update(bad), ["r: skip skipping the rule evaluation as pre-existing violations are allowed"]);
    assert.match(update(good)[0] ?? "", /^r: fail/);
  });
  test("not where it only reports, and not where the rule says no", () => {
    assert.match(linesOf(say(rule, { input: { oldObject: bad, operation: "UPDATE" } }).responses)[0] ?? "", /^r: fail/);
    const strict = validateRule("allowExistingViolations: false\npattern: {metadata: {labels: {owner: '?*'}}}");
    assert.match(
      linesOf(say(strict, { spec, input: { oldObject: bad, operation: "UPDATE" } }).responses)[0] ?? "",
      /^r: fail/,
    );
  });
  test("as in Kyverno, a rule with preconditions does not look at the old object", () => {
    assert.match(update(bad, "  preconditions: {all: [{key: a, operator: Equals, value: a}]}\n")[0] ?? "", /^r: fail/);
  });
});

describe("failure actions", () => {
  const action = (fields: string, spec = "") =>
    say(validateRule(`${fields}pattern: {metadata: {labels: {owner: x}}}`), { spec }).responses[0]?.failureAction;
  const cases: readonly (readonly [fields: string, spec: string, expected: string])[] = [
    ["", "", "Audit"],
    ["", "validationFailureAction: enforce", "Enforce"],
    ["failureAction: Audit\n", "validationFailureAction: Enforce", "Audit"],
    ["failureActionOverrides: [{action: Enforce, namespaces: [sh*]}]\nfailureAction: Audit\n", "", "Enforce"],
    ["", "validationFailureActionOverrides: [{action: Enforce, namespaces: [other]}]", "Audit"],
    ["", "validationFailureActionOverrides: [{action: Enforce, namespaces: [shop]}]", "Enforce"],
  ];
  for (const [fields, spec, expected] of cases) {
    test(`${fields.trim()} ${spec} is ${expected}`, () => assert.equal(action(fields, spec), expected));
  }
});

describe("validate.podSecurity", () => {
  test("a pod that does not meet the standard", () => {
    const run = say(validateRule("podSecurity: {level: baseline, version: latest}"), {
      object: POD.replace("hostNetwork: false", "hostNetwork: true"),
    });
    const [response] = run.responses;
    assert.match(response?.message ?? "", /^Validation rule 'r' failed\. It violates PodSecurity "baseline:latest": /);
    assert.deepEqual(
      response?.podSecurity?.checks.map(({ control }) => control),
      ["Host Namespaces"],
    );
    assert.equal(say(validateRule("podSecurity: {level: baseline, version: latest}")).responses[0]?.status, "pass");
  });
});
