import type { ImageOutcomes } from "../evaluate/kyverno-response.ts";
import type { ImageVerification } from "../resource/kyverno/image-verification.ts";
import { matchesReferences } from "./image-attestors.ts";
import { errorOf, fail, pass, type RuleOutcome, skip } from "./rule-outcome.ts";
import type { RuleRun } from "./rule-run.ts";
import { type ImagesRule, imagesOfRule } from "./verify-images.ts";

/**
 * The part of a verifyImages rule that validates: images are named by digest, and those that must be verified were. It
 * goes by what verification said in this evaluation, never by an annotation of the object, which anybody can write.
 * @throws MISSING_FACT, {AmapError} BUDGET_EXCEEDED
 */
export function checkImages(rule: ImagesRule, run: RuleRun, outcomesOf: () => ImageOutcomes): RuleOutcome | undefined {
  let sources: readonly ImageVerification[];
  let references: readonly { readonly reference: string; readonly digest: string }[];
  try {
    sources = rule.entries.map(({ source }) => source.render(run.context) as unknown as ImageVerification);
    references = imagesOfRule(rule, run);
  } catch (thrown) {
    return errorOf("failed to substitute variables", thrown);
  }
  const skipped: string[] = [];
  let checked = 0;
  let passed = 0;
  for (const source of sources) {
    for (const { reference, digest } of references) {
      if (!matchesReferences(source.imageReferences, reference, run)) continue;
      checked++;
      if (source.verifyDigest !== false && digest === "") return fail(`missing digest for ${reference}`);
      if (source.required === false) continue;
      const status = outcomesOf().get(reference) ?? "fail";
      if (status === "fail") return fail(`unverified image ${reference}`);
      if (status === "skip") skipped.push(reference);
      else passed++;
    }
  }
  if (checked === 0) return undefined;
  if (passed === 0 && skipped.length > 0) return skip(["image skipped, skipped images:", ...skipped].join(" "));
  if (skipped.length > 0) return pass(["image verified, skipped images:", ...skipped].join(" "));
  return pass("image verified");
}

/** Whether a rule's entries ask for anything that {@link checkImages} checks. */
export function hasImageChecks(verifications: readonly ImageVerification[]): boolean {
  return verifications.some(({ verifyDigest = true, required = true }) => verifyDigest || required);
}
