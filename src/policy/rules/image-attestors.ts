import { AmapError, matchesWildcard, memberOf, textOf, type Value } from "../../base/index.ts";
import type { Attestation, Attestor, AttestorSet, ImageVerification } from "../resource/kyverno/image-verification.ts";
import { evaluationError } from "./evaluation-error.ts";
import type { RuleRun } from "./rule-run.ts";

/** The deprecated fields as the ones that stand for them today: one key or issuer is an attestor. */
export function withoutOldFields(source: ImageVerification): ImageVerification {
  const { image = "", key = "", issuer = "", annotations = {}, attestations = [] } = source;
  if (image === "" && key === "" && issuer === "") return source;
  const imageReferences = [...(source.imageReferences ?? []), ...(image === "" ? [] : [image])];
  const isStated = key !== "" || issuer !== "" || Object.keys(annotations).length > 0;
  if (!isStated) return { ...source, imageReferences };
  const set: AttestorSet = { entries: [attestorOfOldFields(source)] };
  if (attestations.length === 0) return { ...source, imageReferences, attestors: [...(source.attestors ?? []), set] };
  return {
    ...source,
    imageReferences,
    attestations: attestations.map((each) => ({ ...each, attestors: [...(each.attestors ?? []), set] })),
  };
}

function attestorOfOldFields({ key = "", issuer = "", subject, roots, annotations }: ImageVerification): Attestor {
  const common: Attestor = annotations === undefined ? {} : { annotations };
  if (key !== "") return { ...common, keys: { publicKeys: key } };
  if (issuer === "") return common;
  const keyless = {
    issuer,
    ...(subject === undefined ? {} : { subject }),
    ...(roots === undefined ? {} : { roots }),
  };
  return { ...common, keyless };
}

/** Whether one of the patterns matches an image's full reference. */
export function matchesReferences(patterns: readonly string[] | undefined, image: string, run: RuleRun): boolean {
  return (patterns ?? []).some((pattern) => {
    run.budget.charge(1 + Math.floor((pattern.length * image.length) / 256));
    return matchesWildcard(pattern, image);
  });
}

/** What an attestor said of an image. */
export type AttestorAnswer =
  | { readonly verified: true; readonly digest: string; readonly statements: readonly Value[] }
  | { readonly verified: false; readonly message: string };

/** How an image is asked about. */
interface Question {
  readonly verification: ImageVerification;
  readonly image: string;
  readonly run: RuleRun;
  /** The predicate type of wanted statements; empty for a signature. */
  readonly attestation: string;
}

/**
 * Asks the attestors of a set until as many as are required vouch. One that cannot be asked is none that vouches; where it
 * might have made the difference, that it could not be asked is what came of it.
 * @throws MISSING_FACT, {AmapError} when it could not be looked: that is never "not signed"
 */
export function askAttestorSet(question: Question, set: AttestorSet, path: string): AttestorAnswer {
  return askEntries(set, path, (entry, at) => askAttestor(question, entry, at));
}

/** An attestor that vouches, with what it said. */
interface Vouching {
  readonly verified: true;
}

/** As {@link askAttestorSet}, of whatever is signed: `ask` asks one attestor. */
export function askEntries<A extends Vouching>(
  set: AttestorSet,
  path: string,
  ask: (entry: Attestor, path: string) => A | Refusing,
): A | Refusing {
  const entries = (set.entries ?? []).flatMap(splitKeys);
  const required = set.count || entries.length;
  const failures: string[] = [];
  const troubles: AmapError[] = [];
  let verified = 0;
  for (const [index, entry] of entries.entries()) {
    const at = `${path}.entries[${index}]`;
    const answer = unlessTrouble(troubles, () =>
      entry.attestor === undefined ? ask(entry, at) : askEntries(entry.attestor, `${at}.attestor`, ask),
    );
    if (answer === undefined) continue;
    if (!answer.verified) failures.push(answer.message);
    else if (++verified >= required) return answer;
  }
  throwUndecided(troubles, required - verified);
  return { verified: false, message: failures.join("; ") || NOBODY };
}

/** Who vouches for nothing, and why. */
interface Refusing {
  readonly verified: false;
  readonly message: string;
}

const NOBODY = "no attestor vouches for it";

/** What a step gives; where it could not be looked, the cause is noted. @throws MISSING_FACT */
export function unlessTrouble<T>(troubles: AmapError[], step: () => T): T | undefined {
  try {
    return step();
  } catch (thrown) {
    troubles.push(evaluationError(thrown));
    return undefined;
  }
}

/** Throws the first trouble where those that could not be asked might have been the ones that are missing. */
export function throwUndecided([trouble, ...others]: readonly AmapError[], missing: number): void {
  if (trouble !== undefined && 1 + others.length >= missing) throw trouble;
}

function askAttestor(question: Question, entry: Attestor, path: string): AttestorAnswer {
  const answer = readAnswer(question, entry);
  return answer.verified ? answer : { verified: false, message: `${path}${kindOfAttestor(entry)}: ${answer.message}` };
}

/** One attestor's answer. @throws MISSING_FACT, {AmapError} */
export function readAnswer({ verification, image, run, attestation }: Question, entry: Attestor): AttestorAnswer {
  const params: Value = {
    image,
    type: verification.type ?? "Cosign",
    attestor: entry as unknown as Value,
    repository: entry.repository ?? verification.repository ?? "",
    annotations: entry.annotations ?? verification.annotations ?? {},
    attestation,
    credentials: (verification.imageRegistryCredentials ?? {}) as unknown as Value,
    cosignOCI11: verification.cosignOCI11 ?? false,
    namespace: textOf(memberOf(run.object, "metadata"), "namespace"),
  };
  const value = run.facts.fact("imageAttestor", params);
  if (memberOf(value, "verified") !== true) {
    return { verified: false, message: textOf(value, "message") || "no matching signatures" };
  }
  const statements = memberOf(value, "statements");
  return {
    verified: true,
    digest: textOf(value, "digest"),
    statements: Array.isArray(statements) ? (statements as readonly Value[]) : [],
  };
}

export const kindOfAttestor = ({ keys, certificates, keyless }: Attestor): string =>
  keys !== undefined ? ".keys" : certificates !== undefined ? ".certificates" : keyless !== undefined ? ".keyless" : "";

const KEY_END = "-----END PUBLIC KEY-----";

/** Several keys in one text are several attestors. */
export function splitKeys(entry: Attestor): readonly Attestor[] {
  const keys = (entry.keys?.publicKeys ?? "").split(KEY_END);
  if (keys.length <= 2) return [entry];
  return keys.slice(0, -1).map((key) => ({ ...entry, keys: { ...entry.keys, publicKeys: `${key}${KEY_END}`.trim() } }));
}

/** The predicate type that an attestation asks for; empty when it names none. */
export const typeOfAttestation = ({ type, predicateType }: Attestation): string => type || predicateType || "";

/** The digest that an image's tag stands for now. @throws MISSING_FACT, {AmapError} */
export function resolveDigest(image: string, run: RuleRun): string {
  const digest = textOf(run.facts.fact("imageData", { image }), "digest");
  if (digest !== "") return digest;
  const resolved = textOf(run.facts.fact("imageData", { image }), "resolvedImage");
  const at = resolved.indexOf("@");
  if (at >= 0) return resolved.slice(at + 1);
  throw evaluationError(new AmapError("FACT_FAILED", `the registry names no digest for ${image}`));
}
