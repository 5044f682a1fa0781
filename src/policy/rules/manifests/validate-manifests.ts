import {
  type AmapError,
  excerptOfValue,
  isAmapError,
  memberOf,
  textOf,
  type Value,
  type ValueObject,
} from "../../../base/index.ts";
import { kindOf } from "../../evaluate/input.ts";
import type { Attestor } from "../../resource/kyverno/image-verification.ts";
import type { SignedManifests } from "../../resource/kyverno/rule-actions.ts";
import { evaluationError } from "../evaluation-error.ts";
import { askEntries, kindOfAttestor } from "../image-attestors.ts";
import type { RuleCompiler } from "../rule-compiler.ts";
import { errorOf, fail, pass, type RuleOutcome } from "../rule-outcome.ts";
import type { RuleRun } from "../rule-run.ts";
import { type ComparedObject, type IgnoredPaths, ignoredFieldsOf, isIgnored } from "./ignored-fields.ts";
import { type Difference, findDifferences } from "./manifest-differences.ts";
import { DEFAULT_ANNOTATION_DOMAIN, decodeManifests, readSignedMessage, type SignedMessage } from "./signed-message.ts";

/** Differences that a message tells. */
const SHOWN_DIFFERENCES = 5;

/** Names of any length are put together for each field that differs. */
const LETTERS_OF_A_STEP = 16;

/** Tells what of a rule's `manifests` amap does otherwise than the policy asks for. */
export function warnOfManifests(source: SignedManifests, path: string, compiler: RuleCompiler): void {
  if (source.dryRun?.enable === true) {
    compiler.warn(`${path}.dryRun`, "is not done: an object is compared with the signed manifest as it is written");
  }
  if ((source.repository ?? "") !== "") {
    compiler.warn(`${path}.repository`, "is not supported: the rule is an error for every object with a signature");
  }
}

/**
 * Whether an object is what was signed: the manifest in its annotations names it and holds the same fields, and enough
 * attestors signed that manifest. What the object itself says wrongly is a fail; an attestor that cannot be asked is an
 * error, never "not signed".
 * @throws MISSING_FACT, {AmapError} BUDGET_EXCEEDED
 * @see sigstore/k8s-manifest-sigstore, README, "Verify a Kubernetes resource"
 */
export function validateManifests(source: SignedManifests, run: RuleRun): RuleOutcome {
  try {
    const domain = source.annotationDomain || DEFAULT_ANNOTATION_DOMAIN;
    const signed = readSignedMessage(run.object, domain);
    if ("missing" in signed) return fail(`${FAILED}: ${signed.missing}`);
    const difference = compareWithSigned(run, signed, { source, domain });
    if (difference !== undefined) return fail(`${FAILED}: ${difference}`);
    const signers: string[] = [];
    for (const [index, set] of (source.attestors ?? []).entries()) {
      const path = `.attestors[${index}]`;
      const answer = askEntries(set, path, (entry, at) => askSigner({ source, signed, run }, entry, at));
      if (!answer.verified) return fail(`${FAILED}: ${answer.message}`);
      signers.push(answer.signer);
    }
    return pass(`verified manifest signatures; signed by ${signers.join(", ")}`);
  } catch (thrown) {
    return errorOf("error occurred during manifest verification", thrown);
  }
}

const FAILED = "manifest verification failed";

interface Comparison {
  readonly source: SignedManifests;
  readonly domain: string;
}

/** Why the object is not what was signed; undefined when it is. What is signed comes from whoever sent the object. */
function compareWithSigned(run: RuleRun, { message }: SignedMessage, compared: Comparison): string | undefined {
  let manifests: readonly ValueObject[];
  try {
    run.budget.charge(message.length);
    manifests = decodeManifests(message);
  } catch (thrown) {
    const { code, message: cause } = malformed(thrown);
    return `the message in the annotation ${compared.domain}/message cannot be read: ${code}: ${cause}`;
  }
  const object = describe(run.object);
  const ignored = ignoredFieldsOf(object, compared.domain, compared.source.ignoreFields ?? []);
  const candidates = findCandidates(manifests, object);
  if (candidates.length === 0) return `message not found: what was signed holds no ${object.kind}`;
  let nearest: readonly Difference[] | undefined;
  for (const candidate of candidates) {
    const differences = differencesOf(candidate, ignored, run);
    if (differences.length === 0) return undefined;
    if (nearest === undefined || differences.length < nearest.length) nearest = differences;
  }
  return `the object differs from what was signed: ${showDifferences(nearest ?? [], object)}`;
}

