import {
  decodeLogEntry,
  encodeEnvelope,
  encodeLogRequest,
  type LogEntry,
  preAuthEncoding,
  type SignedContent,
} from "../attestation/index.ts";
import { AmapError, hashBytes, readPublicKeyInfo, type SignatureScheme, type Value } from "../base/index.ts";
import type { SigningServices, WritableLog } from "../ports/index.ts";
import type { LocalSigstore } from "./sigstore/local-sigstore.ts";
import { dsseV1, type EntryBody, type EntryVerifier, hashedRekordV1, hashedRekordV2 } from "./sigstore/log-entries.ts";
import { keyDetailsOf, readVerifier } from "./sigstore/services/check-signature.ts";

/** Where the services of a fake are, and what time it is there. */
export interface FakeSigningServicesOptions {
  readonly sigstore: LocalSigstore;
  readonly rekorV1: string;
  readonly rekorV2: string;
  readonly tsa: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The services of a local Sigstore without HTTP between. Only signatures with a bare key. */
export function createFakeSigningServices(options: FakeSigningServicesOptions): SigningServices {
  const { sigstore, now } = options;
  const known = new Map<string, LogEntry>();
  let nonce = 0;
  return {
    requestTimestamp: async (url, bytes) => {
      if (url !== options.tsa) throw failed(`no timestamp authority is at ${url}`);
      return new Uint8Array(sigstore.timestampAuthority.stamp(bytes, { at: now(), nonce: Uint8Array.of(1, ++nonce) }));
    },
    addLogEntry: async (log, signed, scheme) => {
      const { rekor, isNewer } = logAt(options, log);
      // For its errors alone: the fake refuses what the real one cannot ask for.
      encodeLogRequest(log.majorApiVersion, signed, scheme);
      checkSignature(signed, scheme);
      const body = entryOf(signed, isNewer);
      const name = `${log.url} ${Buffer.from(body.body).toString("base64")}`;
      const existing = known.get(name);
      if (existing !== undefined && isNewer) throw failed("the log has this entry already");
      const decoded = existing ?? decodeEntry(rekor.add(body, { at: now() }));
      known.set(name, decoded);
      return decoded;
    },
    close: async () => {},
  };
}

function logAt({ sigstore, rekorV1, rekorV2 }: FakeSigningServicesOptions, { url, majorApiVersion }: WritableLog) {
  if (majorApiVersion === 1 && url === rekorV1) return { rekor: sigstore.rekorV1, isNewer: false };
  if (majorApiVersion === 2 && url === rekorV2) return { rekor: sigstore.rekorV2, isNewer: true };
  throw failed(`no log is at ${url}`);
}

function checkSignature(signed: SignedContent, scheme: SignatureScheme): void {
  const key = readPublicKeyInfo(signed.key);
  const isSigned =
    signed.kind === "envelope"
      ? key.verifies(preAuthEncoding(signed.envelope.payloadType, signed.envelope.payload), signed.signature, scheme)
      : key.verifiesDigest(signed.digest.bytes, signed.signature, scheme);
  if (!isSigned) throw failed("the signature is of something else");
}

function entryOf(signed: SignedContent, isNewer: boolean): EntryBody {
  const { key, isCertificate, der } = readVerifier(Buffer.from(signed.key));
  const { keyDetails, hash } = keyDetailsOf(key);
  const pem = key.export({ type: "spki", format: "pem" }).toString();
  const verifier: EntryVerifier = { der, isCertificate, pem, keyDetails };
  const { signature } = signed;
  if (signed.kind === "envelope" && !isNewer) {
    return dsseV1(JSON.parse(Buffer.from(encodeEnvelope(signed.envelope)).toString()), verifier);
  }
  const digest =
    signed.kind === "message"
      ? signed.digest.bytes
      : hashBytes(hash, preAuthEncoding(signed.envelope.payloadType, signed.envelope.payload));
  return (isNewer ? hashedRekordV2 : hashedRekordV1)({ hash, digest, signature, verifier });
}

function decodeEntry(json: object): LogEntry {
  const entry = decodeLogEntry(json as Value, "");
  if (!entry.ok) throw new Error(JSON.stringify(entry.issues));
  return entry.value;
}

function failed(message: string): AmapError {
  return new AmapError("SIGNING_SERVICE_FAILED", message);
}
