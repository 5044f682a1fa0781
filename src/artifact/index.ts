/** The door of `artifact`: what an artifact is called, what it is made of, and its layers as one file tree. */
export { type Descriptor, type Index, type Manifest, MEDIA_TYPES, type Platform } from "./descriptor.ts";
export type { ImageReference } from "./image-reference.ts";
