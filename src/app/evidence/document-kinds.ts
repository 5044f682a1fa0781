import { predicateTypeUris } from "../../attestation/index.ts";
import type { EvidenceKind } from "../../policy/index.ts";

/** Kinds of documents that amap reads as evidence. */
export type DocumentKind = Exclude<EvidenceKind, "signature" | "other">;

/** Predicate types of the documents that amap reads, by any of their URIs. A CycloneDX document may hold analyses, too. */
const KINDS: ReadonlyMap<string, readonly [DocumentKind, ...DocumentKind[]]> = new Map(
  (
    [
      ["cyclonedx", ["sbom", "vex"]],
      ["spdx", ["sbom"]],
      ["vuln", ["scan"]],
      ["vulns", ["scan"]],
      ["openvex", ["vex"]],
      ["csaf", ["vex"]],
      ["slsaprovenance1", ["provenance"]],
      ["sast", ["sast"]],
      ["review", ["review"]],
      ["riskacceptance", ["acceptance"]],
    ] as const
  ).flatMap(([name, kinds]) => predicateTypeUris(name).map((uri) => [uri, kinds] as const)),
);

/** The kinds of documents that an attestation of a predicate type can hold, the one it is named for first. */
export function documentKindsOf(predicateType: string): readonly DocumentKind[] {
  return KINDS.get(predicateType) ?? [];
}

/** The kind of document that a predicate type stands for; undefined for one that amap does not read. */
export function documentKindOf(predicateType: string): DocumentKind | undefined {
  return documentKindsOf(predicateType)[0];
}
