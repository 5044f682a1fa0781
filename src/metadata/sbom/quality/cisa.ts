import { documentPartiesOf, hasIdentifier, hasParty, isNamed, isTime, reachedFromSubject } from "./facts.ts";
import { NTIA_GENEROUS, statesDependencies } from "./ntia.ts";
import type { ElementRule, QualityInput } from "./quality.ts";

const shared = (id: string): ElementRule => {
  const found = NTIA_GENEROUS.find((rule) => rule.id === id);
  if (found === undefined) throw new Error(`the NTIA has no element ${id}`);
  return found;
};

/** Who is reached from the subject, asked for once for each document. */
const reached = new WeakMap<QualityInput, ReadonlySet<string>>();

function isReached(ref: string, input: QualityInput): boolean {
  const found = reached.get(input) ?? reachedFromSubject(input.decoded);
  reached.set(input, found);
  return found.has(ref);
}

/**
 * The minimum elements that CISA proposed in August 2025, by what a document itself can show.
 * @see https://www.cisa.gov/resources-tools/resources/2025-minimum-elements-software-bill-materials-sbom
 */
export const CISA_2025: readonly ElementRule[] = [
  {
    id: "sbom-author",
    name: "SBOM author",
    of: "document",
    need: "required",
    fix: "Name the person or organisation that made the SBOM; a tool is no author.",
    set: 'author: { name: "NAME" }',
    has: ({ decoded: { sbom } }) =>
      documentPartiesOf(sbom).some((party) => party.kind !== "tool" && party.role !== "supplier" && isNamed(party)),
  },
  {
    id: "software-producer",
    name: "Software producer",
    of: "component",
    need: "required",
    fix: "Name who creates each component.",
    set: 'supplier: { name: "NAME" }',
    has: (component) => hasParty(component, "manufacturer", "originator", "supplier", "author"),
  },
  shared("component-name"),
  shared("component-version"),
  {
    id: "software-identifiers",
    name: "Software identifiers",
    of: "component",
    need: "required",
    fix: "Give each component a package URL, a CPE or a SWID tag.",
    set: 'purl: "pkg:TYPE/NAME@{version}"',
    has: (component) => hasIdentifier(component),
  },
  {
    id: "component-hash",
    name: "Component hash",
    of: "component",
    need: "required",
    fix: "State a hash of each component with its algorithm.",
    set: 'hashes: { SHA-256: "HEX" }',
    has: ({ hashes }) => hashes.length > 0,
  },
  {
    id: "component-license",
    name: "License",
    of: "component",
    need: "required",
    fix: "State the licence of each component.",
    set: 'licenses: "SPDX EXPRESSION"',
    has: ({ licenses, concludedLicenses = [] }) => licenses.length > 0 || concludedLicenses.length > 0,
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
    id: "coverage",
    name: "Coverage",
    of: "component",
    need: "required",
    fix: "State how each component is reached from the software that the SBOM describes, by dependencies or as a part.",
    has: ({ ref }, input) => isReached(ref, input),
  },
  {
    id: "tool-name",
    name: "Tool name",
    of: "document",
    need: "required",
    fix: "Name the tool that made the SBOM.",
    has: ({ decoded: { sbom } }) => sbom.tools.some(({ name }) => name.trim() !== ""),
  },
  {
    id: "generation-context",
    name: "Generation context",
    of: "document",
    need: "required",
    fix: "State when in the software's life the SBOM was made: before, while or after it was built.",
    set: "lifecycles: [build]",
    has: ({ decoded: { sbom } }) => (sbom.lifecycles ?? []).length > 0,
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
