import { hashedRekordV2 } from "../log-entries.ts";
import type { TestLog } from "../transparency-log.ts";
import { keyDetailsOf, readVerifier, verifiesDigest } from "./check-signature.ts";
import {
  at,
  bytesAt,
  jsonBody,
  RefusedRequest,
  refusal,
  type ServiceAnswer,
  type ServiceRequest,
} from "./http-service.ts";

/** Rekor's API v2: adds entries of the kind hashedrekord 0.0.2, the only one that today's servers take. */
export function serveRekorV2(log: TestLog, now: () => number): (request: ServiceRequest) => ServiceAnswer {
  const known = new Map<string, number>();
  return (request) => {
    const { method, url } = request;
    if (method === "GET" && url.pathname === "/api/v2/checkpoint") {
      const { size } = log.tree;
      const text = size === 0 ? "" : log.proof(size - 1, size).checkpoint.envelope;
      return { status: 200, headers: { "content-type": "text/plain" }, body: Buffer.from(text) };
    }
    if (method !== "POST" || url.pathname !== "/api/v2/log/entries") return refusal(404, "Not Found");
    const entry = hashedRekord(at(jsonBody(request), "hashedRekordRequestV002"));
    const name = Buffer.from(entry.body).toString("utf8");
    const index = known.get(name);
    if (index !== undefined) {
      const headers = { "x-sigstore-rekor-duplicate-entry": String(index) };
      return { ...refusal(409, `an equivalent entry already exists in the log at index ${index}`), headers };
    }
    const added = log.add(entry, { at: now() });
    known.set(name, Number(added.logIndex));
    // The server writes every field of the message, also the two that only Rekor v1 fills.
    return { status: 201, body: { ...added, integratedTime: "0", inclusionPromise: null } };
  };
}

function hashedRekord(request: unknown): ReturnType<typeof hashedRekordV2> {
  if (request === undefined) throw new RefusedRequest(400, "invalid type, must be hashedrekord");
  const signature = bytesAt(request, "signature", "content");
  const digest = bytesAt(request, "digest");
  const kind = at(request, "signature", "verifier", "x509Certificate") === undefined ? "publicKey" : "x509Certificate";
  const { key, isCertificate, der } = readVerifier(bytesAt(request, "signature", "verifier", kind, "rawBytes"));
  const { keyDetails, hash } = keyDetailsOf(key);
  const stated = at(request, "signature", "verifier", "keyDetails");
  if (stated !== keyDetails || !verifiesDigest(key, digest, signature)) {
    throw new RefusedRequest(400, "invalid hashedrekord request");
  }
  return hashedRekordV2({ hash, digest, signature, verifier: { der, isCertificate, pem: "", keyDetails } });
}
