import {
  type Decoded,
  encodeUtf8,
  formatTime,
  LIMITS,
  type Value,
  type ValueObject,
  writeJson,
} from "../base/index.ts";
import { ProtoJsonReader, protoMembers } from "./proto-json.ts";
import { quoteText } from "./quote-text.ts";
import { readDocument } from "./read-document.ts";
import type { ValidityPeriod } from "./trust-root.ts";

/** The media type that is read and written. */
export const SIGNING_CONFIG_MEDIA_TYPE = "application/vnd.dev.sigstore.signingconfig.v0.2+json";

/** One service that takes part in signing. */
export interface SigningService {
  readonly url: string;
  /** 1 for Fulcio, timestamp authorities and Rekor's first API, 2 for Rekor's second. */
  readonly majorApiVersion: number;
  readonly validFor: ValidityPeriod;
  /** Who runs it: of one operator at most one service is used. */
  readonly operator: string;
}

/** How many of the services that fit are used. */
export type ServiceSelection =
  | { readonly selector: "ALL" | "ANY" }
  | { readonly selector: "EXACT"; readonly count: number }
  /** The configuration says nothing; no service can then be chosen. */
  | { readonly selector: "UNDEFINED" };

/** Which services sign: a signing configuration of Sigstore, version 0.2. */
export interface SigningConfig {
  readonly certificateAuthorities: readonly SigningService[];
  readonly oidcProviders: readonly SigningService[];
  readonly transparencyLogs: readonly SigningService[];
  readonly logSelection: ServiceSelection;
  readonly timestampAuthorities: readonly SigningService[];
  readonly timestampSelection: ServiceSelection;
}

const CONFIG = protoMembers(
  "mediaType",
  "caUrls",
  "oidcUrls",
  "rekorTlogUrls",
  "rekorTlogConfig",
  "tsaUrls",
  "tsaConfig",
);
const SERVICE = protoMembers("url", "majorApiVersion", "validFor", "operator");
const TIME_RANGE = protoMembers("start", "end");
const SELECTION = protoMembers("selector", "count");
/** protobuf-specs' ServiceSelector, by name and number. */
const SELECTORS: ReadonlyMap<Value, ServiceSelection["selector"]> = new Map<Value, ServiceSelection["selector"]>([
  ["SERVICE_SELECTOR_UNDEFINED", "UNDEFINED"],
  ["ALL", "ALL"],
  ["ANY", "ANY"],
  ["EXACT", "EXACT"],
  [0, "UNDEFINED"],
  [1, "ALL"],
  [2, "ANY"],
  [3, "EXACT"],
]);
const UINT32_MAX = 4_294_967_295;

/**
 * A signing configuration from the bytes of a `signing_config.v0.2.json`, or every issue (SIGNING_CONFIG_INVALID).
 * Unknown members and other versions are refused. At most LIMITS.trustRootBytes, and LIMITS.trustRootServices services
 * of one kind.
 *
 * @see sigstore/protobuf-specs, sigstore_trustroot.proto, SigningConfig
 * @example
 * ```ts
 * import { decodeSigningConfig } from "./index.ts";
 * decodeSigningConfig(new TextEncoder().encode('{"mediaType":"other"}')).ok; // false
 * ```
 */
export function decodeSigningConfig(bytes: Uint8Array): Decoded<SigningConfig> {
  if (bytes.length > LIMITS.trustRootBytes) {
    const message = `expected a signing configuration of at most ${LIMITS.trustRootBytes} bytes, found ${bytes.length}`;
    return { ok: false, issues: [{ code: "SIGNING_CONFIG_INVALID", path: "", message }] };
  }
  const document = readDocument(bytes, "SIGNING_CONFIG_INVALID", "a signing configuration", false);
  if (!document.ok) return document;
  const reader = new ProtoJsonReader("SIGNING_CONFIG_INVALID");
  const members = reader.message(document.value, CONFIG, "");
  const mediaType = members.get("mediaType");
  if (mediaType !== SIGNING_CONFIG_MEDIA_TYPE) {
    reader.fail("mediaType", `expected a signing configuration of version 0.2, found ${quoteText(mediaType)}`);
    return { ok: false, issues: reader.issues };
  }
  const services = (name: string): readonly SigningService[] =>
    reader
      .list(members.get(name), name, LIMITS.trustRootServices)
      .map((value, index) => readService(value, `${name}[${index}]`, reader));
  const config: SigningConfig = {
    certificateAuthorities: services("caUrls"),
    oidcProviders: services("oidcUrls"),
    transparencyLogs: services("rekorTlogUrls"),
    logSelection: readSelection(members.get("rekorTlogConfig"), "rekorTlogConfig", reader),
    timestampAuthorities: services("tsaUrls"),
    timestampSelection: readSelection(members.get("tsaConfig"), "tsaConfig", reader),
  };
  return reader.issues.length > 0 ? { ok: false, issues: reader.issues } : { ok: true, value: config };
}

