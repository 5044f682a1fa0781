/** The door of `artifact`: what an artifact is called, what it is made of, and its layers as one file tree. */
export { type Descriptor, type Index, type Manifest, MEDIA_TYPES, type Platform } from "./descriptor.ts";
export { type ContentSource, createFileTree, type FileTree, type LayerEntry, type TreeFile } from "./file-tree.ts";
export {
  decodeImageConfig,
  encodeImageConfig,
  type HistoryEntry,
  type ImageConfig,
  type RuntimeConfig,
} from "./image-config.ts";
export { formatImageReference, type ImageReference, parseImageReference } from "./image-reference.ts";
export { decodeManifest, encodeIndex, encodeManifest, formatPlatform, platformManifests } from "./manifest.ts";
export { formatPackageUrl, type PackageUrl, type PackageUrlOptions, parsePackageUrl } from "./package-url.ts";
