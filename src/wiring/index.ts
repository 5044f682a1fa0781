/** The door of `wiring`: makes the world that use cases work in from configuration. */
export type { WorldConfiguration } from "./configuration.ts";
export { createWorld } from "./create-world.ts";
export { findExamples } from "./examples.ts";
export { VERSION } from "./version.ts";
