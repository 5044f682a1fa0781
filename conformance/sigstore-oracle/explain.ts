import type { Verdict } from "./verdicts.ts";

/** A case on which the two do not agree. */
export interface Difference {
  readonly name: string;
  readonly mutation: string;
  /** Where the bundle was changed. */
  readonly place: string;
  readonly ours: Verdict;
  readonly theirs: Verdict;
}

interface Cause {
  readonly name: string;
  /** Of amap's refusal: its code, and what its message holds. */
  readonly code: RegExp;
  readonly message: RegExp;
  readonly reason: string;
}

/** Why amap refuses what @sigstore/verify accepts. */
const STRICTER: readonly Cause[] = [
  {
    name: "unknown-member",
    code: /^(BUNDLE|TLOG_ENTRY|ENVELOPE)_INVALID$/,
    message: /unknown member/,
    reason:
      "Members that the message does not have are refused, as Go's protojson refuses them; @sigstore/bundle skips them.",
  },
  {
    name: "digest-algorithm",
    code: /^BUNDLE_INVALID$/,
    message: /messageDigest\.algorithm: expected SHA2_256/,
    reason: "The digest beside a blob's signature must name its algorithm; @sigstore/verify compares the digest alone.",
  },
  {
    name: "digest-of-another-algorithm",
    code: /^(SUBJECT_MISMATCH|TLOG_ENTRY_MISMATCH)$/,
    message: /sha(256|384|512):/,
    reason: "The algorithm beside a digest is part of it; @sigstore/verify compares the bytes alone.",
  },
  {
    name: "base64",
    code: /^(BUNDLE|TLOG_ENTRY|ENVELOPE)_INVALID$/,
    message: /expected base64/,
    reason: "Base64 is read in one form, with padding and without spaces; Node's Buffer skips what is none.",
  },
  {
    name: "root-hash",
    code: /^TLOG_ENTRY_INVALID$/,
    message: /rootHash/,
    reason: "A root hash has 32 bytes; @sigstore/verify takes the checkpoint's and never looks at the one beside it.",
  },
  {
    name: "number",
    code: /^TLOG_ENTRY_INVALID$/,
    message: /expected an integer/,
    reason:
      "Sizes, indexes and times must be 64-bit integers; @sigstore/verify never looks at those beside the checkpoint.",
  },
  {
    name: "proof-and-checkpoint",
    code: /^TLOG_INCLUSION_PROOF$/,
    message: /expected a proof in the tree of/,
    reason:
      "Size and root of a proof must be those of its checkpoint, as in sigstore-go; @sigstore/verify reads the checkpoint's alone.",
  },
  {
    name: "index-of-rekor-v2",
    code: /^TLOG_INCLUSION_PROOF$/,
    message: /expected a proof for entry/,
    reason:
      "In Rekor v2 an entry has one index, so the proof must be for it; @sigstore/verify reads the proof's alone.",
  },
  {
    name: "checkpoint-form",
    code: /^TLOG_CHECKPOINT$/,
    message: /checkpoint: expected/,
    reason: "A checkpoint is a signed note in its one form (C2SP); @sigstore/verify splits it and skips what is left.",
  },
  {
    name: "media-type",
    code: /^BUNDLE_UNSUPPORTED$/,
    message: /mediaType: expected a bundle of version/,
    reason: "Only media types that exist are read; @sigstore/bundle looks for a pattern of digits.",
  },
  {
    name: "timestamp-form",
    code: /^(TIMESTAMP|DER)_INVALID$/,
    message: /./,
    reason:
      "A timestamp is read as strict DER with the members of RFC 3161 and RFC 5652; @sigstore/core reads what it needs of it.",
  },
  {
    name: "certificate-in-timestamp",
    code: /^TIME_UNPROVEN$/,
    message: /found 0/,
    reason:
      "A certificate in a timestamp that has its signer's number and is not the trusted one makes it a stranger's; @sigstore/verify never looks at the certificates in it.",
  },
  {
    name: "certificate-form",
    code: /^CERTIFICATE_INVALID$/,
    message: /./,
    reason: "A certificate is read as strict DER; @sigstore/core skips the tags that it does not ask for.",
  },
  {
    name: "wrong-type",
    code: /^(BUNDLE|TLOG_ENTRY|ENVELOPE)_INVALID$/,
    message: /expected (?:an object|a list|text)/,
    reason:
      "A member of another type is refused, as Go's protojson refuses it; @sigstore/bundle makes of it what it can.",
  },
];

/** Why @sigstore/verify refuses what amap accepts. */
const LAXER: readonly Cause[] = [
  {
    name: "timestamp-of-a-stranger",
    code: /^TIMESTAMP_ERROR$/,
    message: /./,
    reason:
      "A timestamp that names no trusted authority says nothing, as in sigstore-go, where a log proves a time; @sigstore/verify wants each of them trusted.",
  },
  {
    name: "empty-promise",
    code: /^TLOG_INCLUSION_PROMISE_ERROR$/,
    message: /inclusion promise could not be verified/,
    reason:
      "An inclusion promise without a signature is none, as in sigstore-go: the entry's proof and another time must do without it.",
  },
];

/** The name of a difference in the ledger (who is stricter, cause, kind of mutation), and why it is. */
export function explainDifference({ mutation, place, ours, theirs }: Difference): {
  readonly name: string;
  readonly reason?: string;
} {
  const text = ours.accepted ? theirs.reason : ours.reason;
  const code = text.split(" ", 1)[0] ?? "";
  const cause = (ours.accepted ? LAXER : STRICTER).find((row) => row.code.test(code) && row.message.test(text));
  const side = ours.accepted ? "laxer" : "stricter";
  if (cause === undefined) return { name: `${side}/${code}/${mutation} ${place}` };
  return { name: `${side}/${cause.name}/${mutation}`, reason: cause.reason };
}
