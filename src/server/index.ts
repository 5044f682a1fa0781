/** The door of `server`: the API and the dashboard over HTTP. */
export { openApiDocument } from "./api-document.ts";
export { findDashboard } from "./dashboard-files.ts";
export { type ListenAddress, parseListenAddress } from "./listen-address.ts";
export { createLog, LOG_LEVELS, type ServerLog } from "./log.ts";
export { type RunningServer, type ServerOptions, startServer } from "./server.ts";
export { issueLoginToken, type SessionOptions } from "./sessions.ts";
