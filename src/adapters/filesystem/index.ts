/** The `Files` port on the machine's file system. */
export { createFileSystem } from "./filesystem.ts";
