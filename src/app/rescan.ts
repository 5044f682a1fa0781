/** Scans of a folder of SBOMs that are kept: after an update of the database only what it can change is matched again. */
import { AmapError, type Digest, digestOf, encodeUtf8, LIMITS, type Value, writeJson } from "../base/index.ts";
import {
  coverageOf,
  decodeStoredBasis,
  decodeStoredScan,
  encodeStoredScan,
  isReached,
  matchReached,
  reachedPackages,
  renewStoredScan,
  replaceReached,
  type Sbom,
  type Scan,
  type StoredScanBasis,
} from "../metadata/index.ts";
import type { AdvisoryChanges, AdvisoryDatabase, AdvisoryDatabaseStatus, AdvisoryReader } from "../ports/index.ts";
import type { GivenAnswers } from "./answers.ts";
import { agesOf, type NeededAge } from "./database-age.ts";
import { withDescribedPackage } from "./described-package.ts";
import { type JudgedScan, judgeScan } from "./rescan-judging.ts";
import { markRun, type RunMark } from "./rescan-mark.ts";
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

/** What became of one SBOM; of one that failed there are no findings. */
export interface RescannedSbom extends Omit<JudgedScan, "closed"> {
  /** Below the folder. */
  readonly path: string;
  /**
   * `kept`: nothing that its findings depend on changed; `part`: some of its components were matched again; `whole`: all
   * of it was scanned; `failed`: it is no SBOM, or cannot be read.
   */
  readonly outcome: "kept" | "part" | "whole" | "failed";
  /** Why the whole was scanned, or what failed. */
  readonly reason?: string;
  /** A stored scan was there, and was not believed: it cannot be read, or was changed. */
  readonly isDistrusted: boolean;
  /** Components that were matched again, or at all. */
  readonly matched: number;
  readonly scan?: Scan;
  /** The ages of the ecosystems that its components need, the oldest first. */
  readonly ages: readonly NeededAge[];
}

/** What to scan again, and how. */
export interface RescanRequest {
  /** The folder with the SBOMs. */
  readonly sboms: string;
  /** The folder that their scans are kept in, made where it is not there. */
  readonly scans: string;
  readonly tool: Tool;
  /** What answers findings now; it decides nothing of what is matched again. */
  readonly answers?: GivenAnswers;
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
  /** When the earliest run began that stored scans and did not end: all findings of those count as new. */
  readonly cutSince?: string;
  /** To be called when all was told; what is new stays new until then. */
  end(): Promise<void>;
}

const ENDING = ".vuln.json";

interface Stored {
  readonly document: Value;
  readonly basis: StoredScanBasis;
  readonly scan: Scan;
}

/** Why there is no stored scan to build on. */
interface NotStored {
  readonly reason: string;
  readonly isDistrusted: boolean;
}

/** What is found out of one SBOM, before its findings are judged. */
interface Rescanned extends Pick<RescannedSbom, "outcome" | "reason" | "matched"> {
  readonly scan: Scan;
  readonly keys: readonly string[];
}

