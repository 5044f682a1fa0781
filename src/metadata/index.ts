/** The door of `metadata`: the models and codecs of every document about an artifact. */
export type { Provenance, ResourceDescriptor } from "./provenance/provenance.ts";
export type { Component, ComponentHash, DecodedSbom, NotLookedAt, Sbom, SbomFormat } from "./sbom/sbom.ts";
export type { VexDocument, VexJustification, VexProduct, VexStatement, VexStatus } from "./vex/vex.ts";
export type {
  Advisory,
  AdvisoryRange,
  AffectedPackage,
  Finding,
  Scan,
  Severity,
} from "./vulnerability/vulnerability.ts";
