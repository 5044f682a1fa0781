import type { Store } from "../../ports/index.ts";
import { createStore } from "./create-store.ts";
import { toStoreError } from "./failure.ts";
import { migrate } from "./migrate.ts";
import { openPostgresSession } from "./postgres-session.ts";

/** A store in PostgreSQL, its schema brought up to date. `shown` is the address without credentials. */
export async function openPostgresStore(url: string, shown: string): Promise<Store> {
  const session = openPostgresSession(url);
  try {
    await migrate(session);
    return createStore(session, shown);
  } catch (error) {
    await session.close();
    throw toStoreError(error, shown);
  }
}
