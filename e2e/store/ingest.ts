/** Writes to the store at the address given until it is killed: `ingest.ts ADDRESS WRITER`. */
import { writeSync } from "node:fs";
import { openJobs } from "../../src/adapters/jobs/index.ts";
import { openStore } from "../../src/adapters/store/index.ts";
import { ingest } from "../../src/testing/store-ingestion.ts";

const [address = "", writer = ""] = process.argv.slice(2);
const [store, jobs] = await Promise.all([openStore(address), openJobs(address)]);
try {
  await ingest(store, jobs, writer, (line) => writeSync(1, `${line}\n`));
} catch (error) {
  // The database went away: what was acknowledged until now is what counts.
  console.error(String(error));
  process.exit(3);
}
