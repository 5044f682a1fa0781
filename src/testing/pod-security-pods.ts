/** Pods that meet the restricted standard but for one thing, and what is said of them. */
import type { Value, ValueObject } from "../base/index.ts";
import { checkPodSecurity, type PodSecurityOptions, type PodSecurityOutcome } from "../policy/index.ts";

type PodSecurity = Parameters<typeof checkPodSecurity>[0];
type PodSecurityExclusion = NonNullable<PodSecurityOptions["exceptions"]>[number];

export const GOOD_SECURITY = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};
export const GOOD = { name: "c", image: "registry.example.com/app:v1", securityContext: GOOD_SECURITY };

export interface PodParts {
  readonly spec?: ValueObject;
  readonly container?: ValueObject;
  readonly security?: ValueObject;
  readonly annotations?: Record<string, string>;
}

/** A pod that meets the restricted standard but for what is given. */
export function podOf({ spec = {}, container = {}, security = {}, annotations = {} }: PodParts): ValueObject {
  const securityContext = { ...GOOD_SECURITY, ...security };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", annotations },
    spec: { containers: [{ ...GOOD, securityContext, ...container }], ...spec },
  };
}

export function check(
  rule: PodSecurity,
  resource: Value,
  exceptions: readonly PodSecurityExclusion[] = [],
): PodSecurityOutcome {
  return checkPodSecurity(rule, resource, { exceptions, charge() {} });
}

export function textOf(outcome: PodSecurityOutcome): string {
  return outcome.checks
    .map(({ id, errors }) => `${id}: ${errors.map(({ field, badValue }) => `${field}=${String(badValue)}`).join(" ")}`)
    .join("; ");
}
