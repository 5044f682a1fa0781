import { setTimeout as wait } from "node:timers/promises";
import { AmapError, isAmapError, isValueObject, LIMITS, memberOf, readJsonFast, type Value } from "../../base/index.ts";
import type { ClusterEvent, ClusterKind, ClusterSelection } from "../../ports/index.ts";
import type { ApiClient } from "./api-client.ts";
import { createKnownObjects, type KnownObjects } from "./known-objects.ts";
import { splitLines } from "./lines.ts";
import { describeKind, type ListLimits, listPages, selectors } from "./list.ts";
import { collectionPath } from "./paths.ts";
import { refusalOf, toRefusal } from "./status-error.ts";
import type { Timing } from "./timing.ts";

/** One kind that is followed. */
interface Following {
  readonly api: ApiClient;
  readonly kind: ClusterKind;
  readonly selection: ClusterSelection;
  readonly limits: ListLimits;
  readonly timing: Timing;
  readonly signal: AbortSignal;
  readonly known: KnownObjects;
  /** Where the next watch begins; undefined asks for a list. */
  resourceVersion: string | undefined;
  /** Failures in a row, since anything came from a watch. */
  failures: number;
  isInterrupted: boolean;
  /** The server forgot the moment of the last watch, and nothing has come since. */
  isExpired: boolean;
}

/**
 * Lists, then watches, until `signal` is aborted; see the port. Memory: a few words for each object, none of its content.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export async function* followKind(
  given: Pick<Following, "api" | "kind" | "selection" | "limits" | "timing" | "signal">,
): AsyncGenerator<ClusterEvent, void, undefined> {
  const following: Following = {
    ...given,
    known: createKnownObjects(given.kind),
    resourceVersion: undefined,
    failures: 0,
    isInterrupted: false,
    isExpired: false,
  };
  while (!following.signal.aborted) {
    try {
      if (following.resourceVersion === undefined) yield* listAll(following);
      yield* watchOnce(following);
    } catch (error) {
      if (following.signal.aborted) return;
      yield* afterFailure(following, error);
    }
  }
}

async function* listAll(following: Following): AsyncGenerator<ClusterEvent, void, undefined> {
  const { api, kind, selection, known, limits, signal } = following;
  known.beginList();
  let resourceVersion: string | undefined;
  // Tried once: a failure is told at once, and waited for here.
  const options = { limits, signal, onExpired: "fail", isTriedOnce: true } as const;
  for await (const page of listPages(api, kind, selection, options)) {
    for (const item of page.items) yield* known.see(item);
    resourceVersion = page.resourceVersion;
  }
  yield* known.endList();
  following.resourceVersion = resourceVersion;
  following.isInterrupted = false;
  yield { type: "synced" };
}

/** One watch, from the newest moment known to its end, which is normal: the server ends each after the time asked for. */
async function* watchOnce(following: Following): AsyncGenerator<ClusterEvent, void, undefined> {
  const { api, kind, selection, timing, signal } = following;
  const [least, most] = timing.watchSeconds;
  const seconds = Math.ceil(least + Math.random() * (most - least));
  const began = performance.now();
  const { chunks } = await api.stream(
    {
      method: "GET",
      path: collectionPath(kind, selection.namespace),
      query: {
        ...selectors(selection),
        watch: "true",
        allowWatchBookmarks: "true",
        timeoutSeconds: String(seconds),
        resourceVersion: following.resourceVersion,
      },
      maxBytes: LIMITS.clusterObjectBytes,
      what: describeKind("watch", kind, selection),
      signal,
    },
    seconds * 1_000 + timing.watchMarginMs,
  );
  if (following.isInterrupted) {
    following.isInterrupted = false;
    yield { type: "synced" };
  }
  let events = 0;
  for await (const line of splitLines(chunks, LIMITS.clusterObjectBytes)) {
    yield* takeEvent(following, line);
    events += 1;
    following.failures = 0;
    following.isExpired = false;
  }
  if (events > 0 || performance.now() - began >= timing.watchAtLeastMs) {
    following.failures = 0;
    following.isExpired = false;
    return;
  }
  throw new AmapError("CLUSTER_UNAVAILABLE", `${describeKind("watch", kind, selection)}: the watch ended at once`);
}

function* takeEvent(following: Following, line: Uint8Array): Generator<ClusterEvent, void, undefined> {
  const what = describeKind("watch", following.kind, following.selection);
  const { type, object } = readEvent(line, what);
  const resourceVersion = memberOf(memberOf(object, "metadata"), "resourceVersion");
  if (type === "ERROR") {
    const status = memberOf(object, "code");
    throw toRefusal({ what, status: typeof status === "number" ? status : 500, body: object });
  }
  if (!isValueObject(object) || typeof resourceVersion !== "string" || resourceVersion === "") {
    throw notAnEvent(what);
  }
  if (type === "ADDED" || type === "MODIFIED") yield* following.known.see(object);
  else if (type === "DELETED") yield* following.known.lose(object);
  else if (type !== "BOOKMARK") throw notAnEvent(what);
  // After the events are taken: whoever is told nothing of them must hear them from the next watch.
  following.resourceVersion = resourceVersion;
}

function readEvent(
  line: Uint8Array,
  what: string,
): { readonly type: Value | undefined; readonly object: Value | undefined } {
  try {
    const event = readJsonFast(line);
    return { type: memberOf(event, "type"), object: memberOf(event, "object") };
  } catch (error) {
    if (isAmapError(error, "JSON_INVALID")) throw notAnEvent(what);
    throw error;
  }
}

function notAnEvent(what: string): AmapError {
  return new AmapError("CLUSTER_UNAVAILABLE", `${what}: the server sent something that is no event`, {
    details: { relist: true },
  });
}

/** Waits as long as the failure asks for; throws what no wait can mend. */
async function* afterFailure(following: Following, error: unknown): AsyncGenerator<ClusterEvent, void, undefined> {
  if (!isAmapError(error) || PERMANENT.has(error.code)) throw error;
  const isExpired = refusalOf(error)?.status === 410;
  // A watch that cannot be read any further is replaced by a list, which holds what it would have told.
  if (isExpired || error.code === "LIMIT_EXCEEDED" || error.details["relist"] === true) {
    following.resourceVersion = undefined;
  }
  // The server forgets moments as a matter of course, which is worth no word, but not time and again.
  if (isExpired && !following.isExpired) {
    following.isExpired = true;
    return;
  }
  following.failures += 1;
  const retryInMs = retryDelay(following, refusalOf(error)?.retryAfterMs ?? 0);
  following.isInterrupted = true;
  yield { type: "interrupted", code: error.code, message: error.message, retryInMs };
  await wait(retryInMs, undefined, { signal: following.signal }).catch(() => {});
}

/** A kind that is not served, a selector that is not valid, a name that is none. */
const PERMANENT: ReadonlySet<string> = new Set([
  "CLUSTER_NOT_FOUND",
  "CLUSTER_REFUSED",
  "VALUE_INVALID",
  "NOT_SUPPORTED",
]);

/** Doubles from the first wait to the longest, a quarter more or less, so that followers do not come back all at once. */
function retryDelay({ failures, timing }: Following, retryAfterMs: number): number {
  const [first, longest] = timing.retryMs;
  const doubled = Math.min(longest, first * 2 ** Math.min(failures - 1, 16));
  const jittered = doubled * (0.75 + Math.random() * 0.5);
  return Math.round(Math.min(longest, Math.max(jittered, retryAfterMs)));
}
