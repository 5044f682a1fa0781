/** Scans of a folder of SBOMs that are kept: after an update of the database only what it can change is matched again. */
import { AmapError, type Digest, digestOf, encodeUtf8, LIMITS, type Value, writeJson } from "../base/index.ts";
import {
  compareWithBaseline,
  coverageOf,
  decodeStoredBasis,
  decodeStoredScan,
  encodeStoredScan,
  type Finding,
  isReached,
  type KnownFinding,
  matchReached,
  reachedPackages,
  renewStoredScan,
  replaceReached,
  type Sbom,
  type Scan,
  type StoredScanBasis,
} from "../metadata/index.ts";
import type { AdvisoryChanges, AdvisoryDatabase, AdvisoryDatabaseStatus, AdvisoryReader } from "../ports/index.ts";
import { withDescribedPackage } from "./described-package.ts";
import { nowOf, type Tool } from "./sbom.ts";
import { decodeSbomFile } from "./sboms/sbom-file.ts";
import { SBOM_ENDING } from "./sboms/sbom-files.ts";
import {
  completeFindings,
  databaseOf,
  keysOf,
  lookUp,
  readNamedJson,
  scanWithStatus,
  toScan,
  usableStatus,
} from "./scan.ts";
import type { World } from "./world.ts";

/** What became of one SBOM. */
export interface RescannedSbom {
  /** Below the folder. */
  readonly path: string;
  /**
   * `kept`: nothing that its findings depend on changed; `part`: some of its components were matched again; `whole`: all
   * of it was scanned; `failed`: it is no SBOM, or cannot be read.
   */
  readonly outcome: "kept" | "part" | "whole" | "failed";
  /** Why the whole was scanned, or what failed. */
  readonly reason?: string;
  /** Components that were matched again, or at all. */
  readonly matched: number;
  readonly scan?: Scan;
  /** Findings that the scan before did not have; all of them where there was none. */
  readonly fresh: readonly Finding[];
  /** Findings of the scan before that are no more. */
  readonly gone: readonly KnownFinding[];
}

/** What to scan again, and how. */
export interface RescanRequest {
  /** The folder with the SBOMs. */
  readonly sboms: string;
  /** The folder that their scans are kept in, made where it is not there. */
  readonly scans: string;
  readonly tool: Tool;
  /** Scan everything, whatever changed. */
  readonly isWhole?: boolean;
  /** Told of each SBOM as soon as its scan is stored. */
  readonly onSbom: (sbom: RescannedSbom) => void;
}

/** What is told of all of them. */
export interface Rescan {
  readonly database: Scan["database"];
  /** Files of the folder that are not looked into, by their names. */
  readonly otherFiles: number;
  /** Stored scans whose SBOM is gone; they are left as they are. */
  readonly withoutSbom: readonly string[];
}

const ENDING = ".vuln.json";

interface Stored {
  readonly document: Value;
  readonly basis: StoredScanBasis;
  readonly scan: Scan;
}

/**
 * Brings the stored scans of a folder of SBOMs up to the state of a database. Each is what a scan of the whole SBOM would be
 * now; but where the SBOM, amap and what the database covers are as they were, only the components are matched again whose
 * advisories or whose findings' CVEs changed since, and an SBOM without any is not even read as one.
 * @throws {AmapError} USAGE for a folder of scans inside the folder of SBOMs; DATABASE_INVALID; those of reading and
 * writing folders
 */
export async function rescanFolder(world: World, database: AdvisoryDatabase, request: RescanRequest): Promise<Rescan> {
  const [sboms, scans] = [withoutSlash(request.sboms), withoutSlash(request.scans)];
  if (scans === sboms || scans.startsWith(`${sboms}/`)) {
    throw new AmapError("USAGE", `${scans}: scans are not kept among the SBOMs, where they would be read as such`);
  }
  await world.files.makeDirectory(scans);
  // All of them are of one state, whatever is imported meanwhile.
  const snapshot = await database.snapshot();
  try {
    const status = await usableStatus(snapshot);
    const entries = (await world.files.list(sboms, LIMITS.layerEntries)).map(({ path }) => path);
    const paths = entries.filter((path) => SBOM_ENDING.test(path));
    const run = new Run(world, snapshot, status, { ...request, sboms, scans });
    for (const path of paths) request.onSbom(await run.rescan(path));
    const expected = new Set(paths.map((path) => `${path}${ENDING}`));
    const stored = (await world.files.list(scans, LIMITS.layerEntries)).map(({ path }) => path);
    return {
      database: databaseOf(status),
      otherFiles: entries.length - paths.length,
      withoutSbom: stored.filter((path) => path.endsWith(ENDING) && !expected.has(path)),
    };
  } finally {
    await snapshot.close();
  }
}

