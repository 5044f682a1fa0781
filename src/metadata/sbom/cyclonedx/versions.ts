import type { ComponentKind } from "../sbom.ts";

/** Versions that have a JSON form. */
export const CYCLONEDX_VERSIONS = ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"] as const;
export type CycloneDxVersion = (typeof CYCLONEDX_VERSIONS)[number];

/** Whether text is a version that has a JSON form. */
export function isCycloneDxVersion(text: string): text is CycloneDxVersion {
  return (CYCLONEDX_VERSIONS as readonly string[]).includes(text);
}

/** Whether a version is the given one or a later one. */
export function isSince(version: CycloneDxVersion, first: CycloneDxVersion): boolean {
  return CYCLONEDX_VERSIONS.indexOf(version) >= CYCLONEDX_VERSIONS.indexOf(first);
}

/** The parts of a document whose members changed from version to version. */
export type DocumentPart = "document" | "metadata" | "component";

/** Members that came after 1.2, by the version that they came with. */
const MEMBERS_SINCE: Readonly<Record<DocumentPart, Readonly<Record<string, CycloneDxVersion>>>> = {
  document: {
    compositions: "1.3",
    signature: "1.4",
    vulnerabilities: "1.4",
    annotations: "1.5",
    formulation: "1.5",
    properties: "1.5",
    declarations: "1.6",
    definitions: "1.6",
    citations: "1.7",
  },
  metadata: {
    licenses: "1.3",
    properties: "1.3",
    lifecycles: "1.5",
    manufacturer: "1.6",
    distributionConstraints: "1.7",
  },
  component: {
    evidence: "1.3",
    properties: "1.3",
    releaseNotes: "1.4",
    signature: "1.4",
    data: "1.5",
    modelCard: "1.5",
    authors: "1.6",
    cryptoProperties: "1.6",
    manufacturer: "1.6",
    omniborId: "1.6",
    swhid: "1.6",
    tags: "1.6",
    isExternal: "1.7",
    patentAssertions: "1.7",
    versionRange: "1.7",
  },
};

/** Members whose inside has words that earlier versions do not know, by the last version that brought some. */
const CHANGED_IN: Readonly<Record<DocumentPart, Readonly<Record<string, CycloneDxVersion>>>> = {
  document: {
    annotations: "1.6",
    compositions: "1.5",
    dependencies: "1.6",
    externalReferences: "1.7",
    formulation: "1.7",
    services: "1.7",
    vulnerabilities: "1.7",
  },
  metadata: { tools: "1.5", supplier: "1.6", manufacture: "1.6", authors: "1.5", licenses: "1.7" },
  component: {
    evidence: "1.7",
    externalReferences: "1.7",
    hashes: "1.7",
    licenses: "1.7",
    pedigree: "1.7",
    releaseNotes: "1.7",
    supplier: "1.6",
    data: "1.7",
    modelCard: "1.7",
    cryptoProperties: "1.7",
  },
};

/** Whether a member of a document of one version may stand as it is in a document of another. */
export function fitsVersion(
  part: DocumentPart,
  member: string,
  from: { readonly specVersion: string },
  to: CycloneDxVersion,
): boolean {
  if (isCycloneDxVersion(from.specVersion) && isSince(to, from.specVersion)) return true;
  const since = memberOfTable(MEMBERS_SINCE[part], member) ?? "1.2";
  const changed = memberOfTable(CHANGED_IN[part], member) ?? "1.2";
  return isSince(to, since) && isSince(to, changed);
}

/** Whether a version knows a member at all. */
export function hasMember(part: DocumentPart, member: string, version: CycloneDxVersion): boolean {
  return isSince(version, memberOfTable(MEMBERS_SINCE[part], member) ?? "1.2");
}

function memberOfTable(
  table: Readonly<Record<string, CycloneDxVersion>>,
  member: string,
): CycloneDxVersion | undefined {
  return Object.hasOwn(table, member) ? table[member] : undefined;
}

/** Component types, by the version that they came with; the others are SPDX's. */
const KINDS_SINCE: Readonly<Partial<Record<ComponentKind, CycloneDxVersion>>> = {
  application: "1.2",
  framework: "1.2",
  library: "1.2",
  container: "1.2",
  "operating-system": "1.2",
  device: "1.2",
  firmware: "1.2",
  file: "1.2",
  platform: "1.5",
  "device-driver": "1.5",
  "machine-learning-model": "1.5",
  data: "1.5",
  "cryptographic-asset": "1.6",
};

/** The nearest that a version has for a type that it does not know. */
const NEAREST: Readonly<Partial<Record<ComponentKind, ComponentKind>>> = {
  platform: "application",
  "device-driver": "firmware",
  "machine-learning-model": "file",
  data: "file",
  "cryptographic-asset": "file",
  archive: "file",
  source: "file",
  install: "application",
};

/** The type that a version writes for a kind. */
export function toComponentType(kind: ComponentKind, version: CycloneDxVersion): ComponentKind {
  const since = KINDS_SINCE[kind];
  return since !== undefined && isSince(version, since) ? kind : (NEAREST[kind] ?? "library");
}

/** The kind that a document's word for a type means; undefined for a word that no version has. */
export function toComponentKind(type: string): ComponentKind | undefined {
  return Object.hasOwn(KINDS_SINCE, type) ? (type as ComponentKind) : undefined;
}

const FIRST_REFERENCES =
  "vcs issue-tracker website advisories bom mailing-list social chat documentation support distribution license build-meta build-system other";
const REFERENCES_OF_1_5 =
  "adversary-model attestation certification-report codified-infrastructure component-analysis-report configuration distribution-intake dynamic-analysis-report evidence exploitability-statement formulation log maturity-report model-card pentest-report poam quality-metrics risk-assessment runtime-analysis-report security-contact static-analysis-report threat-model vulnerability-assertion";

/** Types of external references, by the version that they came with. */
const REFERENCES_SINCE: ReadonlyMap<string, CycloneDxVersion> = new Map([
  ...FIRST_REFERENCES.split(" ").map((type) => [type, "1.2"] as const),
  ["release-notes", "1.4"],
  ...REFERENCES_OF_1_5.split(" ").map((type) => [type, "1.5"] as const),
  ...["digital-signature", "electronic-signature", "rfc-9116", "source-distribution"].map(
    (type) => [type, "1.6"] as const,
  ),
  ...["citation", "patent", "patent-assertion", "patent-family"].map((type) => [type, "1.7"] as const),
]);

/** Whether a version has a word for a kind of reference. */
export function hasReferenceType(type: string, version: CycloneDxVersion): boolean {
  const since = REFERENCES_SINCE.get(type);
  return since !== undefined && isSince(version, since);
}
