import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compressGzip, encodeUtf8 } from "../../../../base/index.ts";
import { kernelCataloger } from "./kernel.ts";
import { nativeImageCataloger } from "./native-image.ts";

interface Section {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly address?: number;
}

const HEADER = 64;
const ENTRY = 64;

/** A program of ELF for 64 bits with some sections. */
function elf(sections: readonly Section[]): Uint8Array {
  const names = encodeUtf8(`\0${sections.map(({ name }) => `${name}\0`).join("")}`);
  const all = [...sections, { name: "", bytes: names }];
  const table = HEADER + all.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const file = new Uint8Array(table + all.length * ENTRY);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setBigUint64(40, BigInt(table), true);
  view.setUint16(58, ENTRY, true);
  view.setUint16(60, all.length, true);
  view.setUint16(62, all.length - 1, true);
  let offset = HEADER;
  let nameAt = 1;
  for (const [index, { name, bytes, address = 0 }] of all.entries()) {
    const at = table + index * ENTRY;
    file.set(bytes, offset);
    view.setUint32(at, nameAt, true);
    view.setUint32(at + 4, 1, true);
    view.setBigUint64(at + 16, BigInt(address), true);
    view.setBigUint64(at + 24, BigInt(offset), true);
    view.setBigUint64(at + 32, BigInt(bytes.length), true);
    offset += bytes.length;
    nameAt += name.length + 1;
  }
  return file;
}

const SBOM = {
  bomFormat: "CycloneDX",
  specVersion: "1.5",
  metadata: {
    component: { type: "application", name: "shop", "bom-ref": "pkg:maven/a/shop@1.0", purl: "pkg:maven/a/shop@1.0" },
  },
  components: [
    {
      type: "library",
      group: "io.netty",
      name: "netty-common",
      version: "4.1.100",
      "bom-ref": "n",
      purl: "pkg:maven/io.netty/netty-common@4.1.100",
    },
    { type: "library", name: "own", "bom-ref": "own" },
  ],
  dependencies: [{ ref: "pkg:maven/a/shop@1.0", dependsOn: ["n", "own"] }],
};

/** A program with an SBOM and the two symbols that say where it is. */
function nativeImage(packed: Uint8Array, names = "\0main\0sbom\0sbom_length\0"): Uint8Array {
  const [data, symbols] = [new Uint8Array(8 + packed.length), new Uint8Array(4 * 24)];
  new DataView(data.buffer).setBigUint64(0, BigInt(packed.length), true);
  data.set(packed, 8);
  const view = new DataView(symbols.buffer);
  for (const [index, [nameAt, address]] of (
    [
      [1, 0],
      [6, 0x4008],
      [11, 0x4000],
    ] as const
  ).entries()) {
    view.setUint32((index + 1) * 24, nameAt, true);
    view.setBigUint64((index + 1) * 24 + 8, BigInt(address), true);
  }
  return elf([
    { name: ".dynstr", bytes: encodeUtf8(names) },
    { name: ".dynsym", bytes: symbols },
    { name: ".rodata", bytes: data, address: 0x4000 },
  ]);
}

describe("programs that GraalVM made", () => {
  const read = (bytes: Uint8Array) => nativeImageCataloger.readProgram?.("app/shop", bytes, {});
  const packed = compressGzip(encodeUtf8(JSON.stringify(SBOM)));

  it("state the components of their SBOM", () => {
    const result = read(nativeImage(packed));
    assert.deepEqual(
      result?.components.map(({ ref, locations }) => [ref, ...locations]),
      [
        ["pkg:maven/a/shop@1.0", "/app/shop"],
        ["pkg:maven/io.netty/netty-common@4.1.100", "/app/shop"],
        ["/app/shop#own", "/app/shop"],
      ],
    );
    assert.deepEqual(result?.dependencies.get("pkg:maven/a/shop@1.0"), [
      "/app/shop#own",
      "pkg:maven/io.netty/netty-common@4.1.100",
    ]);
  });

  const damaged: readonly (readonly [name: string, bytes: Uint8Array, told: RegExp | undefined])[] = [
    ["no symbols of that name", nativeImage(packed, "\0main\0scom\0sbom_length\0"), undefined],
    ["no length", nativeImage(packed, "\0main\0sbom\0sbom_lengt_\0"), undefined],
    ["something that is not packed", nativeImage(encodeUtf8("{}")), undefined],
    ["an SBOM that is cut off", nativeImage(packed.subarray(0, packed.length - 20)), /^its SBOM is not readable: /],
    ["something else packed", nativeImage(compressGzip(encodeUtf8("[]"))), /^its SBOM is not readable: /],
    [
      "an unknown version",
      nativeImage(compressGzip(encodeUtf8('{"specVersion": "9"}'))),
      /^its SBOM is not readable: /,
    ],
    ["a bomb", nativeImage(compressGzip(new Uint8Array(20_000_000))), /^its SBOM is not readable: /],
  ];
  for (const [name, bytes, told] of damaged) {
    it(`C8: ${name}`, () => {
      const result = read(bytes);
      assert.deepEqual(result?.components ?? [], []);
      if (told === undefined) assert.equal(result, undefined);
      else assert.match(result?.notLookedAt[0]?.reason ?? "", told);
    });
  }
});

