import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { isAmapError, type Value } from "../base/index.ts";
import { type Advisory, decodeAdvisory } from "../metadata/index.ts";
import type { AdvisoryDatabase } from "./advisory-database.ts";

const TIME = "2026-01-02T03:04:05Z";

/** A record of made-up content for tests. */
export function advisoryOf(
  id: string,
  packages: readonly string[],
  more: Readonly<Record<string, Value>> = {},
): Advisory {
  const affected = packages.map((text) => {
    const slash = text.indexOf("/");
    return {
      package: { ecosystem: text.slice(0, slash), name: text.slice(slash + 1) },
      ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed: "2.0.0" }] }],
    };
  });
  const decoded = decodeAdvisory({ id, modified: "2025-01-01T00:00:00Z", affected, ...more });
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded.value;
}

/** The behaviour that every `AdvisoryDatabase` has; `make` gives an empty one. */
export function advisoryDatabaseContract(name: string, make: () => Promise<AdvisoryDatabase>): void {
  describe(`${name} keeps the AdvisoryDatabase contract`, () => {
    let database: AdvisoryDatabase;
    beforeEach(async () => {
      database = await make();
    });
    afterEach(() => database.close());

    lookups(() => database);
    statuses(() => database);
    imports(() => database);
  });
}

const idsOf = (found: ReadonlyMap<string, readonly Advisory[]>): Record<string, readonly string[]> =>
  Object.fromEntries([...found].map(([key, advisories]) => [key, advisories.map((advisory) => advisory.id)]));

function lookups(database: () => AdvisoryDatabase): void {
  test("a look-up gives the advisories of each key, sorted by id, and no key without any", async () => {
    await database().import(
      [advisoryOf("B-1", ["npm/a"]), advisoryOf("A-1", ["npm/a", "npm/@s/b"]), advisoryOf("C-1", ["Debian:12/a"])],
      TIME,
    );
    const found = await database().lookup(["npm/a", "npm/@s/b", "Debian/a", "npm/none", "npm/a"]);
    assert.deepEqual(idsOf(found), { "npm/a": ["A-1", "B-1"], "npm/@s/b": ["A-1"], "Debian/a": ["C-1"] });
    assert.deepEqual(idsOf(await database().lookup([])), {});
  });

  test("an advisory comes back as it was imported, members that amap does not read too", async () => {
    const advisory = advisoryOf("A-1", ["npm/a"], { details: "…", database_specific: { deep: [1, null, 1.5] } });
    await database().import([advisory], TIME);
    assert.deepEqual((await database().lookup(["npm/a"])).get("npm/a"), [advisory]);
  });

  test("keys with quotes, wildcards or prototype names are only keys", async () => {
    const names = ["it's", 'a"b', "%", "_", "__proto__", "constructor", "a/b\\c", "ü"];
    await database().import(
      names.map((name) => advisoryOf(`ID-${name}`, [`npm/${name}`])),
      TIME,
    );
    const keys = names.map((name) => `npm/${name}`);
    const found = await database().lookup(keys);
    assert.deepEqual([...found.keys()].sort(), [...keys].sort());
    for (const name of names) assert.equal(found.get(`npm/${name}`)?.[0]?.id, `ID-${name}`);
  });

  test("many keys are looked up together", async () => {
    const advisories = Array.from({ length: 3_000 }, (_, index) => advisoryOf(`A-${index}`, [`npm/p${index}`]));
    await database().import(advisories, TIME);
    const found = await database().lookup(advisories.map((_, index) => `npm/p${index}`));
    assert.equal(found.size, 3_000);
    assert.equal(found.get("npm/p2999")?.[0]?.id, "A-2999");
  });

  test("withdrawn advisories are not found", async () => {
    await database().import([advisoryOf("A-1", ["npm/a"], { withdrawn: "2025-06-01T00:00:00Z" })], TIME);
    assert.equal((await database().lookup(["npm/a"])).size, 0);
  });
}

