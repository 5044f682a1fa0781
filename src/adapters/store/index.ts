/** The store: SQLite in one file, or PostgreSQL, with one schema. */
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AmapError } from "../../base/index.ts";
import type { Store } from "../../ports/index.ts";
import { parseStoreAddress } from "./store-address.ts";
import { openStoreThreads } from "./thread.ts";

/**
 * A store, its schema brought up to date: `postgres://…` or `postgresql://…` for PostgreSQL 15 or newer, `:memory:`, or
 * the path of a SQLite file, which is made when it is not there (its folder must be). Two processes may open and write
 * one file at once. A file's calls run in threads of their own. Close it when done.
 * @throws {AmapError} USAGE for another address; STORE_UNAVAILABLE when it cannot be reached or opened; STORE_INVALID for
 * another program's file, a damaged one, or a store that a newer amap wrote
 * @example
 * ```ts
 * import { openStore } from "./index.ts";
 * const store = await openStore(":memory:");
 * await store.lastChange(); // 0
 * await store.close();
 * ```
 */
export async function openStore(address: string): Promise<Store> {
  const parsed = parseStoreAddress(address);
  if (parsed.kind === "postgres") {
    const { openPostgresStore } = await import("./postgres-store.ts");
    return openPostgresStore(parsed.url, parsed.shown);
  }
  if (parsed.path === ":memory:") {
    // Memory keeps nobody waiting for a disk: no thread.
    const { openSqliteStore } = await import("./sqlite-store.ts");
    return openSqliteStore(parsed.path, "writer");
  }
  await checkFolder(parsed.path);
  return openStoreThreads(parsed.path);
}

async function checkFolder(path: string): Promise<void> {
  const folder = dirname(path);
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new AmapError("STORE_UNAVAILABLE", `there is no folder ${folder} for the store ${path}`, {
    hint: "Make the folder first, or name another place.",
  });
}
