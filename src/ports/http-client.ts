/** A request that the caller has already allowed. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Bytes of answer that are accepted by `send`. */
  readonly maxBytes: number;
  /** Ends the request, its answer's bytes included; in place of the signal that the client was made with. */
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface HttpStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * HTTP with time and size limits and a bounded number of connections. Redirects are not followed: the caller decides,
 * since only it knows which credentials belong to which host.
 * @throws {AmapError} REGISTRY_UNREACHABLE (no answer), TIMEOUT, LIMIT_EXCEEDED, OFFLINE; what a signal's `reason` is when
 * it ends the request, or INTERRUPTED where that is no AmapError
 */
export interface HttpClient {
  send(request: HttpRequest): Promise<HttpResponse>;
  /** As `send`, with the body in chunks; the total time limit holds for the whole body. */
  stream(request: HttpRequest): Promise<HttpStream>;
  close(): Promise<void>;
}
