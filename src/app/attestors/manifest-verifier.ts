import {
  type Bundle,
  type BundleMaterial,
  createBundleVerifier,
  decodeCertificatesPem,
  type LogEntry,
  logEntryOfAnnotation,
  type SignerIdentity,
  type VerifierOptions,
} from "../../attestation/index.ts";
import { AmapError, decodeBase64, decodeUtf8, hashBytes, isAmapError, type Value } from "../../base/index.ts";
import { decodeManifestAnnotation, type ManifestSignature } from "../../policy/index.ts";
import type { World } from "../world.ts";
import { readAttestorSigner } from "./attestor-signer.ts";
import type { AttestorTerms } from "./attestor-terms.ts";
import { readAttestorTrust, thresholdsOf } from "./attestor-trust.ts";
import type { AttestorPlaces } from "./attestor-verifier.ts";

/** One attestor, ready to judge signatures of manifests. */
export interface ManifestVerifier {
  /**
   * The value of a `manifestSignature` fact: whether any of the signatures of a message counts.
   * @throws {AmapError} as openAttestorVerifier, where the attestor cannot be asked
   */
  verify(message: string, signatures: readonly ManifestSignature[]): Promise<Value>;
}

type Judge = ReturnType<typeof createManifestJudge>;

/**
 * Makes a verifier. A signature by a key needs a log's entry only where one stands beside it or the policy names the
 * log's key: signing tools write none for keys by default. A certificate's signature needs one, unless the policy says
 * otherwise, and must lead to a trusted authority.
 */
export function createManifestVerifier(world: World, terms: AttestorTerms, places: AttestorPlaces): ManifestVerifier {
  const judges = new Map<boolean, Promise<Judge | { readonly refusal: string }>>();
  const judgeOf = (ignoresLogs: boolean): Promise<Judge | { readonly refusal: string }> => {
    const found = judges.get(ignoresLogs) ?? openJudge(world, { ...terms, ignoresLogs }, places);
    judges.set(ignoresLogs, found);
    return found;
  };
  return {
    async verify(message, signatures) {
      const reasons: string[] = [];
      for (const signature of signatures) {
        const judge = await judgeOf(ignoresLogs(terms, signature));
        if (typeof judge !== "function") return { verified: false, message: judge.refusal };
        try {
          return { verified: true, signer: nameOf(judge(decodeManifestAnnotation(message), signature)) };
        } catch (error) {
          // What the object holds is judged here, and nothing else: why it does not count is an answer.
          if (!isAmapError(error) || error.code === "BUG") throw error;
          reasons.push(`${error.code}: ${error.message}`);
        }
      }
      const found = reasons.length === 0 ? "there is none" : [...new Set(reasons)].join("; ");
      return { verified: false, message: `no matching signatures: ${found}` };
    },
  };
}

function ignoresLogs({ signer, ignoresLogs, logKey }: AttestorTerms, { bundle }: ManifestSignature): boolean {
  return ignoresLogs || (signer.kind !== "identity" && logKey === "" && bundle === "");
}

async function openJudge(
  world: World,
  terms: AttestorTerms,
  places: AttestorPlaces,
): Promise<Judge | { readonly refusal: string }> {
  const trust = await readAttestorTrust(world, "tags", terms, places.trustRoot);
  const signer = await readAttestorSigner(terms, trust, places.readSecret);
  if ("refusal" in signer) return signer;
  return createManifestJudge({
    ...signer,
    ...(trust.trustRoot === undefined ? {} : { trustRoot: trust.trustRoot }),
    thresholds: thresholdsOf("tags", terms, false),
    now: trust.now,
  });
}

/**
 * Makes what says who signed a manifest, by its bytes and one signature of its annotations; or throws why it does not
 * count. A log's entry beside it is read where `thresholds` ask for one.
 * @throws {AmapError} KEY_INVALID, KEY_UNSUPPORTED, USAGE; what it makes throws the codes of createBundleVerifier
 * @example
 * ```ts
 * import { createManifestJudge } from "../index.ts";
 * const judge = createManifestJudge({ thresholds: { logs: 0 } });
 * const signature = { signature: "AAAA", certificate: "", bundle: "" };
 * const signerOf = (message: Uint8Array) => judge(message, signature).name;
 * ```
 */
export function createManifestJudge(
  trust: VerifierOptions,
): (message: Uint8Array, signature: ManifestSignature) => SignerIdentity {
  const verifier = createBundleVerifier(trust);
  const form = { isKey: (trust.keys ?? []).length > 0, readsLog: trust.thresholds?.logs !== 0 };
  return (bytes, signature) => {
    const outcome = verifier.verify(toBundle(bytes, signature, form), { kind: "bytes", bytes });
    if (outcome.ok) return outcome.signer;
    throw new AmapError(outcome.refusal.code, outcome.refusal.message);
  };
}

/** What stands in the annotations as a bundle of the older rule of proofs: a promise of the log. */
function toBundle(
  message: Uint8Array,
  { signature, certificate, bundle }: ManifestSignature,
  { isKey, readsLog }: { readonly isKey: boolean; readonly readsLog: boolean },
): Bundle {
  const bytes = decodeBase64(signature.trim());
  if (bytes === undefined) throw new AmapError("SIGNATURE_INVALID", "expected a signature in base64, found other text");
  return {
    version: "0.1",
    material: isKey ? { kind: "publicKey" } : certificateOf(certificate),
    content: {
      kind: "messageSignature",
      messageSignature: {
        digest: { algorithm: "sha256", bytes: hashBytes("sha256", message) },
        signature: bytes,
      },
    },
    logEntries: readsLog && bundle !== "" ? [logEntryOf(bundle)] : [],
    timestamps: [],
  };
}

function certificateOf(annotation: string): BundleMaterial {
  if (annotation === "")
    throw new AmapError("SIGNER_UNKNOWN", "expected a certificate beside the signature, found none");
  const decoded = decodeCertificatesPem(textOf(annotation));
  const [certificate, ...others] = decoded.ok ? decoded.value : [];
  if (certificate === undefined) {
    const cause = decoded.ok ? "expected a certificate in PEM" : (decoded.issues[0]?.message ?? "malformed");
    throw new AmapError("CERTIFICATE_INVALID", cause);
  }
  return { kind: "certificate", certificate: certificate.der, intermediates: others.map(({ der }) => der) };
}

function logEntryOf(annotation: string): LogEntry {
  const decoded = logEntryOfAnnotation(textOf(annotation));
  if (decoded.ok) return decoded.value;
  const [issue] = decoded.issues;
  throw new AmapError(issue?.code ?? "TLOG_ENTRY_INVALID", issue?.message ?? "the log's entry is malformed");
}

function textOf(annotation: string): string {
  return decodeUtf8(decodeManifestAnnotation(annotation)) ?? "";
}

function nameOf(signer: SignerIdentity): string {
  return signer.kind === "key" ? `${signer.name} (${signer.keyId})` : signer.subject;
}
