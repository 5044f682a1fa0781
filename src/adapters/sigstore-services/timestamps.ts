import { decodeTimestampToken, encodeTimestampRequest, type TimestampToken } from "../../attestation/index.ts";
import { encodeHex, hashBytes, LIMITS } from "../../base/index.ts";
import type { Entropy } from "../../ports/index.ts";
import { type Exchange, exchange, failed, unexpected } from "./exchange.ts";

const NONCE_BYTES = 16;
const HASH = "sha256";

/** As `SigningServices.requestTimestamp`. */
export async function requestTimestamp(
  services: Exchange & { readonly entropy: Entropy },
  url: string,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const digest = hashBytes(HASH, bytes);
  const nonce = services.entropy.bytes(NONCE_BYTES);
  const answer = await exchange(services, {
    method: "POST",
    url,
    headers: { "content-type": "application/timestamp-query", accept: "application/timestamp-reply" },
    body: encodeTimestampRequest({ hash: HASH, digest, nonce }),
    maxBytes: LIMITS.timestampBytes,
  });
  if (answer.status !== 200 && answer.status !== 201) throw unexpected(url, answer);
  const token = decodeTimestampToken(answer.body);
  if (!token.ok) throw failed(url, token.issues[0]?.message ?? "expected a timestamp, found other bytes");
  const difference = differenceOf(token.value, digest, nonce);
  if (difference !== undefined) throw failed(url, difference);
  return answer.body;
}

/** What shows that a timestamp answers another request. */
function differenceOf(token: TimestampToken, digest: Uint8Array, nonce: Uint8Array): string | undefined {
  if (token.hash !== HASH || encodeHex(token.imprint) !== encodeHex(digest)) {
    return "expected a timestamp over what was sent, found one over something else";
  }
  if (token.nonce === undefined || numberOf(token.nonce) !== numberOf(nonce)) {
    return "expected a timestamp with the number of this request, found another or none";
  }
  return undefined;
}

/** The number as hex without leading zeros, which DER adds and takes away. */
function numberOf(bytes: Uint8Array): string {
  return encodeHex(bytes).replace(/^0+/, "");
}
