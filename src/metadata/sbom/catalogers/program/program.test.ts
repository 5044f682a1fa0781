import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { concatBytes, encodeUtf8 } from "../../../../base/index.ts";
import { catalogFiles } from "../catalog.ts";
import type { CatalogerResult } from "../cataloger.ts";
import { goProgramCataloger } from "./go-program.ts";
import { runtimeCataloger } from "./runtime.ts";
import { rustProgramCataloger } from "./rust-program.ts";

/** Writes numbers at places of a file in the making. */
class Writer {
  readonly #view: DataView;
  readonly bytes: Uint8Array;
  readonly #isLittleEndian: boolean;

  constructor(size: number, isLittleEndian: boolean) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
    this.#isLittleEndian = isLittleEndian;
  }

  put(at: number, length: number, value: number): void {
    if (length === 2) this.#view.setUint16(at, value, this.#isLittleEndian);
    else if (length === 4) this.#view.setUint32(at, value, this.#isLittleEndian);
    else this.#view.setBigUint64(at, BigInt(value), this.#isLittleEndian);
  }

  text(at: number, text: string | Uint8Array): void {
    this.bytes.set(typeof text === "string" ? encodeUtf8(text) : text, at);
  }
}

const BASE = 0x400000;
const DATA = 0x1000;

interface ElfForm {
  readonly is64?: boolean;
  readonly isLittleEndian?: boolean;
}

/** A program of ELF with one section of data, loaded at {@link BASE}, and the names of sections. */
function elf(name: string, data: Uint8Array, { is64 = true, isLittleEndian = true }: ElfForm = {}): Uint8Array {
  const word = is64 ? 8 : 4;
  const [headerSize, entrySize] = is64 ? [64, 64] : [52, 40];
  const names = DATA + data.length;
  const table = names + 64;
  const writer = new Writer(table + 3 * entrySize, isLittleEndian);
  writer.text(0, Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, isLittleEndian ? 1 : 2, 1));
  writer.put(is64 ? 32 : 28, word, headerSize);
  writer.put(is64 ? 40 : 32, word, table);
  const counts = is64 ? 54 : 42;
  for (const [index, value] of [is64 ? 56 : 32, 1, entrySize, 3, 2].entries()) writer.put(counts + 2 * index, 2, value);
  // One loaded, writable segment.
  writer.put(headerSize, 4, 1);
  writer.put(headerSize + (is64 ? 4 : 24), 4, 6);
  writer.put(headerSize + (is64 ? 8 : 4), word, DATA);
  writer.put(headerSize + (is64 ? 16 : 8), word, BASE);
  writer.put(headerSize + (is64 ? 32 : 16), word, data.length);
  writer.text(DATA, data);
  writer.text(names, `\0${name}\0.shstrtab\0`);
  const section = (index: number, nameAt: number, offset: number, size: number): void => {
    const at = table + index * entrySize;
    writer.put(at, 4, nameAt);
    writer.put(at + 4, 4, 1);
    writer.put(at + 8, word, 3);
    writer.put(at + (is64 ? 16 : 12), word, index === 1 ? BASE : 0);
    writer.put(at + (is64 ? 24 : 16), word, offset);
    writer.put(at + (is64 ? 32 : 20), word, size);
  };
  section(1, 1, DATA, data.length);
  section(2, name.length + 2, names, 64);
  return writer.bytes;
}

/** A program of Mach-O for 64 bits with one section. */
function machO(name: string, data: Uint8Array): Uint8Array {
  const writer = new Writer(DATA + data.length, true);
  writer.put(0, 4, 0xfeedfacf);
  writer.put(16, 4, 1);
  writer.put(32, 4, 0x19);
  writer.put(36, 4, 72 + 80);
  writer.put(32 + 60, 4, 3);
  writer.put(32 + 64, 4, 1);
  writer.text(32 + 72, name);
  writer.put(32 + 72 + 32, 8, BASE);
  writer.put(32 + 72 + 40, 8, data.length);
  writer.put(32 + 72 + 48, 4, DATA);
  writer.text(DATA, data);
  return writer.bytes;
}

