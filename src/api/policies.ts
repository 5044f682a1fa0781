import { z } from "zod";
import { resource, ruleStatus } from "./decisions.ts";
import { name, page, pageQuery, search } from "./pages.ts";

export const resultCounts = z
  .object({
    pass: z.number().int(),
    warn: z.number().int(),
    fail: z.number().int(),
    error: z.number().int(),
    skip: z.number().int(),
  })
  .meta({ id: "ResultCounts" });

export const policySummary = z
  .object({
    name: z.string(),
    kind: z.string(),
    source: z.string(),
    digest: z.string(),
    state: z.enum(["ready", "refused"]),
    issues: z.array(z.object({ code: z.string(), path: z.string(), message: z.string() })),
    rules: z.array(z.string()),
    validationActions: z.array(z.string()),
    failurePolicy: z.string(),
    admission: z.boolean(),
    background: z.boolean(),
    recordedAt: z.string(),
    results: resultCounts,
  })
  .meta({ id: "PolicySummary" });

export const policies = z.object({ items: z.array(policySummary) });
export const policyDetail = policySummary.extend({ text: z.string().describe("The resource as JSON.") });

export const result = z.object({
  resource,
  policy: z.string(),
  rule: z.string(),
  status: ruleStatus,
  code: z.string().optional(),
  message: z.string().optional(),
  checkedAt: z.string(),
  since: z.string(),
});

export const resultChange = z.object({
  at: z.string(),
  resource,
  policy: z.string(),
  rule: z.string(),
  from: ruleStatus.optional(),
  to: ruleStatus.optional(),
  message: z.string().optional(),
});

export const results = page(result);
export const resultHistory = page(resultChange);

export const resultQuery = z.strictObject({
  ...pageQuery,
  cluster: name.optional(),
  policy: name.optional(),
  rule: name.optional(),
  status: ruleStatus.optional(),
  namespace: name.optional(),
  kind: name.optional(),
  search,
  image: name.optional().describe("REPOSITORY@DIGEST"),
});

export const historyQuery = z.strictObject({
  ...pageQuery,
  policy: name.optional(),
  namespace: name.optional(),
  kind: name.optional(),
  name: name.optional(),
});
