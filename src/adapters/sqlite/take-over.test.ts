import assert from "node:assert/strict";
import { copyFileSync, createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { isAmapError } from "../../base/index.ts";
import { advisoryOf, batchOf } from "../../ports/advisory-database.contract.ts";
import { openAdvisoryDatabase } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-take-over-"));
const good = join(folder, "exported.db");
let count = 0;

before(async () => {
  const database = openAdvisoryDatabase(join(folder, "origin.db"));
  const advisories = Array.from({ length: 60 }, (_, at) => advisoryOf(`A-${at}`, [`npm/thing-${at}`]));
  await database.import([batchOf(advisories)], { importedAt: "2026-01-01T00:00:00Z", complete: () => ["npm"] });
  await database.export(good);
  await database.close();
});
after(() => rmSync(folder, { recursive: true, force: true }));

function runSql(path: string, sql: string): void {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  database.exec(sql);
  database.close();
}

/** What triggers look for. */
const SEQUENCE = "INSERT INTO state VALUES ('imports', '1') ON CONFLICT DO NOTHING; ";

function changeBytes(path: string, change: (bytes: Buffer) => Buffer): void {
  writeFileSync(path, change(readFileSync(path)));
}

describe("a file that is offered to be taken over", () => {
  const hostile: readonly (readonly [string, (path: string) => void, RegExp])[] = [
    [
      "C2: with a further trigger",
      (path) => runSql(path, "CREATE TRIGGER t AFTER INSERT ON kev BEGIN SELECT 1; END"),
      /trigger t of kev/,
    ],
    ["C2: with a view", (path) => runSql(path, "CREATE VIEW v AS SELECT * FROM advisory"), /view v/],
    [
      "C2: with a view in place of a table",
      (path) => runSql(path, "ALTER TABLE advisory RENAME TO other; CREATE VIEW advisory AS SELECT * FROM other"),
      /holds table other/,
    ],
    ["with another table", (path) => runSql(path, "CREATE TABLE t (a)"), /table t/],
    ["with another index", (path) => runSql(path, "CREATE INDEX i ON advisory (abs(modified))"), /index i/],
    ["without an index", (path) => runSql(path, "DROP INDEX advisory_key_id"), /lacks index advisory_key_id/],
    ["without one of its triggers", (path) => runSql(path, "DROP TRIGGER cve_gone"), /lacks trigger cve_gone/],
    ["of a newer schema", (path) => runSql(path, "PRAGMA user_version = 99"), /version 99 of .* schema/],
    ["of an older schema", (path) => runSql(path, "PRAGMA user_version = 2"), /version 2 of .* schema/],
    ["of another program", (path) => runSql(path, "PRAGMA application_id = 7"), /another program/],
    [
      "with a key of no record",
      (path) => runSql(path, `${SEQUENCE}INSERT INTO advisory_key VALUES ('npm/z', 'none')`),
      /names what is not there/,
    ],
    ...["advisory SET modified = 9223372036854775807", "advisory SET modified = 9000000000000000"].map(
      (what) =>
        [`with ${what}`, (path: string) => runSql(path, `UPDATE ${what}`), /too large|a time that is none/] as const,
    ),
    ...[
      "UPDATE state SET value = char(27) WHERE key = 'importedAt'",
      "INSERT INTO epss VALUES ('CVE-2026-1', 0.5, 0.5, '9999')",
      "INSERT INTO source VALUES ('s', 'sha256:0', char(27), 0, 0, NULL, NULL)",
    ].map(
      (sql) => [`after ${sql}`, (path: string) => runSql(path, `${SEQUENCE}${sql}`), /a time that is none/] as const,
    ),
    [
      "that was cut",
      (path) => changeBytes(path, (bytes) => bytes.subarray(0, bytes.length - 4096)),
      /damaged|malformed/,
    ],
    ["with a page of zeros", (path) => changeBytes(path, (bytes) => bytes.fill(0, 8192, 12_288)), /damaged|malformed/],
    ["that is none", (path) => writeFileSync(path, "nothing ".repeat(2_000)), /not a database/],
    ["that is empty", (path) => writeFileSync(path, ""), /another program/],
  ];
  for (const [name, damage, message] of [["unchanged", () => {}, undefined] as const, ...hostile]) {
    test(`${name} is ${message === undefined ? "taken" : "refused, and nothing is left of it"}`, async () => {
      const path = join(folder, `offered-${count++}.db`);
      copyFileSync(good, path);
      damage(path);
      const place = mkdtempSync(join(folder, "own-"));
      const database = openAdvisoryDatabase(join(place, "own.db"));
      await database.import([batchOf([advisoryOf("B-1", ["Go/b"])])], { importedAt: "2025-01-01T00:00:00Z" });
      const taking = database.takeOver(createReadStream(path), { origin: "the offer", approve: () => {} });
      if (message === undefined) {
        await taking;
        assert.equal((await database.lookup(["npm/thing-7"])).size, 1);
      } else {
        await assert.rejects(taking, (error) => isAmapError(error, "DATABASE_INVALID") && message.test(error.message));
        assert.deepEqual({ ...(await database.status()).ecosystems }, { Go: 1 });
      }
      await database.close();
      assert.deepEqual(readdirSync(place), ["own.db"]);
    });
  }

  test("any single byte that is flipped is refused, or changes no other file", async () => {
    const bytes = readFileSync(good);
    const database = openAdvisoryDatabase(join(folder, "flipped.db"));
    for (let at = 0; at < bytes.length; at += 1 + Math.floor(bytes.length / 40)) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 0xff;
      async function* offer(): AsyncGenerator<Uint8Array> {
        yield flipped;
      }
      try {
        await database.takeOver(offer(), { origin: "the offer", approve: () => {} });
        assert.equal((await database.status()).ecosystems["npm"], 60);
      } catch (error) {
        assert.ok(isAmapError(error, "DATABASE_INVALID"), `${at}: ${String(error)}`);
      }
    }
    await database.close();
  });
});

