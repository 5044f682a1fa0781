import { AmapError, isValueObject, memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import {
  compileImageExtractors,
  findImages,
  type ImagePlaces,
  type LocatedImage,
} from "../evaluate/image-variables.ts";
import type { ImageOutcomes } from "../evaluate/kyverno-response.ts";
import type { RuleContext } from "../evaluate/rule-context.ts";
import { applyJsonPatch } from "../language/patch/json-patch.ts";
import type { Template } from "../language/variables/template.ts";
import type { KyvernoRule } from "../resource/kyverno/cluster-policy.ts";
import type { Attestation, ImageVerification } from "../resource/kyverno/image-verification.ts";
import { type CompiledConditions, compileConditions } from "./conditions.ts";
import { evaluationError } from "./evaluation-error.ts";
import {
  askAttestorSet,
  matchesReferences,
  readAnswer,
  resolveDigest,
  throwUndecided,
  typeOfAttestation,
  unlessTrouble,
  withoutOldFields,
} from "./image-attestors.ts";
import type { RuleCompiler } from "./rule-compiler.ts";
import { compileMessage, type RuleMessage } from "./rule-message.ts";
import { errorOf, fail, pass, type RuleOutcome, skip } from "./rule-outcome.ts";
import type { RuleRun } from "./rule-run.ts";

/** A verifyImages rule. */
export interface ImagesRule {
  readonly places: ImagePlaces;
  readonly entries: readonly ImagesEntry[];
}

/** One entry of verifyImages. */
export interface ImagesEntry {
  /** Its fields as written, with the deprecated ones as today's; their variables are replaced when it is used. */
  readonly source: Template;
  /** `imageReferences` as written: an object none of whose images they match has nothing to do with the rule. */
  readonly references: readonly string[];
  /** Conditions of attestations, by their index: their variables are the predicate's members. */
  readonly attestationConditions: readonly (readonly CompiledConditions[])[];
  readonly deny: CompiledConditions | undefined;
  readonly message: RuleMessage;
  readonly hasValidation: boolean;
}

export function compileImagesRule(rule: KyvernoRule, path: string, compiler: RuleCompiler): ImagesRule {
  const places = compiler.attempt(`${path}.imageExtractors`, () => compileImageExtractors(rule.imageExtractors));
  return {
    places: places ?? new Map(),
    entries: (rule.verifyImages ?? []).map((source, index) =>
      compileEntry(withoutOldFields(source), `${path}.verifyImages[${index}]`, compiler),
    ),
  };
}

function compileEntry(source: ImageVerification, path: string, compiler: RuleCompiler): ImagesEntry {
  const { validate, attestations = [] } = source;
  const conditions = validate?.deny?.conditions;
  const stated = {
    ...source,
    ...(source.attestations === undefined ? {} : { attestations: attestations.map(withoutConditions) }),
  };
  const { validate: _, ...substituted } = stated;
  return {
    source: compiler.template(substituted, path),
    references: source.imageReferences ?? [],
    attestationConditions: attestations.map((attestation, index) =>
      (attestation.conditions ?? []).map((block, at) =>
        compileConditions(block, `${path}.attestations[${index}].conditions[${at}]`, compiler),
      ),
    ),
    deny: validate?.deny === undefined ? undefined : compileConditions(conditions, `${path}.validate.deny`, compiler),
    message: compileMessage(validate?.message ?? "", `${path}.validate.message`, compiler),
    hasValidation: validate !== undefined && Object.keys(validate).length > 0,
  };
}

/** Their variables are the predicate's: they are not substituted with the others. */
function withoutConditions(attestation: Attestation): Attestation {
  const { conditions: _, ...rest } = attestation;
  return rest;
}

/** What verifying came to: for each image, and the object with digests. */
export interface ImagesResult {
  readonly outcomes: readonly RuleOutcome[];
  readonly object: Value;
  readonly images: ImageOutcomes;
}

/** The object's images, where the rule looks for them. @throws {AmapError} for an image that cannot be read */
export function imagesOfRule(rule: ImagesRule, run: RuleRun): readonly LocatedImage[] {
  const lists = findImages(run.object, run.context.context, { places: rule.places });
  return [...lists.values()].flatMap((list) => [...list.values()]);
}

/** Those that some entry's references match. @throws {AmapError} for an image that cannot be read */
export function matchingImages(rule: ImagesRule, run: RuleRun): readonly LocatedImage[] {
  return imagesOfRule(rule, run).filter((image) =>
    rule.entries.some(({ references }) => matchesReferences(references, image.reference, run)),
  );
}

/** An image as verification knows it: it gains a digest on the way. */
interface Subject {
  readonly located: LocatedImage;
  readonly digest: string;
}

/** As it is asked about once its digest is known: by the digest alone. */
function referenceOf({ located, digest }: Subject): string {
  if (digest === "" || located.digest !== "") return located.reference;
  return `${located.reference.slice(0, -`:${located.tag}`.length)}@${digest}`;
}

/**
 * Verifies the object's images that the rule's references match, and pins their digests where that is asked for.
 * @throws MISSING_FACT, {AmapError} BUDGET_EXCEEDED
 */
export function verifyImages(rule: ImagesRule, run: RuleRun): ImagesResult {
  let matching: readonly LocatedImage[];
  let sources: readonly ImageVerification[];
  try {
    matching = matchingImages(rule, run);
    sources = rule.entries.map(({ source }) => source.render(run.context) as unknown as ImageVerification);
  } catch (thrown) {
    return { outcomes: [errorOf("failed to substitute variables", thrown)], object: run.object, images: new Map() };
  }
  const pins: Value[] = [];
  const outcomes: RuleOutcome[] = [];
  const known = new Map<string, "pass" | "fail" | "skip">();
  for (const [index, entry] of rule.entries.entries()) {
    const source = sources[index];
    if (source === undefined) throw new AmapError("BUG", "an entry of verifyImages was not rendered");
    for (const located of matching) {
      const verified = verifyImage({ entry, source, run, rule }, located);
      pinDigest(source, verified, run, { pins, outcomes });
      if (verified.outcome === undefined) continue;
      const { status, message } = verified.outcome;
      run.note?.({ kind: "note", path: "", message: `image ${located.reference}: ${status}: ${message}` });
      outcomes.push(verified.outcome);
      remember(known, verified.subject, verified.outcome);
    }
  }
  const patched = pins.length === 0 ? undefined : applyJsonPatch(run.object, pins, (steps) => run.budget.charge(steps));
  if (patched?.status === "error") {
    outcomes.push({ status: "error", code: "EXPRESSION_FAILED", message: `failed to apply patch: ${patched.message}` });
  }
  return { outcomes, object: patched?.status === "applied" ? patched.object : run.object, images: known };
}

interface Verified {
  subject: Subject;
  outcome: RuleOutcome | undefined;
}

/** One failed entry fails the image: entries of one rule are all to be met. */
function remember(known: Map<string, "pass" | "fail" | "skip">, subject: Subject, outcome: RuleOutcome): void {
  const status = outcome.status === "pass" ? "pass" : outcome.status === "skip" ? "skip" : "fail";
  for (const reference of new Set([subject.located.reference, referenceOf(subject)])) {
    const before = known.get(reference);
    if (before === "fail" || (before === "pass" && status === "skip")) continue;
    known.set(reference, status);
  }
}

/** Names the image by its digest, where the entry asks for it and the image has none. */
function pinDigest(
  source: ImageVerification,
  verified: Verified,
  run: RuleRun,
  into: { readonly pins: Value[]; readonly outcomes: RuleOutcome[] },
): void {
  const { located } = verified.subject;
  if (source.mutateDigest === false || located.digest !== "") return;
  // An image that this entry is not about stays as it is written, and so does one that was refused.
  if (!matchesReferences(source.imageReferences, located.reference, run)) return;
  if (verified.outcome !== undefined && verified.outcome.status !== "pass" && verified.outcome.status !== "skip")
    return;
  try {
    const digest = verified.subject.digest || resolveDigest(located.reference, run);
    verified.subject = { located, digest };
    verified.outcome ??= pass("mutated image digest");
    into.pins.push({ op: "replace", path: located.jsonPointer, value: `${located.reference}@${digest}` });
  } catch (thrown) {
    into.outcomes.push(errorOf("failed to update digest", thrown));
  }
}

interface EntryRun {
  readonly rule: ImagesRule;
  readonly entry: ImagesEntry;
  readonly source: ImageVerification;
  readonly run: RuleRun;
}

function verifyImage(each: EntryRun, located: LocatedImage): Verified {
  const { source, run } = each;
  const attestors = source.attestors ?? [];
  const attestations = source.attestations ?? [];
  const image = located.reference;
  const subject: Subject = { located, digest: located.digest };
  if (attestors.length === 0 && attestations.length === 0) return { subject, outcome: undefined };
  const skipped = `skipping image reference image ${image}, policy ${run.policy} ruleName ${run.rule}`;
  if (!matchesReferences(source.imageReferences, image, run)) return { subject, outcome: skip(skipped) };
  if (matchesReferences(source.skipImageReferences, image, run)) {
    return { subject, outcome: { ...skip(skipped), emitWarning: true } };
  }
  try {
    let digest = subject.digest;
    for (const [index, set] of attestors.entries()) {
      const question = { verification: source, image, run, attestation: "" };
      const answer = askAttestorSet(question, set, `.attestors[${index}]`);
      if (!answer.verified) return { subject, outcome: fail(`failed to verify image ${image}: ${answer.message}`) };
      digest ||= answer.digest;
    }
    const verified: Subject = { located, digest };
    if (attestations.length === 0) {
      return { subject: verified, outcome: pass(`verified image signatures for ${image}`) };
    }
    return verifyAttestations(each, verified);
  } catch (thrown) {
    return { subject, outcome: errorOf(`failed to verify image ${image}`, thrown) };
  }
}

function verifyAttestations(each: EntryRun, subject: Subject): Verified {
  const { source, rule, run } = each;
  let context = run.context.withMembers({ image: imageMember(subject) });
  let current = subject;
  for (const [index, attestation] of (source.attestations ?? []).entries()) {
    const path = `.attestations[${index}]`;
    if (typeOfAttestation(attestation) === "") return { subject: current, outcome: fail(`${path}: missing type`) };
    const checked = checkAttestation(each, current, { attestation, index, path, context });
    if ("failure" in checked) return { subject: current, outcome: fail(checked.failure) };
    current = checked.subject;
    context = checked.context;
  }
  if (rule.entries.some(({ hasValidation }) => hasValidation)) {
    for (const { deny, message } of rule.entries) {
      const denied = deny?.evaluate(run, context);
      if (denied?.holds !== true) continue;
      const reason = message.ofDenial("imageVerify", denied.message, context);
      return { subject: current, outcome: fail(`validation in verifyImages failed: ${reason}`) };
    }
    return { subject: current, outcome: pass(`verifyImages validation is passed in ${run.rule} rule`) };
  }
  return { subject: current, outcome: pass(`verified image attestations for ${referenceOf(subject)}`) };
}

interface AttestationCheck {
  readonly attestation: Attestation;
  readonly index: number;
  readonly path: string;
  readonly context: RuleContext;
}

/** Asks each set of attestors for statements, until as many as are required state what the conditions ask for. */
function checkAttestation(
  each: EntryRun,
  subject: Subject,
  check: AttestationCheck,
): { readonly subject: Subject; readonly context: RuleContext } | { readonly failure: string } {
  const { attestation, path } = check;
  const sets = (attestation.attestors ?? []).length > 0 ? (attestation.attestors ?? []) : [{ entries: [{}] }];
  let { context } = check;
  let current = subject;
  for (const [at, set] of sets.entries()) {
    const entries = set.entries ?? [];
    const required = set.count || entries.length;
    const failures: string[] = [];
    const troubles: AmapError[] = [];
    let verified = 0;
    for (const [index, entry] of entries.entries()) {
      const type = typeOfAttestation(attestation);
      const question = { verification: each.source, image: referenceOf(current), run: each.run, attestation: type };
      const answer = unlessTrouble(troubles, () => readAnswer(question, entry));
      if (answer === undefined) continue;
      const failure = answer.verified ? checkStatements(each, check, answer.statements, context) : answer.message;
      if (answer.verified) {
        context = withStatement(context, attestation.name ?? "", answer.statements);
        current = { located: current.located, digest: current.digest || answer.digest };
      }
      if (failure === undefined) verified++;
      else failures.push(`${path}.attestors[${at}].entries[${index}]: ${failure}`);
      if (verified >= required) break;
    }
    if (verified < required) {
      throwUndecided(troubles, required - verified);
      const error = failures.join("; ") || "attestations verification failed";
      const counts = `verifiedCount: ${verified}, requiredCount: ${required}`;
      return { failure: `image attestations verification failed, ${counts}, error: ${error}` };
    }
  }
  return { subject: current, context };
}

/** Why the statements do not fulfil the attestation; undefined when they do. */
function checkStatements(
  { entry, run }: EntryRun,
  { attestation, index }: AttestationCheck,
  statements: readonly Value[],
  context: RuleContext,
): string | undefined {
  const type = typeOfAttestation(attestation);
  const predicates = statements.filter((each) => textOf(each, "type") === type).map(predicateOf);
  if (predicates.length === 0) return `attestions not found for predicate type ${type}`;
  for (const predicate of predicates) {
    if (predicate === undefined) return "failed to extract predicate from statement";
    const inside = context.withMembers(predicate);
    for (const conditions of entry.attestationConditions[index] ?? []) {
      const met = evaluateChecked(conditions, run, inside);
      if (typeof met === "string") return `failed to check attestations: ${met}`;
      if (!met.holds) return `attestation checks failed for predicate ${type}: ${met.message}`;
    }
  }
  return undefined;
}

function evaluateChecked(
  conditions: CompiledConditions,
  run: RuleRun,
  context: RuleContext,
): ReturnType<CompiledConditions["evaluate"]> | string {
  try {
    return conditions.evaluate(run, context);
  } catch (thrown) {
    return evaluationError(thrown).message;
  }
}

function withStatement(context: RuleContext, name: string, statements: readonly Value[]): RuleContext {
  const predicate = statements.map(predicateOf).find((each) => each !== undefined);
  return name === "" || predicate === undefined ? context : context.withMembers({ [name]: predicate });
}

function predicateOf(statement: Value): ValueObject | undefined {
  const predicate = memberOf(statement, "predicate");
  return isValueObject(predicate) ? predicate : undefined;
}

/** `image`: the one that is verified. */
function imageMember({ located }: Subject): Value {
  const { reference, referenceWithTag, registry, path, name, tag, digest } = located;
  return { reference, referenceWithTag, registry, path, name, tag, digest };
}
