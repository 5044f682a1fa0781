/** EPSS scores, the catalogue of known exploited vulnerabilities and CVE records: real files, each read as what it is. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type AdvisoryBatch, readAdvisoryDocument } from "../../src/metadata/index.ts";
import {
  judgeCase,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";

const SUITE = "epss-kev";

/** Runs every sample, and the whole catalogue in both of its forms. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const samples = join(options.suitesDirectory, "metadata", "epss-kev");
  const catalogue = join(options.suitesDirectory, "osv", "kev");
  if (!existsSync(samples)) return suiteNotRun(SUITE, `${samples} is not there`);
  const files = globSync("**/*.json", { cwd: samples }).sort();
  const results = [
    ...files.map((file) => judgeCase(file, () => checkSample(file, readFileSync(join(samples, file))))),
    ...(existsSync(catalogue) ? [judgeCase("the catalogue as JSON and as CSV", () => checkCatalogue(catalogue))] : []),
  ];
  const ledger = readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8");
  return judgeWithLedger(SUITE, results, JSON.parse(ledger) as readonly LedgerEntry[]);
}

function read(bytes: Uint8Array): AdvisoryBatch {
  const decoded = readAdvisoryDocument(bytes);
  if (decoded.ok) return decoded.value;
  throw new Error(decoded.issues.map(({ path, message }) => `${path}: ${message}`).join("; "));
}

/** The sample's file is named by its CVE, or holds one that is found in its text. */
function checkSample(file: string, bytes: Uint8Array): string | undefined {
  const batch = read(bytes);
  const found = [...batch.predictions, ...batch.exploited, ...batch.cves];
  if (found.length !== 1) return `expected one statement about one CVE, found ${found.length}`;
  const named = /cve-\d{4}-\d{4,}/i.exec(basename(file))?.[0].toUpperCase();
  const stated = named ?? /"(?:cveID|id)": "(CVE-[^"]+)"/.exec(bytes.toString())?.[1];
  return found[0]?.cve === stated ? undefined : `expected ${stated}, found ${found[0]?.cve}`;
}

function checkCatalogue(folder: string): string | undefined {
  const name = "known_exploited_vulnerabilities";
  const [json, csv] = ["json", "csv"].map((ending) => read(readFileSync(join(folder, `${name}.${ending}`))));
  const { count } = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as { readonly count: number };
  if (json?.exploited.length !== count) return `expected ${count} entries, found ${json?.exploited.length}`;
  const differing = json.exploited.filter((entry, at) => JSON.stringify(entry) !== JSON.stringify(csv?.exploited[at]));
  return differing.length === 0 ? undefined : `${differing.length} entries differ: ${JSON.stringify(differing[0])}`;
}
