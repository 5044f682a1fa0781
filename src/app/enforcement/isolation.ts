import { isAmapError } from "../../base/index.ts";
import { decide, type Evaluation, type Plan } from "../../policy/index.ts";
import { toRuleRow } from "../check-rows.ts";
import { type DecidedResource, imageRowsOf } from "../decide-resource.ts";

/**
 * Decides with all plans together; where that throws, plan by plan, so that a policy which brings amap down takes no
 * other with it (C15): its rules are errors, and errors count by its failure policy. `onBug` hears of what no AmapError
 * explains.
 * @throws what deciding without any plan throws: nothing can be said then
 */
export async function decideEach(
  plans: readonly Plan[],
  onBug: (error: unknown) => void,
  decideSome: (plans: readonly Plan[]) => Promise<DecidedResource>,
): Promise<DecidedResource> {
  try {
    return await decideSome(plans);
  } catch (error) {
    if (plans.length === 0) throw error;
    if (!isAmapError(error) || error.code === "BUG") onBug(error);
    if (plans.length === 1) return failedDecision(plans, error, await nameOnly(decideSome));
  }
  const parts: DecidedResource[] = [];
  for (const plan of plans) parts.push(await decideEach([plan], onBug, decideSome));
  return joinDecisions(parts);
}

/** The resource's row without any plan; an object that cannot even be named has an empty name. */
async function nameOnly(decideSome: (plans: readonly Plan[]) => Promise<DecidedResource>): Promise<string> {
  try {
    return (await decideSome([])).row.resource;
  } catch {
    return "";
  }
}

function failedDecision(plans: readonly Plan[], error: unknown, resource: string): DecidedResource {
  const failure = isAmapError(error)
    ? { code: error.code, message: error.message }
    : ({ code: "BUG", message: "the policy could not be evaluated: amap failed unexpectedly" } as const);
  const decision = decide(
    plans.map((plan) => {
      const evaluation: Evaluation = {
        policy: plan.policy,
        pending: [],
        unfinished: [],
        responses: plan.rules.map(({ name }) => ({ policy: plan.policy, rule: name, status: "error", ...failure })),
      };
      return { plan, evaluation };
    }),
  );
  const row = { resource, allowed: decision.allowed, images: [], rules: decision.responses.map(toRuleRow) };
  return { row, decision, requests: [], facts: new Map() };
}

function joinDecisions(parts: readonly DecidedResource[]): DecidedResource {
  const all = parts.map(({ decision }) => decision);
  const rows = parts.map(({ row }) => row);
  const requests = [...new Map(parts.flatMap((part) => part.requests).map((each) => [each.key, each])).values()];
  const facts = new Map(parts.flatMap((part) => [...part.facts]));
  return {
    row: {
      resource: rows.find(({ resource }) => resource !== "")?.resource ?? "",
      allowed: rows.every(({ allowed }) => allowed),
      images: imageRowsOf(requests, facts),
      rules: rows.flatMap(({ rules }) => rules),
    },
    decision: {
      allowed: all.every(({ allowed }) => allowed),
      responses: all.flatMap(({ responses }) => responses),
      denials: all.flatMap(({ denials }) => denials),
      warnings: all.flatMap(({ warnings }) => warnings),
      audits: all.flatMap(({ audits }) => audits),
    },
    requests,
    facts,
  };
}
