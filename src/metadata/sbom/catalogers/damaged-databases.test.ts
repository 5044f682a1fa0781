import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeUtf8 } from "../../../base/index.ts";
import { DATABASE_LAWS } from "../../../testing/database-laws.ts";
import { catalogFiles } from "./catalog.ts";

describe("damaged databases of operating systems' packages", () => {
  for (const { name, property } of DATABASE_LAWS) {
    it(`C9: ${name}`, () => fc.assert(property, { seed: 7, numRuns: 500 }));
  }

  it("C9: catalogues the rest beside a broken database", () => {
    const catalog = catalogFiles(
      new Map([
        ["var/lib/rpm/rpmdb.sqlite", encodeUtf8("broken")],
        ["var/lib/dpkg/status", encodeUtf8("Package: a\nStatus: install ok installed\nVersion: 1\n\n")],
        ["etc/os-release", encodeUtf8("ID=debian\nVERSION_ID=12\n")],
      ]),
    );
    assert.deepEqual(
      catalog.components.map(({ name }) => name),
      ["debian", "a"],
    );
    assert.deepEqual(
      catalog.problems.map(({ path }) => path),
      ["/var/lib/rpm/rpmdb.sqlite"],
    );
  });

  for (const path of [
    "opt/homebrew/Cellar/jq/1.7.1/INSTALL_RECEIPT.json",
    "usr/share/bottlerocket/application-inventory.json",
    "opt/bitnami/redis/.spdx-redis.spdx",
  ]) {
    it(`C9: catalogues the rest beside a document beyond a limit (${path})`, () => {
      const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
      const catalog = catalogFiles(
        new Map([
          [path, encodeUtf8(deep)],
          ["etc/os-release", encodeUtf8("ID=debian\nVERSION_ID=12\n")],
        ]),
      );
      assert.deepEqual(
        catalog.components.map(({ name }) => name),
        ["debian"],
      );
      assert.deepEqual(
        catalog.problems.map((problem) => problem.path),
        [`/${path}`],
      );
    });
  }
});
