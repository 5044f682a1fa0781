import { z } from "zod";
import { finding } from "./images.ts";
import { resultCounts } from "./policies.ts";

const count = z.number().int();
const worst = z.array(z.object({ repository: z.string(), digest: z.string(), reason: z.string() }));

/** The four quadrants, the checklist and what to do first. */
export const overview = z.object({
  artifacts: z.object({ images: count, running: count, unpinned: count, worst }),
  metadata: z.object({ images: count, withSbom: count, freshScan: count, findings: count, answered: count, worst }),
  attestations: z.object({ images: count, signed: count, withProvenance: count, rejected: count, worst }),
  policies: z.object({
    ready: count,
    refused: count,
    results: resultCounts,
    denied: count,
    allowed: count,
    deniedLastDay: count,
  }),
  doFirst: z.array(finding),
  namespaces: z.array(
    z.object({
      cluster: z.string(),
      namespace: z.string(),
      images: count,
      evidence: count,
      vexAnswers: count,
      freshScan: count,
      noOpenHigh: count,
      sbomFormat: count,
    }),
  ),
  newest: z.object({
    scan: z.string().optional(),
    check: z.string().optional(),
    admission: z.string().optional(),
  }),
});
