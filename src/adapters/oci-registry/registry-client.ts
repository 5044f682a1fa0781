import { AmapError, concatBytes, LIMITS } from "../../base/index.ts";
import type { CredentialSource, HttpClient, HttpRequest } from "../../ports/index.ts";
import { type Actions, type Authentication, createAuthentication } from "./authentication.ts";
import { isLoopback, type RegistryAddress } from "./registry-address.ts";
import { type Answer, protocolFailure } from "./registry-failure.ts";
import { type Wait, withRetries } from "./retry.ts";

/** A request to the registry itself, or to an address that it named. */
export interface RegistryRequest {
  readonly method: HttpRequest["method"];
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly maxBytes: number;
  readonly actions: Actions;
  /** Another repository of this registry from which it takes a blob over. */
  readonly mountFrom?: string;
  /** Whether it may be sent again after a failure. */
  readonly idempotent: boolean;
  /** Ends this request, in place of the signal that ends all of them. */
  readonly signal?: AbortSignal;
}

/** An answer to a streamed read: `stream` is there when the status is 200, else the body was read for its error code. */
export interface StreamedAnswer extends Answer {
  readonly stream?: AsyncIterable<Uint8Array>;
}

/** Speaks to one repository: authentication, redirects and retries in one place. */
export interface RegistryClient {
  readonly address: RegistryAddress;
  readonly wait: Wait;
  /** An address below `/v2/<repository>/`. */
  readonly urlOf: (path: string) => URL;
  /** The answer, whatever its status; redirects of GET and HEAD are followed. */
  readonly send: (request: RegistryRequest) => Promise<Answer>;
  readonly stream: (request: RegistryRequest) => Promise<StreamedAnswer>;
}

type Raw = Pick<StreamedAnswer, "status" | "headers" | "body" | "stream">;
type Transfer = (request: HttpRequest) => Promise<Raw>;

// 303 is left out: it names another resource, not this one's place (ghcr.io answers so where it has no referrers API).
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 307, 308]);
/** As much of an unwanted body as is read, for its error code and so that its connection can be used again. */
const ERROR_BODY_BYTES = 64 * 1024;

export function createRegistryClient(options: {
  readonly address: RegistryAddress;
  readonly http: HttpClient;
  readonly credentials: CredentialSource;
  readonly wait: Wait;
}): RegistryClient {
  const { address, http, wait } = options;
  const authentication = createAuthentication(options);
  const context = { address, authentication, wait };
  return {
    address,
    wait,
    urlOf: (path) => new URL(`${address.origin}/v2/${address.repository}/${path}`),
    send: (request) => follow(request, (raw) => http.send(raw), context),
    stream: (request) => follow(request, (raw) => startStream(http, raw), context),
  };
}

interface Context {
  readonly address: RegistryAddress;
  readonly authentication: Authentication;
  readonly wait: Wait;
}

/**
 * Follows redirects of reads. The Authorization header goes to the registry's own origin only, and once a redirect has
 * left it, never again within this request (security class C10).
 */
async function follow(request: RegistryRequest, transfer: Transfer, context: Context): Promise<StreamedAnswer> {
  let { url } = request;
  let trusted = url.origin === context.address.origin;
  for (let hop = 0; ; hop += 1) {
    const answer = await exchange({ ...request, url }, transfer, trusted ? context.authentication : undefined, context);
    if (!isRead(request) || !REDIRECTS.has(answer.status)) return { ...answer, method: request.method, url };
    if (hop === LIMITS.httpRedirects) throw protocolFailure(`more than ${LIMITS.httpRedirects} redirects`, request.url);
    url = redirectTarget(url, answer.headers["location"], context.address);
    trusted &&= url.origin === context.address.origin;
  }
}

function isRead({ method }: RegistryRequest): boolean {
  return method === "GET" || method === "HEAD";
}

/** One address, with retries and at most one answer to a challenge. */
async function exchange(
  request: RegistryRequest,
  transfer: Transfer,
  authentication: Authentication | undefined,
  { wait }: Context,
): Promise<Raw> {
  const sendWith = (authorization: string | undefined): Promise<Raw> => {
    const attempt = (): Promise<Raw> => transfer(toHttpRequest(request, authorization));
    if (!request.idempotent) return attempt();
    return withRetries(attempt, wait, isRead(request) ? "read" : "write");
  };
  const need = { actions: request.actions, mountFrom: request.mountFrom, signal: request.signal };
  const known = await authentication?.known(need);
  const first = await sendWith(known);
  if (first.status !== 401) return first;
  if (authentication === undefined) {
    throw new AmapError(
      "REGISTRY_UNAUTHORIZED",
      `${request.url.host}, to which the registry redirects, asks for credentials`,
      {
        details: { host: request.url.host },
        hint: "Credentials are sent to the registry itself only, never to the target of a redirect.",
      },
    );
  }
  return sendWith(await authentication.answer(first.headers["www-authenticate"], need, known));
}

function toHttpRequest(request: RegistryRequest, authorization: string | undefined): HttpRequest {
  const { method, url, body, maxBytes, signal } = request;
  return {
    ...(signal === undefined ? {} : { signal }),
    method,
    url: url.href,
    headers: { ...request.headers, ...(authorization === undefined ? {} : { authorization }) },
    ...(body === undefined ? {} : { body }),
    maxBytes,
  };
}

/** Where a redirect leads, when it may be followed: no other scheme, no way back from TLS, not into this machine. */
function redirectTarget(from: URL, location: string | undefined, { origin }: RegistryAddress): URL {
  const target = location === undefined ? null : URL.parse(location, from.href);
  if (target === null || !/^https?:$/.test(target.protocol) || target.username !== "" || target.password !== "") {
    throw protocolFailure("a redirect without a usable Location", from);
  }
  if (from.protocol === "https:" && target.protocol === "http:") {
    throw protocolFailure(`a redirect from TLS to plain HTTP on ${target.host}, which is refused`, from);
  }
  if (isLoopback(target.hostname) && !isLoopback(new URL(origin).hostname)) {
    throw protocolFailure(`a redirect to ${target.host} on this machine, which is refused`, from);
  }
  return target;
}

async function startStream(http: HttpClient, request: HttpRequest): Promise<Raw> {
  const { status, headers, body } = await http.stream(request);
  if (status === 200) return { status, headers, body: new Uint8Array(), stream: body };
  return { status, headers, body: await readErrorBody(body) };
}

async function readErrorBody(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const chunk of body) {
      total += chunk.length;
      if (total > ERROR_BODY_BYTES) return new Uint8Array();
      parts.push(chunk);
    }
  } catch {
    // The status has come and counts; its body only decorates the message.
    return new Uint8Array();
  }
  return concatBytes(parts);
}
