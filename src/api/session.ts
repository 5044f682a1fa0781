import { z } from "zod";
import { page, pageQuery } from "./pages.ts";

export const session = z.object({ role: z.enum(["admin", "viewer"]), expiresAt: z.string() });
export const login = z.strictObject({ token: z.string().min(1).max(200).describe("The one-time token.") });

export const about = z.object({
  version: z.string(),
  store: z.object({ kind: z.enum(["sqlite", "postgres"]), address: z.string() }),
  now: z.string(),
  demo: z.boolean().describe("Whether the demo filled the store."),
});

export const auditEntry = z.object({
  sequence: z.number().int(),
  at: z.string(),
  actor: z.string(),
  action: z.string(),
  target: z.string(),
  details: z.unknown(),
  previousHash: z.string(),
  hash: z.string(),
});
export const auditEntries = page(auditEntry);
export const auditQuery = z.strictObject(pageQuery);
export const auditVerification = z.object({
  entries: z.number().int(),
  brokenAt: z.number().int().optional().describe("The first entry that does not fit the chain."),
});

/** One message of the event stream: something was written. */
export const change = z.object({
  sequence: z.number().int(),
  kind: z.enum(["image", "policy", "result", "admission", "audit"]),
  id: z.string(),
  at: z.string(),
});