function statuses(database: () => AdvisoryDatabase): void {
  test("an empty database covers nothing and was never updated", async () => {
    const status = await database().status();
    assert.deepEqual(status.ecosystems, {});
    assert.equal(status.updatedAt, "1970-01-01T00:00:00Z");
    assert.equal(status.newestRecordAt, "1970-01-01T00:00:00Z");
    assert.deepEqual(status.complete, []);
    assert.match(status.version, /^sha256:[0-9a-f]{64}$/);
  });

  test("the status counts advisories by ecosystem, with and without release, withdrawn ones left out", async () => {
    await database().import(
      [
        advisoryOf("A-1", ["npm/a", "npm/b"]),
        advisoryOf("A-2", ["Debian:12/a", "Debian:11/a"]),
        advisoryOf("A-3", ["PyPI/a"], { withdrawn: "2025-06-01T00:00:00Z" }),
      ],
      TIME,
    );
    const status = await database().status();
    assert.deepEqual({ ...status.ecosystems }, { Debian: 1, "Debian:11": 1, "Debian:12": 1, npm: 1 });
    assert.equal(status.updatedAt, TIME);
  });

  test("the newest record's time counts withdrawn ones, and no import makes it later", async () => {
    const withdrawn = { modified: "2025-07-01T00:00:00Z", withdrawn: "2025-06-01T00:00:00Z" };
    await database().import([advisoryOf("A-1", ["npm/a"]), advisoryOf("A-2", ["npm/a"], withdrawn)], TIME);
    assert.equal((await database().status()).newestRecordAt, "2025-07-01T00:00:00Z");
    await database().import([advisoryOf("A-3", ["npm/a"])], "2026-02-01T00:00:00Z");
    const { newestRecordAt, updatedAt } = await database().status();
    assert.deepEqual([newestRecordAt, updatedAt], ["2025-07-01T00:00:00Z", "2026-02-01T00:00:00Z"]);
  });

  test("ecosystems are partial until an import is said to be whole of them, and stay so", async () => {
    const [npm, debian] = [advisoryOf("A-1", ["npm/a"]), advisoryOf("A-2", ["Debian:12/a"])];
    await database().import([npm], TIME);
    assert.deepEqual((await database().status()).complete, []);
    await database().import([npm, debian], TIME, ["npm", "Debian:12", "npm"]);
    await database().import([advisoryOf("A-3", ["PyPI/a"])], TIME);
    assert.deepEqual((await database().status()).complete, ["Debian:12", "npm"]);
  });

  test("the version names the records: the order of imports does not matter, each change does", async () => {
    const [a, b] = [advisoryOf("A-1", ["npm/a"]), advisoryOf("B-1", ["npm/b"])];
    const empty = (await database().status()).version;
    await database().import([b], TIME);
    await database().import([a], TIME);
    const both = (await database().status()).version;
    await database().import([a, b], TIME);
    assert.equal((await database().status()).version, both);
    await database().import([advisoryOf("A-1", ["npm/a"], { summary: "changed" })], TIME);
    const changed = (await database().status()).version;
    assert.equal(new Set([empty, both, changed]).size, 3);
  });
}

function imports(database: () => AdvisoryDatabase): void {
  test("a record replaces the one of its id, with all its keys", async () => {
    await database().import([advisoryOf("A-1", ["npm/old", "Debian:12/old"])], TIME);
    await database().import([advisoryOf("A-1", ["npm/new"])], "2026-02-01T00:00:00Z");
    const found = await database().lookup(["npm/old", "npm/new", "Debian/old"]);
    assert.deepEqual(idsOf(found), { "npm/new": ["A-1"] });
    const status = await database().status();
    assert.deepEqual({ ...status.ecosystems }, { npm: 1 });
    assert.equal(status.updatedAt, "2026-02-01T00:00:00Z");
  });

  test("an older record does not replace a newer one, whichever import brings it", async () => {
    const older = advisoryOf("A-1", ["npm/old"], { modified: "2025-01-01T00:00:00.5Z" });
    const newer = advisoryOf("A-1", ["npm/new"], { modified: "2025-01-01T00:00:00.501Z" });
    assert.deepEqual(await database().import([newer, older], TIME), { written: 1, outdated: 1 });
    assert.deepEqual(await database().import([older], TIME), { written: 0, outdated: 1 });
    assert.deepEqual(await database().import([newer], TIME), { written: 1, outdated: 0 });
    assert.deepEqual([...(await database().lookup(["npm/old", "npm/new"])).keys()], ["npm/new"]);
    await database().import([{ ...newer, modified: "2025-01-01T01:00:00+01:00" }], TIME);
    assert.deepEqual([...(await database().lookup(["npm/old", "npm/new"])).keys()], ["npm/new"]);
  });

  test("an older record does not bring back what a newer one withdrew", async () => {
    const times = { modified: "2025-07-01T00:00:00Z", withdrawn: "2025-07-01T00:00:00Z" };
    await database().import([advisoryOf("A-1", ["npm/a"], times)], TIME);
    await database().import([advisoryOf("A-1", ["npm/a"])], TIME);
    assert.equal((await database().lookup(["npm/a"])).size, 0);
  });

  test("of two records of one id and time in one import the later stays", async () => {
    await database().import([advisoryOf("A-1", ["npm/old"]), advisoryOf("A-1", ["npm/new"])], TIME);
    assert.deepEqual([...(await database().lookup(["npm/old", "npm/new"])).keys()], ["npm/new"]);
  });

  test("a time that is none is refused and nothing is imported", async () => {
    await assert.rejects(database().import([advisoryOf("A-1", ["npm/a"])], "yesterday"), (error) =>
      isAmapError(error, "VALUE_INVALID"),
    );
    assert.equal((await database().lookup(["npm/a"])).size, 0);
  });
}
