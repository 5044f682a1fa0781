import { isValueObject, listOf, memberOf, parseTime, type Value } from "../../base/index.ts";
import { CelError } from "../language/cel/error.ts";
import { type CelContext, type CelFunction, celFunction } from "../language/cel/function.ts";
import { imageDataFunction } from "../language/cel/functions/kyverno/image-data.ts";
import { type CelType, celTypes } from "../language/cel/types.ts";
import { mapGet, mapKeys } from "../language/cel/values/kinds.ts";
import { type CelMap, type CelObject, type CelValue, Opaque } from "../language/cel/values/value.ts";
import { renderEach } from "../language/variables/render-each.ts";
import { type AttestorRequest, EVIDENCE_KINDS, type EvidenceKind } from "./attestor-request.ts";
import { noteVerification, readFacts } from "./fact-reader.ts";
import type { FactReader } from "./facts.ts";

/** An attestor that a policy trusts, ready to be asked for. */
export interface PlannedAttestor {
  /** What is known when the policy is compiled. */
  readonly request: AttestorRequest;
  /** What is worked out for each object. */
  readonly expressions: readonly AttestorExpression[];
}

/** A text of an attestor that an expression makes. */
export interface AttestorExpression {
  readonly field: "key" | "cert" | "certChain" | "trustedRoot";
  /** The lazy name of the evaluation under which its value is found. */
  readonly variable: string;
}

/** What the functions know of the policy they are called from. */
export interface ImageFunctionScope {
  readonly attestors: readonly PlannedAttestor[];
  /** Attestation name → predicate type as the policy states it. */
  readonly attestations: ReadonlyMap<string, string>;
  /** Names of attestations that amap cannot read, with the reason: only given answers have them. */
  readonly unanswered?: ReadonlyMap<string, string>;
  /** Whether matchImageReferences cover an image: others never count as verified. */
  readonly covers: (image: string, context: CelContext) => boolean;
}

/** The type of `attestors.<name>`: expressions hand it around and cannot make one. */
const ATTESTOR_TYPE = "imageverify.attestor";
export const ATTESTOR: CelType<Opaque<PlannedAttestor>> = celTypes.opaque(ATTESTOR_TYPE);

/**
 * Kyverno's functions over images, and `amap.evidence`, for one policy. What they load: `imageEvidence` with
 * `{image, attestors: AttestorRequest[]}`, one fact for each attestor (`amap.evidence` one for all of its attestors),
 * and `imageData` with `{image}`.
 */
export function createImageFunctions(scope: ImageFunctionScope): readonly CelFunction[] {
  return [
    verifyImageSignatures(scope),
    verifyAttestationSignatures(scope),
    extractPayload(scope),
    imageDataFunction("getImageData"),
    evidenceFunction(),
    evidenceByKindFunction(),
  ];
}

const since = "0.1.0";
const EVIDENCE = "image evidence";

function verifyImageSignatures(scope: ImageFunctionScope): CelFunction {
  return celFunction({
    name: "verifyImageSignatures",
    args: [celTypes.string, celTypes.list(ATTESTOR)],
    result: celTypes.int,
    note: "How many of the attestors signed the image; 0 for an image that matchImageReferences leave out.",
    example: 'verifyImageSignatures("ghcr.io/acme/app:1.0", []) == 0',
    since,
    loads: EVIDENCE,
    call: (image, attestors, context) => {
      if (!scope.covers(image, context)) return 0;
      const evidence = readEvidence(context, image, attestors);
      return counted(context.facts, image, attestors, evidence, (each) => listOf(each, "signatures").length > 0);
    },
  });
}

function verifyAttestationSignatures(scope: ImageFunctionScope): CelFunction {
  return celFunction({
    name: "verifyAttestationSignatures",
    args: [celTypes.string, celTypes.string, celTypes.list(ATTESTOR)],
    result: celTypes.int,
    note: "How many of the attestors signed an attestation of this kind for the image.",
    example: 'verifyAttestationSignatures("ghcr.io/acme/app:1.0", attestations.sbom, []) == 0',
    since,
    loads: EVIDENCE,
    call: (image, attestation, attestors, context) => {
      const type = predicateTypeOf(scope, attestation);
      if (!scope.covers(image, context)) return 0;
      const evidence = readEvidence(context, image, attestors);
      requireAnswers(scope, attestation, evidence);
      return counted(context.facts, image, attestors, evidence, (each) => attestationsOf(each, type).length > 0);
    },
  });
}

