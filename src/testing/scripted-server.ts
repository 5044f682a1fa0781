import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";

/** A request as it arrived. */
export interface ScriptedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** An HTTP server on the loopback address that answers as a test says. */
export interface ScriptedServer {
  readonly origin: string;
  readonly requests: readonly ScriptedRequest[];
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Starts a server; with `tls` it speaks HTTPS. `answer` is called with each whole request. */
export async function openScriptedServer(
  answer: (request: ScriptedRequest, response: ServerResponse) => void,
  tls?: ServerOptions,
): Promise<ScriptedServer> {
  const requests: ScriptedRequest[] = [];
  const listener = (message: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    // Clients that give up are part of the tests.
    response.on("error", () => {});
    message
      .on("error", () => {})
      .on("data", (chunk: Buffer) => chunks.push(chunk))
      .on("end", () => {
        const { method = "", headers } = message;
        const url = new URL(message.url ?? "/", "http://server.invalid");
        const request = { method, url, headers, body: Buffer.concat(chunks).toString("utf8") };
        requests.push(request);
        answer(request, response);
      });
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
