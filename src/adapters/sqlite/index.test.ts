import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  createReadStream,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { promisify } from "node:util";
import { type ErrorCode, isAmapError } from "../../base/index.ts";
import { advisoryDatabaseContract, advisoryOf, batchOf } from "../../ports/advisory-database.contract.ts";
import { advisoryDatabaseStatesContract } from "../../ports/advisory-database-states.contract.ts";
import { openAdvisoryDatabase } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-sqlite-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const freshPath = (): string => join(folder, `${count++}.sqlite`);
const fails = (code: ErrorCode, text: RegExp) => (error: unknown) =>
  isAmapError(error, code) && text.test((error as Error).message);
const TIME = "2026-01-02T03:04:05Z";

advisoryDatabaseContract("SQLite in a file", async () => openAdvisoryDatabase(freshPath()));
advisoryDatabaseStatesContract("SQLite in a file", async () => openAdvisoryDatabase(freshPath()), {
  path: freshPath,
  read: (path) => createReadStream(path),
});

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

  test("says of itself what a count says, after each import, also one of an older amap", async () => {
    const path = freshPath();
    const database = openAdvisoryDatabase(path);
    const counted = async () => {
      // As an older amap leaves it: that keeps no summary.
      runSql(path, "CREATE TABLE kept AS SELECT * FROM state; DELETE FROM state WHERE key = 'summary'");
      const other = openAdvisoryDatabase(path);
      const status = await other.status();
      await other.close();
      runSql(path, "INSERT OR IGNORE INTO state SELECT * FROM kept; DROP TABLE kept");
      return status;
    };
    const steps = [["A-1", "npm/a"] as const, ["A-2", "Go/b"] as const, ["A-1", "PyPI/c"] as const];
    const versions = new Set<string>();
    for (const [index, [id, name]] of steps.entries()) {
      const cves = [{ cve: `CVE-2026-${index}`, modified: TIME, isRejected: false, severity: [] }];
      await database.import([{ ...batchOf([advisoryOf(id, [name])]), cves }], { importedAt: TIME });
      const status = await database.status();
      assert.deepEqual(status, await counted());
      versions.add(status.version);
      assert.equal(status.cves, index + 1);
    }
    assert.equal(versions.size, 3);
    // An older amap's import leaves the summary of the state before.
    runSql(
      path,
      "INSERT INTO import_state (sequence, name) VALUES (99, 'sha256:later'); DELETE FROM advisory_ecosystem",
    );
    assert.deepEqual({ ...(await database.status()).ecosystems }, {});
    await database.close();
  });

  for (const edit of [
    "substr(value, 1, length(value) - 3)",
    "'{}'",
    "'null'",
    `replace(value, '"npm":1', '"npm":"1"')`,
  ])
    test(`counts anew where what it says of itself is damaged: ${edit}`, async () => {
      const path = freshPath();
      const database = openAdvisoryDatabase(path);
      await database.import([batchOf([advisoryOf("A-1", ["npm/a"])])], { importedAt: TIME });
      const before = await database.status();
      const changed = edit.startsWith("'") ? `substr(value, 1, instr(value, char(10))) || ${edit}` : edit;
      runSql(path, `UPDATE state SET value = ${changed} WHERE key = 'summary'`);
      assert.deepEqual(await database.status(), before);
      await database.close();
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
    ["of a later schema", (path) => runSql(path, "PRAGMA user_version = 5"), /version 5/],
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

  const root = join(import.meta.dirname, "index.ts");
  /** What a process says that may not write into the folder: root may write everywhere, so it becomes another user. */
  const readElsewhere = (path: string, code: string): string => {
    const script = `const { openAdvisoryDatabase } = await import(${JSON.stringify(root)});
      if (process.getuid() === 0) process.setuid(65534);
      try {
        const database = openAdvisoryDatabase(${JSON.stringify(path)}, { create: false });
        ${code}
      } catch (error) { console.log(error.code, error.message); }`;
    const options = { encoding: "utf8", stdio: "pipe", timeout: 20_000 } as const;
    return execFileSync(process.execPath, ["--input-type=module", "-e", script], options);
  };
  const inFolder = async (): Promise<string> => {
    const place = mkdtempSync(join(folder, "fixed-"));
    const path = join(place, "a.sqlite");
    renameSync(await filled(), path);
    chmodSync(folder, 0o755);
    chmodSync(place, 0o555);
    return path;
  };
  const canDrop = process.platform !== "win32";

  test("in a folder that cannot be written to is read, and not written", { skip: !canDrop }, async () => {
    const path = await inFolder();
    const said = readElsewhere(
      path,
      `console.log([...(await database.lookup(["npm/a"])).get("npm/a")].length, (await database.status()).ecosystems.npm);
       await database.import([], { importedAt: "${TIME}" });`,
    );
    assert.match(said, /^2 2\nDATABASE_INVALID cannot open the advisory database .*readonly/);
  });

  test("in such a folder with a part beside it is refused: that part would be missing", {
    skip: !canDrop,
  }, async () => {
    const path = await inFolder();
    chmodSync(dirname(path), 0o755);
    writeFileSync(`${path}-wal`, "left behind");
    chmodSync(dirname(path), 0o555);
    assert.match(
      readElsewhere(path, 'console.log("read")'),
      /^DATABASE_INVALID .* a part of the database is in .*-wal/,
    );
  });

  test("in such a folder that somebody else writes meanwhile is refused", { skip: !canDrop }, async () => {
    const path = await inFolder();
    const written = `const { utimesSync } = await import("node:fs");`;
    const own = `${written} await database.status(); utimesSync(${JSON.stringify(path)}, 1, 1); await database.status();`;
    if (process.getuid?.() === 0) chownSync(path, 65534, 65534);
    assert.match(readElsewhere(path, own), /^DATABASE_INVALID .* was changed while it was read/);
  });

  test("made by several processes at once is made once", async () => {
    const path = freshPath();
    const script = `const { openAdvisoryDatabase } = await import(${JSON.stringify(root)});
      const database = openAdvisoryDatabase(${JSON.stringify(path)});
      await database.import([], { importedAt: "${TIME}" });
      await database.close();`;
    const run = promisify(execFile);
    const argv = ["--input-type=module", "-e", script];
    await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, argv, { timeout: 20_000 })));
    const database = openAdvisoryDatabase(path, { create: false });
    assert.equal((await database.status()).updatedAt, TIME);
    await database.close();
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
