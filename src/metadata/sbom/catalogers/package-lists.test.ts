import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8 } from "../../../base/index.ts";
import { holdLaw } from "../../../testing/fuzzing/hold-law.ts";
import { PACKAGE_LIST_LAWS, readSample as readAny } from "../../../testing/package-lists/laws.ts";
import type { PackageListSample } from "../../../testing/package-lists/sample.ts";
import { PACKAGE_LIST_SAMPLES } from "../../../testing/package-lists/samples.ts";
import { catalogFiles } from "./catalog.ts";
import { PACKAGE_LIST_FORMATS, wantsFile } from "./catalogers.ts";
import { FormatIndex } from "./list-cataloger.ts";
import type { PackageList, PackageListFormat, StatedPackage } from "./package-list.ts";

const byId = new Map(PACKAGE_LIST_FORMATS.map((format) => [format.id, format]));

function formatOf(sample: PackageListSample): PackageListFormat {
  const format = byId.get(sample.format);
  assert.ok(format, sample.format);
  return format;
}

function filesOf({ path, text, others = {} }: PackageListSample): Map<string, Uint8Array> {
  const files = Object.entries(others).map(([name, content]) => [name, encodeUtf8(content)] as const);
  return new Map([[path, encodeUtf8(text)], ...files]);
}

function readSample(sample: PackageListSample, bytes = encodeUtf8(sample.text)): PackageList {
  return formatOf(sample).read({ path: sample.path, bytes, files: filesOf(sample) });
}

/** A package in the words of the samples. */
function brief({ name, version, requirement, scope, identity, needs, isProject }: StatedPackage): string {
  const stated =
    version === undefined && requirement !== undefined ? `${name} (${requirement})` : `${name}@${version ?? ""}`;
  return [
    ...(isProject === true ? ["project"] : []),
    stated,
    ...(scope === undefined || scope === "production" ? [] : [scope]),
    ...(identity === undefined ? [] : [identity.type]),
    ...(needs === undefined ? [] : ["->", ...needs]),
  ].join(" ");
}

