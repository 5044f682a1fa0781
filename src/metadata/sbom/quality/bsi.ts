import { partiesOf } from "../parties.ts";
import type { Component, ComponentHash } from "../sbom.ts";
import {
  areExpressions,
  danglingReferences,
  documentPartiesOf,
  hasIdentifier,
  isReachable,
  isTime,
  isUri,
  isUrl,
  propertyOf,
  referencesOf,
  statedCompleteness,
  tellsVulnerabilities,
} from "./facts.ts";
import { NTIA_GENEROUS } from "./ntia.ts";
import type { ElementNeed, ElementRule, QualityInput } from "./quality.ts";

const shared = (id: string): ElementRule => {
  const found = NTIA_GENEROUS.find((rule) => rule.id === id);
  if (found === undefined) throw new Error(`the NTIA has no element ${id}`);
  return found;
};

function isAllowedFormat({ decoded: { format, specVersion } }: QualityInput): boolean {
  const [major = 0, minor = 0] = specVersion.split(".").map(Number);
  return format === "CycloneDX" ? major > 1 || minor >= 6 : major >= 3;
}

function hasStrongHash(hashes: readonly ComponentHash[]): boolean {
  return hashes.some(({ algorithm }) => algorithm === "SHA-512");
}

/** Targets of all dependencies, asked for once for each document. */
const targets = new WeakMap<QualityInput, ReadonlySet<string>>();

/**
 * Whether the document says what a component depends on. One that others depend on and that states nothing is a leaf, and
 * so is the only one.
 */
function isRelated({ ref }: Component, input: QualityInput): boolean {
  if (input.components.length === 1 && input.decoded.sbom.components.length === 0) return true;
  const { dependencies } = input.decoded.sbom;
  const found = targets.get(input) ?? new Set([...dependencies.values()].flat());
  targets.set(input, found);
  return dependencies.has(ref) || found.has(ref);
}

/** A property of the BSI's own taxonomy: the words that it may have; `true` and `false` are understood, too. */
function property(id: string, name: string, words: readonly string[]): ElementRule {
  const key = `bsi:component:${id}`;
  const allowed = new Set([...words, "true", "false"]);
  return {
    id: `${id}-property`,
    name,
    of: "component",
    need: "required",
    fix: `Say of each component whether it is so, as the property ${key}.`,
    set: `properties: { "${key}": "${words[0] ?? ""}" }`,
    has: (component) => allowed.has(propertyOf(component, key) ?? ""),
  };
}

/** An address that a component's references have. */
function reference(id: string, name: string, need: ElementNeed, kinds: readonly string[]): ElementRule {
  return {
    id,
    name,
    of: "component",
    need,
    fix: `Give each component a reference of the type ${kinds[0] ?? ""}, where there is one.`,
    set: `references: { ${kinds[0] ?? ""}: "https://ADDRESS" }`,
    has: (component) => referencesOf(component, ...kinds).some(({ url }) => isUrl(url)),
  };
}

const DOCUMENT_RULES: readonly ElementRule[] = [
  {
    id: "format",
    name: "SBOM format",
    of: "document",
    need: "required",
    fix: "Write the SBOM as CycloneDX 1.6 or later, or as SPDX 3.0.1 or later: `amap sbom convert -o cyclonedx-json@1.6`.",
    has: (input) => isAllowedFormat(input),
  },
  {
    id: "sbom-creator",
    name: "Creator of the SBOM",
    of: "document",
    need: "required",
    fix: "Give an email address of who made the SBOM, or a page.",
    set: 'author: { name: "NAME", email: "ADDRESS" }',
    has: ({ decoded: { sbom } }) => documentPartiesOf(sbom).some((party) => isReachable(party)),
  },
  {
    id: "sbom-timestamp",
    name: "Timestamp",
    of: "document",
    need: "required",
    fix: "State when the SBOM was made, as an RFC 3339 time.",
    has: ({ decoded: { sbom } }) => isTime(sbom.createdAt),
  },
  {
    id: "dependencies-resolve",
    name: "Dependencies are components of the SBOM",
    of: "document",
    need: "required",
    fix: "List each component that others depend on, or take the dependency out.",
    has: ({ decoded }) => danglingReferences(decoded).length === 0,
  },
  {
    id: "dependencies-complete",
    name: "Completeness of the dependencies",
    of: "document",
    need: "required",
    fix: "State how complete the dependencies are: complete, incomplete or unknown (CycloneDX: compositions).",
    has: ({ decoded }) => statedCompleteness(decoded).length > 0,
  },
  {
    id: "no-vulnerabilities",
    name: "No vulnerability information",
    of: "document",
    need: "required",
    fix: "Tell of vulnerabilities in a document of its own: CSAF or VEX.",
    has: ({ decoded }) => !tellsVulnerabilities(decoded),
  },
  {
    id: "sbom-uri",
    name: "SBOM-URI",
    of: "document",
    need: "additional",
    fix: "Give the SBOM a serial number or namespace that is a URI.",
    has: ({ decoded: { sbom } }) => isUri(sbom.serialNumber),
  },
];

