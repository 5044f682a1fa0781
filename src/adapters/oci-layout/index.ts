/** The door of the OCI layout adapter: a repository as a folder on disk. */
export { openOciLayout } from "./open-layout.ts";
