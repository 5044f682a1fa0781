import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeUtf8 } from "../../../../base/index.ts";
import { catalogFiles } from "../catalog.ts";
import { dotnetAssemblyCataloger } from "./dotnet-assembly.ts";

/** Bytes of a text in UTF-16 with its zero. */
function words(text: string): readonly number[] {
  return Array.from({ length: text.length + 1 }, (_, index) => text.charCodeAt(index) || 0).flatMap((unit) => [
    unit % 256,
    unit >> 8,
  ]);
}

/** One string of a version resource: three numbers, the name, and the value where four divides, if it has one. */
function entry(name: string, value: string): readonly number[] {
  const head = [0, 0, value === "" ? 0 : value.length + 1, 0, 1, 0, ...words(name)];
  while (head.length % 4 !== 0) head.push(0);
  const whole = value === "" ? head : [...head, ...words(value)];
  while (whole.length % 4 !== 0) whole.push(0);
  return whole;
}

type Form = { readonly isAssembly?: boolean; readonly is64?: boolean; readonly key?: string };

/** A program of PE with a version resource. */
function assembly(strings: Readonly<Record<string, string>>, form: Form = {}): Uint8Array {
  const { isAssembly = true, is64 = false, key = "VS_VERSION_INFO" } = form;
  const head = [0, 0, 0, 0, 0, 0, ...words(key)];
  while (head.length % 4 !== 0) head.push(0);
  const info = [...head, ...Object.entries(strings).flatMap(([name, value]) => entry(name, value))];
  info[0] = info.length % 256;
  info[1] = info.length >> 8;
  const resources = [...Array.from({ length: 64 }, () => 0x56), ...info, ...entry("Translation", "1")];
  const size = is64 ? 240 : 224;
  const file = new Uint8Array(0x400 + resources.length);
  const view = new DataView(file.buffer);
  file.set([0x4d, 0x5a]);
  view.setUint32(0x3c, 0x80, true);
  file.set(encodeUtf8("PE"), 0x80);
  view.setUint16(0x86, 1, true);
  view.setUint16(0x94, size, true);
  view.setUint16(0x98, is64 ? 0x20b : 0x10b, true);
  if (isAssembly) view.setUint32(0x98 + (is64 ? 112 : 96) + 14 * 8, 0x2008, true);
  const table = 0x98 + size;
  file.set(encodeUtf8(".rsrc"), table);
  view.setUint32(table + 8, resources.length, true);
  view.setUint32(table + 16, resources.length, true);
  view.setUint32(table + 20, 0x400, true);
  file.set(resources, 0x400);
  return file;
}

const JSON_NET = {
  CompanyName: "Newtonsoft",
  FileVersion: "13.0.3.27908",
  InternalName: "Newtonsoft.Json.dll",
  OriginalFilename: "Newtonsoft.Json.dll",
  ProductName: "Json.NET",
  ProductVersion: "13.0.3+0a2e291c0d",
};

describe("assemblies of .NET", () => {
  const read = (path: string, bytes: Uint8Array) => dotnetAssemblyCataloger.readProgram?.(path, bytes, {});
  const rows: readonly (readonly [name: string, path: string, bytes: Uint8Array, ref: string | undefined])[] = [
    ["of 32 bits", "app/Newtonsoft.Json.dll", assembly(JSON_NET), "pkg:nuget/Newtonsoft.Json@13.0.3"],
    ["of 64 bits", "app/A.EXE", assembly(JSON_NET, { is64: true }), "pkg:nuget/Newtonsoft.Json@13.0.3"],
    [
      "with a product's version in words",
      "app/a.dll",
      assembly({ ...JSON_NET, ProductVersion: "Release 7" }),
      "pkg:nuget/Newtonsoft.Json@13.0.3.27908",
    ],
    [
      "before a release",
      "a.dll",
      assembly({ ...JSON_NET, ProductVersion: "8.0.0-rc.1" }),
      "pkg:nuget/Newtonsoft.Json@8.0.0-rc.1",
    ],
    ["without a name", "a.dll", assembly({ ProductVersion: "1.0.0" }), undefined],
    ["without a version", "a.dll", assembly({ InternalName: "a.dll" }), undefined],
    ["with a name that no package has", "a.dll", assembly({ ...JSON_NET, OriginalFilename: "../a b" }), undefined],
    ["that is native", "a.dll", assembly(JSON_NET, { isAssembly: false }), undefined],
    ["without the resource", "a.dll", assembly(JSON_NET, { key: "VS_VERSION_INFX" }), undefined],
    ["with texts only", "de/a.resources.dll", assembly(JSON_NET), undefined],
    ["by another name", "app/a.bin", assembly(JSON_NET), undefined],
  ];
  for (const [name, path, bytes, ref] of rows) {
    it(`${name}: ${ref ?? "nothing"}`, () => {
      const result = read(path, bytes);
      assert.deepEqual(
        result?.components.map((component) => [component.ref, component.supplier, component.properties?.[0]?.name]),
        ref === undefined ? undefined : [[ref, "Newtonsoft", "inferred"]],
      );
    });
  }

  it("are those of a deps.json, where one is beside or above", () => {
    const results = ["srv/app/a.dll", "srv/app/lib/a.dll", "srv/other/a.dll"].flatMap(
      (path) => read(path, assembly(JSON_NET)) ?? [],
    );
    const files = new Map([["srv/app/App.deps.json", encodeUtf8('{"libraries": {}}')]]);
    const found = catalogFiles(files, { results }).components.filter(({ name }) => name === "Newtonsoft.Json");
    assert.deepEqual(
      found.map(({ locations }) => locations),
      [["/srv/other/a.dll"]],
    );
  });

  it("do not take the next name for a value that is not there", () => {
    const [component] = read("a.dll", assembly({ ...JSON_NET, CompanyName: "" }))?.components ?? [];
    assert.equal(component?.name, "Newtonsoft.Json");
    assert.equal(component.supplier, undefined);
  });

  it("C9: never break the reader", () => {
    const whole = assembly(JSON_NET);
    const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 40 }), fc.nat({ max: 400 }), (changes, cut) => {
        const bytes = whole.slice(0, whole.length - cut);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        read("a.dll", bytes);
      }),
      { numRuns: 300, seed: 9, interruptAfterTimeLimit: 2_000 },
    );
  });
});
