/** Policy reports as Kyverno's reports controller writes them: one for each object that some rule speaks of. */
import { isValueObject, memberOf, textOf, type Value, type ValueObject, writeJson } from "../../src/base/index.ts";
import type { KyvernoPlan, KyvernoRuleResponse } from "../../src/policy/index.ts";

/** What a policy said of an object. */
export interface Said {
  readonly plan: KyvernoPlan;
  readonly responses: readonly KyvernoRuleResponse[];
}

const STATUSES = ["error", "fail", "pass", "skip", "warn"] as const;

/** The report of an object; undefined when nothing is said of it. */
export function reportOf(object: ValueObject, said: readonly Said[]): ValueObject | undefined {
  const results = said.flatMap(({ plan, responses }) => responses.map((response) => resultOf(plan, response)));
  if (results.length === 0) return undefined;
  const metadata = memberOf(object, "metadata");
  const namespace = textOf(metadata, "namespace");
  const reference = {
    apiVersion: textOf(object, "apiVersion"),
    kind: textOf(object, "kind"),
    name: textOf(metadata, "name"),
    uid: textOf(metadata, "uid"),
  };
  const count = (status: string): number => results.filter((each) => textOf(each, "result") === status).length;
  return {
    apiVersion: "wgpolicyk8s.io/v1alpha2",
    kind: namespace === "" ? "ClusterPolicyReport" : "PolicyReport",
    metadata: {
      name: reference.uid,
      ...(namespace === "" ? {} : { namespace }),
      labels: { "app.kubernetes.io/managed-by": "kyverno" },
      ownerReferences: [reference],
    },
    scope: { ...reference, ...(namespace === "" ? {} : { namespace }) },
    results: results.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)),
    summary: Object.fromEntries(STATUSES.map((status) => [status, count(status)])),
  };
}

const orderOf = (result: ValueObject): string => `${textOf(result, "policy")} ${textOf(result, "rule")}`;

function resultOf(plan: KyvernoPlan, response: KyvernoRuleResponse): ValueObject {
  const properties = propertiesOf(response);
  return {
    source: "kyverno",
    policy: plan.namespace === "" ? plan.policy : `${plan.namespace}/${plan.policy}`,
    rule: response.rule,
    result: response.status === "fail" && !plan.isScored ? "warn" : response.status,
    message: response.message,
    scored: plan.isScored,
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
  };
}

function propertiesOf({ exceptions, podSecurity, properties }: KyvernoRuleResponse): ValueObject {
  const controls = podSecurity?.checks ?? [];
  const named = controls.map(({ id, control, images }): Value => ({ ID: id, Name: control, Images: images }));
  return {
    ...properties,
    ...(exceptions === undefined ? {} : { exceptions: exceptions.map((each) => each.split("/").at(-1)).join(",") }),
    ...(podSecurity === undefined ? {} : { standard: podSecurity.level, version: podSecurity.version }),
    ...(controls.length === 0
      ? {}
      : { controls: controls.map(({ id }) => id).join(","), controlsJSON: writeJson(named) }),
  };
}

/** Whether an asserted report speaks of rules alone whose results come from validation or admission of the object. */
export function isReadable(report: ValueObject, plans: readonly KyvernoPlan[]): boolean {
  if (plans.some(({ phases }) => phases.includes("verifyImages"))) return false;
  const results = memberOf(report, "results");
  const named = Array.isArray(results) ? (results as readonly Value[]) : [];
  return named.every((result) => {
    const policy = textOf(result, "policy").split("/").at(-1);
    const plan = plans.find((each) => each.policy === policy);
    const rule = plan?.rules.find(({ name }) => name === textOf(result, "rule"));
    return rule?.actions.every(
      ({ phase, isBackground }) => isBackground !== true && (phase === "validate" || phase === "mutate"),
    );
  });
}

/** Whether a value is an object of the reports' kinds. */
export function isReport(object: Value): boolean {
  const kind = textOf(object, "kind");
  return isValueObject(object) && (kind === "PolicyReport" || kind === "ClusterPolicyReport");
}
