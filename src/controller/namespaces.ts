import type { Cluster } from "../app/index.ts";
import { isValueObject, memberOf, type Value } from "../base/index.ts";
import { NAMESPACE } from "./kinds.ts";
import { textAt } from "./kube-object.ts";
import { describeFailure, type Log } from "./log.ts";
import type { Time } from "./time.ts";

/** The cluster's namespaces, for policies that select by them. */
export interface Namespaces {
  of(name: string): Value | undefined;
  synced(): boolean;
  /** For how long the cluster has told nothing of them, ms; 0 while they are followed. */
  interruptedMs(): number;
  /** Asks the cluster for one that is not known yet, within a time; it never throws. */
  know(name: string, withinMs: number): Promise<void>;
  /** Follows them until `signal` is aborted. */
  follow(signal: AbortSignal): Promise<void>;
}

export function createNamespaces({
  cluster,
  time,
  log,
}: {
  readonly cluster: Cluster;
  readonly time: Time;
  readonly log: Log;
}): Namespaces {
  const known = new Map<string, Value>();
  let synced = false;
  let interruptedAt: number | undefined;
  const ask = async (name: string): Promise<void> => {
    try {
      const found = await cluster.get(NAMESPACE, { name });
      if (found !== undefined && !known.has(name)) known.set(name, slim(found));
    } catch (error) {
      log.warn({ namespace: name, ...describeFailure(error) }, "a namespace could not be read");
    }
  };
  return {
    of: (name) => known.get(name),
    synced: () => synced,
    interruptedMs: () => (interruptedAt === undefined ? 0 : time.monotonic() - interruptedAt),
    know: async (name, withinMs) => {
      if (known.has(name)) return;
      const done = new AbortController();
      await Promise.race([ask(name), time.wait(withinMs, done.signal)]);
      done.abort();
    },
    follow: async (signal) => {
      const told = new Set<string>();
      for await (const event of cluster.follow(NAMESPACE, {}, signal)) {
        if (event.type === "interrupted") interruptedAt ??= time.monotonic();
        else interruptedAt = undefined;
        if (event.type === "synced") {
          // What vanished between two runs of this loop was told by neither.
          for (const name of known.keys()) if (!told.has(name)) known.delete(name);
          synced = true;
        } else if (event.type === "interrupted") {
          log.warn({ code: event.code, reason: event.message }, "the namespaces may be old");
        } else {
          const name = textAt(event.object, "metadata", "name") ?? "";
          if (event.type === "deleted") known.delete(name);
          else known.set(name, slim(event.object));
          told.add(name);
        }
      }
    },
  };
}

/** A namespace without its bookkeeping: many are kept. */
function slim(namespace: Value): Value {
  const metadata = memberOf(namespace, "metadata");
  if (!isValueObject(namespace) || !isValueObject(metadata)) return namespace;
  const { managedFields: _bookkeeping, ...rest } = metadata;
  return { ...namespace, metadata: rest };
}
