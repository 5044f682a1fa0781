import { execFileSync, spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { GitCredentials } from "../ports/index.ts";

/** Repositories of a folder over HTTP, by git's own `http-backend`. */
export interface GitServer {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Headers with which clients said who they are, in order. */
  readonly authorizations: readonly string[];
  /** Where all requests are sent instead that may be answered. */
  redirectTo: string | undefined;
  /** Whether requests get no answer. */
  isSilent: boolean;
  /** Settled at the first request, and when its client has closed the connection. */
  readonly asked: Promise<void>;
  readonly left: Promise<void>;
  close(): Promise<void>;
}

/** Serves the bare repositories below a folder; with credentials, only to who has them. */
export async function startGitServer(root: string, credentials?: GitCredentials): Promise<GitServer> {
  const backend = join(execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim(), "git-http-backend");
  const authorizations: string[] = [];
  const wanted =
    credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
  const [asked, left] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const server = createServer((request, response) => {
    asked.resolve();
    request.socket.once("close", () => left.resolve());
    const { authorization } = request.headers;
    if (authorization !== undefined) authorizations.push(authorization);
    if (state.isSilent) return;
    if (wanted !== undefined && authorization !== wanted) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
    } else if (state.redirectTo !== undefined) {
      response.writeHead(302, { location: `${state.redirectTo}${request.url}` }).end();
    } else serve(backend, root, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const state: GitServer = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    authorizations,
    redirectTo: undefined,
    isSilent: false,
    asked: asked.promise,
    left: left.promise,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return state;
}

/** Runs the backend as CGI (RFC 3875): a head of lines, an empty one, the body. */
function serve(backend: string, root: string, request: IncomingMessage, response: ServerResponse): void {
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const child = spawn(backend, [], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"],
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.on("error", () => {}); // One that ends early does not want the rest.
  request.pipe(child.stdin);
  const parts: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  child.on("close", () => {
    const whole = Buffer.concat(parts);
    const end = whole.indexOf("\r\n\r\n");
    const lines = whole.subarray(0, end).toString("latin1").split("\r\n");
    const headers = lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)] as const);
    const status = Number.parseInt(headers.find(([name]) => name === "Status")?.[1] ?? "200", 10);
    response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== "Status")));
    response.end(whole.subarray(end + 4));
  });
}
