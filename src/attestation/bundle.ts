import {
  type Decoded,
  type ErrorCode,
  encodeBase64,
  encodeUtf8,
  type Issue,
  isValueObject,
  LIMITS,
  memberOf,
  type Value,
  type ValueObject,
  writeJson,
} from "../base/index.ts";
import { decodeEitherBase64, type Envelope, envelopeToValue, readEnvelope } from "./envelope.ts";
import { quoteText } from "./quote-text.ts";
import { type LargeDocument, readLargeDocument } from "./read-document.ts";
import type { SignedDigestAlgorithm } from "./signed-artifact.ts";
import { decodeLogEntry, encodeLogEntry, type LogEntry } from "./tlog/log-entry.ts";

/** The media type that is written: Sigstore bundle 0.3. */
export const BUNDLE_MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** A Sigstore bundle (protobuf-specs, sigstore_bundle.proto), read from its JSON form. Nothing in it is trusted yet. */
export interface Bundle {
  readonly version: "0.1" | "0.2" | "0.3";
  /** What proves who signed. */
  readonly material: BundleMaterial;
  /** What was signed: a statement in an envelope, or a blob that the bundle does not hold. */
  readonly content:
    | { readonly kind: "envelope"; readonly envelope: Envelope }
    | { readonly kind: "messageSignature"; readonly messageSignature: MessageSignature };
  /** At most LIMITS.bundleLogEntries. */
  readonly logEntries: readonly LogEntry[];
  /** RFC 3161 responses, DER, at most LIMITS.bundleTimestamps. */
  readonly timestamps: readonly Uint8Array[];
}

/** What a caller lets a bundle have beyond its version's rules. */
export interface BundleRules {
  /** A chain in version 0.3, as private authorities need it: it may link to a trusted root, and is never trusted itself. */
  readonly allowsCertificateChain?: boolean;
}

/** What proves who signed: a key, which the bundle only hints at, or a certificate. */
export type BundleMaterial =
  | {
      readonly kind: "publicKey";
      /** base64 of SHA-256 of the SPKI as cosign writes it; advice, not signed. */
      readonly hint?: string;
    }
  | {
      readonly kind: "certificate";
      /** The signer's certificate, DER. */
      readonly certificate: Uint8Array;
      /** Further certificates of a chain, DER, in stored order; bundles before 0.3 have them. */
      readonly intermediates: readonly Uint8Array[];
    };

/** The signature of a blob. */
export interface MessageSignature {
  /** What the signer says the blob's digest is. A hint that must agree, never what is verified. */
  readonly digest: { readonly algorithm: SignedDigestAlgorithm; readonly bytes: Uint8Array };
  readonly signature: Uint8Array;
}

const VERSIONS: ReadonlyMap<string, Bundle["version"]> = new Map([
  ["application/vnd.dev.sigstore.bundle+json;version=0.1", "0.1"],
  ["application/vnd.dev.sigstore.bundle+json;version=0.2", "0.2"],
  ["application/vnd.dev.sigstore.bundle+json;version=0.3", "0.3"],
  [BUNDLE_MEDIA_TYPE, "0.3"],
]);

const CONTENTS = ["dsseEnvelope", "messageSignature"];
const MATERIALS = ["publicKey", "certificate", "x509CertificateChain"];
const TOP_LEVEL = new Set(["mediaType", "verificationMaterial", ...CONTENTS]);
const HINT_LEVEL = new Set(["hint"]);
const CHAIN_LEVEL = new Set(["certificates"]);
const CERTIFICATE_LEVEL = new Set(["rawBytes"]);
const TIMESTAMPS_LEVEL = new Set(["rfc3161Timestamps"]);
const TIMESTAMP_LEVEL = new Set(["signedTimestamp"]);
const MESSAGE_LEVEL = new Set(["messageDigest", "signature"]);
const DIGEST_LEVEL = new Set(["algorithm", "digest"]);
const MATERIAL_LEVEL = new Set([...MATERIALS, "tlogEntries", "timestampVerificationData"]);
/** The names and numbers of protobuf-specs' HashAlgorithm. */
const HASH_ALGORITHMS: ReadonlyMap<Value | undefined, SignedDigestAlgorithm> = new Map<
  Value | undefined,
  SignedDigestAlgorithm
