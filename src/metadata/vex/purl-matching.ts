import { type PackageUrl, parsePackageUrl } from "../../artifact/index.ts";

/** A part in which a package URL does not fit a pattern. */
export interface PurlDifference {
  readonly part: "type" | "namespace" | "name" | "version" | "subpath" | "qualifier";
  /** The qualifier's name. */
  readonly key?: string;
  /** What the pattern asks for; undefined where it asks that there be none (a namespace). */
  readonly expected?: string;
  /** What the package URL has; undefined where it has none. */
  readonly found?: string;
}

/**
 * Whether a package URL of a VEX document, as a pattern, names this package: type, namespace and name are equal, a
 * version where the pattern has one, and each qualifier that the pattern has. Three spellings of one thing are equal: a
 * `distro` that names a release names its point releases too (`debian-12` covers `debian-12.13`), which other tools miss
 * without a word; a Go version may be written without its `v`; and the `repository_url` of an image is read as a registry
 * and a repository (`docker.io/library` of nginx, `index.docker.io/library/nginx` and `docker.io/nginx` are one).
 * @example
 * ```ts
 * import { matchesPackage } from "../index.ts";
 * matchesPackage("pkg:deb/debian/bash", "pkg:deb/debian/bash@5.2.15-2?arch=amd64"); // true
 * ```
 */
export function matchesPackage(pattern: string, purl: string): boolean {
  const [left, right] = [parsePackageUrl(pattern), parsePackageUrl(purl)];
  return left.ok && right.ok && matchesParsed(left.value, right.value);
}

/** The same for package URLs that are parsed already. */
export function matchesParsed(pattern: PackageUrl, purl: PackageUrl): boolean {
  // Most pairs that are asked about differ in their name.
  return pattern.name === purl.name && differencesOf(pattern, purl).length === 0;
}

const NONE: readonly PurlDifference[] = [];

/** All parts in which a package URL does not fit a pattern, in their order within it. */
export function differencesOf(pattern: PackageUrl, purl: PackageUrl): readonly PurlDifference[] {
  const found: PurlDifference[] = [];
  const compare = (part: "type" | "namespace" | "name", isSame: boolean): void => {
    if (!isSame) found.push(differenceIn(part, pattern[part], purl[part]));
  };
  compare("type", pattern.type === purl.type);
  compare("namespace", pattern.namespace === purl.namespace);
  compare("name", pattern.name === purl.name);
  if (pattern.version !== undefined && !isSameVersion(pattern, purl))
    found.push(differenceIn("version", pattern.version, purl.version));
  for (const [key, value] of Object.entries(pattern.qualifiers)) {
    const own = Object.hasOwn(purl.qualifiers, key) ? purl.qualifiers[key] : undefined;
    if (!isSameQualifier(key, value, own, pattern.type, purl.name))
      found.push({ ...differenceIn("qualifier", value, own), key });
  }
  if (pattern.subpath !== undefined && pattern.subpath !== purl.subpath)
    found.push(differenceIn("subpath", pattern.subpath, purl.subpath));
  return found.length === 0 ? NONE : found;
}

function differenceIn(
  part: PurlDifference["part"],
  expected: string | undefined,
  found: string | undefined,
): PurlDifference {
  return { part, ...(expected === undefined ? {} : { expected }), ...(found === undefined ? {} : { found }) };
}

function isSameVersion(pattern: PackageUrl, purl: PackageUrl): boolean {
  return pattern.version === purl.version || versionKeyOf(pattern) === versionKeyOf(purl);
}

/** Go's modules have no version without the `v`, so that `1.2.3` can only be `v1.2.3`. */
function versionKeyOf({ type, version = "" }: PackageUrl): string {
  return type === "golang" ? version.replace(/^v(?=\d)/, "") : version;
}

function isSameQualifier(key: string, pattern: string, value: string | undefined, type: string, name: string): boolean {
  if (value === undefined) return false;
  if (value === pattern) return true;
  if (key === "distro") return value.startsWith(`${pattern}.`);
  return key === "repository_url" && type === "oci" && repositoryOf(pattern, name) === repositoryOf(value, name);
}

/** Names of Docker Hub's registry. */
const DOCKER_HUB = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

/** Registry and repository of an image; some write the folder above it, and leave the image's own name out. */
function repositoryOf(url: string, name: string): string {
  const segments = url
    .replace(/^https?:\/\//i, "")
    .split("/")
    .filter((segment) => segment !== "");
  const [host = "", ...path] = segments.map((segment) => segment.toLowerCase());
  if (path.at(-1) !== name) path.push(name);
  if (!DOCKER_HUB.has(host)) return [host, ...path].join("/");
  return ["docker.io", ...(path.length === 1 ? ["library"] : []), ...path].join("/");
}

/** What packages are looked up by: type, namespace and name, with or without the version. */
export function packageKeysOf(purl: PackageUrl): { readonly any: string; readonly exact: string } {
  const any = `${purl.type}/${purl.namespace ?? ""}/${purl.name}`;
  return { any, exact: `${any}@${versionKeyOf(purl)}` };
}