const withoutSlash = (path: string): string => path.replace(/(?<=.)\/+$/, "");

class Run {
  readonly #world: World;
  readonly #database: AdvisoryReader;
  readonly #status: AdvisoryDatabaseStatus;
  readonly #request: RescanRequest;
  readonly #toolName: string;
  /** By the state that a scan was made in: most are of one. */
  readonly #changes = new Map<string, Promise<AdvisoryChanges | undefined>>();

  constructor(world: World, database: AdvisoryReader, status: AdvisoryDatabaseStatus, request: RescanRequest) {
    this.#world = world;
    this.#database = database;
    this.#status = status;
    this.#request = request;
    this.#toolName = `${request.tool.name} ${request.tool.version}`;
  }

  async rescan(path: string): Promise<RescannedSbom> {
    const full = `${this.#request.sboms}/${path}`;
    let bytes: Uint8Array;
    try {
      bytes = await this.#world.files.read(full, LIMITS.documentBytes);
    } catch (error) {
      return failed(path, error);
    }
    const digest = digestOf(bytes);
    const stored = await this.#readStored(path);
    const reason = typeof stored === "string" ? stored : await this.#whyWhole(stored, digest);
    if (typeof stored !== "string" && reason === undefined) {
      const changes = await this.#changesSince(stored.basis.state);
      if (changes !== undefined && !isReached(stored.basis, changes)) return this.#keep(path, stored);
    }
    let sbom: Sbom;
    try {
      sbom = withDescribedPackage(decodeSbomFile(full, bytes).decoded.sbom);
    } catch (error) {
      return failed(path, error);
    }
    const before = typeof stored === "string" ? undefined : stored;
    return before === undefined || reason !== undefined
      ? this.#scanWhole(path, { sbom, digest, before, reason: reason ?? "" })
      : this.#scanPart(path, sbom, before);
  }

