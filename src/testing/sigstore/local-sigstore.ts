/**
 * A whole Sigstore in one process: authority, certificate log, Rekor v1 and v2, timestamp authority, and the trusted
 * root of all of them. Its time is an argument, its keys are fresh. Written without amap's own attestation room, so that
 * it can be held against it; `local-sigstore.test.ts` holds it against @sigstore/verify.
 */
import { createHash } from "node:crypto";
import { type CheckpointSigner } from "./checkpoint.ts";
import { createCtLog, type TestCtLog } from "./ct-log.ts";
import { pem } from "./der-values.ts";
import {
  createFulcio,
  type FulcioOptions,
  type LeafOptions,
  PERSON,
  type TestFulcio,
  type TestIdentity,
} from "./fulcio.ts";
import {
  type BundleJson,
  base64,
  type EnvelopeJson,
  jsonBytes,
  type LogEntryJson,
  type TrustedRootJson,
  type VerificationMaterialJson,
} from "./json-shapes.ts";
import { createTestKey, type TestKey } from "./keys.ts";
import {
  dsseV1,
  dsseV2,
  type EntryBody,
  type EntryVerifier,
  hashedRekordV1,
  hashedRekordV2,
  hashName,
  intotoV1,
  intotoV2,
} from "./log-entries.ts";
import {
  createTimestampAuthority,
  type StampOptions,
  type TestTimestampAuthority,
  type TimestampAuthorityOptions,
} from "./timestamp-authority.ts";
import { createRekorV1, createRekorV2, type LogAnswerOptions, type TestLog } from "./transparency-log.ts";
import { trustedRoot } from "./trust-documents.ts";

export { PERSON, type TestIdentity, WORKFLOW_RUN } from "./fulcio.ts";
export type { BundleJson, EnvelopeJson, LogEntryJson, TrustedRootJson } from "./json-shapes.ts";
export { base64, jsonBytes } from "./json-shapes.ts";
export { createTestKey, type TestKey, type TestKeyKind } from "./keys.ts";

/** When everything happens unless a test says otherwise. */
export const LOCAL_TIME: number = Date.UTC(2026, 5, 1, 12, 0, 0);
const DAY = 86_400_000;

export type EntryKind = "hashedrekord" | "dsse" | "intoto" | "intoto-0.0.1";

/** How something is signed. */
export interface SigningOptions {
  /** By default a person (`PERSON`). */
  readonly identity?: TestIdentity;
  /** The key of the leaf, by default a fresh one of P-256. */
  readonly key?: TestKey;
  /** Sign with the key alone: no certificate. */
  readonly keyOnly?: boolean;
  /** One of the two own logs, none, or any list of logs. By default v1. */
  readonly log?: "v1" | "v2" | "none" | readonly TestLog[];
  /** By default what clients write: hashedrekord for messages, dsse in Rekor v1, hashedrekord over the DSSE encoding in v2. */
  readonly entryKind?: EntryKind;
  /** Whether there is a token of the own authority, or a list of authorities. By default only with Rekor v2. */
  readonly timestamp?: boolean | readonly TestTimestampAuthority[];
  /** When it is signed; milliseconds since 1970. */
  readonly at?: number;
  readonly leaf?: Partial<LeafOptions>;
  readonly stamp?: Partial<StampOptions>;
  readonly answer?: Partial<LogAnswerOptions>;
}

export interface LayerOptions extends SigningOptions {
  /**
   * What a token beside an envelope is over: the whole envelope (usual, which cosign verifies), or its signature, which
   * cosign 3.1.3 has stamped and then does not verify.
   */
  readonly stamped?: "envelope" | "signature";
}

export interface BundleOptions extends SigningOptions {
  /** Bytes that go into an envelope, or the artifact of a message signature. */
  readonly content: { readonly payload: Uint8Array; readonly payloadType?: string } | { readonly artifact: Uint8Array };
  /** By default 0.3. `0.3-old` has the media type with a parameter. */
  readonly version?: "0.1" | "0.2" | "0.3" | "0.3-old";
}

