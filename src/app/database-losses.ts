import { AmapError } from "../base/index.ts";
import type { EcosystemLoss } from "../ports/index.ts";

/** A dump that loses more than this share of an ecosystem's records, and more than so many, is not believed. */
const BELIEVED_SHARE = 0.1;
const BELIEVED_COUNT = 100;
const SHOWN = 10;

/**
 * A dump that is suddenly much smaller than the last one is more likely cut, or made to hide something, than right.
 * @throws {AmapError} DOCUMENT_INVALID with the counts
 */
export function refuseShrinking(name: string, losses: readonly EcosystemLoss[]): void {
  const great = losses.filter(({ before, lost }) => lost > BELIEVED_COUNT && lost > before * BELIEVED_SHARE);
  if (great.length === 0) return;
  const told = great.slice(0, SHOWN).map(({ ecosystem, before, lost }) => `${lost} of ${before} for ${ecosystem}`);
  const rest = great.length > SHOWN ? ` and of ${great.length - SHOWN} more ecosystems` : "";
  throw new AmapError("DOCUMENT_INVALID", `${name} would take away advisories: ${told.join(", ")}${rest}`, {
    hint: "Nothing of it was taken. Check where it comes from; if so many are gone rightly, pass --allow-shrinking.",
    details: { losses: great },
  });
}
