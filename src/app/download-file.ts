import { AmapError, type Digest, isAmapError, LIMITS, startHash } from "../base/index.ts";
import type { HttpClient, HttpStream, ScratchFile } from "../ports/index.ts";
import type { World } from "./world.ts";

/** Requests for one file at one place: the first, and those that go on where one broke off. */
const MAX_REQUESTS = 20;
const RETRY_MS = 1_000;
const RANGE = /^bytes (\d+)-\d+\/(\d+)$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Says that what begins with one address is asked for at another one first. */
export interface Mirror {
  readonly from: string;
  readonly to: string;
}

/** How a file is downloaded. */
export interface DownloadOptions {
  /** In the folder of this path the bytes are kept: some files are larger than memory should be. */
  readonly beside: string;
  readonly mirrors?: readonly Mirror[];
  /** As an earlier download gave it, of the version that is known already. */
  readonly etag?: string;
  /** Told of each place that did not give it. */
  readonly tell?: (message: string) => void;
}

/** A file as a server gave it. */
interface DownloadedFile {
  /** Its bytes; whoever asked for it closes it, and then nothing is left of it. */
  readonly file: ScratchFile;
  readonly digest: Digest;
  /** The place that it came from and what that calls this version, for the next time: only the same place is asked by it. */
  readonly etag?: string;
}

/** Whether words name a file on a server. */
export function isAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/**
 * Reads `ADDRESS=ADDRESS`.
 * @throws {AmapError} USAGE
 */
export function parseMirror(text: string): Mirror {
  const at = text.search(/=https?:\/\//i);
  const [from, to] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
  if (!isAddress(from) || at < 0) {
    throw new AmapError("USAGE", `--mirror: expected ADDRESS=ADDRESS, found "${text.slice(0, 200)}"`, {
      hint: "--mirror https://osv-vulnerabilities.storage.googleapis.com=https://mirror.example/osv",
    });
  }
  checkAddress(to, "--mirror");
  return { from, to };
}

/** What another place would not mend: nobody may ask, the run ends, or the bytes cannot be kept. */
const FINAL: ReadonlySet<string> = new Set(["OFFLINE", "INTERRUPTED", "FILE_UNREADABLE", "FILE_NOT_FOUND"]);

/**
 * Downloads a file, whose bytes are kept beside another one and never in memory: from its mirrors in their order, then from its own address. An answer that breaks off is
 * gone on with where it stopped, as long as the server says that it is the same file. Redirects are followed, never from
 * https to http. No credentials are ever sent.
 * @throws {AmapError} USAGE (an address with a login or a query; http to another machine), DOWNLOAD_FAILED,
 * LIMIT_EXCEEDED (LIMITS.advisoryDownloadBytes), TIMEOUT (LIMITS.advisoryDownloadMs), OFFLINE, FILE_UNREADABLE (the disk is
 * full)
 */
export async function downloadFile(
  world: Pick<World, "openHttp" | "clock" | "files">,
  address: string,
  options: DownloadOptions,
): Promise<DownloadedFile | "unchanged"> {
  checkAddress(address, "an address of advisories");
  const places = (options.mirrors ?? []).flatMap(({ from, to }) =>
    address.startsWith(from) ? [`${to}${address.slice(from.length)}`] : [],
  );
  const http = await world.openHttp({});
  try {
    for (const place of places) {
      try {
        return await downloadFrom(world, http, place, options);
      } catch (error) {
        if (!isAmapError(error) || FINAL.has(error.code)) throw error;
        options.tell?.(`${error.message}; trying the next place`);
      }
    }
    return await downloadFrom(world, http, address, options);
  } finally {
    await http.close();
  }
}

/** Nothing is kept but what is whole. */
async function downloadFrom(
  world: Pick<World, "clock" | "files">,
  http: HttpClient,
  place: string,
  { beside, etag }: DownloadOptions,
): Promise<DownloadedFile | "unchanged"> {
  const file = await world.files.openScratch(beside);
  let isWhole = false;
  try {
    const found = await new Download(world, http, file, place, etag).run();
    isWhole = found !== "unchanged";
    return found;
  } finally {
    if (!isWhole) await file.close();
  }
}

/** @throws {AmapError} USAGE; what is secret in an address is not in the message */
function checkAddress(text: string, what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw new AmapError("USAGE", `${what}: expected an address, found "${text.slice(0, 100)}"`);
  const place = `${url.origin}${url.pathname}`;
  if (url.username !== "" || url.password !== "" || url.search !== "") {
    throw new AmapError("USAGE", `${what}: ${place} has a login or a query, which would be stored in the database`, {
      hint: "Download the file with another program, and import it by its path.",
    });
  }
  requireSafe(url);
  return url;
}

function requireSafe(url: URL): void {
  if (url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname))) return;
  const place = `${url.origin}${url.pathname}`;
  throw new AmapError(
    "USAGE",
    `${place}: advisories are only downloaded by https: anybody on the way could leave some out`,
  );
}

class Download {
  readonly #clock: World["clock"];
  readonly #http: HttpClient;
  readonly #address: string;
  readonly #knownTag: string | undefined;
  readonly #startedAt: number;
  readonly #file: ScratchFile;
  #hash = startHash("sha256");
  #etag: string | undefined;

  constructor(
    { clock }: Pick<World, "clock">,
    http: HttpClient,
    file: ScratchFile,
    address: string,
    knownTag: string | undefined,
  ) {
    this.#clock = clock;
    this.#http = http;
    this.#file = file;
    this.#address = address;
    this.#knownTag = knownTag?.startsWith(`${address} `) === true ? knownTag.slice(address.length + 1) : undefined;
    this.#startedAt = clock.now();
  }

