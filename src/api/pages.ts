import { z } from "zod";

/** A list's part as the API gives it. */
export const page = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    next: z.string().optional().describe("Hand it back as cursor for the items after these; absent at the end."),
  });

/** What every list takes. Query values are text; nothing is guessed: `limit=ten` is refused. */
export const pageQuery = {
  cursor: z.string().max(2_000).optional(),
  limit: z
    .string()
    .regex(/^(?:[1-9]\d?|[1-4]\d\d|500)$/, "expected a number from 1 to 500")
    .optional(),
};

/** Text to search for. */
export const search = z.string().max(200).optional();

/** `true` or `false`, in words. */
export const flag = z.enum(["true", "false"]).optional();

/** Names as they come; long ones are refused. */
export const name = z.string().max(500);
