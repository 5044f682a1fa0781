import { advisoryKeysOf, type Component, type Sbom } from "../metadata/index.ts";

/** What is no package itself, whatever it is made of. */
const NO_PACKAGES: ReadonlySet<Component["kind"]> = new Set(["container", "operating-system", "file"]);

/**
 * An SBOM for matching: with what it describes among its components, where that is a package with advisories of its own
 * (`pkg:golang/golang.org/x/crypto@v0.10.0` as the one package that an SPDX document describes). Else a document that
 * names nothing but a vulnerable package would say that all is well.
 * @example
 * ```ts
 * import { withDescribedPackage } from "./described-package.ts";
 * const subject = {
 *   ref: "a", kind: "library", name: "left", version: "1.0.0", purl: "pkg:npm/left@1.0.0", licenses: [], hashes: [],
 *   locations: [], scope: "production",
 * } as const;
 * const sbom = {
 *   serialNumber: "", createdAt: "", authors: [], tools: [], subject, components: [], dependencies: new Map(), notLookedAt: [],
 * };
 * withDescribedPackage(sbom).components.length; // 1
 * ```
 */
export function withDescribedPackage(sbom: Sbom): Sbom {
  const { subject, components } = sbom;
  if (!isPackage(sbom) || components.some(({ ref, purl }) => ref === subject.ref || purl === (subject.purl ?? "")))
    return sbom;
  return { ...sbom, components: [...components, subject] };
}

function isPackage({ subject, components }: Sbom): boolean {
  if (NO_PACKAGES.has(subject.kind)) return false;
  if (subject.version !== undefined && advisoryKeysOf(subject).length > 0) return true;
  // A library that nobody can identify, and nothing beside it: matching says so.
  return components.length === 0 && subject.kind === "library";
}
