import { z } from "zod";
import { decision, ruleStatus } from "./decisions.ts";
import { flag, name, page, pageQuery, search } from "./pages.ts";

export const admissionSummary = z
  .object({
    id: z.string(),
    at: z.string(),
    cluster: z.string(),
    operation: z.enum(["CREATE", "UPDATE", "DELETE", "CONNECT"]),
    kind: z.string(),
    namespace: z.string().optional(),
    name: z.string(),
    user: z.string(),
    allowed: z.boolean(),
    dryRun: z.boolean(),
    durationMs: z.number(),
    message: z.string().optional(),
    replayable: z.boolean(),
  })
  .meta({ id: "AdmissionSummary" });

export const admissions = page(admissionSummary);

export const admissionDetail = admissionSummary.extend({
  policies: z.array(z.object({ name: z.string(), digest: z.string() })),
  decision,
  object: z.unknown().optional().describe("The object that was asked about, Secrets' values left out."),
  notReplayable: z.string().optional(),
});

/** A stored decision made again from its policies, its input and its facts. */
export const explanation = z.object({
  id: z.string(),
  outcome: z.enum(["same", "different", "impossible"]),
  message: z.string().describe("What the outcome means, or why it is impossible."),
  decision: decision.optional().describe("As it was made again."),
  rules: z.array(
    z.object({
      policy: z.string(),
      rule: z.string(),
      status: ruleStatus,
      message: z.string().optional(),
      code: z.string().optional(),
      expression: z.string().optional().describe("The rule's CEL."),
      evidence: z.array(z.unknown()).describe("What the rule looked at."),
    }),
  ),
  facts: z.array(
    z.object({
      kind: z.string(),
      image: z.string().optional(),
      ok: z.boolean(),
      code: z.string().optional(),
      message: z.string().optional(),
    }),
  ),
});

export const admissionQuery = z.strictObject({
  ...pageQuery,
  cluster: name.optional(),
  allowed: flag,
  namespace: name.optional(),
  kind: name.optional(),
  user: name.optional(),
  search,
});
