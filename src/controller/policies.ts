import type { Cluster, ClusterKind, Enforcement, PolicyState } from "../app/index.ts";
import { canonicalJson, encodeUtf8, equalValues, hashHex, isAmapError, memberOf, type Value } from "../base/index.ts";
import { identityOf, type ObjectIdentity, textAt, valueAt } from "./kube-object.ts";
import { describeFailure, type Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { encodePolicyStatus } from "./policy-status.ts";
import type { Time } from "./time.ts";

/** What the loop over policies works with. */
export interface PolicyFollowing {
  readonly cluster: Cluster;
  readonly enforcement: Pick<Enforcement, "policyKinds" | "applyPolicy" | "removePolicy" | "policies">;
  readonly time: Time;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "policies">;
  /** What is in force has changed. */
  readonly onChange: () => void;
  /** All policies of a kind are known, or none can be. */
  readonly onSynced: () => void;
  readonly onRefused: (policy: ObjectIdentity, state: PolicyState) => void;
}

/** The policies of the cluster. */
export interface Policies {
  /** Whether every policy that the cluster had was put in force or refused. */
  synced(): boolean;
  /** Kinds that the cluster does not serve; they are looked for again. */
  missingKinds(): readonly string[];
  /** How the policy of this name is named in the cluster. */
  identityOf(name: string): ObjectIdentity | undefined;
  /** Follows all kinds until `signal` is aborted. */
  follow(signal: AbortSignal): Promise<void>;
  /** Writes status conditions, of all policies and then of those that change; the leader's work. */
  writeStatus(signal: AbortSignal): Promise<void>;
}

/** A policy as it was last told, without its body. */
interface Known {
  readonly identity: ObjectIdentity;
  /** Hash of what decides, to tell a change of the status from a change of the policy. */
  readonly fingerprint: string;
  readonly state: PolicyState;
  readonly generation: number | undefined;
  readonly status: Value;
}

/** An API server that starts may not serve a kind yet: only after some looks it counts as not installed. */
const MISSING = { looks: 5, firstMs: 1_000, laterMs: 5_000 };

export function createPolicies(following: PolicyFollowing): Policies {
  const { cluster, enforcement, time, log } = following;
  const known = new Map<string, Map<string, Known>>();
  const synced = new Set<string>();
  const missing = new Set<string>();
  let leading: AbortSignal | undefined;

  const writeOne = async (kind: ClusterKind, policy: Known): Promise<void> => {
    const status = encodePolicyStatus(policy.state, policy.status, policy.generation, time.now());
    const before = memberOf(policy.status, "conditionStatus") ?? null;
    if (equalValues(before, status)) return;
    const { namespace, name } = policy.identity;
    const patch = { status: { conditionStatus: status } };
    await cluster.patch(
      kind,
      { name, ...(namespace === undefined ? {} : { namespace }) },
      { type: "merge", patch },
      { subresource: "status" },
    );
  };
  const tryWriteOne = async (kind: ClusterKind, policy: Known): Promise<void> => {
    if (leading === undefined || leading.aborted) return;
    try {
      await writeOne(kind, policy);
    } catch (error) {
      // Gone meanwhile: there is nothing to tell. Else the next event or leader tries again.
      if (isAmapError(error, "CLUSTER_NOT_FOUND")) return;
      log.warn({ policy: policy.identity.name, ...describeFailure(error) }, "a policy's status could not be written");
    }
  };

  const apply = async (kind: ClusterKind, object: Value): Promise<void> => {
    const identity = identityOf(object);
    const ofKind = known.get(kind.kind) ?? new Map<string, Known>();
    known.set(kind.kind, ofKind);
    const fingerprint = fingerprintOf(object);
    const before = ofKind.get(identity.name);
    const isSame = before?.fingerprint === fingerprint;
    const state = isSame ? before.state : await enforcement.applyPolicy(object);
    const generation = valueAt(object, "metadata", "generation");
    const policy: Known = {
      identity,
      fingerprint,
      state,
      generation: typeof generation === "number" ? generation : undefined,
      status: memberOf(object, "status") ?? null,
    };
    ofKind.set(identity.name, policy);
    if (!isSame) {
      tell(following, kind, identity, state);
      if (state.state === "refused") following.onRefused(identity, state);
    }
    void tryWriteOne(kind, policy);
  };

  const remove = async (kind: ClusterKind, name: string): Promise<void> => {
    known.get(kind.kind)?.delete(name);
    await enforcement.removePolicy(kind.kind, name);
    log.info({ policy: name, kind: kind.kind }, "a policy was removed");
    countPolicies(following);
    following.onChange();
  };

  const followKind = async (kind: ClusterKind, signal: AbortSignal, onServed: () => void): Promise<void> => {
    const told = new Set<string>();
    for await (const event of cluster.follow(kind, {}, signal)) {
      if (event.type !== "interrupted") {
        missing.delete(kind.kind);
        onServed();
      }
      if (event.type === "synced") {
        // Policies that went while nobody followed. A kind that is not served says nothing about its policies.
        for (const name of known.get(kind.kind)?.keys() ?? []) if (!told.has(name)) await remove(kind, name);
        synced.add(kind.kind);
        countPolicies(following);
        following.onSynced();
      } else if (event.type === "interrupted") {
        log.warn({ kind: kind.kind, code: event.code, reason: event.message }, "the policies may be old");
      } else if (event.type === "deleted") {
        await remove(kind, identityOf(event.object).name);
      } else {
        told.add(identityOf(event.object).name);
        await apply(kind, event.object);
      }
    }
  };

  return {
    synced: () => enforcement.policyKinds.every(({ kind }) => synced.has(kind) || missing.has(kind)),
    missingKinds: () => [...missing],
    identityOf: (name) =>
      [...known.values()].map((ofKind) => ofKind.get(name)?.identity).find((each) => each !== undefined),
    follow: async (signal) => {
      const followUntilMissing = async (kind: ClusterKind): Promise<void> => {
        let looks = 0;
        const look = async (): Promise<void> => {
          try {
            await followKind(kind, signal, () => {
              looks = 0;
            });
          } catch (error) {
            if (!isAmapError(error, "CLUSTER_NOT_FOUND")) throw error;
            looks += 1;
            if (looks === MISSING.looks) {
              log.warn({ kind: kind.kind }, "the cluster does not serve this kind; it is looked for again and again");
              missing.add(kind.kind);
              following.onSynced();
            }
          }
          await time.wait(looks < MISSING.looks ? MISSING.firstMs : MISSING.laterMs, signal);
        };
        while (!signal.aborted) await look();
      };
      await Promise.all(enforcement.policyKinds.map(followUntilMissing));
    },
    writeStatus: async (signal) => {
      leading = signal;
      for (const kind of enforcement.policyKinds) {
        for (const policy of known.get(kind.kind)?.values() ?? []) await tryWriteOne(kind, policy);
      }
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve(), { once: true });
      });
    },
  };
}

function tell(following: PolicyFollowing, kind: ClusterKind, { name }: ObjectIdentity, state: PolicyState): void {
  const fields = { policy: name, kind: kind.kind, state: state.state, digest: state.digest };
  if (state.state === "ready") following.log.info(fields, "a policy is in force");
  else following.log.warn({ ...fields, lastReadyInForce: state.lastReadyInForce }, "a policy was refused");
  countPolicies(following);
  following.onChange();
}

function countPolicies({ enforcement, metrics }: PolicyFollowing): void {
  const states = enforcement.policies();
  const ready = states.filter(({ state }) => state === "ready").length;
  metrics.policies({ ready, refused: states.length - ready });
}

/** A hash of all that can change what a policy decides: everything that people write. */
function fingerprintOf(object: Value): string {
  const text = canonicalJson([
    textAt(object, "apiVersion") ?? null,
    memberOf(object, "spec") ?? null,
    valueAt(object, "metadata", "labels") ?? null,
    valueAt(object, "metadata", "annotations") ?? null,
    textAt(object, "metadata", "uid") ?? null,
  ]);
  return hashHex("sha256", encodeUtf8(text));
}
