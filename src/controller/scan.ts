import type { Cluster, ClusterKind, Enforcement, Scanned } from "../app/index.ts";
import { encodeUtf8, formatTime, hashHex, memberOf, type Value, writeJson } from "../base/index.ts";
import { createBell } from "./bell.ts";
import { keepRunning } from "./keep-running.ts";
import { formatName, identityOf, textAt, valueAt } from "./kube-object.ts";
import { describeFailure, type Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Reports } from "./reports.ts";
import { createScanQueue } from "./scan-queue.ts";
import type { Time } from "./time.ts";

/** What the background scan works with. */
export interface Scanning {
  readonly cluster: Cluster;
  readonly enforcement: Pick<Enforcement, "scannedKinds" | "scan" | "forget">;
  readonly reports: Reports;
  readonly time: Time;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "scanned" | "scanPass" | "scanQueue" | "result">;
  readonly intervalMs: number;
  readonly onScanned: (scanned: Scanned) => void;
  /** Forgets results of the store's that are older than a pass that saw everything. @param before RFC 3339 */
  readonly prune: (before: string) => Promise<void>;
}

/** The background scan. */
export interface Scan {
  /** What is in force has changed: all is scanned again, once for changes that come together. */
  policiesChanged(): void;
  /** Scans until `signal` is aborted; the leader's work. */
  run(signal: AbortSignal): Promise<void>;
}

/** A resource that changed, by name: objects are not kept. */
interface Changed {
  readonly kind: ClusterKind;
  readonly namespace?: string;
  readonly name: string;
  /** How often it could not be scanned. */
  readonly failures: number;
}

/** What became of resources since the pass that runs, or ran last, began: its listing knows nothing of it. */
interface Since {
  readonly scanned: Set<string>;
  readonly gone: Set<string>;
}

const CONCURRENCY = 2;
/** Changed resources are scanned at most this often, each worker. */
const SPACING_MS = 20;
/** A changed resource that cannot be read or scanned is tried so often; then the next pass does it. */
const TRIES = 5;
const AGAIN_MS = 1_000;
/** Changes of policies that come within this time are one. */
const GATHER_MS = 500;
/** The first pass waits this long for the changes of all kinds to be followed. */
const FOLLOW_MS = 10_000;
/** Evidence of a changed resource may be this old: a rollout of a hundred Pods asks once. */
const CHANGED_EVIDENCE_MS = 60_000;

