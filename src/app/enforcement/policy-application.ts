import { AmapError, encodeUtf8, formatTime, type Issue, LIMITS, readJson } from "../../base/index.ts";
import type { Plan } from "../../policy/index.ts";
import type { PolicyRecord, Store } from "../../ports/index.ts";
import type { World } from "../world.ts";
import { quietly, settleWithin } from "./deadline.ts";
import type { Enforcement, EnforcementOptions, PolicyState } from "./enforcement.ts";
import { compilePolicyObject, type PolicySet, policyNameOf, policyTextOf } from "./policy-set.ts";

/** A store that hangs must not keep the policies that follow from being in force. */
const MAX_STORE_MS = 2_000;

/**
 * Where a policy of a cluster comes from, as the store says it: the leader of one cluster must not forget, or put in
 * force, what another has that shares its store.
 * @example
 * ```ts
 * import { policySourceOf } from "../index.ts";
 * policySourceOf("default"); // "cluster:default"
 * ```
 */
export function policySourceOf(cluster: string): string {
  return `cluster:${cluster}`;
}

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
  options: Pick<EnforcementOptions, "cluster" | "onStoreFailure">,
): PolicyApplication {
  const told = quietly(options.onStoreFailure);
  const source = policySourceOf(options.cluster);
  /** What the store answers in time; undefined, and told, when it does not. */
  const ask = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      const settled = await settleWithin(clock, MAX_STORE_MS, work());
      if (settled.status === "done") return settled.value;
      told(new AmapError("STORE_UNAVAILABLE", "the store was too slow for a policy"));
    } catch (error) {
      told(error);
    }
    return undefined;
  };
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
    const before = policies.inForce(kind, name);
    const recordOf = (plan: Plan | undefined, issues: readonly Issue[]): PolicyRecord => ({
      name,
      kind,
      source,
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
    const last = before ?? (await lastReady(kind, name));
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
    await ask(async () => {
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
    });
  };

  const isOwn = (record: PolicyRecord | undefined, kind: string): boolean =>
    record !== undefined && record.kind === kind && record.source === source;

  const lastReady = (
    kind: string,
    name: string,
  ): Promise<{ readonly plan: Plan; readonly digest: string } | undefined> =>
    ask(async () => {
      // One that was removed is not brought back by a broken one of the same name.
      if (!isOwn(await store.policies.get(name), kind)) return undefined;
      const record = await store.policies.lastReady(name);
      if (record === undefined || !isOwn(record, kind)) return undefined;
      const object = readJson(encodeUtf8(record.text), { maxBytes: LIMITS.documentBytes });
      if (policyTextOf(object).digest !== record.digest) return undefined;
      const compiled = compilePolicyObject(object);
      return compiled.ok ? { plan: compiled.plan, digest: record.digest } : undefined;
    });

  return {
    applyPolicy,
    judgePolicy: (object) => {
      const compiled = compilePolicyObject(object);
      return compiled.ok ? { issues: [], warnings: compiled.plan.warnings } : { issues: compiled.issues, warnings: [] };
    },
    removePolicy: async (kind, name) => {
      takeTurn(kind, name);
      if (!policies.remove(kind, name)) return;
      await ask(async () => {
        if (isOwn(await store.policies.get(name), kind)) await store.policies.remove(name);
      });
    },
  };
}