>([
  ["SHA2_256", "sha256"],
  ["SHA2_384", "sha384"],
  ["SHA2_512", "sha512"],
  [1, "sha256"],
  [2, "sha384"],
  [3, "sha512"],
]);

/** What goes into a bundle of an envelope or of a blob's signature, made with a key. */
export type BundleInput = BundleWitnesses & ({ readonly envelope: Envelope } | { readonly message: SignedMessage });

/** The signature of a blob. */
export interface SignedMessage {
  readonly digest: { readonly algorithm: SignedDigestAlgorithm; readonly bytes: Uint8Array };
  readonly signature: Uint8Array;
}

interface BundleWitnesses {
  /** base64 of SHA-256 of the SPKI. */
  readonly keyHint: string;
  /** Each with an inclusion proof. */
  readonly logEntries?: readonly LogEntry[];
  /** RFC 3161 responses, DER. */
  readonly timestamps?: readonly Uint8Array[];
}

/**
 * A bundle 0.3 of something signed with a key, as JSON bytes, byte for byte as cosign 3.1.3 orders them.
 *
 * @example
 * ```ts
 * import { decodeBundle, encodeBundle } from "./index.ts";
 * const envelope = { payload: new Uint8Array(2), payloadType: "t", signatures: [{ sig: new Uint8Array(8) }] };
 * decodeBundle(encodeBundle({ envelope, keyHint: "AAAA" })).ok; // true
 * ```
 */
export function encodeBundle(input: BundleInput): Uint8Array {
  const { keyHint, logEntries = [], timestamps = [] } = input;
  const signedTimestamps = timestamps.map((bytes) => ({ signedTimestamp: encodeBase64(bytes) }));
  // protojson, unlike Go's encoding/json, does not escape < > &.
  return encodeUtf8(
    writeJson({
      mediaType: BUNDLE_MEDIA_TYPE,
      verificationMaterial: {
        publicKey: { hint: keyHint },
        ...(logEntries.length === 0 ? {} : { tlogEntries: logEntries.map(encodeLogEntry) }),
        ...(timestamps.length === 0 ? {} : { timestampVerificationData: { rfc3161Timestamps: signedTimestamps } }),
      },
      ...("envelope" in input
        ? { dsseEnvelope: envelopeToValue(input.envelope) }
        : { messageSignature: messageToValue(input.message) }),
    }),
  );
}

function messageToValue({ digest: { algorithm, bytes }, signature }: SignedMessage): ValueObject {
  return {
    messageDigest: { algorithm: `SHA2_${algorithm.slice("sha".length)}`, digest: encodeBase64(bytes) },
    signature: encodeBase64(signature),
  };
}

/**
 * A bundle of version 0.1, 0.2 or 0.3 from JSON bytes, or every issue: BUNDLE_INVALID, ENVELOPE_INVALID for the
 * envelope inside, TLOG_INVALID for a log entry, BUNDLE_UNSUPPORTED for another version. Strict JSON; members that the
 * versions do not have are refused, and so are two contents or two materials. Each version's own rules hold: every log
 * entry of 0.1 has an inclusion promise, of 0.2 and 0.3 an inclusion proof; 0.3 has no certificate chain, unless `rules`
 * allow one.
 *
 * @see sigstore/protobuf-specs, sigstore_bundle.proto
 * @example
 * ```ts
 * import { decodeBundle } from "./index.ts";
 * decodeBundle(new TextEncoder().encode("{}")).ok; // false
 * ```
 */
export function decodeBundle(bytes: Uint8Array, rules: BundleRules = {}): Decoded<Bundle> {
  const read = readLargeDocument(bytes, "BUNDLE_INVALID", "a Sigstore bundle");
  if (!read.ok) return read;
  const { value, cuts } = read.value;
  const mediaType = memberOf(value, "mediaType");
  const version = typeof mediaType === "string" ? VERSIONS.get(mediaType) : undefined;
  if (version === undefined) {
    const code = typeof mediaType === "string" ? "BUNDLE_UNSUPPORTED" : "BUNDLE_INVALID";
    return fail("mediaType", `expected a bundle of version 0.1 to 0.3, found ${quoteText(mediaType)}`, code);
  }
  const issues: Issue[] = [];
  refuseUnknown(value, TOP_LEVEL, "", issues);
  const materials = memberOf(value, "verificationMaterial");
  const allowsChain = version !== "0.3" || rules.allowsCertificateChain === true;
  const material = readMaterial(materials, allowsChain, issues);
  const logEntries = readLogEntries(memberOf(materials, "tlogEntries"), version, issues);
  const timestamps = readTimestamps(memberOf(materials, "timestampVerificationData"), issues);
  const content = readContent(value, cuts, issues);
  if (issues.length > 0 || material === undefined || content === undefined) return { ok: false, issues };
  return { ok: true, value: { version, material, content, logEntries, timestamps } };
}

