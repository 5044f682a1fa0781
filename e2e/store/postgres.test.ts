/** The contracts of the store and of the jobs on PostgreSQL. e2e/store/main.ts starts it and names it. */
import { after } from "node:test";
import pg from "pg";
import { openJobs } from "../../src/adapters/jobs/index.ts";
import { openStore } from "../../src/adapters/store/index.ts";
import type { Store } from "../../src/ports/index.ts";
import { jobsContract } from "../../src/ports/jobs.contract.ts";
import { storeContract } from "../../src/ports/store.contract.ts";

const url = process.env["AMAP_E2E_POSTGRES"] ?? "";
const admin = new pg.Pool({ connectionString: url, max: 1 });
let opened: Promise<Store> | undefined;
after(async () => {
  await (await opened)?.close();
  await admin.end();
});

// One store serves all tests, emptied before each.
storeContract("PostgreSQL", async () => {
  opened ??= openStore(url);
  const store = await opened;
  const tables = await admin.query(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'amap_migrations'",
  );
  await admin.query(`TRUNCATE ${tables.rows.map((row) => row.tablename).join(", ")} RESTART IDENTITY CASCADE`);
  return { store: { ...store, close: async () => {} }, again: () => openStore(url) };
});

jobsContract("pg-boss", async () => ({ jobs: await openJobs(url), again: () => openJobs(url) }), 1_500);