  async run(): Promise<DownloadedFile | "unchanged"> {
    let fruitless = 0;
    for (let request = 1; ; request += 1) {
      const before = this.#file.size;
      try {
        const isUnchanged = await this.#ask();
        if (isUnchanged) return "unchanged";
        const etag = this.#etag === undefined ? {} : { etag: `${this.#address} ${this.#etag}` };
        return { file: this.#file, digest: `sha256:${this.#hash.digestHex()}`, ...etag };
      } catch (error) {
        fruitless = this.#file.size > before ? 0 : fruitless + 1;
        const isOver = request >= MAX_REQUESTS || fruitless > LIMITS.httpRetries;
        if (!isAmapError(error) || !mayGoOn(error)) throw error;
        if (isOver) throw this.#failed(error.message, error);
        await this.#clock.wait(RETRY_MS * Math.max(1, fruitless));
      }
    }
  }

  async #startAnew(): Promise<void> {
    if (this.#file.size === 0) return;
    await this.#file.clear();
    this.#hash = startHash("sha256");
  }

  /** Whether the known version is the newest one. */
  async #ask(): Promise<boolean> {
    const canGoOn = this.#file.size > 0 && this.#etag !== undefined && !this.#etag.startsWith("W/");
    if (!canGoOn) await this.#startAnew();
    const { size } = this.#file;
    const knownTag = size === 0 ? this.#knownTag : undefined;
    const answer = await this.#follow(headersOf(canGoOn ? this.#etag : undefined, size, knownTag));
    const isPart = answer.status === 206 && canGoOn && this.#continues(answer);
    if (answer.status !== 200 && !isPart) {
      await giveUp(answer);
      if (answer.status === 304 && knownTag !== undefined) return true;
      // A part that does not fit to what is there: from the start, next time.
      if (answer.status === 206) await this.#startAnew();
      throw this.#unexpected(answer.status);
    }
    if (!isPart) await this.#startAnew();
    this.#etag = answer.headers["etag"] || (answer.status === 206 ? this.#etag : undefined);
    await this.#take(answer);
    return false;
  }

  async #take(answer: HttpStream): Promise<void> {
    const stated = this.#file.size + Number(answer.headers["content-length"] ?? 0);
    for await (const chunk of answer.body) {
      if (this.#file.size + chunk.length > LIMITS.advisoryDownloadBytes || stated > LIMITS.advisoryDownloadBytes) {
        const message = `${this.#address}: expected at most ${LIMITS.advisoryDownloadBytes} bytes`;
        throw new AmapError("LIMIT_EXCEEDED", message);
      }
      this.#checkTime();
      await this.#file.append(chunk);
      this.#hash.update(chunk);
    }
    // A server may answer with less than was asked for, and say so only here.
    const whole = Number(RANGE.exec(answer.headers["content-range"] ?? "")?.[2] ?? 0);
    if (whole > this.#file.size) throw this.#failed("only a part was sent", undefined, true);
  }

  /** Whether it goes on where the last one broke off, with the same file, of a size that it tells. */
  #continues({ headers }: HttpStream): boolean {
    const isSame = headers["etag"] === undefined || headers["etag"] === this.#etag;
    return isSame && RANGE.exec(headers["content-range"] ?? "")?.[1] === String(this.#file.size);
  }

  #checkTime(): void {
    if (this.#clock.now() - this.#startedAt <= LIMITS.advisoryDownloadMs) return;
    throw new AmapError("TIMEOUT", `${this.#address}: not complete after ${LIMITS.advisoryDownloadMs} ms`, {
      details: { isTotal: true },
    });
  }

  async #follow(headers: Readonly<Record<string, string>>): Promise<HttpStream> {
    let url = new URL(this.#address);
    for (let redirects = 0; ; redirects += 1) {
      this.#checkTime();
      const answer = await this.#http.stream({
        method: "GET",
        url: url.href,
        headers,
        maxBytes: LIMITS.advisoryDownloadBytes,
      });
      const location = answer.headers["location"];
      if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer;
      await giveUp(answer);
      if (redirects >= LIMITS.httpRedirects) throw this.#failed(`more than ${LIMITS.httpRedirects} redirects`);
      if (!URL.canParse(location, url.href)) throw this.#failed("a redirect that leads nowhere");
      const next = new URL(location, url);
      if (next.username !== "" || next.password !== "") throw this.#failed("a redirect with a login in it");
      if (url.protocol === "https:" && next.protocol !== "https:") throw this.#failed("a redirect away from https");
      requireSafe(next);
      url = next;
    }
  }

  #unexpected(status: number): AmapError {
    const again = status === 429 || status >= 500 || status === 206;
    return this.#failed(`the server answered ${status}`, undefined, again);
  }

  #failed(reason: string, cause?: unknown, again = false): AmapError {
    return new AmapError("DOWNLOAD_FAILED", `${this.#address}: ${reason}`, { cause, details: { again } });
  }
}

/** What asks for the rest of a file that is still the same, or for all of one that is not the known one. */
function headersOf(partTag: string | undefined, from: number, knownTag: string | undefined): Record<string, string> {
  if (partTag !== undefined) return { range: `bytes=${from}-`, "if-range": partTag };
  return knownTag === undefined ? {} : { "if-none-match": knownTag };
}

/** An answer that nobody reads would keep its connection. */
async function giveUp({ body }: HttpStream): Promise<void> {
  for await (const _ of body) return;
}

/** Whether asking again may help. */
function mayGoOn({ code, details }: AmapError): boolean {
  if (code === "TIMEOUT") return details["isTotal"] !== true;
  return code === "REGISTRY_UNREACHABLE" || (code === "DOWNLOAD_FAILED" && details["again"] === true);
}
