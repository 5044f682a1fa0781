import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8 } from "../../../../base/index.ts";
import { osReleaseCataloger, parseOsRelease } from "./os-release.ts";

describe("parseOsRelease", () => {
  const rows: readonly (readonly [name: string, text: string, expected: ReturnType<typeof parseOsRelease>])[] = [
    [
      "Debian",
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n',
      {
        id: "debian",
        versionId: "12",
        codename: "bookworm",
        prettyName: "Debian GNU/Linux 12 (bookworm)",
        idLike: [],
      },
    ],
    ["Windows line ends", "ID=alpine\r\nVERSION_ID=3.19.1\r\n", { id: "alpine", versionId: "3.19.1", idLike: [] }],
    [
      "single quotes",
      "ID='rocky'\nID_LIKE='rhel centos fedora'",
      { id: "rocky", idLike: ["rhel", "centos", "fedora"] },
    ],
    ["escapes", 'ID=x\nPRETTY_NAME="a \\"b\\" \\$c"', { id: "x", prettyName: 'a "b" $c', idLike: [] }],
    ["upper case and comments", "# comment\nID=Wolfi\nnonsense\n", { id: "wolfi", idLike: [] }],
    ["no ID", 'NAME="Something"', undefined],
    ["an ID that is none", "ID=../../x", undefined],
    ["nothing", "", undefined],
  ];
  for (const [name, text, expected] of rows) it(name, () => assert.deepEqual(parseOsRelease(text), expected));
});

describe("the os-release cataloger", () => {
  it("prefers etc/os-release", () => {
    const files = new Map([
      ["usr/lib/os-release", encodeUtf8("ID=debian\nVERSION_ID=11")],
      ["etc/os-release", encodeUtf8("ID=debian\nVERSION_ID=12")],
    ]);
    const result = osReleaseCataloger.read(files, {});
    assert.equal(result.operatingSystem?.versionId, "12");
    assert.deepEqual(
      result.components.map(({ ref, kind, version, locations }) => ({ ref, kind, version, locations })),
      [{ ref: "os:debian@12", kind: "operating-system", version: "12", locations: ["/etc/os-release"] }],
    );
  });

  it("says so when a file names no system", () => {
    const result = osReleaseCataloger.read(new Map([["etc/os-release", encodeUtf8("NAME=x")]]), {});
    assert.equal(result.operatingSystem, undefined);
    assert.deepEqual(
      result.notLookedAt.map(({ path }) => path),
      ["/etc/os-release"],
    );
  });
});
