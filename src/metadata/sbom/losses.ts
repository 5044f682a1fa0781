import { compareText } from "../../base/index.ts";
import type { Loss } from "./sbom.ts";

/** Collects what a written document does not say: one row for what happens to many components. */
export class Losses {
  readonly #rows = new Map<string, { count: number; readonly first: Omit<Loss, "count"> }>();

  add(path: string, outcome: Loss["outcome"], reason: string, ref?: string): void {
    const key = `${outcome}\n${path}\n${reason}`;
    const row = this.#rows.get(key);
    if (row === undefined) {
      const first = { path, outcome, reason, ...(ref === undefined ? {} : { first: ref }) };
      this.#rows.set(key, { count: 1, first });
    } else row.count++;
  }

  /** Sorted by path; with those that were collected apart from them. */
  finish(others: Losses = new Losses()): readonly Loss[] {
    const rows = new Map(this.#rows);
    for (const [key, { count, first }] of others.#rows) {
      const own = rows.get(key);
      rows.set(key, own === undefined ? { count, first } : { count: own.count + count, first: own.first });
    }
    return [...rows.values()]
      .map(({ count, first }) => ({ ...first, count }))
      .sort((a, b) => compareText(a.path, b.path) || compareText(a.outcome, b.outcome));
  }
}
