import {
  AmapError,
  type Decoded,
  decodeLatin1,
  decodeUtf8,
  isAmapError,
  LIMITS,
  memberOf,
  readJson,
  textOf,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import { DocumentReader, describe, join, member, withoutUndefined } from "../document-reader.ts";
import { type SarifInvocation, type SarifLog, type SarifMessage, type SarifRevision, type SarifRun } from "./sarif.ts";
import { type Artifacts, type ResultFrame, readArtifacts, readResult } from "./sarif-results.ts";
import { type Components, readComponent, readInteger, readOverrides, readWord } from "./sarif-rules.ts";

const VERSION = "2.1.0";

/**
 * Reads a SARIF 2.1.0 log: tools with their rules, results with the level that follows from rule and configuration,
 * suppressions, baseline state, the tools' calls and what was looked at. All that breaks the specification is listed.
 * Refused with NOT_SUPPORTED: another version, results or rules in external property files (they would be missing), and
 * other formats, by their name. A run without results is kept apart from one with an empty list: it scanned nothing.
 * @throws {AmapError} LIMIT_EXCEEDED above LIMITS.sarifRuns or LIMITS.sarifResults
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html §3
 * @example
 * ```ts
 * import { decodeSarif } from "../index.ts";
 * const decoded = decodeSarif({
 *   version: "2.1.0",
 *   runs: [{
 *     tool: { driver: { name: "lint", rules: [{ id: "R1", defaultConfiguration: { level: "error" } }] } },
 *     results: [{ ruleId: "R1", message: { text: "bad" } }],
 *   }],
 * });
 * decoded.ok && decoded.value.runs[0]?.results?.[0]?.level; // "error"
 * ```
 */
export function decodeSarif(value: Value): Decoded<SarifLog> {
  const reader = new DocumentReader();
  const root = reader.object(value, "");
  if (root === undefined) return reader.finish<SarifLog>(undefined);
  const version = member(root, "version");
  if (version !== VERSION || !Array.isArray(member(root, "runs"))) {
    refuseOther(reader, root, version);
    return reader.finish<SarifLog>(undefined);
  }
  if (reader.list(root, "inlineExternalProperties", "").length > 0) {
    reader.refuse(
      "inlineExternalProperties",
      "expected everything in its run, found properties apart",
      "NOT_SUPPORTED",
    );
  }
  limit("runs", reader.list(root, "runs", "").length, LIMITS.sarifRuns);
  const budget = { results: 0 };
  const runs = reader.objects(root, "runs", "", (item, path) => readRun(reader, item, path, budget));
  return reader.finish<SarifLog>({ runs });
}

/**
 * Reads a file that should be a SARIF log, as {@link decodeSarif} does; a byte order mark, which several tools write, is
 * skipped. A file of another kind is refused, by its name where it is known.
 * @throws {AmapError} LIMIT_EXCEEDED (bytes, depth, and as decodeSarif)
 * @example
 * ```ts
 * import { encodeUtf8 } from "../../base/index.ts";
 * import { readSarif } from "../index.ts";
 * readSarif(encodeUtf8('{"version": "2.1.0", "runs": []}')).ok; // true
 * ```
 */
export function readSarif(bytes: Uint8Array): Decoded<SarifLog> {
  const value = readSarifValue(bytes);
  return value.ok ? decodeSarif(value.value) : value;
}

/** The JSON of a file that should be a SARIF log. */
export function readSarifValue(bytes: Uint8Array): Decoded<Value> {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  try {
    return { ok: true, value: readJson(hasMark ? bytes.subarray(3) : bytes) };
  } catch (error) {
    if (!isAmapError(error, "JSON_INVALID")) throw error;
    const other = kindOfFile(bytes);
    const message = other === undefined ? error.message : `expected a SARIF log, found ${other}`;
    return { ok: false, issues: [{ code: other === undefined ? "JSON_INVALID" : "NOT_SUPPORTED", path: "", message }] };
  }
}

function kindOfFile(bytes: Uint8Array): string | undefined {
  if (decodeLatin1(bytes.subarray(257, 262)) === "ustar") return "a tar archive";
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "a gzip file: unpack it first";
  if (decodeLatin1(bytes.subarray(0, 4)) === "PK\u0003\u0004") return "a zip file: unpack it first";
  const text = decodeUtf8(bytes);
  if (text === undefined) return undefined;
  const start = text
    .replace(/^\uFEFF/, "")
    .trimStart()
    .slice(0, 1_000);
  if (start === "") return "an empty file";
  if (start.startsWith("<")) return "an XML document";
  return /^(?:\{\s*["}]|\[\s*["[{\]0-9tfn-])/.test(start) ? undefined : "text that is no JSON";
}

/** What tells other JSON documents: a member, with what it holds where several formats have it. */
const OTHER_FORMATS: readonly (readonly [name: string, is: (root: ValueObject) => boolean])[] = [
  ["a CycloneDX document", (root) => member(root, "bomFormat") === "CycloneDX"],
  ["an SPDX document", (root) => typeof member(root, "spdxVersion") === "string"],
  ["an OpenVEX document", (root) => textOf(root, "@context").includes("openvex")],
  ["a CSAF document", (root) => memberOf(member(root, "document"), "csaf_version") !== undefined],
  ["an in-toto statement", (root) => member(root, "predicateType") !== undefined],
  ["a DSSE envelope", (root) => member(root, "payloadType") !== undefined],
  ["a report of Grype in its own JSON", (root) => Array.isArray(member(root, "matches"))],
  ["a report of Trivy in its own JSON", (root) => member(root, "SchemaVersion") !== undefined],
];

function refuseOther(reader: DocumentReader, root: ValueObject, version: Value | undefined): void {
  const other = OTHER_FORMATS.find(([, is]) => is(root))?.[0];
  if (other !== undefined) {
    reader.refuse("", `expected a SARIF log, found ${other}: let its tool write SARIF`, "NOT_SUPPORTED");
  } else if (typeof version === "string" && version !== VERSION) {
    reader.refuse("version", `expected "${VERSION}", found "${version.slice(0, 40)}"`, "NOT_SUPPORTED");
  } else {
    if (version !== VERSION) reader.refuse("version", `expected "${VERSION}", found ${describe(version)}`);
    const runs = member(root, "runs");
    if (!Array.isArray(runs)) reader.refuse("runs", `expected a list, found ${describe(runs)}`);
  }
}

function limit(what: string, count: number, most: number): void {
  if (count > most) {
    throw new AmapError("LIMIT_EXCEEDED", `SARIF log: expected at most ${most} ${what}, found ${count}`);
  }
}

function readRun(
  reader: DocumentReader,
  item: ValueObject,
  path: string,
  budget: { results: number },
): SarifRun | undefined {
  refuseExternal(reader, item, path);
  const tool = reader.object(member(item, "tool"), join(path, "tool"));
  const toolPath = join(path, "tool");
  const driver = tool === undefined ? undefined : reader.object(member(tool, "driver"), join(toolPath, "driver"));
  if (tool === undefined || driver === undefined) return undefined;
  const components: Components = {
    driver: readComponent(reader, driver, join(toolPath, "driver")),
    extensions: readExtensions(reader, tool, toolPath),
  };
  const invocations: SarifInvocation[] = [];
  const overrides: ResultFrame["overrides"][number][] = [];
  reader.objects(item, "invocations", path, (invocation, at) => {
    invocations.push(readInvocation(reader, invocation, at));
    overrides.push(readOverrides(reader, invocation, at, components));
    return undefined;
  });
  const artifacts: Artifacts = readArtifacts(reader, item, path);
  const frame: ResultFrame = { components, overrides, artifacts };
  budget.results += reader.list(item, "results", path).length;
  limit("results", budget.results, LIMITS.sarifResults);
  const automation = reader.optionalObject(item, "automationDetails", path);
  return withoutUndefined({
    driver: components.driver.tool,
    extensions: components.extensions.map((extension) => extension.tool),
    automationId:
      automation === undefined ? undefined : reader.optionalString(automation, "id", join(path, "automationDetails")),
    invocations,
    revisions: reader.objects(item, "versionControlProvenance", path, (each, at) => readRevision(reader, each, at)),
    results:
      member(item, "results") === undefined
        ? undefined
        : reader.objects(item, "results", path, (result, at) => readResult(reader, result, at, frame)),
  });
}

/** An index counts places of the list as it is written: an extension that is no object was refused and keeps its place. */
function readExtensions(reader: DocumentReader, tool: ValueObject, path: string): Components["extensions"] {
  return reader.list(tool, "extensions", path).map((value, index) => {
    const at = `${join(path, "extensions")}[${index}]`;
    return readComponent(reader, reader.object(value, at) ?? {}, at);
  });
}

function refuseExternal(reader: DocumentReader, item: ValueObject, path: string): void {
  const external = reader.optionalObject(item, "externalPropertyFileReferences", path);
  if (external === undefined) return;
  for (const [name, value] of Object.entries(external)) {
    if (value === null || (Array.isArray(value) && value.length === 0)) continue;
    reader.refuse(
      join(join(path, "externalPropertyFileReferences"), name),
      `expected ${name} in the log itself, found them in another file: write the log without external property files`,
      "NOT_SUPPORTED",
    );
  }
}

function readInvocation(reader: DocumentReader, item: ValueObject, path: string): SarifInvocation {
  const isSuccessful = member(item, "executionSuccessful");
  if (typeof isSuccessful !== "boolean") {
    reader.refuse(join(path, "executionSuccessful"), `expected true or false, found ${describe(isSuccessful)}`);
  }
  return withoutUndefined({
    isSuccessful: isSuccessful === true,
    startedAt: reader.optionalTime(item, "startTimeUtc", path),
    endedAt: reader.optionalTime(item, "endTimeUtc", path),
    exitCode: readInteger(reader, item, "exitCode", path, Number.MIN_SAFE_INTEGER),
    errors: ["toolExecutionNotifications", "toolConfigurationNotifications"].flatMap((key) =>
      reader.objects(item, key, path, (notification, at) => readError(reader, notification, at)),
    ),
  });
}

/** A notification of level error; its level is "warning" where it is left out (§3.58.6). */
function readError(reader: DocumentReader, item: ValueObject, path: string): string | undefined {
  const level = readWord(reader, item, "level", path, ["error", "warning", "note", "none"] as const) ?? "warning";
  if (level !== "error") return undefined;
  const message = reader.object(member(item, "message"), join(path, "message")) ?? {};
  const at = join(path, "message");
  return (
    reader.optionalString(message, "text", at) ?? reader.optionalString(message, "id", at) ?? "an error without text"
  );
}

function readRevision(reader: DocumentReader, item: ValueObject, path: string): SarifRevision {
  return withoutUndefined({
    repository: reader.string(item, "repositoryUri", path),
    revision: reader.optionalString(item, "revisionId", path),
    branch: reader.optionalString(item, "branch", path),
  });
}

/**
 * A result's message with its arguments in their places: `{0}` is the first, `{{` and `}}` are braces. A placeholder
 * without argument stays as it is written.
 * @throws {AmapError} LIMIT_EXCEEDED above LIMITS.sarifMessageCharacters
 * @see SARIF 2.1.0 §3.11.5
 * @example
 * ```ts
 * import { writeSarifMessage } from "../index.ts";
 * writeSarifMessage({ text: "{0} is never used", arguments: ["count"] }); // "count is never used"
 * ```
 */
export function writeSarifMessage(message: SarifMessage): string {
  let written = "";
  let end = 0;
  const add = (text: string): void => {
    if (written.length + text.length > LIMITS.sarifMessageCharacters) {
      throw new AmapError(
        "LIMIT_EXCEEDED",
        `SARIF message: expected at most ${LIMITS.sarifMessageCharacters} characters, found more`,
      );
    }
    written += text;
  };
  for (const match of message.text.matchAll(/\{\{|\}\}|\{(\d{1,4})\}/g)) {
    add(message.text.slice(end, match.index));
    const [whole, index] = match;
    add(index === undefined ? whole.slice(1) : (message.arguments[Number(index)] ?? whole));
    end = match.index + whole.length;
  }
  add(message.text.slice(end));
  return written;
}
