import type { Digest, ErrorCode, Value } from "../base/index.ts";
import type { Statement } from "./statement.ts";

/** Where a candidate was found, for reports and for `tree`. */
export interface FoundAt {
  /**
   * `tag`: cosign's .sig/.att tags. `referrer`: a bundle (or a legacy payload) that names the image as its subject.
   * `file`: a file on this machine.
   */
  readonly form: "tag" | "referrer" | "file";
  /** The manifest or file that holds it, and the layer, blob or document inside it. */
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

/** Who made a signature, as verified: the holder of a trusted key, or whom a trusted authority issued a certificate to. */
export type SignerIdentity = KeySigner | CertificateSigner;

/** The holder of a key that the caller trusts. */
export interface KeySigner {
  readonly kind: "key";
  /** base64 of SHA-256 of the SPKI, as in a bundle's hint. */
  readonly keyId: string;
  /** The name under which the caller trusts this key: a policy's attestor name, or the key file's path. */
  readonly name: string;
  /** Further names, when the caller trusts the same key under more than one. */
  readonly otherNames?: readonly string[];
}

/** Whom a certificate names that leads to a trusted authority and was valid at the signed time (keyless signing). */
export interface CertificateSigner {
  readonly kind: "certificate";
  /** The name of the expected identity that it matches, or the subject where the caller names none. */
  readonly name: string;
  /** Further names, where more than one attestor trusts it. */
  readonly otherNames?: readonly string[];
  /** The subject alternative name: an e-mail address, or the URI of a workflow. */
  readonly subject: string;
  /** The issuer of the OIDC token, from Fulcio's extension; absent in a certificate that does not state it. */
  readonly issuer?: string;
  /** Fulcio's extensions by name, such as `githubWorkflowRepository`. */
  readonly extensions: Readonly<Record<string, string>>;
  /** SHA-256 of the certificate's DER, hex. */
  readonly fingerprint: string;
}

/**
 * When something was signed. `timestampAuthority` and `transparencyLog`: a trusted third party says that the signature
 * existed then. `self-asserted`: only the signer says so.
 */
export interface SignedTime {
  readonly source: "self-asserted" | "transparencyLog" | "timestampAuthority";
  /** RFC 3339; absent when the signer states none. */
  readonly at?: string;
  /** The address of the log or authority, as the trusted root names it. */
  readonly by?: string;
}

/** One thing that was checked, for reports. */
export interface VerificationCheck {
  readonly name:
    | "signature"
    | "identity"
    | "timestamps"
    | "logs"
    | "time"
    | "certificate"
    | "certificateTimestamps"
    | "subject";
  readonly passed: boolean;
  readonly expected: string;
  readonly found: string;
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
  /** What was checked beside the signature; absent where a trusted key's signature is all that was asked for. */
  readonly checks?: readonly VerificationCheck[];
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
  /** What was checked beside the signature; absent where a trusted key's signature is all that was asked for. */
  readonly checks?: readonly VerificationCheck[];
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
  /** What was checked up to the cause, where its signature verified; the last one is the cause. */
  readonly checks?: readonly VerificationCheck[];
}

/** All that was found beside one image, judged. */
export interface Verification {
  readonly signatures: readonly VerifiedSignature[];
  readonly attestations: readonly VerifiedAttestation[];
  readonly rejected: readonly RejectedCandidate[];
}
