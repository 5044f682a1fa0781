import { formatPackageUrl, type PackageUrl, parsePackageUrl } from "../../artifact/index.ts";
import { AmapError, LIMITS, matchesWildcard } from "../../base/index.ts";
import {
  advisoryKeysOf,
  type Component,
  type Sbom,
  type VersionScheme,
  versionSchemeOf,
} from "../../metadata/index.ts";

/** One component that a search found. */
export interface SearchHit {
  readonly file: string;
  /** What the SBOM describes. */
  readonly subject: string;
  readonly component: Component;
}

/** What is searched for, ready to be asked of many components. */
export type SearchQuery = (component: Component) => boolean;

const HASHES: Readonly<Record<string, RegExp>> = {
  md5: /^[0-9a-f]{32}$/,
  sha1: /^[0-9a-f]{40}$/,
  sha256: /^[0-9a-f]{64}$/,
  sha384: /^[0-9a-f]{96}$/,
  sha512: /^[0-9a-f]{128}$/,
};

/**
 * Understands a query: a package URL with `*` and `?`, and a version or a range of versions behind the `@`
 * (`pkg:npm/lodash@>=4.0.0,<4.17.21`); `cpe:…`; a hash as `sha256:…`; `license:GPL-*`; and anything else as a name, with
 * or without `name:`. Versions are in the order of their ecosystem; one that it cannot place matches no range.
 * @throws {AmapError} USAGE
 */
export function parseSearchQuery(text: string): SearchQuery {
  if (text === "") throw new AmapError("USAGE", "expected what to search for, found an empty text");
  if (text.startsWith("pkg:")) return searchPackage(text);
  if (text.startsWith("cpe:")) return ({ cpes = [] }) => cpes.some((cpe) => matchesIgnoringCase(text, cpe));
  const [prefix = "", ...rest] = text.split(":");
  const value = rest.join(":");
  if (prefix === "license" || prefix === "licence") return searchLicense(value);
  if (prefix === "name" && value !== "") return searchName(value);
  if (Object.hasOwn(HASHES, prefix)) return searchHash(prefix, value);
  return searchName(text);
}

function searchName(pattern: string): SearchQuery {
  return ({ name, group }) =>
    matchesIgnoringCase(pattern, name) || (group !== undefined && matchesIgnoringCase(pattern, `${group}/${name}`));
}

function matchesIgnoringCase(pattern: string, text: string): boolean {
  return matchesWildcard(pattern.toLowerCase(), text.toLowerCase());
}

function searchHash(algorithm: string, value: string): SearchQuery {
  const hex = value.toLowerCase();
  if (HASHES[algorithm]?.test(hex) !== true) {
    throw new AmapError(
      "USAGE",
      `${algorithm}: expected hex digits of the right length, found "${value.slice(0, 140)}"`,
    );
  }
  const isOne = ({ hashes }: Pick<Component, "hashes">): boolean =>
    hashes.some((hash) => hash.value === hex && hash.algorithm.replace("-", "").toLowerCase() === algorithm);
  return (component) => isOne(component) || (component.references ?? []).some((reference) => isOne(reference));
}

/** One of the ids in a component's licences, or the words of one. */
function searchLicense(pattern: string): SearchQuery {
  return ({ licenses, concludedLicenses = [] }) =>
    [...licenses, ...concludedLicenses].some(
      (license) =>
        matchesIgnoringCase(pattern, license) ||
        license.split(/[\s()]+/).some((word) => matchesIgnoringCase(pattern, word)),
    );
}

function searchPackage(text: string): SearchQuery {
  const at = text.search(/@(?=[^/]*$)/);
  const name = at === -1 ? text : text.slice(0, at);
  const range = at === -1 ? undefined : parseRange(text.slice(at + 1));
  const pattern = canonicalPattern(name);
  return (component) => {
    const parsed = component.purl === undefined ? undefined : parsePackageUrl(component.purl);
    if (parsed?.ok !== true) return false;
    const { version: stated, ...rest } = parsed.value;
    if (!matchesWildcard(pattern, formatPackageUrl({ ...rest, qualifiers: {} }))) return false;
    if (range === undefined) return true;
    const version = stated ?? component.version;
    return version !== undefined && range(version, schemeOf(component, parsed.value));
  };
}

/** A name is written as package URLs are, as far as its wildcards allow: `pkg:npm/@scope/*` is `pkg:npm/%40scope/*`. */
function canonicalPattern(name: string): string {
  const parsed = /[*?]/.test(name) ? undefined : parsePackageUrl(name);
  return parsed?.ok === true ? formatPackageUrl({ ...parsed.value, qualifiers: {} }) : name.replaceAll("@", "%40");
}

type VersionRange = (version: string, scheme: VersionScheme | undefined) => boolean;

const COMPARATORS: Readonly<Record<string, (order: number) => boolean>> = {
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
  "=": (order) => order === 0,
  "!=": (order) => order !== 0,
};

function parseRange(text: string): VersionRange {
  const parts = text.split(",").map((part) => part.trim());
  const tests = parts.map((part): VersionRange => {
    const [, comparator, wanted = ""] = /^(<=|>=|!=|<|>|=)?\s*(.*)$/.exec(part) ?? [];
    if (wanted === "") throw new AmapError("USAGE", `expected a version behind the @, found "${part.slice(0, 60)}"`);
    if (comparator === undefined) return (version) => matchesWildcard(wanted, version);
    const isIn = COMPARATORS[comparator];
    return (version, scheme) => {
      if (scheme === undefined || !scheme.isValid(version) || !scheme.isValid(wanted)) {
        return (comparator === "=" && version === wanted) || (comparator === "!=" && version !== wanted);
      }
      return isIn?.(scheme.compare(version, wanted)) === true;
    };
  });
  return (version, scheme) => tests.every((test) => test(version, scheme));
}

/** Orders of package types of which no advisory is known. */
const ORDERS: Readonly<Record<string, string>> = { deb: "Debian", apk: "Alpine", rpm: "Rocky Linux" };

function schemeOf(component: Component, { type }: PackageUrl): VersionScheme | undefined {
  const [key = ""] = advisoryKeysOf(component);
  return versionSchemeOf(key.split("/")[0] ?? "") ?? versionSchemeOf(ORDERS[type] ?? "");
}

/**
 * The components of an SBOM that a query finds, its subject included.
 * @throws {AmapError} LIMIT_EXCEEDED
 */
export function searchSbom(sbom: Sbom, query: SearchQuery, file: string): readonly SearchHit[] {
  const all = sbom.subject.name === "" ? sbom.components : [sbom.subject, ...sbom.components];
  const hits = all.filter((component) => query(component));
  if (hits.length > LIMITS.components) throw new AmapError("LIMIT_EXCEEDED", `more than ${LIMITS.components} hits`);
  const { name, version } = sbom.subject;
  const subject = version === undefined ? name : `${name} ${version}`;
  return hits.map((component) => ({ file, subject, component }));
}
