/**
 * `npm run bench -- kyverno`: amap's built bundle beside Kyverno's command line 1.19.1, in turn in one run: `apply` of
 * twelve ClusterPolicies and of ten ValidatingPolicies to generated Pods, and `test` over Kyverno's own test folders. AMAP_KYVERNO names Kyverno's program.
 * Prints a table and writes JSON to dist/bench-kyverno.json.
 */
import { execFileSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { readFolders } from "../../conformance/kyverno/suite.ts";
import { machineLine } from "../harness.ts";
import { CAN_MEASURE, type Figures, measure, type Run, summarize } from "./measure.ts";
import { writePods } from "./pods.ts";

const PEER_VERSION = "Kyverno CLI 1.19.1";

/** A workload for both programs; the peer has no part where it would take too long. */
interface Workload {
  readonly name: string;
  readonly words: readonly string[];
  readonly runs: number;
  readonly hasPeer: boolean;
  /** What of the output both must say. */
  readonly verdict: RegExp;
}

interface Row {
  readonly name: string;
  readonly runs: number;
  readonly amap: Figures;
  readonly peer: Figures | undefined;
}

/** Measures and prints. */
export async function runBench(root: string): Promise<void> {
  const peer = process.env["AMAP_KYVERNO"];
  if (peer === undefined || !existsSync(peer)) return skip(`AMAP_KYVERNO names no ${PEER_VERSION}`);
  if (!CAN_MEASURE) return skip("there is no /usr/bin/time");
  execFileSync(process.execPath, [join(root, "tools", "build.ts")], { stdio: "inherit" });
  const folder = mkdtempSync(join(tmpdir(), "amap-bench-"));
  try {
    const rows = [...applyWorkloads(folder), ...testWorkloads(root)].map((each) => compare(each, root, peer, folder));
    const load = loadavg()[0]?.toFixed(1);
    console.log(`${machineLine([PEER_VERSION])}; load at the end ${load}`);
    console.log(renderRows(rows));
    writeFileSync(join(root, "dist", "bench-kyverno.json"), `${JSON.stringify(rows, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function skip(reason: string): void {
  console.log(`skipped: ${reason}`);
}

interface Size {
  readonly pods: number;
  readonly runs: number;
  readonly hasPeer: boolean;
}

function applyWorkloads(folder: string): readonly Workload[] {
  const classic = join(import.meta.dirname, "policies.yaml");
  const cel = join(import.meta.dirname, "cel-policies.yaml");
  const apply = (policies: string, what: string, { pods, runs, hasPeer }: Size): Workload => ({
    name: `\`apply\` of ${what} to ${pods.toLocaleString("en")} ${pods === 1 ? "Pod" : "Pods"}`,
    words: ["apply", policies, "--resource", writePodsFile(folder, pods)],
    runs,
    hasPeer,
    verdict: /^pass: .*$/m,
  });
  return [
    apply(classic, "12 ClusterPolicies", { pods: 1, runs: 9, hasPeer: true }),
    apply(classic, "12 ClusterPolicies", { pods: 1_000, runs: 3, hasPeer: true }),
    apply(classic, "12 ClusterPolicies", { pods: 10_000, runs: 1, hasPeer: true }),
    apply(classic, "12 ClusterPolicies", { pods: 100_000, runs: 1, hasPeer: false }),
    apply(cel, "10 ValidatingPolicies", { pods: 1, runs: 9, hasPeer: true }),
    apply(cel, "10 ValidatingPolicies", { pods: 1_000, runs: 1, hasPeer: true }),
    apply(cel, "10 ValidatingPolicies", { pods: 10_000, runs: 3, hasPeer: false }),
    apply(manyTimes(folder, cel), "1,000 ValidatingPolicies", { pods: 1, runs: 3, hasPeer: true }),
  ];
}

/** The ten policies a hundred times, each time by other names. */
function manyTimes(folder: string, policies: string): string {
  const path = join(folder, "thousand-policies.yaml");
  const text = readFileSync(policies, "utf8");
  const copies = Array.from({ length: 100 }, (_, index) => text.replaceAll("name: cel-", `name: cel-${index}-`));
  writeFileSync(path, copies.join("---\n"));
  return path;
}

function writePodsFile(folder: string, pods: number): string {
  const path = join(folder, `pods-${pods}.yaml`);
  const file = openSync(path, "w");
  for (const text of writePods(pods)) writeSync(file, text);
  closeSync(file);
  return path;
}

/** The folders that both decide as the suite expects; none where the suites are not on this machine. */
function testWorkloads(root: string): readonly Workload[] {
  const suite = join(process.env["AMAP_SUITES"] ?? join(root, "..", "shared", "suites"), "kyverno");
  if (!existsSync(join(suite, "index.tsv"))) return [];
  const folders = readFolders(suite)
    .filter(({ passes }) => passes)
    .map(({ path }) => join(suite, path));
  const name = `\`test\` over ${folders.length} of Kyverno's test folders`;
  return [{ name, words: ["test", ...folders], runs: 3, hasPeer: true, verdict: /and \d+ tests failed/m }];
}

/** One run of each to warm the disk, then all in turn. What they say must agree. */
function compare({ name, words, runs, hasPeer, verdict }: Workload, root: string, peer: string, folder: string): Row {
  const notes = join(folder, "time.txt");
  const bundle = join(root, "dist", "amap.mjs");
  const ours = (): Run => measure(process.execPath, [bundle, ...words], notes);
  const theirs = (): Run => measure(peer, words, notes);
  const first = ours();
  if (hasPeer && runs > 1) theirs();
  const pairs = Array.from({ length: runs }, () => ({ ours: ours(), theirs: hasPeer ? theirs() : undefined }));
  for (const { theirs: other } of pairs) {
    if (other === undefined) continue;
    const said = [first, other].map(({ output, exitCode }) => `${verdict.exec(output)?.[0].trim()}, exit ${exitCode}`);
    if (said[0] !== said[1]) throw new Error(`${name}: amap says ${said[0]}, Kyverno ${said[1]}`);
  }
  return {
    name,
    runs,
    amap: summarize(pairs.map((pair) => pair.ours)),
    peer: hasPeer ? summarize(pairs.flatMap((pair) => pair.theirs ?? [])) : undefined,
  };
}

function renderRows(rows: readonly Row[]): string {
  const seconds = (ms: number | undefined): string => (ms === undefined ? "not run" : (ms / 1_000).toFixed(2));
  const mib = (figures: Figures | undefined): string => figures?.peakMib.toFixed(0) ?? "not run";
  return [
    "| what | runs | amap s | Kyverno s | times faster | amap CPU s | Kyverno CPU s | amap MiB | Kyverno MiB |",
    "|---|---|---|---|---|---|---|---|---|",
    ...rows.map(({ name, runs, amap, peer }) => {
      const faster = peer === undefined ? "" : (peer.wallMs / amap.wallMs).toFixed(1);
      const times = [amap.wallMs, peer?.wallMs].map(seconds).join(" | ");
      const processor = [amap.cpuMs, peer?.cpuMs].map(seconds).join(" | ");
      return `| ${name} | ${runs} | ${times} | ${faster} | ${processor} | ${mib(amap)} | ${mib(peer)} |`;
    }),
  ].join("\n");
}
