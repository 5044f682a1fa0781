/**
 * `npm run bench`: amap beside other programs and libraries, as the words say (`npm run bench -- cel`), or all suites.
 * A suite prints its tables and writes JSON to dist/; a figure that is not what was aimed for is printed, never a failure.
 */
import { join } from "node:path";

/** Loaded when they are asked for: a suite's peers may not be installed. */
const SUITES: Readonly<Record<string, (root: string) => Promise<void>>> = {
  cel: async (root) => (await import("./cel/suite.ts")).runBench(root),
  cosign: async (root) => (await import("./cosign/suite.ts")).runBench(root),
  kyverno: async (root) => (await import("./kyverno/suite.ts")).runBench(root),
  "osv-scanner": async (root) => (await import("./osv-scanner/suite.ts")).runBench(root),
  sboms: async (root) => (await import("./sboms/suite.ts")).runBench(root),
  sigstore: async (root) => (await import("./sigstore/suite.ts")).runBench(root),
};

const words = process.argv.slice(2);
const unknown = words.filter((word) => !Object.hasOwn(SUITES, word));
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(", ")}; there are ${Object.keys(SUITES).join(", ")}`);
  process.exit(2);
}
for (const [name, run] of Object.entries(SUITES)) {
  if (words.length > 0 && !words.includes(name)) continue;
  console.log(`\n# ${name}\n`);
  await run(join(import.meta.dirname, ".."));
}
