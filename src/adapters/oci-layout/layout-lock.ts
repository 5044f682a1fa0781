import { randomUUID } from "node:crypto";
import { open, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { AmapError } from "../../base/index.ts";
import { errnoOf, layoutFailure } from "./layout-failure.ts";

export interface LockTimes {
  /** How long to wait for another writer. */
  readonly waitMs: number;
  /** A lock this old was left behind: its holder works for milliseconds. */
  readonly staleMs: number;
}

export const LOCK_TIMES: LockTimes = { waitMs: 20_000, staleMs: 60_000 };
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

/** Proof that the lock is held. */
export interface HeldLock {
  /**
   * @throws {AmapError} STORAGE_CONFLICT when this process was stopped so long that another one took the lock over
   */
  requireHeld(): Promise<void>;
}

/** Writers of this process that wait for a lock file, in order; so only one of them polls it. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs `work` while no other process (that does the same) runs its own, by a lock file made with O_EXCL. A lock whose
 * process is gone, or that is older than `staleMs`, is taken over.
 * @throws {AmapError} STORAGE_CONFLICT when the lock is not free in time
 */
export async function withLock<T>(
  path: string,
  work: (lock: HeldLock) => Promise<T>,
  times: LockTimes = LOCK_TIMES,
): Promise<T> {
  const before = queues.get(path) ?? Promise.resolve();
  const mine = before.then(() => lockAndRun(path, work, times));
  const settled = mine.catch(() => undefined);
  queues.set(path, settled);
  try {
    return await mine;
  } finally {
    if (queues.get(path) === settled) queues.delete(path);
  }
}

async function lockAndRun<T>(path: string, work: (lock: HeldLock) => Promise<T>, times: LockTimes): Promise<T> {
  const token = await acquire(path, times);
  const isHeld = async (): Promise<boolean> => (await readHolder(path))?.token === token;
  try {
    return await work({
      requireHeld: async () => {
        if (!(await isHeld())) throw new AmapError("STORAGE_CONFLICT", `another process took ${path} over`);
      },
    });
  } finally {
    if (await isHeld()) await rm(path, { force: true });
  }
}

async function acquire(path: string, times: LockTimes): Promise<string> {
  const token = randomUUID();
  const deadline = Date.now() + times.waitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if (await create(path, token)) return token;
    await removeStale(path, times.staleMs);
    if (Date.now() >= deadline) {
      throw new AmapError("STORAGE_CONFLICT", `${path} is held by another writer since ${times.waitMs} ms`, {
        hint: "Run the command again. When no other amap writes there, remove that file.",
      });
    }
    await sleep(pauseMs * (0.5 + Math.random()));
  }
}

/** Whether the lock file is new; it is complete from the first moment that another process can read it, or empty. */
async function create(path: string, token: string): Promise<boolean> {
  try {
    const file = await open(path, "wx", 0o644);
    try {
      await file.writeFile(JSON.stringify({ token, pid: process.pid, host: hostname() }));
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw layoutFailure(error, "write", path);
  }
}

/** Removes a lock that was left behind. A second lock makes sure that nobody removes the next holder's instead. */
async function removeStale(path: string, staleMs: number): Promise<void> {
  if (!(await isStale(path, staleMs))) return;
  const breaking = `${path}.breaking`;
  if (!(await create(breaking, randomUUID()))) {
    if (await isStale(breaking, staleMs)) await rm(breaking, { force: true });
    return;
  }
  try {
    if (await isStale(path, staleMs)) await rm(path, { force: true });
  } finally {
    await rm(breaking, { force: true });
  }
}

async function isStale(path: string, staleMs: number): Promise<boolean> {
  const ageMs = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => undefined,
  );
  if (ageMs === undefined) return false;
  if (ageMs > staleMs) return true;
  const holder = await readHolder(path);
  return holder !== undefined && holder.host === hostname() && !isRunning(holder.pid);
}

interface Holder {
  readonly token: string;
  readonly pid: number;
  readonly host: string;
}

/** Who holds the lock; undefined when nobody does, or while its file is being written. */
async function readHolder(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  const parts = /^\{"token":"([0-9a-f-]{36})","pid":([0-9]{1,10}),"host":"([^"]*)"\}$/.exec(text);
  if (parts?.[1] === undefined || parts[3] === undefined) return undefined;
  return { token: parts[1], pid: Number(parts[2]), host: parts[3] };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
}