/** What was signed, and with what. */
export interface SignedBundle {
  /** The document; change a copy of it and encode that with `jsonBytes`. */
  readonly bundle: BundleJson;
  readonly bytes: Uint8Array;
  readonly key: TestKey;
  /** DER; absent where only the key signed. */
  readonly certificate?: Buffer;
}

/** A layer of cosign's tags. */
export interface SignedLayer {
  /** The simple signing payload, or the envelope. */
  readonly bytes: Uint8Array;
  readonly annotations: Record<string, string>;
  readonly key: TestKey;
  readonly certificate?: Buffer;
}

export interface LocalSigstore {
  readonly fulcio: TestFulcio;
  readonly ctLog: TestCtLog;
  readonly rekorV1: TestLog;
  readonly rekorV2: TestLog;
  readonly timestampAuthority: TestTimestampAuthority;
  /** The root of all parts; a fresh document at each call. */
  trustedRoot(): TrustedRootJson;
  signBundle(options: BundleOptions): SignedBundle;
  /** As cosign's tags hold them: `payload` of a `.sig` layer, or with `envelope` a DSSE envelope of an `.att` layer. */
  signLayer(payload: Uint8Array, form: "simple-signing" | "envelope", options?: LayerOptions): SignedLayer;
}

export interface LocalSigstoreOptions {
  readonly fulcio?: Partial<FulcioOptions>;
  readonly timestampAuthority?: Partial<TimestampAuthorityOptions>;
  readonly ctLogKey?: TestKey;
  readonly rekorV1Key?: TestKey;
  readonly rekorV2Key?: TestKey;
  readonly witnesses?: readonly CheckpointSigner[];
  /** Leaves that both logs hold before the first entry, by default 5. */
  readonly earlierLeaves?: number;
  /** Where the services are said to be. */
  readonly urls?: {
    readonly fulcio?: string;
    readonly rekorV1?: string;
    readonly rekorV2?: string;
    readonly tsa?: string;
  };
  /** All authorities are trusted from a year before this to ten years after; by default `LOCAL_TIME`. */
  readonly at?: number;
}

/** Makes all parts; takes a few milliseconds. */
export function createLocalSigstore(options: LocalSigstoreOptions = {}): LocalSigstore {
  const { earlierLeaves = 5, witnesses = [], urls = {}, at = LOCAL_TIME } = options;
  const start = Math.floor(at / 1000) * 1000;
  const validity = { notBefore: start - 365 * DAY, notAfter: start + 3650 * DAY };
  const uri = (url: string | undefined): { readonly uri?: string } => (url === undefined ? {} : { uri: url });
  const ctLog = createCtLog(options.ctLogKey);
  const parts: Parts = {
    fulcio: createFulcio({ ...validity, ctLog, ...uri(urls.fulcio), ...options.fulcio }),
    rekorV1: createRekorV1({
      baseUrl: urls.rekorV1 ?? "https://rekor.local.test",
      earlierLeaves,
      ...(options.rekorV1Key === undefined ? {} : { key: options.rekorV1Key }),
    }),
    rekorV2: createRekorV2({
      baseUrl: urls.rekorV2 ?? "https://log2026-1.rekor.local.test",
      earlierLeaves,
      witnesses,
      ...(options.rekorV2Key === undefined ? {} : { key: options.rekorV2Key }),
    }),
    timestampAuthority: createTimestampAuthority({ ...validity, ...uri(urls.tsa), ...options.timestampAuthority }),
  };
  return {
    ...parts,
    ctLog,
    trustedRoot: () =>
      trustedRoot({
        certificateAuthorities: [parts.fulcio],
        ctLogs: [ctLog],
        logs: [parts.rekorV1, parts.rekorV2],
        timestampAuthorities: [parts.timestampAuthority],
        start: validity.notBefore,
      }),
    signBundle: (bundle) => signBundle(parts, bundle),
    signLayer: (payload, form, signing = {}) => signLayer(parts, payload, form, signing),
  };
}