/** Programs of Mach-O for several machines. */
function fat(program: Uint8Array): Uint8Array {
  const writer = new Writer(DATA + program.length, false);
  writer.put(0, 4, 0xcafebabe);
  writer.put(4, 4, 1);
  writer.put(16, 4, DATA);
  writer.put(20, 4, program.length);
  writer.text(DATA, program);
  return writer.bytes;
}

/** A program of Windows for 64 bits with one section. */
function pe(name: string, data: Uint8Array): Uint8Array {
  const writer = new Writer(DATA + data.length, true);
  writer.text(0, "MZ");
  writer.put(0x3c, 4, 0x80);
  writer.text(0x80, "PE");
  writer.put(0x86, 2, 1);
  writer.put(0x94, 2, 0xf0);
  writer.put(0x98, 2, 0x20b);
  writer.put(0x98 + 24, 8, BASE);
  const table = 0x98 + 0xf0;
  writer.text(table, name);
  writer.put(table + 8, 4, data.length);
  writer.put(table + 16, 4, data.length);
  writer.put(table + 20, 4, DATA);
  writer.put(table + 36, 4, 0xc0000040);
  writer.text(DATA, data);
  return writer.bytes;
}

const MARK = "0123456789abcdef";
const MODULES = [
  "path\texample.com/shop/cmd/server",
  "mod\texample.com/shop\tv1.4.0\t",
  "dep\tgolang.org/x/net\tv0.20.0\th1:abc=",
  "dep\tgithub.com/old/yaml\tv1.0.0",
  "=>\tgithub.com/new/yaml/v2\tv2.1.0\th1:def=",
  "dep\texample.com/local\tv0.0.0",
  "=>\t./local\t\t",
  'build\t-ldflags="-X main.version=9.9.9 -s"',
  "build\tCGO_ENABLED=0",
  "build\tGOARCH=amd64",
  "",
].join("\n");

function counted(text: string): Uint8Array {
  const bytes = encodeUtf8(text);
  const length: number[] = [];
  for (let rest = bytes.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) break;
  }
  return concatBytes([Uint8Array.from(length), bytes]);
}

const MAGIC = concatBytes([Uint8Array.of(0xff), encodeUtf8(" Go buildinf:")]);

/** Build information as Go writes it since 1.18, not at the very beginning. */
function inlineInfo(version: string, modules: string): Uint8Array {
  const header = concatBytes([new Uint8Array(32), MAGIC, Uint8Array.of(8, 2), new Uint8Array(16)]);
  return concatBytes([header, counted(version), counted(`${MARK}${modules}${MARK}`)]);
}

/** Build information as Go wrote it before: pointers to texts, each a pointer and a length. */
function pointerInfo(version: string, modules: string, size: 4 | 8, isLittleEndian: boolean): Uint8Array {
  const texts = [version, `${MARK}${modules}${MARK}`];
  const writer = new Writer(8_192, isLittleEndian);
  writer.text(0, MAGIC);
  writer.text(14, Uint8Array.of(size, isLittleEndian ? 0 : 1));
  let at = 512;
  for (const [index, text] of texts.entries()) {
    const header = 128 + index * 32;
    writer.put(16 + index * size, size, BASE + header);
    writer.put(header, size, BASE + at);
    writer.put(header + size, size, text.length);
    writer.text(at, text);
    at += text.length;
  }
  return writer.bytes;
}

function readGo(bytes: Uint8Array): CatalogerResult | undefined {
  return goProgramCataloger.readProgram?.("app/server", bytes, {});
}

const EXPECTED = [
  "package:./local",
  "pkg:golang/example.com/shop@v1.4.0",
  "pkg:golang/github.com/new/yaml/v2@v2.1.0",
  "pkg:golang/golang.org/x/net@v0.20.0",
  "pkg:golang/stdlib@1.22.3",
];

