/** A part of a program's file. */
interface ProgramSection {
  /** Empty for parts without a name. */
  readonly name: string;
  /** Where its bytes lie in the file. */
  readonly offset: number;
  readonly size: number;
  /** Where they lie in memory. */
  readonly address: number;
  /** Whether the program may write there: Go keeps its build information in such a part. */
  readonly isWritable: boolean;
}

/** The parts of a program, by the tables in its file. */
export interface Program {
  readonly format: "ELF" | "Mach-O" | "PE";
  readonly isLittleEndian: boolean;
  readonly sections: readonly ProgramSection[];
}

/** Sections of one program: real ones have a few dozen. */
const MOST_SECTIONS = 4_096;
/** Programs for several machines in one file of Mach-O. */
const MOST_SLICES = 16;

/** Reads numbers at places that a file states: what lies outside of it is zero. */
class ByteReader {
  readonly #bytes: Uint8Array;
  readonly isLittleEndian: boolean;

  constructor(bytes: Uint8Array, isLittleEndian: boolean) {
    this.#bytes = bytes;
    this.isLittleEndian = isLittleEndian;
  }

  /** An unsigned number of up to 8 bytes; beyond 2^53 it is not exact, and no place in a file is there. */
  number(at: number, length: number): number {
    let value = 0;
    for (let index = 0; index < length; index++) {
      const place = this.isLittleEndian ? at + length - 1 - index : at + index;
      value = value * 256 + (this.#bytes[place] ?? 0);
    }
    return value;
  }

  /** Text up to a zero byte. */
  text(at: number, most: number): string {
    let text = "";
    for (let index = at; index < at + most; index++) {
      const byte = this.#bytes[index] ?? 0;
      if (byte === 0) break;
      text += String.fromCharCode(byte);
    }
    return text;
  }
}

/** The programs in a file: one, or of Mach-O one for each machine. Empty for other files and damaged ones. */
export function readPrograms(bytes: Uint8Array): readonly Program[] {
  const [a, b, c, d] = bytes;
  if (a === 0x7f && b === 0x45 && c === 0x4c && d === 0x46) return readElf(bytes);
  if (a === 0x4d && b === 0x5a) return readPe(bytes);
  const magic = (((a ?? 0) * 256 + (b ?? 0)) * 256 + (c ?? 0)) * 256 + (d ?? 0);
  if (magic === 0xcafebabe) return readFat(bytes);
  return readMachO(bytes, 0);
}

function readElf(bytes: Uint8Array): readonly Program[] {
  const reader = new ByteReader(bytes, bytes[5] !== 2);
  const is64 = bytes[4] === 2;
  const word = is64 ? 8 : 4;
  const sections: ProgramSection[] = [];
  const table = reader.number(is64 ? 40 : 32, word);
  const [entrySize, count, names] = [0, 2, 4].map((at) => reader.number((is64 ? 58 : 46) + at, 2)) as [
    number,
    number,
    number,
  ];
  const nameTable = reader.number(table + names * entrySize + (is64 ? 24 : 16), word);
  const known = table === 0 ? 0 : Math.min(count, MOST_SECTIONS);
  for (let index = 0; index < known; index++) {
    const at = table + index * entrySize;
    // SHT_NOBITS has no bytes in the file.
    if (reader.number(at + 4, 4) === 8) continue;
    sections.push({
      name: reader.text(nameTable + reader.number(at, 4), 64),
      isWritable: reader.number(at + 8, 4) % 2 === 1,
      address: reader.number(at + (is64 ? 16 : 12), word),
      offset: reader.number(at + (is64 ? 24 : 16), word),
      size: reader.number(at + (is64 ? 32 : 20), word),
    });
  }
  return [
    { format: "ELF", isLittleEndian: reader.isLittleEndian, sections: [...sections, ...readSegments(reader, is64)] },
  ];
}

/** Programs may have lost their table of sections; what is loaded they must say. */
function readSegments(reader: ByteReader, is64: boolean): readonly ProgramSection[] {
  const word = is64 ? 8 : 4;
  const table = reader.number(is64 ? 32 : 28, word);
  const entrySize = reader.number(is64 ? 54 : 42, 2);
  const count = Math.min(reader.number(is64 ? 56 : 44, 2), MOST_SECTIONS);
  const segments: ProgramSection[] = [];
  for (let index = 0; index < count; index++) {
    const at = table + index * entrySize;
    // PT_LOAD.
    if (reader.number(at, 4) !== 1) continue;
    segments.push({
      name: "",
      isWritable: Math.floor(reader.number(at + (is64 ? 4 : 24), 4) / 2) % 2 === 1,
      offset: reader.number(at + (is64 ? 8 : 4), word),
      address: reader.number(at + (is64 ? 16 : 8), word),
      size: reader.number(at + (is64 ? 32 : 16), word),
    });
  }
  return segments;
}

function readFat(bytes: Uint8Array): readonly Program[] {
  const reader = new ByteReader(bytes, false);
  const count = reader.number(4, 4);
  // A class of Java begins with the same four bytes; behind them it has its version, from 45.
  if (count > MOST_SLICES) return [];
  return Array.from({ length: count }, (_, index) => readMachO(bytes, reader.number(8 + index * 20 + 8, 4))).flat();
}

const MACH_O = new Map<number, { readonly is64: boolean; readonly isLittleEndian: boolean }>([
  [0xfeedface, { is64: false, isLittleEndian: false }],
  [0xfeedfacf, { is64: true, isLittleEndian: false }],
  [0xcefaedfe, { is64: false, isLittleEndian: true }],
  [0xcffaedfe, { is64: true, isLittleEndian: true }],
]);

function readMachO(bytes: Uint8Array, start: number): readonly Program[] {
  const form = MACH_O.get(new ByteReader(bytes, false).number(start, 4));
  if (form === undefined) return [];
  const { is64, isLittleEndian } = form;
  const reader = new ByteReader(bytes, isLittleEndian);
  const sections: ProgramSection[] = [];
  const commands = Math.min(reader.number(start + 16, 4), MOST_SECTIONS);
  let at = start + (is64 ? 32 : 28);
  for (let index = 0; index < commands && at < bytes.length; index++) {
    const size = reader.number(at + 4, 4);
    if (size < 8) break;
    // LC_SEGMENT and LC_SEGMENT_64.
    if (reader.number(at, 4) === (is64 ? 0x19 : 1)) sections.push(...readMachOSections(reader, { at, start, is64 }));
    if (sections.length > MOST_SECTIONS) break;
    at += size;
  }
  return [{ format: "Mach-O", isLittleEndian, sections }];
}

function readMachOSections(
  reader: ByteReader,
  { at, start, is64 }: { readonly at: number; readonly start: number; readonly is64: boolean },
): readonly ProgramSection[] {
  const word = is64 ? 8 : 4;
  const count = Math.min(reader.number(at + (is64 ? 64 : 48), 4), 256);
  const isWritable = Math.floor(reader.number(at + (is64 ? 60 : 44), 4) / 2) % 2 === 1;
  return Array.from({ length: count }, (_, index) => {
    const place = at + (is64 ? 72 + index * 80 : 56 + index * 68);
    return {
      name: reader.text(place, 16),
      isWritable,
      address: reader.number(place + 32, word),
      size: reader.number(place + 32 + word, word),
      offset: start + reader.number(place + 32 + 2 * word, 4),
    };
  });
}

function readPe(bytes: Uint8Array): readonly Program[] {
  const reader = new ByteReader(bytes, true);
  const header = reader.number(0x3c, 4);
  if (reader.text(header, 4) !== "PE") return [];
  const optional = header + 24;
  const base = reader.number(optional, 2) === 0x20b ? reader.number(optional + 24, 8) : reader.number(optional + 28, 4);
  const table = optional + reader.number(header + 20, 2);
  const count = Math.min(reader.number(header + 6, 2), MOST_SECTIONS);
  const sections = Array.from({ length: count }, (_, index) => {
    const at = table + index * 40;
    return {
      name: reader.text(at, 8),
      address: base + reader.number(at + 12, 4),
      size: Math.min(reader.number(at + 16, 4), reader.number(at + 8, 4) || Number.MAX_SAFE_INTEGER),
      offset: reader.number(at + 20, 4),
      isWritable: reader.number(at + 36, 4) >= 0x80000000,
    };
  });
  return [{ format: "PE", isLittleEndian: true, sections }];
}

/** The bytes of a section, as far as they are in the file. */
export function bytesOfSection(bytes: Uint8Array, { offset, size }: ProgramSection): Uint8Array {
  return offset >= bytes.length ? new Uint8Array() : bytes.subarray(offset, Math.min(bytes.length, offset + size));
}

/** Bytes at a place in memory, as far as the file has them. */
export function bytesAtAddress(bytes: Uint8Array, program: Program, address: number, length: number): Uint8Array {
  for (const section of program.sections) {
    const within = address - section.address;
    if (section.address !== 0 && within >= 0 && within < section.size) {
      return bytesOfSection(bytes, section).subarray(within, within + length);
    }
  }
  return new Uint8Array();
}

/** An unsigned number at a place in bytes. */
export function numberAt(bytes: Uint8Array, at: number, length: number, isLittleEndian: boolean): number {
  return new ByteReader(bytes, isLittleEndian).number(at, length);
}
