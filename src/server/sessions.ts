import type { FastifyRequest } from "fastify";
import type { Store } from "../app/index.ts";
import { AmapError, encodeUtf8, formatTime, hashHex } from "../base/index.ts";

type Session = NonNullable<Awaited<ReturnType<Store["sessions"]["find"]>>>;

const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const SESSION_MS = 12 * 3_600_000;
const LOGIN_TOKEN_MS = 15 * 60_000;

/** Over TLS the name makes browsers insist on Secure, Path=/ and no Domain: no neighbour can set it. */
const SECURE_COOKIE = "__Host-amap";
const PLAIN_COOKIE = "amap_session";

/** What sessions are made with. */
export interface SessionOptions {
  readonly now: () => number;
  /** Unpredictable bytes. */
  readonly randomBytes: (length: number) => Uint8Array;
}

/** People's sessions. Tokens leave this file towards their owner only; the store has their hashes. */
export interface Sessions {
  /** Takes a one-time token for a session; undefined when it is wrong, used or expired. */
  start(loginToken: string): Promise<{ readonly token: string; readonly session: Session } | undefined>;
  /** Finds the session of a request's cookie and remembers it for `of`. @throws {AmapError} SESSION_REQUIRED */
  require(request: FastifyRequest, isSecure: boolean): Promise<void>;
  /** The session that `require` found. */
  of(request: FastifyRequest): Session;
  /** Whether a session still holds. */
  readonly isValid: (tokenHash: string) => Promise<boolean>;
  end(tokenHash: string): Promise<void>;
}

/**
 * Makes a one-time token that starts one session, good for 15 minutes: 43 characters of base64url, 256 bits. Only its
 * hash is stored, so it can be shown once.
 * @throws {AmapError} STORE_UNAVAILABLE
 * @example
 * ```ts
 * import { issueLoginToken } from "./index.ts";
 * const putLoginToken = async () => {};
 * const store = { sessions: { putLoginToken } } as unknown as Parameters<typeof issueLoginToken>[0];
 * await issueLoginToken(store, { now: () => 0, randomBytes: (length) => new Uint8Array(length) });
 * ```
 */
export async function issueLoginToken(store: Store, { now, randomBytes }: SessionOptions): Promise<string> {
  const token = newToken(randomBytes);
  await store.sessions.putLoginToken(hashOf(token), formatTime(now() + LOGIN_TOKEN_MS));
  return token;
}

/** Sessions over the store. A session lasts 12 hours from its start, whatever is done with it. */
export function createSessions(store: Store, { now, randomBytes }: SessionOptions): Sessions {
  const known = new WeakMap<FastifyRequest, Session>();
  const { sessions, audit } = store;
  return {
    start: async (loginToken) => {
      const at = formatTime(now());
      if (!TOKEN.test(loginToken) || !(await sessions.takeLoginToken(hashOf(loginToken), at))) return undefined;
      await sessions.prune(at);
      const token = newToken(randomBytes);
      const session: Session = {
        tokenHash: hashOf(token),
        role: "admin",
        createdAt: at,
        expiresAt: formatTime(now() + SESSION_MS),
      };
      await sessions.put(session);
      await audit.append({
        at,
        actor: "admin",
        action: "session.created",
        target: nameOf(session.tokenHash),
        details: {},
      });
      return { token, session };
    },
    require: async (request, isSecure) => {
      const token = readCookie(request.headers.cookie, isSecure ? SECURE_COOKIE : PLAIN_COOKIE);
      // The look-up is by the token's hash. Its time may tell how much of a hash was right, which helps nobody to find
      // a token: comparing in constant time would guard nothing.
      const session =
        token !== undefined && TOKEN.test(token) ? await sessions.find(hashOf(token), formatTime(now())) : undefined;
      if (session === undefined) throw new AmapError("SESSION_REQUIRED", "the request carries no session that holds");
      known.set(request, session);
    },
    of: (request) => {
      const session = known.get(request);
      if (session === undefined) throw new Error("a handler asked for the session of an open route");
      return session;
    },
    isValid: async (tokenHash) => (await sessions.find(tokenHash, formatTime(now()))) !== undefined,
    end: async (tokenHash) => {
      await sessions.revoke(tokenHash);
      const at = formatTime(now());
      await audit.append({ at, actor: "admin", action: "session.ended", target: nameOf(tokenHash), details: {} });
    },
  };
}

function newToken(randomBytes: (length: number) => Uint8Array): string {
  return Buffer.from(randomBytes(TOKEN_BYTES)).toString("base64url");
}

function hashOf(token: string): string {
  return hashHex("sha256", encodeUtf8(token));
}

/** A session's name in the audit log: enough to tell sessions apart, nothing to look one up with. */
function nameOf(tokenHash: string): string {
  return `session ${tokenHash.slice(0, 12)}`;
}

/** A cookie's value. Two of one name are none: which of them the owner set cannot be told. */
function readCookie(header: string | undefined, name: string): string | undefined {
  const values = (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return values.length === 1 ? values[0]?.slice(name.length + 1) : undefined;
}

/** The Set-Cookie of a new session. */
export function writeCookie(token: string, isSecure: boolean): string {
  return cookie(token, SESSION_MS / 1000, isSecure);
}

/** The Set-Cookie that makes the browser forget. */
export function clearCookie(isSecure: boolean): string {
  return cookie("", 0, isSecure);
}

function cookie(value: string, maxAgeS: number, isSecure: boolean): string {
  const name = isSecure ? SECURE_COOKIE : PLAIN_COOKIE;
  return `${name}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Strict${isSecure ? "; Secure" : ""}`;
}
