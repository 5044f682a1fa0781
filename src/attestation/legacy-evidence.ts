import { type Decoded, decodeBase64, encodeUtf8, hashBytes, memberOf } from "../base/index.ts";
import { decodeCertificatesPem } from "./certificate/certificates-pem.ts";
import { equalBytes } from "./certificate/equal-bytes.ts";
import type { Envelope } from "./envelope.ts";
import type { Candidate } from "./evidence.ts";
import { quoteText } from "./quote-text.ts";
import { readDocument } from "./read-document.ts";
import type { FoundSigner } from "./signers.ts";
import { ATTACHMENT_ANNOTATIONS, annotationOf } from "./storage/media-types.ts";
import { logEntryOfAnnotation } from "./tlog/log-entry.ts";
import type { SignedContent } from "./tlog/verify-log-entry.ts";
import type { SignatureEvidence, UnreadList } from "./verify-evidence.ts";

/** A layer of one of cosign's tags, with the envelope that an `.att` layer holds. */
export type LegacyLayer =
  | (Candidate & { readonly kind: "simple-signing" })
  | (Candidate & { readonly kind: "envelope" } & { readonly envelope: Envelope });

/**
 * What stands beside a signature in a layer's annotations: the log entry with its promise, and the timestamp. They are
 * read when they are asked for: to a caller who trusts a key alone a broken annotation is nothing.
 */
export function legacyEvidence(layer: LegacyLayer, found: FoundSigner): SignatureEvidence {
  const entry = annotationOf(layer.annotations, ATTACHMENT_ANNOTATIONS.transparencyLog);
  const timestamp = annotationOf(layer.annotations, ATTACHMENT_ANNOTATIONS.timestamp);
  return {
    signer: found.signer,
    signed: signedContentOf(layer, found),
    logEntries: unreadAnnotation(entry, ATTACHMENT_ANNOTATIONS.transparencyLog, logEntryOfAnnotation),
    proof: "promise",
    timestamps: unreadAnnotation(timestamp, ATTACHMENT_ANNOTATIONS.timestamp, timestampOfAnnotation),
    // cosign asks for the timestamp of an attestation over the whole stored envelope.
    timestamped: layer.kind === "envelope" ? layer.bytes : found.signature,
  };
}

function signedContentOf(layer: LegacyLayer, { signer, signature }: FoundSigner): SignedContent {
  const logged = loggedSignerOf(layer, signer);
  if (layer.kind === "envelope") {
    return { kind: "envelope", envelope: layer.envelope, bytes: layer.bytes, signature, ...logged };
  }
  const digest = { algorithm: "sha256", bytes: hashBytes("sha256", layer.payload) } as const;
  return { kind: "message", digest, signature, ...logged };
}

/** How a log's entry names the signer. One who signs with a key of a certificate of their own logs the certificate. */
function loggedSignerOf(
  { annotations }: LegacyLayer,
  signer: FoundSigner["signer"],
): Pick<SignedContent, "key" | "isCertificate"> {
  if (signer.kind === "certificate") return { key: signer.certificate.der, isCertificate: true };
  const { spki } = signer.key.key;
  const pem = annotationOf(annotations, ATTACHMENT_ANNOTATIONS.certificate) ?? "";
  const certificates = pem === "" ? undefined : decodeCertificatesPem(pem);
  const [own] = certificates?.ok === true ? certificates.value : [];
  if (own === undefined || !equalBytes(own.spki, spki)) return { key: spki, isCertificate: false };
  return { key: own.der, isCertificate: true };
}

function unreadAnnotation<T>(
  text: string | undefined,
  name: string,
  read: (text: string) => Decoded<T>,
): UnreadList<T> {
  if (text === undefined || text === "") return { count: 0, read: () => ({ ok: true, value: [] }) };
  return {
    count: 1,
    read: () => {
      const decoded = read(text);
      if (decoded.ok) return { ok: true, value: [decoded.value] };
      const issues = decoded.issues.map((issue) => ({
        ...issue,
        path: issue.path === "" ? name : `${name}: ${issue.path}`,
      }));
      return { ok: false, issues };
    },
  };
}

function timestampOfAnnotation(text: string): Decoded<Uint8Array> {
  const read = readDocument(encodeUtf8(text), "TIMESTAMP_INVALID", "a timestamp", false);
  if (!read.ok) return read;
  const member = memberOf(read.value, "SignedRFC3161Timestamp");
  const bytes = typeof member === "string" ? decodeBase64(member) : undefined;
  if (bytes !== undefined) return { ok: true, value: bytes };
  const message = `expected base64, found ${quoteText(member)}`;
  return { ok: false, issues: [{ code: "TIMESTAMP_INVALID", path: "SignedRFC3161Timestamp", message }] };
}
