import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buildSqliteFile, damagedSamples } from "../../testing/rpm-databases.ts";
import { isAmapError } from "../errors/amap-error.ts";
import { readSqliteTable, type SqliteRow, type SqliteValue } from "./sqlite-file.ts";

/** Bytes that tell their place. */
function blobOf(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + seed * 17) & 0xff);
}

const VALUES: readonly SqliteValue[] = [
  null,
  0,
  1,
  -1,
  127,
  -128,
  32_767,
  -8_388_608,
  2_147_483_647,
  -140_737_488_355_328,
  9_007_199_254_740_993n,
  -9_223_372_036_854_775_808n,
  1.5,
  -1e300,
  "",
  "text",
  "ä😀",
  new Uint8Array(),
  blobOf(3, 1),
];

function fileOf(pageSize: number, rows: readonly SqliteValue[]): Uint8Array {
  return buildSqliteFile(pageSize, (database) => {
    database.exec("CREATE TABLE other (a, b); CREATE TABLE wanted (id INTEGER PRIMARY KEY, value, more)");
    const other = database.prepare("INSERT INTO other VALUES (?, ?)");
    const wanted = database.prepare("INSERT INTO wanted VALUES (?, ?, ?)");
    for (const [index, value] of rows.entries()) {
      other.run(index, "of no use");
      wanted.run(index * 3, value, "more");
    }
  });
}

function read(bytes: Uint8Array, table = "wanted"): readonly SqliteRow[] {
  return [...readSqliteTable(bytes, table)];
}

describe("readSqliteTable", () => {
  for (const pageSize of [512, 1024, 4096, 65_536]) {
    it(`reads what SQLite writes, of every type and length, in pages of ${pageSize}`, () => {
      const lengths = [470, 477, 478, 500, 1_000, 4_060, 4_061, 4_100, 70_000];
      const values = [...VALUES, ...lengths.map((length, index) => blobOf(length, index))];
      const rows = read(fileOf(pageSize, values));
      assert.deepEqual(
        rows.map((row) => row.values[1]),
        values,
      );
      assert.deepEqual(
        rows.map((row) => row.rowId),
        values.map((_, index) => index * 3),
      );
      assert.ok(rows.every((row) => row.values[0] === null && row.values[2] === "more"));
    });
  }

  it("reads many rows in the order of their ids, and a table by its name in any case", () => {
    const values = Array.from({ length: 5_000 }, (_, index) => index);
    assert.deepEqual(
      read(fileOf(512, values), "WANTED").map((row) => row.values[1]),
      values,
    );
  });

  it("reads an empty table, and rows after others were deleted", () => {
    assert.deepEqual(read(fileOf(4096, [])), []);
    const bytes = buildSqliteFile(512, (database) => {
      database.exec("CREATE TABLE wanted (value); CREATE TABLE gone (value)");
      for (let index = 0; index < 200; index++) {
        database.exec(`INSERT INTO wanted VALUES ('${"x".repeat(index * 10)}'); INSERT INTO gone VALUES (${index})`);
      }
      database.exec("DELETE FROM wanted WHERE rowid % 2 = 0; DROP TABLE gone");
    });
    assert.deepEqual(
      read(bytes).map((row) => String(row.values[0]).length),
      Array.from({ length: 100 }, (_, index) => index * 20),
    );
  });

  const refused: readonly (readonly [name: string, bytes: () => Uint8Array, code: string, message: RegExp])[] = [
    ["other bytes", () => blobOf(4096, 1), "DOCUMENT_INVALID", /expected a SQLite database file/],
    ["nothing", () => new Uint8Array(), "DOCUMENT_INVALID", /expected a SQLite database file/],
    [
      "a table that is not there",
      () => buildSqliteFile(4096, (database) => database.exec("CREATE TABLE a (b)")),
      "DOCUMENT_INVALID",
      /expected a table wanted, found none/,
    ],
    [
      "a table without row ids",
      () => buildSqliteFile(4096, (db) => db.exec("CREATE TABLE wanted (a PRIMARY KEY) WITHOUT ROWID")),
      "NOT_SUPPORTED",
      /has no row ids/,
    ],
    [
      "UTF-16",
      () => buildSqliteFile(4096, (database) => database.exec("PRAGMA encoding = 'UTF-16'; CREATE TABLE wanted (a)")),
      "NOT_SUPPORTED",
      /UTF-8/,
    ],
    ["a file that was cut", () => fileOf(512, VALUES).subarray(0, 1024), "DOCUMENT_INVALID", /the file has 2/],
  ];
  for (const [name, bytes, code, message] of refused) {
    it(`refuses ${name}`, () => assert.throws(() => read(bytes()), { code, message }));
  }

  it("C9: refuses a page that is its own child, and gives the rows before it", () => {
    const bytes = fileOf(
      512,
      Array.from({ length: 200 }, () => "a text of some length"),
    );
    const view = new DataView(bytes.buffer);
    // The root of the table is an interior page: its last child becomes the page itself.
    const root = Array.from({ length: bytes.length / 512 }, (_, index) => index + 1).filter(
      (page) => page > 1 && bytes[(page - 1) * 512] === 5,
    );
    for (const page of root) view.setUint32((page - 1) * 512 + 8, page);
    const rows: SqliteRow[] = [];
    assert.throws(
      () => {
        for (const row of readSqliteTable(bytes, "wanted")) rows.push(row);
      },
      { code: "DOCUMENT_INVALID", message: /referred to twice/ },
    );
    assert.ok(rows.length > 0 && rows.length < 200);
  });

  it("C9: gives no more bytes than the file has, whatever its cells say", () => {
    const bytes = buildSqliteFile(65_536, (database) => {
      database.exec("CREATE TABLE wanted (value)");
      const insert = database.prepare("INSERT INTO wanted VALUES (?)");
      insert.run(blobOf(60_000, 1));
      for (let index = 0; index < 200; index++) insert.run(index);
    });
    const view = new DataView(bytes.buffer);
    const page = 65_536;
    const first = view.getUint16(page + 8);
    for (let index = 0; index < view.getUint16(page + 3); index++) view.setUint16(page + 8 + index * 2, first);
    assert.throws(() => read(bytes), { code: "DOCUMENT_INVALID", message: /more bytes than the file has/ });
  });

  it("C9: ends damaged files with its own errors", () => {
    const sample = fileOf(512, [
      ...VALUES,
      blobOf(3_000, 1),
      ...Array.from({ length: 60 }, (_, index) => `row ${index}`),
    ]);
    for (const damaged of damagedSamples(sample, 3_000)) {
      try {
        let total = 0;
        for (const { values } of readSqliteTable(damaged, "wanted")) {
          for (const value of values) total += value instanceof Uint8Array ? value.length : 0;
        }
        assert.ok(total <= damaged.length);
      } catch (error) {
        assert.ok(isAmapError(error), String(error));
      }
    }
  });
});
