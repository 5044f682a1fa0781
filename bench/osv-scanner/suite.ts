/**
 * `npm run bench -- osv-scanner`: amap's built bundle beside osv-scanner 2.5.0 with the advisories of suites/osv: wall and
 * processor time, peak memory, and each finding that differs with its cause. Then what only amap has: the import, and the
 * re-scan of stored SBOMs after an update. AMAP_OSV_SCANNER names the program; prints tables and writes
 * dist/bench-osv-scanner.json.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { writeZip } from "../../src/testing/zip-writer.ts";
import { machineLine } from "../harness.ts";
import { canMeasure, type Measured, measure, medianOf, type Run } from "../sboms/speed.ts";
import { type Compared, compareFindings, packageKey, readAmap, readPeer } from "./compare.ts";
import { copyRealSboms, draw, type Package, quietPackage, readPackages, writeLockFile, writeSbom } from "./inputs.ts";

/** On a loaded machine one has to do. */
const RUNS = Number(process.env["AMAP_BENCH_RUNS"] ?? 3);
const STORED = 1_000;
/** Ecosystems whose package URLs osv-scanner looks up. */
const SHARED = new Set(["npm", "PyPI", "Maven", "Go", "RubyGems", "crates.io", "Packagist"]);
/** osv-scanner ends with an error where the zip of an ecosystem is missing that an input names: these are empty. */
const EMPTY =
  "Debian,Ubuntu,Alpine,NuGet,Hex,Pub,GitHub Actions,SwiftURL,ConanCenter,CRAN,Rocky Linux,Red Hat,openSUSE,SUSE,Wolfi,Chainguard,Linux,Photon OS,Mageia,Azure Linux,Julia,MinimOS,Echo,openEuler,GIT,Docker";

interface Row {
  readonly name: string;
  readonly amap: Measured;
  readonly peer?: Measured;
  readonly compared?: Compared;
}

