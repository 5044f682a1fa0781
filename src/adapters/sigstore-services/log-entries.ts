import { decodeLogAnswer, encodeLogRequest, type LogEntry, type SignedContent } from "../../attestation/index.ts";
import { LIMITS, type SignatureScheme } from "../../base/index.ts";
import type { HttpResponse, WritableLog } from "../../ports/index.ts";
import { type Exchange, exchange, failed, unexpected } from "./exchange.ts";

const PATHS = { 1: "/api/v1/log/entries", 2: "/api/v2/log/entries" } as const;
const CONFLICT = 409;
/** The id of an entry, with or without that of its tree. */
const ENTRY_ID = /\/([0-9a-f]{64}(?:[0-9a-f]{16})?)$/;

/** As `SigningServices.addLogEntry`. */
export async function addLogEntry(
  services: Exchange,
  log: WritableLog,
  signed: SignedContent,
  scheme: SignatureScheme,
): Promise<LogEntry> {
  const { majorApiVersion } = log;
  const url = `${log.url.replace(/\/+$/, "")}${PATHS[majorApiVersion]}`;
  const body = encodeLogRequest(majorApiVersion, signed, scheme);
  const answer = await exchange(services, {
    method: "POST",
    url,
    headers: { "content-type": "application/json", accept: "application/json" },
    body,
    maxBytes: LIMITS.logAnswerBytes,
  });
  const found = answer.status === CONFLICT ? await existingEntry(services, log, url, answer) : answer;
  if (found.status !== 200 && found.status !== 201) throw unexpected(url, found);
  const entry = decodeLogAnswer(majorApiVersion, found.body);
  if (!entry.ok) throw failed(url, entry.issues[0]?.message ?? "expected an entry, found something else");
  const expected = majorApiVersion === 1 && signed.kind === "envelope" ? "dsse" : "hashedrekord";
  if (entry.value.kind !== expected) {
    throw failed(url, `expected an entry of the kind ${expected}, found ${entry.value.kind}`);
  }
  return entry.value;
}

/** Rekor v1 says where the same entry is; Rekor v2 keeps entries in tiles, which need the log's own key to be read. */
async function existingEntry(
  services: Exchange,
  { majorApiVersion }: WritableLog,
  url: string,
  { headers }: HttpResponse,
): Promise<HttpResponse> {
  if (majorApiVersion === 2) {
    throw failed(url, "the log has this very signature already, and does not show its entry: sign again");
  }
  const id = ENTRY_ID.exec(headers["location"] ?? "")?.[1];
  if (id === undefined) throw failed(url, "expected the address of the entry that is there already, found none");
  return exchange(services, {
    method: "GET",
    url: `${url}/${id}`,
    headers: { accept: "application/json" },
    maxBytes: LIMITS.logAnswerBytes,
  });
}
