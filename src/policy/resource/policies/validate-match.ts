import type { LABEL_SELECTOR } from "../kubernetes-schema.ts";
import type { FindingsWriter } from "../kyverno/findings.ts";
import type { TypeOf } from "../schema.ts";
import { isCelIdentifier, nameFault, repeated } from "./name-checks.ts";
import type { PolicyCondition, PolicyMatchConstraints, PolicyResourceRule, PolicyVariable } from "./policy-parts.ts";

type LabelSelector = TypeOf<typeof LABEL_SELECTOR>;

/** How a name is told that Kubernetes would not take: its own kinds are refused for it, Kyverno's are not. */
type NameLevel = "warn" | "failInCluster";

/** Finds what no selector can be made of, for which there is no answer, and labels that no object can have. */
export function checkSelector(
  selector: LabelSelector | undefined,
  path: string,
  findings: FindingsWriter,
  names: NameLevel = "failInCluster",
): void {
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) {
    checkLabel(key, [value], `${path}.matchLabels`, findings, names);
  }
  selector?.matchExpressions?.forEach(({ key, operator, values = [] }, index) => {
    const at = `${path}.matchExpressions[${index}]`;
    const takesValues = operator === "In" || operator === "NotIn";
    if (takesValues && values.length === 0)
      findings.fail(`${at}.values`, `expected values for ${operator}, found none`);
    if (!takesValues && values.length > 0) findings.fail(`${at}.values`, `expected no values: ${operator} takes none`);
    checkLabel(key, values, at, findings, names);
  });
}

function checkLabel(
  key: string,
  values: readonly string[],
  path: string,
  findings: FindingsWriter,
  names: NameLevel,
): void {
  for (const fault of [nameFault(key, "qualifiedName"), ...values.map((value) => nameFault(value, "labelValue"))]) {
    if (fault !== undefined) findings[names](path, fault);
  }
}

/** Finds what is wrong with the selectors of a kind whose CRD leaves the rules open. */
export function checkConstraints(
  constraints: PolicyMatchConstraints | undefined,
  path: string,
  findings: FindingsWriter,
  names: NameLevel = "warn",
): void {
  checkSelector(constraints?.namespaceSelector, `${path}.namespaceSelector`, findings, names);
  checkSelector(constraints?.objectSelector, `${path}.objectSelector`, findings, names);
  for (const name of ["resourceRules", "excludeResourceRules"] as const) {
    constraints?.[name]?.forEach(({ resources = [] }, index) => {
      warnOfKinds(resources, `${path}.${name}[${index}].resources`, findings);
    });
  }
}

/** Finds names of kinds where resources are named: no object would ever meet them, and nobody would see it. */
function warnOfKinds(resources: readonly string[], path: string, findings: FindingsWriter): void {
  resources.forEach((resource, index) => {
    if (!/[A-Z]/.test(resource)) return;
    const expected = "expected a plural in lower case such as configmaps";
    findings.warn(`${path}[${index}]`, `${expected}, found ${JSON.stringify(resource)}, which matches nothing`);
  });
}

export const RULE_LISTS = ["apiGroups", "apiVersions", "resources", "operations"] as const;

/** Finds rules of Kyverno's kinds that no request meets because a list is left out, which their CRDs allow. */
export function warnOfEmptyLists(
  constraints: PolicyMatchConstraints | undefined,
  lists: readonly (typeof RULE_LISTS)[number][],
  findings: FindingsWriter,
): void {
  constraints?.resourceRules?.forEach((rule, index) => {
    for (const name of lists) {
      if ((rule[name] ?? []).length > 0) continue;
      const path = `spec.matchConstraints.resourceRules[${index}].${name}`;
      findings.warn(path, "expected at least 1 item, found none: the rule matches nothing");
    }
  });
}

/** As {@link checkConstraints}, and what the API server refuses in its own kinds. */
export function checkAdmissionConstraints(
  constraints: PolicyMatchConstraints | undefined,
  path: string,
  findings: FindingsWriter,
): void {
  checkConstraints(constraints, path, findings, "failInCluster");
  for (const name of ["resourceRules", "excludeResourceRules"] as const) {
    constraints?.[name]?.forEach((rule, index) => {
      checkRule(rule, `${path}.${name}[${index}]`, findings);
    });
  }
}

