import { AmapError, encodeBase64, encodeUtf8, memberOf, readJson, type Value } from "../../base/index.ts";
import type { HttpClient, HttpRequest, RegistryCredentials } from "../../ports/index.ts";
import type { RegistryAddress } from "./registry-address.ts";
import { isLoopback } from "./registry-address.ts";
import { protocolFailure, registryFailure } from "./registry-failure.ts";
import { type Wait, withRetries } from "./retry.ts";

const TOKEN_ANSWER_BYTES = 256 * 1024;

/** What a token is asked for, from a Bearer challenge. */
export interface TokenQuestion {
  readonly realm: string;
  readonly service: string | undefined;
  /** `repository:storefront:pull` and its like (distribution's token scopes). */
  readonly scopes: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches a bearer token from the realm of a challenge. Where the credentials may go is decided here: over TLS to any
 * realm that the registry names (it could ask for them itself, by Basic), without TLS only to the registry's own host
 * or between addresses of this machine's loopback. The answer's redirects are not followed.
 * @throws {AmapError} REGISTRY_UNAUTHORIZED, REGISTRY_PROTOCOL, REGISTRY_…
 */
export async function fetchToken(
  question: TokenQuestion,
  credentials: RegistryCredentials,
  { http, address, wait }: { readonly http: HttpClient; readonly address: RegistryAddress; readonly wait: Wait },
): Promise<string> {
  const realm = requireRealm(question.realm, credentials, new URL(address.origin));
  const { signal } = question;
  const request = { ...tokenRequest(realm, question, credentials), ...(signal === undefined ? {} : { signal }) };
  const { status, headers, body } = await withRetries(() => http.send(request), wait);
  if (status === 400 || status === 401 || status === 403) {
    throw new AmapError("REGISTRY_UNAUTHORIZED", `${realm.origin}${realm.pathname} refused a token: status ${status}`, {
      details: { host: realm.host, status },
    });
  }
  if (status !== 200) throw registryFailure({ method: request.method, url: realm, status, headers, body });
  return readToken(body, realm);
}

function requireRealm(text: string, credentials: RegistryCredentials, registry: URL): URL {
  const realm = URL.parse(text);
  if (realm === null || !/^https?:$/.test(realm.protocol) || realm.username !== "" || realm.password !== "") {
    throw protocolFailure("the token realm is not an http or https address", registry);
  }
  if (realm.protocol === "https:") return realm;
  const near =
    registry.protocol === "http:" &&
    (realm.hostname === registry.hostname || (isLoopback(realm.hostname) && isLoopback(registry.hostname)));
  if (near || (credentials.kind === "anonymous" && registry.protocol === "http:")) return realm;
  throw new AmapError(
    "REGISTRY_UNAUTHORIZED",
    `${registry.host} asks to send its credentials without TLS to ${realm.host}, which is refused`,
    {
      details: { host: registry.host, realm: realm.host },
      hint: "The registry's token realm must be an https address.",
    },
  );
}

function tokenRequest(realm: URL, question: TokenQuestion, credentials: RegistryCredentials): HttpRequest {
  const service: [string, string][] = question.service === undefined ? [] : [["service", question.service]];
  if (credentials.kind === "identityToken") {
    const form = new URLSearchParams([
      ["grant_type", "refresh_token"],
      ["refresh_token", credentials.token],
      ["client_id", "amap"],
      ...service,
      ["scope", question.scopes.join(" ")],
    ]);
    return {
      method: "POST",
      url: realm.href,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: encodeUtf8(form.toString()),
      maxBytes: TOKEN_ANSWER_BYTES,
    };
  }
  const url = new URL(realm);
  for (const [name, value] of service) url.searchParams.set(name, value);
  url.searchParams.delete("scope");
  for (const scope of question.scopes) url.searchParams.append("scope", scope);
  const headers = credentials.kind === "basic" ? { authorization: basicHeader(credentials) } : {};
  return { method: "GET", url: url.href, headers, maxBytes: TOKEN_ANSWER_BYTES };
}

/** The Authorization header of RFC 7617. */
export function basicHeader({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${encodeBase64(encodeUtf8(`${username}:${password}`))}`;
}

function readToken(body: Uint8Array, realm: URL): string {
  let answer: Value;
  try {
    answer = readJson(body, { maxBytes: TOKEN_ANSWER_BYTES, maxDepth: 16 });
  } catch {
    // Without the reader's reason: it may quote the token.
    throw protocolFailure("the token service's answer is not JSON", realm);
  }
  const token = memberOf(answer, "token") ?? memberOf(answer, "access_token");
  if (typeof token !== "string" || !isToken(token)) throw protocolFailure("the token service gave no token", realm);
  return token;
}

/** Whether text can stand in an Authorization header. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]{1,65536}$/.test(text);
}
