import {
  concatBytes,
  type Decoded,
  decodeBase64,
  decodeBase64Bytes,
  decodeUtf8,
  encodeBase64,
  encodeUtf8,
  type Issue,
  LIMITS,
  memberOf,
  type Value,
} from "../base/index.ts";
import { encodeGoJson } from "./go-json.ts";
import { quoteText } from "./quote-text.ts";
import { type LargeDocument, readLargeDocument } from "./read-document.ts";

/** A DSSE envelope (secure-systems-lab/dsse v1.0.2), with its bytes decoded. */
export interface Envelope {
  readonly payload: Uint8Array;
  readonly payloadType: string;
  readonly signatures: readonly EnvelopeSignature[];
}

export interface EnvelopeSignature {
  readonly sig: Uint8Array;
  readonly keyid?: string;
}

/**
 * The bytes that a DSSE signature covers: type and payload, each with its length, so that no two pairs give the same
 * bytes.
 *
 * @see DSSE v1.0.2, protocol.md, "Signature Definition"
 * @example
 * ```ts
 * import { preAuthEncoding } from "./index.ts";
 * const bytes = preAuthEncoding("http://example.com/HelloWorld", new TextEncoder().encode("hello world"));
 * new TextDecoder("utf-8").decode(bytes); // "DSSEv1 29 http://example.com/HelloWorld 11 hello world"
 * ```
 */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = encodeUtf8(payloadType);
  return concatBytes([encodeUtf8(`DSSEv1 ${type.length} `), type, encodeUtf8(` ${payload.length} `), payload]);
}

/**
 * An envelope as JSON bytes, one line, members in cosign's order (`payload`, `payloadType`, `signatures`).
 *
 * @example
 * ```ts
 * import { encodeEnvelope } from "./index.ts";
 * const payload = new TextEncoder().encode("{}");
 * encodeEnvelope({ payload, payloadType: "application/vnd.in-toto+json", signatures: [{ sig: new Uint8Array(8) }] });
 * ```
 */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  return encodeGoJson(envelopeToValue(envelope));
}

/**
 * An envelope from JSON bytes, or every issue (ENVELOPE_INVALID). Strict JSON and strict base64; both base64 alphabets
 * are read, as DSSE asks, with padding and never mixed. At least one signature, at most LIMITS.envelopeSignatures.
 * Unknown members are ignored, as DSSE asks; an empty `keyid` is none.
 *
 * @see DSSE v1.0.2, envelope.md, "Parsing rules"
 * @example
 * ```ts
 * import { decodeEnvelope } from "./index.ts";
 * decodeEnvelope(new TextEncoder().encode('{"payload":"e30=","payloadType":"t","signatures":[]}')).ok; // false
 * ```
 */
export function decodeEnvelope(bytes: Uint8Array): Decoded<Envelope> {
  const read = readLargeDocument(bytes, "ENVELOPE_INVALID", "a DSSE envelope");
  return read.ok ? readEnvelope(read.value.value, "", read.value.cuts) : read;
}

/** An envelope as a value, in the order that is written. */
export function envelopeToValue(envelope: Envelope): Value {
  return {
    payload: encodeBase64(envelope.payload),
    payloadType: envelope.payloadType,
    signatures: envelope.signatures.map(({ sig, keyid }) => ({
      ...(keyid === undefined ? {} : { keyid }),
      sig: encodeBase64(sig),
    })),
  };
}

/** An envelope from a value; `path` is where it stands, for issues, `cuts` are what was left out of the document. */
export function readEnvelope(value: Value, path: string, cuts: LargeDocument["cuts"] = new Map()): Decoded<Envelope> {
  const issues: Issue[] = [];
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const text = memberOf(value, "payload");
  const cut = typeof text === "string" ? cuts.get(text) : undefined;
  const payload =
    (cut === undefined ? undefined : decodeBase64Bytes(cut)) ??
    readBase64(cut === undefined ? text : decodeUtf8(cut), at("payload"), issues);
  const payloadType = memberOf(value, "payloadType");
  if (typeof payloadType !== "string") {
    issues.push(issue(at("payloadType"), `expected text, found ${quoteText(payloadType)}`));
  }
  const signatures = readSignatures(memberOf(value, "signatures"), at("signatures"), issues);
  if (issues.length > 0 || payload === undefined) return { ok: false, issues };
  return { ok: true, value: { payload, payloadType: payloadType as string, signatures } };
}

function readSignatures(value: Value | undefined, path: string, issues: Issue[]): readonly EnvelopeSignature[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > LIMITS.envelopeSignatures) {
    const found = Array.isArray(value) ? String(value.length) : quoteText(value);
    issues.push(issue(path, `expected a list of 1 to ${LIMITS.envelopeSignatures} signatures, found ${found}`));
    return [];
  }
  const signatures: EnvelopeSignature[] = [];
  value.forEach((item: Value, index) => {
    const sig = readBase64(memberOf(item, "sig"), `${path}[${index}].sig`, issues);
    const keyid = memberOf(item, "keyid");
    if (keyid !== undefined && keyid !== null && typeof keyid !== "string") {
      issues.push(issue(`${path}[${index}].keyid`, `expected text, found ${quoteText(keyid)}`));
    }
    if (sig !== undefined) signatures.push(typeof keyid === "string" && keyid !== "" ? { sig, keyid } : { sig });
  });
  return signatures;
}

function readBase64(value: Value | undefined, path: string, issues: Issue[]): Uint8Array | undefined {
  const bytes = typeof value === "string" ? decodeEitherBase64(value) : undefined;
  if (bytes === undefined) issues.push(issue(path, `expected base64 with padding, found ${quoteText(value)}`));
  return bytes;
}

/** Base64 of either alphabet, with padding and never mixed. */
export function decodeEitherBase64(text: string): Uint8Array | undefined {
  const standard = decodeBase64(text);
  if (standard !== undefined || /[+/]/.test(text)) return standard;
  return decodeBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
}

function issue(path: string, message: string): Issue {
  return { code: "ENVELOPE_INVALID", path, message };
}
