import { compareVersions, readVersion, type SemanticVersion } from "../../cel/functions/kubernetes/semantic-version.ts";
import { quoteAsGo } from "../../cel/values/text.ts";
import { failed } from "./failure.ts";

/** One comparison with a version. */
interface Bound {
  readonly holds: (order: number) => boolean;
  readonly version: SemanticVersion;
}

const COMPARATORS: ReadonlyMap<string, (order: number) => boolean> = new Map([
  ["", (order: number) => order === 0],
  ["=", (order: number) => order === 0],
  ["==", (order: number) => order === 0],
  ["!", (order: number) => order !== 0],
  ["!=", (order: number) => order !== 0],
  [">", (order: number) => order > 0],
  [">=", (order: number) => order >= 0],
  ["<", (order: number) => order < 0],
  ["<=", (order: number) => order <= 0],
]);

/**
 * Reads a range as blang/semver does: comparisons joined by spaces (and) and by `||` (or), `1.2.x` and `1.x` for any
 * version of a line. A part of one character is passed over, as there.
 * @throws {AmapError} EXPRESSION_FAILED
 */
export function parseSemverRange(text: string): (version: SemanticVersion) => boolean {
  const expanded = alternativesOf(partsOf(text)).map((parts) => parts.flatMap(expandWildcard));
  const alternatives = expanded.map((parts) => parts.map(readBound));
  // The library fails later, when it looks at the empty alternative.
  if (alternatives.some((bounds) => bounds.length === 0)) throw failed("Could not parse Range: '||' follows '||'");
  return (version) =>
    alternatives.some((bounds) => bounds.every(({ holds, version: bound }) => holds(compareVersions(version, bound))));
}

/** The parts between spaces. A space behind `<`, `>` or `=` belongs to the part. */
function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  let last = 0;
  let before = "";
  for (let at = 0; at < text.length; at++) {
    const unit = text[at] as string;
    if (unit !== " ") before = unit;
    else if (!"<>=".includes(before) || before === "") {
      if (last < at - 1) parts.push(text.slice(last, at));
      last = at + 1;
    }
  }
  if (last < text.length - 1) parts.push(text.slice(last));
  return parts.map((part) => part.replaceAll(" ", ""));
}

function alternativesOf(parts: readonly string[]): readonly (readonly string[])[] {
  if (parts[0] === "||") throw failed("First element in range is '||'");
  if (parts.length === 0 || parts.at(-1) === "||") throw failed("Last element in range is '||'");
  const alternatives: string[][] = [[]];
  for (const part of parts) {
    if (part === "||") alternatives.push([]);
    else alternatives.at(-1)?.push(part);
  }
  return alternatives;
}

function splitComparator(part: string): readonly [comparator: string, version: string] {
  const digit = part.search(/\p{Nd}/u);
  if (digit === -1) throw failed(`Could not get version from string: ${quoteAsGo(part)}`);
  return [part.slice(0, digit).trim(), part.slice(digit)];
}

/** `1.2.x` as bounds without `x`. */
function expandWildcard(part: string): readonly string[] {
  if (!part.includes("x")) return [part];
  const [comparator, version] = splitComparator(part);
  const flat = flatVersion(version);
  switch (comparator) {
    case ">":
      return [`>=${nextLine(version, flat)}`];
    case ">=":
      return [`>=${flat}`];
    case "<":
      return [`<${flat}`];
    case "<=":
      return [`<${nextLine(version, flat)}`];
    case "":
    case "=":
    case "==":
      return [`>=${flat}`, `<${nextLine(version, flat)}`];
    case "!":
    case "!=":
      return [`<${flat}`, `>=${nextLine(version, flat)}`];
    default:
      return [flat];
  }
}

/** The first version of the line: zeros for `x`. */
function flatVersion(version: string): string {
  const flat = version.replace(".x.x", ".x").replace(".x", ".0");
  return flat.split(".").length === 2 ? `${flat}.0` : flat;
}

/** The first version behind the line; empty, which is no version, where the last part is not `x`. */
function nextLine(version: string, flat: string): string {
  const parts = version.split(".");
  const place = parts.at(-1) !== "x" ? -1 : parts.length - 2;
  if (place !== 0 && place !== 1) return "";
  const numbers = flat.split(".");
  const number = numbers[place] as string;
  if (!/^[+-]?[0-9]{1,18}$/.test(number)) return "";
  numbers[place] = String(BigInt(number) + 1n);
  return numbers.join(".");
}

function readBound(part: string): Bound {
  const [comparator, written] = splitComparator(part);
  const holds = COMPARATORS.get(comparator);
  if (holds === undefined) {
    throw refused(part, `Could not parse comparator ${quoteAsGo(comparator)} in ${quoteAsGo(comparator + written)}`);
  }
  const version = readVersion(written);
  if (version !== undefined) return { holds, version };
  const reason = versionFault(written);
  throw refused(part, `Could not parse version ${quoteAsGo(written)} in ${quoteAsGo(comparator + written)}: ${reason}`);
}

function refused(part: string, reason: string): Error {
  return failed(`Could not parse Range ${quoteAsGo(part)}: ${reason}`);
}

/** What the library says about a text that is no version. */
function versionFault(text: string): string {
  if (text === "") return "Version string empty";
  const [major, minor, ...others] = text.split(".");
  if (major === undefined || minor === undefined || others.length === 0) return "No Major.Minor.Patch elements found";
  const rest = others.join(".");
  const [release = "", ...build] = rest.split("+");
  const [patch = ""] = release.split("-");
  const number = numberFault("Major", major) ?? numberFault("Minor", minor) ?? numberFault("Patch", patch);
  if (number !== undefined) return number;
  const prerelease = release.includes("-") ? release.slice(patch.length + 1).split(".") : [];
  for (const identifier of prerelease) {
    const fault = prereleaseFault(identifier);
    if (fault !== undefined) return fault;
  }
  for (const identifier of build.length === 0 ? [] : build.join("+").split(".")) {
    if (identifier === "") return "Build meta data is empty";
    if (!/^[0-9A-Za-z-]+$/.test(identifier)) {
      return `Invalid character(s) found in build meta data ${quoteAsGo(identifier)}`;
    }
  }
  return "not a semantic version";
}

function numberFault(title: string, text: string): string | undefined {
  if (!/^[0-9]*$/.test(text)) return `Invalid character(s) found in ${title.toLowerCase()} number ${quoteAsGo(text)}`;
  if (text.length > 1 && text.startsWith("0")) {
    return `${title} number must not contain leading zeroes ${quoteAsGo(text)}`;
  }
  return integerFault(text);
}

function integerFault(digits: string): string | undefined {
  if (digits === "") return 'strconv.ParseUint: parsing "": invalid syntax';
  if (digits.length <= 20 && BigInt(digits) < 2n ** 64n) return undefined;
  return `strconv.ParseUint: parsing ${quoteAsGo(digits)}: value out of range`;
}

function prereleaseFault(identifier: string): string | undefined {
  if (identifier === "") return "Prerelease is empty";
  if (/^[0-9]+$/.test(identifier)) {
    if (identifier.length === 1 || !identifier.startsWith("0")) return integerFault(identifier);
    return `Numeric PreRelease version must not contain leading zeroes ${quoteAsGo(identifier)}`;
  }
  if (/^[0-9A-Za-z-]+$/.test(identifier)) return undefined;
  return `Invalid character(s) found in prerelease ${quoteAsGo(identifier)}`;
}
