import { fromBER } from "asn1js";
import { TimeStampReq } from "pkijs";
import { pem } from "../der-values.ts";
import type { TestHash } from "../keys.ts";
import type { TestTimestampAuthority } from "../timestamp-authority.ts";
import { RefusedRequest, refusal, type ServiceAnswer, type ServiceRequest } from "./http-service.ts";

const HASHES: ReadonlyMap<string, TestHash> = new Map([
  ["2.16.840.1.101.3.4.2.1", "sha256"],
  ["2.16.840.1.101.3.4.2.2", "sha384"],
  ["2.16.840.1.101.3.4.2.3", "sha512"],
]);

/** timestamp-server's API: tokens for DER requests (RFC 3161 §3.4), and the chain of certificates. */
export function serveTimestamps(
  authority: TestTimestampAuthority,
  now: () => number,
): (request: ServiceRequest) => ServiceAnswer {
  return ({ method, url, headers, body }) => {
    if (method === "GET" && url.pathname === "/api/v1/timestamp/certchain") {
      const chain = authority.chain.map((der) => pem("CERTIFICATE", der)).join("");
      return {
        status: 200,
        headers: { "content-type": "application/pem-certificate-chain" },
        body: Buffer.from(chain),
      };
    }
    if (method !== "POST" || url.pathname !== "/api/v1/timestamp") return refusal(404, "path not found");
    if (headers["content-type"] !== "application/timestamp-query") return refusal(415, "unsupported media type");
    const { imprint, imprintHash, nonce, wantsCertificate } = readRequest(body);
    const token = authority.stamp(new Uint8Array(), {
      at: now(),
      imprint,
      imprintHash,
      accuracySeconds: 1,
      embed: wantsCertificate ? "leaf" : "none",
      ...(nonce === undefined ? {} : { nonce }),
    });
    return { status: 201, headers: { "content-type": "application/timestamp-reply" }, body: token };
  };
}

interface ReadRequest {
  readonly imprint: Uint8Array;
  readonly imprintHash: TestHash;
  readonly nonce?: Uint8Array;
  readonly wantsCertificate: boolean;
}

function readRequest(body: Buffer): ReadRequest {
  const { result, offset } = fromBER(new Uint8Array(body));
  if (offset < 0) throw new RefusedRequest(400, "Error generating timestamp response");
  const { messageImprint, nonce, certReq } = new TimeStampReq({ schema: result });
  const imprintHash = HASHES.get(messageImprint.hashAlgorithm.algorithmId);
  if (imprintHash === undefined) throw new RefusedRequest(400, "Error generating timestamp response");
  return {
    imprint: new Uint8Array(messageImprint.hashedMessage.valueBlock.valueHexView),
    imprintHash,
    wantsCertificate: certReq === true,
    ...(nonce === undefined ? {} : { nonce: new Uint8Array(nonce.valueBlock.valueHexView) }),
  };
}