export function createScan(scanning: Scanning): Scan {
  const { cluster, enforcement, time, log } = scanning;
  const bell = createBell(time);
  const bellOfFollows = createBell(time);
  const queue = createScanQueue<Changed>();
  /** Of every followed object a hash of what is judged: most changes of a Pod are about something else. */
  const fingerprints = new Map<string, string>();
  /** Kinds of which everything was told once. What there was by then is for the first pass. */
  const followed = new Set<string>();
  const since: Since = { scanned: new Set(), gone: new Set() };

  /** What was forgotten by name may have been made again under it, as Pods of a StatefulSet are. */
  const lookAgain = (object: Value): void => {
    const { namespace, name, kind: word } = identityOf(object);
    const kind = enforcement.scannedKinds.find((each) => each.kind === word);
    if (kind === undefined) return;
    const changed = { kind, name, failures: 0, ...(namespace === undefined ? {} : { namespace }) };
    queue.add(keyOf(changed), changed);
  };

  const scanOne = async (object: Value, evidenceSince: number): Promise<void> => {
    const { uid = "" } = identityOf(object);
    // A page may be minutes old: what went meanwhile must not be recorded as running.
    if (since.gone.has(uid)) return;
    since.scanned.add(uid);
    if (isIdle(object)) {
      await enforcement.forget(object);
      return scanning.reports.remove(uid);
    }
    const scanned = await enforcement.scan(object, { evidenceSince });
    if (since.gone.has(uid)) {
      await enforcement.forget(object);
      return lookAgain(object);
    }
    if (scanned === undefined) {
      scanning.metrics.scanned("no-policy");
      return scanning.reports.remove(uid);
    }
    scanning.metrics.scanned("reported");
    for (const rule of scanned.decision.rules) scanning.metrics.result("background", rule.policy, rule.status);
    scanning.onScanned(scanned);
    await scanning.reports.write(scanned);
  };
  const tryScan = async (object: Value, evidenceSince: number): Promise<boolean> => {
    try {
      await scanOne(object, evidenceSince);
      return true;
    } catch (error) {
      scanning.metrics.scanned("failed");
      const { kind, namespace, name } = identityOf(object);
      log.warn(
        {
          kind,
          resource: formatName({ name, ...(namespace === undefined ? {} : { namespace }) }),
          ...describeFailure(error),
        },
        "a resource could not be scanned",
      );
      return false;
    }
  };

  const tryForget = async (object: Value, uid: string): Promise<void> => {
    since.gone.add(uid);
    since.scanned.delete(uid);
    try {
      await enforcement.forget(object);
    } catch (error) {
      // The next pass forgets what it does not see; following from the start again would only be a load.
      log.warn(describeFailure(error), "a deleted resource's results could not be forgotten yet");
    }
    await scanning.reports.remove(uid);
  };

  const followKind = async (kind: ClusterKind, signal: AbortSignal): Promise<void> => {
    for await (const event of cluster.follow(kind, {}, signal)) {
      if (event.type === "interrupted") log.warn({ kind: kind.kind, code: event.code }, "changes may be seen late");
      if (event.type === "interrupted") continue;
      if (event.type === "synced") {
        followed.add(kind.kind);
        bellOfFollows.ring();
        continue;
      }
      const { namespace, name, uid = "" } = identityOf(event.object);
      const key = keyOf({ kind, name, ...(namespace === undefined ? {} : { namespace }) });
      if (event.type === "deleted") {
        fingerprints.delete(key);
        await tryForget(event.object, uid);
        continue;
      }
      const fingerprint = fingerprintOf(event.object);
      if (fingerprints.get(key) === fingerprint) continue;
      fingerprints.set(key, fingerprint);
      if (!followed.has(kind.kind)) continue;
      queue.add(key, { kind, name, failures: 0, ...(namespace === undefined ? {} : { namespace }) });
      scanning.metrics.scanQueue(queue.size());
    }
  };

  const followOrTell = async (kind: ClusterKind, signal: AbortSignal): Promise<void> => {
    try {
      await followKind(kind, signal);
    } finally {
      // One kind that cannot be followed must not keep the others waiting.
      followed.add(kind.kind);
      bellOfFollows.ring();
    }
  };

  const tryChanged = async ({ kind, namespace, name }: Changed): Promise<boolean> => {
    try {
      const object = await cluster.get(kind, { name, ...(namespace === undefined ? {} : { namespace }) });
      return object === undefined || (await tryScan(object, time.now() - CHANGED_EVIDENCE_MS));
    } catch (error) {
      log.warn({ kind: kind.kind, resource: name, ...describeFailure(error) }, "a changed resource could not be read");
      return false;
    }
  };

  /** One that fails holds up no other. */
  const tryLater = async (next: Changed, signal: AbortSignal): Promise<void> => {
    await time.wait(AGAIN_MS * 2 ** next.failures, signal);
    if (!signal.aborted) queue.addUnlessThere(keyOf(next), { ...next, failures: next.failures + 1 });
  };

  const work = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await queue.filled(signal);
      const next = queue.take();
      if (next === undefined) continue;
      scanning.metrics.scanQueue(queue.size());
      const isDone = await tryChanged(next);
      if (!isDone && next.failures + 1 < TRIES) void tryLater(next, signal);
      await time.wait(SPACING_MS, signal);
    }
  };

  const passes = async (signal: AbortSignal): Promise<void> => {
    await scanning.reports.load();
    let loadedAt = time.monotonic();
    // What is made between the listing of a pass and the start of following would be seen by neither.
    const latest = time.monotonic() + FOLLOW_MS;
    const isFollowing = (): boolean => enforcement.scannedKinds.every(({ kind }) => followed.has(kind));
    while (!signal.aborted && !isFollowing() && time.monotonic() < latest) {
      await bellOfFollows.wait(latest - time.monotonic(), signal);
    }
    while (!signal.aborted) {
      bell.clear();
      if (time.monotonic() - loadedAt >= scanning.intervalMs) {
        // Whoever deletes a report gets it back.
        await scanning.reports.load();
        loadedAt = time.monotonic();
      }
      await passOnce(scanning, { tryScan, since }, signal);
      await bell.wait(scanning.intervalMs, signal);
      // Policies that come together are one change.
      await time.wait(GATHER_MS, signal);
    }
  };

  return {
    policiesChanged: () => bell.ring(),
    run: async (signal) => {
      fingerprints.clear();
      followed.clear();
      const running = { time, log, signal };
      await Promise.all([
        keepRunning("scan", () => passes(signal), running),
        ...enforcement.scannedKinds.map((kind) =>
          keepRunning(`follow ${kind.kind}`, () => followOrTell(kind, signal), running),
        ),
        ...Array.from({ length: CONCURRENCY }, () => keepRunning("scan of changes", () => work(signal), running)),
      ]);
    },
  };
}

