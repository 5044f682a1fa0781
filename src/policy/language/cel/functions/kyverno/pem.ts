import { decodeBase64 } from "../../../../../base/index.ts";

/** One block of a PEM text (RFC 7468). */
export interface PemBlock {
  /** `CERTIFICATE`, `CERTIFICATE REQUEST`. */
  readonly label: string;
  readonly bytes: Uint8Array;
}

const BEGIN = "-----BEGIN ";
const END = "-----END ";
const DASHES = "-----";

/** The blocks of a text, in order. Text between them, and what is no block, is passed over, as Go does. */
export function* pemBlocks(text: string): Generator<PemBlock> {
  let from = 0;
  let end = 0;
  for (;;) {
    const begin = text.indexOf(BEGIN, from);
    if (begin < 0) return;
    from = begin + BEGIN.length;
    // Looked for once, however many beginnings stand before it.
    if (end < from) end = text.indexOf(END, from);
    if (end < 0) return;
    const block = begin === 0 || text[begin - 1] === "\n" ? blockAt(text, from, end) : undefined;
    if (block === undefined) continue;
    from = block.end;
    yield block;
  }
}

/** The block from behind BEGIN to the next END, which must have the same label. */
function blockAt(text: string, at: number, end: number): (PemBlock & { readonly end: number }) | undefined {
  const dashes = text.indexOf(DASHES, at);
  const label = text.slice(at, dashes);
  if (dashes >= end || label.length > 64 || label.includes("\n")) return undefined;
  if (!text.startsWith(`${label}${DASHES}`, end + END.length)) return undefined;
  const body = text.slice(dashes + DASHES.length, end);
  // Another block begins inside: dashes are no base64.
  if (body.includes(DASHES)) return undefined;
  // Headers (`Proc-Type: …`) end with an empty line.
  const split = body.includes(":") ? body.search(/\n[ \t\r]*\n/) : -1;
  const bytes = decodeBase64((split < 0 ? body : body.slice(split)).replace(/[ \t\r\n]/g, ""));
  return bytes === undefined ? undefined : { label, bytes, end };
}
