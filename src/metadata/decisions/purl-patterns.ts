import { type PackageUrl, parsePackageUrl } from "../../artifact/index.ts";
import { matchesParsed } from "../vex/purl-matching.ts";

/** Package URLs of a scope as patterns, parsed once and found by the package that they name. */
export class PurlPatterns {
  readonly #byPackage = new Map<string, PackageUrl[]>();

  constructor(purls: readonly string[]) {
    for (const text of purls) {
      const purl = parsePurl(text);
      if (purl === undefined) continue;
      const key = packageKey(purl);
      const listed = this.#byPackage.get(key);
      if (listed === undefined) this.#byPackage.set(key, [purl]);
      else listed.push(purl);
    }
  }

  /** Whether one of the patterns names this package. */
  matches(purl: PackageUrl): boolean {
    return this.#byPackage.get(packageKey(purl))?.some((pattern) => matchesParsed(pattern, purl)) === true;
  }

  /** All patterns. */
  *[Symbol.iterator](): Iterator<PackageUrl> {
    for (const patterns of this.#byPackage.values()) yield* patterns;
  }
}

/** What a package is called, without version and qualifiers. */
export function packageKey({ type, namespace, name }: PackageUrl): string {
  return `${type}\n${namespace ?? ""}\n${name}`;
}

/** Undefined for what is no package URL. */
export function parsePurl(text: string): PackageUrl | undefined {
  const parsed = parsePackageUrl(text);
  return parsed.ok ? parsed.value : undefined;
}

/**
 * Whether a text is a package URL that names what it may: one whose version or qualifier was left empty (`pkg:npm/a@`, by a
 * template without its value) would speak of every version.
 */
export function isPurlPattern(text: string): boolean {
  return parsePurl(text) !== undefined && !/@(?=$|[?#])|=(?=$|[&#])/.test(text);
}

/** Whether something could match two patterns of one package. */
export function mayMeanSame(a: PackageUrl, b: PackageUrl): boolean {
  if (a.version !== undefined && b.version !== undefined && a.version !== b.version) return false;
  if (a.subpath !== undefined && b.subpath !== undefined && a.subpath !== b.subpath) return false;
  for (const key in a.qualifiers) {
    if (!Object.hasOwn(a.qualifiers, key) || !Object.hasOwn(b.qualifiers, key)) continue;
    const [one = "", other = ""] = [a.qualifiers[key], b.qualifiers[key]];
    // A release stands for its point releases too, as in `matchesPackage`.
    if (one !== other && !one.startsWith(`${other}.`) && !other.startsWith(`${one}.`)) return false;
  }
  return true;
}
