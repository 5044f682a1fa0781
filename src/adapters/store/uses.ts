/** Which resources name which images: kept on the image's row, so that lists need not count. */
import { sql } from "kysely";
import { RUNNING_PLACES } from "./image-rows.ts";
import type { Db } from "./session.ts";

/** How many resources name an image, and how many of them are denied. */
export async function countUses(db: Db, key: string): Promise<{ running: number; denied: number }> {
  const row = await db
    .selectFrom("resource_images as use")
    .innerJoin("resources as resource", "resource.id", "use.resource_id")
    .where("use.image_key", "=", key)
    .select([
      sql<number>`count(DISTINCT resource.id)`.as("running"),
      sql<number>`count(DISTINCT CASE WHEN resource.allowed = 0 THEN resource.id END)`.as("denied"),
    ])
    .executeTakeFirstOrThrow();
  return { running: row.running, denied: row.denied };
}

/**
 * Counts the uses of images again after their resources changed. The caller holds the lock of each key
 * (`lockKeys` of the session): two that count at once would each miss the other's resource.
 */
export async function updateUses(db: Db, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    const image = await db
      .selectFrom("images")
      .select(["id", "running", "denied"])
      .where("key", "=", key)
      .executeTakeFirst();
    if (image === undefined) continue;
    const uses = await countUses(db, key);
    if (uses.running === image.running && uses.denied === image.denied) continue;
    await db.updateTable("images").set(uses).where("id", "=", image.id).execute();
    const moves = Number(image.running > 0) - Number(uses.running > 0);
    if (moves === 0) continue;
    await db
      .updateTable("findings")
      .set((eb) => ({ place: eb("place", "+", moves * RUNNING_PLACES) }))
      .where("image_id", "=", image.id)
      .execute();
  }
}
