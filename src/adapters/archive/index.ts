/** The door of the archive adapter: tar layers over node:zlib. */
export { createArchives } from "./archives.ts";
export type { ArchiveLimits } from "./decompress.ts";
