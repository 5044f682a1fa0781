import { z } from "zod";

export const ruleStatus = z.enum(["pass", "fail", "error", "warn", "skip"]);

export const rule = z.object({
  policy: z.string(),
  rule: z.string(),
  status: ruleStatus,
  message: z.string().optional(),
  code: z.string().optional(),
});

/** A decision about one resource, the same from `amap check`, the webhook and the background scan. */
export const decision = z
  .object({
    resource: z.string(),
    allowed: z.boolean(),
    images: z.array(
      z.object({
        image: z.string(),
        digest: z.string(),
        platforms: z.number().int(),
        evidence: z.array(
          z.object({
            kind: z.enum(["signature", "attestation"]),
            predicateType: z.string().optional(),
            signer: z.string(),
            timeSource: z.string(),
            statedAt: z.string().optional(),
            form: z.string(),
            manifest: z.string(),
          }),
        ),
        rejected: z.array(
          z.object({
            kind: z.string(),
            code: z.string(),
            message: z.string(),
            manifest: z.string(),
            predicateType: z.string().optional(),
          }),
        ),
        findings: z.record(z.string(), z.number()),
        answers: z.record(z.string(), z.number()),
      }),
    ),
    rules: z.array(rule),
  })
  .meta({ id: "Decision" });

/** A Kubernetes object of one cluster. */
export const resource = z
  .object({
    cluster: z.string(),
    apiVersion: z.string(),
    kind: z.string(),
    namespace: z.string().optional(),
    name: z.string(),
    uid: z.string().optional(),
  })
  .meta({ id: "Resource" });
