import type { Cluster, ClusterKind } from "../app/index.ts";
import {
  decodeBase64,
  decodeUtf8,
  equalValues,
  isAmapError,
  isValueObject,
  memberOf,
  type Value,
} from "../base/index.ts";
import type { Bell } from "./bell.ts";
import { runTogether } from "./keep-running.ts";
import { MANAGED_BY } from "./kinds.ts";
import { textAt } from "./kube-object.ts";
import { describeFailure, type Log } from "./log.ts";
import type { Time } from "./time.ts";
import {
  CONFIGURATIONS,
  encodeWebhookConfigurations,
  type WantedConfiguration,
  type WebhookPlan,
} from "./webhook-configuration.ts";

/** What is known of the webhook configurations. */
export interface WebhookState {
  /** Authorities that each configuration which exists trusts, PEM; the same text for all in the ordinary case. */
  bundles(): readonly string[];
  /** Whether the cluster has webhooks of amap's: what this replica wanted when it last looked, or what it found. */
  inPlace(): boolean;
  /** The bundle that all configurations trust, and since when (ms). */
  trusted(): { readonly bundle: string; readonly forMs: number };
}

/** What the configurations are kept with. */
export interface WebhookKeeping {
  readonly cluster: Cluster;
  readonly time: Time;
  readonly log: Log;
  /** Rung when policies, certificates or configurations have changed. */
  readonly bell: Bell;
  /** Undefined until policies and certificates are known: nothing is touched until then. */
  readonly plan: () => WebhookPlan | undefined;
  /** Somebody else's change was undone. */
  readonly onPutBack: (name: string) => void;
  /** What the configurations trust was confirmed anew. */
  readonly onConfirmed: () => void;
}

/** Keeps the webhook configurations as the policies need them. */
export interface WebhookKeeper extends WebhookState {
  /** Learns of changes, by every replica; until `signal` is aborted. */
  follow(signal: AbortSignal): Promise<void>;
  /** Writes them; the leader's work, until `signal` is aborted. */
  keep(signal: AbortSignal): Promise<void>;
}

const RECHECK_MS = 60_000;
/** Waits after a failure double from the first to the second. */
const AGAIN_MS = [1_000, 5_000] as const;
/** As many changes a minute are undone at once; more look like a fight with another controller, which is slowed down. */
const FIGHT = { puts: 10, withinMs: 60_000, waitMs: 10_000 };

