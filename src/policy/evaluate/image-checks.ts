import { parseImageReference } from "../../artifact/index.ts";
import { isAmapError } from "../../base/index.ts";
import type { Plan } from "../compile/plan.ts";
import type { EvaluationNote } from "./fact-reader.ts";
import type { ImageLookup } from "./request.ts";
import type { RuleResponse } from "./response.ts";

/**
 * `validationConfigurations` of a policy whose rules are all finished: every covered image is named by digest
 * (`verifyDigest`), and passed a signature or attestation check of some rule (`required`), whatever the rules made of
 * the result. Only what does not pass is listed. Kyverno also counts checks of other policies in the same request.
 */
export function checkImages(
  plan: Plan,
  images: ImageLookup,
  notes: readonly EvaluationNote[],
  rules: readonly RuleResponse[],
): readonly RuleResponse[] {
  const responses: RuleResponse[] = [];
  const headOf = (rule: string) => ({ policy: plan.policy, rule: `validationConfigurations.${rule}` });
  const add = (rule: string, message: string | undefined): void => {
    if (!images.ok) responses.push({ ...headOf(rule), status: "error", code: images.code, message: images.message });
    else if (message !== undefined) responses.push({ ...headOf(rule), status: "fail", message, evidence: [] });
  };
  const covered = images.ok ? images.coveredImages : [];
  if (plan.verifyDigest) add("verifyDigest", messagesOf(covered, digestMessage));
  if (!plan.required) return responses;
  const lacking = covered.filter((image) => !isVerified(image, notes));
  const unchecked = lacking.filter((image) => !isChecked(image, notes));
  // A rule that ended in an error may have been on its way to check: then nobody can say that none does.
  const failure = rules.find((response) => response.status === "error");
  if (failure?.status === "error" && lacking.length > 0 && unchecked.length === lacking.length) {
    const message = unchecked
      .map((image) => `image ${image} is not verified: a check of it could not be made`)
      .join("; ");
    responses.push({ ...headOf("required"), status: "error", code: failure.code, message });
  } else {
    add(
      "required",
      messagesOf(covered, (image) => requiredMessage(image, notes)),
    );
  }
  return responses;
}

function messagesOf(images: readonly string[], messageFor: (image: string) => string | undefined): string | undefined {
  const messages = images.map(messageFor).filter((message) => message !== undefined);
  return messages.length === 0 ? undefined : messages.join("; ");
}

function digestMessage(image: string): string | undefined {
  try {
    return parseImageReference(image).digest === undefined ? `image ${image} does not name a digest` : undefined;
  } catch (error) {
    if (!isAmapError(error, "REFERENCE_INVALID")) throw error;
    return error.message;
  }
}

function isChecked(image: string, notes: readonly EvaluationNote[]): boolean {
  return notes.some((note) => note.kind === "verification" && note.image === image);
}

function isVerified(image: string, notes: readonly EvaluationNote[]): boolean {
  return notes.some((note) => note.kind === "verification" && note.image === image && note.verified);
}

function requiredMessage(image: string, notes: readonly EvaluationNote[]): string | undefined {
  if (isVerified(image, notes)) return undefined;
  return isChecked(image, notes)
    ? `image ${image} is not verified: no signature or attestation of it passed a check`
    : `image ${image} is not verified: no rule checks a signature or attestation of it`;
}
