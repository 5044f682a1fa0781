import type { ComponentHash, ComponentKind } from "../sbom.ts";

/** Versions of SPDX 3 that are read; the last is written. */
export const SPDX3_VERSIONS = ["3.0.0", "3.0.1"] as const;
export const SPDX3_VERSION = "3.0.1";
export const SPDX3_CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld";

/** Elements that stand for "none" and for "nobody says" (Core, Individuals). */
export const NONE = "https://spdx.org/rdf/3.0.1/terms/Core/NoneElement";

const KINDS: Readonly<Record<string, ComponentKind>> = {
  application: "application",
  archive: "archive",
  container: "container",
  data: "data",
  device: "device",
  deviceDriver: "device-driver",
  executable: "application",
  file: "file",
  firmware: "firmware",
  framework: "framework",
  install: "install",
  library: "library",
  model: "machine-learning-model",
  module: "library",
  operatingSystem: "operating-system",
  other: "other",
  platform: "platform",
  source: "source",
};

/** The kind that a primary purpose means; undefined where it says nothing that the model has. */
export function kindOfPurpose(purpose: string | undefined): ComponentKind | undefined {
  return purpose !== undefined && Object.hasOwn(KINDS, purpose) ? KINDS[purpose] : undefined;
}

/** The primary purpose of a kind. */
export const PURPOSE_OF_KIND: Readonly<Record<ComponentKind, string>> = {
  application: "application",
  archive: "archive",
  container: "container",
  data: "data",
  device: "device",
  "device-driver": "deviceDriver",
  file: "file",
  firmware: "firmware",
  framework: "framework",
  install: "install",
  library: "library",
  "machine-learning-model": "model",
  "operating-system": "operatingSystem",
  other: "other",
  platform: "platform",
  source: "source",
  "cryptographic-asset": "other",
};

const ALGORITHMS: Readonly<Record<ComponentHash["algorithm"], string>> = {
  MD5: "md5",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
  "SHA3-256": "sha3_256",
  "SHA3-384": "sha3_384",
  "SHA3-512": "sha3_512",
  "BLAKE2b-256": "blake2b256",
  "BLAKE2b-384": "blake2b384",
  "BLAKE2b-512": "blake2b512",
  BLAKE3: "blake3",
};

/** SPDX 3's word for an algorithm. */
export function writeAlgorithm(algorithm: ComponentHash["algorithm"]): string {
  return ALGORITHMS[algorithm];
}

/** The model's word for an algorithm; undefined for one that it does not know. */
export function readAlgorithm(text: string | undefined): string | undefined {
  return Object.entries(ALGORITHMS).find(([, word]) => word === text)?.[0];
}

/** Kinds of references, by the model's words (Core, ExternalRefType). */
const REFERENCE_TYPES: Readonly<Record<string, string>> = {
  website: "altWebPage",
  vcs: "vcs",
  "issue-tracker": "issueTracker",
  advisories: "securityAdvisory",
  "mailing-list": "mailingList",
  social: "socialMedia",
  chat: "chat",
  documentation: "documentation",
  support: "support",
  distribution: "altDownloadLocation",
  license: "license",
  "build-meta": "buildMeta",
  "build-system": "buildSystem",
  "release-notes": "releaseNotes",
  "threat-model": "securityThreatModel",
  "pentest-report": "securityPenTestReport",
  "risk-assessment": "riskAssessment",
  "static-analysis-report": "staticAnalysisReport",
  "dynamic-analysis-report": "dynamicAnalysisReport",
  "runtime-analysis-report": "runtimeAnalysisReport",
  "component-analysis-report": "componentAnalysisReport",
  "certification-report": "certificationReport",
  "quality-metrics": "qualityAssessmentReport",
  other: "other",
};

/** SPDX 3's word for a kind of reference. */
export function writeReferenceType(kind: string): string {
  return Object.hasOwn(REFERENCE_TYPES, kind) ? (REFERENCE_TYPES[kind] ?? "other") : "other";
}

/** The model's word for a type of reference. */
export function readReferenceKind(type: string | undefined): string {
  return Object.entries(REFERENCE_TYPES).find(([, word]) => word === type)?.[0] ?? "other";
}