describe("programs of Go", () => {
  const inline = inlineInfo("go1.22.3", MODULES);
  const rows: readonly (readonly [name: string, bytes: Uint8Array])[] = [
    ["ELF", elf(".go.buildinfo", inline)],
    ["ELF of 32 bits", elf(".go.buildinfo", inline, { is64: false })],
    ["ELF, the greatest byte first", elf(".go.buildinfo", inline, { isLittleEndian: false })],
    ["ELF, in data without a name of its own", elf(".data", inline)],
    ["ELF before Go 1.18", elf(".go.buildinfo", pointerInfo("go1.22.3", MODULES, 8, true))],
    [
      "ELF before Go 1.18, the greatest byte first, 32 bits",
      elf(".go.buildinfo", pointerInfo("go1.22.3", MODULES, 4, false), { is64: false, isLittleEndian: false }),
    ],
    ["Mach-O", machO("__go_buildinfo", inline)],
    ["Mach-O for several machines", fat(machO("__go_buildinfo", inline))],
    ["PE", pe(".data", inline)],
  ];
  for (const [name, bytes] of rows) {
    it(`state their modules: ${name}`, () => {
      const result = readGo(bytes);
      assert.deepEqual(
        result?.components.map(({ ref }) => ref),
        EXPECTED,
      );
      assert.deepEqual(
        result?.dependencies.get("pkg:golang/example.com/shop@v1.4.0"),
        EXPECTED.filter((ref) => !ref.includes("shop")),
      );
    });
  }

  it("keep settings as properties, without the flags of compilers", () => {
    const main = readGo(elf(".go.buildinfo", inline))?.components.find(({ kind }) => kind === "application");
    assert.deepEqual(main?.properties, [
      { name: "go:version", value: "go1.22.3" },
      { name: "go:path", value: "example.com/shop/cmd/server" },
      { name: "go:build:CGO_ENABLED", value: "0" },
      { name: "go:build:GOARCH", value: "amd64" },
    ]);
    assert.deepEqual(main?.locations, ["/app/server"]);
  });

  const versions: readonly (readonly [name: string, lines: readonly string[], ref: string, isInferred: boolean])[] = [
    ["the linker's flags", ['build\t-ldflags="-X main.version=9.9.9 -s"'], "pkg:golang/a.b/c@v9.9.9", true],
    ["a tag in them", ['build\t-ldflags="-X a.gitCommit=01 -X a.gitTag=0.2.56"'], "pkg:golang/a.b/c@v0.2.56", true],
    [
      "the commit",
      ["build\tvcs.revision=0123456789abcdef0123", "build\tvcs.time=2024-03-05T06:07:08Z"],
      "pkg:golang/a.b/c@v0.0.0-20240305060708-0123456789ab",
      true,
    ],
    ["nothing", [], "pkg:golang/a.b/c", false],
  ];
  for (const [name, lines, ref, isInferred] of versions) {
    it(`get the version of a main module that states none from ${name}`, () => {
      const modules = ["path\ta.b/c", "mod\ta.b/c\t(devel)\t", ...lines, ""].join("\n");
      const main = readGo(elf(".go.buildinfo", inlineInfo("go1.22.3", modules)))?.components[0];
      assert.equal(main?.ref, ref);
      assert.equal(main?.properties?.some((property) => property.name === "inferred") === true, isInferred);
    });
  }

  it("without modules state the standard library", () => {
    const result = readGo(elf(".go.buildinfo", inlineInfo("go1.21.0 X:boringcrypto", "")));
    assert.deepEqual(
      result?.components.map(({ ref }) => ref),
      ["package:server", "pkg:golang/stdlib@1.21.0"],
    );
  });

  const texts: readonly (readonly [
    name: string,
    texts: readonly string[],
    cgo: string,
    version: string | undefined,
  ])[] = [
    ["the only version", ["v1.31.9"], "0", "v1.31.9"],
    ["the same version twice", ["1.0.0-beta.56", "x", "1.0.0-beta.56"], "0", "v1.0.0-beta.56"],
    ["two versions", ["v1.31.9", "v1.2.3"], "0", undefined],
    ["a version in a longer text", ["go v1.2.3", "v1.2.3 "], "0", undefined],
    ["a version of two numbers", ["v1.2"], "0", undefined],
    ["a version, with C in the program", ["v1.31.9"], "1", undefined],
  ];
  for (const [name, words, cgo, version] of texts) {
    it(`with ${name} between zero bytes ${version === undefined ? "get none" : "get it"}`, () => {
      const info = inlineInfo("go1.22.3", `path\ta.b/c\nmod\ta.b/c\t(devel)\t\nbuild\tCGO_ENABLED=${cgo}\n`);
      const program = elf(".go.buildinfo", info);
      const tail = encodeUtf8(`\0${words.join("\0")}\0`);
      const bytes = new Uint8Array(program.length + tail.length);
      bytes.set(program);
      bytes.set(tail, program.length);
      assert.equal(readGo(bytes)?.components[0]?.version, version);
    });
  }

  it("without modules get a version from the linker's flags", () => {
    const modules = 'path\ta.b/cmd/c\nbuild\t-ldflags="-X \\"a.b/version.Version=28.2.2\\""\n';
    const main = readGo(elf(".go.buildinfo", inlineInfo("go1.21.0", modules)))?.components[0];
    assert.deepEqual([main?.name, main?.version, main?.purl], ["a.b/cmd/c", "v28.2.2", undefined]);
  });

  it("are no other programs", () => {
    assert.equal(readGo(elf(".data", new Uint8Array(64))), undefined);
    assert.equal(readGo(encodeUtf8("#!/bin/sh\n")), undefined);
  });

  it("C8: survive lying tables, and any flipped byte", () => {
    for (const [, bytes] of rows) {
      for (let at = 0; at < bytes.length; at += at < 512 ? 1 : 97) {
        const damaged = bytes.slice();
        damaged[at] = (damaged[at] ?? 0) ^ 0xff;
        readGo(damaged);
      }
      for (let length = 0; length < bytes.length; length += 211) readGo(bytes.subarray(0, length));
    }
    fc.assert(
      fc.property(
        fc.constantFrom(...rows),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 20 }),
        ([, bytes], changes) => {
          const damaged = bytes.slice();
          for (const [at, value] of changes) damaged[at % damaged.length] = value;
          readGo(damaged);
          rustProgramCataloger.readProgram?.("a", damaged, {});
          runtimeCataloger.readProgram?.("a", damaged, {});
        },
      ),
      { numRuns: 300, seed: 9, interruptAfterTimeLimit: 2_000 },
    );
  });

  it("C8: take a time that grows with the size", () => {
    const many =
      "dep\ta.b/c\tv1\n".repeat(200_000) +
      Array.from({ length: 20_000 }, (_, index) => `dep\ta${index}\tv1\n`).join("");
    const started = performance.now();
    readGo(elf(".go.buildinfo", inlineInfo("go1.22.3", `${many}build\t-ldflags=${"-X a.".repeat(200_000)}\n`)));
    const full = elf(".go.buildinfo", new Uint8Array(100_000).fill(0xff));
    full.fill(0xff, 54, 64);
    readGo(full);
    assert.ok(performance.now() - started < 4_000);
  });
});

