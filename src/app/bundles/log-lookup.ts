import { decodeLogAnswer, encodeLogRequest, type LogEntry, type SignedContent } from "../../attestation/index.ts";
import {
  AmapError,
  type Decoded,
  encodeUtf8,
  isAmapError,
  LIMITS,
  readJson,
  type SignatureScheme,
  type Value,
  writeJson,
} from "../../base/index.ts";
import type { HttpRequest } from "../../ports/index.ts";
import type { World } from "../world.ts";

/** The public log of Rekor v1, which cosign asks unless told otherwise. */
export const PUBLIC_LOG = "https://rekor.sigstore.dev";

/**
 * Asks a log of Rekor v1 for its entry of a signature. Nothing of the answer is verified.
 * @throws {AmapError} TLOG_UNKNOWN when there is none, TLOG_ENTRY_INVALID, SIGNING_SERVICE_FAILED, OFFLINE, TIMEOUT
 */
export async function findLogEntry(
  world: World,
  logUrl: string,
  signed: SignedContent,
  scheme: SignatureScheme,
): Promise<LogEntry> {
  const proposed = readJson(encodeLogRequest(1, signed, scheme));
  const url = `${withoutSlash(logUrl)}/api/v1/log/entries/retrieve`;
  const body = encodeUtf8(writeJson({ entries: [proposed] }));
  const answer = await ask(world, { method: "POST", url, body, maxBytes: LIMITS.attachmentRestBytes });
  const found = readJson(answer);
  const entries: readonly Value[] = Array.isArray(found) ? (found as readonly Value[]) : [];
  const [entry, ...others] = entries;
  if (entry === undefined || others.length > 0) {
    const message = `${logUrl}: expected one entry for this signature, found ${entries.length}`;
    throw new AmapError("TLOG_UNKNOWN", message, { hint: "Name the log by --rekor-url, or pass --ignore-tlog." });
  }
  return orThrow(decodeLogAnswer(1, encodeUtf8(writeJson(entry))), logUrl);
}

/**
 * Asks a log of Rekor v1 for the entry at an index, with its inclusion proof. Nothing of the answer is verified.
 * @throws {AmapError} as {@link findLogEntry}
 */
export async function readLogEntryAt(world: World, logUrl: string, index: bigint): Promise<LogEntry> {
  const url = `${withoutSlash(logUrl)}/api/v1/log/entries?logIndex=${index}`;
  const answer = await ask(world, { method: "GET", url, maxBytes: LIMITS.attachmentRestBytes });
  return orThrow(decodeLogAnswer(1, answer), logUrl);
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}

async function ask(world: World, request: HttpRequest): Promise<Uint8Array> {
  if (!/^https?:\/\//i.test(request.url)) {
    throw new AmapError("USAGE", `--rekor-url: expected an address of http or https, found "${request.url}"`);
  }
  const http = await world.openHttp({});
  const headers = { accept: "application/json", ...(request.body && { "content-type": "application/json" }) };
  try {
    const { status, body } = await http.send({ ...request, headers });
    if (status === 200) return body;
    throw new AmapError("SIGNING_SERVICE_FAILED", `${request.url}: expected the answer 200, found ${status}`);
  } catch (error) {
    if (!isAmapError(error, "REGISTRY_UNREACHABLE")) throw error;
    throw new AmapError("SIGNING_SERVICE_FAILED", `${request.url}: ${error.message}`, { cause: error });
  } finally {
    await http.close();
  }
}

function orThrow(decoded: Decoded<LogEntry>, logUrl: string): LogEntry {
  if (decoded.ok) return decoded.value;
  const [issue] = decoded.issues;
  const place = issue === undefined || issue.path === "" ? "" : `${issue.path}: `;
  throw new AmapError("TLOG_ENTRY_INVALID", `${logUrl}: ${place}${issue?.message ?? "malformed"}`);
}
