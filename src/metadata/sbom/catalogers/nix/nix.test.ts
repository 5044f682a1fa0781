import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buildSqliteFile } from "../../../../testing/rpm-databases.ts";
import { nixCataloger } from "./nix.ts";

const PATH = "nix/var/nix/db/db.sqlite";
const HASH = "0123456789abcdfghijklmnpqrsvwxyz";

function database(
  paths: readonly (readonly [name: string, hash: string])[],
  refs: readonly (readonly number[])[] = [],
) {
  return buildSqliteFile(4096, (file) => {
    file.exec("CREATE TABLE ValidPaths (id INTEGER PRIMARY KEY, path TEXT UNIQUE NOT NULL, hash TEXT, time INTEGER)");
    file.exec(
      "CREATE TABLE Refs (referrer INTEGER NOT NULL, reference INTEGER NOT NULL, PRIMARY KEY (referrer, reference))",
    );
    const path = file.prepare("INSERT INTO ValidPaths (path, hash, time) VALUES (?, ?, 1)");
    for (const [name, hash] of paths) path.run(`/nix/store/${HASH}-${name}`, hash);
    const ref = file.prepare("INSERT INTO Refs VALUES (?, ?)");
    for (const pair of refs) ref.run(...pair);
  });
}

function ref(name: string, version: string): string {
  return `pkg:nix/${name}@${version}?outputhash=${HASH}`;
}

describe("the Nix cataloger", () => {
  it("takes names, versions and hashes out of the store's paths, and what they refer to", () => {
    const bytes = database(
      [
        ["glibc-2.38-44", `sha256:${"a".repeat(64)}`],
        ["python3-3.11.9", "sha256:short"],
        ["builder.sh", ""],
        ["hello-2.12.drv", ""],
        ["gcc-wrapper-13.2.0", ""],
      ],
      [
        [2, 1],
        [2, 2],
        [2, 3],
        [5, 2],
      ],
    );
    const result = nixCataloger.read(new Map([[PATH, bytes]]), {});
    assert.deepEqual(
      result.components.map(({ ref: own, hashes, locations }) => [own, hashes.length, locations[0]]),
      [
        [ref("glibc", "2.38-44"), 1, `/nix/store/${HASH}-glibc-2.38-44`],
        [ref("python3", "3.11.9"), 0, `/nix/store/${HASH}-python3-3.11.9`],
        [ref("gcc-wrapper", "13.2.0"), 0, `/nix/store/${HASH}-gcc-wrapper-13.2.0`],
      ],
    );
    assert.deepEqual(result.dependencies.get(ref("python3", "3.11.9")), [ref("glibc", "2.38-44")]);
    assert.deepEqual(result.dependencies.get(ref("gcc-wrapper", "13.2.0")), [ref("python3", "3.11.9")]);
    assert.deepEqual(result.dependencies.get(ref("glibc", "2.38-44")), []);
  });

  it("reports what is no database, and tells of a log", () => {
    const broken = nixCataloger.read(new Map([[PATH, new Uint8Array(10)]]), {});
    assert.equal(broken.problems[0]?.code, "PACKAGE_DATABASE_INVALID");
    const log = nixCataloger.read(new Map([[`${PATH}-wal`, new Uint8Array(10)]]), {});
    assert.match(log.notLookedAt[0]?.reason ?? "", /not yet written/);
  });
});
