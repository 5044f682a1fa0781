import { memberOf, textOf, type Value, writeJson } from "../../base/index.ts";
import type { KyvernoRuleResponse } from "../../policy/index.ts";
import type { PolicyRun, RunCounts } from "./policy-run.ts";

/** What a rule said of an object, as reports show it. */
export interface PolicyResult {
  /** `namespace/name` for a policy of a namespace. */
  readonly policy: string;
  readonly policyNamespace: string;
  readonly rule: string;
  /** Kyverno's name for what judged: it differs by the policy's kind. */
  readonly source: string;
  readonly result: KyvernoRuleResponse["status"];
  readonly message: string;
  /** Whether a failure counts: the annotation `policies.kyverno.io/scored` is not "false". */
  readonly isScored: boolean;
  readonly category: string;
  readonly severity: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly resource: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
  };
}

const SEVERITIES: ReadonlySet<string> = new Set(["critical", "high", "medium", "low", "info"]);
const ANNOTATION = "policies.kyverno.io/";

/**
 * The results of a run. A failure is a warning where the policy is not scored, and with `auditWarn` where it only
 * audits.
 */
export function resultsOf({ policy, resource, responses }: PolicyRun, auditWarn: boolean): readonly PolicyResult[] {
  const { namespace, name, annotations } = policy;
  const isScored = isScoredBy(annotations);
  const severity = annotations[`${ANNOTATION}severity`] ?? "";
  return responses.map((response) => {
    const result = reportedStatus(response, policy, auditWarn);
    const own = response.properties ?? {};
    return {
      policy: namespace === "" ? name : `${namespace}/${name}`,
      policyNamespace: namespace,
      rule: response.rule,
      source: SOURCES.get(policy.kind) ?? "kyverno",
      result,
      message: own["message"] || own[`${response.status}Message`] || response.message,
      isScored,
      category: annotations[`${ANNOTATION}category`] ?? "",
      severity: SEVERITIES.has(severity) ? severity : "",
      properties: propertiesOf(policy, response),
      resource: referenceTo(resource),
    };
  });
}

/** Those of the kinds of kyverno.io and of what deletes are all `kyverno`. */
const SOURCES: ReadonlyMap<string, string> = new Map([
  ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicy"],
  ["MutatingAdmissionPolicy", "MutatingAdmissionPolicy"],
  ...["Validating", "Mutating", "Generating", "ImageValidating"].flatMap((name) => [
    [`${name}Policy`, `Kyverno${name}Policy`] as const,
    [`Namespaced${name}Policy`, `Kyverno${name}Policy`] as const,
  ]),
]);

/** What a rule states itself, and what Kyverno adds: binding, process, exceptions, and controls that are not met. */
function propertiesOf(
  { kind, process }: PolicyRun["policy"],
  { properties, binding, exceptions = [], podSecurity }: KyvernoRuleResponse,
): PolicyResult["properties"] {
  const checks = podSecurity?.checks ?? [];
  // As Go writes a list of images that has none.
  const imagesOf = (images: readonly string[]): Value => (images.length === 0 ? null : images);
  const controls = checks.map(({ id, control, images }) => ({ ID: id, Name: control, Images: imagesOf(images) }));
  return {
    ...properties,
    ...(binding === undefined ? {} : { [kind === "MutatingAdmissionPolicy" ? "mapBinding" : "binding"]: binding }),
    process,
    ...(exceptions.length === 0 ? {} : { exceptions: exceptions.map((each) => each.split("/").at(-1)).join(",") }),
    ...(podSecurity === undefined || checks.length === 0
      ? {}
      : {
          standard: podSecurity.level,
          version: podSecurity.version,
          controls: checks.map(({ id }) => id).join(","),
          controlsJSON: writeJson(controls),
        }),
  };
}

/** The status as reports show it: a failure is a warning where the policy is not scored, and as `statusOf` says. */
export function reportedStatus(
  response: KyvernoRuleResponse,
  { annotations }: PolicyRun["policy"],
  auditWarn = false,
): PolicyResult["result"] {
  const status = statusOf(response, auditWarn);
  return status === "fail" && !isScoredBy(annotations) ? "warn" : status;
}

/** With `auditWarn` a failure of what only audits is a warning. */
export function statusOf({ status, failureAction }: KyvernoRuleResponse, auditWarn: boolean): PolicyResult["result"] {
  return status === "fail" && auditWarn && failureAction === "Audit" ? "warn" : status;
}

function isScoredBy(annotations: PolicyRun["policy"]["annotations"]): boolean {
  return annotations[`${ANNOTATION}scored`] !== "false";
}

/** An object as results name it. */
export function referenceTo(object: Value): PolicyResult["resource"] {
  const metadata = memberOf(object, "metadata");
  return {
    apiVersion: textOf(object, "apiVersion"),
    kind: textOf(object, "kind"),
    namespace: textOf(metadata, "namespace"),
    name: textOf(metadata, "name"),
    uid: textOf(metadata, "uid"),
  };
}

export const NO_RESULTS: RunCounts = { pass: 0, fail: 0, warn: 0, error: 0, skip: 0 };

/** The counts of a run added to others; what is not scored fails as a warning. */
export function addCounts(counts: RunCounts, run: PolicyRun, auditWarn: boolean): RunCounts {
  if (run.responses.length === 0) return counts;
  const sum = { ...counts };
  const countsFailures = isScoredBy(run.policy.annotations) || FAILING.has(run.responses[0]?.type);
  for (const response of run.responses) {
    const result = statusOf(response, auditWarn);
    sum[result === "fail" && !countsFailures ? "warn" : result]++;
  }
  return sum;
}

/** What fails although its policy is not scored. */
const FAILING: ReadonlySet<string | undefined> = new Set(["Mutation", "Deletion"]);
