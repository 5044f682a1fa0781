import { LIMITS } from "../../../../base/index.ts";
import { decodeDatabaseText } from "../cataloger.ts";
import { invalidFile } from "../package-list.ts";

/** The fields of a distribution's core metadata (METADATA, PKG-INFO), by lower-case name; each may stand several times. */
export type CoreMetadata = ReadonlyMap<string, readonly string[]>;

/** Core metadata has the form of mail headers; the description may follow behind an empty line. */
export function readCoreMetadata(bytes: Uint8Array): CoreMetadata {
  const fields = new Map<string, string[]>();
  let last: string[] | undefined;
  let count = 0;
  for (const line of headerLines(bytes)) {
    if (++count > LIMITS.listFileLines) throw invalidFile(`expected at most ${LIMITS.listFileLines} lines, found more`);
    if (/^[ \t]/.test(line)) {
      last?.push(line.trim());
      continue;
    }
    const colon = line.indexOf(":");
    if (colon <= 0) throw invalidFile(`line ${count} is not a field of a distribution's metadata`);
    const name = line.slice(0, colon).toLowerCase();
    // The parts of one value, put together below; a marker keeps the values of one name apart.
    last = [line.slice(colon + 1).trim()];
    fields.set(`${count} ${name}`, last);
  }
  const joined = new Map<string, string[]>();
  for (const [key, parts] of fields) {
    const name = key.slice(key.indexOf(" ") + 1);
    const values = joined.get(name) ?? [];
    joined.set(name, values);
    values.push(parts.join("\n"));
  }
  return joined;
}

/** Lines up to the first empty one. The description behind it can be long and is not decoded. */
function* headerLines(bytes: Uint8Array): Generator<string> {
  let start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(0x0a, start);
    const stop = end === -1 ? bytes.length : end;
    const line = decodeDatabaseText(bytes.subarray(start, stop > start && bytes[stop - 1] === 0x0d ? stop - 1 : stop));
    if (line === "") return;
    yield line;
    start = stop + 1;
  }
}

/** A requirement of a distribution (PEP 508), as far as it says what is needed of what is installed. */
export interface InstalledRequirement {
  readonly name: string;
  readonly extras: readonly string[];
  /** The condition behind the semicolon, empty where there is none. */
  readonly marker: string;
}

const REQUIREMENT = /^([A-Za-z0-9](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9])?)[ \t]*(?:\[([^\]]{0,500})\])?/;

/** A requirement, or undefined for other text. */
export function readInstalledRequirement(text: string): InstalledRequirement | undefined {
  const match = REQUIREMENT.exec(text.trim());
  const semicolon = text.lastIndexOf(";");
  if (match?.[1] === undefined) return undefined;
  const extras = (match[2] ?? "").split(",").map((extra) => normaliseExtra(extra));
  return {
    name: match[1],
    extras: extras.filter((extra) => extra !== ""),
    marker: semicolon === -1 ? "" : text.slice(semicolon + 1).trim(),
  };
}

/** Extras are compared as names are (PEP 685). */
export function normaliseExtra(extra: string): string {
  return extra
    .trim()
    .toLowerCase()
    .replaceAll(/[-_.]+/g, "-");
}

const TOKEN = /\(|\)|\b(?:and|or|not|in)\b|"[^"]{0,200}"|'[^']{0,200}'|[<>=!~]{1,3}|[A-Za-z_.]{1,60}/g;
const DEEPEST = 16;

/**
 * Whether a marker may hold where these extras are asked for. What it says of systems and versions of Python is not
 * evaluated: it is taken to hold, since the package is installed. A malformed marker is taken to hold, too.
 */
export function mayHold(marker: string, extras: ReadonlySet<string>): boolean {
  if (!marker.includes("extra")) return true;
  const tokens = marker.slice(0, 2_000).match(TOKEN) ?? [];
  let next = 0;
  const readOr = (depth: number): boolean => {
    let result = readAnd(depth);
    while (tokens[next] === "or") {
      next += 1;
      const right = readAnd(depth);
      result = result || right;
    }
    return result;
  };
  const readAnd = (depth: number): boolean => {
    let result = readOne(depth);
    while (tokens[next] === "and") {
      next += 1;
      const right = readOne(depth);
      result = result && right;
    }
    return result;
  };
  const readOne = (depth: number): boolean => {
    if (tokens[next] === "(" && depth < DEEPEST) {
      next += 1;
      const inner = readOr(depth + 1);
      if (tokens[next] === ")") next += 1;
      return inner;
    }
    const words: string[] = [];
    while (next < tokens.length && !/^(?:and|or|\))$/.test(tokens[next] ?? "")) words.push(tokens[next++] ?? "");
    return comparisonMayHold(words, extras);
  };
  return readOr(0);
}

function comparisonMayHold(
  [left = "", operator = "", right = ""]: readonly string[],
  extras: ReadonlySet<string>,
): boolean {
  const text = left === "extra" ? right : right === "extra" ? left : undefined;
  if (text === undefined || (operator !== "==" && operator !== "!=")) return true;
  return extras.has(normaliseExtra(text.slice(1, -1))) === (operator === "==");
}
