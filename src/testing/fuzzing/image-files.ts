import { gzipSync } from "node:zlib";
import { type Digest, digestOf, encodeUtf8, type Value, writeJson } from "../../base/index.ts";
import { type TarPart, writeHostileTar } from "./hostile-tar.ts";

/** The documents of an image, each as a function of those that it names, so that digests are true where nobody lies. */
export interface ImageChanges {
  readonly config: (document: Value) => Value;
  readonly manifest: (document: Value) => Value;
  readonly index: (document: Value) => Value;
  /** Bytes that lie under another digest. */
  readonly stored: (path: string, bytes: Uint8Array) => Uint8Array | undefined;
}

/** An image as it is. */
export const UNCHANGED: ImageChanges = {
  config: (document) => document,
  manifest: (document) => document,
  index: (document) => document,
  stored: (_, bytes) => bytes,
};

const OCI = "application/vnd.oci.image";

function toBytes(document: Value): Uint8Array {
  return encodeUtf8(writeJson(document));
}

function configOf(layers: readonly Uint8Array[]): Value {
  return {
    os: "linux",
    architecture: "amd64",
    config: {},
    rootfs: { type: "layers", diff_ids: layers.map((layer) => digestOf(layer)) },
  };
}

/** The files of an OCI layout with one image of these layers, tars that are not compressed. */
export function layoutFiles(layers: readonly Uint8Array[], changes: ImageChanges): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const store = (path: string, bytes: Uint8Array): void => {
    const stored = changes.stored(path, bytes);
    if (stored !== undefined) files.set(path, stored);
  };
  const put = (bytes: Uint8Array, mediaType: string): { mediaType: string; digest: Digest; size: number } => {
    const digest = digestOf(bytes);
    store(`blobs/sha256/${digest.slice(7)}`, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const manifest = changes.manifest({
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: put(toBytes(changes.config(configOf(layers))), `${OCI}.config.v1+json`),
    layers: layers.map((layer) => put(new Uint8Array(gzipSync(layer, { level: 1 })), `${OCI}.layer.v1.tar+gzip`)),
  });
  const annotations = { "org.opencontainers.image.ref.name": "v1" };
  const index = changes.index({
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests: [{ ...put(toBytes(manifest), `${OCI}.manifest.v1+json`), annotations }],
  });
  store("oci-layout", encodeUtf8('{"imageLayoutVersion":"1.0.0"}'));
  store("index.json", toBytes(index));
  return files;
}

/** The files that `docker save` wrote before it wrote layouts. */
export function dockerFiles(layers: readonly Uint8Array[], changes: ImageChanges): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const store = (path: string, bytes: Uint8Array): void => {
    const stored = changes.stored(path, bytes);
    if (stored !== undefined) files.set(path, stored);
  };
  const config = toBytes(changes.config(configOf(layers)));
  const name = `${digestOf(config).slice(7)}.json`;
  store(name, config);
  const paths = layers.map((layer, place) => {
    store(`${place}/layer.tar`, layer);
    return `${place}/layer.tar`;
  });
  const list = changes.index([changes.manifest({ Config: name, RepoTags: ["shop/web:1"], Layers: paths })]);
  store("manifest.json", toBytes(list));
  return files;
}

/** Files as one tar. */
export function tarOfFiles(files: Iterable<readonly [path: string, bytes: Uint8Array]>): Uint8Array {
  return writeHostileTar([...files].map(([name, content]): TarPart => ({ name, type: "0", content, mode: 0o755 })));
}