/** An error of reading; a spent budget and bugs are thrown on. */
function malformed(thrown: unknown): AmapError {
  if (isAmapError(thrown) && thrown.code === "BUDGET_EXCEEDED") throw thrown;
  return evaluationError(thrown);
}

/** The manifest that names the object, or all of its kind: a policy may leave the name out of the comparison. */
function findCandidates(manifests: readonly ValueObject[], object: ComparedObject): readonly ValueObject[] {
  const ofKind = manifests.filter((manifest) => textOf(manifest, "kind") === object.kind);
  const named = ofKind.filter((manifest) => {
    const { group, name } = describe(manifest);
    return group === object.group && name === object.name;
  });
  const exact = named.filter((manifest) => describe(manifest).namespace === object.namespace);
  const [best] = exact.length > 0 ? exact : named;
  return best === undefined ? ofKind : [best];
}

function differencesOf(manifest: ValueObject, ignored: IgnoredPaths, run: RuleRun): readonly Difference[] {
  const differences = findDifferences(manifest, run.object, (steps) => run.budget.charge(steps));
  return differences.filter(({ path, signed }) => {
    const letters = path.reduce((sum, name) => sum + name.length, 0);
    run.budget.charge(path.length * (1 + ignored.patterns.length + Math.ceil(letters / LETTERS_OF_A_STEP)));
    // A manifest without a namespace is for whichever it is sent to.
    if (signed === undefined && path.join(".") === "metadata.namespace") return false;
    return !isIgnored({ path, isSigned: signed !== undefined || isOfSignedItem(path, manifest) }, ignored);
  });
}

/** Whether the field is of an item of a list that was signed: an item that a cluster adds is new as a whole. */
function isOfSignedItem(path: readonly string[], manifest: Value): boolean {
  const place = path.findLastIndex((name) => /^\d+$/.test(name));
  const item = path.slice(0, place + 1).reduce<Value | undefined>((value, name) => {
    return Array.isArray(value) ? (value as readonly Value[])[Number(name)] : memberOf(value, name);
  }, manifest);
  return place >= 0 && item !== undefined;
}

function describe(object: Value): ComparedObject {
  const metadata = memberOf(object, "metadata");
  return { ...kindOf(object), name: textOf(metadata, "name"), namespace: textOf(metadata, "namespace") };
}

/** Values of Secrets are told nowhere. */
function showDifferences(differences: readonly Difference[], { kind }: ComparedObject): string {
  const shown = differences.slice(0, SHOWN_DIFFERENCES).map(({ path, signed, found }) => {
    const name = path.join(".").slice(0, 200) || "the object";
    return kind === "Secret" ? name : `${name}: expected ${show(signed)}, found ${show(found)}`;
  });
  const more = differences.length - shown.length;
  return [...shown, ...(more === 0 ? [] : [`and ${more} more`])].join("; ");
}

const show = (value: Value | undefined): string => (value === undefined ? "nothing" : excerptOfValue(value));

interface Signing {
  readonly source: SignedManifests;
  readonly signed: SignedMessage;
  readonly run: RuleRun;
}

type SignerAnswer =
  | { readonly verified: true; readonly signer: string }
  | { readonly verified: false; readonly message: string };

/** Whether one attestor signed it. @throws MISSING_FACT, {AmapError} */
function askSigner({ source, signed, run }: Signing, entry: Attestor, path: string): SignerAnswer {
  const at = `${path}${kindOfAttestor(entry)}`;
  const mismatch = annotationMismatch(entry, run.object);
  if (mismatch !== undefined) return { verified: false, message: `${at}: ${mismatch}` };
  const attestor = entry as unknown as Value;
  const repository = entry.repository || source.repository || "";
  const { message, signatures } = signed;
  const value = run.facts.fact("manifestSignature", { message, signatures, attestor, repository });
  if (memberOf(value, "verified") === true) return { verified: true, signer: textOf(value, "signer") };
  return { verified: false, message: `${at}: ${textOf(value, "message") || "no matching signatures"}` };
}

/** Annotations that the attestor asks of the object. */
function annotationMismatch({ annotations = {} }: Attestor, object: Value): string | undefined {
  const stated = memberOf(memberOf(object, "metadata"), "annotations");
  for (const [name, expected] of Object.entries(annotations)) {
    const found = memberOf(stated, name);
    if (found === expected) continue;
    return `expected the annotation ${name} to be ${excerptOfValue(expected)}, found ${show(found)}`;
  }
  return undefined;
}
