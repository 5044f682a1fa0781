import { createPublicKey } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, type VerificationPolicy, Verifier } from "@sigstore/verify";
import type { BundleJson, TrustedRootJson } from "./json-shapes.ts";

/** What @sigstore/verify is asked. */
export interface OracleQuestion {
  readonly bundle: BundleJson;
  readonly root: TrustedRootJson;
  /** The artifact of a message signature. */
  readonly artifact?: Uint8Array;
  readonly policy?: VerificationPolicy;
  /** How many log entries, SCTs and times there must be; by default one each. */
  readonly logs?: number;
  readonly certificateTimestamps?: number;
  readonly timestamps?: number;
  /** The key of a bundle without certificate, SPKI. */
  readonly key?: Uint8Array;
}

/** Its verdict: undefined where it verifies, otherwise the code and message of its error. */
export function askSigstoreJs(question: OracleQuestion): string | undefined {
  const { bundle, root, artifact, policy, key } = question;
  try {
    const trusted = toTrustMaterial(TrustedRoot.fromJSON(root), () => {
      if (key === undefined) throw new Error("no key");
      const publicKey = createPublicKey({ key: Buffer.from(key), type: "spki", format: "der" });
      return { publicKey, validFor: () => true };
    });
    const verifier = new Verifier(trusted, {
      tlogThreshold: question.logs ?? 1,
      ctlogThreshold: question.certificateTimestamps ?? 1,
      timestampThreshold: question.timestamps ?? 1,
    });
    const entity = toSignedEntity(bundleFromJSON(bundle), artifact === undefined ? undefined : Buffer.from(artifact));
    verifier.verify(entity, policy);
    return undefined;
  } catch (error) {
    const { code = "", message } = error as Error & { code?: string };
    return `${code} ${message}`.trim();
  }
}
