import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { type ErrorCode, isAmapError } from "../../base/index.ts";
import { imageOf } from "../../ports/image-store.contract.ts";
import { openStore } from "./index.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations.ts";
import { openSqliteSession } from "./sqlite-session.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-store-migrations-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const freshPath = (): string => join(folder, `${count++}.sqlite`);
const fails = (code: ErrorCode, text: RegExp) => (error: unknown) =>
  isAmapError(error, code) && text.test((error as Error).message);

function runSql(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

async function madeStore(): Promise<string> {
  const path = freshPath();
  const store = await openSqliteStore(path, "writer");
  await store.images.record(imageOf("kept"));
  await store.close();
  return path;
}

describe("a store in a file", () => {
  for (let known = 0; known < MIGRATIONS.length; known += 1) {
    test(`with ${known} migrations is brought up to date and keeps its data`, async () => {
      const path = freshPath();
      const session = openSqliteSession(path);
      await migrate(session, MIGRATIONS.slice(0, known));
      await session.close();
      if (known > 0) runSql(path, "INSERT INTO seen_evidence VALUES ('h', 'k', 't', 1, 'd')");
      const store = await openSqliteStore(path, "writer");
      assert.deepEqual(await store.audit.verify(), { entries: 0 });
      await store.close();
      const database = new DatabaseSync(path);
      assert.equal(database.prepare("SELECT count(*) AS count FROM seen_evidence").get()?.["count"], known > 0 ? 1 : 0);
      const applied = database.prepare("SELECT name FROM amap_migrations ORDER BY name").all();
      assert.deepEqual(
        applied.map((row) => row["name"]),
        MIGRATIONS.map((migration) => migration.name),
      );
      database.close();
    });
  }

  test("keeps its data over a restart, and is opened by several at once", async () => {
    const path = await madeStore();
    const stores = await Promise.all([openStore(path), openStore(path)]);
    assert.equal((await stores[1]?.images.list({ limit: 5 }))?.items.length, 1);
    await Promise.all(stores.map((store) => store.close()));
  });

  test("a migration that fails leaves nothing behind", async () => {
    const session = openSqliteSession(":memory:");
    const broken = { name: "9999-broken", statements: () => ["CREATE TABLE half (a integer)", "CREATE NONSENSE"] };
    await assert.rejects(migrate(session, [...MIGRATIONS, broken]), /NONSENSE/);
    await assert.rejects(
      session.read((db) => db.selectFrom("images").select("id").execute()),
      /no such table/,
    );
    await session.close();
  });

  const refused: readonly (readonly [string, (path: string) => void, ErrorCode, RegExp])[] = [
    [
      "that a newer amap wrote",
      (path) => runSql(path, "INSERT INTO amap_migrations VALUES ('9999-tomorrow', 'now')"),
      "STORE_INVALID",
      /newer amap.*9999-tomorrow/,
    ],
    ["of another program", (path) => runSql(path, "PRAGMA application_id = 7"), "STORE_INVALID", /another program/],
    ["that is no SQLite file", (path) => writeFileSync(path, "text ".repeat(999)), "STORE_INVALID", /not a database/],
    [
      "that lost a migration",
      (path) => runSql(path, "DELETE FROM amap_migrations WHERE name LIKE '0001%'"),
      "STORE_INVALID",
      /0002/,
    ],
  ];
  for (const [name, damage, code, text] of refused) {
    test(`${name} is refused`, async () => {
      const path = await madeStore();
      damage(path);
      await assert.rejects(openStore(path), fails(code, text));
    });
  }
});

const addresses: readonly (readonly [string, string, ErrorCode, RegExp])[] = [
  ["an empty address", "", "USAGE", /empty/],
  ["another scheme", "mysql://user:secret@host/db", "USAGE", /mysql/],
  ["a URL that is none", "postgres://:::", "USAGE", /valid/],
  ["a missing folder", join(folder, "none", "store.sqlite"), "STORE_UNAVAILABLE", /no folder/],
  ["a folder in place of a file", folder, "STORE_UNAVAILABLE", /unable to open/],
  [
    "a PostgreSQL that is not there",
    "postgres://amap:secret@127.0.0.1:1/db?password=secret",
    "STORE_UNAVAILABLE",
    /REFUSED/,
  ],
];
describe("opening", () => {
  for (const [name, address, code, text] of addresses) {
    test(`${name} is refused, without its password`, async () => {
      await assert.rejects(openStore(address), (error) => {
        assert.ok(fails(code, text)(error), String(error));
        assert.doesNotMatch(String(error), /secret/);
        return true;
      });
    });
  }

  test("a closed store answers with an error", async () => {
    for (const address of [":memory:", freshPath()]) {
      const store = await openStore(address);
      await store.close();
      await store.close();
      await assert.rejects(store.ping(), fails("STORE_UNAVAILABLE", /closed|not open/));
      await assert.rejects(store.images.list({ limit: 1 }), fails("STORE_UNAVAILABLE", /closed|not open/));
    }
  });
});

test("an entry of the audit log that was changed, removed or inserted is found", async () => {
  const damages: readonly (readonly [string, number])[] = [
    ["UPDATE audit SET target = 'other' WHERE sequence = 2", 2],
    ["UPDATE audit SET details_json = '{' WHERE sequence = 1", 1],
    ["DELETE FROM audit WHERE sequence = 2", 2],
    ["UPDATE audit SET sequence = 9 WHERE sequence = 3", 3],
    ["UPDATE audit SET hash = 'sha256:0' WHERE sequence = 1", 1],
    [
      "INSERT INTO audit SELECT 4, at, actor, action, target, details_json, previous_hash, hash FROM audit WHERE sequence = 3",
      4,
    ],
  ];
  for (const [sql, brokenAt] of damages) {
    const path = freshPath();
    const store = await openSqliteStore(path, "writer");
    for (const target of ["one", "two", "three"]) {
      await store.audit.append({ at: "2026-01-01T00:00:00Z", actor: "a", action: "b", target, details: { n: 1 } });
    }
    assert.deepEqual(await store.audit.verify(), { entries: 3 });
    runSql(path, sql);
    assert.equal((await store.audit.verify()).brokenAt, brokenAt, sql);
    await store.close();
  }
});