describe("programs of Rust", () => {
  const list = {
    packages: [
      { name: "shop", version: "0.1.0", source: "local", dependencies: [1, 2], root: true },
      { name: "serde", version: "1.0.1", source: "crates.io" },
      { name: "cc", version: "1.2.0", source: "crates.io", kind: "build" },
      { name: "odd" },
    ],
  };
  const packed = new Uint8Array(deflateSync(JSON.stringify(list)));
  const read = (bytes: Uint8Array) => rustProgramCataloger.readProgram?.("app/shop", bytes, {});

  for (const [name, bytes] of [
    ["ELF", elf(".dep-v0", packed)],
    ["Mach-O", machO(".dep-v0", packed)],
    ["PE", pe(".dep-v0", packed)],
  ] as const) {
    it(`state their crates: ${name}`, () => {
      const result = read(bytes);
      assert.deepEqual(
        result?.components.map(({ ref, kind, scope }) => [ref, kind, scope]),
        [
          ["package:shop@0.1.0", "application", "production"],
          ["pkg:cargo/cc@1.2.0", "library", "development"],
          ["pkg:cargo/serde@1.0.1", "library", "production"],
        ],
      );
      assert.deepEqual(result?.dependencies.get("package:shop@0.1.0"), ["pkg:cargo/cc@1.2.0", "pkg:cargo/serde@1.0.1"]);
    });
  }

  for (const [name, section] of [
    ["a bomb", new Uint8Array(deflateSync(new Uint8Array(20_000_000)))],
    ["a list that is cut off", packed.subarray(0, 20)],
    ["no JSON", new Uint8Array(deflateSync("[1"))],
  ] as const) {
    it(`C8: tell ${name}`, () => {
      const result = read(elf(".dep-v0", section));
      assert.deepEqual(result?.components, []);
      assert.match(result?.notLookedAt[0]?.reason ?? "", /^the list of its crates is not readable: /);
    });
  }
});