function readMaterial(value: Value | undefined, allowsChain: boolean, issues: Issue[]): BundleMaterial | undefined {
  const path = "verificationMaterial";
  if (!isValueObject(value)) {
    issues.push(issue(path, `expected an object, found ${quoteText(value)}`));
    return undefined;
  }
  refuseUnknown(value, MATERIAL_LEVEL, path, issues);
  const name = onlyOne(value, MATERIALS, path, issues);
  if (name === undefined) return undefined;
  const material = value[name] as ValueObject;
  if (name === "publicKey") return readPublicKeyHint(material, `${path}.publicKey`, issues);
  if (name === "certificate") {
    const certificate = readCertificate(material, `${path}.certificate`, issues);
    return certificate === undefined ? undefined : { kind: "certificate", certificate, intermediates: [] };
  }
  if (!allowsChain) {
    issues.push(issue(path, "expected a certificate (bundle 0.3), found x509CertificateChain"));
    return undefined;
  }
  return readCertificateChain(material, `${path}.x509CertificateChain`, issues);
}

function readPublicKeyHint(value: ValueObject, path: string, issues: Issue[]): BundleMaterial {
  refuseUnknown(value, HINT_LEVEL, path, issues);
  const hint = memberOf(value, "hint") ?? undefined;
  if (hint !== undefined && typeof hint !== "string") {
    issues.push(issue(`${path}.hint`, `expected text, found ${quoteText(hint)}`));
  }
  return typeof hint === "string" && hint !== "" ? { kind: "publicKey", hint } : { kind: "publicKey" };
}

function readCertificateChain(value: ValueObject, path: string, issues: Issue[]): BundleMaterial | undefined {
  refuseUnknown(value, CHAIN_LEVEL, path, issues);
  const list = readList(memberOf(value, "certificates"), `${path}.certificates`, LIMITS.certificateChain, issues);
  if (list.length === 0) issues.push(issue(`${path}.certificates`, "expected the signer's certificate, found none"));
  const [certificate, ...intermediates] = list.flatMap((item, index) => {
    return readCertificate(item, `${path}.certificates[${index}]`, issues) ?? [];
  });
  return certificate === undefined ? undefined : { kind: "certificate", certificate, intermediates };
}

function readCertificate(value: Value, path: string, issues: Issue[]): Uint8Array | undefined {
  if (isValueObject(value)) refuseUnknown(value, CERTIFICATE_LEVEL, path, issues);
  return readBytes(memberOf(value, "rawBytes"), `${path}.rawBytes`, issues);
}

function readLogEntries(value: Value | undefined, version: Bundle["version"], issues: Issue[]): readonly LogEntry[] {
  const path = "verificationMaterial.tlogEntries";
  const entries: LogEntry[] = [];
  readList(value, path, LIMITS.bundleLogEntries, issues).forEach((item, index) => {
    const at = `${path}[${index}]`;
    const entry = decodeLogEntry(item, at);
    if (!entry.ok) {
      issues.push(...entry.issues);
      return;
    }
    entries.push(entry.value);
    const { inclusionPromise, inclusionProof } = entry.value;
    if (version === "0.1" && inclusionPromise === undefined) {
      issues.push(issue(at, "expected an inclusion promise (bundle 0.1), found none"));
    }
    if (version !== "0.1" && inclusionProof === undefined) {
      issues.push(issue(at, `expected an inclusion proof (bundle ${version}), found none`));
    }
  });
  return entries;
}

