import { z } from "zod";
import { flag, name, page, pageQuery, search } from "./pages.ts";

export const severity = z.enum(["critical", "high", "medium", "low", "none", "unknown"]);

/** Findings by severity; absent is zero. */
export const severityCounts = z.partialRecord(severity, z.number().int());

const identity = { repository: z.string(), digest: z.string() };

export const imageSummary = z
  .object({
    ...identity,
    tags: z.array(z.string()),
    platforms: z.number().int(),
    firstSeenAt: z.string(),
    observedAt: z.string(),
    running: z.number().int().describe("Resources that name it now."),
    verdict: z.enum(["allowed", "denied", "unknown"]),
    signed: z.boolean(),
    provenance: z.boolean(),
    vex: z.boolean(),
    sbom: z.string().optional().describe("Format and version of a verified SBOM."),
    scannedAt: z.string().optional(),
    rejected: z.number().int(),
    findings: severityCounts.describe("All findings."),
    open: severityCounts.describe("Findings that no statement answers."),
    fixable: z.number().int(),
  })
  .meta({ id: "ImageSummary" });

export const imageDocument = z
  .object({
    id: z.string(),
    kind: z.enum(["signature", "sbom", "scan", "vex", "provenance", "attestation"]),
    status: z.enum(["verified", "rejected", "unreadable"]),
    code: z.string().optional(),
    message: z.string().optional(),
    predicateType: z.string().optional(),
    signer: z.string().optional(),
    keyId: z.string().optional(),
    timeSource: z.string().optional(),
    statedAt: z.string().optional(),
    form: z.string(),
    subject: z.string().optional(),
    summary: z.string(),
  })
  .meta({ id: "ImageDocument" });

/** One station of an image's way from source to cluster. */
export const chainNode = z.object({
  id: z.string(),
  kind: z.enum([
    "source",
    "build",
    "image",
    "platform",
    "signature",
    "sbom",
    "scan",
    "vex",
    "provenance",
    "attestation",
    "workload",
  ]),
  label: z.string(),
  status: z
    .enum(["verified", "rejected", "unreadable", "stated", "allowed", "denied"])
    .describe("`stated`: a verified document says so, nothing else proves it."),
  details: z.array(z.object({ name: z.string(), value: z.string() })),
  document: z.string().optional().describe("The document's id, where the node is one."),
});

/** The way as a graph: edges lead from what was there before to what came of it or speaks about it. */
export const chain = z
  .object({
    nodes: z.array(chainNode),
    edges: z.array(z.object({ from: z.string(), to: z.string() })),
  })
  .meta({ id: "Chain" });

export const imageDetail = imageSummary.extend({
  platformDigests: z.array(z.string()),
  documents: z.array(imageDocument),
  uses: z.array(
    z.object({
      cluster: z.string(),
      kind: z.string(),
      namespace: z.string().optional(),
      name: z.string(),
      allowed: z.boolean(),
      checkedAt: z.string(),
      image: z.string(),
    }),
  ),
  chain,
});

export const finding = z
  .object({
    ...identity,
    vulnerability: z.string(),
    aliases: z.array(z.string()),
    purl: z.string(),
    component: z.string(),
    version: z.string(),
    severity,
    score: z.number().optional(),
    fixedVersions: z.array(z.string()),
    statement: z
      .object({
        status: z.string(),
        justification: z.string().optional(),
        impactStatement: z.string().optional(),
        actionStatement: z.string().optional(),
        timestamp: z.string(),
        author: z.string(),
        documentId: z.string(),
        signer: z.string().optional(),
      })
      .optional()
      .describe("The VEX statement that decides it; absent when nobody speaks about it."),
    answered: z.boolean(),
    unmatched: z.number().int(),
    running: z.number().int(),
  })
  .meta({ id: "Finding" });

export const imageQuery = z.strictObject({
  ...pageQuery,
  search,
  namespace: name.optional(),
  running: flag,
  verdict: z.enum(["allowed", "denied", "unknown"]).optional(),
  missing: z.enum(["signature", "sbom", "scan", "vex", "provenance"]).optional(),
  severity: severity.optional(),
});

export const findingQuery = z.strictObject({
  ...pageQuery,
  image: name.optional().describe("REPOSITORY@DIGEST"),
  search,
  severity: severity.optional(),
  state: z.enum(["open", "answered"]).optional(),
  fixable: flag,
});

export const images = page(imageSummary);
export const findings = page(finding);
/** A document with its predicate as it was signed. */
export const documentContent = imageDocument.extend({ predicate: z.unknown().optional() });
