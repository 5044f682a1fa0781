import type { ValueObject } from "../base/index.ts";
import type { PolicyBomb } from "./policy-bomb-parts.ts";
import { CONTEXT_BOMBS, EXPRESSION_BOMBS } from "./policy-bombs-of-expressions.ts";
import { OTHER_BOMBS, PATCH_BOMBS } from "./policy-bombs-of-patches.ts";
import { LOOP_BOMBS, PATTERN_BOMBS } from "./policy-bombs-of-patterns.ts";

/** The bombs by what they go off in. */
export const POLICY_BOMBS: Readonly<Record<string, readonly PolicyBomb[]>> = {
  expressions: EXPRESSION_BOMBS,
  "context entries": CONTEXT_BOMBS,
  loops: LOOP_BOMBS,
  patterns: PATTERN_BOMBS,
  patches: PATCH_BOMBS,
  "other parts": OTHER_BOMBS,
};

/** The policy of a bomb, with a rule beside it that every Pod passes. */
export function bombPolicy({ rule }: PolicyBomb): ValueObject {
  const match = { any: [{ resources: { kinds: ["Pod"] } }] };
  const fine = { name: "fine", match, validate: { pattern: { kind: "Pod" } } };
  return {
    apiVersion: "kyverno.io/v1",
    kind: "ClusterPolicy",
    metadata: { name: "bomb", annotations: { "pod-policies.kyverno.io/autogen-controllers": "none" } },
    spec: { background: false, rules: [{ name: "bomb", match, ...rule }, fine] },
  };
}

/** The Pod that a bomb goes off at. */
export function bombObject({ object = {} }: PolicyBomb): ValueObject {
  const { metadata = {}, ...rest } = object as { readonly metadata?: ValueObject };
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "shop", ...metadata }, ...rest };
}
