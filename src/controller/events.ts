import type { Cluster } from "../app/index.ts";
import { encodeUtf8, formatTime, hashHex } from "../base/index.ts";
import { EVENT, MANAGED_BY } from "./kinds.ts";
import type { ObjectIdentity } from "./kube-object.ts";
import { describeFailure, type Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Time } from "./time.ts";

/** Why something is told; the first two are Kyverno's words. */
export type EventReason = "PolicyViolation" | "PolicyError" | "PolicyRefused" | "WebhookPutBack";

export interface TellableEvent {
  readonly reason: EventReason;
  readonly about: ObjectIdentity;
  /** Bounded to 1 KiB, as the API server asks. */
  readonly message: string;
  /** Who found it out. */
  readonly component: "amap-admission" | "amap-scan" | "amap-controller";
}

/** Tells Events to the cluster, without ever holding up what caused them. */
export interface Events {
  tell(event: TellableEvent): void;
  /** Sends what was told until `signal` is aborted. */
  run(signal: AbortSignal): Promise<void>;
}

/** Bounds on Events: a cluster full of violations must not fill etcd. */
export const EVENT_LIMITS = {
  queued: 1_000,
  messageBytes: 1_024,
  /** The same event is told again only after this, ms. */
  repeatMs: 600_000,
  remembered: 10_000,
  /** At most this many at once, then one each `spacingMs`. */
  burst: 25,
  spacingMs: 200,
} as const;

export function createEvents(options: {
  readonly cluster: Cluster;
  readonly time: Time;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "event">;
  /** Of this process: the reporting instance. */
  readonly instance: string;
}): Events {
  const { cluster, time, log, metrics } = options;
  const queue: TellableEvent[] = [];
  const told = new Map<string, number>();
  let wake = new AbortController();
  let tokens: number = EVENT_LIMITS.burst;

  const isRepeated = (event: TellableEvent): boolean => {
    const key = hashHex("sha256", encodeUtf8(JSON.stringify([event.reason, event.about, event.message])));
    const before = told.get(key);
    const now = time.monotonic();
    if (before !== undefined && now - before < EVENT_LIMITS.repeatMs) return true;
    // Insertion order is age: the oldest goes first.
    told.delete(key);
    told.set(key, now);
    const [oldest] = told.keys();
    if (told.size > EVENT_LIMITS.remembered && oldest !== undefined) told.delete(oldest);
    return false;
  };

  const send = async (event: TellableEvent): Promise<void> => {
    try {
      await cluster.create(EVENT, encodeEvent(event, time.now(), options.instance));
      metrics.event("sent");
    } catch (error) {
      metrics.event("failed");
      log.debug(describeFailure(error), "an event could not be written");
    }
  };

  return {
    tell: (event) => {
      if (isRepeated(event)) return metrics.event("repeated");
      if (queue.length >= EVENT_LIMITS.queued) return metrics.event("dropped");
      queue.push(event);
      wake.abort();
    },
    run: async (signal) => {
      while (!signal.aborted) {
        const event = queue.shift();
        if (event === undefined) {
          wake = new AbortController();
          const restMs = EVENT_LIMITS.spacingMs * (EVENT_LIMITS.burst - tokens);
          await time.wait(restMs > 0 ? restMs : 3_600_000, AbortSignal.any([signal, wake.signal]));
          if (!wake.signal.aborted) tokens = EVENT_LIMITS.burst;
          continue;
        }
        if (tokens > 0) tokens -= 1;
        else await time.wait(EVENT_LIMITS.spacingMs, signal);
        await send(event);
      }
    },
  };
}

/** A core/v1 Event. What has no namespace is told in `default`, where kubectl looks for it. */
function encodeEvent({ reason, about, message, component }: TellableEvent, now: number, instance: string) {
  const at = formatTime(Math.floor(now / 1_000) * 1_000);
  const namespace = about.namespace ?? "default";
  const suffix = hashHex("sha256", encodeUtf8(`${instance} ${now} ${reason} ${message}`)).slice(0, 16);
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${about.name.slice(0, 200)}.${suffix}`, namespace, labels: MANAGED_BY },
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name: about.name,
      ...(about.namespace === undefined ? {} : { namespace: about.namespace }),
      ...(about.uid === undefined ? {} : { uid: about.uid }),
    },
    reason,
    message: cutToBytes(message, EVENT_LIMITS.messageBytes),
    type: "Warning",
    source: { component },
    reportingComponent: component,
    reportingInstance: instance.slice(0, 128),
    action: "Judged",
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
}

/** Text of at most this many bytes of UTF-8, cut between characters. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (encodeUtf8(text).byteLength <= maxBytes) return text;
  let bytes = encodeUtf8("…").byteLength;
  let cut = "";
  for (const character of text) {
    bytes += encodeUtf8(character).byteLength;
    if (bytes > maxBytes) break;
    cut += character;
  }
  return `${cut}…`;
}