interface Parts {
  readonly fulcio: TestFulcio;
  readonly rekorV1: TestLog;
  readonly rekorV2: TestLog;
  readonly timestampAuthority: TestTimestampAuthority;
}

interface Signer {
  readonly key: TestKey;
  readonly certificate?: Buffer;
  readonly verifier: EntryVerifier;
}

function createSigner(parts: Parts, options: SigningOptions): Signer {
  const { key = createTestKey(), at = LOCAL_TIME } = options;
  const { keyDetails } = key;
  if (options.keyOnly === true) {
    return { key, verifier: { der: key.spki, isCertificate: false, pem: key.pem, keyDetails } };
  }
  const certificate = parts.fulcio.issue(key.spki, options.identity ?? PERSON, { at, ...options.leaf });
  const verifier = { der: certificate, isCertificate: true, pem: pem("CERTIFICATE", certificate), keyDetails };
  return { key, certificate, verifier };
}

/** What is in an envelope, and over which bytes its signature is. */
interface Signed {
  readonly message: Uint8Array;
  readonly signature: Buffer;
  readonly envelope?: EnvelopeJson;
}

/** DSSE's pre-authentication encoding. */
export function dsseMessage(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `), payload]);
}

function signContent(content: BundleOptions["content"], key: TestKey): Signed {
  if ("artifact" in content) return { message: content.artifact, signature: key.sign(content.artifact) };
  const { payload, payloadType = "application/vnd.in-toto+json" } = content;
  const message = dsseMessage(payloadType, payload);
  const signature = key.sign(message);
  const envelope = { payload: base64(payload), payloadType, signatures: [{ sig: base64(signature) }] };
  return { message, signature, envelope };
}

function signBundle(parts: Parts, options: BundleOptions): SignedBundle {
  const signer = createSigner(parts, options);
  const signed = signContent(options.content, signer.key);
  const { version = "0.3" } = options;
  const tlogEntries = logsOf(parts, options).map((log) => record(log, signed, signer, options));
  const tokens = stampsOf(parts, signed.signature, options);
  const material: VerificationMaterialJson = {
    ...keyMaterial(parts, signer, version),
    tlogEntries,
    ...(tokens.length === 0
      ? {}
      : {
          timestampVerificationData: { rfc3161Timestamps: tokens.map((token) => ({ signedTimestamp: base64(token) })) },
        }),
  };
  const { hash } = signer.key;
  const digest = createHash(hash).update(signed.message).digest();
  const bundle: BundleJson = {
    mediaType: MEDIA_TYPES[version],
    verificationMaterial: material,
    ...(signed.envelope === undefined
      ? {
          messageSignature: {
            messageDigest: { algorithm: hashName(hash), digest: base64(digest) },
            signature: base64(signed.signature),
          },
        }
      : { dsseEnvelope: signed.envelope }),
  };
  const made = { bundle, bytes: jsonBytes(bundle), key: signer.key };
  return signer.certificate === undefined ? made : { ...made, certificate: signer.certificate };
}

const MEDIA_TYPES = {
  "0.1": "application/vnd.dev.sigstore.bundle+json;version=0.1",
  "0.2": "application/vnd.dev.sigstore.bundle+json;version=0.2",
  "0.3": "application/vnd.dev.sigstore.bundle.v0.3+json",
  "0.3-old": "application/vnd.dev.sigstore.bundle+json;version=0.3",
} as const;

/** A chain up to 0.2, without its root; the leaf alone from 0.3 on. */
function keyMaterial(
  parts: Parts,
  { key, certificate }: Signer,
  version: NonNullable<BundleOptions["version"]>,
): Pick<VerificationMaterialJson, "certificate" | "publicKey" | "x509CertificateChain"> {
  if (certificate === undefined) return { publicKey: { hint: base64(key.keyId) } };
  if (version.startsWith("0.3")) return { certificate: { rawBytes: base64(certificate) } };
  const chain = [certificate, ...parts.fulcio.chain.slice(0, -1)];
  return { x509CertificateChain: { certificates: chain.map((der) => ({ rawBytes: base64(der) })) } };
}

function logsOf(parts: Parts, { log = "v1" }: SigningOptions): readonly TestLog[] {
  if (typeof log !== "string") return log;
  if (log === "none") return [];
  return [log === "v1" ? parts.rekorV1 : parts.rekorV2];
}

/** A token is over the signature. */
function stampsOf(parts: Parts, signature: Buffer, options: SigningOptions): readonly Buffer[] {
  const { timestamp = options.log === "v2", at = LOCAL_TIME } = options;
  const authorities = timestamp === true ? [parts.timestampAuthority] : timestamp === false ? [] : timestamp;
  return authorities.map((authority) => authority.stamp(signature, { at, ...options.stamp }));
}

function record(log: TestLog, signed: Signed, signer: Signer, options: SigningOptions): LogEntryJson {
  return log.add(entryOf(log, signed, signer, options.entryKind), { at: options.at ?? LOCAL_TIME, ...options.answer });
}

function entryOf(log: TestLog, signed: Signed, { key, verifier }: Signer, wanted?: EntryKind): EntryBody {
  const { envelope, signature, message } = signed;
  const kind = wanted ?? (envelope === undefined || log.version === "v2" ? "hashedrekord" : "dsse");
  if (kind === "hashedrekord") {
    const digest = createHash(key.hash).update(message).digest();
    const body = { hash: key.hash, digest, signature, verifier };
    return log.version === "v1" ? hashedRekordV1(body) : hashedRekordV2(body);
  }
  if (envelope === undefined) throw new Error(`an entry of kind ${kind} is about an envelope`);
  if (kind === "dsse") return log.version === "v1" ? dsseV1(envelope, verifier) : dsseV2(envelope, verifier);
  return kind === "intoto" ? intotoV2(envelope, verifier) : intotoV1(envelope, verifier);
}

/** The annotations of cosign's layers: signature, certificate, chain, the entry with its promise, the token. */
function signLayer(
  parts: Parts,
  payload: Uint8Array,
  form: "simple-signing" | "envelope",
  options: LayerOptions,
): SignedLayer {
  const signer = createSigner(parts, options);
  const signed = signContent(form === "envelope" ? { payload } : { artifact: payload }, signer.key);
  const [entry] = logsOf(parts, options).map((log) => record(log, signed, signer, options));
  const bytes = signed.envelope === undefined ? payload : jsonBytes(signed.envelope);
  const isOverSignature = signed.envelope === undefined || options.stamped === "signature";
  const stamped = isOverSignature ? signed.signature : Buffer.from(bytes);
  const [token] = stampsOf(parts, stamped, options);
  const annotations: Record<string, string> = {
    "dev.cosignproject.cosign/signature": form === "envelope" ? "" : base64(signed.signature),
    ...(signer.certificate === undefined ? {} : certificateAnnotations(parts, signer.certificate)),
    ...(entry === undefined ? {} : { "dev.sigstore.cosign/bundle": JSON.stringify(cosignBundle(entry)) }),
    ...(token === undefined
      ? {}
      : { "dev.sigstore.cosign/rfc3161timestamp": JSON.stringify({ SignedRFC3161Timestamp: base64(token) }) }),
  };
  const made = { bytes, annotations, key: signer.key };
  return signer.certificate === undefined ? made : { ...made, certificate: signer.certificate };
}

function certificateAnnotations(parts: Parts, certificate: Buffer): Record<string, string> {
  return {
    "dev.sigstore.cosign/certificate": pem("CERTIFICATE", certificate),
    "dev.sigstore.cosign/chain": parts.fulcio.chain.map((der) => pem("CERTIFICATE", der)).join(""),
  };
}

/** An entry of Rekor v1 as cosign keeps it beside a layer. */
export function cosignBundle(entry: LogEntryJson): object {
  return {
    SignedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp,
    Payload: {
      body: entry.canonicalizedBody,
      integratedTime: Number(entry.integratedTime),
      logIndex: Number(entry.logIndex),
      logID: Buffer.from(entry.logId.keyId, "base64").toString("hex"),
    },
  };
}
