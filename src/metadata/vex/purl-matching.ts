import { type PackageUrl, parsePackageUrl } from "../../artifact/index.ts";

/**
 * Whether a package URL of a VEX document, as a pattern, names this package: type, namespace and name are equal, a
 * version where the pattern has one, and each qualifier that the pattern has. A `distro` qualifier that names a release
 * names its point releases too (`debian-12` covers `debian-12.13`), which other tools miss without a word.
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
  return (
    pattern.type === purl.type &&
    pattern.namespace === purl.namespace &&
    pattern.name === purl.name &&
    (pattern.version === undefined || pattern.version === purl.version) &&
    (pattern.subpath === undefined || pattern.subpath === purl.subpath) &&
    Object.entries(pattern.qualifiers).every(([key, value]) =>
      matchesQualifier(key, value, Object.hasOwn(purl.qualifiers, key) ? purl.qualifiers[key] : undefined),
    )
  );
}

function matchesQualifier(key: string, pattern: string, value: string | undefined): boolean {
  if (value === undefined) return false;
  return value === pattern || (key === "distro" && value.startsWith(`${pattern}.`));
}
