import { setTimeout as sleep } from "node:timers/promises";
import { AmapError } from "../../base/index.ts";
import type { HttpClient, HttpResponse, RegistryLogin } from "../../ports/index.ts";
import { parseChallenges } from "./challenge.ts";
import { type RegistryAddress, registryAddress } from "./registry-address.ts";
import { protocolFailure, registryFailure } from "./registry-failure.ts";
import { type Wait, withRetries } from "./retry.ts";
import { basicHeader, fetchToken } from "./token-service.ts";

/** How a login is checked. */
export interface CheckLoginOptions {
  /** Host and optional port. */
  readonly registry: string;
  readonly login: RegistryLogin;
  readonly http: HttpClient;
  /** As for `openRegistryRepository`. */
  readonly plainHttp?: boolean;
  /** How to wait between retries; real time when left out. */
  readonly wait?: Wait;
}

const ANSWER_BYTES = 64 * 1024;
/** An address names a repository, which the check of a login has none of. */
const ANY_REPOSITORY = "login";

/**
 * Asks a registry's base address whether it accepts a login, as `docker login` does: by the scheme that it asks for.
 * `notAsked` where it lets everybody in.
 * @throws {AmapError} REGISTRY_UNAUTHORIZED where the login is refused; REFERENCE_INVALID, REGISTRY_…, TIMEOUT, OFFLINE
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md (end-1), RFC 7235
 * @example
 * ```ts
 * import type { HttpClient } from "../../ports/index.ts";
 * import { checkRegistryLogin } from "./index.ts";
 * const check = (http: HttpClient) =>
 *   checkRegistryLogin({ registry: "127.0.0.1:5000", login: { username: "user", password: "secret" }, http });
 * ```
 */
export async function checkRegistryLogin(options: CheckLoginOptions): Promise<"accepted" | "notAsked"> {
  const { login, http } = options;
  const address = registryAddress(options.registry, ANY_REPOSITORY, options.plainHttp);
  const wait: Wait = options.wait ?? ((milliseconds) => sleep(milliseconds));
  const url = new URL(`${address.origin}/v2/`);
  const ask = (authorization?: string): Promise<HttpResponse> => {
    const headers = authorization === undefined ? {} : { authorization };
    return withRetries(
      () => http.send({ method: "GET", url: url.href, headers, maxBytes: ANSWER_BYTES }),
      wait,
      "read",
    );
  };
  const first = await ask();
  if (first.status === 200) return "notAsked";
  if (first.status !== 401) throw registryFailure({ method: "GET", url, ...first });
  const second = await ask(await headerFor(first.headers["www-authenticate"], { address, login, http, wait }));
  if (second.status === 200) return "accepted";
  if (second.status === 401 || second.status === 403) throw refused(address, second.status);
  throw registryFailure({ method: "GET", url, ...second });
}

async function headerFor(
  challenge: string | undefined,
  { login, ...context }: { address: RegistryAddress; login: RegistryLogin; http: HttpClient; wait: Wait },
): Promise<string> {
  const { address } = context;
  const challenges = challenge === undefined ? [] : (parseChallenges(challenge) ?? []);
  const bearer = challenges.find(({ scheme }) => scheme === "bearer");
  if (bearer === undefined) {
    if (challenges.some(({ scheme }) => scheme === "basic")) return basicHeader(login);
    throw new AmapError("REGISTRY_UNAUTHORIZED", `${address.registry} asks for no scheme that amap supports`, {
      hint: "Basic and Bearer are supported; check that this is the address of a registry.",
    });
  }
  const realm = bearer.parameters.get("realm");
  if (realm === undefined) throw protocolFailure("the Bearer challenge names no realm", new URL(address.origin));
  // A token for nothing in particular: only whether one is given counts.
  const question = { realm, service: bearer.parameters.get("service"), scopes: [] };
  return `Bearer ${await fetchToken(question, { kind: "basic", ...login }, context)}`;
}

function refused({ registry }: RegistryAddress, status: number): AmapError {
  return new AmapError("REGISTRY_UNAUTHORIZED", `${registry} refuses the user name or password: status ${status}`, {
    details: { registry, status },
    hint: "Check both; many registries want an access token in place of the password.",
  });
}
