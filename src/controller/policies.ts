import type { Cluster, ClusterKind, Enforcement, PolicyState } from "../app/index.ts";
import { encodeUtf8, equalValues, hashHex, isAmapError, memberOf, type Value, writeJson } from "../base/index.ts";
import { runTogether } from "./keep-running.ts";
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
  /** For how long the cluster has told nothing of some kind, ms; 0 while all are followed. */
  interruptedMs(): number;
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

/** A status that somebody changed is put back at most so often, ms. */
const REWRITE_MS = 10_000;

export function createPolicies(following: PolicyFollowing): Policies {
  const { cluster, enforcement, time, log } = following;
  const known = new Map<string, Map<string, Known>>();
  const synced = new Set<string>();
  const missing = new Set<string>();
  const interrupted = new Map<string, number>();
  let leading: AbortSignal | undefined;

  /** What was written last, for two controllers that undo each other for ever would fill etcd. */
  const written = new Map<string, { readonly status: Value; readonly at: number }>();

  const writeOne = async (kind: ClusterKind, policy: Known): Promise<void> => {
    const status = encodePolicyStatus(policy.state, policy.status, policy.generation, time.now());
    const before = memberOf(policy.status, "conditionStatus") ?? null;
    if (equalValues(before, status)) return;
    const { namespace, name } = policy.identity;
    const last = written.get(`${kind.kind}/${name}`);
    if (last !== undefined && time.monotonic() < last.at + REWRITE_MS && equalValues(last.status, status)) {
      log.warn({ policy: name, kind: kind.kind }, "somebody else writes this policy's status, which is left for now");
      return;
    }
    const patch = { status: { conditionStatus: status } };
    await cluster.patch(
      kind,
      { name, ...(namespace === undefined ? {} : { namespace }) },
      { type: "merge", patch },
      { subresource: "status" },
    );
    written.set(`${kind.kind}/${name}`, { status, at: time.monotonic() });
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

  /** One that amap cannot even refuse takes no other with it (C15). */
  const tryApply = async (kind: ClusterKind, object: Value): Promise<void> => {
    try {
      await apply(kind, object);
    } catch (error) {
      const policy = identityOf(object).name;
      log.error({ policy, kind: kind.kind, ...describeFailure(error) }, "a policy could not be put in force");
    }
  };

  const remove = async (kind: ClusterKind, name: string): Promise<void> => {
    known.get(kind.kind)?.delete(name);
    written.delete(`${kind.kind}/${name}`);
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
        interrupted.delete(kind.kind);
        onServed();
      }
      if (event.type === "synced") {
        // Policies that went while nobody followed. A kind that is not served says nothing about its policies.
        for (const name of known.get(kind.kind)?.keys() ?? []) if (!told.has(name)) await remove(kind, name);
        synced.add(kind.kind);
        countPolicies(following);
        following.onSynced();
      } else if (event.type === "interrupted") {
        if (!interrupted.has(kind.kind)) interrupted.set(kind.kind, time.monotonic());
        log.warn({ kind: kind.kind, code: event.code, reason: event.message }, "the policies may be old");
      } else if (event.type === "deleted") {
        await remove(kind, identityOf(event.object).name);
      } else {
        told.add(identityOf(event.object).name);
        await tryApply(kind, event.object);
      }
    }
  };

  return {
    synced: () => enforcement.policyKinds.every(({ kind }) => synced.has(kind) || missing.has(kind)),
    missingKinds: () => [...missing],
    interruptedMs: () => (interrupted.size === 0 ? 0 : time.monotonic() - Math.min(...interrupted.values())),
    identityOf: (name) =>
      [...known.values()].map((ofKind) => ofKind.get(name)?.identity).find((each) => each !== undefined),
    follow: async (signal) => {
      const followUntilMissing = async (kind: ClusterKind, signal: AbortSignal): Promise<void> => {
        let looks = 0;
        const look = async (): Promise<void> => {
          try {
            await followKind(kind, signal, () => {
              looks = 0;
            });
          } catch (error) {
            if (!isAmapError(error, "CLUSTER_NOT_FOUND")) throw error;
            // A kind that is not there is not one that cannot be heard.
            interrupted.delete(kind.kind);
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
      await runTogether(
        signal,
        enforcement.policyKinds.map((kind) => (own) => followUntilMissing(kind, own)),
      );
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
  const text = writeJson([
    textAt(object, "apiVersion") ?? null,
    memberOf(object, "spec") ?? null,
    valueAt(object, "metadata", "labels") ?? null,
    valueAt(object, "metadata", "annotations") ?? null,
    textAt(object, "metadata", "uid") ?? null,
  ]);
  return hashHex("sha256", encodeUtf8(text));
}
