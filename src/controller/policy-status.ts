import type { PolicyState } from "../app/index.ts";
import { formatTime, memberOf, type Value } from "../base/index.ts";
import { textAt } from "./kube-object.ts";
import { formatIssues } from "./webhook/handlers.ts";

/** metav1.Condition limits a message to this many characters. */
const MAX_MESSAGE = 32_768;

/**
 * `status.conditionStatus` of a policy: ready or not, and why not, with each issue's path. The time of the last
 * transition moves only when the condition's status does, so that the same state is the same value.
 */
export function encodePolicyStatus(
  { state, issues, lastReadyInForce }: PolicyState,
  status: Value,
  generation: number | undefined,
  now: number,
): Value {
  const isReady = state === "ready";
  const conditionStatus = isReady ? "True" : "False";
  const kept = lastReadyInForce ? "\nThe version before it stays in force." : "";
  const message = isReady ? "" : `${formatIssues(issues)}${kept}`.slice(0, MAX_MESSAGE);
  const before = readyCondition(status);
  const isSame = textAt(before, "status") === conditionStatus;
  const lastTransitionTime =
    (isSame ? textAt(before, "lastTransitionTime") : undefined) ?? formatTime(Math.floor(now / 1_000) * 1_000);
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  return {
    ready: isReady,
    message,
    ...observed,
    conditions: [
      {
        type: "Ready",
        status: conditionStatus,
        reason: isReady ? "Compiled" : "Refused",
        message,
        lastTransitionTime,
        ...observed,
      },
    ],
  };
}

function readyCondition(status: Value): Value | undefined {
  const conditions = memberOf(memberOf(status, "conditionStatus"), "conditions");
  return Array.isArray(conditions)
    ? (conditions as readonly Value[]).find((condition) => memberOf(condition, "type") === "Ready")
    : undefined;
}
