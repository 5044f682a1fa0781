/** Databases that are filled from addresses and files and brought up to date, and how old they are. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { digestOf } from "../base/index.ts";
import { ADVISORY } from "../testing/cli-fixture.ts";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { openScriptedServer, type ScriptedRequest, type ScriptedServer } from "../testing/scripted-server.ts";
import { writeZip } from "../testing/zip-writer.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-db-update-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
let server: ScriptedServer;
/** What the server has under `/npm/all.zip`. */
let dump = new Uint8Array();
let count = 0;
/** What is answered to one path in place of what is there. */
let broken: { readonly path: string; readonly answer: (response: ServerResponse) => unknown } | undefined;

const fresh = (): readonly string[] => ["--database", at(`${count++}.db`)];
const dumpOf = (records: number): Uint8Array<ArrayBuffer> => {
  const list = Array.from({ length: records }, (_, index) => ({ ...ADVISORY, id: `TEST-${index}` }));
  return new Uint8Array(writeZip([{ path: "all.json", content: JSON.stringify(list) }]));
};
const GO = writeZip([
  {
    path: "go.json",
    content: JSON.stringify({
      ...ADVISORY,
      id: "GO-2",
      affected: [{ package: { ecosystem: "Go", name: "y" }, versions: ["1"] }],
    }),
  },
]);
function answer({ url, headers }: ScriptedRequest, response: ServerResponse): void {
  const etag = `"${digestOf(dump)}"`;
  if (broken?.path === url.pathname) broken.answer(response);
  else if (url.pathname === "/Go/all.zip") response.end(GO);
  else if (url.pathname === "/moved/npm/all.zip") response.writeHead(302, { location: "/npm/all.zip" }).end();
  else if (!url.pathname.endsWith("/npm/all.zip") || url.pathname.startsWith("/first/")) response.writeHead(404).end();
  else if (headers["if-none-match"] === etag) response.writeHead(304).end();
  else response.writeHead(200, { etag }).end(dump);
}
async function statusOf(database: readonly string[]) {
  return JSON.parse((await ok("db", "status", ...database, "-o", "json")).stdout);
}
/** As if everything had been imported so many days ago. */
function ageBy(days: number, [, path = ""]: readonly string[]): void {
  const ms = Date.now() - days * 86_400_000;
  const database = new DatabaseSync(path);
  database.exec(
    `UPDATE complete_ecosystem SET imported_at = ${ms}; UPDATE ecosystem_source SET imported_at = ${ms}, newest = ${ms};
    UPDATE source SET imported_at = '${new Date(ms).toISOString()}'`,
  );
  database.close();
}

