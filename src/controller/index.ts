/** The door of `controller`: `amap controller`. */

export { createLog, LOG_LEVELS, type Log, type LogFields } from "./log.ts";
export type { ControllerOptions, ControllerRole, ListenAddress } from "./options.ts";
export { removeWebhooks, runController } from "./run-controller.ts";
