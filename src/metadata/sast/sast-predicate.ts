import {
  type Decoded,
  Double,
  digestHex,
  digestOf,
  equalValues,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import { DocumentReader, describe, join, member, withoutUndefined } from "../document-reader.ts";
import { decodeSarif, readSarifValue } from "./decode-sarif.ts";
import { readInteger, readWord } from "./sarif-rules.ts";
import {
  noCounts,
  outcomeOf,
  SAST_OUTCOMES,
  type SastCounts,
  type SastRuleCounts,
  type SastRunSummary,
  type SastSummary,
  type SastTool,
  summariseSarif,
  totalOf,
} from "./summary.ts";

/** amap's own predicate about an analysis: no vetted one exists for SARIF. */
export const SAST_PREDICATE_TYPE = "urn:amap:predicate:sast:v1";

const MEDIA_TYPE = "application/sarif+json";

/** What a predicate about an analysis states. */
export interface SastPredicate {
  /** The SARIF file that was summed up. */
  readonly document: {
    readonly mediaType: "application/sarif+json";
    /** SHA-256 of the file's bytes, in hex. */
    readonly digest: { readonly sha256: string };
  };
  readonly summary: SastSummary;
  /** The whole log, where it was put in. */
  readonly log?: Value;
}

/**
 * Makes the predicate `urn:amap:predicate:sast:v1` of a SARIF file: `document` (media type and SHA-256 of the file),
 * `summary` ({@link SastSummary}) and, with `withLog`, the whole log as `log`. A file that is no SARIF is told as by
 * `readSarif`.
 * @throws {AmapError} LIMIT_EXCEEDED
 * @example
 * ```ts
 * import { encodeUtf8 } from "../../base/index.ts";
 * import { createSastPredicate, decodeSastPredicate } from "../index.ts";
 * const made = createSastPredicate(encodeUtf8('{"version": "2.1.0", "runs": []}'), { withLog: true });
 * made.ok && decodeSastPredicate(made.value).ok; // true
 * ```
 */
export function createSastPredicate(bytes: Uint8Array, options: { readonly withLog: boolean }): Decoded<Value> {
  const log = readSarifValue(bytes);
  if (!log.ok) return log;
  const decoded = decodeSarif(log.value);
  if (!decoded.ok) return decoded;
  return {
    ok: true,
    value: withoutUndefined({
      document: { mediaType: MEDIA_TYPE, digest: { sha256: digestHex(digestOf(bytes)) } },
      summary: summariseSarif(decoded.value) as unknown as Value,
      log: options.withLog ? log.value : undefined,
    }),
  };
}

/**
 * Reads the predicate `urn:amap:predicate:sast:v1`. A summary that does not follow from the log beside it is refused, and
 * one whose totals do not follow from its runs.
 * @throws {AmapError} LIMIT_EXCEEDED as `decodeSarif`
 */
export function decodeSastPredicate(value: Value): Decoded<SastPredicate> {
  const reader = new DocumentReader();
  const root = reader.object(value, "");
  if (root === undefined) return reader.finish<SastPredicate>(undefined);
  const document = reader.object(member(root, "document"), "document") ?? {};
  if (member(document, "mediaType") !== MEDIA_TYPE) reader.refuse("document.mediaType", `expected ${MEDIA_TYPE}`);
  const digest = reader.object(member(document, "digest"), "document.digest") ?? {};
  const sha256 = reader.string(digest, "sha256", "document.digest");
  if (sha256 !== "" && !/^[0-9a-f]{64}$/.test(sha256)) {
    reader.refuse("document.digest.sha256", "expected 64 hexadecimal digits in lower case");
  }
  const stated = reader.object(member(root, "summary"), "summary");
  const log = member(root, "log");
  const summary = stated === undefined ? undefined : readSummary(reader, stated);
  if (log !== undefined && stated !== undefined) checkAgainstLog(reader, stated, log);
  if (summary === undefined) return reader.finish<SastPredicate>(undefined);
  return reader.finish<SastPredicate>(
    withoutUndefined({ document: { mediaType: MEDIA_TYPE, digest: { sha256 } }, summary, log }),
  );
}

function checkAgainstLog(reader: DocumentReader, stated: ValueObject, log: Value): void {
  const decoded = decodeSarif(log);
  if (!decoded.ok) {
    for (const { path, message, code } of decoded.issues) reader.refuse(join("log", path), message, code);
  } else if (!equalValues(stated, summariseSarif(decoded.value) as unknown as Value)) {
    reader.refuse("summary", "expected the summary of the log beside it, found another one");
  }
}

function readSummary(reader: DocumentReader, item: ValueObject): SastSummary {
  const runs = reader.objects(item, "runs", "summary", (run, path) => readRun(reader, run, path));
  const outcome = readWord(reader, item, "outcome", "summary", SAST_OUTCOMES);
  const counts = readCounts(reader, item, "summary");
  if (outcome !== outcomeOf(runs)) reader.refuse("summary.outcome", `expected "${outcomeOf(runs)}", as its runs say`);
  if (!equalValues(counts as unknown as Value, totalOf(runs.map((run) => run.counts)) as unknown as Value)) {
    reader.refuse("summary.counts", "expected the sum of the runs, found other counts");
  }
  return withoutUndefined({
    outcome: outcome ?? "failed",
    endedAt: reader.optionalTime(item, "endedAt", "summary"),
    counts,
    runs,
  });
}

function readRun(reader: DocumentReader, item: ValueObject, path: string): SastRunSummary {
  const outcome = readWord(reader, item, "outcome", path, SAST_OUTCOMES);
  const counts = readCounts(reader, item, path);
  const isOpen = counts.open > 0;
  if (outcome === undefined || (outcome === "clean" && (isOpen || counts.undecided > 0))) {
    reader.refuse(join(path, "outcome"), "expected an outcome that its counts bear out, found another or none");
  }
  const tool = reader.object(member(item, "tool"), join(path, "tool")) ?? {};
  return withoutUndefined({
    tool: readTool(reader, tool, join(path, "tool")),
    extensions: reader.objects(item, "extensions", path, (each, at) => readTool(reader, each, at)),
    automationId: reader.optionalString(item, "automationId", path),
    outcome: outcome ?? "failed",
    problems: reader.strings(item, "problems", path),
    startedAt: reader.optionalTime(item, "startedAt", path),
    endedAt: reader.optionalTime(item, "endedAt", path),
    revisions: reader.objects(item, "revisions", path, (each, at) =>
      withoutUndefined({
        repository: reader.string(each, "repository", at),
        revision: reader.optionalString(each, "revision", at),
        branch: reader.optionalString(each, "branch", at),
      }),
    ),
    counts,
    rules: reader.objects(item, "rules", path, (each, at) => readRuleCounts(reader, each, at)),
  });
}

function readTool(reader: DocumentReader, item: ValueObject, path: string): SastTool {
  return withoutUndefined({
    name: reader.string(item, "name", path),
    version: reader.optionalString(item, "version", path),
  });
}

function readRuleCounts(reader: DocumentReader, item: ValueObject, path: string): SastRuleCounts {
  const score = member(item, "securitySeverity");
  const number = score instanceof Double ? score.value : typeof score === "number" ? score : Number.NaN;
  if (score !== undefined && !(number >= 0 && number <= 10)) {
    reader.refuse(join(path, "securitySeverity"), `expected a number from 0 to 10, found ${describe(score)}`);
  }
  return withoutUndefined({
    id: reader.optionalString(item, "id", path) ?? "",
    name: reader.optionalString(item, "name", path),
    securitySeverity: score === undefined ? undefined : number,
    open: readCount(reader, item, "open", path),
    errors: readCount(reader, item, "errors", path),
    suppressed: readCount(reader, item, "suppressed", path),
  });
}

function readCount(reader: DocumentReader, item: ValueObject, key: string, path: string): number {
  const count = readInteger(reader, item, key, path, 0);
  if (count === undefined && member(item, key) === undefined) {
    reader.refuse(join(path, key), "expected a count, found nothing");
  }
  return count ?? 0;
}

/** Every count of {@link SastCounts} is required; levels, severities and baseline each sum up to the open ones. */
function readCounts(reader: DocumentReader, parent: ValueObject, parentPath: string): SastCounts {
  const path = join(parentPath, "counts");
  const item = reader.object(member(parent, "counts"), path) ?? {};
  const counts = noCounts();
  for (const key of ["open", "suppressed", "absent", "undecided", "other"] as const) {
    counts[key] = readCount(reader, item, key, path);
  }
  for (const key of ["levels", "severities", "baseline"] as const) {
    const at = join(path, key);
    const group = reader.object(member(item, key), at) ?? {};
    const tally: Record<string, number> = counts[key];
    for (const name of Object.keys(tally)) tally[name] = readCount(reader, group, name, at);
    const sum = Object.values(tally).reduce((total, each) => total + each, 0);
    if (sum !== counts.open) reader.refuse(at, `expected counts that sum up to ${counts.open}, found ${sum}`);
  }
  return counts;
}
