import { AmapError, type Digest, digestAlgorithm, isAmapError, isDigest, LIMITS } from "../../base/index.ts";
import { hasBlobFor } from "./blobs.ts";
import type { RegistryClient } from "./registry-client.ts";
import { type Answer, protocolFailure, registryFailure } from "./registry-failure.ts";
import { isReset, retryDelayMs } from "./retry.ts";

/**
 * One upload of one blob. After a broken connection or a refused chunk the registry is asked how much it has, and the
 * upload goes on from there.
 */
export interface UploadSession {
  /** Bytes that each chunk but the last must have. */
  readonly chunkBytes: number;
  /** Sends a chunk that stands at `from`. Why the upload is lost where it cannot go on; undefined when it was sent. */
  readonly send: (bytes: Uint8Array, from: number) => Promise<AmapError | undefined>;
  /** Sends the last bytes and ends the upload. */
  readonly finish: (bytes: Uint8Array, from: number, digest: Digest) => Promise<AmapError | undefined>;
  /** Tells the registry to forget what it has, as far as it can be told. */
  readonly discard: () => Promise<void>;
  /** Whether it failed too often: another session would not end better. */
  readonly isSpent: () => boolean;
}

/** How an upload is begun. A second session costs nothing: the registry drops the one that stays empty. */
export const BEGIN = {
  method: "POST",
  headers: { "content-type": "application/octet-stream" },
  body: new Uint8Array(),
  maxBytes: LIMITS.httpBodyBytes,
  actions: "pull,push",
  idempotent: true,
} as const;

/** Bytes of one chunk, unless the registry asks for longer ones. A blob up to this size is sent in one piece. */
const CHUNK_BYTES = 8 * 1024 * 1024;
/** Chunks are held in memory, so a registry cannot ask for any length. */
const LONGEST_CHUNK_BYTES = 64 * 1024 * 1024;
/** Times that one upload goes on after a failure, even when each time something more arrived. */
const RESUMPTIONS = 50;
/** An upload is given up in this time, in which a person waits after Ctrl-C. */
const DISCARD_MS = 2_000;
/** A status after which the registry is asked what it has: 404 that it may have nothing, 416 more or less than thought. */
const GOES_ON: ReadonlySet<number> = new Set([404, 416, 429, 500, 502, 503, 504]);
const DONE: ReadonlySet<number> = new Set([201, 202, 204]);

/**
 * The session that an answer of 202 has opened.
 * @throws {AmapError} REGISTRY_PROTOCOL, NOT_SUPPORTED
 */
export function uploadSession(client: RegistryClient, begun: Answer): UploadSession {
  const state: State = {
    client,
    url: uploadTarget(begun.headers["location"], begun.url, client),
    total: 0,
    inARow: 0,
  };
  return {
    chunkBytes: chunkBytesOf(begun),
    send: (bytes, from) => push(state, { bytes, from }),
    finish: (bytes, from, digest) => push(state, { bytes, from, digest }),
    discard: () => discard(state),
    isSpent: () => state.inARow > LIMITS.httpRetries || state.total > RESUMPTIONS,
  };
}

interface State {
  readonly client: RegistryClient;
  url: URL;
  /** Failures after which the upload went on: all, and those since something more arrived. */
  total: number;
  inARow: number;
}

/** Bytes that stand at a place of the blob; with the blob's digest they are its last. */
interface Part {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly digest?: Digest;
}

async function push(state: State, part: Part): Promise<AmapError | undefined> {
  const end = part.from + part.bytes.length;
  let position = part.from;
  for (;;) {
    const outcome = await sendPart(state, part, position);
    let stored: number | undefined;
    if (outcome instanceof AmapError) {
      if (part.digest !== undefined && (await hasBlobFor(state.client, part.digest, "pull,push"))) return undefined;
      await countFailure(state, outcome);
      stored = await askPosition(state);
      // It knows the upload no more, or lost what is not held here any more.
      if (stored === undefined || stored < part.from) return outcome;
      if (stored > end) throw protocolFailure(`an upload of ${end} bytes is said to have ${stored}`, state.url);
      if (stored === end && part.digest === undefined) return undefined;
    } else {
      stored = part.digest === undefined ? positionOf(outcome) : undefined;
      // A registry that took less than it was sent says so here; what it claims beyond that is nothing to go by.
      if (stored === undefined || stored >= end || stored < position) return undefined;
      await countFailure(state, registryFailure(outcome));
    }
    if (stored > position) state.inARow = 0;
    position = stored;
  }
}

