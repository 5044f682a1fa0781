import type { RouteResponse } from "../../../../src/api/index.ts";

type Rule = RouteResponse<"GET /api/v1/admissions/:id">["decision"]["rules"][number];

/** A rule that came out otherwise when the decision was made again. */
export interface RuleDifference {
  readonly policy: string;
  readonly rule: string;
  /** Absent: the rule was not there. */
  readonly before?: Rule["status"];
  readonly now?: Rule["status"];
}

/** The rules whose status is another than it was, in the order of the stored decision, new rules last. */
export function differencesOf(before: readonly Rule[], now: readonly Rule[]): readonly RuleDifference[] {
  const keyOf = ({ policy, rule }: Rule) => JSON.stringify([policy, rule]);
  const old = new Map(before.map((each) => [keyOf(each), each]));
  const fresh = new Map(now.map((each) => [keyOf(each), each]));
  const all = new Map([...old, ...fresh]);
  return [...all].flatMap(([key, { policy, rule }]) => {
    const [was, is] = [old.get(key)?.status, fresh.get(key)?.status];
    if (was === is) return [];
    return [{ policy, rule, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { now: is }) }];
  });
}
