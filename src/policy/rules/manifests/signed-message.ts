import {
  AmapError,
  decodeBase64,
  decodeUtf8,
  gunzip,
  isValueObject,
  LIMITS,
  memberOf,
  readYaml,
  textOf,
  type Value,
  type ValueObject,
} from "../../../base/index.ts";
import { readTarFiles } from "./tar-files.ts";

/** The prefix of the annotations that signing tools write unless they are told another. */
export const DEFAULT_ANNOTATION_DOMAIN = "cosign.sigstore.dev";

/** One signature of a manifest, as the annotations hold it: base64, of what is not the signature itself compressed. */
export type ManifestSignature = {
  readonly signature: string;
  /** The signer's certificate, PEM; empty for none. */
  readonly certificate: string;
  /** What the log promised, cosign's JSON; empty for none. */
  readonly bundle: string;
};

/** What an object says of who signed it. Nothing of it is trusted yet. */
export interface SignedMessage {
  /** The annotation: base64 of what was signed, compressed. */
  readonly message: string;
  readonly signatures: readonly ManifestSignature[];
}

/**
 * The message and the signatures in an object's annotations, `PREFIX/message`, `PREFIX/signature`, `PREFIX/signature_1`
 * and so on; or what is missing.
 */
export function readSignedMessage(object: Value, domain: string): SignedMessage | { readonly missing: string } {
  const annotations = memberOf(memberOf(object, "metadata"), "annotations") ?? {};
  const named = (name: string, place: number): string =>
    textOf(annotations, `${domain}/${name}${place === 0 ? "" : `_${place}`}`);
  const message = named("message", 0);
  if (message === "") {
    const image = named("resourceBundleRef", 0);
    const elsewhere = image === "" ? "" : `; the manifest in the image "${image.slice(0, 200)}" is not looked at`;
    return { missing: `message not found: the object has no annotation ${domain}/message${elsewhere}` };
  }
  const signatures: ManifestSignature[] = [];
  for (let place = 0; ; place++) {
    const signature = named("signature", place);
    if (signature === "") break;
    if (place >= LIMITS.manifestSignatures) {
      return { missing: `expected at most ${LIMITS.manifestSignatures} signatures in annotations, found more` };
    }
    signatures.push({ signature, certificate: named("certificate", place), bundle: named("bundle", place) });
  }
  if (signatures.length > 0) return { message, signatures };
  return { missing: `signature not found: the object has no annotation ${domain}/signature` };
}

/**
 * The bytes that an annotation of a signed manifest holds: base64, and compressed with gzip as a rule; at most
 * LIMITS.manifestMessageBytes when expanded.
 * @throws {AmapError} VALUE_INVALID, ARCHIVE_INVALID, DECOMPRESSION_LIMIT
 * @example
 * ```ts
 * import { decodeManifestAnnotation } from "../../index.ts";
 * decodeManifestAnnotation("AQI="); // new Uint8Array([1, 2])
 * ```
 */
export function decodeManifestAnnotation(annotation: string): Uint8Array {
  const bytes = decodeBase64(annotation.trim());
  if (bytes === undefined) throw new AmapError("VALUE_INVALID", "expected base64 in the annotation, found other text");
  return isGzip(bytes) ? gunzip(bytes, LIMITS.manifestMessageBytes) : bytes;
}

/**
 * The objects of a message: YAML, or a compressed tar with files of YAML in it.
 * @throws {AmapError} VALUE_INVALID, ARCHIVE_INVALID, DECOMPRESSION_LIMIT, YAML_INVALID, LIMIT_EXCEEDED
 */
export function decodeManifests(message: string): readonly ValueObject[] {
  const signed = decodeManifestAnnotation(message);
  const documents = isGzip(signed) ? manifestsOfTar(gunzip(signed, LIMITS.manifestMessageBytes)) : manifestsOf(signed);
  if (documents.length <= LIMITS.manifestDocuments) return documents;
  const found = documents.length;
  throw new AmapError("LIMIT_EXCEEDED", `expected at most ${LIMITS.manifestDocuments} manifests, found ${found}`);
}

const YAML_FILE = /\.ya?ml$/;

function manifestsOfTar(tar: Uint8Array): readonly ValueObject[] {
  return readTarFiles(tar)
    .filter(({ path }) => YAML_FILE.test(path))
    .flatMap(({ bytes }) => manifestsOf(bytes));
}

function manifestsOf(yaml: Uint8Array): readonly ValueObject[] {
  const options = { maxBytes: LIMITS.manifestMessageBytes, maxDepth: LIMITS.admissionDepth };
  if (decodeUtf8(yaml) === undefined) throw new AmapError("YAML_INVALID", "expected YAML in UTF-8, found other bytes");
  return readYaml(yaml, options).filter(isValueObject);
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}
