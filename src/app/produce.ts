import type { Value } from "../base/index.ts";
import {
  COSIGN_VULN_PREDICATE_TYPE,
  encodeCosignVuln,
  encodeCycloneDx,
  encodeOpenVex,
  encodeProvenance,
  encodeRiskAcceptances,
  encodeSpdx,
  type JudgedDecision,
  type Provenance,
  RISK_ACCEPTANCE_PREDICATE_TYPE,
  type RiskAcceptance,
  type Sbom,
  type Scan,
  type VexDocument,
} from "../metadata/index.ts";
import type { AdvisoryDatabase, Signer } from "../ports/index.ts";
import { generateImageSbom } from "./artifacts/generate-sbom.ts";
import { attestImage, type StorageForm, signImage } from "./attachments/attach.ts";
import { decisionsFor, type GivenDecisions } from "./decisions/given-decisions.ts";
import { toJsonBytes } from "./documents.ts";
import type { OpenImage } from "./open-image.ts";
import { predicateTypeOf } from "./predicates.ts";
import type { Tool } from "./sbom.ts";
import { scanSbom } from "./scan.ts";
import { describeDecisions } from "./vex.ts";
import type { World } from "./world.ts";

/** All documents about one image. */
export interface ImageDocuments {
  readonly sbom: Sbom;
  readonly scan: Scan;
  readonly vex: VexDocument;
  readonly provenance?: Provenance;
  /** Risks that are taken; none where no decision says so. */
  readonly acceptances: readonly RiskAcceptance[];
  /** What comes of each entry of a decision file. */
  readonly judged?: readonly JudgedDecision[];
}

/** What documents are made from. */
export interface ProduceInput {
  readonly tool: Tool;
  readonly database: AdvisoryDatabase;
  readonly vexAuthor: string;
  readonly decisions: GivenDecisions;
  readonly provenance?: Provenance;
}

/**
 * Makes SBOM, scan and VEX of an image; provenance is given by the one who built it.
 * @throws {AmapError} of the steps
 */
export async function produceDocuments(world: World, image: OpenImage, input: ProduceInput): Promise<ImageDocuments> {
  const sbom = await generateImageSbom(world, image, input.tool);
  const scan = await scanSbom(world, sbom, input.database, input.tool);
  const { purl } = sbom.subject;
  const product = { purls: purl === undefined ? [] : [purl], digests: [image.descriptor.digest] };
  const { decisions, ...decided } = decisionsFor(world, input.decisions, { product, scan });
  const vex = describeDecisions(world, {
    scan,
    product,
    author: input.vexAuthor,
    decisions,
    tooling: `${input.tool.name} ${input.tool.version}`,
  });
  return { sbom, scan, vex, ...decided, ...(input.provenance === undefined ? {} : { provenance: input.provenance }) };
}

/** One document as predicate: its type and content. */
export interface PredicateOf {
  readonly name: "provenance" | "sbom" | "scan" | "vex" | "risk acceptances";
  readonly predicateType: string;
  readonly predicate: Value;
}

/** The predicates that are attested for an image: provenance, SBOM (CycloneDX), scan, VEX, and risks that are taken. */
export function predicatesOf(documents: ImageDocuments): readonly PredicateOf[] {
  return [
    ...(documents.provenance === undefined
      ? []
      : [
          {
            name: "provenance" as const,
            predicateType: predicateTypeOf("slsaprovenance1"),
            predicate: encodeProvenance(documents.provenance),
          },
        ]),
    { name: "sbom", predicateType: predicateTypeOf("cyclonedx"), predicate: encodeCycloneDx(documents.sbom) },
    { name: "scan", predicateType: COSIGN_VULN_PREDICATE_TYPE, predicate: encodeCosignVuln(documents.scan) },
    { name: "vex", predicateType: predicateTypeOf("openvex"), predicate: encodeOpenVex(documents.vex) },
    ...(documents.acceptances.length === 0
      ? []
      : [
          {
            name: "risk acceptances" as const,
            predicateType: RISK_ACCEPTANCE_PREDICATE_TYPE,
            predicate: encodeRiskAcceptances(documents.acceptances),
          },
        ]),
  ];
}

/**
 * Signs an image and attests its documents, each in the given storage forms.
 * @throws {AmapError} of the storage
 */
export async function attachDocuments(
  world: World,
  image: OpenImage,
  signer: Signer,
  predicates: readonly PredicateOf[],
  forms: readonly StorageForm[],
): Promise<void> {
  await signImage(world, image, signer, { forms });
  for (const { predicateType, predicate } of predicates)
    await attestImage(world, image, signer, { predicateType, predicate, forms });
}

/** Writes the documents as files into a folder, the SBOM in both formats; returns their names. */
export async function writeDocuments(
  world: World,
  documents: ImageDocuments,
  directory: string,
): Promise<readonly string[]> {
  const files: readonly (readonly [string, Value])[] = [
    ["sbom.cdx.json", encodeCycloneDx(documents.sbom)],
    ["sbom.spdx.json", encodeSpdx(documents.sbom)],
    ["scan.json", encodeCosignVuln(documents.scan)],
    ["vex.json", encodeOpenVex(documents.vex)],
    ...(documents.acceptances.length === 0
      ? []
      : [["risk-acceptances.json", encodeRiskAcceptances(documents.acceptances)] as const]),
    ...(documents.provenance === undefined
      ? []
      : [["provenance.json", encodeProvenance(documents.provenance)] as const]),
  ];
  await world.files.makeDirectory(directory);
  for (const [name, value] of files) await world.files.write(`${directory}/${name}`, toJsonBytes(value));
  return files.map(([name]) => name);
}