before(async () => {
  server = await openScriptedServer(answer);
  writeTree(at(), {
    "go/go.json": [
      { ...ADVISORY, id: "GO-1", affected: [{ package: { ecosystem: "Go", name: "x" }, versions: ["1"] }] },
    ],
    "app/package-lock.json": {
      name: "shop",
      lockfileVersion: 3,
      packages: { "node_modules/made-up-left": { version: "1.0.0" } },
    },
    "csaf/2026/made-2026_1.json": {
      document: {
        category: "csaf_security_advisory",
        csaf_version: "2.0",
        title: "a made-up advisory",
        tracking: { id: "MADE-2026:1", current_release_date: "2026-01-01T00:00:00Z" },
      },
      product_tree: {
        full_product_names: [
          { product_id: "A", name: "A", product_identification_helper: { purl: "pkg:npm/made-up-left@1.0.0" } },
          { product_id: "B", name: "B" },
        ],
      },
      vulnerabilities: [{ cve: "CVE-2026-0001", product_status: { known_affected: ["A", "B"] } }],
    },
    "csaf/2026/vex.json": { document: { category: "csaf_vex", csaf_version: "2.0" } },
    "csaf/provider-metadata.json": { canonical_url: "https://csaf.example/provider-metadata.json", publisher: {} },
    "csaf/changes.csv": '"2026/made-2026_1.json","2026-01-01T00:00:00Z"\n',
  });
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("a database from an address", () => {
  test("is whole of the ecosystem in it, and is updated when it changed, and only then", async () => {
    dump = dumpOf(300);
    const database = fresh();
    await ok("db", "import", ...database, `${server.origin}/npm/all.zip`);
    assert.deepEqual((await statusOf(database)).complete, ["npm"]);
    ageBy(30, database);
    const start = server.requests.length;
    assert.match((await ok("db", "update", ...database)).stderr, /1 sources did not change/);
    assert.equal(server.requests.length, start + 1);
    const { ages } = await statusOf(database);
    assert.ok(Date.now() - Date.parse(ages.npm.importedAt) < 86_400_000, "what did not change is as old as now");
    dump = dumpOf(301);
    assert.match((await ok("db", "update", ...database)).stderr, /Imported 301 advisories/);
    assert.equal((await statusOf(database)).ecosystems.npm, 301);
  });

  test("is refused when it shrinks, and stays as it was, unless that is meant", async () => {
    dump = dumpOf(300);
    const database = fresh();
    await ok("db", "import", ...database, `${server.origin}/npm/all.zip`);
    const before = await statusOf(database);
    dump = dumpOf(1);
    const ended = await refused(3, "SOURCES_NOT_UPDATED", "db", "update", ...database);
    assert.match(ended.stderr, /DOCUMENT_INVALID[^\n]*299 of 300 for npm[\s\S]*--allow-shrinking/);
    assert.deepEqual(await statusOf(database), before);
    await ok("db", "update", "--allow-shrinking", ...database);
    assert.equal((await statusOf(database)).ecosystems.npm, 1);
  });

  test("is asked for at a mirror, and follows redirects; the source keeps its own name", async () => {
    dump = dumpOf(3);
    const database = fresh();
    const mirror = ["--mirror", `${server.origin}/first=${server.origin}/moved`];
    await ok("db", "import", ...database, ...mirror, `${server.origin}/first/npm/all.zip`);
    assert.equal((await statusOf(database)).sources[0].name, `${server.origin}/first/npm/all.zip`);
    assert.match(
      (await refused(3, "SOURCES_NOT_UPDATED", "db", "update", ...database)).stderr,
      /not updated \(DOWNLOAD_FAILED\): .*first\/npm\/all\.zip: the server answered 404/,
    );
    await ok("db", "update", ...mirror, ...database);
  });

  const hostile: readonly (readonly [string, () => Uint8Array<ArrayBuffer>, string])[] = [
    [
      "C9: a zip bomb",
      () => new Uint8Array(writeZip([{ path: "a.json", content: new Uint8Array(80 * 1024 * 1024) }])),
      "DECOMPRESSION_LIMIT",
    ],
    [
      "C9: a file that is larger than it says",
      () => new Uint8Array(writeZip([{ path: "a.json", content: "[]".padEnd(9_000), statedSize: 3 }])),
      "ARCHIVE_INVALID",
    ],
    ["no zip", () => new TextEncoder().encode("<html>"), "ARCHIVE_INVALID"],
    ["a zip that was cut", () => dumpOf(300).slice(0, -100), "ARCHIVE_INVALID"],
    ["nothing", () => new Uint8Array(), "ARCHIVE_INVALID"],
  ];
  for (const [name, make, code] of hostile)
    test(`is refused where it is ${name}, and what was there stays`, async () => {
      dump = dumpOf(3);
      const database = fresh();
      await ok("db", "import", ...database, `${server.origin}/npm/all.zip`);
      const before = await statusOf(database);
      dump = make();
      const ended = await runAmap(["db", "update", ...database]);
      assert.deepEqual([ended.exit, ended.code], [3, "SOURCES_NOT_UPDATED"], ended.stderr);
      assert.match(ended.stderr, new RegExp(`not updated \\(${code}\\): .*npm/all\\.zip`));
      assert.deepEqual(await statusOf(database), before);
      const imported = await runAmap(["db", "import", ...database, `${server.origin}/npm/all.zip`]);
      assert.deepEqual([imported.exit, imported.code], [2, code], imported.stderr);
      // What was downloaded is gone, whatever became of it.
      assert.deepEqual(
        readdirSync(at()).filter((name) => name.includes(".tmp")),
        [],
      );
    });

  const failures: readonly (readonly [string, number, (response: ServerResponse) => unknown, RegExp])[] = [
    ["that is gone", 404, (response) => response.end(), /\(DOWNLOAD_FAILED\).*answered 404/],
    ["that is no zip", 200, (response) => response.end("<html>"), /\(ARCHIVE_INVALID\)/],
    [
      "with a record that is broken after many good ones",
      200,
      (response) =>
        response.end(writeZip([{ path: "all.json", content: JSON.stringify([{ ...ADVISORY, id: "NEW" }, {}]) }])),
      /\(DOCUMENT_INVALID\)/,
    ],
  ];
  for (const [name, status, end, reason] of failures)
    test(`is updated from the others where an address fails, one ${name}; its age stays, and the exit code says it`, async () => {
      dump = dumpOf(3);
      broken = undefined;
      const database = fresh();
      await ok("db", "import", ...database, `${server.origin}/a/npm/all.zip`, at("go"));
      await ok("db", "import", ...database, `${server.origin}/npm/all.zip`);
      await ok("db", "import", ...database, `${server.origin}/Go/all.zip`);
      ageBy(30, database);
      const before = await statusOf(database);
      broken = { path: "/a/npm/all.zip", answer: (response) => end(response.writeHead(status)) };
      dump = dumpOf(4);
      const ended = await refused(3, "SOURCES_NOT_UPDATED", "db", "update", ...database);
      assert.match(ended.stderr, reason);
      assert.match(ended.stderr, /Imported 4 advisories; 2 sources did not change/);
      assert.match(ended.stderr, /1 sources were not updated, the others were: http:.*\/a\/npm\/all\.zip/);
      const after = await statusOf(database);
      const timesOf = (status: typeof after) =>
        new Map<string, string>(
          status.sources.map((each: { name: string; importedAt: string }) => [each.name, each.importedAt]),
        );
      const [old, now] = [timesOf(before), timesOf(after)];
      const kept = [...now].filter(([source, time]) => old.get(source) === time).map(([source]) => source);
      assert.deepEqual(kept, [`${server.origin}/a/npm/all.zip`]);
      assert.equal(after.ecosystems.npm, 4);
      broken = undefined;
      await ok("db", "update", ...database);
    });

  test("nobody asks a server with --offline", async () => {
    await refused(2, "OFFLINE", "--offline", "db", "import", ...fresh(), `${server.origin}/npm/all.zip`);
  });
});

describe("a database from files", () => {
  test("is updated from each; one that is gone is told, and the others are updated", async () => {
    const database = fresh();
    writeTree(at(), { "gone/gone.json": [{ ...ADVISORY, id: "GONE-1" }] });
    await ok("db", "import", ...database, at("go"), at("gone"));
    rmSync(at("gone"), { recursive: true });
    const ended = await runAmap(["db", "update", ...database]);
    assert.equal(ended.exit, 2, ended.stderr);
    assert.match(ended.stderr, /not there any more, and not updated: .*gone/);
    assert.match(ended.stderr, /1 sources did not change/);
    assert.equal((await statusOf(database)).ecosystems.npm, 1);
  });

  test("one that is broken now is told, the others are updated, and its own error is the end", async () => {
    const database = fresh();
    writeTree(at(), { "bad/bad.json": [{ ...ADVISORY, id: "BAD-1" }] });
    await ok("db", "import", ...database, at("bad"), at("go"));
    writeTree(at(), { "bad/bad.json": "{" });
    const ended = await refused(2, "JSON_INVALID", "db", "update", ...database);
    assert.match(ended.stderr, /not updated \(JSON_INVALID\): .*bad\.json/);
    assert.match(ended.stderr, /1 sources did not change/);
    assert.equal((await statusOf(database)).ecosystems.npm, 1);
  });

  test("without any source says what to do", async () => {
    const [flag = "", path = ""] = fresh();
    await refused(2, "FILE_NOT_FOUND", "db", "update", flag, path);
    new DatabaseSync(path).close();
    assert.match((await refused(2, "USAGE", "db", "update", flag, path)).stderr, /--from/);
  });

  test("a CSAF provider's folder: advisories are found by, and all else is told", async () => {
    const database = fresh();
    const { stderr } = await ok("db", "import", ...database, at("csaf"));
    assert.match(stderr, /Imported 1 advisories/);
    assert.match(stderr, /not imported: products of CSAF documents have no package URL \(1\)/);
    assert.match(stderr, /not imported: CSAF documents are VEX: give them to `amap scan --vex` \(1\)/);
    assert.match(stderr, /not imported: lists of a CSAF provider are no documents \(2\)/);
    const scanned = await ok("scan", ...database, `dir:${at("app")}`, "-o", "json");
    assert.deepEqual(
      JSON.parse(scanned.stdout).findings.map((each: { vulnerability: string }) => each.vulnerability),
      ["CVE-2026-0001"],
    );
  });
});

describe("the age of a database", () => {
  const scan = (database: readonly string[], ...more: readonly string[]) =>
    runAmap(["scan", ...database, `dir:${at("app")}`, "-o", "cosign-vuln", ...more]);

  test("is that of the ecosystems that were needed: another one's import hides nothing", async () => {
    dump = dumpOf(1);
    const database = fresh();
    await ok("db", "import", ...database, `${server.origin}/npm/all.zip`);
    ageBy(30, database);
    await ok("db", "import", ...database, at("go"));
    const told = JSON.parse((await scan(database)).stdout).scanner.db.lastUpdate;
    assert.ok(Date.now() - Date.parse(told) > 29 * 86_400_000, told);
    assert.match((await ok("db", "status", ...database)).stdout, /npm .*complete .*imported .*newest/);
    const rows: readonly (readonly [number, ...string[]])[] = [
      [0, "31d"],
      [0, "720h", "npm=31d"],
      [2, "7d"],
      [2, "31d", "npm=7d"],
      [0, "npm=31d"],
      [0, "Go=1h"],
    ];
    for (const [exit, ...limits] of rows) {
      const ended = await scan(database, ...limits.flatMap((limit) => ["--max-database-age", limit]));
      assert.equal(ended.exit, exit, `${limits.join(" ")}: ${ended.stderr}`);
      if (exit === 2)
        assert.match(ended.stderr, /the advisories for npm are older than .*: imported .*max-database-age/);
    }
    // A finding that fails is worse than an old database.
    assert.equal((await scan(database, "--max-database-age", "7d", "--fail-on", "low")).exit, 1);
    for (const limit of ["soon", "-1h", "0", "=7d", "npm=", "nmp=7d"]) {
      const ended = await scan(database, "--max-database-age", limit);
      assert.deepEqual([ended.exit, ended.code], [2, "USAGE"], limit);
    }
  });
});
