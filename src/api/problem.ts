import { z } from "zod";

/** An error as RFC 9457 writes it (application/problem+json), with amap's own code. */
export const problem = z
  .object({
    type: z.string().describe("A URN of the code: urn:amap:error:CODE."),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().optional().describe("What was expected and what was found."),
    code: z.string().describe("Of docs/reference/errors.md."),
    hint: z.string().optional(),
    requestId: z.string(),
  })
  .meta({ id: "Problem" });
