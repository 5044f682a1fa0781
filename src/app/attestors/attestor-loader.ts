import { canonicalJson, type Digest, isAmapError, listOf, memberOf, type Value } from "../../base/index.ts";
import { type Fact, type FactRequest, notServed } from "../../policy/index.ts";
import { mapBounded } from "../bounded.ts";
import type { LoadFacts } from "../facts/fact-memory.ts";
import { type ImageSource, locateImage } from "../image-target.ts";
import { openImage } from "../open-image.ts";
import { createTrustRootSource } from "../verification/trust-root-source.ts";
import type { World } from "../world.ts";
import { answerAttestor } from "./attestor-answer.ts";
import type { ReadSecret } from "./attestor-key.ts";
import { readAttestorQuestion } from "./attestor-question.ts";
import type { AttestorQuestion } from "./attestor-terms.ts";
import { type AttestorVerifier, openAttestorVerifier } from "./attestor-verifier.ts";
import { CandidateReader } from "./image-candidates.ts";
import { readPolicyLogins, withLogins } from "./policy-logins.ts";

/** Attestors asked at the same time. */
const WIDTH = 8;

/** Where an attestor's answers come from. */
export interface AttestorLoaderOptions {
  /** Repositories whose images are read from layouts. */
  readonly sources: readonly ImageSource[];
  /** The digest that a name stands for, the same each time. */
  readonly resolve: (name: string) => Promise<Digest>;
  readonly readSecret: ReadSecret;
}

/**
 * Makes a loader of `imageAttestor` facts: whether an attestor of Kyverno's `verifyImages` vouches for an image, by what
 * stands beside it in its registry or layout. Each image is read once, and each attestor's keys and roots are. What
 * cannot be looked at is a failed fact with its code, never "not signed".
 */
export function createAttestorLoader(world: World, options: AttestorLoaderOptions): LoadFacts {
  const readers = new Map<string, Promise<CandidateReader>>();
  const readerOf = (params: Value): Promise<CandidateReader> => {
    const secrets = textsOf(memberOf(params, "credentials"), "secrets");
    const key = canonicalJson(secrets);
    const found = readers.get(key) ?? openReader(world, options, secrets);
    readers.set(key, found);
    return found;
  };
  const places = { readSecret: options.readSecret, trustRoot: createTrustRootSource(world) };
  const verifiers = new Map<string, Promise<AttestorVerifier>>();
  const verifierOf = ({ form, terms }: AttestorQuestion, params: Value): Promise<AttestorVerifier> => {
    const key = canonicalJson([form, memberOf(params, "attestor") ?? null, terms.ignoresCertificateTimestamps]);
    const found = verifiers.get(key) ?? openAttestorVerifier(world, { form, terms }, places);
    verifiers.set(key, found);
    return found;
  };
  const loadOne = async (request: FactRequest): Promise<Fact> => {
    if (request.kind !== "imageAttestor") return notServed(request);
    try {
      const question = readAttestorQuestion(request.params);
      // First what asks no registry: an attestor that cannot be asked ends it here.
      const verifier = await verifierOf(question, request.params);
      const reader = await readerOf(request.params);
      const found = await reader.read(question.image, question.repository);
      return { ok: true, value: answerAttestor(question, verifier, found) };
    } catch (error) {
      if (!isAmapError(error)) throw error;
      return { ok: false, code: error.code, message: withCredentialsNote(error.message, error.code, request.params) };
    }
  };
  return async (requests) => {
    const facts = await mapBounded(requests, WIDTH, loadOne);
    for (const reader of readers.values()) await reader.then((each) => each.trim(), noReader);
    return new Map(requests.map(({ key }, index) => [key, facts[index] as Fact]));
  };
}

/** Who asked was told why there is none. */
function noReader(): void {}

/**
 * With the logins of the Secrets that the policy names a name is resolved anew: others may see something else. Once: two
 * attestors that vouch for one name must not have looked at two images (C1).
 */
async function openReader(
  world: World,
  { sources, resolve, readSecret }: AttestorLoaderOptions,
  secrets: readonly string[],
): Promise<CandidateReader> {
  const logins = await readPolicyLogins(secrets, readSecret);
  if (logins.length === 0) return new CandidateReader(world, sources, resolve);
  const own = withLogins(world, logins);
  const resolved = new Map<string, Promise<Digest>>();
  const resolveOwn = (name: string): Promise<Digest> => {
    const found =
      resolved.get(name) ?? openImage(own, locateImage(name, sources)).then(({ descriptor }) => descriptor.digest);
    resolved.set(name, found);
    return found;
  };
  return new CandidateReader(own, sources, resolveOwn);
}

/** Where a registry could not be asked, the message says what the policy would have used beside docker's logins. */
function withCredentialsNote(message: string, code: string, params: Value): string {
  if (!code.startsWith("REGISTRY_")) return message;
  const credentials = memberOf(params, "credentials");
  const providers = textsOf(credentials, "providers").filter((each) => each !== "default");
  const secrets = textsOf(credentials, "secrets");
  const notes = [message];
  if (secrets.length > 0) {
    notes.push(`the policy names Secrets (${secrets.join(", ")}): pass --cluster, or log in with docker`);
  }
  if (providers.length > 0) notes.push(`the policy takes credentials of ${providers.join(", ")}: pass --k8s-keychain`);
  if (memberOf(credentials, "allowInsecureRegistry") === true) {
    notes.push("the policy allows an insecure registry: pass --allow-insecure-registry or --allow-http-registry");
  }
  return notes.join("; ");
}

function textsOf(value: Value | undefined, name: string): readonly string[] {
  return listOf(value, name).filter((each) => typeof each === "string");
}
