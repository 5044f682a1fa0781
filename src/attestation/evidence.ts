import type { Digest, ErrorCode, Value } from "../base/index.ts";
import type { Statement } from "./statement.ts";

/** Where a candidate was found, for reports and for `tree`. */
export interface FoundAt {
  /** `tag`: cosign's .sig/.att tags. `referrer`: a bundle (or a legacy payload) that names the image as its subject. */
  readonly form: "tag" | "referrer";
  /** The manifest that holds it, and the layer or blob inside it. */
  readonly manifest: Digest;
  readonly blob: Digest;
}

/** Something stored beside an image that may be a signature or an attestation. Nothing in it is trusted yet. */
export type Candidate =
  | {
      /** A layer of a `.sig` tag: simple signing payload, signature in an annotation. */
      readonly kind: "simple-signing";
      readonly foundAt: FoundAt;
      readonly payload: Uint8Array;
      readonly annotations: Readonly<Record<string, string>>;
    }
  | {
      /** A layer of an `.att` tag: a DSSE envelope. */
      readonly kind: "envelope";
      readonly foundAt: FoundAt;
      readonly bytes: Uint8Array;
      readonly annotations: Readonly<Record<string, string>>;
    }
  | {
      /** A Sigstore bundle in a referrer. */
      readonly kind: "bundle";
      readonly foundAt: FoundAt;
      readonly bytes: Uint8Array;
    };

/** Who made a signature, as verified. */
export interface SignerIdentity {
  readonly kind: "key";
  /** base64 of SHA-256 of the SPKI, as in a bundle's hint. */
  readonly keyId: string;
  /** The name under which the caller trusts this key: a policy's attestor name, or the key file's path. */
  readonly name: string;
  /** Further names, when the caller trusts the same key under more than one. */
  readonly otherNames?: readonly string[];
}

/** When something was signed. `self-asserted`: only the signer says so; a timestamp authority or log would say more. */
export interface SignedTime {
  readonly source: "self-asserted";
  /** RFC 3339; absent when the signer states none. */
  readonly at?: string;
}

/** A verified image signature. */
export interface VerifiedSignature {
  readonly kind: "signature";
  readonly signer: SignerIdentity;
  readonly foundAt: FoundAt;
  /** The digest the signature speaks of: the image's, or its index's or platform's. */
  readonly subject: Digest;
  /** `-a key=value` of the signer. */
  readonly annotations: Readonly<Record<string, Value>>;
  readonly signedTime: SignedTime;
  /**
   * For `verify -o json`: the simple signing payload, or for a bundle the same shape made from its statement, with the
   * predicate type as `critical.type` and an empty docker-reference (cosign fills in the reference it was asked for).
   */
  readonly payload: Value;
  /** What was seen and did not count, in one sentence each: an unchecked log entry, a contradicting annotation. */
  readonly notes?: readonly string[];
}

/** A verified attestation. */
export interface VerifiedAttestation {
  readonly kind: "attestation";
  readonly signer: SignerIdentity;
  readonly foundAt: FoundAt;
  readonly subject: Digest;
  readonly statement: Statement;
  readonly predicateType: string;
  readonly predicate: Value;
  readonly signedTime: SignedTime;
  /** The envelope as stored, for `verify-attestation`'s output. */
  readonly envelope: {
    readonly payload: Uint8Array;
    readonly payloadType: string;
    readonly signatures: readonly { readonly sig: string; readonly keyid?: string }[];
  };
  /** What was seen and did not count, in one sentence each: an unchecked log entry, a contradicting annotation. */
  readonly notes?: readonly string[];
}

/** A candidate that does not count, with the cause. */
export interface RejectedCandidate {
  readonly foundAt: FoundAt;
  readonly kind: Candidate["kind"];
  readonly code: ErrorCode;
  /** Expected and found, in one sentence. */
  readonly message: string;
  /** What it claims to be, unverified; for reports only. */
  readonly claims?: { readonly predicateType?: string };
}

/** All that was found beside one image, judged. */
export interface Verification {
  readonly signatures: readonly VerifiedSignature[];
  readonly attestations: readonly VerifiedAttestation[];
  readonly rejected: readonly RejectedCandidate[];
}

/** A key the caller trusts. */
export interface TrustedKey {
  readonly name: string;
  /** PEM block `PUBLIC KEY`. */
  readonly pem: string;
}

/** What to verify against. */
export interface VerificationPolicy {
  readonly keys: readonly TrustedKey[];
  /** The digests a statement may speak of: the image's own first, then its index's or platforms' by the bridging rule. */
  readonly subjects: readonly Digest[];
}
