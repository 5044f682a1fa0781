import type { Cluster } from "../app/index.ts";
import { formatTime, isAmapError, memberOf, type Value } from "../base/index.ts";
import { LEASE } from "./kinds.ts";
import { textAt } from "./kube-object.ts";
import { describeFailure, type Log } from "./log.ts";
import type { Time } from "./time.ts";

/** The times of an election, ms; the defaults are client-go's. */
export interface LeaseTimes {
  /** How long others must see no renewal before they take over. */
  readonly leaseMs: number;
  /** After this long without a renewal the leader stops by itself; less than `leaseMs`. */
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

export const LEASE_TIMES: LeaseTimes = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

/** What an election is run with. */
export interface Election {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** Of the Lease. */
  readonly name: string;
  /** Different for each process, also after a restart. */
  readonly identity: string;
  readonly time: Time;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly times?: LeaseTimes;
  /** The leader's work. It ends soon after its signal is aborted. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
}

/** A Lease as it was last seen, and when that was by the own clock. */
interface Observed {
  readonly lease: Value | undefined;
  readonly text: string;
  readonly at: number;
}

/**
 * Takes part in the election until `signal` is aborted: leads when it holds the Lease, and gives it back at the end.
 * Clocks of different machines are never compared: a Lease has run out when it was not seen to change for its length
 * by the own clock. The leader's work has ended before another can hold the Lease.
 * @see https://kubernetes.io/docs/concepts/architecture/leases/
 */
export async function runElection(election: Election): Promise<void> {
  const { time, signal, log, identity } = election;
  const { retryMs, renewDeadlineMs } = election.times ?? LEASE_TIMES;
  let observed: Observed | undefined;
  while (!signal.aborted) {
    const attempt = await tryHold(election, observed);
    observed = attempt.observed;
    // An answer that took too long says nothing: another may hold the Lease by now.
    if (attempt.heldSince !== undefined && time.monotonic() < attempt.heldSince + renewDeadlineMs) {
      log.info({ identity }, "this replica leads");
      await leadWhileHeld(election, attempt.heldSince);
      log.info({ identity }, "this replica leads no longer");
      observed = undefined;
    }
    // Replicas that started together must not ask together for ever.
    await time.wait(retryMs + (retryMs * spreadOf(identity)) / 5, signal);
  }
}

function spreadOf(identity: string): number {
  let sum = 0;
  for (const character of identity) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 1_000;
  return sum / 1_000;
}

/** Leads and renews until the Lease is lost, not renewed in time, or the process ends; then gives it back. */
async function leadWhileHeld(election: Election, heldSince: number): Promise<void> {
  const { time, signal } = election;
  const { renewDeadlineMs, retryMs } = election.times ?? LEASE_TIMES;
  const leading = new AbortController();
  const stop = (): void => leading.abort();
  signal.addEventListener("abort", stop);
  const work = election
    .lead(leading.signal)
    .catch((error: unknown) => election.log.error(describeFailure(error), "the leader's work failed"))
    .finally(stop);
  let renewedAt = heldSince;
  while (!leading.signal.aborted && !signal.aborted) {
    const deadline = renewedAt + renewDeadlineMs;
    await time.wait(Math.min(retryMs, deadline - time.monotonic()), leading.signal);
    if (leading.signal.aborted) break;
    const attempt = await Promise.race([
      tryHold(election, undefined),
      // A request that hangs must not keep the leader from stopping in time.
      time.wait(deadline - time.monotonic(), leading.signal).then(() => "late" as const),
    ]);
    if (attempt === "late" || time.monotonic() >= deadline) break;
    if (attempt.heldSince !== undefined) renewedAt = attempt.heldSince;
    else if (attempt.lostTo !== undefined) break;
  }
  stop();
  signal.removeEventListener("abort", stop);
  await work;
  if (time.monotonic() < renewedAt + renewDeadlineMs) await release(election);
}

interface Attempt {
  /** Monotonic time of the request's start when the Lease is now held. */
  readonly heldSince?: number;
  /** Who holds it, when somebody else does. */
  readonly lostTo?: string;
  readonly observed: Observed | undefined;
}

/** One look at the Lease: take or renew it where that is allowed. Failures count as not held, never as lost. */
async function tryHold(election: Election, before: Observed | undefined): Promise<Attempt> {
  const { cluster, namespace, name, identity, time, log } = election;
  const startedAt = time.monotonic();
  try {
    const lease = await cluster.get(LEASE, { namespace, name });
    const observed = observe(lease, before, time.monotonic());
    const holder = textAt(lease, "spec", "holderIdentity") ?? "";
    if (holder !== "" && holder !== identity && !hasRunOut(election, observed)) return { lostTo: holder, observed };
    const next = encodeLease(election, lease, holder === identity);
    if (lease === undefined) await cluster.create(LEASE, next);
    else await cluster.update(LEASE, next);
    return { heldSince: startedAt, observed };
  } catch (error) {
    // A conflict is another who was faster: the next look tells who holds it.
    if (!isAmapError(error, "CLUSTER_CONFLICT"))
      log.warn(describeFailure(error), "the lease could not be read or renewed");
    return { observed: before };
  }
}

function observe(lease: Value | undefined, before: Observed | undefined, at: number): Observed {
  const text = [
    textAt(lease, "metadata", "resourceVersion"),
    textAt(lease, "spec", "holderIdentity"),
    textAt(lease, "spec", "renewTime"),
  ].join(" ");
  return before !== undefined && before.text === text ? before : { lease, text, at };
}

function hasRunOut({ time, times }: Election, observed: Observed): boolean {
  const seconds = memberOf(memberOf(observed.lease, "spec"), "leaseDurationSeconds");
  // The holder's own length, but never shorter than ours: it may be of another version.
  const leaseMs = Math.max((times ?? LEASE_TIMES).leaseMs, typeof seconds === "number" ? seconds * 1_000 : 0);
  return time.monotonic() >= observed.at + leaseMs;
}

function encodeLease(election: Election, lease: Value | undefined, isRenewal: boolean): Value {
  const { namespace, name, identity, time, times } = election;
  const now = microTime(time.now());
  const spec = memberOf(lease, "spec");
  const transitions = memberOf(spec, "leaseTransitions");
  const resourceVersion = textAt(lease, "metadata", "resourceVersion");
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil((times ?? LEASE_TIMES).leaseMs / 1_000),
      acquireTime: (isRenewal ? textAt(lease, "spec", "acquireTime") : undefined) ?? now,
      renewTime: now,
      leaseTransitions:
        (typeof transitions === "number" ? transitions : 0) + (isRenewal || lease === undefined ? 0 : 1),
    },
  };
}

/** Gives the Lease back, so that another need not wait for it to run out. */
async function release(election: Election): Promise<void> {
  const { cluster, namespace, name, identity, log } = election;
  try {
    const lease = await cluster.get(LEASE, { namespace, name });
    if (lease === undefined || textAt(lease, "spec", "holderIdentity") !== identity) return;
    const renewed = encodeLease(election, lease, true);
    const spec = { ...(memberOf(renewed, "spec") as Readonly<Record<string, Value>>) };
    await cluster.update(LEASE, {
      ...(renewed as Readonly<Record<string, Value>>),
      spec: { ...spec, holderIdentity: "", leaseDurationSeconds: 1 },
    });
  } catch (error) {
    log.warn(describeFailure(error), "the lease could not be given back; it runs out by itself");
  }
}

/** Kubernetes' MicroTime has always six digits of a second's fraction. */
function microTime(ms: number): string {
  const whole = Math.floor(ms / 1_000) * 1_000;
  return formatTime(whole).replace(
    "Z",
    `.${String(ms - whole)
      .padStart(3, "0")
      .slice(0, 3)}000Z`,
  );
}
