import { createHash } from "node:crypto";
import { concatBytes, encodeUtf8 } from "../base/index.ts";
import { buildRpmHeader } from "./rpm-databases.ts";

/** One name in a cpio archive, and the lies that its header tells. */
export interface CpioFile {
  readonly path: string;
  readonly content?: string | Uint8Array;
  /** File type and permissions; a regular file when left out. */
  readonly mode?: number;
  /** Which file the name is of, and how many names that has. */
  readonly inode?: number;
  readonly links?: number;
  readonly magic?: string;
  readonly statedBytes?: number;
}

/** Writes a cpio archive in the "new" form, for tests. */
export function writeCpio(files: readonly CpioFile[]): Uint8Array {
  const last: CpioFile = { path: "TRAILER!!!", mode: 0 };
  return concatBytes([...files, last].flatMap((file, index) => cpioParts(file, index)));
}

function cpioParts(file: CpioFile, index: number): readonly Uint8Array[] {
  const content = bytesOf(file.content ?? "");
  const name = encodeUtf8(`${file.path}\0`);
  const { inode = index, mode = 0o100644, links = 1, statedBytes = content.length } = file;
  const numbers = [inode, mode, 0, 0, links, 0, statedBytes, 0, 0, 0, 0, name.length, 0];
  const header = `${file.magic ?? "070701"}${numbers.map((each) => each.toString(16).padStart(8, "0")).join("")}`;
  return [
    concatBytes([encodeUtf8(header), name, padding(110 + name.length)]),
    concatBytes([content, padding(content.length)]),
  ];
}

/** What a package of rpm states, and its files as they are compressed. */
export interface RpmPackage {
  readonly tags: Parameters<typeof buildRpmHeader>[0];
  readonly payload: Uint8Array;
  /** Which digests of the header stand in the signature. */
  readonly digests?: readonly ("sha256" | "sha1")[];
  /** Another name in the header than the one that was digested. */
  readonly changed?: boolean;
}

const HEADER_MAGIC = Uint8Array.of(0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0);

/** Writes a package of rpm (version 4 of its format), for tests. */
export function writeRpm({ tags, payload, digests = ["sha256"], changed = false }: RpmPackage): Uint8Array {
  const header = concatBytes([HEADER_MAGIC, buildRpmHeader(tags)]);
  const stated = digests.map((algorithm) => [
    algorithm === "sha256" ? 273 : 269,
    createHash(algorithm).update(header).digest("hex"),
  ]);
  const signature = concatBytes([HEADER_MAGIC, buildRpmHeader(Object.fromEntries(stated))]);
  const lead = new Uint8Array(96);
  lead.set([0xed, 0xab, 0xee, 0xdb, 3]);
  if (changed) header[header.length - 2] = (header.at(-2) ?? 0) ^ 1;
  return concatBytes([lead, signature, new Uint8Array((8 - (signature.length % 8)) % 8), header, payload]);
}

/** Writes an `ar` archive, which packages of Debian are, for tests. */
export function writeAr(members: Readonly<Record<string, string | Uint8Array>>): Uint8Array {
  const parts = Object.entries(members).flatMap(([name, content]) => {
    const bytes = bytesOf(content);
    const header = `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`;
    return [encodeUtf8(header), bytes, new Uint8Array(bytes.length % 2).fill(0x0a)];
  });
  return concatBytes([encodeUtf8("!<arch>\n"), ...parts]);
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? encodeUtf8(content) : content;
}

function padding(length: number): Uint8Array {
  return new Uint8Array((4 - (length % 4)) % 4);
}
