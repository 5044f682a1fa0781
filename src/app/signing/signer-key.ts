import type { SignerIdentity } from "../../attestation/index.ts";
import { textOf, type Value } from "../../base/index.ts";

/**
 * What stays the same between two signatures of one signer: the id of a key; issuer and subject of a certificate, whose
 * own key lives for one signature.
 * @example
 * ```ts
 * import { signerKeyOf } from "./signer-key.ts";
 * signerKeyOf({ kind: "key", keyId: "AAAA", name: "builder" }); // '["AAAA","",""]'
 * ```
 */
export function signerKeyOf(signer: SignerIdentity): string {
  if (signer.kind === "key") return JSON.stringify([signer.keyId, "", ""]);
  return JSON.stringify(["", signer.issuer ?? "", signer.subject]);
}

/** {@link signerKeyOf} of a signer as evidence describes it; the same text for every entry that names no signer. */
export function signerKeyOfEvidence(signer: Value | undefined): string {
  return JSON.stringify([textOf(signer, "keyId"), textOf(signer, "issuer"), textOf(signer, "subject")]);
}