function extractPayload(scope: ImageFunctionScope): CelFunction {
  return celFunction({
    name: "extractPayload",
    args: [celTypes.string, celTypes.string],
    result: celTypes.dyn,
    note: "The newest verified in-toto statement of this kind by any of the policy's attestors: its predicate is under `predicate`.",
    example: 'extractPayload("ghcr.io/acme/app:1.0", attestations.sbom).predicate.bomFormat == "CycloneDX"',
    since,
    loads: EVIDENCE,
    call: (image, attestation, context) => {
      const type = predicateTypeOf(scope, attestation);
      const evidence = readEvidence(context, image, scope.attestors.map(asAttestor));
      requireAnswers(scope, attestation, evidence);
      const newest = newestOf(evidence.flatMap((each) => attestationsOf(each, type).slice(0, 1)));
      if (newest === undefined) {
        throw new CelError("failed", `${image} has no verified attestation of type ${type}`);
      }
      return statementOf(newest);
    },
  });
}

function evidenceFunction(): CelFunction {
  return celFunction({
    name: "amap.evidence",
    args: [celTypes.string, celTypes.list(ATTESTOR)],
    result: celTypes.dyn,
    note:
      "All that the attestors say of the image, verified: signatures, attestations, sboms, scans, vex, provenance, " +
      "findings with the statement that answers each. With several attestors, what any of them signed counts.",
    example: 'amap.evidence("ghcr.io/acme/app:1.0", [attestors.demo]).signatures.size() > 0',
    since,
    loads: EVIDENCE,
    call: (image, attestors, context) =>
      context.facts.fact("imageEvidence", { image, attestors: requestsOf(attestors, context) }),
  });
}

function evidenceByKindFunction(): CelFunction {
  return celFunction({
    name: "amap.evidence",
    args: [celTypes.string, celTypes.map(celTypes.string, celTypes.list(ATTESTOR))],
    result: celTypes.dyn,
    note:
      "The same, where each attestor is trusted for some kinds of evidence alone: " +
      `${EVIDENCE_KINDS.join(", ")} (attestations of types that amap does not read). ` +
      "What an attestor signed of another kind is among `rejected`.",
    example:
      'amap.evidence("ghcr.io/acme/app:1.0", {"signature": [attestors.demo], "vex": [attestors.demo]}).signatures.size() > 0',
    since,
    loads: EVIDENCE,
    call: (image, trusted, context) => {
      const states = statesOf(trusted);
      const requests = requestsOf([...states.keys()].map(asAttestor), context);
      const kinds = [...states.values()];
      const attestors = requests.map((request, index): AttestorRequest => {
        return { ...request, states: EVIDENCE_KINDS.filter((kind) => kinds[index]?.has(kind)) };
      });
      return context.facts.fact("imageEvidence", { image, attestors });
    },
  });
}

/** What each attestor may state, each once. */
function statesOf(trusted: CelObject | CelMap): ReadonlyMap<PlannedAttestor, ReadonlySet<EvidenceKind>> {
  const states = new Map<PlannedAttestor, Set<EvidenceKind>>();
  for (const key of mapKeys(trusted)) {
    const kind = EVIDENCE_KINDS.find((each) => each === key);
    if (kind === undefined) {
      const expected = `expected kinds of evidence (${EVIDENCE_KINDS.join(", ")})`;
      throw new CelError("invalid_argument", `${expected}, found ${JSON.stringify(key)}`);
    }
    const attestors = mapGet(trusted, kind);
    if (!Array.isArray(attestors)) throw new CelError("invalid_argument", `${kind}: expected a list of attestors`);
    for (const { value } of attestors as readonly Opaque<PlannedAttestor>[]) {
      const kinds = states.get(value);
      if (kinds === undefined) states.set(value, new Set([kind]));
      else kinds.add(kind);
    }
  }
  return states;
}

/** An attestor as expressions see it. */
export const asAttestor = (attestor: PlannedAttestor): Opaque<PlannedAttestor> => new Opaque(ATTESTOR_TYPE, attestor);