const COMPONENT_RULES: readonly ElementRule[] = [
  {
    id: "component-creator",
    name: "Component creator",
    of: "component",
    need: "required",
    fix: "Give an email address of who makes each component, or a page.",
    set: 'manufacturer: { name: "NAME", url: "https://ADDRESS" }',
    has: (component) => partiesOf(component).some((party) => isReachable(party)),
  },
  shared("component-name"),
  shared("component-version"),
  {
    id: "filename",
    name: "Filename of the component",
    of: "component",
    need: "required",
    fix: "Name the file of each component, as the property bsi:component:filename.",
    set: 'properties: { "bsi:component:filename": "FILE" }',
    has: (component) => propertyOf(component, "bsi:component:filename") !== undefined,
  },
  {
    id: "dependencies",
    name: "Dependencies on other components",
    of: "component",
    need: "required",
    fix: "State what each component depends on; an empty list where it is nothing.",
    has: (component, input) => isRelated(component, input),
  },
  {
    id: "distribution-licences",
    name: "Distribution licences",
    of: "component",
    need: "required",
    fix: "State under which licence each component may be used, as an SPDX expression that is acknowledged as concluded.",
    set: 'concludedLicenses: "SPDX EXPRESSION"',
    has: ({ concludedLicenses = [] }) => areExpressions(concludedLicenses),
  },
  {
    id: "deployable-hash",
    name: "Hash value of the deployable component",
    of: "component",
    need: "required",
    fix: "State the SHA-512 of the file that is deployed, at a reference of the type distribution.",
    set: 'distribution: { url: "https://ADDRESS", SHA-512: "HEX" }',
    has: (component) => referencesOf(component, "distribution").some(({ hashes }) => hasStrongHash(hashes)),
  },
  property("executable", "Executable property", ["executable", "non-executable"]),
  property("archive", "Archive property", ["archive", "no archive"]),
  property("structured", "Structured property", ["structured", "unstructured"]),
  reference("source-uri", "Source code URI", "additional", ["source-distribution", "vcs"]),
  reference("deployable-uri", "URI of the deployable form", "additional", ["distribution"]),
  {
    id: "other-identifiers",
    name: "Other unique identifiers",
    of: "component",
    need: "additional",
    fix: "Give each component a package URL, a CPE or a SWID tag, where there is one.",
    set: 'purl: "pkg:TYPE/NAME@{version}"',
    has: (component) => hasIdentifier(component),
  },
  {
    id: "original-licences",
    name: "Original licences",
    of: "component",
    need: "additional",
    fix: "State the licence that each component's creator gave it, as an SPDX expression.",
    set: 'licenses: "SPDX EXPRESSION"',
    has: ({ licenses }) => areExpressions(licenses),
  },
  {
    id: "effective-licence",
    name: "Effective licence",
    of: "component",
    need: "optional",
    fix: "State under which licence you use each component, as the property bsi:component:effectiveLicense.",
    set: 'properties: { "bsi:component:effectiveLicense": "SPDX EXPRESSION" }',
    has: (component) =>
      areExpressions([
        propertyOf(component, "bsi:component:effectiveLicense") ??
          propertyOf(component, "bsi:component:effectiveLicence") ??
          "",
      ]),
  },
  {
    id: "source-hash",
    name: "Hash value of the source code",
    of: "component",
    need: "optional",
    fix: "State the SHA-512 of the source code, at a reference of the type source-distribution.",
    has: (component) => referencesOf(component, "source-distribution").some(({ hashes }) => hasStrongHash(hashes)),
  },
  reference("security-txt", "URL of the security.txt", "optional", ["rfc-9116"]),
];

/**
 * The BSI's technical guideline TR-03183-2, version 2.1.0, by its mapping to CycloneDX. What a component is (a logical one
 * needs less) is not told in a document, so that all are judged as wholly described ones.
 * @see https://bsi.bund.de/dok/TR-03183-en
 */
export const BSI_TR_03183: readonly ElementRule[] = [...DOCUMENT_RULES, ...COMPONENT_RULES];