function checkRule(rule: PolicyResourceRule, path: string, findings: FindingsWriter): void {
  for (const name of RULE_LISTS) {
    const values = rule[name] ?? [];
    const at = `${path}.${name}`;
    if (values.length === 0) findings.fail(at, "expected at least 1 item, found none");
    if (name !== "resources" && values.length > 1 && values.some((value) => value === "*")) {
      findings.failInCluster(at, "expected * alone: it means all of them");
    }
    values.forEach((value, index) => {
      if (value === "" && name !== "apiGroups") findings.fail(`${at}[${index}]`, "expected a string that is not empty");
    });
  }
  checkResources(rule.resources ?? [], `${path}.resources`, findings);
  const names = rule.resourceNames ?? [];
  for (const index of repeated(names)) {
    findings.failInCluster(`${path}.resourceNames[${index}]`, `expected each name once, found ${names[index]} again`);
  }
  names.forEach((name, index) => {
    if (!isPathSegment(name)) {
      findings.failInCluster(
        `${path}.resourceNames[${index}]`,
        "expected a name that is not . or .. and has no / or %",
      );
    }
  });
}

/** Whether a name can stand between slashes of a URL. */
export function isPathSegment(name: string): boolean {
  return name !== "." && name !== ".." && !/[/%]/.test(name);
}

/**
 * `pods/*` and `*\/status` leave nothing for their like to say, `*` nothing for plain names, `*\/*` nothing at all. As the
 * API server has it: a wildcard counts for what is written after it, and `*` when the last plain name is another one.
 */
function checkResources(resources: readonly string[], path: string, findings: FindingsWriter): void {
  if (resources.length > 1 && resources.includes("*/*")) {
    findings.failInCluster(path, "expected */* alone: it means all of them");
  }
  const plain = resources.filter((resource) => !resource.includes("/"));
  if (plain.includes("*") && plain.at(-1) !== "*") {
    findings.failInCluster(path, "expected no plain names beside *: it means all of them");
  }
  const before = new Set<string>();
  resources.forEach((pattern, index) => {
    const slash = pattern.indexOf("/");
    if (slash < 0) return;
    const wider = [`${pattern.slice(0, slash)}/*`, `*/${pattern.slice(slash + 1)}`].find((each) => before.has(each));
    if (wider !== undefined)
      findings.failInCluster(`${path}[${index}]`, `expected no ${pattern}: ${wider} means it too`);
    if (pattern.includes("*")) before.add(pattern);
  });
}

/** Finds conditions without an expression, and names that are there twice: what is told by name would be one of two. */
export function checkConditions(
  conditions: readonly PolicyCondition[] | undefined,
  path: string,
  findings: FindingsWriter,
  names: NameLevel = "warn",
): void {
  conditions?.forEach(({ name, expression }, index) => {
    checkExpression(expression, `${path}[${index}].expression`, findings);
    const fault = nameFault(name, "qualifiedName");
    if (fault !== undefined) findings[names](`${path}[${index}].name`, fault);
  });
  checkNames(conditions, path, findings);
}

/** As {@link checkConditions}, for variables. A variable that no expression can name would never be evaluated. */
export function checkVariables(
  variables: readonly PolicyVariable[] | undefined,
  path: string,
  findings: FindingsWriter,
): void {
  variables?.forEach(({ name, expression }, index) => {
    checkExpression(expression, `${path}[${index}].expression`, findings);
    if (!isCelIdentifier(name)) {
      const expected = "expected a CEL identifier (letters, digits and _, not a reserved word)";
      findings.fail(`${path}[${index}].name`, `${expected}, found ${JSON.stringify(name)}`);
    }
  });
  checkNames(variables, path, findings);
}

/** Finds names that are there twice. */
function checkNames(
  items: readonly { readonly name: string }[] | undefined,
  path: string,
  findings: FindingsWriter,
): void {
  for (const index of repeated((items ?? []).map(({ name }) => name))) {
    findings.fail(
      `${path}[${index}].name`,
      `expected each name once, found ${JSON.stringify(items?.[index]?.name)} again`,
    );
  }
}

/** Finds an expression that says nothing. */
export function checkExpression(expression: string | undefined, path: string, findings: FindingsWriter): void {
  if ((expression ?? "").trim() === "") findings.fail(path, "expected a CEL expression, found nothing");
}
