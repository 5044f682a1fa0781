import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after } from "node:test";
import type { Store } from "../../ports/index.ts";
import { storeContract } from "../../ports/store.contract.ts";
import { openStore } from "./index.ts";
import { openSqliteStore } from "./sqlite-store.ts";

storeContract("SQLite in memory, on this thread", async () => {
  const store = await openSqliteStore(":memory:", "writer");
  return { store, again: async () => store };
});

const folder = mkdtempSync(join(tmpdir(), "amap-store-"));
const path = join(folder, "store.sqlite");
let opened: Promise<Store> | undefined;
after(async () => {
  await (await opened)?.close();
  rmSync(folder, { recursive: true, force: true });
});

// Threads take a while to start: one store serves all tests, emptied before each.
storeContract("SQLite in a file, in threads of its own", async () => {
  opened ??= openStore(path);
  const store = await opened;
  emptyTables();
  return { store: { ...store, close: async () => {} }, again: () => openStore(path) };
});

function emptyTables(): void {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all();
  for (const { name } of tables) if (name !== "amap_migrations") database.exec(`DELETE FROM ${String(name)}`);
  database.close();
}
