/** One image in the ways that images are shipped, made of plain tars without amap. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";

interface Stated {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const LAYER = "application/vnd.oci.image.layer.v1.tar";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
/** How the layers lie in the registry: each image has all three kinds, as far as it has layers. */
const COMPRESSIONS: readonly (readonly [ending: string, compress: (plain: Uint8Array) => Uint8Array])[] = [
  ["+gzip", (plain) => gzipSync(plain, { level: 1 })],
  ["+zstd", (plain) => zstdCompressSync(plain)],
  ["", (plain) => plain],
];

function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Runs GNU tar. */
export function tar(...words: readonly string[]): void {
  execFileSync("tar", words, { maxBuffer: 1024 * 1024, stdio: ["ignore", "ignore", "pipe"] });
}

function putBlob(layout: string, mediaType: string, bytes: Uint8Array): Stated {
  const hex = sha256(bytes);
  writeFileSync(join(layout, "blobs", "sha256", hex), bytes);
  return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
}

/** Writes an OCI layout with one image, tagged `v1`, of layers that are plain tars, the base first. */
export function writeLayout(layout: string, layers: readonly string[]): void {
  mkdirSync(join(layout, "blobs", "sha256"), { recursive: true });
  const diffIds: string[] = [];
  const stored = layers.map((path, index) => {
    const plain = readFileSync(path);
    diffIds.push(`sha256:${sha256(plain)}`);
    const [ending, compress] = COMPRESSIONS[index % COMPRESSIONS.length] ?? ["", (bytes: Uint8Array) => bytes];
    return putBlob(layout, `${LAYER}${ending}`, compress(plain));
  });
  const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
  const config = putBlob(
    layout,
    "application/vnd.oci.image.config.v1+json",
    json({ architecture: "amd64", os: "linux", config: {}, rootfs: { type: "layers", diff_ids: diffIds } }),
  );
  const manifest = putBlob(layout, MANIFEST, json({ schemaVersion: 2, mediaType: MANIFEST, config, layers: stored }));
  const named = { ...manifest, annotations: { "org.opencontainers.image.ref.name": "v1" } };
  writeFileSync(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  writeFileSync(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
}

/** An image's configuration and its layers, decompressed, out of a layout. */
interface ReadImage {
  readonly config: Buffer;
  readonly layers: readonly Buffer[];
}

/** Reads an image, or one platform, by its digest out of a layout. */
export function readLayout(layout: string, digest: string): ReadImage {
  const blob = (each: string): Buffer => readFileSync(join(layout, "blobs", "sha256", each.replace("sha256:", "")));
  const manifest = JSON.parse(blob(digest).toString()) as {
    readonly config: Stated;
    readonly layers: readonly Stated[];
  };
  const layers = manifest.layers.map(({ mediaType, digest: layer }) => {
    if (mediaType.endsWith("+gzip")) return gunzipSync(blob(layer));
    return mediaType.endsWith("+zstd") ? zstdDecompressSync(blob(layer)) : blob(layer);
  });
  return { config: blob(manifest.config.digest), layers };
}

/** The digest that a layout's only tag names. */
export function digestOfLayout(layout: string): string {
  const index = JSON.parse(readFileSync(join(layout, "index.json"), "utf8")) as {
    readonly manifests: readonly Stated[];
  };
  return index.manifests[0]?.digest ?? "";
}

/** The digests of the platforms of a layout's only index. */
export function platformsOfLayout(layout: string): readonly string[] {
  const path = join(layout, "blobs", "sha256", digestOfLayout(layout).replace("sha256:", ""));
  const index = JSON.parse(readFileSync(path, "utf8")) as { readonly manifests: readonly Stated[] };
  return index.manifests.map(({ digest }) => digest);
}

/** Writes what `docker save` wrote before version 25: no manifest of the registry, the layers as plain tars. */
export function writeDockerArchive(file: string, { config, layers }: ReadImage): void {
  const folder = `${file}.parts`;
  const id = sha256(config);
  const paths = layers.map((bytes, index) => {
    mkdirSync(join(folder, `layer-${index}`), { recursive: true });
    writeFileSync(join(folder, `layer-${index}`, "layer.tar"), bytes);
    return `layer-${index}/layer.tar`;
  });
  writeFileSync(join(folder, `${id}.json`), config);
  const manifest = [{ Config: `${id}.json`, RepoTags: ["registry.example/input:v1"], Layers: paths }];
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  tar("-C", folder, "-cf", file, ...readdirSync(folder));
}

/** Writes a layout as one file. */
export function writeOciArchive(file: string, layout: string): void {
  tar("-C", layout, "-cf", file, ".");
}
