import { versionSchemeOf } from "../../../metadata/index.ts";

/** A part of a range: `<4.2`, or a version alone. */
interface Constraint {
  readonly comparator: "=" | "!=" | "<" | "<=" | ">" | ">=";
  /** Whether the comparator is written. */
  readonly isWritten: boolean;
  readonly version: string;
}

/** A range of versions as CSAF 2.1 writes them: with vers, or by the constraints of vers alone (vls). */
export interface VersionRange {
  /** Of vers; undefined for vls. */
  readonly type?: string;
  /** None for `vers:all/*`. */
  readonly constraints: readonly Constraint[];
}

type Order = (a: string, b: string) => number;

/** Types of vers in the words of OSV, whose version orders amap knows. */
const ECOSYSTEMS: ReadonlyMap<string, string> = new Map([
  ["alpine", "Alpine"],
  ["apk", "Alpine"],
  ["cargo", "crates.io"],
  ["composer", "Packagist"],
  ["conan", "ConanCenter"],
  ["cran", "CRAN"],
  ["deb", "Debian"],
  ["gem", "RubyGems"],
  ["golang", "Go"],
  ["hackage", "Hackage"],
  ["hex", "Hex"],
  ["maven", "Maven"],
  ["npm", "npm"],
  ["nuget", "NuGet"],
  ["pub", "Pub"],
  ["pypi", "PyPI"],
  ["rpm", "Red Hat"],
  ["semver", "npm"],
]);
/** Types of vers whose order is not known here: those of vers itself, and other package URL types. */
const OTHER_TYPES =
  "all none intdot datetime lexicographic generic openssl nginx alpm arch bazel bitbucket bitnami chrome-extension " +
  "cocoapods conda cpan docker ebuild gentoo github huggingface julia luarocks mattermost mlflow mozilla oci " +
  "opam otp qpkg swid swift tomee vscode-extension yocto";
const KNOWN_TYPES: ReadonlySet<string> = new Set([...ECOSYSTEMS.keys(), ...OTHER_TYPES.split(" ")]);

const VERS = /^vers:([a-z][a-z0-9.-]*)\/(.+)$/;
const CONSTRAINT = /^(!=|<=|>=|[<>=])?([^\s<>=!*|]+)$/;

/** Reads the name of a branch `product_version_range`; what keeps it from being one, in words, where it is none. */
export function parseVersionRange(name: string): VersionRange | string {
  if (/\s/.test(name)) return "a range has no white space";
  const [, type, rest] = VERS.exec(name) ?? [];
  if (type === undefined && name.startsWith("vers:")) return "vers is written vers:TYPE/CONSTRAINTS in lower case";
  if (type === "all") return rest === "*" ? { type, constraints: [] } : "all versions are written vers:all/*";
  const constraints: Constraint[] = [];
  for (const text of (rest ?? name).split("|")) {
    const [, comparator, version] = CONSTRAINT.exec(text) ?? [];
    if (version === undefined) return `"${text.slice(0, 60)}" is no constraint such as <4.2 or 4.2`;
    constraints.push({
      comparator: (comparator ?? "=") as Constraint["comparator"],
      isWritten: comparator !== undefined,
      version: decode(version),
    });
  }
  return type === undefined ? { constraints } : { type, constraints };
}

function decode(version: string): string {
  try {
    return decodeURIComponent(version);
  } catch {
    return version;
  }
}

/** Whether vers knows the type of a range; vls has none that could be unknown. */
export function isKnownType({ type }: VersionRange): boolean {
  return type === undefined || KNOWN_TYPES.has(type);
}

/** Whether the range is one version. */
export function isSingleVersion({ constraints }: VersionRange): boolean {
  return constraints.length === 1 && constraints[0]?.comparator === "=";
}

/** Whether every later version is in the range, too. */
export function isOpenAbove({ constraints }: VersionRange): boolean {
  const last = constraints.findLast(({ comparator }) => comparator !== "!=");
  return last?.comparator === ">" || last?.comparator === ">=";
}

