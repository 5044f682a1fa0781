import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { type ErrorCode, isAmapError } from "../../base/index.ts";
import { advisoryDatabaseContract, advisoryOf, batchOf } from "../../ports/advisory-database.contract.ts";
import { openAdvisoryDatabase } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-sqlite-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const freshPath = (): string => join(folder, `${count++}.sqlite`);
const fails = (code: ErrorCode, text: RegExp) => (error: unknown) =>
  isAmapError(error, code) && text.test((error as Error).message);
const TIME = "2026-01-02T03:04:05Z";

advisoryDatabaseContract("SQLite in a file", async () => openAdvisoryDatabase(freshPath()));

async function filled(): Promise<string> {
  const path = freshPath();
  const database = openAdvisoryDatabase(path);
  await database.import([batchOf([advisoryOf("A-1", ["npm/a"]), advisoryOf("A-2", ["npm/a"])])], { importedAt: TIME });
  await database.close();
  return path;
}

describe("a database file", () => {
  test("keeps its content and its version over a restart", async () => {
    const path = await filled();
    const [first, second] = [openAdvisoryDatabase(path, { create: false }), openAdvisoryDatabase(path)];
    const [a, b] = [await first.status(), await second.status()];
    assert.deepEqual(a, b);
    assert.equal(a.uri, `file:${path}`);
    assert.equal(a.updatedAt, TIME);
    await first.import([batchOf([advisoryOf("A-3", ["npm/b"])])], { importedAt: TIME });
    assert.notEqual((await second.status()).version, b.version, "another connection's import is seen");
    await first.close();
    await first.close();
    await second.close();
  });

  test("an import that fails half-way leaves everything as it was", async () => {
    const path = await filled();
    const database = openAdvisoryDatabase(path);
    const before = await database.status();
    const broken = { ...advisoryOf("A-9", ["npm/z"]), source: undefined as never };
    await assert.rejects(
      database.import([batchOf([advisoryOf("A-1", ["npm/moved"]), broken])], { importedAt: "2026-03-01T00:00:00Z" }),
    );
    assert.deepEqual(await database.status(), before);
    assert.deepEqual([...(await database.lookup(["npm/a", "npm/moved"])).keys()], ["npm/a"]);
    await database.import([batchOf([advisoryOf("A-1", ["npm/moved"])])], { importedAt: TIME });
    await database.close();
  });

  const refused: readonly (readonly [string, (path: string) => void, RegExp])[] = [
    [
      "that is no SQLite file",
      (path) => writeFileSync(path, "not a database, but long enough to be one".repeat(99)),
      /not a database/,
    ],
    ["of another program", (path) => runSql(path, "CREATE TABLE t (a)"), /another program/],
    ["of an earlier schema", (path) => runSql(path, "PRAGMA user_version = 1"), /version 1/],
    ["of a later schema", (path) => runSql(path, "PRAGMA user_version = 4"), /version 4/],
    ["without its tables", (path) => runSql(path, "DROP TABLE advisory_key"), /no such table/],
    ["that was cut", (path) => writeFileSync(path, readFileSync(path).subarray(0, 5_000)), /malformed|not a database/],
    ["with a record that is no JSON", (path) => runSql(path, "UPDATE advisory SET record = '{'"), /no advisory/],
    ["with a record that is no advisory", (path) => runSql(path, "UPDATE advisory SET record = '{}'"), /no advisory/],
  ];
  for (const [name, damage, text] of refused) {
    test(`${name} is refused`, async () => {
      const path = name === "of another program" || name === "that is no SQLite file" ? freshPath() : await filled();
      damage(path);
      await assert.rejects(
        async () => {
          const database = openAdvisoryDatabase(path);
          try {
            await database.lookup(["npm/a"]);
          } finally {
            await database.close();
          }
        },
        fails("DATABASE_INVALID", text),
      );
    });
  }

  test("of an earlier schema says how to go on", async () => {
    const path = await filled();
    runSql(path, "PRAGMA user_version = 1");
    assert.throws(
      () => openAdvisoryDatabase(path),
      (error) => isAmapError(error, "DATABASE_INVALID") && /amap db import/.test(error.hint ?? ""),
    );
  });

  test("that is missing is made, or refused when it must be there", () => {
    assert.throws(
      () => openAdvisoryDatabase(freshPath(), { create: false }),
      fails("FILE_NOT_FOUND", /no advisory database/),
    );
  });

  test("in a missing folder is refused", () => {
    assert.throws(
      () => openAdvisoryDatabase(join(folder, "none", "a.sqlite")),
      fails("DATABASE_INVALID", /unable to open/),
    );
  });
});

test("importing node:sqlite prints no warning", () => {
  const output = execFileSync(process.execPath, ["-e", 'import("node:sqlite")'], { stdio: "pipe", encoding: "utf8" });
  assert.equal(output, "");
});

function runSql(path: string, sql: string): void {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  database.exec(sql);
  database.close();
}
