import { AmapError, type SignatureScheme } from "../../base/index.ts";
import type { Signer } from "../../ports/index.ts";
import type { WitnessRequest } from "./witness-signature.ts";

/** How cosign stores a signature or attestation: as a Sigstore bundle, or as before, for images under a tag beside them. */
export type StorageForm = "bundle" | "tag";

/** In which form is signed, and who witnesses it. */
export interface FormOptions {
  readonly form: StorageForm;
  /** Services that witness the signature; none when left out. */
  readonly witnesses?: WitnessRequest;
}

/** The digest that a scheme signs, by its name; plain Ed25519 signs the bytes themselves, a log takes its digest form. */
export function digestAlgorithmOf(scheme: SignatureScheme): "sha256" | "sha384" | "sha512" {
  if (scheme.startsWith("ed25519") || scheme.endsWith("sha512")) return "sha512";
  return scheme.endsWith("sha384") ? "sha384" : "sha256";
}

/** The scheme for an envelope. Of the older form cosign reads SHA-256 only, whatever the curve; of envelopes Rekor v1, too. */
export function schemeOfEnvelope(signer: Signer, options: FormOptions): SignatureScheme {
  const logs = options.witnesses?.signingConfig.transparencyLogs ?? [];
  const isOldLog = logs.length > 0 && logs.every(({ majorApiVersion }) => majorApiVersion === 1);
  return isOldLog ? withSha256(signer) : schemeOfForm(signer, options.form);
}

function schemeOfForm(signer: Signer, form: StorageForm): SignatureScheme {
  return form === "tag" ? withSha256(signer) : signer.publicKey.defaultScheme;
}

function withSha256({ publicKey: { defaultScheme } }: Signer): SignatureScheme {
  return defaultScheme.startsWith("ecdsa-") ? "ecdsa-sha256" : defaultScheme;
}

/**
 * The scheme for bytes. Logs hold digests only, so Ed25519 keys sign the digest (Ed25519ph) where one is asked; of the older
 * form nobody reads such an entry.
 * @throws {AmapError} NOT_SUPPORTED for an Ed25519 key and a log in the older form
 */
export function schemeOfBytes(signer: Signer, { form, witnesses }: FormOptions): SignatureScheme {
  const scheme = schemeOfForm(signer, form);
  if (scheme !== "ed25519" || (witnesses?.signingConfig.transparencyLogs.length ?? 0) === 0) return scheme;
  if (form === "bundle") return "ed25519ph";
  throw new AmapError("NOT_SUPPORTED", "the older form has no log entry for a key of Ed25519 that could be verified", {
    hint: "Leave out --new-bundle-format=false, or sign without the log.",
  });
}