/**
 * Brings the stored scans of a folder of SBOMs up to the state of a database. Each is what a scan of the whole SBOM would be
 * now; but where the SBOM, amap and what the database covers are as they were, only the components are matched again whose
 * advisories or whose findings' CVEs changed since, and an SBOM without any is not even read as one. All findings are judged
 * anew by the answers that are given now, for a stored scan holds none.
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
    const mark = await markRun(world, scans);
    const run = new Run(world, { database: snapshot, status, mark }, { ...request, sboms, scans });
    for (const path of paths) request.onSbom(await run.rescan(path));
    const expected = new Set(paths.map((path) => `${path}${ENDING}`));
    const stored = (await world.files.list(scans, LIMITS.layerEntries)).map(({ path }) => path);
    return {
      database: databaseOf(status),
      otherFiles: entries.length - paths.length,
      withoutSbom: stored.filter((path) => path.endsWith(ENDING) && !expected.has(path)),
      ...(mark.cutSince === undefined ? {} : { cutSince: mark.cutSince }),
      end: () => mark.end(),
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
  readonly #mark: RunMark;
  readonly #request: RescanRequest;
  readonly #toolName: string;
  /** By the state that a scan was made in: most are of one. */
  readonly #changes = new Map<string, Promise<AdvisoryChanges | undefined>>();

  constructor(
    world: World,
    {
      database,
      status,
      mark,
    }: { readonly database: AdvisoryReader; readonly status: AdvisoryDatabaseStatus; readonly mark: RunMark },
    request: RescanRequest,
  ) {
    this.#world = world;
    this.#database = database;
    this.#status = status;
    this.#mark = mark;
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
    const found = await this.#readStored(path);
    const stored = "reason" in found ? undefined : found;
    const reason = "reason" in found ? found.reason : await this.#whyWhole(found, digest);
    const changes =
      stored === undefined || reason !== undefined ? undefined : await this.#changesSince(stored.basis.state);
    const isKept = stored !== undefined && changes !== undefined && !isReached(stored.basis, changes);
    const needsNoSbom = this.#request.answers === undefined || stored?.scan.findings.length === 0;
    let sbom: Sbom | undefined;
    try {
      if (!isKept || !needsNoSbom) sbom = decodeSbomFile(full, bytes).decoded.sbom;
    } catch (error) {
      return failed(path, error);
    }
    const made = isKept
      ? this.#keep(stored)
      : await this.#match(withDescribedPackage(sbom as Sbom), { stored, changes, reason });
    const isDistrusted = "reason" in found && found.isDistrusted;
    return this.#finish(path, { made, digest, isDistrusted, isKept, stored, sbom });
  }

  #match(
    sbom: Sbom,
    {
      stored,
      changes,
      reason = "",
    }: { stored: Stored | undefined; changes: AdvisoryChanges | undefined; reason: string | undefined },
  ): Promise<Rescanned> {
    if (stored === undefined || changes === undefined) return this.#scanWhole(sbom, reason);
    return this.#scanPart(sbom, stored, changes);
  }

  /** Judges what was found, and stores it. */
  async #finish(
    path: string,
    given: {
      readonly made: Rescanned;
      readonly digest: Digest;
      readonly isDistrusted: boolean;
      readonly isKept: boolean;
      readonly stored: Stored | undefined;
      readonly sbom: Sbom | undefined;
    },
  ): Promise<RescannedSbom> {
    const { digest, isDistrusted, stored, sbom } = given;
    const { keys, ...told } = given.made;
    const { answers } = this.#request;
    const { closed, ...judged } = judgeScan(this.#world, told.scan, {
      ...(answers === undefined ? {} : { answers }),
      ...(sbom === undefined ? {} : { sbom }),
      ...(stored === undefined || this.#mark.isUntold(stored.scan)
        ? {}
        : { before: { scan: stored.scan, closed: stored.basis.closed } }),
    });
    const basis = { sbom: digest, tool: this.#toolName, state: this.#status.state, keys, closed };
    const isRenewed = given.isKept && stored !== undefined;
    await this.#write(path, isRenewed ? this.#renew(stored, told.scan, closed) : this.#encode(told.scan, basis));
    return { path, isDistrusted, ages: agesOf(this.#status, keys), ...told, ...judged };
  }

  /** The stored scan, or why there is none to build on. */
  async #readStored(path: string): Promise<Stored | NotStored> {
    const file = this.#fileOf(path);
    if ((await this.#world.files.kindOf(file)) === undefined)
      return { reason: "it was not scanned before", isDistrusted: false };
    const refuse = (why: string): NotStored => ({
      reason: `its stored scan cannot be read: ${why}`,
      isDistrusted: true,
    });
    try {
      const document = readNamedJson(await this.#world.files.read(file, LIMITS.documentBytes), file);
      const [basis, scan] = [decodeStoredBasis(document), decodeStoredScan(document)];
      if (basis.ok && scan.ok) return { document, basis: basis.value, scan: scan.value };
      const [issue] = [...(basis.ok ? [] : basis.issues), ...(scan.ok ? [] : scan.issues)];
      return refuse(`${issue?.path ?? ""} ${issue?.message ?? ""}`);
    } catch (error) {
      if (!(error instanceof AmapError)) throw error;
      return refuse(error.message);
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

  #keep({ basis, scan }: Stored): Rescanned {
    const [database, at] = [databaseOf(this.#status, basis.keys), nowOf(this.#world)];
    const renewed = { ...scan, database, startedAt: at, finishedAt: at };
    return { outcome: "kept", matched: 0, scan: renewed, keys: basis.keys };
  }

  async #scanPart(sbom: Sbom, { basis, scan: before }: Stored, changes: AdvisoryChanges): Promise<Rescanned> {
    const startedAt = nowOf(this.#world);
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
    return { outcome: "part", matched: components.length, scan, keys: basis.keys };
  }

  async #scanWhole(sbom: Sbom, reason: string): Promise<Rescanned> {
    const scan = await scanWithStatus(this.#world, sbom, this.#database, {
      tool: this.#request.tool,
      status: this.#status,
    });
    return { outcome: "whole", reason, matched: scan.matchedComponents, scan, keys: keysOf(sbom).toSorted() };
  }

  #encode(scan: Scan, basis: Omit<StoredScanBasis, "names" | "coverage" | "findings">): Value {
    return encodeStoredScan(scan, { ...basis, coverage: this.#coverageOf(basis.keys) });
  }

  /** Without writing the findings anew. */
  #renew({ document, basis }: Stored, { database, finishedAt: at }: Scan, closed: readonly string[]): Value {
    return renewStoredScan(document, { ...basis, state: this.#status.state, closed }, { database, at });
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
  const nothing = { findings: [], fresh: [], reopened: [], gone: [], statements: [], judged: [], ages: [] };
  return { path, outcome: "failed", reason: error.message, isDistrusted: false, matched: 0, ...nothing };
}
