import type { ErrorCode, Value } from "../../base/index.ts";

/** A row of {@link FACT_KINDS}. */
interface FactKindRow {
  /** It changes something: asked only when nothing before it is missing, and never again once it is answered. */
  readonly acts: boolean;
  /** The function that asks it, for messages. */
  readonly askedBy: string;
}

/** What a policy may ask of the world: the shape of each question's params, all that can change the answer, and of its value. */
export const FACT_KINDS = {
  /**
   * What trusted attestors say of an image. Params `{image, attestors: AttestorRequest[]}`; the value is ImageEvidence,
   * with what any of them vouches for.
   */
  imageEvidence: { acts: false, askedBy: "verifyImageSignatures" },
  /**
   * An image's resolved reference, manifest and configuration. Params `{image, credentials?, namespace?}`: a context
   * entry's imageRegistryCredentials as it states them, and the namespace whose Secrets they mean.
   */
  imageData: { acts: false, askedBy: "image.getMetadata" },
  /**
   * One object of the cluster. Params `{apiVersion, resource, namespace, name}`: the plural name; an empty namespace for
   * what has none. The value is the object, or null when there is none.
   */
  resource: { acts: false, askedBy: "resource.get" },
  /**
   * Objects of a kind. Params `{apiVersion, resource, namespace, labels: {key: value}}`: an empty namespace for all;
   * every label must be equal. The value is a Kubernetes list `{apiVersion, kind, metadata, items}` with all of them.
   */
  resourceList: { acts: false, askedBy: "resource.list" },
  /**
   * One object by its kind. Params `{apiVersion, kind, namespace, name}`; the namespace is not looked at for kinds outside
   * namespaces. The value is the object, or null when there is none.
   */
  objectOfKind: { acts: false, askedBy: "a kyverno.io policy that names an object" },
  /**
   * Objects of kinds. Params `{apiVersion, kind, subresource, namespace, name, selector}`: group, version, kind,
   * subresource, namespace and name may hold `*` and `?`, an empty namespace, name or subresource is any, any and none;
   * the selector is a LabelSelector. The value is a list of `{object, subresource}`, the subresource's own object.
   */
  objectsOfKind: { acts: false, askedBy: "a kyverno.io policy that names objects" },
  /**
   * Whether an attestor of verifyImages vouches for an image. Params `{image, type, attestor, repository, annotations,
   * attestation, credentials, cosignOCI11, namespace}`: `type` is Cosign, SigstoreBundle or Notary; `attestor` one entry
   * as the policy has it, without nested ones; `attestation` the predicate type whose statements are wanted, empty for a
   * signature. The value is `{verified: true, digest, statements: [{type, predicate}]}`, or `{verified: false, message}`
   * where it was looked and nothing vouches; where it could not be looked the fact is a failed one.
   */
  imageAttestor: { acts: false, askedBy: "verifyImages" },
  /**
   * Whether an attestor of validate.manifests signed a manifest. Params `{message, signatures, attestor, repository}`: the annotation
   * with the message, the annotations of each signature as `{signature, certificate, bundle}` (empty for none), one entry as
   * the policy has it, and the image that the policy names instead, empty for none. The value is `{verified: true, signer}`, or `{verified: false, message}`; where it could
   * not be looked the fact is a failed one.
   */
  manifestSignature: { acts: false, askedBy: "validate.manifests" },
  /** How the cluster serves a kind. Params `{apiVersion, kind}`; the value is `{group, version, resource}`. */
  resourceType: { acts: false, askedBy: "resource.toGVR" },
  /**
   * Creates an object. Params `{apiVersion, resource, namespace, object}`: it goes to `namespace`, and names no other
   * one. The value is what the API server answers.
   */
  resourcePost: { acts: true, askedBy: "resource.post" },
  /**
   * What the API server answers to a GET. Params `{path}`: with its query, as `kubectl get --raw` takes it. The value is
   * the decoded JSON of an answer 2xx; every other answer, and what is no JSON, is a failed fact.
   */
  kubernetesApi: { acts: false, askedBy: "apiCall" },
  /** What the API server answers to a POST. As `kubernetesApi`, with `body`: what is sent as JSON. */
  kubernetesApiPost: { acts: true, askedBy: "apiCall" },
  /**
   * A GET over HTTP. Params `{url, headers: {name: value}, caBundle?}`: names in lower case; the certificates in PEM that
   * are trusted instead of the system's. The value is `{status, body}` for any status: the decoded JSON, null for a body
   * that is none. No answer, and an address that may not be asked, is a failed fact. Headers may hold secrets.
   */
  http: { acts: false, askedBy: "http.get" },
  /** A POST over HTTP. As `http`, with `body`: what is sent as JSON. */
  httpPost: { acts: true, askedBy: "http.post" },
  /**
   * A GlobalContextEntry. Params `{name, projection}`: an empty projection for its data. The value is null when there is
   * no entry of this name.
   */
  globalContext: { acts: false, askedBy: "globalContext.get" },
  /**
   * Whether a user may do something. Params `{user: {username, groups, uid?, extra?}, verb}` with `{path}`, or with
   * `{group, version, resource, subresource, namespace, name, fieldSelector?, labelSelector?}`; the value is `{allowed,
   * reason?, error?}`.
   */
  authorization: { acts: false, askedBy: "authorizer" },
} as const satisfies Readonly<Record<string, FactKindRow>>;

/** A kind of question. */
export type FactKind = keyof typeof FACT_KINDS;

/**
 * The answer to what nobody can look up where an evaluation runs: a failed fact NOT_SUPPORTED that names the function,
 * never an empty value.
 *
 * @example
 * ```ts
 * import { notServed } from "../index.ts";
 * notServed({ key: "http:{}", kind: "http", params: {} }).ok; // false
 * ```
 */
export function notServed(request: FactRequest): Fact {
  const message = `${FACT_KINDS[request.kind].askedBy} cannot be answered here: nothing looks up ${request.kind} facts`;
  return Object.freeze({ ok: false, code: "NOT_SUPPORTED", message });
}

/** One question to the world: a kind and all that can change the answer. */
export interface FactRequest {
  /** The kind and the canonical JSON of the parameters: equal questions have equal keys. */
  readonly key: string;
  readonly kind: FactKind;
  readonly params: Value;
}

/** The answer: loaded once, frozen. Absent from the store, null and failed are three different things. */
export type Fact =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** Facts that are already there, by key. */
export type Facts = ReadonlyMap<string, Fact>;

/**
 * Thrown when a fact is absent, after its request has been noted. One frozen constant, not an Error: it is thrown often
 * and its stack says nothing. Never caught in `policy/` without passing it on.
 */
export const MISSING_FACT: unique symbol = Symbol("missing fact");

/** What evaluation code uses to ask the world. One is made for each evaluation pass. */
export interface FactReader {
  /**
   * The fact's value.
   * @throws MISSING_FACT when it is not there yet, {AmapError} with the fact's code when it could not be loaded
   */
  fact(kind: FactKind, params: Value): Value;
  /** How often a fact was missing: a result counts only when this did not move while it was made. */
  readonly misses: number;
  /** Requests noted so far, without duplicates. */
  readonly pending: ReadonlyMap<string, FactRequest>;
}
