import {
  type Decoded,
  type ErrorCode,
  encodeUtf8,
  type Issue,
  isValueObject,
  memberOf,
  type Value,
  type ValueObject,
  writeJson,
} from "../base/index.ts";
import { type Envelope, envelopeToValue, readEnvelope } from "./envelope.ts";
import { quoteText } from "./quote-text.ts";
import { readDocument } from "./read-document.ts";

/** The media type that is written: Sigstore bundle 0.3. */
export const BUNDLE_MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** A Sigstore bundle (protobuf-specs, sigstore_bundle.proto), read from its JSON form. */
export interface Bundle {
  readonly version: "0.1" | "0.2" | "0.3";
  /** What proves who signed. Certificates are recognised, not read: verification answers BUNDLE_UNSUPPORTED. */
  readonly material: { readonly kind: "publicKey"; readonly hint?: string } | { readonly kind: "certificate" };
  /** What was signed. A message signature speaks of a blob; verification answers BUNDLE_UNSUPPORTED. */
  readonly content: { readonly kind: "envelope"; readonly envelope: Envelope } | { readonly kind: "messageSignature" };
  /** How many transparency log entries it carries. They are counted, not verified. */
  readonly transparencyLogEntries: number;
  /** How many RFC 3161 timestamps it carries. They are counted, not verified. */
  readonly signedTimestamps: number;
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
const MATERIAL_LEVEL = new Set([...MATERIALS, "tlogEntries", "timestampVerificationData"]);

/**
 * A bundle 0.3 of an envelope signed with a key, as JSON bytes, byte for byte as cosign 3.1.3 orders them. `keyHint` is
 * base64 of SHA-256 of the SPKI.
 *
 * @example
 * ```ts
 * import { decodeBundle, encodeBundle } from "./index.ts";
 * const envelope = { payload: new Uint8Array(2), payloadType: "t", signatures: [{ sig: new Uint8Array(8) }] };
 * decodeBundle(encodeBundle({ envelope, keyHint: "AAAA" })).ok; // true
 * ```
 */
export function encodeBundle(input: { readonly envelope: Envelope; readonly keyHint: string }): Uint8Array {
  // protojson, unlike Go's encoding/json, does not escape < > &.
  return encodeUtf8(
    writeJson({
      mediaType: BUNDLE_MEDIA_TYPE,
      verificationMaterial: { publicKey: { hint: input.keyHint } },
      dsseEnvelope: envelopeToValue(input.envelope),
    }),
  );
}

/**
 * A bundle of version 0.1, 0.2 or 0.3 from JSON bytes, or every issue: BUNDLE_INVALID, ENVELOPE_INVALID for the
 * envelope inside, BUNDLE_UNSUPPORTED for another version. Strict JSON; members that the versions do not have are
 * refused, and so are two contents or two materials.
 *
 * @see sigstore/protobuf-specs, sigstore_bundle.proto
 * @example
 * ```ts
 * import { decodeBundle } from "./index.ts";
 * decodeBundle(new TextEncoder().encode("{}")).ok; // false
 * ```
 */
export function decodeBundle(bytes: Uint8Array): Decoded<Bundle> {
  const read = readDocument(bytes, "BUNDLE_INVALID", "a Sigstore bundle", false);
  if (!read.ok) return read;
  const mediaType = memberOf(read.value, "mediaType");
  const version = typeof mediaType === "string" ? VERSIONS.get(mediaType) : undefined;
  if (version === undefined) {
    const code = typeof mediaType === "string" ? "BUNDLE_UNSUPPORTED" : "BUNDLE_INVALID";
    return fail("mediaType", `expected a bundle of version 0.1 to 0.3, found ${quoteText(mediaType)}`, code);
  }
  const issues: Issue[] = [];
  refuseUnknown(read.value, TOP_LEVEL, "", issues);
  const materials = memberOf(read.value, "verificationMaterial");
  const material = readMaterial(materials, issues);
  const transparencyLogEntries = countList(memberOf(materials, "tlogEntries"), "tlogEntries", issues);
  const signedTimestamps = countTimestamps(memberOf(materials, "timestampVerificationData"), issues);
  const content = readContent(read.value, issues);
  if (issues.length > 0 || material === undefined || content === undefined) return { ok: false, issues };
  return { ok: true, value: { version, material, content, transparencyLogEntries, signedTimestamps } };
}

function readMaterial(value: Value | undefined, issues: Issue[]): Bundle["material"] | undefined {
  const path = "verificationMaterial";
  if (!isValueObject(value)) {
    issues.push(issue(path, `expected an object, found ${quoteText(value)}`));
    return undefined;
  }
  refuseUnknown(value, MATERIAL_LEVEL, path, issues);
  const name = onlyOne(value, MATERIALS, path, issues);
  if (name !== "publicKey") return name === undefined ? undefined : { kind: "certificate" };
  const publicKey = value["publicKey"] as ValueObject;
  refuseUnknown(publicKey, new Set(["hint"]), `${path}.publicKey`, issues);
  const hint = memberOf(publicKey, "hint");
  if (hint !== undefined && typeof hint !== "string") {
    issues.push(issue(`${path}.publicKey.hint`, `expected text, found ${quoteText(hint)}`));
  }
  return typeof hint === "string" && hint !== "" ? { kind: "publicKey", hint } : { kind: "publicKey" };
}

function readContent(value: ValueObject, issues: Issue[]): Bundle["content"] | undefined {
  const name = onlyOne(value, CONTENTS, "", issues);
  if (name !== "dsseEnvelope") return name === undefined ? undefined : { kind: "messageSignature" };
  const envelope = readEnvelope(value["dsseEnvelope"] ?? null, "dsseEnvelope");
  if (envelope.ok) return { kind: "envelope", envelope: envelope.value };
  issues.push(...envelope.issues);
  return undefined;
}

/** The one member of `names` that is there, as a protobuf oneof has it; each is an object. */
function onlyOne(value: ValueObject, names: readonly string[], path: string, issues: Issue[]): string | undefined {
  const found = names.filter((name) => Object.hasOwn(value, name));
  const name = found[0];
  if (found.length === 1 && name !== undefined && isValueObject(value[name])) return name;
  issues.push(
    issue(path, `expected exactly one of ${names.join(", ")} as an object, found ${found.join(", ") || "none"}`),
  );
  return undefined;
}

function countTimestamps(value: Value | undefined, issues: Issue[]): number {
  if (value === undefined || value === null) return 0;
  const path = "timestampVerificationData";
  if (!isValueObject(value)) {
    issues.push(issue(`verificationMaterial.${path}`, `expected an object, found ${quoteText(value)}`));
    return 0;
  }
  refuseUnknown(value, new Set(["rfc3161Timestamps"]), `verificationMaterial.${path}`, issues);
  return countList(memberOf(value, "rfc3161Timestamps"), `${path}.rfc3161Timestamps`, issues);
}

function countList(value: Value | undefined, path: string, issues: Issue[]): number {
  if (value === undefined || value === null) return 0;
  if (Array.isArray(value)) return value.length;
  issues.push(issue(`verificationMaterial.${path}`, `expected a list, found ${quoteText(value)}`));
  return 0;
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
