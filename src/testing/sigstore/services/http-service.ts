import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it arrived. */
export interface ServiceRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What is answered; a body that is not bytes is sent as JSON. */
export interface ServiceAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Uint8Array | object;
}

type Answerer = (request: ServiceRequest) => ServiceAnswer | Promise<ServiceAnswer>;

/** A service on the loopback address. */
export interface HttpService {
  readonly origin: string;
  readonly requests: readonly ServiceRequest[];
  /** Sets what answers; before that every request is answered with 503. */
  serve(answer: Answerer): void;
  close(): Promise<void>;
}

const MAX_REQUEST_BYTES = 4_000_000;

/** Listens on a free port. */
export async function openHttpService(): Promise<HttpService> {
  const requests: ServiceRequest[] = [];
  let answer: Answerer = () => refusal(503, "the service is not ready");
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_REQUEST_BYTES) message.destroy();
      else chunks.push(chunk);
    });
    // Clients that give up are part of the tests.
    message.on("error", () => {});
    response.on("error", () => {});
    message.on("end", () => {
      const { method = "", headers } = message;
      const url = new URL(message.url ?? "/", "http://service.invalid");
      const request = { method, url, headers, body: Buffer.concat(chunks) };
      requests.push(request);
      void answerSafely(answer, request).then((answered) => send(response, answered));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    serve: (next) => {
      answer = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A request that the service cannot take. */
export class RefusedRequest extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The form in which all of Sigstore's services refuse. */
export function refusal(status: number, message: string): ServiceAnswer {
  return { status, body: { code: status, message } };
}

function send(response: ServerResponse, { status, headers, body }: ServiceAnswer): void {
  const isBytes = body instanceof Uint8Array;
  response.writeHead(status, { ...(isBytes ? {} : { "content-type": "application/json" }), ...headers });
  response.end(isBytes ? body : JSON.stringify(body));
}

async function answerSafely(answer: Answerer, request: ServiceRequest): Promise<ServiceAnswer> {
  try {
    return await answer(request);
  } catch (error) {
    if (error instanceof RefusedRequest) return refusal(error.status, error.message);
    return refusal(500, error instanceof Error ? error.message : String(error));
  }
}

/** A body of JSON, as an object. */
export function jsonBody({ body }: ServiceRequest): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Answered below like any other body that is no object.
  }
  throw new RefusedRequest(400, "expected a JSON object");
}

/** A member behind a path of names, or undefined. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, name)
        ? (inner as Record<string | number, unknown>)[name]
        : undefined,
    value,
  );
}

/** The bytes of a base64 text behind a path. */
export function bytesAt(value: unknown, ...path: readonly (string | number)[]): Buffer {
  const text = at(value, ...path);
  if (typeof text !== "string" || text === "") throw new RefusedRequest(400, `expected base64 at ${path.join(".")}`);
  return Buffer.from(text, "base64");
}
