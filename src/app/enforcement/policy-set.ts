import {
  digestOf,
  encodeUtf8,
  type Issue,
  isAmapError,
  isValueObject,
  memberOf,
  type Value,
  writeJson,
} from "../../base/index.ts";
import { compilePolicies, createPlanIndex, decodePolicies, type Plan, type PlanIndex } from "../../policy/index.ts";
import type { PolicyState } from "./enforcement.ts";

/** A policy object as text that stays the same until a person changes it, with its digest. */
export interface PolicyText {
  readonly text: string;
  readonly digest: string;
}

/** What compiling one policy gave. */
export type CompiledPolicy =
  | { readonly ok: true; readonly plan: Plan; readonly rules: readonly string[] }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** Compiles one policy object; every issue with its path. Nothing is put in force. */
export function compilePolicyObject(object: Value, source = "cluster"): CompiledPolicy {
  const text = policyTextOf(object).text;
  try {
    const decoded = decodePolicies(text, source);
    if (!decoded.ok) return decoded;
    const compiled = compilePolicies(decoded.value);
    if (!compiled.ok) return compiled;
    const [plan, ...more] = compiled.value;
    if (plan !== undefined && more.length === 0) return { ok: true, plan, rules: plan.rules.map(({ name }) => name) };
    return { ok: false, issues: [{ code: "POLICY_INVALID", path: "", message: "expected one policy" }] };
  } catch (error) {
    // What brings the compiler down is refused like any other policy: nothing else may come to harm by it (C15).
    const message = isAmapError(error) ? error.message : "amap failed unexpectedly while it compiled the policy";
    return { ok: false, issues: [{ code: isAmapError(error) ? error.code : "BUG", path: "", message }] };
  }
}

/** Members of metadata that say what a person wrote; the API server writes the others. */
const WRITTEN: ReadonlySet<string> = new Set(["name", "namespace", "labels", "annotations"]);
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** The policy without status and without what only the API server writes into metadata. */
export function policyTextOf(object: Value): PolicyText {
  const members = isValueObject(object) ? Object.entries(object).filter(([key]) => key !== "status") : [];
  const written = Object.fromEntries(
    members.map(([key, value]) => [key, key === "metadata" ? writtenMetadata(value) : value]),
  );
  const text = writeJson(isValueObject(object) ? written : object);
  return { text, digest: digestOf(encodeUtf8(text)) };
}

function writtenMetadata(metadata: Value): Value {
  if (!isValueObject(metadata)) return metadata;
  const kept = Object.entries(metadata).filter(([key]) => WRITTEN.has(key));
  return Object.fromEntries(
    kept.map(([key, value]) => [
      key,
      key === "annotations" && isValueObject(value)
        ? Object.fromEntries(Object.entries(value).filter(([name]) => name !== LAST_APPLIED))
        : value,
    ]),
  );
}

/** The policies in force by kind and name, and the index over their plans. */
export interface PolicySet {
  readonly index: PlanIndex;
  readonly plans: readonly Plan[];
  readonly states: readonly PolicyState[];
  /** The version in force. */
  inForce(kind: string, name: string): { readonly plan: Plan; readonly digest: string } | undefined;
  state(kind: string, name: string): PolicyState | undefined;
  put(state: PolicyState, plan: { readonly plan: Plan; readonly digest: string } | undefined): void;
  remove(kind: string, name: string): boolean;
}

/** An empty set. Its index is made anew on each change, never while it is used. */
export function createPolicySet(): PolicySet {
  const states = new Map<string, PolicyState>();
  const inForce = new Map<string, { readonly plan: Plan; readonly digest: string }>();
  let index = createPlanIndex([]);
  let plans: readonly Plan[] = [];
  const keyOf = (kind: string, name: string): string => `${kind}/${name}`;
  const rebuild = (): void => {
    plans = [...inForce.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { plan }]) => plan);
    index = createPlanIndex(plans);
  };
  return {
    get index() {
      return index;
    },
    get plans() {
      return plans;
    },
    get states() {
      return [...states.values()];
    },
    inForce: (kind, name) => inForce.get(keyOf(kind, name)),
    state: (kind, name) => states.get(keyOf(kind, name)),
    put(state, plan) {
      const key = keyOf(state.kind, state.name);
      states.set(key, state);
      if (plan === undefined) inForce.delete(key);
      else inForce.set(key, plan);
      rebuild();
    },
    remove(kind, name) {
      const key = keyOf(kind, name);
      inForce.delete(key);
      rebuild();
      return states.delete(key);
    },
  };
}

/** Kind and name of a policy object; empty where it has none. */
export function policyNameOf(object: Value): { readonly kind: string; readonly name: string } {
  const kind = memberOf(object, "kind");
  const name = memberOf(memberOf(object, "metadata"), "name");
  return { kind: typeof kind === "string" ? kind : "", name: typeof name === "string" ? name : "" };
}