describe("runtimes", () => {
  const read = (path: string, bytes: Uint8Array) => runtimeCataloger.readProgram?.(path, bytes, {});
  it("are found where their words lie across two windows", () => {
    const words = new Uint8Array(2 * 1024 * 1024);
    words.set(encodeUtf8("\0node.js/v20.11.1\0"), 1024 * 1024 - DATA - 8);
    assert.equal(read("node", elf(".rodata", words))?.components[0]?.version, "20.11.1");
  });

  it("tell applications that were put into Node", () => {
    const words = new Uint8Array(20 * 1024 * 1024);
    words.set(encodeUtf8("\0node.js/v20.11.1\0"), 50);
    words.set(encodeUtf8("NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1"), 5_000_000);
    const result = read("opt/tool", elf(".rodata", words));
    assert.deepEqual(
      result?.components.map(({ ref }) => ref),
      ["pkg:generic/node@20.11.1"],
    );
    assert.match(result?.notLookedAt[0]?.reason ?? "", /put into Node/);
  });

  it("read package notes", () => {
    const json = encodeUtf8(
      '{"type":"rpm","os":"fedora","name":"systemd","version":"255.2-1.fc40","architecture":"x86_64"}',
    );
    const writer = new Writer(16 + Math.ceil(json.length / 4) * 4 + 4, true);
    writer.put(0, 4, 4);
    writer.put(4, 4, json.length + 1);
    writer.put(8, 4, 0xcafe1a7e);
    writer.text(12, "FDO\0");
    writer.text(16, json);
    const result = read("opt/systemd", elf(".note.package", writer.bytes));
    assert.equal(result?.components[0]?.ref, "pkg:rpm/fedora/systemd@255.2-1.fc40?arch=x86_64");
    assert.equal(read("opt/a", elf(".note.package", new Uint8Array(40))), undefined);
  });

  it("read the release file of Java", () => {
    const text = 'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_RUNTIME_VERSION="21.0.1+12-LTS"\nJAVA_VERSION="21.0.1"\n';
    const files = new Map([
      ["opt/java/openjdk/release", encodeUtf8(text)],
      ["opt/other/release", encodeUtf8("1.0\n")],
    ]);
    const [component, ...others] = runtimeCataloger.read(files, {}).components;
    assert.deepEqual(
      [component?.ref, component?.supplier, others],
      ["pkg:generic/oracle/openjdk@21.0.1%2B12", "Eclipse Adoptium", []],
    );
  });

  it("are the package database's in the system's own folders, where there is one", () => {
    const program = (path: string) => read(path, elf(".rodata", encodeUtf8("\0node.js/v20.11.1\0")));
    const results = [program("usr/bin/node"), program("usr/local/bin/node")].flatMap((result) => result ?? []);
    const status = encodeUtf8(
      "Package: nodejs\nStatus: install ok installed\nArchitecture: amd64\nVersion: 20.11.1\n\n",
    );
    const found = (files: ReadonlyMap<string, Uint8Array>) =>
      catalogFiles(files, { results })
        .components.filter(({ name }) => name === "node")
        .map(({ locations }) => locations);
    assert.deepEqual(found(new Map([["var/lib/dpkg/status", status]])), [["/usr/local/bin/node"]]);
    assert.deepEqual(found(new Map()), [["/usr/bin/node", "/usr/local/bin/node"]]);
  });

  it("take a time that grows with the size", () => {
    const texts = [
      "ruby 1.1.1",
      "/perl5/",
      "curl/1.",
      "1.1.1-",
      "\0OpenSSL 1.1.1",
      "0",
      "\0",
      "/mysql-1.1.1",
      " deflate 1.1",
    ];
    const names = ["ruby", "perl", "curl", "mysqld", "openssl", "libz.so", "psql", "python3.1", "haproxy", "php"];
    for (const text of texts) {
      const bytes = elf(".rodata", encodeUtf8(text.repeat(2_000_000 / text.length)));
      for (const name of names) {
        const started = performance.now();
        read(name, bytes);
        assert.ok(performance.now() - started < 2_000, `${name} ${text}`);
      }
    }
  });
});