function readTimestamps(value: Value | undefined, issues: Issue[]): readonly Uint8Array[] {
  if (value === undefined || value === null) return [];
  const path = "verificationMaterial.timestampVerificationData";
  if (!isValueObject(value)) {
    issues.push(issue(path, `expected an object, found ${quoteText(value)}`));
    return [];
  }
  refuseUnknown(value, TIMESTAMPS_LEVEL, path, issues);
  const list = readList(
    memberOf(value, "rfc3161Timestamps"),
    `${path}.rfc3161Timestamps`,
    LIMITS.bundleTimestamps,
    issues,
  );
  return list.flatMap((item, index) => {
    const at = `${path}.rfc3161Timestamps[${index}]`;
    if (isValueObject(item)) refuseUnknown(item, TIMESTAMP_LEVEL, at, issues);
    return readBytes(memberOf(item, "signedTimestamp"), `${at}.signedTimestamp`, issues) ?? [];
  });
}

function readContent(value: ValueObject, cuts: LargeDocument["cuts"], issues: Issue[]): Bundle["content"] | undefined {
  const name = onlyOne(value, CONTENTS, "", issues);
  if (name === undefined) return undefined;
  const content = value[name] as ValueObject;
  if (name === "messageSignature") return readMessageSignature(content, issues);
  const envelope = readEnvelope(content, "dsseEnvelope", cuts);
  if (envelope.ok) return { kind: "envelope", envelope: envelope.value };
  issues.push(...envelope.issues);
  return undefined;
}

function readMessageSignature(value: ValueObject, issues: Issue[]): Bundle["content"] | undefined {
  const path = "messageSignature";
  refuseUnknown(value, MESSAGE_LEVEL, path, issues);
  const digest = memberOf(value, "messageDigest");
  const name = memberOf(digest, "algorithm");
  const algorithm = HASH_ALGORITHMS.get(name);
  if (isValueObject(digest)) refuseUnknown(digest, DIGEST_LEVEL, `${path}.messageDigest`, issues);
  if (algorithm === undefined) {
    const expected = "expected SHA2_256, SHA2_384 or SHA2_512";
    issues.push(issue(`${path}.messageDigest.algorithm`, `${expected}, found ${quoteText(name)}`));
  }
  const bytes = readBytes(memberOf(digest, "digest"), `${path}.messageDigest.digest`, issues);
  const signature = readBytes(memberOf(value, "signature"), `${path}.signature`, issues);
  if (algorithm === undefined || bytes === undefined || signature === undefined) return undefined;
  return { kind: "messageSignature", messageSignature: { digest: { algorithm, bytes }, signature } };
}

/** The one member of `names` that is there, as a protobuf oneof has it; each is an object. */
function onlyOne(value: ValueObject, names: readonly string[], path: string, issues: Issue[]): string | undefined {
  const found = names.filter((name) => (memberOf(value, name) ?? null) !== null);
  const name = found[0];
  if (found.length === 1 && name !== undefined && isValueObject(value[name])) return name;
  issues.push(
    issue(path, `expected exactly one of ${names.join(", ")} as an object, found ${found.join(", ") || "none"}`),
  );
  return undefined;
}

function readList(value: Value | undefined, path: string, limit: number, issues: Issue[]): readonly Value[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.length <= limit) return value;
  const found = Array.isArray(value) ? `${value.length}` : quoteText(value);
  issues.push(issue(path, `expected a list of at most ${limit}, found ${found}`));
  return [];
}

function readBytes(value: Value | undefined, path: string, issues: Issue[]): Uint8Array | undefined {
  const bytes = typeof value === "string" ? decodeEitherBase64(value) : undefined;
  if (bytes !== undefined && bytes.length > 0) return bytes;
  issues.push(issue(path, `expected base64 with padding, found ${quoteText(value)}`));
  return undefined;
}

function refuseUnknown(value: ValueObject, known: ReadonlySet<string>, path: string, issues: Issue[]): void {
  for (const name of Object.keys(value)) {
    if (!known.has(name)) issues.push(issue(path, `unknown member ${quoteText(name)}`));
  }
}

function issue(path: string, message: string, code: ErrorCode = "BUNDLE_INVALID"): Issue {
  return { code, path, message };
}

function fail(path: string, message: string, code: ErrorCode): Decoded<never> {
  return { ok: false, issues: [issue(path, message, code)] };
}
