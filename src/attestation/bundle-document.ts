import { encodeBase64, encodeUtf8, type ValueObject, writeJson } from "../base/index.ts";
import { BUNDLE_MEDIA_TYPE, type Bundle, type BundleMaterial } from "./bundle.ts";
import { encodeLogEntry } from "./tlog/log-entry.ts";

/**
 * The JSON bytes of a whole bundle 0.3, its members in the order in which Go writes them: what `decodeBundle` read goes
 * out as it came in. Of a certificate chain only the signer's certificate stays, as version 0.3 has it. Nothing of it is
 * verified. `mediaType` is that of 0.3 unless the caller names an older name of it.
 *
 * @see sigstore/protobuf-specs, sigstore_bundle.proto
 * @example
 * ```ts
 * import { decodeBundle, encodeBundle, encodeBundleDocument } from "./index.ts";
 * const envelope = { payload: new Uint8Array(2), payloadType: "t", signatures: [{ sig: new Uint8Array(8) }] };
 * const bundle = decodeBundle(encodeBundle({ envelope, keyHint: "AAAA" }));
 * bundle.ok && decodeBundle(encodeBundleDocument(bundle.value)).ok; // true
 * ```
 */
export function encodeBundleDocument(
  bundle: Omit<Bundle, "version">,
  mediaType: string = BUNDLE_MEDIA_TYPE,
): Uint8Array {
  const { material, content, logEntries, timestamps } = bundle;
  const signedTimestamps = timestamps.map((bytes) => ({ signedTimestamp: encodeBase64(bytes) }));
  return encodeUtf8(
    writeJson({
      mediaType,
      verificationMaterial: {
        ...materialToValue(material),
        ...(logEntries.length === 0 ? {} : { tlogEntries: logEntries.map(encodeLogEntry) }),
        ...(timestamps.length === 0 ? {} : { timestampVerificationData: { rfc3161Timestamps: signedTimestamps } }),
      },
      ...contentToValue(content),
    }),
  );
}

function materialToValue(material: BundleMaterial): ValueObject {
  if (material.kind === "certificate") return { certificate: { rawBytes: encodeBase64(material.certificate) } };
  return { publicKey: material.hint === undefined ? {} : { hint: material.hint } };
}

function contentToValue(content: Bundle["content"]): ValueObject {
  if (content.kind === "envelope") {
    const { payload, payloadType, signatures } = content.envelope;
    // protobuf's order: the key id comes after the signature.
    const written = signatures.map(({ sig, keyid }) => ({
      sig: encodeBase64(sig),
      ...(keyid === undefined ? {} : { keyid }),
    }));
    return { dsseEnvelope: { payload: encodeBase64(payload), payloadType, signatures: written } };
  }
  const { digest, signature } = content.messageSignature;
  const algorithm = `SHA2_${digest.algorithm.slice("sha".length)}`;
  return {
    messageSignature: {
      messageDigest: { algorithm, digest: encodeBase64(digest.bytes) },
      signature: encodeBase64(signature),
    },
  };
}
