import { compareText, decodeBase64, encodeHex, isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import { readAllLicenses } from "../../licenses.ts";
import type { ComponentHash } from "../../sbom.ts";

/** Members that package.json and a lock file's entries have in common. */
const NEEDS = ["dependencies", "optionalDependencies", "peerDependencies"];

/** A string member, or undefined when it is missing, empty or something else. */
export function textMember(value: Value | undefined, key: string): string | undefined {
  const member = memberOf(value, key);
  return typeof member === "string" && member !== "" ? member : undefined;
}

/** Names of the packages that an entry asks for at run time, and with `development` of those it is built with. */
export function readNeeds(entry: Value | undefined, development: boolean): readonly string[] {
  const names = new Set<string>();
  for (const key of development ? [...NEEDS, "devDependencies"] : NEEDS) {
    const needs = memberOf(entry, key);
    if (isValueObject(needs)) for (const name of Object.keys(needs)) names.add(name);
  }
  return [...names];
}

/**
 * The licences of a package.json in every form that was ever allowed: an expression, `{type}`, or the old list, whose
 * entries are a choice.
 */
export function readPackageLicenses(manifest: Value | undefined): readonly string[] {
  const license = memberOf(manifest, "license") ?? memberOf(manifest, "licence");
  const stated = licenseWords(license);
  if (stated.length > 0) return readAllLicenses(stated);
  const list = memberOf(manifest, "licenses");
  const words = Array.isArray(list) ? list.flatMap((item: Value) => licenseWords(item)) : licenseWords(list);
  return readAllLicenses(words.length > 1 ? [words.join(" OR ")] : words);
}

function licenseWords(value: Value | undefined): readonly string[] {
  if (typeof value === "string") return value.trim() === "" ? [] : [value];
  if (Array.isArray(value)) return value.flatMap((item: Value) => licenseWords(item));
  const type = textMember(value, "type") ?? textMember(value, "name");
  return type === undefined ? [] : [type];
}

const ALGORITHMS = new Map<string, { readonly algorithm: ComponentHash["algorithm"]; readonly length: number }>([
  ["sha1", { algorithm: "SHA-1", length: 20 }],
  ["sha256", { algorithm: "SHA-256", length: 32 }],
  ["sha384", { algorithm: "SHA-384", length: 48 }],
  ["sha512", { algorithm: "SHA-512", length: 64 }],
]);

/**
 * The hashes in an `integrity` member (W3C Subresource Integrity §3.5): `sha512-BASE64?option`, several with spaces
 * between. They are of the package's tarball. A malformed one is left out: it proves nothing.
 */
export function readIntegrity(integrity: string | undefined): readonly ComponentHash[] {
  const hashes = new Map<string, ComponentHash>();
  for (const token of (integrity ?? "").split(/\s+/)) {
    const dash = token.indexOf("-");
    const known = ALGORITHMS.get(token.slice(0, Math.max(dash, 0)));
    const bytes = decodeBase64(token.slice(dash + 1).split("?")[0] ?? "");
    if (known === undefined || bytes?.length !== known.length) continue;
    const hash = { algorithm: known.algorithm, value: encodeHex(bytes) };
    hashes.set(`${hash.algorithm} ${hash.value}`, hash);
  }
  return [...hashes.values()].sort((a, b) => compareText(a.algorithm, b.algorithm));
}