/** What the attestors ask for this object. All facts that their expressions miss are asked for together. */
function requestsOf(attestors: readonly Opaque<PlannedAttestor>[], context: CelContext): readonly AttestorRequest[] {
  return renderEach(attestors, ({ value }) => resolveAttestor(value, context));
}

/** @throws MISSING_FACT, {CelError} of an expression, or one that gave no text */
function resolveAttestor({ request, expressions }: PlannedAttestor, context: CelContext): AttestorRequest {
  let resolved = request;
  for (const { field, variable } of expressions) {
    const text = context.lazy?.(variable);
    if (typeof text !== "string" || text.trim() === "") {
      throw new CelError("failed", `attestor ${request.name}: the expression for its ${field} gave no text`);
    }
    resolved = withText(resolved, field, text);
  }
  return resolved;
}

function withText(request: AttestorRequest, field: AttestorExpression["field"], text: string): AttestorRequest {
  if (field === "trustedRoot") return { ...request, trustedRoot: text };
  if (field === "key") return { ...request, key: { hashAlgorithm: "sha256", ...request.key, pem: text } };
  return { ...request, certificate: { ...request.certificate, [field]: text } };
}

/** One fact for each attestor, all asked for together. */
function readEvidence(
  context: CelContext,
  image: string,
  attestors: readonly Opaque<PlannedAttestor>[],
): readonly Value[] {
  const params = requestsOf(attestors, context).map((request) => ({ image, attestors: [request] }));
  return readFacts(context.facts, "imageEvidence", params);
}

function counted(
  facts: FactReader,
  image: string,
  attestors: readonly unknown[],
  evidence: readonly Value[],
  verifies: (evidence: Value) => boolean,
): number {
  const count = evidence.filter(verifies).length;
  if (attestors.length > 0) noteVerification(facts, image, count > 0);
  return count;
}

function predicateTypeOf(scope: ImageFunctionScope, attestation: string): string {
  const type = scope.attestations.get(attestation);
  if (type !== undefined) return type;
  const names = [...scope.attestations.keys()].join(", ") || "none";
  throw new CelError("invalid_argument", `the policy has no attestation ${attestation} (it has ${names})`);
}

/** What amap cannot read is not taken for missing: only evidence that was given says anything of it. */
function requireAnswers({ unanswered }: ImageFunctionScope, attestation: string, evidence: readonly Value[]): void {
  const reason = unanswered?.get(attestation);
  if (reason === undefined || evidence.every((each) => memberOf(each, "isGiven") === true)) return;
  throw new CelError("failed", `attestation ${attestation}: ${reason}`, { code: "NOT_SUPPORTED" });
}

/** The verified attestations of a predicate type, by any of its names, newest first as the fact has them. */
function attestationsOf(evidence: Value, type: string): readonly Value[] {
  return listOf(evidence, "attestations").filter((attestation) => {
    const names = memberOf(attestation, "predicateTypes");
    return memberOf(attestation, "predicateType") === type || (Array.isArray(names) && names.includes(type));
  });
}

/** The newest by signed time, or by the time it states itself; the first where times are equal or unknown. */
function newestOf(attestations: readonly Value[]): Value | undefined {
  let newest: Value | undefined;
  let newestTime = Number.NEGATIVE_INFINITY;
  for (const attestation of attestations) {
    const stated = memberOf(memberOf(attestation, "signedTime"), "at") ?? memberOf(attestation, "statedAt");
    const time = (typeof stated === "string" ? parseTime(stated) : undefined) ?? Number.NEGATIVE_INFINITY;
    if (newest === undefined || time > newestTime) {
      newest = attestation;
      newestTime = time;
    }
  }
  return newest;
}

/** The statement as signed, where the fact carries it; otherwise its parts. Of what was given, just that. */
function statementOf(attestation: Value): CelValue {
  const given = memberOf(attestation, "payload");
  if (given !== undefined) return given;
  const statement = memberOf(attestation, "statement");
  if (isValueObject(statement)) return statement;
  const subject = memberOf(attestation, "subject");
  const [algorithm = "", hex = ""] = typeof subject === "string" ? subject.split(":", 2) : [];
  return {
    predicateType: memberOf(attestation, "predicateType") ?? null,
    predicate: memberOf(attestation, "predicate") ?? null,
    subject: [{ digest: { [algorithm]: hex } }],
  };
}