const MODULE =
  "license=GPL\0name=nvidia\0version=535.129.03\0description=A driver\0vermagic=6.1.0-18-amd64 SMP preempt mod_unload \0";

describe("Linux", () => {
  const read = (path: string, bytes: Uint8Array) => kernelCataloger.readProgram?.(path, bytes, {})?.components;
  const module = (info: string) => elf([{ name: ".modinfo", bytes: encodeUtf8(info) }]);

  function image(release: string): Uint8Array {
    const bytes = new Uint8Array(0x1000);
    const view = new DataView(bytes.buffer);
    view.setUint16(0x1fe, 0xaa55, true);
    bytes.set(encodeUtf8("HdrS"), 0x202);
    view.setUint16(0x20e, 0x400, true);
    bytes.set(encodeUtf8(`${release}\0`), 0x600);
    return bytes;
  }

  it("is told by its image", () => {
    const [kernel] = read("boot/vmlinuz", image("6.1.0-18-amd64 (debian-kernel@lists.debian.org) #1 SMP")) ?? [];
    assert.equal(kernel?.ref, "pkg:generic/linux-kernel@6.1.0-18-amd64");
    assert.deepEqual(kernel?.cpes, ["cpe:2.3:o:linux:linux_kernel:6.1.0:*:*:*:*:*:*:*"]);
    assert.equal(read("boot/vmlinuz", image("no release")), undefined);
    assert.equal(read("boot/vmlinuz", new Uint8Array(0x300)), undefined);
  });

  it("is told by its modules, and modules with a version of their own are components", () => {
    const found = read("lib/modules/6.1.0-18-amd64/updates/nvidia.ko", module(MODULE));
    assert.deepEqual(
      found?.map(({ ref, kind, licenses, description }) => [ref, kind, licenses, description]),
      [
        ["pkg:generic/linux-kernel@6.1.0-18-amd64", "operating-system", [], undefined],
        ["pkg:generic/nvidia@535.129.03", "device-driver", ["GPL-2.0-only"], "A driver"],
      ],
    );
    const ofLinux = read("lib/modules/a/ext4.ko", module("license=GPL\0name=ext4\0vermagic=6.1.0 SMP \0"));
    assert.deepEqual(
      ofLinux?.map(({ ref }) => ref),
      ["pkg:generic/linux-kernel@6.1.0"],
    );
    assert.equal(read("lib/modules/a/none.ko", module("license=GPL\0")), undefined);
    assert.equal(read("usr/bin/tool", module(MODULE)), undefined);
  });
});

describe("C9: programs with something in them that are damaged", () => {
  const seeds = [
    nativeImage(compressGzip(encodeUtf8(JSON.stringify(SBOM)))),
    elf([{ name: ".modinfo", bytes: encodeUtf8(MODULE) }]),
  ];

  it("never break a reader", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 40 }),
        fc.nat({ max: 200 }),
        (seed, changes, cut) => {
          const bytes = seed.slice(0, seed.length - cut);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          nativeImageCataloger.readProgram?.("a", bytes, {});
          kernelCataloger.readProgram?.("a.ko", bytes, {});
          kernelCataloger.readProgram?.("a", bytes, {});
        },
      ),
      { numRuns: 300, seed: 9, interruptAfterTimeLimit: 2_000 },
    );
  });
});
