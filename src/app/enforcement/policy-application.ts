import { AmapError, encodeUtf8, formatTime, type Issue, LIMITS, readJson } from "../../base/index.ts";
import type { Plan } from "../../policy/index.ts";
import type { PolicyRecord, Store } from "../../ports/index.ts";
import type { World } from "../world.ts";
import { quietly } from "./deadline.ts";
import type { Enforcement, PolicyState } from "./enforcement.ts";
import { compilePolicyObject, type PolicySet, policyNameOf, policyTextOf } from "./policy-set.ts";

/** What puts policies in force and takes them out. */
type PolicyApplication = Pick<Enforcement, "applyPolicy" | "judgePolicy" | "removePolicy">;

/**
 * Compiles policies as they change, puts them in force and writes down what became of them. A refused one leaves its
 * last good version in force, from memory or, after a restart, from the store: a typo must not open the cluster.
 */
export function createPolicyApplication(
  { clock }: World,
  store: Store,
  policies: PolicySet,
  onStoreFailure: (error: unknown) => void,
): PolicyApplication {
  const told = quietly(onStoreFailure);
  // Of two versions that are applied at the same time the one that came last counts, whichever is ready first.
  const turns = new Map<string, number>();
  const takeTurn = (kind: string, name: string): (() => boolean) => {
    const key = `${kind}/${name}`;
    const turn = (turns.get(key) ?? 0) + 1;
    turns.set(key, turn);
    return () => turns.get(key) === turn;
  };
  const applyPolicy: Enforcement["applyPolicy"] = async (object) => {
    const { kind, name } = policyNameOf(object);
    if (name === "") throw new AmapError("POLICY_INVALID", "a policy without a name cannot be in force");
    const { text, digest } = policyTextOf(object);
    const isNewest = takeTurn(kind, name);
    const known = policies.state(kind, name);
    if (known?.digest === digest) return known;
    const compiled = compilePolicyObject(object);
    const before = policies.plans.find((plan) => plan.policy === name);
    const beforeDigest = policies.digestInForce(name);
    const recordOf = (plan: Plan | undefined, issues: readonly Issue[]): PolicyRecord => ({
      name,
      kind,
      source: "cluster",
      digest,
      text,
      state: plan === undefined ? "refused" : "ready",
      issues,
      rules: plan?.rules.map((rule) => rule.name) ?? [],
      validationActions: plan?.validationActions ?? [],
      failurePolicy: plan?.failurePolicy ?? "",
      admission: plan?.admission ?? false,
      background: plan?.background ?? false,
      recordedAt: formatTime(clock.now()),
    });
    if (compiled.ok) {
      const state: PolicyState = {
        kind,
        name,
        digest,
        state: "ready",
        issues: [],
        rules: compiled.rules,
        lastReadyInForce: false,
      };
      policies.put(state, { plan: compiled.plan, digest });
      await recordPolicy(recordOf(compiled.plan, []));
      return state;
    }
    const last = before === undefined ? await lastReady(name) : { plan: before, digest: beforeDigest ?? "" };
    const state: PolicyState = {
      kind,
      name,
      digest,
      state: "refused",
      issues: compiled.issues,
      rules: [],
      lastReadyInForce: last !== undefined,
    };
    if (!isNewest()) return state;
    policies.put(state, last);
    await recordPolicy(recordOf(undefined, compiled.issues));
    return state;
  };

  /** In force is in force, whether it could be written down or not. */
  const recordPolicy = async (record: PolicyRecord): Promise<void> => {
    try {
      const known = await store.policies.get(record.name);
      await store.policies.record(record);
      if (known?.digest === record.digest && known.state === record.state) return;
      await store.audit.append({
        at: record.recordedAt,
        actor: "controller",
        action: `policy.${record.state}`,
        target: `${record.kind}/${record.name}`,
        details: { digest: record.digest, issues: record.issues.length },
      });
    } catch (error) {
      told(error);
    }
  };

  const lastReady = async (name: string): Promise<{ readonly plan: Plan; readonly digest: string } | undefined> => {
    try {
      // One that was removed is not brought back by a broken one of the same name.
      if ((await store.policies.get(name)) === undefined) return undefined;
      const record = await store.policies.lastReady(name);
      if (record === undefined) return undefined;
      const object = readJson(encodeUtf8(record.text), { maxBytes: LIMITS.documentBytes });
      if (policyTextOf(object).digest !== record.digest) return undefined;
      const compiled = compilePolicyObject(object);
      return compiled.ok ? { plan: compiled.plan, digest: record.digest } : undefined;
    } catch (error) {
      told(error);
      return undefined;
    }
  };

  return {
    applyPolicy,
    judgePolicy: (object) => {
      const compiled = compilePolicyObject(object);
      return compiled.ok ? [] : compiled.issues;
    },
    removePolicy: async (kind, name) => {
      takeTurn(kind, name);
      if (!policies.remove(kind, name)) return;
      try {
        await store.policies.remove(name);
      } catch (error) {
        told(error);
      }
    },
  };
}
