import { AmapError, isAmapError } from "../../base/index.ts";
import type { Clock, Files, HttpClient } from "../../ports/index.ts";
import { invalid } from "./metadata.ts";

/** Reads one file of a mirror; undefined where there is none. */
export type ReadMirror = (path: string, maxBytes: number) => Promise<Uint8Array | undefined>;

/** What mirrors are read with. */
export interface MirrorAccess {
  readonly http: HttpClient;
  readonly files: Files;
  readonly clock: Clock;
}

const ATTEMPTS = 3;
const FIRST_DELAY_MS = 200;
/** Stores of objects answer 403 for what is not there, where nobody may list them. */
const ABSENT: ReadonlySet<number> = new Set([403, 404]);
const BUSY: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/**
 * A mirror at an `https://`, `http://` or `file:///` address. Every request after the deadline (milliseconds since 1970)
 * is refused, so that a slow mirror cannot keep a verification waiting for each of its files.
 * @throws {AmapError} on use: TRUST_REPOSITORY_UNREACHABLE, TRUST_REPOSITORY_INVALID (redirects and other answers),
 * OFFLINE, LIMIT_EXCEEDED as TRUST_REPOSITORY_INVALID
 */
export function openMirror(address: string, access: MirrorAccess, deadline: number): ReadMirror {
  const base = address.replace(/\/+$/, "");
  if (base.startsWith("file://")) {
    const folder = decodeURIComponent(base.slice("file://".length));
    return (path, maxBytes) => readFolder(access.files, folder, path, maxBytes);
  }
  return async (path, maxBytes) => {
    const url = `${base}/${path}`;
    for (let attempt = 1; ; attempt++) {
      if (access.clock.now() > deadline) throw unreachable(url, "it took too long to answer");
      const answer = await request(access.http, url, maxBytes, attempt);
      if (answer?.status === 200) return answer.body;
      if (answer !== undefined && ABSENT.has(answer.status)) return undefined;
      if (answer !== undefined && !BUSY.has(answer.status)) {
        throw invalid(url, `expected the answer 200 or 404, found ${answer.status}`);
      }
      if (answer !== undefined && attempt === ATTEMPTS) throw unreachable(url, `it answered ${answer.status}`);
      await access.clock.wait(FIRST_DELAY_MS * 2 ** (attempt - 1));
    }
  };
}

/** Whether a mirror did not answer, as opposed to one that answered something wrong. */
export function isUnreachable(error: unknown): error is AmapError {
  return isAmapError(error) && (error.code === "OFFLINE" || error.code === "TRUST_REPOSITORY_UNREACHABLE");
}

/** An answer, or undefined for a connection that broke and may be tried again. */
async function request(
  http: HttpClient,
  url: string,
  maxBytes: number,
  attempt: number,
): Promise<{ readonly status: number; readonly body: Uint8Array } | undefined> {
  try {
    return await http.send({ method: "GET", url, maxBytes });
  } catch (error) {
    if (!isAmapError(error)) throw error;
    if (error.code === "LIMIT_EXCEEDED") throw invalid(url, error.message, error);
    if (error.code === "TIMEOUT" || error.code === "REGISTRY_UNREACHABLE") {
      if (error.details["systemCode"] === "ECONNRESET" && attempt < ATTEMPTS) return undefined;
      throw unreachable(url, error.message, error);
    }
    throw error;
  }
}

async function readFolder(
  files: Files,
  folder: string,
  path: string,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  try {
    return await files.read(`${folder}/${path}`, maxBytes);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    if (error.code === "LIMIT_EXCEEDED") throw invalid(path, error.message, error);
    if (error.code !== "FILE_NOT_FOUND") throw error;
    // A disk that is not mounted is a mirror that does not answer.
    if ((await files.kindOf(folder, { followLinks: true })) === "directory") return undefined;
    throw unreachable(folder, "there is no such folder", error);
  }
}

function unreachable(url: string, message: string, cause?: unknown): AmapError {
  return new AmapError("TRUST_REPOSITORY_UNREACHABLE", `${url}: ${message}`, { cause });
}
