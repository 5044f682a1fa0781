import { deflateSync } from "node:zlib";
import { concatBytes, encodeUtf8 } from "../../base/index.ts";

/** A program's file, and the places in it where numbers say where everything else is. */
interface ProgramSample {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Bytes from the start that hold the headers, and the beginning of the data. */
  readonly places: readonly (readonly [from: number, to: number])[];
}

const BASE = 0x400000;
const DATA = 0x400;
const MARK = "0123456789abcdef";
const MODULES = ["path\tshop.example/cmd", "mod\tshop.example\tv1.0.0\t", "dep\tgolang.org/x/net\tv0.20.0\th1:a=", ""];

function put(view: DataView, at: number, length: number, value: number): void {
  if (length === 2) view.setUint16(at, value, true);
  else if (length === 4) view.setUint32(at, value, true);
  else view.setBigUint64(at, BigInt(value), true);
}

/** An ELF program for 64 bits with one section of data, loaded at {@link BASE}. */
function writeElf(name: string, data: Uint8Array): Uint8Array {
  const names = DATA + data.length;
  const table = names + 64;
  const bytes = new Uint8Array(table + 3 * 64);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  put(view, 32, 8, 64);
  put(view, 40, 8, table);
  for (const [index, value] of [56, 1, 64, 3, 2].entries()) put(view, 54 + 2 * index, 2, value);
  put(view, 64, 4, 1);
  put(view, 68, 4, 6);
  put(view, 72, 8, DATA);
  put(view, 80, 8, BASE);
  put(view, 96, 8, data.length);
  bytes.set(data, DATA);
  bytes.set(encodeUtf8(`\0${name}\0.shstrtab\0`), names);
  for (const [index, [nameAt, offset, size]] of [
    [1, DATA, data.length],
    [name.length + 2, names, 64],
  ].entries()) {
    const at = table + (index + 1) * 64;
    put(view, at, 4, nameAt ?? 0);
    put(view, at + 4, 4, 1);
    put(view, at + 8, 8, 3);
    put(view, at + 16, 8, index === 0 ? BASE : 0);
    put(view, at + 24, 8, offset ?? 0);
    put(view, at + 32, 8, size ?? 0);
  }
  return bytes;
}

/** A Mach-O program for 64 bits with one section. */
function writeMachO(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(DATA + data.length);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of [
    [0, 0xfeedfacf],
    [16, 1],
    [32, 0x19],
    [36, 72 + 80],
    [92, 3],
    [96, 1],
    [152, DATA],
  ] as const) {
    put(view, at, 4, value);
  }
  bytes.set(encodeUtf8(name), 104);
  put(view, 136, 8, BASE);
  put(view, 144, 8, data.length);
  bytes.set(data, DATA);
  return bytes;
}

/** Two Mach-O programs in one file. */
function writeFat(program: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(DATA + program.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xcafebabe);
  view.setUint32(4, 2);
  for (const at of [8, 28]) {
    view.setUint32(at + 8, DATA);
    view.setUint32(at + 12, program.length);
  }
  bytes.set(program, DATA);
  return bytes;
}

/** A Windows program for 64 bits with one section. */
function writePe(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(DATA + data.length);
  const view = new DataView(bytes.buffer);
  bytes.set(encodeUtf8("MZ"));
  put(view, 0x3c, 4, 0x80);
  bytes.set(encodeUtf8("PE"), 0x80);
  put(view, 0x86, 2, 1);
  put(view, 0x94, 2, 0xf0);
  put(view, 0x98, 2, 0x20b);
  put(view, 0x98 + 24, 8, BASE);
  const table = 0x98 + 0xf0;
  bytes.set(encodeUtf8(name), table);
  for (const at of [8, 16]) put(view, table + at, 4, data.length);
  put(view, table + 20, 4, DATA);
  put(view, table + 36, 4, 0xc0000040);
  bytes.set(data, DATA);
  return bytes;
}

/** A length as Go writes it, and the text. */
function counted(text: string): Uint8Array {
  const bytes = encodeUtf8(text);
  const length: number[] = [];
  for (let rest = bytes.length; rest >= 0; rest = rest < 128 ? -1 : Math.floor(rest / 128)) {
    length.push(rest < 128 ? rest : (rest % 128) + 128);
  }
  return concatBytes([Uint8Array.from(length), bytes]);
}

const BUILD_INFO = concatBytes([
  Uint8Array.of(0xff),
  encodeUtf8(" Go buildinf:"),
  Uint8Array.of(8, 2),
  new Uint8Array(16),
  counted("go1.22.3"),
  counted(`${MARK}${MODULES.join("\n")}${MARK}`),
]);
const CRATES = new Uint8Array(
  deflateSync(
    JSON.stringify({
      packages: [
        { name: "shop", version: "0.1.0", source: "local", dependencies: [1], root: true },
        { name: "serde", version: "1.0.1", source: "crates.io" },
      ],
    }),
  ),
);

/** What a distribution writes into its programs. */
function writeNote(): Uint8Array {
  const text = encodeUtf8('{"type":"deb","os":"debian","name":"a","version":"1"}\0');
  const header = new DataView(new ArrayBuffer(12));
  for (const [index, value] of [4, text.length, 0xcafe1a7e].entries()) put(header, 4 * index, 4, value);
  return concatBytes([new Uint8Array(header.buffer), encodeUtf8("FDO\0"), text]);
}

const FILES: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ["ELF of Go", writeElf(".go.buildinfo", BUILD_INFO)],
  ["Mach-O of Go", writeMachO("__go_buildinfo", BUILD_INFO)],
  ["Mach-O of Go for several machines", writeFat(writeMachO("__go_buildinfo", BUILD_INFO))],
  ["PE of Go", writePe(".data", BUILD_INFO)],
  ["ELF of Rust", writeElf(".dep-v0", CRATES)],
  ["PE of Rust", writePe(".dep-v0", CRATES)],
  ["ELF with a note", writeElf(".note.package", writeNote())],
];

/** Programs of every form, with what Go, Rust and distributions write into them. */
export const PROGRAM_SAMPLES: readonly ProgramSample[] = FILES.map(([name, bytes]) => ({
  name,
  bytes,
  places: [
    [0, 0x1b0],
    [DATA, DATA + 64],
    [bytes.length - 192, bytes.length],
  ],
}));