/** Scans everything once, page by page, two at a time. What a failed listing did not show is not taken for gone. */
async function passOnce(
  scanning: Scanning,
  parts: {
    readonly tryScan: (object: Value, evidenceSince: number) => Promise<boolean>;
    readonly since: Since;
  },
  signal: AbortSignal,
): Promise<void> {
  const { cluster, enforcement, time, log, metrics, reports } = scanning;
  const [startedAt, evidenceSince] = [time.monotonic(), time.now()];
  parts.since.scanned.clear();
  parts.since.gone.clear();
  const uids = new Set<string>();
  const failedKinds: string[] = [];
  let [scannedCount, failedCount] = [0, 0];
  for (const kind of enforcement.scannedKinds) {
    const running = new Set<Promise<void>>();
    try {
      for await (const object of cluster.list(kind)) {
        if (signal.aborted) break;
        uids.add(identityOf(object).uid ?? "");
        const task: Promise<void> = parts.tryScan(object, evidenceSince).then((isDone) => {
          scannedCount += 1;
          if (!isDone) failedCount += 1;
          running.delete(task);
        });
        running.add(task);
        if (running.size >= CONCURRENCY) await Promise.race(running);
      }
    } catch (error) {
      failedKinds.push(kind.kind);
      log.warn({ kind: kind.kind, ...describeFailure(error) }, "a kind could not be listed");
    }
    await Promise.all(running);
  }
  if (signal.aborted) return;
  metrics.scanPass(time.monotonic() - startedAt, failedKinds.length);
  log.info({ resources: scannedCount, failed: failedCount, failedKinds }, "everything was scanned");
  if (failedKinds.length > 0) return;
  for (const uid of parts.since.scanned) uids.add(uid);
  await reports.removeAllBut(uids);
  // Whatever could not be judged keeps what was known about it.
  if (failedCount === 0) await scanning.prune(formatTime(evidenceSince));
}

function keyOf({ kind, namespace = "", name }: Omit<Changed, "failures">): string {
  return `${kind.group}/${kind.kind} ${namespace}/${name}`;
}

/** An old revision of a Deployment: it runs nothing, and its owner is scanned. */
function isIdle(object: Value): boolean {
  return textAt(object, "kind") === "ReplicaSet" && valueAt(object, "spec", "replicas") === 0;
}

/** A hash of what can change a decision: what people wrote, and which digests run. */
function fingerprintOf(object: Value): string {
  const metadata = memberOf(object, "metadata");
  const imageIds = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"].map((list) => {
    const statuses = valueAt(object, "status", list);
    return Array.isArray(statuses)
      ? (statuses as readonly Value[]).map((status) => textAt(status, "imageID") ?? "").toSorted()
      : [];
  });
  const text = writeJson([
    memberOf(metadata, "uid") ?? null,
    memberOf(metadata, "labels") ?? null,
    memberOf(metadata, "annotations") ?? null,
    memberOf(object, "spec") ?? null,
    imageIds,
  ]);
  return hashHex("sha256", encodeUtf8(text)).slice(0, 24);
}
