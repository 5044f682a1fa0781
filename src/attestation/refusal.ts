import type { Decoded, Digest, Issue } from "../base/index.ts";
import type { EnvelopeSignature } from "./envelope.ts";
import type { RejectedCandidate } from "./evidence.ts";
import { quoteText } from "./quote-text.ts";
import type { Subject } from "./statement.ts";
import { ATTACHMENT_ANNOTATIONS, annotationOf } from "./storage/media-types.ts";
import type { SubjectIndex } from "./subject-match.ts";
import type { ParsedKey } from "./trusted-keys.ts";

/** A cause of rejection, before it is known where. */
export type Refusal = Pick<RejectedCandidate, "code" | "message" | "claims">;

/** A step that ended with a cause. */
export interface Refused {
  readonly ok: false;
  readonly refusal: Refusal;
}

/** A cause in one sentence; `claims` is what the candidate says it is, unverified. */
export function refuse(code: Refusal["code"], message: string, claims?: Refusal["claims"]): Refused {
  return { ok: false, refusal: claims === undefined ? { code, message } : { code, message, claims } };
}

/** The first issue of a malformed document, and how many more there are. */
export function refuseIssues(decoded: Decoded<unknown> & { ok: false }, claims?: Refusal["claims"]): Refused {
  const [first, ...others] = decoded.issues;
  const { code, path, message } = first as Issue;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  return refuse(code, `${path === "" ? "" : `${path}: `}${message}${more}`, claims);
}

/** A statement about something else than what was asked for. */
export function refuseSubject(
  found: readonly (Digest | Subject["digest"])[],
  subjects: SubjectIndex,
  claims?: Refusal["claims"],
): Refused {
  const [first] = found;
  const shown = typeof first === "object" ? Object.entries(first).map(([name, hex]) => `${name}:${hex}`)[0] : first;
  const more = found.length > 1 ? ` and ${found.length - 1} more` : "";
  const message = `expected a statement about ${subjects.shown}, found one about ${quoteText(shown)}${more}`;
  return refuse("SUBJECT_MISMATCH", message, claims);
}

/** What is known of a signature that no trusted key verifies. */
export interface Unverified {
  readonly signatures: readonly EnvelopeSignature[];
  readonly hint?: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly claims?: Refusal["claims"] | undefined;
}

/**
 * No trusted key verifies: says which of the causes it is, as far as that can be known. Without a hint a stranger's
 * signature and a changed payload look the same, and calling tampered evidence a stranger's would hide the worse one.
 */
export function refuseUnverified(unverified: Unverified, keys: readonly ParsedKey[]): Refused {
  const { signatures, hint, annotations, claims } = unverified;
  if ((annotationOf(annotations, ATTACHMENT_ANNOTATIONS.certificate) ?? "") !== "") {
    const message = "expected a signature made with a key, found one made with a certificate (keyless)";
    return refuse("BUNDLE_UNSUPPORTED", message, claims);
  }
  if (keys.length === 0) return refuse("SIGNER_UNKNOWN", "no key is trusted here", claims);
  const hints = hintsOf(hint, signatures);
  const named = keys.find(({ ids }) => hints.some((id) => ids.has(id)));
  if (named !== undefined) {
    const who = quoteText(named.signer.name);
    const cause = "the signed bytes or the signature were changed";
    return refuse("SIGNATURE_INVALID", `it names the key ${who}, which does not verify it: ${cause}`, claims);
  }
  const expected = `expected a signature by ${keys.map(({ signer }) => quoteText(signer.name)).join(", ")}`;
  const [other] = hints;
  if (other !== undefined) return refuse("SIGNER_UNKNOWN", `${expected}, found one by key ${quoteText(other)}`, claims);
  const causes = "it was made by another key, or the signed bytes or the signature were changed";
  return refuse("SIGNATURE_INVALID", `${expected}, which does not verify: ${causes}`, claims);
}

/** All that names a key beside an envelope: the bundle's hint and the signatures' keyids. None of it is signed. */
export function hintsOf(hint: string | undefined, signatures: readonly EnvelopeSignature[]): readonly string[] {
  return [hint, ...signatures.map(({ keyid }) => keyid)].filter((id) => id !== undefined);
}
