import fc from "fast-check";
import { concatBytes, encodeUtf8 } from "../../base/index.ts";

/** One header of a tar with its content, as it is written: nothing of it need be true. */
export interface TarPart {
  readonly name: string;
  /** POSIX's `0` to `7`, `x` and `g`; GNU's `L`, `K` and `S`. */
  readonly type: string;
  readonly content: Uint8Array;
  readonly linkName?: string;
  readonly mode?: number;
  /** The twelve bytes of the size, where they are not the content's. */
  readonly size?: Uint8Array;
  readonly magic?: string;
  readonly prefix?: string;
  readonly hasWrongChecksum?: boolean;
}

const BLOCK_BYTES = 512;

/** Writes a tar, with as many blocks of zeros at its end as are asked for. */
export function writeHostileTar(parts: readonly TarPart[], endBlocks = 2): Uint8Array {
  const blocks = parts.flatMap((part) => [writeHeader(part), pad(part.content)]);
  return concatBytes([...blocks, new Uint8Array(endBlocks * BLOCK_BYTES)]);
}

/** The records of an extended header (POSIX.1-2017, pax). */
function writePaxRecords(records: readonly (readonly [key: string, value: string])[]): Uint8Array {
  return concatBytes(records.map(([key, value]) => writeRecord(encodeUtf8(` ${key}=${value}\n`))));
}

function writeRecord(rest: Uint8Array): Uint8Array {
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length += 1;
  return concatBytes([encodeUtf8(String(length)), rest]);
}

function pad(content: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(content.length / BLOCK_BYTES) * BLOCK_BYTES);
  padded.set(content);
  return padded;
}

function writeHeader(part: TarPart): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const put = (at: number, length: number, text: string): void => block.set(encodeUtf8(text).subarray(0, length), at);
  put(0, 100, part.name);
  put(100, 8, `${(part.mode ?? 0o644).toString(8).padStart(7, "0")}\0`);
  if (part.size === undefined) put(124, 12, `${part.content.length.toString(8).padStart(11, "0")}\0`);
  else block.set(part.size.subarray(0, 12), 124);
  put(156, 1, part.type);
  put(157, 100, part.linkName ?? "");
  put(257, 8, part.magic ?? "ustar\x0000");
  put(345, 155, part.prefix ?? "");
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0) + (part.hasWrongChecksum === true ? 1 : 0);
  put(148, 8, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}

/** Sizes of all forms: octal, without digits, negative, of GNU's binary form, beyond what there is. */
const SIZES: readonly Uint8Array[] = [
  encodeUtf8("00000000000\0"),
  encodeUtf8("00000000007\0"),
  encodeUtf8("00000001000\0"),
  encodeUtf8("77777777777\0"),
  encodeUtf8("-0000000001\0"),
  encodeUtf8("         9 \0"),
  encodeUtf8("9"),
  new Uint8Array(12),
  Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5),
  Uint8Array.of(0x80, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0),
  new Uint8Array(12).fill(0xff),
];

const RECORDS = fc.array(
  fc.tuple(
    fc.constantFrom("path", "linkpath", "size", "GNU.sparse.major", "GNU.sparse.name", "mtime", "SCHILY.xattr.a"),
    fc.constantFrom(
      "",
      "0",
      "3",
      "-1",
      "99999999999999999999",
      "../outside",
      "/etc/passwd",
      "etc/os-release",
      "a\0b",
      "é",
    ),
  ),
  { maxLength: 3 },
);

/** Parts with the names that are given, every kind of entry, and lies about it. */
export function tarParts(
  names: readonly string[],
  contents: readonly Uint8Array[],
): fc.Arbitrary<readonly (readonly TarPart[])[]> {
  const name = fc.constantFrom(...names);
  const content = fc.oneof(fc.constantFrom(...contents), fc.uint8Array({ maxLength: 40 }));
  const entry = fc
    .record({
      name,
      type: fc.constantFrom(...Array.from("00000000001122223567\0Vg000000000000000000S")),
      content,
      linkName: fc.constantFrom(...names, ...names, "..", "../..", "/", ""),
      mode: fc.constantFrom(0o644, 0o755, 0),
      size: fc.option(fc.constantFrom(...SIZES), { nil: undefined, freq: 30 }),
      prefix: fc.constantFrom("", "", "", "", "", "", "..", "etc"),
      magic: fc.constantFrom("ustar\x0000", "ustar\x0000", "ustar  \0", "\0"),
      hasWrongChecksum: fc.oneof({ weight: 80, arbitrary: fc.constant(false) }, fc.boolean()),
    })
    .map(({ size, ...part }) => ({
      ...part,
      content: /^[1-6]$/.test(part.type) ? new Uint8Array(0) : part.content,
      ...(size === undefined ? {} : { size }),
    }));
  const extension = fc.oneof(
    { weight: 6, arbitrary: fc.constant([]) },
    {
      weight: 2,
      arbitrary: RECORDS.map((records) => [{ name: "x", type: "x", content: writePaxRecords(records) }]),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom("L", "K"), name)
        .map(([type, long]) => [{ name: "././@LongLink", type, content: encodeUtf8(`${long}\0`) }]),
    },
  );
  return fc.array(
    fc.tuple(extension, entry).map(([before, part]): readonly TarPart[] => [...before, part]),
    { maxLength: 8 },
  );
}
