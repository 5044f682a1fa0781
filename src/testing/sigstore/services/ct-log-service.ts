import { X509Certificate } from "node:crypto";
import type { TestCtLog } from "../ct-log.ts";
import { tlv } from "../der-values.ts";
import { jsonBody, RefusedRequest, refusal, type ServiceAnswer, type ServiceRequest } from "./http-service.ts";

const POISON = Buffer.from("060a2b06010401d679020403", "hex");

/** The part of a certificate log's API that Fulcio asks (RFC 6962 §4.2): an SCT for a precertificate and its chain. */
export function serveCtLog(log: TestCtLog, now: () => number): (request: ServiceRequest) => ServiceAnswer {
  return (request) => {
    if (request.method !== "POST" || request.url.pathname !== "/ct/v1/add-pre-chain") return refusal(404, "not found");
    const { chain } = jsonBody(request);
    const [precertificate, issuer] = (Array.isArray(chain) ? chain : []).map((der) =>
      Buffer.from(String(der), "base64"),
    );
    if (precertificate === undefined || issuer === undefined) throw new RefusedRequest(400, "expected a chain");
    const issuerSpki = new X509Certificate(issuer).publicKey.export({ type: "spki", format: "der" });
    const sct = log.sign(withoutPoison(precertificate), issuerSpki, { at: now() });
    const extensionsEnd = 43 + sct.readUInt16BE(41);
    return {
      status: 200,
      body: {
        sct_version: 0,
        id: sct.subarray(1, 33).toString("base64"),
        timestamp: Number(sct.readBigUInt64BE(33)),
        extensions: sct.subarray(43, extensionsEnd).toString("base64"),
        signature: sct.subarray(extensionsEnd).toString("base64"),
      },
    };
  };
}

interface Element {
  readonly tag: number;
  readonly whole: Buffer;
  readonly content: Buffer;
}

/** The elements inside an element's content. */
function elementsOf(content: Buffer): readonly Element[] {
  const elements: Element[] = [];
  for (let offset = 0; offset < content.length; ) {
    const first = content.readUInt8(offset + 1);
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const start = offset + 2 + lengthBytes;
    const end = start + (lengthBytes === 0 ? first : content.readUIntBE(offset + 2, lengthBytes));
    elements.push({
      tag: content.readUInt8(offset),
      whole: content.subarray(offset, end),
      content: content.subarray(start, end),
    });
    offset = end;
  }
  return elements;
}

const onlyOf = (content: Buffer): Element => {
  const [element] = elementsOf(content);
  if (element === undefined) throw new RefusedRequest(400, "expected a precertificate");
  return element;
};

/** The TBSCertificate of a precertificate without the extension that makes it one. */
function withoutPoison(precertificate: Buffer): Buffer {
  const tbs = onlyOf(onlyOf(precertificate).content);
  const parts = elementsOf(tbs.content).map((part) => {
    if (part.tag !== 0xa3) return part.whole;
    const extensions = elementsOf(onlyOf(part.content).content);
    const kept = extensions.filter(({ content }) => !content.subarray(0, POISON.length).equals(POISON));
    if (kept.length === extensions.length) throw new RefusedRequest(400, "expected a precertificate");
    return tlv(0xa3, tlv(0x30, Buffer.concat(kept.map(({ whole }) => whole))));
  });
  return tlv(0x30, Buffer.concat(parts));
}