/** The answer of a registry that took the bytes, or why they are to be sent again. */
async function sendPart(state: State, { bytes, from, digest }: Part, position: number): Promise<Answer | AmapError> {
  const { client } = state;
  const body = bytes.subarray(position - from);
  const url = new URL(state.url);
  if (digest !== undefined) url.searchParams.set("digest", digest);
  const isWhole = digest !== undefined && position === 0;
  const range = isWhole || body.length === 0 ? {} : { "content-range": `${position}-${position + body.length - 1}` };
  let answer: Answer;
  try {
    answer = await client.send({
      method: digest === undefined ? "PATCH" : "PUT",
      url,
      headers: { ...BEGIN.headers, ...range },
      body,
      maxBytes: LIMITS.httpBodyBytes,
      actions: "pull,push",
      idempotent: false,
    });
  } catch (error) {
    if (isAmapError(error) && isReset(error)) return error;
    throw error;
  }
  if (GOES_ON.has(answer.status)) return registryFailure(answer);
  if (!DONE.has(answer.status) || (digest !== undefined && answer.status === 202)) throw registryFailure(answer);
  if (digest === undefined) state.url = uploadTarget(answer.headers["location"], answer.url, client);
  else requireStated(answer, digest);
  return answer;
}

/** Waits before the upload goes on. @throws {AmapError} the failure itself when it happened too often */
async function countFailure(state: State, failure: AmapError): Promise<void> {
  state.total += 1;
  state.inARow += 1;
  const delayMs = retryDelayMs(failure, state.inARow - 1);
  if (state.inARow > LIMITS.httpRetries || state.total > RESUMPTIONS || delayMs === undefined) throw failure;
  await state.client.wait(delayMs);
}

/** How many bytes the registry has; undefined when it knows the upload no more, or cannot say. */
async function askPosition(state: State): Promise<number | undefined> {
  const { client, url } = state;
  const answer = await client.send({
    method: "GET",
    url,
    maxBytes: LIMITS.httpBodyBytes,
    actions: "pull,push",
    idempotent: true,
  });
  if (!DONE.has(answer.status) && answer.status !== 200) return undefined;
  if (answer.headers["location"] !== undefined) {
    state.url = uploadTarget(answer.headers["location"], answer.url, client);
  }
  return positionOf(answer);
}

/** The Range header counts its last byte in; "0-0" is how registries say that there is none. */
function positionOf({ headers }: Answer): number | undefined {
  const last = /^(?:bytes[= ])?[0-9]{1,15}-([0-9]{1,15})$/.exec(headers["range"] ?? "")?.[1];
  if (last === undefined) return undefined;
  return Number(last) === 0 ? 0 : Number(last) + 1;
}

function chunkBytesOf({ headers, url }: Answer): number {
  const stated = headers["oci-chunk-min-length"];
  if (stated === undefined) return CHUNK_BYTES;
  if (!/^[0-9]{1,15}$/.test(stated)) throw protocolFailure("OCI-Chunk-Min-Length is no number of bytes", url);
  if (Number(stated) <= LONGEST_CHUNK_BYTES) return Math.max(CHUNK_BYTES, Number(stated));
  throw new AmapError(
    "NOT_SUPPORTED",
    `${url.host} wants chunks of at least ${stated} bytes, at most ${LONGEST_CHUNK_BYTES} are held`,
    { details: { host: url.host, limit: LONGEST_CHUNK_BYTES } },
  );
}

function requireStated({ headers, url }: Answer, digest: Digest): void {
  const stated = headers["docker-content-digest"];
  if (stated === undefined || !isDigest(stated) || digestAlgorithm(stated) !== digestAlgorithm(digest)) return;
  if (stated !== digest)
    throw protocolFailure(`${digest} was sent and the registry says that it stored ${stated}`, url);
}

/** With a signal of its own: what is given up has often been given up by the signal that ends all other requests. */
async function discard({ client, url }: State): Promise<void> {
  const request = {
    method: "DELETE",
    url,
    maxBytes: 64 * 1024,
    actions: "pull,push,delete",
    idempotent: false,
  } as const;
  try {
    await client.send({ ...request, signal: AbortSignal.timeout(DISCARD_MS) });
  } catch {
    // The registry forgets the upload by itself, later; why it was given up is what the caller must hear of.
  }
}

/** Uploads go to the registry only: another host would get the content, or the credentials, or both (C10, C11). */
function uploadTarget(location: string | undefined, from: URL, client: RegistryClient): URL {
  const target = location === undefined ? null : URL.parse(location, from.href);
  if (target === null) throw protocolFailure("an upload was started without a usable Location", from);
  if (target.origin !== client.address.origin) {
    throw protocolFailure(`an upload was started with a Location on ${target.origin}, which is refused`, from);
  }
  return target;
}
