import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeUtf8 } from "../../../../base/index.ts";
import type { CatalogerResult } from "../cataloger.ts";
import { mayHold, readInstalledRequirement } from "./core-metadata.ts";
import { pythonInstalledCataloger } from "./python-installed.ts";

function read(files: Readonly<Record<string, string>>): CatalogerResult {
  return pythonInstalledCataloger.read(
    new Map(Object.entries(files).map(([path, text]) => [path, encodeUtf8(text)])),
    {},
  );
}

function metadata(name: string, version: string, ...lines: readonly string[]): string {
  return `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${lines.map((line) => `${line}\n`).join("")}\nA text.\nName: other\n`;
}

const SITE = "usr/lib/python3.11/site-packages";

describe("installed Python distributions", () => {
  it("states name, version, licence, author and summary", () => {
    const { components, problems } = read({
      [`${SITE}/Flask_Login-0.6.3.dist-info/METADATA`]: metadata(
        "Flask_Login",
        "0.6.3",
        "Summary: User sessions",
        "Author-email: Some Body <some@example.com>",
        "License: MIT",
      ),
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(components, [
      {
        ref: "pkg:pypi/flask-login@0.6.3",
        kind: "library",
        name: "flask-login",
        version: "0.6.3",
        purl: "pkg:pypi/flask-login@0.6.3",
        description: "User sessions",
        licenses: ["MIT"],
        hashes: [],
        supplier: "Some Body",
        locations: [`/${SITE}/Flask_Login-0.6.3.dist-info/METADATA`],
        scope: "production",
      },
    ]);
  });

  const licenses: readonly (readonly [name: string, lines: readonly string[], licenses: readonly string[]])[] = [
    ["an expression wins", ["License-Expression: MIT OR Apache-2.0", "License: BSD"], ["MIT OR Apache-2.0"]],
    ["a known name", ["License: Apache License 2.0"], ["Apache-2.0"]],
    [
      "a classifier where the words are none of SPDX",
      ["License: see file", "Classifier: License :: OSI Approved :: ISC License (ISCL)"],
      ["ISC"],
    ],
    [
      "words where the classifier leaves the version open",
      ["License: my words", "Classifier: License :: OSI Approved :: BSD License"],
      ["my words"],
    ],
    ["a classifier alone", ["Classifier: License :: OSI Approved :: BSD License"], ["BSD License"]],
    ["a whole text is no name", ["License: Copyright me", "        All rights", "        reserved"], []],
    ["nothing", ["License: UNKNOWN", "Classifier: License :: OSI Approved"], []],
  ];
  for (const [name, lines, expected] of licenses) {
    it(`takes licences: ${name}`, () => {
      const { components } = read({ [`${SITE}/a-1.dist-info/METADATA`]: metadata("a", "1", ...lines) });
      assert.deepEqual(components[0]?.licenses, expected);
    });
  }

  it("links what is installed, extras as far as they are asked for", () => {
    const { dependencies } = read({
      [`${SITE}/a-1.dist-info/METADATA`]: metadata(
        "a",
        "1",
        "Requires-Dist: B.C[fast] (>=1.0)",
        'Requires-Dist: win; sys_platform == "win32"',
        'Requires-Dist: never; extra == "test"',
        "Requires-Dist: missing",
      ),
      [`${SITE}/b_c-1.dist-info/METADATA`]: metadata("b-c", "1", 'Requires-Dist: quick; extra == "fast"'),
      [`${SITE}/quick-1.dist-info/METADATA`]: metadata("quick", "1"),
      [`${SITE}/never-1.dist-info/METADATA`]: metadata("never", "1"),
      [`${SITE}/win-1.dist-info/METADATA`]: metadata("win", "1"),
    });
    assert.deepEqual(dependencies.get("pkg:pypi/a@1"), ["pkg:pypi/b-c@1", "pkg:pypi/win@1"]);
    assert.deepEqual(dependencies.get("pkg:pypi/b-c@1"), ["pkg:pypi/quick@1"]);
    assert.deepEqual(dependencies.get("pkg:pypi/quick@1"), []);
  });

  it("keeps two environments apart", () => {
    const { dependencies } = read({
      "venv1/a-1.dist-info/METADATA": metadata("a", "1", "Requires-Dist: b"),
      "venv1/b-1.dist-info/METADATA": metadata("b", "1"),
      "venv2/b-2.dist-info/METADATA": metadata("b", "2"),
    });
    assert.deepEqual(dependencies.get("pkg:pypi/a@1"), ["pkg:pypi/b@1"]);
  });

  const origins: readonly (readonly [name: string, record: unknown, ref: string, more: object])[] = [
    [
      "git",
      { url: "https://user:secret@example.com/a.git", vcs_info: { vcs: "git", commit_id: "abc" } },
      "pkg:pypi/a@1?vcs_url=git%2Bhttps:%2F%2Fexample.com%2Fa.git%40abc",
      { hashes: [] },
    ],
    [
      "an archive",
      { url: "https://example.com/a.whl", archive_info: { hash: `sha256=${"0".repeat(64)}` } },
      "pkg:pypi/a@1?download_url=https:%2F%2Fexample.com%2Fa.whl",
      { hashes: [{ algorithm: "SHA-256", value: "0".repeat(64) }] },
    ],
    [
      "an editable folder",
      { url: "file:///src/a", dir_info: { editable: true } },
      "pkg:pypi/a@1",
      { hashes: [], properties: [{ name: "python:editable", value: "file:///src/a" }] },
    ],
    ["a builder's folder", { url: "file:///build/a" }, "pkg:pypi/a@1", { hashes: [] }],
  ];
  for (const [name, record, ref, more] of origins) {
    it(`tells where it came from: ${name}`, () => {
      const { components } = read({
        [`${SITE}/a-1.dist-info/METADATA`]: metadata("a", "1"),
        [`${SITE}/a-1.dist-info/direct_url.json`]: JSON.stringify(record),
      });
      assert.equal(components[0]?.ref, ref);
      for (const [key, value] of Object.entries(more)) {
        assert.deepEqual(components[0]?.[key as "hashes"], value);
      }
    });
  }

  it("reads eggs with requires.txt, wheels and source archives", () => {
    const { components, dependencies } = read({
      [`${SITE}/a.egg-info/PKG-INFO`]: metadata("a", "1"),
      [`${SITE}/a.egg-info/requires.txt`]: "b>=1\n\n[:python_version<'3']\nc\n[test]\nd\n",
      [`${SITE}/b-1.egg-info`]: metadata("b", "1"),
      [`${SITE}/c.egg/EGG-INFO/PKG-INFO`]: metadata("c", "1"),
      [`${SITE}/d-1.dist-info/METADATA`]: metadata("d", "1"),
      "opt/w-1-py3-none-any.whl!/w-1.dist-info/METADATA": metadata("w", "1"),
      "opt/s-1.tar.gz!/s-1/PKG-INFO": metadata("s", "1"),
    });
    assert.deepEqual(
      components.map(({ name }) => name),
      ["a", "b", "c", "d", "s", "w"],
    );
    assert.deepEqual(dependencies.get("pkg:pypi/a@1"), ["pkg:pypi/b@1", "pkg:pypi/c@1"]);
  });

  it("reports what cannot be read, and reads the rest", () => {
    const { components, problems } = read({
      [`${SITE}/a-1.dist-info/METADATA`]: "no field here",
      [`${SITE}/b-1.dist-info/METADATA`]: "Name: b\n",
      [`${SITE}/c-1.dist-info/METADATA`]: metadata("c", "1"),
      [`${SITE}/d-1.dist-info/METADATA`]: metadata("d", "1"),
      [`${SITE}/d-1.dist-info/direct_url.json`]: "{",
    });
    assert.deepEqual(
      components.map(({ name }) => name),
      ["c"],
    );
    assert.deepEqual(
      problems.map(({ path, code }) => `${path} ${code}`),
      [
        `/${SITE}/a-1.dist-info/METADATA PACKAGE_DATABASE_INVALID`,
        `/${SITE}/b-1.dist-info/METADATA PACKAGE_DATABASE_INVALID`,
        `/${SITE}/d-1.dist-info/METADATA PACKAGE_DATABASE_INVALID`,
      ],
    );
  });

  const opened: readonly (readonly [path: string, form: "zip" | "tar" | undefined])[] = [
    ["a/six-1.16.0-py2.py3-none-any.whl", "zip"],
    ["a/six-1.16.0-py3.11.egg", "zip"],
    ["a/six-1.16.0.tar.gz", "tar"],
    ["a/backup.tar.gz", undefined],
    ["a/six.zip", undefined],
  ];
  for (const [path, form] of opened) {
    it(`opens ${path}: ${form ?? "no"}`, () => assert.equal(pythonInstalledCataloger.opens?.(path), form));
  }

  it("survives anything, in a time that grows with the size", () => {
    const piece = fc.constantFrom(
      "Name: a",
      "Version: 1",
      "\n",
      " ",
      ":",
      "Requires-Dist: ",
      "a[b]",
      "; extra == ",
      '"b"',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 40 }), (parts) => {
        read({ "a.egg-info": parts.join(""), "b.dist-info/METADATA": metadata("b", "1", parts.join("")) });
      }),
      { numRuns: 300, seed: 9, interruptAfterTimeLimit: 2_000 },
    );
    for (const text of ["(", "a[", "; extra == ", "a\n ", "a:\n"]) {
      const started = performance.now();
      read({ "a.dist-info/METADATA": metadata("a", "1", `Requires-Dist: b; ${text.repeat(100_000)}`) });
      assert.ok(performance.now() - started < 2_000, text);
    }
  });
});

describe("markers", () => {
  const rows: readonly (readonly [marker: string, extras: readonly string[], holds: boolean])[] = [
    ["", [], true],
    ['python_version < "3"', [], true],
    ['extra == "a"', [], false],
    ["'a' == extra", ["a"], true],
    ['extra == "A_b"', ["a-b"], true],
    ['python_version < "3" and extra == "a"', [], false],
    ['python_version < "3" or extra == "a"', [], true],
    ['(extra == "a" or extra == "b") and os_name == "nt"', ["b"], true],
    ['extra != "a"', ["a"], false],
    ["extra ==", [], false],
  ];
  for (const [marker, extras, holds] of rows) {
    it(`${marker || "none"} with [${extras.join()}]`, () => assert.equal(mayHold(marker, new Set(extras)), holds));
  }

  it("stand behind the requirement", () => {
    assert.deepEqual(readInstalledRequirement('a-b [x, Y_z] (>=1) ; extra == "q"'), {
      name: "a-b",
      extras: ["x", "y-z"],
      marker: 'extra == "q"',
    });
    assert.equal(readInstalledRequirement("!"), undefined);
  });
});
