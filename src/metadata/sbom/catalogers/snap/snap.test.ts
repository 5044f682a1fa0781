import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8 } from "../../../../base/index.ts";
import { catalogFiles } from "../catalog.ts";

const SNAP = `name: hello
version: "2.10"
summary: A greeting
license: GPL-3.0-only
architectures: [amd64]
apps:
  hello: {command: bin/hello}
`;

describe("snaps", () => {
  it("are stated by their snap.yaml", () => {
    const paths = ["snap/hello/42/meta/snap.yaml", "snap/hello/current/meta/snap.yaml"];
    const { components } = catalogFiles(new Map(paths.map((path) => [path, encodeUtf8(SNAP)])));
    assert.deepEqual(
      components.map(({ ref, kind, licenses, description, locations }) => [
        ref,
        kind,
        licenses,
        description,
        locations,
      ]),
      [
        [
          "pkg:snap/hello@2.10?arch=amd64",
          "application",
          ["GPL-3.0-only"],
          "A greeting",
          ["/snap/hello/42/meta/snap.yaml"],
        ],
      ],
    );
  });

  for (const text of ["name: hello\n", "- a\n", "a: [", ""]) {
    it(`C9: are told where ${JSON.stringify(text)} states none`, () => {
      const { components, problems } = catalogFiles(new Map([["snap/hello/1/meta/snap.yaml", encodeUtf8(text)]]));
      assert.deepEqual(components, []);
      assert.equal(problems[0]?.code, "PACKAGE_DATABASE_INVALID");
    });
  }
});
