import { type Decoded, decodeBase64, type Issue, LIMITS } from "../../base/index.ts";
import { quoteText } from "../quote-text.ts";
import { type Certificate, decodeCertificate } from "./certificate.ts";

const BEGIN = "-----BEGIN ";
const DASHES = "-----";
const LABELS: ReadonlySet<string> = new Set(["CERTIFICATE", "X509 CERTIFICATE", "X.509 CERTIFICATE"]);

/**
 * The certificates of a PEM text in its order, or every issue (CERTIFICATE_INVALID). At least one, at most
 * LIMITS.certificates; text around the blocks is skipped, blocks of another kind are refused.
 *
 * @see RFC 7468 §5
 * @example
 * ```ts
 * import { decodeCertificatesPem } from "../index.ts";
 * decodeCertificatesPem("no certificate").ok; // false
 * ```
 */
export function decodeCertificatesPem(text: string): Decoded<readonly Certificate[]> {
  if (text.length > LIMITS.certificatesPemBytes) {
    return refused(`expected at most ${LIMITS.certificatesPemBytes} characters of PEM, found ${text.length}`);
  }
  const certificates: Certificate[] = [];
  const issues: Issue[] = [];
  let offset = text.indexOf(BEGIN);
  for (let index = 0; offset !== -1; index++) {
    if (index === LIMITS.certificates)
      return refused(`expected at most ${LIMITS.certificates} certificates, found more`);
    const block = readBlock(text, offset);
    if (typeof block === "string") return refused(block);
    const decoded = decodeCertificate(block.der);
    if (decoded.ok) certificates.push(decoded.value);
    else issues.push(...decoded.issues.map((issue) => ({ ...issue, path: `[${index}]` })));
    offset = text.indexOf(BEGIN, block.end);
  }
  if (issues.length > 0) return { ok: false, issues };
  return certificates.length > 0
    ? { ok: true, value: certificates }
    : refused("expected a PEM block CERTIFICATE, found none");
}

/** The block that begins here, or what is wrong with it. */
function readBlock(text: string, offset: number): { der: Uint8Array; end: number } | string {
  const labelEnd = text.indexOf(DASHES, offset + BEGIN.length);
  const label = labelEnd === -1 ? "" : text.slice(offset + BEGIN.length, labelEnd);
  if (!LABELS.has(label)) return `expected a PEM block CERTIFICATE, found ${quoteText(label)}`;
  const ending = `${DASHES}END ${label}${DASHES}`;
  const bodyEnd = text.indexOf(ending, labelEnd);
  if (bodyEnd === -1) return "expected the end of a PEM block, found none";
  const body = text.slice(labelEnd + DASHES.length, bodyEnd);
  const der = decodeBase64(body.replaceAll(/[ \t\r\n]+/g, ""));
  if (der === undefined) return "expected base64 in a PEM block, found something else";
  return { der, end: bodyEnd + ending.length };
}

function refused(message: string): Decoded<never> {
  return { ok: false, issues: [{ code: "CERTIFICATE_INVALID", path: "", message }] };
}
