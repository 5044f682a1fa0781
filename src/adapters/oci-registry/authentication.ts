import { AmapError } from "../../base/index.ts";
import type { CredentialSource, HttpClient, RegistryCredentials } from "../../ports/index.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { RegistryAddress } from "./registry-address.ts";
import { protocolFailure } from "./registry-failure.ts";
import type { Wait } from "./retry.ts";
import { basicHeader, fetchToken, isToken } from "./token-service.ts";

/** What a request may do. Tokens are asked for no more than that. */
export type Actions = "pull" | "pull,push" | "pull,push,delete";

/** What a request is about to do. */
export interface Need {
  readonly actions: Actions;
  /** Another repository of this registry that it reads a blob of. */
  readonly mountFrom?: string | undefined;
  /** Ends a request for a token, too. */
  readonly signal?: AbortSignal | undefined;
}

/** The Authorization headers of one registry, learned from its challenges. */
export interface Authentication {
  /** The header to send at once, when one is known; a login is looked up where the registry is known to ask for one. */
  readonly known: (need: Need) => Promise<string | undefined>;
  /**
   * Answers a 401. `refused` is the header that was sent with it, if any.
   * @throws {AmapError} REGISTRY_UNAUTHORIZED, REGISTRY_PROTOCOL, CREDENTIAL_HELPER_FAILED
   */
  readonly answer: (challenge: string | undefined, need: Need, refused: string | undefined) => Promise<string>;
}

/** How an address is authenticated to. */
export interface AuthenticationOptions {
  readonly address: RegistryAddress;
  readonly credentials: CredentialSource;
  readonly http: HttpClient;
  readonly wait: Wait;
}

/** Headers by realm of use: one for each repository by Basic, one for each repository and need by Bearer. */
interface HeaderTable {
  readonly headers: Map<string, Promise<string> | string>;
  /** It has asked for a login by Basic: that of another repository is looked up, not asked for by a 401 again. */
  asksForBasic: boolean;
}
const BASIC = "basic";

/** Headers are shared by all repositories of one registry that use the same credentials and connections. */
const tables = new WeakMap<CredentialSource, WeakMap<HttpClient, Map<string, HeaderTable>>>();

/** Learns a registry's way of authentication from its challenges: nothing is sent before it asks. */
export function createAuthentication(options: AuthenticationOptions): Authentication {
  const { address } = options;
  const table = tableFor(options);
  const { headers } = table;
  const keyOf = (need: Need): string => scopesOf(need, address).join(" ");
  const ownBasic = `${address.repository} ${BASIC}`;
  const share = async (key: string, fetched: Promise<string>): Promise<string> => {
    // Whoever waits for it is told; where nobody does, this request tells.
    fetched.catch(() => {});
    headers.set(key, fetched);
    try {
      const header = await fetched;
      headers.set(key, header);
      return header;
    } catch (error) {
      headers.delete(key);
      throw error;
    }
  };
  return {
    async known(need) {
      const header = headers.get(keyOf(need)) ?? headers.get(ownBasic);
      if (header !== undefined || !table.asksForBasic) return typeof header === "string" ? header : undefined;
      // Another repository's login may be wrong for this one, and what it may not see can look like "not there".
      const credentials = await options.credentials.credentialsFor(address.registry, address.repository);
      return credentials.kind === "basic" ? share(ownBasic, Promise.resolve(basicHeader(credentials))) : undefined;
    },
    async answer(challengeHeader, need, refused) {
      const challenge = chooseChallenge(challengeHeader, address);
      const isBasic = challenge.scheme === BASIC;
      const key = isBasic ? ownBasic : keyOf(need);
      const current = headers.get(key);
      // Another request may have fetched a new header since this one was sent.
      if (current !== undefined && current !== refused) return current;
      const header = await share(key, headerFor(challenge, need, options));
      if (isBasic) table.asksForBasic = true;
      return header;
    },
  };
}

function tableFor({ credentials, http, address }: AuthenticationOptions): HeaderTable {
  const byHttp = tables.get(credentials) ?? new WeakMap<HttpClient, Map<string, HeaderTable>>();
  tables.set(credentials, byHttp);
  const byOrigin = byHttp.get(http) ?? new Map<string, HeaderTable>();
  byHttp.set(http, byOrigin);
  const table: HeaderTable = byOrigin.get(address.origin) ?? { headers: new Map(), asksForBasic: false };
  byOrigin.set(address.origin, table);
  return table;
}

function chooseChallenge(header: string | undefined, address: RegistryAddress): Challenge {
  const challenges = header === undefined ? undefined : parseChallenges(header);
  const chosen =
    challenges?.find(({ scheme }) => scheme === "bearer") ?? challenges?.find(({ scheme }) => scheme === BASIC);
  if (chosen !== undefined) return chosen;
  if (challenges === undefined || challenges.length === 0) {
    throw new AmapError("REGISTRY_UNAUTHORIZED", `${address.registry}: status 401 without a challenge to answer`);
  }
  throw new AmapError(
    "REGISTRY_UNAUTHORIZED",
    `${address.registry} asks for an authentication scheme that amap does not support (Bearer and Basic are)`,
  );
}

async function headerFor(challenge: Challenge, need: Need, options: AuthenticationOptions): Promise<string> {
  const { address } = options;
  const credentials = await options.credentials.credentialsFor(address.registry, address.repository);
  if (credentials.kind === "bearer") return `Bearer ${requireToken(credentials.token, address)}`;
  if (challenge.scheme === BASIC) return basicFor(credentials, address);
  const realm = challenge.parameters.get("realm");
  if (realm === undefined) throw protocolFailure("the Bearer challenge names no realm", new URL(address.origin));
  const service = challenge.parameters.get("service");
  // The challenge's own scope is not used: what amap asks for follows from what it is about to do.
  const scopes = scopesOf(need, address);
  return `Bearer ${await fetchToken({ realm, service, scopes, signal: need.signal }, credentials, options)}`;
}

/** Distribution's token scopes. A blob is taken over only from where it may be read. */
function scopesOf({ actions, mountFrom }: Need, { repository }: RegistryAddress): readonly string[] {
  const own = `repository:${repository}:${actions}`;
  return mountFrom === undefined ? [own] : [own, `repository:${mountFrom}:pull`];
}

function basicFor(credentials: RegistryCredentials, { registry }: RegistryAddress): string {
  if (credentials.kind === "basic") return basicHeader(credentials);
  const found = credentials.kind === "anonymous" ? "no login is stored for it" : "only a token is stored for it";
  throw new AmapError("REGISTRY_UNAUTHORIZED", `${registry} asks for a user name and password, and ${found}`, {
    details: { registry },
  });
}

function requireToken(token: string, { registry }: RegistryAddress): string {
  if (isToken(token)) return token;
  throw new AmapError(
    "REGISTRY_UNAUTHORIZED",
    `the token stored for ${registry} has characters that a token cannot have`,
  );
}
