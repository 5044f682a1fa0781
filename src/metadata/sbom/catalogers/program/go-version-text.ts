const LONGEST = 64;
const VERSION = /^v?\d{1,5}\.\d{1,5}\.\d{1,5}(?:-[0-9A-Za-z.-]{1,40})?(?:\+[0-9A-Za-z.-]{1,40})?$/;

/**
 * The version that Go's linker put into a program (`-X main.version=…`), where the build information does not hold the
 * flags, as with -trimpath. The linker ends such a text with a zero byte and Go's other texts have none, so that a version
 * between two zero bytes is one of them. Undefined where there is none, or more than one.
 */
export function findLinkedVersion(bytes: Uint8Array): string | undefined {
  let found: string | undefined;
  for (let start = 1; start < bytes.length; start += 1) {
    // Nearly all of a program is passed over here.
    if (bytes[start - 1] !== 0 || bytes[start] === 0 || !mayBegin(bytes, start)) continue;
    const text = textAt(bytes, start);
    if (text === undefined || !VERSION.test(text)) continue;
    if (found !== undefined && found !== text) return undefined;
    found = text;
  }
  return found;
}

/** `v1` or `1.`, `12`. */
function mayBegin(bytes: Uint8Array, start: number): boolean {
  const [first = 0, second = 0] = [bytes[start], bytes[start + 1]];
  return first === 0x76 ? isDigit(second) : isDigit(first) && (second === 0x2e || isDigit(second));
}

function textAt(bytes: Uint8Array, start: number): string | undefined {
  const end = bytes.subarray(start, start + LONGEST).indexOf(0);
  return end === -1 ? undefined : String.fromCharCode(...bytes.subarray(start, start + end));
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
