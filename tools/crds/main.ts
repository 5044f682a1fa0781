/** Writes the CRDs below deploy/ from the kinds in the source; with --check it only compares, and exits 1 on a difference. */
import { join } from "node:path";
import { compareCrdFiles, writeCrdFiles } from "./files.ts";

const deploy = join(import.meta.dirname, "..", "..", "deploy");
const check = process.argv.includes("--check");
const { stale, left } = check ? compareCrdFiles(deploy) : writeCrdFiles(deploy);
for (const path of stale) {
  if (check) console.error(`deploy/${path} is not what the source says; run node tools/crds/main.ts`);
  else console.log(`wrote deploy/${path}`);
}
for (const path of left) {
  if (check) console.error(`deploy/${path} belongs to no kind; run node tools/crds/main.ts`);
  else console.log(`removed deploy/${path}`);
}
process.exitCode = check && stale.length + left.length > 0 ? 1 : 0;