test("a record that was changed under its digest is undone by the next one that is taken over", async () => {
  const [forged, place] = [join(folder, "forged.db"), join(folder, "was-forged.db")];
  copyFileSync(good, forged);
  runSql(forged, "UPDATE advisory SET record = '{}' WHERE id = 'A-7'");
  const database = openAdvisoryDatabase(place);
  await database.takeOver(createReadStream(forged), { origin: "forged", approve: () => {} });
  await assert.rejects(database.lookup(["npm/thing-7"]), (error) => isAmapError(error, "DATABASE_INVALID"));
  await database.takeOver(createReadStream(good), { origin: "good", approve: () => {} });
  assert.equal((await database.lookup(["npm/thing-7"])).size, 1);
  await database.close();
});

test("what a file says of its own content is counted anew before it is taken over", async () => {
  const lying = join(folder, "lying.db");
  copyFileSync(good, lying);
  runSql(lying, `UPDATE state SET value = replace(value, '"npm":60', '"npm":6000') WHERE key = 'summary'`);
  const database = openAdvisoryDatabase(join(folder, "lied-to.db"));
  const told: unknown[] = [];
  await database.takeOver(createReadStream(lying), {
    origin: "the offer",
    approve: ({ ecosystems }) => told.push(ecosystems["npm"]),
  });
  const taken = (await database.status()).ecosystems["npm"];
  await database.close();
  const believed = openAdvisoryDatabase(lying, { create: false });
  const said = (await believed.status()).ecosystems["npm"];
  await believed.close();
  assert.deepEqual({ told, taken, said }, { told: [60], taken: 60, said: 6000 });
});

test("one state gives one file, byte for byte", async () => {
  const database = openAdvisoryDatabase(join(folder, "origin.db"));
  const path = join(folder, "again.db");
  await database.export(path);
  await database.close();
  assert.ok(readFileSync(path).equals(readFileSync(good)));
});

test("an exported file is a database that can be imported into while others read", async () => {
  const path = join(folder, "copied.db");
  copyFileSync(good, path);
  const database = openAdvisoryDatabase(path, { create: false });
  await database.import([batchOf([advisoryOf("B-1", ["Go/b"])])], { importedAt: "2026-01-02T00:00:00Z" });
  const snapshot = await database.snapshot();
  await database.import([batchOf([advisoryOf("B-2", ["Go/b"])])], { importedAt: "2026-01-03T00:00:00Z" });
  assert.equal((await snapshot.lookup(["Go/b"])).get("Go/b")?.length, 1);
  await snapshot.close();
  await database.close();
});
