import { createManifestJudge } from "../../src/app/index.ts";
import { isAmapError, listOf, memberOf, textOf } from "../../src/base/index.ts";
import {
  decodeManifestAnnotation,
  type Fact,
  type FactRequest,
  type ManifestSignature,
} from "../../src/policy/index.ts";
import { Foreign } from "./admission.ts";

/** Who signed a manifest, for keys that the policy states: what is looked up elsewhere is not here. */
export function answerManifest({ params }: FactRequest): Fact {
  const pem = textOf(memberOf(memberOf(params, "attestor"), "keys"), "publicKeys");
  const signatures = listOf(params, "signatures") as unknown as readonly ManifestSignature[];
  if (!pem.startsWith("-----BEGIN") || signatures.some(({ bundle }) => bundle !== "")) {
    throw new Foreign("manifestSignature facts without a key in the policy");
  }
  const judge = createManifestJudge({ keys: [{ name: "the policy's key", pem }], thresholds: NO_WITNESS });
  const message = decodeManifestAnnotation(textOf(params, "message"));
  for (const signature of signatures) {
    try {
      return { ok: true, value: { verified: true, signer: judge(message, signature).name } };
    } catch (error) {
      if (!isAmapError(error)) throw error;
    }
  }
  return { ok: true, value: { verified: false, message: "no matching signatures" } };
}

const NO_WITNESS = { logs: 0, timestamps: 0, times: 0, certificateTimestamps: 0 };
