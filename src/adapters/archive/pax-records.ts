import { invalid, lossyText } from "./tar-header.ts";

/**
 * Reads the records of an extended header: `<length> <key>=<value>\n`, the length counting all of it (POSIX.1-2017,
 * pax, Extended Header). A later record replaces an earlier one with the same key.
 */
export function readPaxRecords(bytes: Uint8Array): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const digits = space === -1 ? "" : lossyText(bytes.subarray(at, Math.min(space, at + 16)));
    const end = at + Number(digits);
    if (!/^[1-9][0-9]*$/.test(digits) || end > bytes.length || end <= space || bytes[end - 1] !== 0x0a) {
      throw invalid("an extended header's record is malformed");
    }
    const record = lossyText(bytes.subarray(space + 1, end - 1));
    const equals = record.indexOf("=");
    if (equals < 1) throw invalid("an extended header's record has no key");
    const key = record.slice(0, equals);
    const value = record.slice(equals + 1);
    if ((key === "path" || key === "linkpath") && value.includes("\0")) throw invalid(`an extended ${key} holds NUL`);
    records.set(key, value);
    at = end;
  }
  return records;
}
