import {
  compressGzip,
  concatBytes,
  encodeBase64,
  encodeUtf8,
  isValueObject,
  memberOf,
  type Value,
  type ValueObject,
  writeYaml,
} from "../base/index.ts";
import type { LayerOptions, LocalSigstore } from "./sigstore/local-sigstore.ts";

/** How a manifest is signed. */
export interface ManifestSigningOptions extends LayerOptions {
  /** YAML, compressed; or as older tools do, a compressed tar of YAML files, compressed again. */
  readonly form?: "yaml" | "tar";
  readonly domain?: string;
  /** What is signed beside the manifest itself. */
  readonly others?: readonly Value[];
}

/** Names of the annotations, with what each holds. */
export type SigningAnnotations = Readonly<Record<string, string>>;

/** The annotations that signing a manifest makes; each signer after the first has a number in their names. */
export function manifestAnnotations(
  sigstore: LocalSigstore,
  manifest: Value,
  signers: readonly ManifestSigningOptions[],
): SigningAnnotations {
  const [{ form = "yaml", domain = "cosign.sigstore.dev", others = [] } = {}] = signers;
  const yaml = encodeUtf8([...others, manifest].map((each) => writeYaml(each)).join("---\n"));
  const message = form === "yaml" ? yaml : compressGzip(writeTar([["signed/manifest.yaml", yaml]]));
  const annotations: Record<string, string> = { [`${domain}/message`]: packed(message) };
  for (const [place, options] of signers.entries()) {
    const suffix = place === 0 ? "" : `_${place}`;
    const made = sigstore.signLayer(message, "simple-signing", options).annotations;
    annotations[`${domain}/signature${suffix}`] = made["dev.cosignproject.cosign/signature"] ?? "";
    const certificate = made["dev.sigstore.cosign/certificate"];
    const bundle = made["dev.sigstore.cosign/bundle"];
    if (certificate !== undefined) annotations[`${domain}/certificate${suffix}`] = packed(encodeUtf8(certificate));
    if (bundle !== undefined) annotations[`${domain}/bundle${suffix}`] = packed(encodeUtf8(bundle));
  }
  return annotations;
}

/** An object with annotations beside its own. */
export function withAnnotations(object: ValueObject, annotations: SigningAnnotations): ValueObject {
  const metadata = membersOf(object["metadata"]);
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...membersOf(memberOf(metadata, "annotations")), ...annotations } },
  };
}

/** A manifest with its signatures in it, as `kubectl sigstore sign` leaves it. */
export function signManifest(
  sigstore: LocalSigstore,
  manifest: ValueObject,
  ...signers: readonly ManifestSigningOptions[]
): ValueObject {
  return withAnnotations(manifest, manifestAnnotations(sigstore, manifest, signers));
}

function membersOf(value: Value | undefined): ValueObject {
  return isValueObject(value) ? value : {};
}

const packed = (bytes: Uint8Array): string => encodeBase64(compressGzip(bytes));

/** What stands in a tar's header where it is no file. */
export interface TarEntryOptions {
  readonly type?: string;
}

/** A tar of small files in memory. */
export function writeTar(
  files: readonly (readonly [path: string, bytes: Uint8Array, options?: TarEntryOptions])[],
): Uint8Array {
  const blocks = files.flatMap(([path, bytes, { type = "0" } = {}]) => {
    const header = new Uint8Array(512);
    const put = (at: number, text: string): void => header.set(encodeUtf8(text), at);
    put(0, path);
    put(100, "0000644\0");
    put(124, `${bytes.length.toString(8).padStart(11, "0")}\0`);
    put(148, "        ");
    put(156, type);
    put(257, "ustar\x0000");
    const sum = header.reduce((total, byte) => total + byte, 0);
    put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
    return [header, bytes, new Uint8Array((512 - (bytes.length % 512)) % 512)];
  });
  return concatBytes([...blocks, new Uint8Array(1024)]);
}
