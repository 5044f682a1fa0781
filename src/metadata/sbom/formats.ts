import {
  AmapError,
  concatBytes,
  type Decoded,
  decodeUtf8,
  decodeXml,
  isAmapError,
  isUtf8Text,
  isValueObject,
  LIMITS,
  memberOf,
  readJsonItems,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import { decodeCycloneDx } from "./cyclonedx/decode.ts";
import { streamCycloneDx } from "./cyclonedx/encode.ts";
import { CYCLONEDX_VERSIONS, isCycloneDxVersion } from "./cyclonedx/versions.ts";
import {
  CYCLONEDX_XML_VERSIONS,
  cycloneDxVersionOf,
  decodeCycloneDxXml,
  encodeCycloneDxXml,
} from "./cyclonedx/xml/cyclonedx-xml.ts";
import type { DecodeOptions } from "./decode-options.ts";
import { chunksOf, type DocumentStream, jsonOf } from "./document-stream.ts";
import { Losses } from "./losses.ts";
import type { DecodedSbom, Loss, Sbom, SbomFormat } from "./sbom.ts";
import { decodeSpdx } from "./spdx/decode.ts";
import { streamSpdx } from "./spdx/encode.ts";
import { readTagValue } from "./spdx/tag-value/read.ts";
import { writeTagValue } from "./spdx/tag-value/write.ts";
import { SPDX2_VERSIONS } from "./spdx/versions.ts";
import { readSpdxYaml, writeSpdxYaml } from "./spdx/yaml.ts";
import { decodeSpdx3 } from "./spdx3/decode.ts";
import { streamSpdx3 } from "./spdx3/encode.ts";
import { SPDX3_VERSION, SPDX3_VERSIONS } from "./spdx3/words.ts";
import { decodeSwid, encodeSwid, isSwidTag, SWID_VERSION } from "./swid/swid.ts";

/** A written document, with what it does not say. */
export interface WrittenSbom {
  readonly bytes: Uint8Array;
  readonly losses: readonly Loss[];
}

/** A document as it is written, piece by piece. */
export interface SbomStream {
  /** To be gone through once; no chunk is empty, and none ends within a character. */
  readonly chunks: Iterable<Uint8Array>;
  /** What the document does not say; to be asked for when all chunks were taken. */
  readonly losses: () => readonly Loss[];
}

/** A form in which SBOMs are written down, by syft's names. */
export interface SbomForm {
  readonly id:
    | "cyclonedx-json"
    | "cyclonedx-xml"
    | "spdx-json"
    | "spdx-yaml"
    | "spdx-tag-value"
    | "spdx3-json"
    | "swid-xml";
  readonly format: SbomFormat;
  /** Versions of the format that are read. */
  readonly reads: readonly string[];
  /** Versions that are written; the last is the newest. */
  readonly writes: readonly string[];
  /** The version that is written where none is asked for. */
  readonly version: string;
  readonly mediaType: string;
  /** How files of it end. */
  readonly ending: string;
  readonly write: (sbom: Sbom, version: string) => SbomStream;
}

const SPDX_WRITES = ["2.2", "2.3"] as const;
const SPDX = { format: "SPDX", reads: SPDX2_VERSIONS, writes: SPDX_WRITES, version: "2.3" } as const;

/** Every form of SBOMs that amap reads and writes. */
export const SBOM_FORMS: readonly SbomForm[] = [
  {
    id: "cyclonedx-json",
    format: "CycloneDX",
    reads: CYCLONEDX_VERSIONS,
    writes: CYCLONEDX_VERSIONS,
    version: "1.6",
    mediaType: "application/vnd.cyclonedx+json",
    ending: ".cdx.json",
    write: (sbom, version) => asJson(streamCycloneDx(sbom, isCycloneDxVersion(version) ? { version } : {})),
  },
  {
    id: "cyclonedx-xml",
    format: "CycloneDX",
    reads: CYCLONEDX_XML_VERSIONS,
    writes: CYCLONEDX_VERSIONS,
    version: "1.6",
    mediaType: "application/vnd.cyclonedx+xml",
    ending: ".cdx.xml",
    write: (sbom, version) => {
      const options = isCycloneDxVersion(version) ? { version, keepsXml: true } : { keepsXml: true };
      const stream = streamCycloneDx(sbom, options);
      const more = new Losses();
      const pieces = encodeCycloneDxXml(stream, version, more);
      return { chunks: chunksOf(pieces), losses: () => [...stream.losses(), ...more.finish()] };
    },
  },
  {
    id: "spdx-json",
    ...SPDX,
    mediaType: "application/spdx+json",
    ending: ".spdx.json",
    write: (sbom, version) => asJson(toSpdx(sbom, version)),
  },
  {
    id: "spdx-yaml",
    ...SPDX,
    mediaType: "application/yaml",
    ending: ".spdx.yaml",
    write: (sbom, version) => {
      const stream = toSpdx(sbom, version);
      return { chunks: chunksOf(writeSpdxYaml(stream)), losses: stream.losses };
    },
  },
  {
    id: "spdx-tag-value",
    ...SPDX,
    mediaType: "text/spdx",
    ending: ".spdx",
    write: (sbom, version) => {
      const stream = toSpdx(sbom, version);
      const more = new Losses();
      return { chunks: chunksOf(writeTagValue(stream, more)), losses: () => [...stream.losses(), ...more.finish()] };
    },
  },
  {
    id: "spdx3-json",
    format: "SPDX",
    reads: SPDX3_VERSIONS,
    writes: [SPDX3_VERSION],
    version: SPDX3_VERSION,
    mediaType: "application/spdx+json",
    ending: ".spdx3.json",
    write: (sbom) => asJson(streamSpdx3(sbom)),
  },
  {
    id: "swid-xml",
    format: "SWID",
    reads: [SWID_VERSION],
    writes: [SWID_VERSION],
    version: SWID_VERSION,
    mediaType: "application/swid+xml",
    ending: ".swidtag",
    write: (sbom) => {
      const { text, losses } = encodeSwid(sbom);
      return { chunks: chunksOf([text]), losses: () => losses };
    },
  },
];

function asJson(stream: DocumentStream): SbomStream {
  return { chunks: chunksOf(jsonOf(stream)), losses: stream.losses };
}

function toSpdx(sbom: Sbom, version: string): DocumentStream {
  return streamSpdx(sbom, { version: version === "2.2" ? "2.2" : "2.3" });
}

/**
 * Writes an SBOM in one of the forms, in the form's own version where none is asked for.
 * @throws {AmapError} NOT_SUPPORTED for a version that is not written; VALUE_INVALID for an SBOM that lacks what the format
 * demands
 * @example
 * ```ts
 * import { createSbom, catalogFiles, describeImage, writeSbom } from "../index.ts";
 * const sbom = createSbom({
 *   catalog: catalogFiles(new Map()),
 *   subject: describeImage({ name: "storefront", digest: `sha256:${"0".repeat(64)}` }),
 *   createdAt: "2026-11-22T12:00:00Z",
 *   serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
 *   tools: [{ name: "amap", version: "0.1.0" }],
 * });
 * writeSbom(sbom, "spdx-tag-value").losses.length; // 0
 * ```
 */
export function writeSbom(sbom: Sbom, id: SbomForm["id"], version?: string): WrittenSbom {
  const { chunks, losses } = streamSbom(sbom, id, version);
  return { bytes: concatBytes([...chunks]), losses: losses() };
}

/**
 * {@link writeSbom} piece by piece, for large SBOMs: no more than one component is in memory as it is written.
 * @throws {AmapError} as `writeSbom`, also when a chunk is asked for
 * @example
 * ```ts
 * import { readSbom, streamSbom } from "../index.ts";
 * import { encodeUtf8 } from "../../base/index.ts";
 * const decoded = readSbom(encodeUtf8('{"bomFormat":"CycloneDX","specVersion":"1.6"}'));
 * decoded.ok && [...streamSbom(decoded.value.sbom, "cyclonedx-json").chunks].length; // 1
 * ```
 */
export function streamSbom(sbom: Sbom, id: SbomForm["id"], version?: string): SbomStream {
  const form = SBOM_FORMS.find((each) => each.id === id);
  if (form === undefined) throw new Error(`there is no form ${id}`);
  const wanted = version ?? form.version;
  if (form.writes.includes(wanted)) return form.write(sbom, wanted);
  throw new AmapError("NOT_SUPPORTED", `${form.format} ${wanted.slice(0, 20)}; amap writes ${form.writes.join(", ")}`);
}

/**
 * Reads the bytes of an SBOM in any form that amap knows, told apart by what they hold, whatever their name. A malformed
 * document is data: all of its issues (DOCUMENT_INVALID), or one NOT_SUPPORTED for forms and versions that are not read.
 * @throws {AmapError} JSON_INVALID, YAML_INVALID; LIMIT_EXCEEDED above LIMITS.documentBytes
 * @example
 * ```ts
 * import { readSbom } from "../index.ts";
 * import { encodeUtf8 } from "../../base/index.ts";
 * const decoded = readSbom(encodeUtf8("SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: shop\n"));
 * decoded.ok && decoded.value.sbom.subject.name; // "shop"
 * ```
 */
export function readSbom(bytes: Uint8Array, options: DecodeOptions = {}): Decoded<DecodedSbom> {
  const maxBytes = LIMITS.documentBytes;
  if (bytes.length > maxBytes) {
    throw new AmapError("LIMIT_EXCEEDED", `expected an SBOM of at most ${maxBytes} bytes, found ${bytes.length}`);
  }
  const first = firstSignOf(bytes);
  if (first === undefined) {
    if (maySayXml(bytes)) return decodeXmlSbom(bytes, options);
    return refuse(
      "NOT_SUPPORTED",
      "a binary document or one that is not UTF-8: CycloneDX protobuf and CoSWID are not read",
    );
  }
  if (first === "{" || first === "[") return decodeSbom(readJsonItems(bytes, { maxBytes }), options);
  if (first === "<") return decodeXmlSbom(bytes, options);
  const text = decodeUtf8(bytes) ?? "";
  if (isTagValue(text)) return decodeSbom(text, options);
  return decodeYaml(bytes, options);
}

/** The first character that is no space, found without a text of the whole; undefined for bytes that are not UTF-8. */
function firstSignOf(bytes: Uint8Array): string | undefined {
  if (!isUtf8Text(bytes)) return undefined;
  // Other white space, and the byte order mark, begin with a larger byte.
  const start = bytes.findIndex((byte) => byte !== 0x20 && (byte < 0x09 || byte > 0x0d));
  if (start === -1) return "";
  const byte = bytes[start] ?? 0;
  if (byte < 0x80) return String.fromCharCode(byte);
  return (decodeUtf8(bytes.subarray(start)) ?? "").trimStart().charAt(0);
}

/** Whether bytes that are not UTF-8 begin as XML does in UTF-16 or Latin-1. */
function maySayXml([first, second]: Uint8Array): boolean {
  if (first === 0x3c || (first === 0 && second === 0x3c)) return true;
  return (first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe);
}

function decodeYaml(bytes: Uint8Array, options: DecodeOptions): Decoded<DecodedSbom> {
  try {
    return decodeSbom(readSpdxYaml(bytes, LIMITS.documentBytes), options);
  } catch (error) {
    if (!isAmapError(error, "YAML_INVALID")) throw error;
    return refuse("DOCUMENT_INVALID", `expected a CycloneDX or SPDX document; as YAML: ${error.message}`);
  }
}

function isTagValue(text: string): boolean {
  return /^\uFEFF?[ \t]*SPDXVersion[ \t]*:[ \t]*SPDX-/m.test(text) && !/^[ \t]*spdxVersion[ \t]*:/m.test(text);
}

/**
 * Reads an SBOM that is a value already: the predicate of an attestation, whose text forms are strings. As
 * {@link readSbom} otherwise.
 * @example
 * ```ts
 * import { decodeSbom } from "../index.ts";
 * const decoded = decodeSbom({ bomFormat: "CycloneDX", specVersion: "1.6", version: 1, components: [] });
 * decoded.ok && decoded.value.specVersion; // "1.6"
 * ```
 */
export function decodeSbom(document: Value, options: DecodeOptions = {}): Decoded<DecodedSbom> {
  if (isValueObject(document)) {
    if (memberOf(document, "bomFormat") === "CycloneDX") return decodeCycloneDx(document, options);
    if (memberOf(document, "spdxVersion") !== undefined) return decodeSpdx(document, options);
    if (isSpdx3(document)) return decodeSpdx3(document, options);
  } else if (typeof document === "string" && document.trimStart().startsWith("<")) {
    return decodeXmlSbom(document, options);
  } else if (typeof document === "string" && isTagValue(document)) return decodeTagValue(document, options);
  return refuse("DOCUMENT_INVALID", "expected a CycloneDX (bomFormat) or SPDX (spdxVersion) document");
}

function decodeXmlSbom(document: string | Uint8Array, options: DecodeOptions): Decoded<DecodedSbom> {
  const read = decodeXml(document);
  if (!read.ok) return read;
  const { name, namespace } = read.value;
  if (cycloneDxVersionOf(read.value) !== undefined) return decodeCycloneDxXml(read.value, options);
  if (isSwidTag(read.value)) return decodeSwid(read.value, options);
  const what = `${name.slice(0, 40)} of the namespace ${namespace.slice(0, 100) || "(none)"}`;
  return refuse("NOT_SUPPORTED", `an XML document ${what}; amap reads CycloneDX and SWID as XML`);
}

function decodeTagValue(text: string, options: DecodeOptions): Decoded<DecodedSbom> {
  const read = readTagValue(text);
  if (!read.ok) return read;
  const decoded = decodeSpdx(read.value.document, options);
  if (!decoded.ok) return decoded;
  const broken = read.value.problems.map(({ line, message }) => ({
    code: "DOCUMENT_INVALID" as const,
    path: `line ${line}`,
    message,
  }));
  return { ok: true, value: { ...decoded.value, problems: [...broken, ...decoded.value.problems] } };
}

function isSpdx3(document: ValueObject): boolean {
  const context = memberOf(document, "@context");
  return (
    memberOf(document, "@graph") !== undefined || (typeof context === "string" && context.includes("spdx.org/rdf/3"))
  );
}

function refuse(code: "NOT_SUPPORTED" | "DOCUMENT_INVALID", message: string): Decoded<DecodedSbom> {
  return { ok: false, issues: [{ code, path: "", message }] };
}
