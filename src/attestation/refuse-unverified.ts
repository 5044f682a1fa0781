import type { EnvelopeSignature } from "./envelope.ts";
import { quoteText } from "./quote-text.ts";
import { type Refusal, type Refused, refuse } from "./refusal.ts";
import { ATTACHMENT_ANNOTATIONS, annotationOf } from "./storage/media-types.ts";
import type { ParsedKey } from "./trusted-keys.ts";

/** What is known of a signature that no trusted key verifies. */
export interface Unverified {
  readonly signatures: readonly EnvelopeSignature[];
  readonly hint?: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly claims?: Refusal["claims"] | undefined;
}

/** How many trusted keys one message names. */
const SHOWN_KEYS = 5;

/**
 * No trusted key verifies: says which of the causes it is, as far as that can be known. Without a hint a stranger's
 * signature and a changed payload look the same, and calling tampered evidence a stranger's would hide the worse one.
 */
export function refuseUnverified(unverified: Unverified, keys: readonly ParsedKey[]): Refused {
  const { signatures, hint, annotations, claims } = unverified;
  if ((annotationOf(annotations, ATTACHMENT_ANNOTATIONS.certificate) ?? "") !== "") return refuseCertificates(claims);
  if (keys.length === 0) return refuse("SIGNER_UNKNOWN", "no key is trusted here", claims);
  const hints = hintsOf(hint, signatures);
  const named = keys.find(({ ids }) => hints.some((id) => ids.has(id)));
  if (named !== undefined) {
    const who = quoteText(named.signer.name);
    const cause = "the signed bytes or the signature were changed";
    return refuse("SIGNATURE_INVALID", `it names the key ${who}, which does not verify it: ${cause}`, claims);
  }
  const shown = keys.slice(0, SHOWN_KEYS).map(({ signer }) => quoteText(signer.name));
  const more = keys.length > SHOWN_KEYS ? ` or ${keys.length - SHOWN_KEYS} more` : "";
  const expected = `expected a signature by ${shown.join(", ")}${more}`;
  const [other] = hints;
  if (other !== undefined) return refuse("SIGNER_UNKNOWN", `${expected}, found one by key ${quoteText(other)}`, claims);
  const causes = "it was made by another key, or the signed bytes or the signature were changed";
  return refuse("SIGNATURE_INVALID", `${expected}, which does not verify: ${causes}`, claims);
}

/** A keyless signature where the caller trusts no identity. */
export function refuseCertificates(claims?: Refusal["claims"]): Refused {
  const message = "expected a signature by a trusted key, found one made with a certificate (keyless)";
  return refuse("SIGNER_UNKNOWN", `${message}, and no identity is trusted here`, claims);
}

/** All that names a key beside an envelope: the bundle's hint and the signatures' keyids. None of it is signed. */
export function hintsOf(hint: string | undefined, signatures: readonly EnvelopeSignature[]): readonly string[] {
  return [hint, ...signatures.map(({ keyid }) => keyid)].filter((id) => id !== undefined);
}