/** What keeps a range of vers from its canonical form, in words; undefined for none, and for vls. */
export function canonicalProblem(range: VersionRange): string | undefined {
  const { type, constraints } = range;
  if (type === undefined || type === "all") return undefined;
  if (constraints.some(({ comparator, isWritten }) => comparator === "=" && isWritten)) {
    return "the canonical form of vers writes a version without =";
  }
  if (new Set(constraints.map(({ version }) => version)).size < constraints.length) {
    return "vers names each version once";
  }
  const order = orderOf(range);
  if (order === undefined) return undefined;
  const isSorted = constraints.every(
    ({ version }, index) => index === 0 || order(constraints[index - 1]?.version ?? "", version) < 0,
  );
  if (!isSorted) return "vers sorts its constraints by version";
  return alternates(constraints) ? undefined : "some of its constraints say nothing: vers is written without them";
}

/** Whether no constraint is inside what another one says (`>1|>2`). */
function alternates(constraints: readonly Constraint[]): boolean {
  const bounds = constraints.map(({ comparator }) => comparator).filter((comparator) => comparator !== "!=");
  return bounds.every((comparator, index) => {
    const before = bounds[index - 1];
    if (before === undefined) return true;
    const opens = before.startsWith(">");
    return opens ? comparator.startsWith("<") : comparator.startsWith(">") || comparator === "=";
  });
}

/** The order of the versions of a range; of vls and intdot by numbers between points, where they are written so. */
function orderOf({ type, constraints }: VersionRange): Order | undefined {
  const ecosystem = type === undefined ? undefined : ECOSYSTEMS.get(type);
  if (ecosystem !== undefined) return orderOfEcosystem(ecosystem);
  if (type !== undefined && type !== "intdot") return undefined;
  return constraints.every(({ version }) => numbersOf(version) !== undefined) ? compareNumbers : undefined;
}

function orderOfEcosystem(ecosystem: string): Order | undefined {
  const scheme = versionSchemeOf(ecosystem);
  return scheme === undefined ? undefined : (a, b) => scheme.compare(a, b) ?? Number.NaN;
}

function numbersOf(version: string): readonly number[] | undefined {
  const bare = version.replace(/^[vV]/, "");
  return /^\d{1,15}(?:\.\d{1,15}){0,31}$/.test(bare) ? bare.split(".").map(Number) : undefined;
}

function compareNumbers(a: string, b: string): number {
  const [left = [], right = []] = [numbersOf(a), numbersOf(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a version is in a range; undefined where nobody here can tell. */
export function containsVersion(range: VersionRange, version: string): boolean | undefined {
  return overlap(range, { ...range, constraints: [{ comparator: "=", isWritten: false, version }] });
}

/** Whether two ranges have a version in common; undefined where nobody here can tell. */
export function overlap(a: VersionRange, b: VersionRange): boolean | undefined {
  if (a.type === "all" || b.type === "all") return true;
  if (a.type !== b.type) return undefined;
  const order = orderOf({ ...a, constraints: [...a.constraints, ...b.constraints] });
  if (order === undefined) return undefined;
  const versions = [...a.constraints, ...b.constraints].map(({ version }) => version);
  if (versions.some((version) => Number.isNaN(order(version, version)))) return undefined;
  const bounds = versions.toSorted(order);
  // Each bound and each gap beside one: between two bounds there always may be a version.
  return bounds.some((bound) =>
    [0, -1, 1].some((side) => holds(a, bound, side, order) && holds(b, bound, side, order)),
  );
}

/** Whether the version at a bound (side 0), or just below or above it, is in a range. */
function holds({ constraints }: VersionRange, bound: string, side: number, order: Order): boolean {
  const place = (version: string): number => order(bound, version) || side;
  const exact = constraints.filter(({ version }) => place(version) === 0);
  if (exact.some(({ comparator }) => comparator === "!=")) return false;
  if (exact.some(({ comparator }) => comparator.endsWith("="))) return true;
  const limits = constraints.filter(({ comparator }) => comparator !== "!=" && comparator !== "=");
  const below = limits.findLast(({ version }) => place(version) > 0);
  const above = limits.find(({ version }) => place(version) < 0);
  if (exact.some(({ comparator }) => comparator === "<" || comparator === ">")) return false;
  if (below?.comparator.startsWith(">") === true) return above === undefined || above.comparator.startsWith("<");
  return below === undefined && above?.comparator.startsWith("<") === true;
}
