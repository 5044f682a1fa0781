import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { digestOf, encodeUtf8, isAmapError, type Value } from "../base/index.ts";
import { type Advisory, type AdvisoryBatch, decodeAdvisory } from "../metadata/index.ts";
import type { AdvisoryDatabase, ImportResult } from "./advisory-database.ts";

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

/** A batch of advisories alone. */
export function batchOf(advisories: readonly Advisory[]): AdvisoryBatch {
  return { advisories, predictions: [], exploited: [], cves: [] };
}

function importAll(
  database: AdvisoryDatabase,
  advisories: readonly Advisory[],
  importedAt: string,
  complete: readonly string[] = [],
): Promise<ImportResult> {
  return database.import([batchOf(advisories)], { importedAt, complete: () => complete });
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
    sources(() => database);
    factsOfCves(() => database);
    changes(() => database);
  });
}

const idsOf = (found: ReadonlyMap<string, readonly Advisory[]>): Record<string, readonly string[]> =>
  Object.fromEntries([...found].map(([key, advisories]) => [key, advisories.map((advisory) => advisory.id)]));

function lookups(database: () => AdvisoryDatabase): void {
  test("a look-up gives the advisories of each key, sorted by id, and no key without any", async () => {
    await importAll(
      database(),
      [advisoryOf("B-1", ["npm/a"]), advisoryOf("A-1", ["npm/a", "npm/@s/b"]), advisoryOf("C-1", ["Debian:12/a"])],
      TIME,
    );
    const found = await database().lookup(["npm/a", "npm/@s/b", "Debian/a", "npm/none", "npm/a"]);
    assert.deepEqual(idsOf(found), { "npm/a": ["A-1", "B-1"], "npm/@s/b": ["A-1"], "Debian/a": ["C-1"] });
    assert.deepEqual(idsOf(await database().lookup([])), {});
  });

  test("an advisory comes back as it was imported, members that amap does not read too", async () => {
    const advisory = advisoryOf("A-1", ["npm/a"], { details: "…", database_specific: { deep: [1, null, 1.5] } });
    await importAll(database(), [advisory], TIME);
    assert.deepEqual((await database().lookup(["npm/a"])).get("npm/a"), [advisory]);
  });

  test("keys with quotes, wildcards or prototype names are only keys", async () => {
    const names = ["it's", 'a"b', "%", "_", "__proto__", "constructor", "a/b\\c", "ü"];
    await importAll(
      database(),
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
    await importAll(database(), advisories, TIME);
    const found = await database().lookup(advisories.map((_, index) => `npm/p${index}`));
    assert.equal(found.size, 3_000);
    assert.equal(found.get("npm/p2999")?.[0]?.id, "A-2999");
  });

  test("withdrawn advisories are not found", async () => {
    await importAll(database(), [advisoryOf("A-1", ["npm/a"], { withdrawn: "2025-06-01T00:00:00Z" })], TIME);
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
    await importAll(
      database(),
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
    await importAll(database(), [advisoryOf("A-1", ["npm/a"]), advisoryOf("A-2", ["npm/a"], withdrawn)], TIME);
    assert.equal((await database().status()).newestRecordAt, "2025-07-01T00:00:00Z");
    await importAll(database(), [advisoryOf("A-3", ["npm/a"])], "2026-02-01T00:00:00Z");
    const { newestRecordAt, updatedAt } = await database().status();
    assert.deepEqual([newestRecordAt, updatedAt], ["2025-07-01T00:00:00Z", "2026-02-01T00:00:00Z"]);
  });

  test("ecosystems are partial until an import is said to be whole of them, and stay so", async () => {
    const [npm, debian] = [advisoryOf("A-1", ["npm/a"]), advisoryOf("A-2", ["Debian:12/a"])];
    await importAll(database(), [npm], TIME);
    assert.deepEqual((await database().status()).complete, []);
    await importAll(database(), [npm, debian], TIME, ["npm", "Debian:12", "npm"]);
    await importAll(database(), [advisoryOf("A-3", ["PyPI/a"])], TIME);
    assert.deepEqual((await database().status()).complete, ["Debian:12", "npm"]);
  });

  test("the version names the records: the order of imports does not matter, each change does", async () => {
    const [a, b] = [advisoryOf("A-1", ["npm/a"]), advisoryOf("B-1", ["npm/b"])];
    const empty = (await database().status()).version;
    await importAll(database(), [b], TIME);
    await importAll(database(), [a], TIME);
    const both = (await database().status()).version;
    await importAll(database(), [a, b], TIME);
    assert.equal((await database().status()).version, both);
    await importAll(database(), [advisoryOf("A-1", ["npm/a"], { summary: "changed" })], TIME);
    const changed = (await database().status()).version;
    assert.equal(new Set([empty, both, changed]).size, 3);
  });
}

function imports(database: () => AdvisoryDatabase): void {
  test("a record replaces the one of its id, with all its keys", async () => {
    await importAll(database(), [advisoryOf("A-1", ["npm/old", "Debian:12/old"])], TIME);
    await importAll(database(), [advisoryOf("A-1", ["npm/new"])], "2026-02-01T00:00:00Z");
    const found = await database().lookup(["npm/old", "npm/new", "Debian/old"]);
    assert.deepEqual(idsOf(found), { "npm/new": ["A-1"] });
    const status = await database().status();
    assert.deepEqual({ ...status.ecosystems }, { npm: 1 });
    assert.equal(status.updatedAt, "2026-02-01T00:00:00Z");
  });

  test("an older record does not replace a newer one, whichever import brings it", async () => {
    const older = advisoryOf("A-1", ["npm/old"], { modified: "2025-01-01T00:00:00.5Z" });
    const newer = advisoryOf("A-1", ["npm/new"], { modified: "2025-01-01T00:00:00.501Z" });
    assert.deepEqual(await importAll(database(), [newer, older], TIME), {
      written: 1,
      outdated: 1,
      removed: 0,
      facts: 0,
    });
    assert.deepEqual(await importAll(database(), [older], TIME), { written: 0, outdated: 1, removed: 0, facts: 0 });
    assert.deepEqual(await importAll(database(), [newer], TIME), { written: 1, outdated: 0, removed: 0, facts: 0 });
    assert.deepEqual([...(await database().lookup(["npm/old", "npm/new"])).keys()], ["npm/new"]);
    await importAll(database(), [{ ...newer, modified: "2025-01-01T01:00:00+01:00" }], TIME);
    assert.deepEqual([...(await database().lookup(["npm/old", "npm/new"])).keys()], ["npm/new"]);
  });

  test("an older record does not bring back what a newer one withdrew", async () => {
    const times = { modified: "2025-07-01T00:00:00Z", withdrawn: "2025-07-01T00:00:00Z" };
    await importAll(database(), [advisoryOf("A-1", ["npm/a"], times)], TIME);
    await importAll(database(), [advisoryOf("A-1", ["npm/a"])], TIME);
    assert.equal((await database().lookup(["npm/a"])).size, 0);
  });

  test("of two records of one id and time in one import the later stays", async () => {
    await importAll(database(), [advisoryOf("A-1", ["npm/old"]), advisoryOf("A-1", ["npm/new"])], TIME);
    assert.deepEqual([...(await database().lookup(["npm/old", "npm/new"])).keys()], ["npm/new"]);
  });

  test("a time that is none is refused and nothing is imported", async () => {
    await assert.rejects(importAll(database(), [advisoryOf("A-1", ["npm/a"])], "yesterday"), (error) =>
      isAmapError(error, "VALUE_INVALID"),
    );
    assert.equal((await database().lookup(["npm/a"])).size, 0);
  });
}

function sources(database: () => AdvisoryDatabase): void {
  const source = (name: string, text = name) => ({ name, digest: digestOf(encodeUtf8(text)) });
  const bring = (
    name: string,
    ids: readonly string[],
    { complete = [], text = name }: { readonly complete?: readonly string[]; readonly text?: string } = {},
  ): Promise<ImportResult> =>
    database().import(
      ids.map((id) => batchOf([advisoryOf(id, ["npm/a"])])),
      { importedAt: TIME, source: source(name, text), complete: () => complete },
    );
  const found = async (): Promise<readonly string[]> =>
    ((await database().lookup(["npm/a"])).get("npm/a") ?? []).map(({ id }) => id);

  test("each source is told with its digest, age and size", async () => {
    await bring("npm/all.zip", ["A-1", "A-2"], { complete: ["npm"] });
    await bring("more.json", ["A-3"]);
    const [first, second] = (await database().status()).sources;
    const newestRecordAt = "2025-01-01T00:00:00Z";
    assert.deepEqual(first, { ...source("more.json"), importedAt: TIME, newestRecordAt, records: 1 });
    const complete = ["npm"];
    assert.deepEqual(second, { ...source("npm/all.zip"), importedAt: TIME, newestRecordAt, records: 2, complete });
  });

  test("what a whole dump no longer has is removed, unless another source says it", async () => {
    await bring("npm/all.zip", ["A-1", "A-2", "A-3"], { complete: ["npm"] });
    await bring("own.json", ["A-2", "B-1"]);
    const { removed } = await bring("npm/all.zip", ["A-1"], { complete: ["npm"], text: "newer" });
    assert.equal(removed, 1);
    assert.deepEqual(await found(), ["A-1", "A-2", "B-1"]);
  });

  test("what could not be read is told of its source, and what is partial from now on is no longer complete", async () => {
    await bring("npm/all.zip", ["A-1"], { complete: ["npm"] });
    const options = { importedAt: TIME, source: source("npm/all.zip", "newer"), partial: () => ["npm"] };
    await database().import([batchOf([advisoryOf("A-2", ["npm/a"])])], { ...options, leftOut: () => 2 });
    const { complete, sources: told } = await database().status();
    assert.deepEqual([complete, told[0]?.leftOut], [[], 2]);
    assert.deepEqual(await found(), ["A-1", "A-2"]);
    await bring("npm/all.zip", ["A-1"], { complete: ["npm"] });
    const after = await database().status();
    assert.deepEqual([after.complete, after.sources[0]?.leftOut], [["npm"], undefined]);
  });

  test("a partial import of the same name removes nothing", async () => {
    await bring("some.json", ["A-1", "A-2"]);
    assert.equal((await bring("some.json", ["A-1"])).removed, 0);
    assert.deepEqual(await found(), ["A-1", "A-2"]);
  });

  test("batches that fail at the end leave everything as it was, and so does what is asked last", async () => {
    await bring("npm/all.zip", ["A-1"], { complete: ["npm"] });
    const before = await database().status();
    const failure = new Error("the zip ends early");
    async function* failing(): AsyncGenerator<AdvisoryBatch> {
      yield { ...batchOf([advisoryOf("A-2", ["npm/a"])]), replaces: "kev" };
      assert.deepEqual(await found(), ["A-1"], "others read what was there");
      throw failure;
    }
    const options = { importedAt: TIME, source: source("npm/all.zip", "newer") } as const;
    await assert.rejects(database().import(failing(), options), failure);
    const complete = (): never => {
      throw failure;
    };
    await assert.rejects(
      database().import([batchOf([advisoryOf("A-3", ["npm/a"])])], { ...options, complete }),
      failure,
    );
    assert.deepEqual(await database().status(), before);
    assert.deepEqual(await found(), ["A-1"]);
    assert.equal((await bring("npm/all.zip", ["A-4"])).written, 1, "and it can be imported into again");
  });
}

function factsOfCves(database: () => AdvisoryDatabase): void {
  const prediction = (cve: string, probability: number, date: string) => ({ cve, probability, percentile: 0.5, date });
  const exploited = (cve: string, dateAdded: string) => ({ cve, dateAdded, isUsedByRansomware: true });
  const record = (cve: string, modified: string, isRejected = false) => ({ cve, modified, isRejected, severity: [] });
  const bring = (batch: Partial<AdvisoryBatch>): Promise<ImportResult> =>
    database().import([{ ...batchOf([]), ...batch }], { importedAt: TIME });

  test("nothing is known of a CVE that nobody spoke of", async () => {
    assert.equal((await database().factsOf(["CVE-2025-0001", "__proto__"])).size, 0);
    const { epss, kev, cves, sources: none } = await database().status();
    assert.deepEqual([epss, kev, cves, none], [undefined, undefined, 0, []]);
  });

  test("scores, entries of the catalogue and records come back as they were, and are counted", async () => {
    const [a, b] = ["CVE-2025-0001", "CVE-2025-0002"];
    const epss = prediction(a, 0.25, "2026-02-24");
    const kev = { ...exploited(a, "2026-01-02"), dueDate: "2026-02-02", name: 'It\'s a "name"' };
    const severity = [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }];
    const cve = { ...record(b, "2026-01-01T00:00:00Z", true), severity, summary: "a flaw" };
    const { facts } = await bring({ predictions: [epss], exploited: [kev], cves: [cve] });
    assert.equal(facts, 3);
    assert.deepEqual(
      [...(await database().factsOf([a, b, a, "CVE-2025-0003"]))],
      [
        [a, { epss, kev }],
        [b, { record: cve }],
      ],
    );
    const status = await database().status();
    assert.deepEqual(status.epss, { count: 1, date: "2026-02-24" });
    assert.deepEqual(status.kev, { count: 1, date: "2026-01-02" });
    assert.equal(status.cves, 1);
  });

  test("the newest day's score and the newest record stay, whichever import brings them", async () => {
    const cve = "CVE-2025-0001";
    await bring({
      predictions: [prediction(cve, 0.5, "2026-02-24")],
      cves: [record(cve, "2026-02-01T00:00:00Z", true)],
    });
    await bring({ predictions: [prediction(cve, 0.1, "2026-02-23")], cves: [record(cve, "2026-01-01T00:00:00Z")] });
    const facts = (await database().factsOf([cve])).get(cve);
    assert.deepEqual([facts?.epss?.probability, facts?.record?.isRejected], [0.5, true]);
    await bring({ predictions: [prediction(cve, 0.2, "2026-02-25")] });
    assert.equal((await database().factsOf([cve])).get(cve)?.epss?.probability, 0.2);
  });

  test("the scores of an older day do not take the place of a newer day's", async () => {
    const [a, b] = ["CVE-2025-0001", "CVE-2025-0002"];
    await bring({ predictions: [prediction(a, 0.5, "2026-02-24")], replaces: "epss" });
    await bring({ predictions: [prediction(b, 0.1, "2026-02-23")], replaces: "epss" });
    const facts = await database().factsOf([a, b]);
    assert.deepEqual([facts.get(a)?.epss?.probability, facts.get(b)?.epss?.probability], [0.5, 0.1]);
    await bring({ predictions: [prediction(b, 0.2, "2026-02-25")], replaces: "epss" });
    assert.deepEqual([...(await database().factsOf([a, b])).keys()], [b]);
  });

  test("an older catalogue leaves what a newer one added", async () => {
    const [a, b, c] = ["CVE-2025-0001", "CVE-2025-0002", "CVE-2025-0003"];
    await bring({ exploited: [exploited(a, "2026-01-02"), exploited(b, "2026-01-09")], replaces: "kev" });
    await bring({ exploited: [exploited(c, "2026-01-03")], replaces: "kev" });
    assert.deepEqual([...(await database().factsOf([a, b, c])).keys()], [b, c]);
  });

  test("a whole catalogue takes the place of the one before", async () => {
    const [a, b] = ["CVE-2025-0001", "CVE-2025-0002"];
    await bring({ predictions: [prediction(a, 0.5, "2026-02-24")], exploited: [exploited(a, "2026-01-02")] });
    await bring({ exploited: [exploited(b, "2026-01-03")], replaces: "kev" });
    const facts = await database().factsOf([a, b]);
    assert.deepEqual(
      [facts.get(a)?.kev, facts.get(a)?.epss?.probability, facts.get(b)?.kev?.dateAdded],
      [undefined, 0.5, "2026-01-03"],
    );
  });
}

function changes(database: () => AdvisoryDatabase): void {
  const source = { name: "npm/all.zip", digest: digestOf(encodeUtf8("one")) };
  const [first, second, cve] = ["CVE-2025-0001", "CVE-2025-0002", "CVE-2025-0003"];
  const severity = [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }];
  const entry = (name: string) => ({ cve: name, dateAdded: "2026-01-02", isUsedByRansomware: false });
  const recordOf = (modified: string, isRejected = false) => ({ cve, modified, isRejected, severity });
  const score = (probability: number) => ({ cve: first, probability, percentile: 0.5, date: "2026-01-02" });
  const dump = (advisories: readonly Advisory[]): Promise<ImportResult> =>
    database().import([batchOf(advisories)], { importedAt: TIME, source, complete: () => ["npm"] });
  const facts = (batch: Partial<AdvisoryBatch>): Promise<ImportResult> =>
    database().import([{ ...batchOf([]), ...batch }], { importedAt: TIME });
  const start = async (): Promise<string> => {
    await dump([advisoryOf("A-1", ["npm/a"]), advisoryOf("B-1", ["npm/b", "PyPI/b"]), advisoryOf("C-1", ["npm/c"])]);
    await facts({ exploited: [entry(first), entry(second)], replaces: "kev" });
    await facts({ predictions: [score(0.5)], cves: [recordOf("2026-01-01T00:00:00Z")] });
    return (await database().status()).state;
  };
  const same = ["A-1 npm/a", "B-1 npm/b PyPI/b", "C-1 npm/c"];
  const records = (texts: readonly string[]): readonly Advisory[] =>
    texts.map((text) => {
      const [id = "", ...packages] = text.split(" ");
      return advisoryOf(id, packages);
    });
  const later = { modified: "2025-07-01T00:00:00Z" };
  const rows: readonly (readonly [
    string,
    () => Promise<unknown>,
    Partial<Record<"keys" | "cves" | "scores", unknown>>,
  ])[] = [
    ["nothing", async () => undefined, {}],
    ["the same dump again", () => dump(records(same)), {}],
    ["one more", () => dump([...records(same), advisoryOf("D-1", ["npm/d"])]), { keys: ["npm/d"] }],
    ["one less", () => dump(records(same.slice(0, 2))), { keys: ["npm/c"] }],
    [
      "one with other packages",
      () => dump([...records(same.slice(0, 2)), advisoryOf("C-1", ["npm/moved"], later)]),
      { keys: ["npm/c", "npm/moved"] },
    ],
    [
      "one withdrawn",
      () =>
        dump([
          ...records([same[0] ?? "", same[2] ?? ""]),
          advisoryOf("B-1", ["npm/b", "PyPI/b"], { ...later, withdrawn: TIME }),
        ]),
      { keys: ["PyPI/b", "npm/b"] },
    ],
    [
      "an older one",
      () => dump([...records(same), advisoryOf("A-1", ["npm/x"], { modified: "2020-01-01T00:00:00Z" })]),
      {},
    ],
    ["the same catalogue", () => facts({ exploited: [entry(second), entry(first)], replaces: "kev" }), {}],
    [
      "one entry less, one more",
      () => facts({ exploited: [entry(first), entry(cve)], replaces: "kev" }),
      { cves: [second, cve] },
    ],
    ["another entry", () => facts({ exploited: [{ ...entry(first), isUsedByRansomware: true }] }), { cves: [first] }],
    ["the same CVE record", () => facts({ cves: [recordOf("2026-01-01T00:00:00Z")] }), {}],
    ["another CVE record", () => facts({ cves: [recordOf("2026-01-01T00:00:00Z", true)] }), { cves: [cve] }],
    ["an older CVE record", () => facts({ cves: [recordOf("2025-01-01T00:00:00Z", true)] }), {}],
    ["the same score", () => facts({ predictions: [score(0.5)] }), {}],
    ["another score", () => facts({ predictions: [score(0.6)] }), { scores: true }],
    [
      "scores that are gone",
      () => facts({ predictions: [{ ...score(0.5), cve: second, date: "2026-01-03" }], replaces: "epss" }),
      { scores: true },
    ],
  ];
  for (const [name, change, { keys = [], cves = [], scores = false }] of rows)
    test(`what changed is told: ${name}`, async () => {
      const state = await start();
      await change();
      const found = await database().changesSince(state);
      assert.deepEqual([...(found?.keys ?? ["?"])].sort(), keys);
      assert.deepEqual([...(found?.cves ?? [])].sort(), cves);
      assert.equal(found?.hasNewScores, scores);
    });

  test("changes add up over imports, and each is told from the state before it", async () => {
    const before = await start();
    await facts({ cves: [recordOf("2026-02-01T00:00:00Z")] });
    const between = (await database().status()).state;
    await dump(records(same.slice(1)));
    const all = await database().changesSince(before);
    assert.deepEqual([[...(all?.keys ?? [])], [...(all?.cves ?? [])]], [["npm/a"], [cve]]);
    const rest = await database().changesSince(between);
    assert.deepEqual([[...(rest?.keys ?? [])], [...(rest?.cves ?? [])]], [["npm/a"], []]);
  });

  test("of a state that it was never in nothing is known, and an import that failed makes none", async () => {
    assert.equal((await database().status()).state, "");
    assert.equal(await database().changesSince(""), undefined);
    const state = await start();
    assert.equal(await database().changesSince(`${state}0`), undefined);
    await assert.rejects(facts({ cves: [recordOf("2026-02-01T00:00:00Z")], predictions: [undefined as never] }));
    assert.equal((await database().status()).state, state);
  });
}
