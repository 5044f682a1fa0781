import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import {
  type BundleVerifier,
  createBundleVerifier,
  decodeBundle,
  decodeStatement,
  decodeTrustRoot,
  type SignedArtifact,
} from "../../src/attestation/index.ts";
import { encodeUtf8 } from "../../src/base/index.ts";
import type { Base } from "./bases.ts";
import type { Json } from "./json-places.ts";

/** How one of the two judged: accepted, or why not. */
export interface Verdict {
  readonly accepted: boolean;
  /** The code and the message of a refusal. */
  readonly reason: string;
}

/** Both verifiers with one root. */
export interface Judges {
  ours(bundle: Json): Verdict;
  theirs(bundle: Json): Verdict;
}

const ANYONE = { subject: { regexp: ".*", matches: () => true } };

/**
 * The two verifiers for a base's root. Neither asks for an identity. @sigstore/verify does not compare a statement with
 * an artifact, so amap is asked about the subject that the statement itself names.
 */
export function createJudges({ root, artifact }: Pick<Base, "root" | "artifact">): Judges {
  const decoded = decodeTrustRoot(root);
  if (!decoded.ok) throw new Error(`the root cannot be read: ${decoded.issues[0]?.message}`);
  const verifier = createBundleVerifier({ trustRoot: decoded.value, identities: [ANYONE] });
  const material = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(Buffer.from(root).toString())));
  const peer = new Verifier(material);
  return {
    ours: (bundle) => judgeOurs(verifier, bundle, artifact),
    theirs: (bundle) => {
      try {
        peer.verify(toSignedEntity(bundleFromJSON(bundle), Buffer.from(artifact)));
        return { accepted: true, reason: "" };
      } catch (error) {
        const { code = "", message } = error as Error & { code?: string };
        return { accepted: false, reason: `${code} ${message}`.trim() };
      }
    },
  };
}

function judgeOurs(verifier: BundleVerifier, json: Json, bytes: Uint8Array): Verdict {
  const bundle = decodeBundle(encodeUtf8(JSON.stringify(json)));
  if (!bundle.ok) {
    const [issue] = bundle.issues;
    return { accepted: false, reason: `${issue?.code} ${issue?.path}: ${issue?.message}` };
  }
  const { content } = bundle.value;
  const artifact: SignedArtifact =
    content.kind === "envelope" ? subjectOf(content.envelope.payload) : { kind: "bytes", bytes };
  const result = verifier.verify(bundle.value, artifact);
  return result.ok
    ? { accepted: true, reason: "" }
    : { accepted: false, reason: `${result.refusal.code} ${result.refusal.message}` };
}

function subjectOf(payload: Uint8Array): SignedArtifact {
  const statement = decodeStatement(payload);
  const sha256 = statement.ok ? statement.value.subject[0]?.digest["sha256"] : undefined;
  return { kind: "digests", digests: sha256 === undefined ? [] : [`sha256:${sha256}`] };
}
