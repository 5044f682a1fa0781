/** The door of `base`: errors, limits, values, bytes and digests that every other room stands on. */

export { compressGzip } from "./bytes/deflate.ts";
export { type HashAlgorithm, hashBytes, hashHex, type RunningHash, startHash } from "./bytes/hash.ts";
export { decompressZstd, gunzip, inflateZlib } from "./bytes/inflate.ts";
export { type PemBlock, readPemBlock, writePemBlock } from "./bytes/pem.ts";
export {
  deriveScryptKey,
  type PublicKey,
  readPublicKey,
  readPublicKeyInfo,
  type ScryptParameters,
} from "./bytes/signature.ts";
export type { PublicKeyAlgorithm, SignatureScheme } from "./bytes/signature-scheme.ts";
export {
  concatBytes,
  decodeBase64,
  decodeBase64Bytes,
  decodeHex,
  decodeLatin1,
  decodeUtf8,
  encodeBase64,
  encodeHex,
  encodeUtf8,
  isUtf8Text,
} from "./bytes/text.ts";
export { compareText } from "./compare-text.ts";
export type { Decoded, Issue } from "./decoded.ts";
export { type DerHeader, readDerHeader } from "./der/der-header.ts";
export { type Digest, digestAlgorithm, digestHex, digestOf, isDigest, matchesDigest, parseDigest } from "./digest.ts";
export { formatDuration, formatDurationNs, parseDuration, parseDurationNs } from "./duration.ts";
export { AmapError, type AmapErrorOptions, isAmapError } from "./errors/amap-error.ts";
export { ERROR_CODES, type ErrorCode, type ErrorRow } from "./errors/codes.ts";
export { LIMITS } from "./limits.ts";
export { compareQuantities, formatQuantity, parseQuantity, type Quantity, type QuantityFormat } from "./quantity.ts";
export { readSqliteTable, type SqliteRow, type SqliteValue } from "./sqlite-file/sqlite-file.ts";
export { formatTime, parseTime } from "./time.ts";
export { decodeToml } from "./toml/toml-reader.ts";
export { equalValues } from "./value/equal.ts";
export { excerptOfValue } from "./value/excerpt.ts";
export { readJsonFast } from "./value/json-fast.ts";
export { readJsonItems } from "./value/json-items.ts";
export { readJson } from "./value/json-reader.ts";
export { type CutDocument, readJsonCut, readJsonWithout } from "./value/json-skim.ts";
export { canonicalJson, ValueStream, writeJson, writeJsonPieces } from "./value/json-writer.ts";
export type { ReadOptions } from "./value/source.ts";
export { Double, isValueObject, listOf, memberOf, textOf, type Value, type ValueObject } from "./value/value.ts";
export { readYamlPlaces, type YamlPlace, type YamlPlaces } from "./value/yaml-places.ts";
export { readYaml, type YamlOptions } from "./value/yaml-reader.ts";
export { type YamlPart, YamlSplitter } from "./value/yaml-splitter.ts";
export { writeYaml, writeYamlPieces } from "./value/yaml-writer.ts";
export { matchesWildcard } from "./wildcard.ts";
export { childElement, childElements, decodeXml, textOfElement, walkXml } from "./xml/xml-reader.ts";
export type { XmlAttributes, XmlElement, XmlOptions, XmlTag, XmlVisitor } from "./xml/xml-tree.ts";
