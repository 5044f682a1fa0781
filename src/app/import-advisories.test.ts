import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { type ErrorCode, encodeUtf8, isAmapError } from "../base/index.ts";
import { advisoryOf } from "../ports/advisory-database.contract.ts";
import { createFakeAdvisoryDatabase } from "../testing/fake-advisory-database.ts";
import { createFakeWorld } from "../testing/fake-world.ts";
import { writeZip } from "../testing/zip-writer.ts";
import { importAdvisories } from "./import-advisories.ts";

const record = (id: string, name = "npm/thing"): string => JSON.stringify(advisoryOf(id, [name]).source);
const zipOf = (files: Readonly<Record<string, string>>): Uint8Array =>
  writeZip(Object.entries(files).map(([path, text]) => ({ path, content: encodeUtf8(text) })));
const EPSS =
  "#model_version:v2026.01.01,score_date:2026-02-24T00:00:00+0000\ncve,epss,percentile\nCVE-2025-0001,0.5,0.5\n";
const fails = (code: ErrorCode, text: RegExp) => (error: unknown) =>
  isAmapError(error, code) && text.test((error as Error).message);

describe("importing vulnerability data", () => {
  test("a folder laid out as OSV's exports is whole of each ecosystem, each a source of its own", async () => {
    const database = createFakeAdvisoryDatabase();
    const files = {
      "/db/npm/all.zip": zipOf({ "A-1.json": record("A-1"), "A-2.json": record("A-2") }),
      "/db/Go/all.zip": zipOf({ "G-1.json": record("G-1", "Go/x") }),
      "/db/README.md": "no data",
    };
    const result = await importAdvisories(createFakeWorld(files), database, ["/db"]);
    assert.deepEqual([result.written, result.unchanged], [3, 0]);
    const { complete, sources } = await database.status();
    assert.deepEqual(complete, ["Go", "npm"]);
    assert.deepEqual(
      sources.map(({ name, records }) => [name, records]),
      [
        ["/db/Go/all.zip", 1],
        ["/db/npm/all.zip", 2],
      ],
    );
  });

  test("what did not change is not read again, unless asked for, and the database is as fresh as now", async () => {
    const database = createFakeAdvisoryDatabase([], "2020-01-01T00:00:00Z");
    const world = createFakeWorld({ "/db/npm/all.zip": zipOf({ "A-1.json": record("A-1") }) });
    await importAdvisories(world, database, ["/db"]);
    assert.deepEqual((await importAdvisories(world, database, ["/db"])).unchanged, 1);
    assert.deepEqual((await importAdvisories(world, database, ["/db"], { force: true })).written, 1);
    assert.ok((await database.status()).updatedAt > "2020-01-01T00:00:00Z");
  });

  test("scores and catalogues are read, with gzip too", async () => {
    const database = createFakeAdvisoryDatabase();
    const world = createFakeWorld({
      "/epss.csv.gz": new Uint8Array(gzipSync(EPSS)),
      "/kev.csv": "cveID,dateAdded\nCVE-2025-0001,2025-02-18\n",
    });
    assert.equal((await importAdvisories(world, database, ["/epss.csv.gz", "/kev.csv"])).facts, 2);
    const facts = (await database.factsOf(["CVE-2025-0001"])).get("CVE-2025-0001");
    assert.deepEqual([facts?.epss?.date, facts?.kev?.dateAdded], ["2026-02-24", "2025-02-18"]);
  });

  const dumpOf = (count: number, more: object = {}): Uint8Array => {
    const records = Array.from({ length: count }, (_, at) => ({ ...JSON.parse(record(`A-${at}`)), ...more }));
    return zipOf({ "all.json": JSON.stringify(records) });
  };
  const withdrawn = { withdrawn: "2026-01-01T00:00:00Z", modified: "2026-01-01T00:00:00Z" };
  const shrinking: readonly (readonly [string, Uint8Array, RegExp | undefined])[] = [
    ["nine tenths of what was there", dumpOf(1_800), undefined],
    ["less", dumpOf(1_799), /^\/db\/npm\/all\.zip would take away advisories: 201 of 2000 for npm$/],
    ["nothing of it withdrawn but much", dumpOf(2_000, withdrawn), /2000 of 2000 for npm/],
  ];
  for (const [name, zip, message] of shrinking) {
    test(`a dump of ${name} is ${message === undefined ? "believed" : "refused unless that is meant"}`, async () => {
      const database = createFakeAdvisoryDatabase();
      await importAdvisories(createFakeWorld({ "/db/npm/all.zip": dumpOf(2_000) }), database, ["/db"]);
      const before = await database.status();
      const world = createFakeWorld({ "/db/npm/all.zip": zip });
      if (message !== undefined) {
        await assert.rejects(importAdvisories(world, database, ["/db"]), fails("DOCUMENT_INVALID", message));
        assert.deepEqual(await database.status(), before);
      }
      await importAdvisories(world, database, ["/db"], message === undefined ? {} : { allowsShrinking: true });
      assert.notDeepEqual(await database.status(), before);
    });
  }

  const broken = zipOf({ "A-1.json": record("A-1"), "B-1.json": '{"modified":"2025-01-01T00:00:00Z","affected":[]}' });
  test("a broken record undoes its source and is named with its place", async () => {
    const database = createFakeAdvisoryDatabase();
    const world = createFakeWorld({ "/db/npm/all.zip": broken });
    const told = fails("DOCUMENT_INVALID", /^\/db\/npm\/all\.zip!B-1\.json: id: expected a text/);
    await assert.rejects(importAdvisories(world, database, ["/db"]), told);
    assert.deepEqual((await database.status()).ecosystems, {});
  });

  test("left out on request it is told, and its ecosystem stays partial", async () => {
    const database = createFakeAdvisoryDatabase();
    const world = createFakeWorld({ "/db/npm/all.zip": broken });
    const result = await importAdvisories(world, database, ["/db"], { skipsBroken: true });
    assert.deepEqual([result.written, result.brokenCount], [1, 1]);
    assert.match(result.broken[0] ?? "", /B-1\.json: id/);
    assert.deepEqual((await database.status()).complete, []);
  });

  const one = zipOf({ "A-1.json": record("A-1") });
  test("an ecosystem that was whole is partial again when a later dump of it has broken records", async () => {
    const database = createFakeAdvisoryDatabase();
    await importAdvisories(createFakeWorld({ "/db/npm/all.zip": one }), database, ["/db"]);
    assert.deepEqual((await database.status()).complete, ["npm"]);
    await importAdvisories(createFakeWorld({ "/db/npm/all.zip": broken }), database, ["/db"], { skipsBroken: true });
    assert.deepEqual((await database.status()).complete, []);
    await importAdvisories(createFakeWorld({ "/db/npm/all.zip": one }), database, ["/db"]);
    assert.deepEqual((await database.status()).complete, ["npm"]);
  });

  test("a source that records were left out of is read again, though it did not change", async () => {
    const database = createFakeAdvisoryDatabase();
    const list = `[${record("A-1")}]`;
    const world = createFakeWorld({ "/db/a.json": list, "/db/b.json": "[{}]" });
    await importAdvisories(world, database, ["/db"], { skipsBroken: true });
    assert.equal((await database.status()).sources[0]?.leftOut, 1);
    const again = await importAdvisories(world, database, ["/db"], { skipsBroken: true });
    assert.deepEqual([again.unchanged, again.brokenCount], [0, 1]);
    await assert.rejects(importAdvisories(world, database, ["/db"]), fails("DOCUMENT_INVALID", /b\.json/));
  });

  test("what is said to be whole now is read again, though it did not change", async () => {
    const database = createFakeAdvisoryDatabase();
    const world = createFakeWorld({ "/own.zip": one });
    await importAdvisories(world, database, ["/own.zip"]);
    const again = await importAdvisories(world, database, ["/own.zip"], { complete: ["npm"] });
    assert.equal(again.unchanged, 0);
    assert.deepEqual((await database.status()).complete, ["npm"]);
    const last = await importAdvisories(world, database, ["/own.zip"], { complete: ["npm"] });
    assert.equal(last.unchanged, 1);
    await assert.rejects(
      importAdvisories(world, database, ["/own.zip"], { complete: ["PyPI"] }),
      fails("VALUE_INVALID", /none of the advisories is about PyPI/),
    );
  });

  for (const [name, files] of [
    ["a folder", { "/db/PYSEC-1.yaml": "id: PYSEC-1" }],
    ["a zip", { "/db/PyPI/all.zip": zipOf({ "PYSEC-1.yaml": "id: PYSEC-1" }) }],
  ] as const) {
    test(`${name} without any file that can be read is refused: it is no clean database`, async () => {
      const database = createFakeAdvisoryDatabase();
      const importing = importAdvisories(createFakeWorld(files), database, ["/db"]);
      await assert.rejects(
        importing,
        fails("NOT_SUPPORTED", /^\/db.*: expected files with the ending \.json or \.csv/),
      );
      assert.deepEqual((await database.status()).sources, []);
    });
  }

  const refused: readonly (readonly [string, Readonly<Record<string, string | Uint8Array>>, ErrorCode, RegExp])[] = [
    ["a file that is not there", {}, "FILE_NOT_FOUND", /\/x\.json does not exist/],
    [
      "a CSAF document that is VEX",
      { "/x.json": '{"document":{"category":"csaf_vex","csaf_version":"2.0"}}' },
      "NOT_SUPPORTED",
      /nothing that can be matched: CSAF documents are VEX/,
    ],
    ["no JSON", { "/x.json": "{" }, "JSON_INVALID", /\/x\.json/],
    [
      "a document of another kind",
      { "/x.json": '{"document":{}}' },
      "NOT_SUPPORTED",
      /\/x\.json: expected OSV records/,
    ],
    ["a list with a broken record", { "/x.json": `[${record("A-1")},{}]` }, "DOCUMENT_INVALID", /\[1\]\./],
  ];
  for (const [name, files, code, message] of refused) {
    test(`${name} is refused`, async () => {
      const database = createFakeAdvisoryDatabase();
      await assert.rejects(importAdvisories(createFakeWorld(files), database, ["/x.json"]), fails(code, message));
    });
  }
});
