import { z } from "zod";
import { name, page, pageQuery } from "./pages.ts";

/** A piece of work that waits, runs, or ended. */
export const job = z.object({
  id: z.string(),
  kind: z.string(),
  key: z.string(),
  state: z.enum(["waiting", "running", "done", "failed"]),
  attempts: z.number().int(),
  maxAttempts: z.number().int(),
  createdAt: z.string(),
  startAfter: z.string(),
  endedAt: z.string().optional(),
  error: z.string().optional().describe("Of the last attempt that failed."),
});

export const jobs = page(job);

export const jobQuery = z.strictObject({
  ...pageQuery,
  kind: name.optional(),
  state: z.enum(["waiting", "running", "done", "failed"]).optional(),
});