  /** The stored scan, or why there is none to build on. */
  async #readStored(path: string): Promise<Stored | string> {
    const file = this.#fileOf(path);
    if ((await this.#world.files.kindOf(file)) === undefined) return "it was not scanned before";
    try {
      const document = readNamedJson(await this.#world.files.read(file, LIMITS.documentBytes), file);
      const [basis, scan] = [decodeStoredBasis(document), decodeStoredScan(document)];
      if (basis.ok && scan.ok) return { document, basis: basis.value, scan: scan.value };
      const [issue] = [...(basis.ok ? [] : basis.issues), ...(scan.ok ? [] : scan.issues)];
      return `its stored scan cannot be read: ${issue?.path ?? ""} ${issue?.message ?? ""}`;
    } catch (error) {
      if (!(error instanceof AmapError)) throw error;
      return `its stored scan cannot be read: ${error.message}`;
    }
  }

  /** Why all of it is to be scanned; undefined where what changed is enough. */
  async #whyWhole({ basis }: Stored, digest: Digest): Promise<string | undefined> {
    if (this.#request.isWhole === true) return "everything is to be scanned";
    if (basis.sbom !== digest) return "the SBOM changed";
    if (basis.tool !== this.#toolName) return `it was scanned by ${basis.tool}`;
    if (basis.coverage !== this.#coverageOf(basis.keys)) return "the database covers other parts of it";
    const changes = await this.#changesSince(basis.state);
    return changes === undefined ? "the database was never in the state that it was scanned in" : undefined;
  }

  #changesSince(state: string): Promise<AdvisoryChanges | undefined> {
    const known = this.#changes.get(state);
    if (known !== undefined) return known;
    const asked = this.#database.changesSince(state);
    this.#changes.set(state, asked);
    return asked;
  }

  #coverageOf(keys: readonly string[]): string {
    const { ecosystems: coverage, complete } = this.#status;
    return coverageOf(keys, { coverage, complete });
  }

  async #keep(path: string, { document, basis, scan }: Stored): Promise<RescannedSbom> {
    const [database, at] = [databaseOf(this.#status, basis.keys), nowOf(this.#world)];
    const { state } = this.#status;
    await this.#write(path, renewStoredScan(document, { ...basis, state }, { database, at }));
    const renewed = { ...scan, database, startedAt: at, finishedAt: at };
    return { path, outcome: "kept", matched: 0, scan: renewed, fresh: [], gone: [] };
  }

  async #scanPart(path: string, sbom: Sbom, { basis, scan: before }: Stored): Promise<RescannedSbom> {
    const startedAt = nowOf(this.#world);
    const changes = await this.#changesSince(basis.state);
    if (changes === undefined) throw new Error("a scan of an unknown state is made whole");
    const reached = reachedPackages(sbom.components, before.findings, changes);
    const components = sbom.components.filter(({ purl }) => purl !== undefined && reached.has(purl));
    const known = await lookUp(this.#database, this.#status, keysOf({ components }));
    const again = matchReached({ components: sbom.components, ...known }, reached);
    const findings = await completeFindings(this.#database, again.findings, sbom);
    // What the SBOM itself says of gaps stands before what matching says.
    const earlier = { ...before, notLookedAt: before.notLookedAt.slice(sbom.notLookedAt.length) };
    const scan = toScan(replaceReached(earlier, { ...again, findings }, reached), {
      sbom,
      status: this.#status,
      tool: this.#request.tool,
      startedAt,
      finishedAt: nowOf(this.#world),
    });
    await this.#store(path, scan, basis.sbom, basis.keys);
    return { path, outcome: "part", matched: components.length, scan, ...differenceOf(scan, before) };
  }

  async #scanWhole(
    path: string,
    made: {
      readonly sbom: Sbom;
      readonly digest: Digest;
      readonly before: Stored | undefined;
      readonly reason: string;
    },
  ): Promise<RescannedSbom> {
    const { sbom, digest, before, reason } = made;
    const scan = await scanWithStatus(this.#world, sbom, this.#database, {
      tool: this.#request.tool,
      status: this.#status,
    });
    await this.#store(path, scan, digest, keysOf(sbom).toSorted());
    const matched = scan.matchedComponents;
    return { path, outcome: "whole", reason, matched, scan, ...differenceOf(scan, before?.scan) };
  }

  async #store(path: string, scan: Scan, sbom: Digest, keys: readonly string[]): Promise<void> {
    const { state } = this.#status;
    const basis = { sbom, tool: this.#toolName, state, coverage: this.#coverageOf(keys), keys };
    await this.#write(path, encodeStoredScan(scan, basis));
  }

  async #write(path: string, document: Value): Promise<void> {
    const file = this.#fileOf(path);
    await this.#world.files.makeDirectory(file.slice(0, file.lastIndexOf("/")));
    await this.#world.files.write(file, encodeUtf8(`${writeJson(document)}\n`));
  }

  #fileOf(path: string): string {
    return `${this.#request.scans}/${path}${ENDING}`;
  }
}

/** Only what is wrong with the file itself is an outcome. */
function failed(path: string, error: unknown): RescannedSbom {
  if (!(error instanceof AmapError)) throw error;
  return { path, outcome: "failed", reason: error.message, matched: 0, fresh: [], gone: [] };
}

function differenceOf(scan: Scan, before: Scan | undefined): Pick<RescannedSbom, "fresh" | "gone"> {
  if (before === undefined) return { fresh: scan.findings, gone: [] };
  const [wasKnown, isStill] = [compareWithBaseline(before.findings), compareWithBaseline(scan.findings)];
  return {
    fresh: scan.findings.filter((finding) => !wasKnown(finding)),
    gone: before.findings.filter((finding) => !isStill(finding)),
  };
}
