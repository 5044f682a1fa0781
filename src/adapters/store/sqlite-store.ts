import type { Store } from "../../ports/index.ts";
import { createStore } from "./create-store.ts";
import { toStoreError } from "./failure.ts";
import { migrate } from "./migrate.ts";
import type { DatabaseSession } from "./session.ts";
import { openSqliteSession } from "./sqlite-session.ts";

/** A SQLite store on this thread, which its calls block. The writer brings the schema up to date. */
export async function openSqliteStore(path: string, role: "writer" | "reader"): Promise<Store> {
  let session: DatabaseSession | undefined;
  try {
    session = openSqliteSession(path);
    if (role === "writer") await migrate(session);
    return createStore(session, path);
  } catch (error) {
    await session?.close();
    throw toStoreError(error, path);
  }
}
