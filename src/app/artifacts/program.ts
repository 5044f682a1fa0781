import type { ArchiveEntry } from "../../ports/index.ts";

/** The first bytes of programs: ELF, Mach-O of both sizes and byte orders, Mach-O of several architectures, PE. */
const SIGNATURES: readonly (readonly number[])[] = [
  [0x7f, 0x45, 0x4c, 0x46],
  [0xfe, 0xed, 0xfa, 0xce],
  [0xfe, 0xed, 0xfa, 0xcf],
  [0xce, 0xfa, 0xed, 0xfe],
  [0xcf, 0xfa, 0xed, 0xfe],
  [0x4d, 0x5a],
];
const MACHO_FAT = [0xca, 0xfe, 0xba, 0xbe];
/** Java classes begin as Mach-O files of several architectures do; their version stands where the others' count is. */
const FIRST_JAVA_VERSION = 45;
const LIBRARY = /\.(?:so(?:\.[0-9]+)*|dll|exe|node|dylib|pyd)$/i;
/** Smaller files hold no program that says what it is made of. */
const LEAST_BYTES = 512;

/** Whether a file's name, mode and size allow that it is a program. */
export function mayBeProgram(entry: Pick<ArchiveEntry, "path" | "mode" | "size">): boolean {
  return entry.size >= LEAST_BYTES && ((entry.mode & 0o111) !== 0 || LIBRARY.test(entry.path));
}

/** Whether a file begins as programs do; eight bytes are enough. */
export function beginsAsProgram(head: Uint8Array): boolean {
  const begins = (signature: readonly number[]): boolean => signature.every((byte, index) => head[index] === byte);
  if (SIGNATURES.some(begins)) return true;
  return begins(MACHO_FAT) && head[4] === 0 && head[5] === 0 && head[6] === 0 && (head[7] ?? 0) < FIRST_JAVA_VERSION;
}
