import { documentPartiesOf, hasParty, isNamed, isTime, statedCompleteness } from "./facts.ts";
import type { ElementRule, QualityInput } from "./quality.ts";

/** Whether the subject states at least one dependency, or the document how complete it is. */
export function statesDependencies({ decoded }: QualityInput): boolean {
  const { sbom } = decoded;
  const isAbout = sbom.subject.name !== "" && (decoded.format !== "SPDX" || sbom.subject.ref !== "DOCUMENT");
  const direct = isAbout ? (sbom.dependencies.get(sbom.subject.ref) ?? []) : [];
  return direct.length > 0 || statedCompleteness(decoded).length > 0;
}

/**
 * The NTIA's minimum elements of 2021 as sbomqs reads them: the supplier may be the manufacturer or SPDX's originator, the
 * author a tool or the supplier of the document, and identifiers count only where there are some.
 * @see https://www.ntia.gov/report/2021/minimum-elements-software-bill-materials-sbom
 */
export const NTIA_GENEROUS: readonly ElementRule[] = [
  {
    id: "component-supplier",
    name: "Supplier name",
    of: "component",
    need: "required",
    fix: "Name the supplier of each component.",
    set: 'supplier: { name: "NAME" }',
    has: (component) => hasParty(component, "supplier", "manufacturer", "originator"),
  },
  {
    id: "component-name",
    name: "Component name",
    of: "component",
    need: "required",
    fix: "Name each component.",
    has: ({ name }) => name.trim() !== "",
  },
  {
    id: "component-version",
    name: "Version of the component",
    of: "component",
    need: "required",
    fix: "State the version of each component.",
    set: 'version: "VERSION"',
    has: ({ version }) => (version ?? "").trim() !== "",
  },
  {
    id: "component-identifier",
    name: "Other unique identifiers",
    of: "component",
    need: "required",
    fix: "Give each component a package URL or a CPE.",
    set: 'purl: "pkg:TYPE/NAME@{version}"',
    has: ({ purl, cpes }, { components }) => {
      if (purl !== undefined || (cpes ?? []).length > 0) return true;
      return components.some((other) => other.purl !== undefined || (other.cpes ?? []).length > 0) ? false : undefined;
    },
  },
  {
    id: "dependency-relationship",
    name: "Dependency relationship",
    of: "document",
    need: "required",
    fix: "State what the software that the SBOM describes depends on, or how complete the SBOM is.",
    has: (input) => statesDependencies(input),
  },
  {
    id: "sbom-author",
    name: "Author of SBOM data",
    of: "document",
    need: "required",
    fix: "Name who made the SBOM: a person, an organisation or a tool.",
    set: 'author: { name: "NAME" }',
    has: ({ decoded: { sbom } }) =>
      sbom.tools.some(({ name }) => name !== "") || documentPartiesOf(sbom).some((party) => isNamed(party)),
  },
  {
    id: "sbom-timestamp",
    name: "Timestamp",
    of: "document",
    need: "required",
    fix: "State when the SBOM was made, as an RFC 3339 time.",
    has: ({ decoded: { sbom } }) => isTime(sbom.createdAt),
  },
];