describe("every format of package lists", () => {
  for (const sample of PACKAGE_LIST_SAMPLES) {
    it(`${sample.format} states its packages (${sample.path})`, () => {
      assert.deepEqual(readSample(sample).packages.map(brief), sample.states);
    });

    it(`${sample.format} is found by its path (${sample.path})`, () => {
      const found = new FormatIndex(PACKAGE_LIST_FORMATS).formatsOf(sample.path);
      assert.ok(found.some(({ id }) => id === sample.format));
      assert.ok(wantsFile(sample.path));
    });
  }

  it("has a sample, and an id of its own", () => {
    assert.deepEqual([...new Set(PACKAGE_LIST_SAMPLES.map(({ format }) => format))].sort(), [...byId.keys()].sort());
    assert.equal(byId.size, PACKAGE_LIST_FORMATS.length);
  });

  it("says in words where its files lie", () => {
    for (const format of PACKAGE_LIST_FORMATS) {
      const { id, names = [], endings = [] } = format;
      assert.equal("isAt" in format, "where" in format, id);
      assert.ok(names.length + endings.length > 0, id);
      assert.ok(
        endings.every((ending) => ending.startsWith(".")),
        id,
      );
    }
  });

  it("gives components with valid package URLs, at the file", () => {
    for (const sample of PACKAGE_LIST_SAMPLES) {
      const { components, problems } = catalogFiles(filesOf(sample));
      assert.deepEqual(
        problems.filter(({ path }) => path !== "/old/pnpm-lock.yaml"),
        [],
        sample.path,
      );
      for (const line of sample.states.filter(
        (text) => !text.startsWith("project ") && / [a-z]+(?: ->.*)?$/.test(text),
      )) {
        const name = line.split(/@(?=[^@]*$)| \(/)[0] ?? "";
        const ended = components.filter((component) => line.startsWith(component.name));
        assert.ok(ended.length > 0, `${sample.path}: ${name}`);
      }
      for (const component of components) {
        assert.ok(component.kind === "application" || component.purl === undefined || component.ref === component.purl);
        assert.ok(component.locations.every((path) => path.startsWith("/")));
      }
    }
  });

  it("does not depend on the order of the files", () => {
    const all = new Map(PACKAGE_LIST_SAMPLES.flatMap((sample) => [...filesOf(sample)]));
    const reversed = new Map([...all].reverse());
    assert.deepEqual(catalogFiles(reversed), catalogFiles(all));
  });
});

describe("C9: package lists that are broken", () => {
  for (const { name, runs, property } of PACKAGE_LIST_LAWS) {
    it(name, () => holdLaw(property, runs));
  }

  it("takes a time that grows with the size, also on long lines and deep nesting", () => {
    const size = 50_000;
    const pieces = [
      " ",
      "a",
      "\t",
      "\n",
      "[",
      "{",
      '"',
      "(",
      "#",
      ",",
      "a:",
      "- ",
      "<a>",
      "a@1 ",
      "${",
      "1.",
      "\\\n",
      ">=1,",
      "/",
    ];
    for (const sample of PACKAGE_LIST_SAMPLES) {
      for (const piece of pieces) {
        const started = performance.now();
        readAny(sample, encodeUtf8(piece.repeat(size / piece.length)));
        const took = performance.now() - started;
        assert.ok(took < 2_000, `${sample.format}: ${JSON.stringify(piece)} took ${took} ms`);
      }
      const long =
        sample.text.slice(0, sample.text.length >> 1) +
        "x".repeat(1_000_000) +
        sample.text.slice(sample.text.length >> 1);
      const started = performance.now();
      readAny(sample, encodeUtf8(long));
      assert.ok(performance.now() - started < 4_000, sample.format);
    }
  });

  it("reports a file that cannot be read, and catalogues the rest", () => {
    const broken = new Map([
      ["a/Cargo.lock", encodeUtf8("not = [ toml")],
      ["b/poetry.lock", encodeUtf8('[[package]]\nname = "six"\nversion = "1.16.0"\n')],
    ]);
    const { components, problems, notLookedAt } = catalogFiles(broken);
    assert.deepEqual(
      components.map(({ purl }) => purl),
      ["pkg:pypi/six@1.16.0"],
    );
    assert.deepEqual(
      problems.map(({ path, code }) => ({ path, code })),
      [{ path: "/a/Cargo.lock", code: "LOCKFILE_INVALID" }],
    );
    assert.match(notLookedAt[0]?.reason ?? "", /^not readable: /);
  });
});

describe("lock files and manifests together", () => {
  const rows: readonly (readonly [name: string, files: Readonly<Record<string, string>>, refs: readonly string[]])[] = [
    [
      "a lock file wins over the manifest beside it",
      {
        "Cargo.toml": '[dependencies]\nserde = "1"\n',
        "Cargo.lock":
          '[[package]]\nname = "serde"\nversion = "1.0.1"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n',
      },
      ["pkg:cargo/serde@1.0.1"],
    ],
    [
      "a lock file above wins over a member's manifest",
      { "uv.lock": "version = 1\n", "packages/a/pyproject.toml": '[project]\nname = "a"\ndependencies = ["six"]\n' },
      [],
    ],
    [
      "a manifest elsewhere is read",
      { "a/conan.lock": '{"version": "0.5", "requires": []}', "b/conanfile.txt": "[requires]\nzlib/1.3\n" },
      ["pkg:conan/zlib@1.3"],
    ],
    [
      "a package.json beside another tool's lock file is its project",
      {
        "package.json": '{"name": "shop", "dependencies": {"left": "^1.0.0"}}',
        "yarn.lock": 'left@^1.0.0:\n  version "1.3.0"\n',
      },
      ["application:shop", "pkg:npm/left@1.3.0"],
    ],
  ];
  for (const [name, files, refs] of rows) {
    it(name, () => {
      const { components } = catalogFiles(
        new Map(Object.entries(files).map(([path, text]) => [path, encodeUtf8(text)])),
      );
      assert.deepEqual(
        components.map(({ ref }) => ref),
        refs,
      );
    });
  }

  it("says where no version is known", () => {
    const { components, notLookedAt } = catalogFiles(
      new Map([["Cargo.toml", encodeUtf8('[dependencies]\nserde = "1"\n')]]),
    );
    assert.deepEqual(
      components.map(({ ref, version }) => [ref, version]),
      [["pkg:cargo/serde", undefined]],
    );
    assert.match(notLookedAt[0]?.reason ?? "", /1 package is asked for without an exact version/);
  });

  it("resolves what packages need to components", () => {
    const sample = PACKAGE_LIST_SAMPLES.find(({ format }) => format === "rust/cargolock");
    assert.ok(sample);
    const { dependencies } = catalogFiles(filesOf(sample));
    const fork = [...dependencies.keys()].find((ref) => ref.includes("fork"));
    assert.deepEqual(dependencies.get("application:shop@0.1.0"), [fork, "pkg:cargo/serde@1.0.1"]);
    assert.deepEqual(dependencies.get("pkg:cargo/serde@1.0.1"), []);
  });

  it("joins the records of one conda environment", () => {
    const record = (name: string, depends: readonly string[]) =>
      encodeUtf8(JSON.stringify({ name, version: "1", depends }));
    const { dependencies } = catalogFiles(
      new Map([
        ["opt/conda-meta/a-1-0.json", record("a", ["b >=1"])],
        ["opt/conda-meta/b-1-0.json", record("b", [])],
        ["other/conda-meta/b-1-0.json", record("b", ["a"])],
      ]),
    );
    assert.deepEqual(dependencies.get("pkg:conda/a@1"), ["pkg:conda/b@1"]);
  });
});