function readService(value: Value, path: string, reader: ProtoJsonReader): SigningService {
  const members = reader.message(value, SERVICE, path);
  const url = reader.text(members.get("url"), `${path}.url`);
  if (!isServiceUrl(url)) reader.fail(`${path}.url`, `expected an address of http or https, found ${quoteText(url)}`);
  const period = reader.message(members.get("validFor"), TIME_RANGE, `${path}.validFor`);
  const start = reader.time(period.get("start"), `${path}.validFor.start`);
  const end = reader.time(period.get("end"), `${path}.validFor.end`);
  return {
    url,
    majorApiVersion: readUint32(members.get("majorApiVersion"), `${path}.majorApiVersion`, reader),
    validFor: { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) },
    operator: reader.text(members.get("operator"), `${path}.operator`),
  };
}

function readSelection(value: Value | undefined, path: string, reader: ProtoJsonReader): ServiceSelection {
  const members = reader.message(value, SELECTION, path);
  const name = members.get("selector") ?? 0;
  const selector = SELECTORS.get(name);
  const count = readUint32(members.get("count"), `${path}.count`, reader);
  if (selector === undefined) reader.fail(`${path}.selector`, `expected ALL, ANY or EXACT, found ${quoteText(name)}`);
  return selector === "EXACT" ? { selector, count } : { selector: selector ?? "UNDEFINED" };
}

function readUint32(value: Value | undefined, path: string, reader: ProtoJsonReader): number {
  const number = Number(reader.count(value, path));
  if (number <= UINT32_MAX) return number;
  reader.fail(path, `expected a number below 2^32, found ${number}`);
  return 0;
}

/** No more than what can be told without a reader of addresses; the client that opens it judges the rest. */
export function isServiceUrl(url: string): boolean {
  return /^https?:\/\/[^\s/?#]/.test(url);
}

/**
 * A signing configuration as JSON bytes on one line, byte for byte as cosign 3.1.3 `signing-config create` writes it.
 *
 * @see sigstore/protobuf-specs, sigstore_trustroot.proto, SigningConfig
 * @example
 * ```ts
 * import { createSigningConfig, decodeSigningConfig, encodeSigningConfig } from "./index.ts";
 * decodeSigningConfig(encodeSigningConfig(createSigningConfig({}))).ok; // true
 * ```
 */
export function encodeSigningConfig(config: SigningConfig): Uint8Array {
  const list = (name: string, services: readonly SigningService[]): ValueObject =>
    services.length === 0 ? {} : { [name]: services.map(toService) };
  return encodeUtf8(
    writeJson({
      mediaType: SIGNING_CONFIG_MEDIA_TYPE,
      ...list("caUrls", config.certificateAuthorities),
      ...list("oidcUrls", config.oidcProviders),
      ...list("rekorTlogUrls", config.transparencyLogs),
      rekorTlogConfig: toSelection(config.logSelection),
      ...list("tsaUrls", config.timestampAuthorities),
      tsaConfig: toSelection(config.timestampSelection),
    }),
  );
}

function toService({ url, majorApiVersion, validFor: { start, end }, operator }: SigningService): ValueObject {
  return {
    url,
    ...(majorApiVersion === 0 ? {} : { majorApiVersion }),
    validFor: {
      ...(start === undefined ? {} : { start: formatTime(start) }),
      ...(end === undefined ? {} : { end: formatTime(end) }),
    },
    ...(operator === "" ? {} : { operator }),
  };
}

function toSelection(selection: ServiceSelection): ValueObject {
  if (selection.selector === "UNDEFINED") return {};
  const count = selection.selector === "EXACT" && selection.count > 0 ? { count: selection.count } : {};
  return { selector: selection.selector, ...count };
}
