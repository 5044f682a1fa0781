import { AmapError, listOf, type PublicKey, readPublicKey, textOf, type Value } from "../../base/index.ts";

/** Texts that one identity must have: of each pair all that is stated. */
export type RequestedIdentity = {
  readonly issuer?: string;
  /** RE2; it need not match the whole text. */
  readonly issuerRegExp?: string;
  readonly subject?: string;
  /** RE2; it need not match the whole text. */
  readonly subjectRegExp?: string;
};

/** How logs and timestamp authorities are treated; keys and chains in PEM, each in place of the trusted root's. */
export type RequestedLogs = {
  /** A signature needs no entry in a transparency log. */
  readonly ignoresEntries: boolean;
  /** A certificate needs no timestamp of a log of certificates. */
  readonly ignoresCertificateTimestamps: boolean;
  readonly url?: string;
  readonly rekorKey?: string;
  readonly ctLogKey?: string;
  /** Given, a timestamp authority must have signed a time. */
  readonly tsaChain?: string;
};

/**
 * Whom one attestor of a policy trusts, as facts name it: one of `key`, `keyless` and `certificate`, or the reason why
 * it cannot be asked. What the policy works out by expressions is here as the text that came out.
 */
export type AttestorRequest = {
  readonly name: string;
  readonly key?: { readonly pem: string; readonly hashAlgorithm: KeyHash };
  readonly keyless?: {
    /** Any one of them is enough. */
    readonly identities: readonly RequestedIdentity[];
    /** PEM, in place of the trusted root's authorities. */
    readonly roots?: string;
    /** Extensions of the certificate, by Sigstore's names or object identifiers, all of which must be equal. */
    readonly extensions?: { readonly [name: string]: string };
  };
  /** With `cert` signatures are verified by its key; with a chain alone, by whatever certificate the chain issued. */
  readonly certificate?: { readonly cert?: string; readonly certChain?: string };
  readonly logs: RequestedLogs;
  /** A Sigstore trusted root, JSON. */
  readonly trustedRoot?: string;
  /** The address of the repository that the trusted root must come from, where it is not stated. */
  readonly trustRepository?: string;
  /** What a signature must state. */
  readonly annotations?: { readonly [name: string]: string };
  /** Where signatures are, when not beside the image. */
  readonly source?: { readonly repository?: string; readonly tagPrefix?: string };
  /** The kinds of evidence that it may state, in order; without them all. Of what else it signed nothing counts. */
  readonly states?: readonly EvidenceKind[];
  /** Why amap cannot ask it: what needs it is an error, unless its answer is given. */
  readonly unanswered?: string;
};

/**
 * What somebody can state of an image: `other` is every attestation of a type that amap does not read. Analyses within a
 * CycloneDX document are `vex`, the document itself is `sbom`.
 */
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

export const EVIDENCE_KINDS = [
  "signature",
  "sbom",
  "scan",
  "vex",
  "provenance",
  "sast",
  "review",
  "acceptance",
  "other",
] as const;

/** What a key's signatures are over. */
type KeyHash = "sha256" | "sha384" | "sha512";

/** The hashes that signatures of each kind of key are verified with; Ed25519 has its own. */
const VERIFIED_HASHES: Readonly<Record<PublicKey["algorithm"], readonly KeyHash[]>> = {
  "ecdsa-p256": ["sha256"],
  "ecdsa-p384": ["sha384", "sha256"],
  "ecdsa-p521": ["sha512", "sha256"],
  rsa: ["sha256"],
  ed25519: ["sha256", "sha384", "sha512"],
};

/**
 * Checks that signatures by the key of an attestor can be verified.
 *
 * @throws {AmapError} KEY_INVALID, KEY_UNSUPPORTED; NOT_SUPPORTED for a hash that is not verified with such a key
 * @example
 * ```ts
 * import { checkAttestorKey } from "../index.ts";
 * const check = (pem: string) => checkAttestorKey({ pem, hashAlgorithm: "sha384" });
 * ```
 */
export function checkAttestorKey({ pem, hashAlgorithm }: NonNullable<AttestorRequest["key"]>): void {
  const { algorithm } = readPublicKey(pem);
  const verified = VERIFIED_HASHES[algorithm];
  if (verified.includes(hashAlgorithm)) return;
  const message = `hashAlgorithm: expected ${verified.join(" or ")} for a key ${algorithm}, found ${hashAlgorithm}`;
  throw new AmapError("NOT_SUPPORTED", message);
}

/**
 * The attestors that a request for `imageEvidence` names, in its order.
 *
 * @example
 * ```ts
 * import { requestedAttestors } from "../index.ts";
 * requestedAttestors({ image: "nginx", attestors: [] }); // []
 * ```
 */
export function requestedAttestors(params: Value): readonly AttestorRequest[] {
  // They are as planAttestors made them: facts are asked for by expressions, which cannot make an attestor.
  return listOf(params, "attestors") as readonly AttestorRequest[];
}

/**
 * Why an attestor that a request names cannot be asked, in one sentence; empty when all can.
 *
 * @example
 * ```ts
 * import { unansweredAttestor } from "../index.ts";
 * unansweredAttestor({ image: "nginx", attestors: [{ name: "a", unanswered: "no such key" }] }); // "attestor a: no such key"
 * ```
 */
export function unansweredAttestor(params: Value): string {
  const attestor = listOf(params, "attestors").find((each) => textOf(each, "unanswered") !== "");
  return attestor === undefined ? "" : `attestor ${textOf(attestor, "name")}: ${textOf(attestor, "unanswered")}`;
}
