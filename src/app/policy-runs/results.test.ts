import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KyvernoRuleResponse } from "../../policy/index.ts";
import { addCounts, NO_RESULTS, type PolicyResult, resultsOf } from "./results.ts";

const RESPONSE: KyvernoRuleResponse = {
  policy: "p",
  namespace: "",
  rule: "r",
  type: "Validation",
  phase: "validate",
  status: "fail",
  message: "engine",
  failureAction: "Audit",
  emitWarning: false,
};
const CHECK = { id: "hostPorts", control: "Host Ports", reason: "", detail: "", errors: [], containers: [] };

interface Row {
  readonly name: string;
  readonly response?: Partial<KyvernoRuleResponse>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly auditWarn?: boolean;
  readonly process?: string;
  readonly kind?: string;
  readonly expected: Partial<PolicyResult>;
}

const UNSCORED = { "policies.kyverno.io/scored": "false" };
const own = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, `own ${name}`]));

const ROWS: readonly Row[] = [
  {
    name: "a failure",
    expected: { result: "fail", message: "engine", isScored: true, source: "kyverno", properties: { process: "" } },
  },
  { name: "of a policy that is not scored", annotations: UNSCORED, expected: { result: "warn", isScored: false } },
  { name: "of an audit, with --audit-warn", auditWarn: true, expected: { result: "warn", isScored: true } },
  {
    name: "of what is enforced, with --audit-warn",
    auditWarn: true,
    response: { failureAction: "Enforce" },
    expected: { result: "fail" },
  },
  {
    name: "an error of a policy that is not scored",
    annotations: UNSCORED,
    response: { status: "error" },
    expected: { result: "error" },
  },
  {
    name: "the rule's own message for its status, though it is shown as a warning",
    annotations: UNSCORED,
    response: { properties: own("failMessage", "warnMessage") },
    expected: { message: "own failMessage", properties: { ...own("failMessage", "warnMessage"), process: "" } },
  },
  {
    name: "the rule's own message for any status",
    response: { properties: own("failMessage", "message") },
    expected: { message: "own message" },
  },
  { name: "the process", process: "background scan", expected: { properties: { process: "background scan" } } },
  {
    name: "exceptions by their names",
    response: { status: "skip", exceptions: ["ns/one", "two"] },
    expected: { result: "skip", properties: { exceptions: "one,two", process: "" } },
  },
  {
    name: "the binding under which Kubernetes' policies are evaluated",
    kind: "ValidatingAdmissionPolicy",
    response: { status: "pass", binding: "everywhere" },
    expected: { source: "ValidatingAdmissionPolicy", properties: { binding: "everywhere", process: "" } },
  },
  {
    name: "the binding of one that mutates",
    kind: "MutatingAdmissionPolicy",
    response: { status: "pass", binding: "everywhere" },
    expected: { source: "MutatingAdmissionPolicy", properties: { mapBinding: "everywhere", process: "" } },
  },
  ...["ValidatingPolicy", "MutatingPolicy", "GeneratingPolicy", "ImageValidatingPolicy"].flatMap((kind) => [
    { name: `the source of a ${kind}`, kind, expected: { source: `Kyverno${kind}` } },
    { name: `the source of a Namespaced${kind}`, kind: `Namespaced${kind}`, expected: { source: `Kyverno${kind}` } },
  ]),
  {
    name: "the source of what deletes",
    kind: "DeletingPolicy",
    response: { type: "Deletion" },
    expected: { source: "kyverno", properties: { process: "" } },
  },
  {
    name: "controls that are not met",
    response: {
      podSecurity: {
        level: "baseline",
        version: "latest",
        checks: [
          { ...CHECK, images: [] },
          { ...CHECK, id: "privileged", control: "Privileged Containers", images: ["a"] },
        ],
      },
    },
    expected: {
      properties: {
        standard: "baseline",
        version: "latest",
        controls: "hostPorts,privileged",
        controlsJSON:
          '[{"ID":"hostPorts","Name":"Host Ports","Images":null},{"ID":"privileged","Name":"Privileged Containers","Images":["a"]}]',
        process: "",
      },
    },
  },
  {
    name: "controls that are all met",
    response: { status: "pass", podSecurity: { level: "baseline", version: "latest", checks: [] } },
    expected: { result: "pass", properties: { process: "" } },
  },
];

describe("results of a run", () => {
  for (const {
    name,
    response = {},
    annotations = {},
    auditWarn = false,
    process = "",
    kind = "ClusterPolicy",
    expected,
  } of ROWS) {
    it(name, () => {
      const policy = { kind, namespace: "", name: "p", annotations, process };
      const [result] = resultsOf(
        {
          policy,
          resource: { apiVersion: "v1", kind: "Pod", metadata: { name: "web" } },
          patched: null,
          responses: [{ ...RESPONSE, ...response }],
        },
        auditWarn,
      );
      assert.deepEqual({ ...result, ...expected }, result);
    });
  }

  it("are counted alike", () => {
    const policy = { kind: "ClusterPolicy", namespace: "", name: "p", annotations: UNSCORED, process: "" };
    const counts = addCounts(NO_RESULTS, { policy, resource: null, patched: null, responses: [RESPONSE] }, false);
    assert.deepEqual(counts, { ...NO_RESULTS, warn: 1 });
  });
});