export function createWebhookKeeper(keeping: WebhookKeeping): WebhookKeeper {
  const { cluster, time, log, bell } = keeping;
  const seen = new Map<string, string>();
  const written = new Map<string, Value>();
  /** Undefined while this replica has not tried to write. */
  let inPlace: boolean | undefined;
  let trusted: { readonly bundle: string; readonly since: number } | undefined;
  let puts: number[] = [];

  const writeAndTell = async (wanted: WantedConfiguration): Promise<void> => {
    const outcome = await writeOne(cluster, wanted);
    const before = written.get(wanted.name);
    if (outcome !== "same" && before !== undefined && equalValues(before, wanted.object ?? null)) {
      puts.push(time.monotonic());
      log.warn({ configuration: wanted.name }, "somebody's change of a webhook configuration was undone");
      keeping.onPutBack(wanted.name);
    } else if (outcome !== "same") {
      log.info({ configuration: wanted.name, outcome }, "a webhook configuration was written");
    }
    written.set(wanted.name, wanted.object ?? null);
  };

  const writeAll = async (plan: WebhookPlan): Promise<void> => {
    const failures: unknown[] = [];
    for (const wanted of encodeWebhookConfigurations(plan)) {
      try {
        await writeAndTell(wanted);
      } catch (error) {
        // One that somebody forbids must not keep the one that judges from being there.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures.find((each) => !isAmapError(each, "CLUSTER_CONFLICT")) ?? failures[0];
    inPlace = true;
    if (trusted?.bundle === plan.bundle) return;
    trusted = { bundle: plan.bundle, since: time.monotonic() };
    keeping.onConfirmed();
  };

  return {
    bundles: () => [...new Set(seen.values())],
    // What a leader before wrote serves as well: a replica that takes over must not turn reviews away meanwhile.
    inPlace: () => inPlace ?? seen.size > 0,
    trusted: () =>
      trusted === undefined
        ? { bundle: "", forMs: 0 }
        : { bundle: trusted.bundle, forMs: time.monotonic() - trusted.since },
    follow: async (signal) => {
      const follows = CONFIGURATIONS.map((each) => (own: AbortSignal) => followOne(keeping, each, seen, own));
      await runTogether(signal, follows);
    },
    keep: async (signal) => {
      // What another leader wrote meanwhile is not known here.
      written.clear();
      [inPlace, trusted] = [undefined, undefined];
      let againMs: number = AGAIN_MS[0];
      while (!signal.aborted) {
        const plan = keeping.plan();
        let waitMs = RECHECK_MS;
        if (plan !== undefined) {
          try {
            await writeAll(plan);
            againMs = AGAIN_MS[0];
          } catch (error) {
            inPlace = false;
            waitMs = 50;
            if (!isAmapError(error, "CLUSTER_CONFLICT")) {
              log.warn(describeFailure(error), "the webhook configurations could not be written");
              waitMs = againMs;
              againMs = Math.min(AGAIN_MS[1], againMs * 2);
            }
          }
        }
        puts = puts.filter((at) => at > time.monotonic() - FIGHT.withinMs);
        if (puts.length > FIGHT.puts) await time.wait(FIGHT.waitMs, signal);
        else await bell.wait(waitMs, signal);
      }
      inPlace = undefined;
    },
  };
}

async function followOne(
  { cluster, bell, log }: WebhookKeeping,
  { kind, name }: { readonly kind: ClusterKind; readonly name: string },
  seen: Map<string, string>,
  signal: AbortSignal,
): Promise<void> {
  let isTold = false;
  for await (const event of cluster.follow(kind, { fieldSelector: `metadata.name=${name}` }, signal)) {
    if (event.type === "interrupted")
      log.warn({ configuration: name, code: event.code }, "a webhook configuration may have changed unseen");
    // What was removed while nobody followed is told by nobody.
    if (event.type === "synced" && !isTold && seen.delete(name)) bell.ring();
    if (event.type === "synced" || event.type === "interrupted") continue;
    isTold = true;
    const bundle = event.type === "deleted" ? undefined : bundleIn(event.object);
    if (bundle === undefined) seen.delete(name);
    else seen.set(name, bundle);
    bell.ring();
  }
}

/** The authorities that a configuration's first webhook trusts, PEM; empty for none, undefined without a webhook. */
function bundleIn(configuration: Value): string | undefined {
  const webhooks = memberOf(configuration, "webhooks");
  const [first] = Array.isArray(webhooks) ? (webhooks as readonly Value[]) : [];
  if (first === undefined) return undefined;
  const text = textAt(first, "clientConfig", "caBundle");
  return decodeUtf8(decodeBase64(text ?? "") ?? new Uint8Array()) ?? "";
}

type Written = "same" | "created" | "written" | "deleted";

async function writeOne(cluster: Cluster, { kind, name, object }: WantedConfiguration): Promise<Written> {
  const actual = await cluster.get(kind, { name });
  const webhooks = memberOf(actual, "webhooks") ?? [];
  const wanted = object?.["webhooks"] ?? [];
  if (actual === undefined) {
    if (object === undefined) return "same";
    await cluster.create(kind, object);
    return "created";
  }
  if (equalValues(webhooks, wanted)) return "same";
  // What an installation brought stays, empty; what the controller made goes.
  const isOwn = Object.entries(MANAGED_BY).every(([key, value]) => textAt(actual, "metadata", "labels", key) === value);
  if (object === undefined && isOwn) return (await cluster.delete(kind, { name })) ? "deleted" : "same";
  const metadata = memberOf(actual, "metadata");
  await cluster.update(kind, {
    apiVersion: `${kind.group}/${kind.version}`,
    kind: kind.kind,
    metadata: isValueObject(metadata) ? withoutManagedFields(metadata) : { name },
    webhooks: wanted,
  });
  return "written";
}

function withoutManagedFields(metadata: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  const { managedFields: _bookkeeping, ...rest } = metadata;
  return rest;
}

/** Removes all webhook configurations of amap's; how many there were. For uninstalling. */
export async function removeWebhookConfigurations(cluster: Cluster): Promise<number> {
  let removed = 0;
  // The judging ones first: with them gone nothing waits for an amap that is going away.
  for (const { kind, name } of CONFIGURATIONS.toReversed()) if (await cluster.delete(kind, { name })) removed += 1;
  return removed;
}
