import type { Issue, Value } from "../../base/index.ts";
import type { PolicyResource } from "../resource/decode-policies.ts";
import { mapTexts } from "./map-texts.ts";

/** PolicyExceptions as parts of one of Kubernetes' policies. */
interface LiftedExceptions {
  /** Match conditions: none of the exceptions that lift all of the policy holds. */
  readonly conditions: readonly { readonly name: string; readonly expression: string }[];
  /** `allowedImages` and `allowedValues`, of those that lift a part, where they hold. */
  readonly variables: readonly { readonly name: string; readonly expression: string }[];
  /** The same with `variables.allowedImages` where Kyverno has `exceptions.allowedImages`. */
  rename<T>(value: T): T;
}

type CelException = Extract<PolicyResource, { readonly kind: "CelPolicyException" }>;

const ALLOWED = ["allowedImages", "allowedValues"] as const;
const READ = /(?<![\w.])exceptions\s*\.\s*(allowedImages|allowedValues)(?!\w)/g;

/** The exceptions that name the policy; one that expires is an issue, since a policy knows no time. */
export function liftExceptions(
  resource: Extract<PolicyResource, { readonly kind: "ValidatingPolicy" | "MutatingPolicy" }>,
  exceptions: readonly PolicyResource[],
  issues: Issue[],
): LiftedExceptions {
  const own = exceptions.filter(
    (each): each is CelException =>
      each.kind === "CelPolicyException" &&
      each.policy.spec.policyRefs.some(({ name, kind }) => name === resource.name && kind === resource.kind),
  );
  for (const { name, policy } of own) {
    if (policy.spec.expiresAt === undefined) continue;
    const message = `Kubernetes cannot say this: the PolicyException ${name} expires at ${policy.spec.expiresAt}`;
    issues.push({ code: "NOT_SUPPORTED", path: "spec.expiresAt", message });
  }
  const { spec } = resource.policy;
  const texts: string[] = [];
  mapTexts(spec, (text) => {
    texts.push(text);
    return text;
  });
  const read = new Set(texts.flatMap((text) => [...text.matchAll(READ)].map(([, field]) => field)));
  const variables = ALLOWED.filter((field) => read.has(field)).map((name) => ({
    name,
    expression: allowedBy(own, name),
  }));
  for (const { name } of spec.variables ?? []) {
    if (!variables.some((variable) => variable.name === name)) continue;
    const message = `Kubernetes cannot say this: the variable ${name} is needed for what exceptions allow; give it another name`;
    issues.push({ code: "NOT_SUPPORTED", path: "spec.variables", message });
  }
  return {
    conditions: own.flatMap((exception, index) => {
      if (isPartial(exception)) return [];
      return [{ name: `exception-${index}`, expression: `!(${holds(exception)})` }];
    }),
    variables,
    rename: <T>(value: T) =>
      mapTexts(value as Value, (text) => text.replaceAll(READ, (_, field) => `variables.${field}`)) as T,
  };
}

function isPartial({ policy: { spec } }: CelException): boolean {
  return (spec.images ?? []).length + (spec.allowedValues ?? []).length > 0;
}

/** All of its conditions; one without conditions always holds. */
function holds({ policy: { spec } }: CelException): string {
  return (spec.matchConditions ?? []).map(({ expression }) => `(${expression.trim()})`).join(" && ") || "true";
}

function allowedBy(exceptions: readonly CelException[], field: (typeof ALLOWED)[number]): string {
  const lists = exceptions.flatMap((exception) => {
    const { images = [], allowedValues = [], matchConditions = [] } = exception.policy.spec;
    const allowed = field === "allowedImages" ? images : allowedValues;
    if (allowed.length === 0) return [];
    const literal = `[${allowed.map((text) => JSON.stringify(text)).join(", ")}]`;
    return [matchConditions.length === 0 ? literal : `(${holds(exception)} ? ${literal} : [])`];
  });
  return lists.length === 0 ? "[]" : lists.join(" + ");
}