/** Measures and prints. */
export async function runBench(root: string): Promise<void> {
  const suite = join(process.env["AMAP_SUITES"] ?? join(root, "..", "shared", "suites"), "osv");
  if (!existsSync(join(suite, "db"))) return console.log(`not run: ${suite} is not there`);
  if (!canMeasure()) return console.log("not run: python3 is not there to measure with");
  const bundle = process.env["AMAP_BUNDLE"] ?? join(root, "dist", "amap.mjs");
  if (!existsSync(bundle)) return console.log(`not run: ${bundle} is not there; \`npm run build\` makes it`);
  const folder = mkdtempSync(join(tmpdir(), "amap-bench-osv-"));
  try {
    const lab = new Lab(folder, suite, installed(root, folder, bundle));
    console.log(machineLine([lab.peerVersion ?? "osv-scanner: not run, AMAP_OSV_SCANNER names no program"]));
    const rows: Row[] = [];
    for (const row of lab.run()) {
      rows.push(row);
      console.error(tableOf([row]).split("\n").at(-1));
    }
    console.log(tableOf(rows));
    for (const { name, compared } of rows) if (compared !== undefined) console.log(causesOf(name, compared));
    writeFileSync(join(root, "dist", "bench-osv-scanner.json"), `${JSON.stringify(rows, undefined, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The program as the published package starts it: beside a source it would start that. */
function installed(root: string, folder: string, bundle: string): string {
  const place = join(folder, "package");
  cpSync(join(root, "bin"), join(place, "bin"), { recursive: true });
  symlinkSync(dirname(bundle), join(place, "dist"));
  return join(place, "bin", "amap.mjs");
}

class Lab {
  readonly #folder: string;
  readonly #suite: string;
  readonly #program: string;
  readonly #packages: readonly Package[];
  readonly #peer = process.env["AMAP_OSV_SCANNER"];
  readonly peerVersion: string | undefined;

  constructor(folder: string, suite: string, program: string) {
    this.#folder = folder;
    this.#suite = suite;
    this.#program = program;
    this.#packages = readPackages(suite);
    if (this.#peer === undefined) return;
    const { stdout } = spawnSync(this.#peer, ["--version"], { encoding: "utf8" });
    this.peerVersion = /osv-scanner version: \S+/.exec(stdout ?? "")?.[0];
    const databases = join(folder, "peer", "osv-scalibr");
    mkdirSync(databases, { recursive: true });
    for (const name of readdirSync(join(suite, "db"))) symlinkSync(join(suite, "db", name), join(databases, name));
    for (const name of EMPTY.split(",")) {
      mkdirSync(join(databases, name), { recursive: true });
      writeFileSync(join(databases, name, "all.zip"), writeZip([]));
    }
  }

  /** Every row; the import comes first, since all others need its database. */
  *run(): Generator<Row> {
    yield this.#measureImport();
    const shared = this.#packages.filter(({ ecosystem }) => SHARED.has(ecosystem));
    const quiet = Array.from({ length: 30_000 }, (_, index) => quietPackage(index));
    const few = draw(shared, 500);
    yield this.#compare("5,000 components, all of packages with advisories", "all", draw(shared, 5_000));
    yield this.#compare("5,000 components, one in ten of them", "tenth", [...few, ...quiet.slice(0, 4_500)]);
    yield this.#compare("5,000 components of all ecosystems of the suite", "every", draw(this.#packages, 5_000));
    yield this.#compareLock();
    yield this.#compareReal();
    yield this.#compare("30,000 components, one in thirty", "large", [
      ...draw(shared, 1_000),
      ...quiet.slice(0, 29_000),
    ]);
    yield* this.#rescan();
  }

  #at(...names: readonly string[]): string {
    return join(this.#folder, ...names);
  }

  #amap(...words: readonly string[]): Run {
    return measure(process.execPath, [this.#program, ...words, "--database", this.#at("advisories.db")]);
  }

  #scanPeer(folder: string, output: string): Run {
    const words =
      "scan source --offline --offline-vulnerabilities --no-resolve --all-vulns --all-packages --no-ignore -r";
    const environment = { ...process.env, OSV_SCALIBR_LOCAL_DB_CACHE_DIRECTORY: this.#at("peer") };
    const call = [...words.split(" "), "--format", "json", "--output-file", output, folder];
    // 1: it found something.
    return measure(this.#peer ?? "", call, environment, [0, 1]);
  }

  #measureImport(): Row {
    const runs = Array.from({ length: RUNS }, () => {
      for (const ending of ["", "-wal", "-shm"]) rmSync(`${this.#at("advisories.db")}${ending}`, { force: true });
      return this.#amap("db", "import", join(this.#suite, "db"));
    });
    return { name: "import of 30,136 advisories (osv-scanner reads its zips at each scan)", amap: medianOf(runs) };
  }

  #compare(name: string, folder: string, packages: readonly Package[]): Row {
    const file = this.#at(folder, "bench.cdx.json");
    writeSbom(file, packages);
    return this.#sideBySide(name, folder, (output) => this.#amap("scan", file, "-o", `json=${output}`));
  }

  #compareLock(): Row {
    writeLockFile(this.#at("lock", "package-lock.json"), this.#packages, 516);
    return this.#sideBySide("a lock file of npm with 516 entries", "lock", (output) =>
      this.#amap("scan", `dir:${this.#at("lock")}`, "-o", `json=${output}`),
    );
  }

  #sideBySide(name: string, folder: string, scan: (output: string) => Run): Row {
    const [ours, theirs] = [this.#at(`${folder}.amap.json`), this.#at(`${folder}.peer.json`)];
    const amap: Run[] = [];
    const peer: Run[] = [];
    for (let index = 0; index < RUNS; index += 1) {
      amap.push(scan(ours));
      if (this.peerVersion !== undefined) peer.push(this.#scanPeer(this.#at(folder), theirs));
    }
    const row = { name, amap: medianOf(amap) };
    if (peer.length === 0) return row;
    const read = (file: string) => JSON.parse(readFileSync(file, "utf8"));
    const compared = compareFindings(readAmap(read(ours)), readPeer(read(theirs)), this.#truth());
    return { ...row, peer: medianOf(peer), compared };
  }

  #truth(): (record: string) => boolean {
    const holds = new Set<string>();
    const rows = readFileSync(join(this.#suite, "truth", "shared.jsonl"), "utf8")
      .split("\n")
      .filter(Boolean);
    for (const row of rows) {
      const { purl, version, ids } = JSON.parse(row) as Package & { readonly ids: readonly string[] };
      for (const id of ids) holds.add(`${packageKey(purl, version)} ${id}`);
    }
    return (record) => holds.has(record);
  }

  /** 144 real SBOMs by one call of each: amap keeps their scans, osv-scanner walks the folder. */
  #compareReal(): Row {
    const count = copyRealSboms(this.#suite, this.#at("real"));
    const scans = this.#at("real.scans");
    const amap: Run[] = [];
    const peer: Run[] = [];
    for (let index = 0; index < RUNS; index += 1) {
      amap.push(this.#amap("rescan", this.#at("real"), "--scans", scans, "--all", "-o", "json"));
      if (this.peerVersion !== undefined) peer.push(this.#scanPeer(this.#at("real"), this.#at("real.peer.json")));
    }
    const row = { name: `${count} real SBOMs`, amap: medianOf(amap) };
    if (peer.length === 0) return row;
    const records = new Set<string>();
    for (const name of readdirSync(scans)) readAmap(storedResult(join(scans, name)), records);
    const theirs = readPeer(JSON.parse(readFileSync(this.#at("real.peer.json"), "utf8")));
    const compared = compareFindings({ records }, theirs, this.#truthOfSboms());
    return { ...row, peer: medianOf(peer), compared };
  }

  #truthOfSboms(): (record: string) => boolean {
    const holds = new Set<string>();
    const file = join(this.#suite, "truth", "sbom-findings.shared.jsonl");
    for (const row of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
      const { findings } = JSON.parse(row) as { readonly findings: Readonly<Record<string, readonly string[]>> };
      for (const [purl, ids] of Object.entries(findings)) {
        const version = decodeURIComponent(/@([^?#@]*)(?:[?#]|$)/.exec(purl)?.[1] ?? "");
        for (const id of ids) holds.add(`${packageKey(purl, version)} ${id}`);
      }
    }
    return (record) => holds.has(record);
  }

  /** Stored SBOMs after an update of ten advisories: what is scanned again, and that all is as if everything were. */
  #rescan(): readonly Row[] {
    for (let index = 0; index < STORED; index += 1) {
      const packages = [
        ...draw(this.#packages, 40, index * 37),
        ...Array.from({ length: 160 }, (_, at) => quietPackage(index + at)),
      ];
      writeSbom(this.#at("stored", `${index}.cdx.json`), packages);
    }
    const rescan = (scans: string, ...words: readonly string[]): Run =>
      this.#amap("rescan", this.#at("stored"), "--scans", this.#at(scans), "-o", "json", ...words);
    const first = rescan("scans");
    this.#update();
    const second = rescan("scans");
    const unchanged = rescan("scans");
    rescan("whole", "--all");
    const differing = readdirSync(this.#at("whole")).filter(
      (name) => digestOfResult(this.#at("whole", name)) !== digestOfResult(this.#at("scans", name)),
    );
    if (differing.length > 0) throw new Error(`${differing.length} stored scans are not what a whole scan gives`);
    const one = (name: string, run: Run): Row => ({ name, amap: { runs: 1, ...run } });
    return [
      one(`${STORED} SBOMs of 200 components, scanned whole`, first),
      one(`the same after an update of ten advisories (equal to a whole scan)`, second),
      one("the same after no update", unchanged),
    ];
  }

  #update(): void {
    const names = draw(
      [...new Set(this.#packages.filter(({ ecosystem }) => ecosystem === "npm").map(({ name }) => name))],
      10,
    );
    mkdirSync(this.#at("update"));
    for (const [index, name] of names.entries()) {
      const range = { type: "SEMVER", events: [{ introduced: "0" }] };
      const record = {
        schema_version: "1.7.0",
        id: `BENCH-${index}`,
        modified: "2026-11-01T00:00:00Z",
        affected: [{ package: { ecosystem: "npm", name }, ranges: [range] }],
      };
      writeFileSync(this.#at("update", `${index}.json`), JSON.stringify(record));
    }
    this.#amap("db", "import", this.#at("update"));
  }
}

function storedResult(file: string): Parameters<typeof readAmap>[0] {
  return JSON.parse(readFileSync(file, "utf8")).scanner.result;
}

/** Findings and gaps; times and the like may differ. */
function digestOfResult(file: string): string {
  const { findings, notLookedAt, matchedComponents } = JSON.parse(readFileSync(file, "utf8")).scanner.result;
  return createHash("sha256")
    .update(JSON.stringify([findings, notLookedAt, matchedComponents]))
    .digest("hex");
}

function tableOf(rows: readonly Row[]): string {
  const cells = (run: Measured | undefined): readonly string[] =>
    run === undefined
      ? ["–", "–", "–"]
      : [(run.wallMs / 1000).toFixed(2), (run.cpuMs / 1000).toFixed(2), run.peakMiB.toFixed(0)];
  const times = ({ amap, peer }: Row): string => (peer === undefined ? "–" : (peer.cpuMs / amap.cpuMs).toFixed(1));
  const head = [
    "what",
    "runs",
    "wall s, amap",
    "processor s",
    "peak MiB",
    "wall s, osv-scanner",
    "processor s",
    "peak MiB",
    "times",
  ];
  const lines = rows.map((row) => [row.name, row.amap.runs, ...cells(row.amap), ...cells(row.peer), times(row)]);
  return [head, head.map(() => "---"), ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

function causesOf(name: string, { amap, peer, both, causes, unexplained }: Compared): string {
  const lines = Object.entries(causes).map(([cause, count]) => `- ${count}: ${cause}`);
  const left = unexplained.slice(0, 20).map((each) => `- unexplained: ${each}`);
  const head = `\n## ${name}\n\namap ${amap}, osv-scanner ${peer}, both ${both}; unexplained ${unexplained.length}`;
  return [head, ...lines, ...left].join("\n");
}
