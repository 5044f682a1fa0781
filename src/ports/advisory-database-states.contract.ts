import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { digestOf, encodeUtf8, isAmapError } from "../base/index.ts";
import { advisoryOf, batchOf } from "./advisory-database.contract.ts";
import type { AdvisoryDatabase, EcosystemLoss, ImportOptions } from "./advisory-database.ts";

const [JANUARY, MARCH, MAY] = ["2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z"] as const;
const sourceOf = (name: string) => ({ name, digest: digestOf(encodeUtf8(name)) });

/** Where exported databases are written, and how they are read again. */
interface ExportPlace {
  /** A new name each time. */
  readonly path: () => string;
  readonly read: (path: string) => AsyncIterable<Uint8Array>;
}

/** The behaviour that every `AdvisoryDatabase` has over several states; `make` gives an empty one. */
export function advisoryDatabaseStatesContract(
  name: string,
  make: () => Promise<AdvisoryDatabase>,
  place: ExportPlace,
): void {
  describe(`${name} keeps the AdvisoryDatabase contract over several states`, () => {
    let database: AdvisoryDatabase;
    beforeEach(async () => {
      database = await make();
    });
    afterEach(() => database.close());

    const bring = (texts: readonly string[], options: Partial<ImportOptions> = {}) =>
      database.import(
        [
          batchOf(
            texts.map((text) => {
              const [id = "", ...packages] = text.split(" ");
              return advisoryOf(id, packages);
            }),
          ),
        ],
        { importedAt: JANUARY, ...options },
      );
    ages(() => database, bring);
    snapshots(() => database, bring);
    losses(() => database, bring);
    takingOver(() => database, bring, { make, place });
  });
}

type Bring = (texts: readonly string[], options?: Partial<ImportOptions>) => Promise<unknown>;

function ages(database: () => AdvisoryDatabase, bring: Bring): void {
  const importTimes = async (): Promise<Record<string, string>> => {
    const { ages: found } = await database().status();
    return Object.fromEntries(Object.entries(found).map(([name, { importedAt }]) => [name, importedAt]));
  };
  const whole = (name: string, ecosystem = name): Partial<ImportOptions> => ({
    source: sourceOf(`${name}/all.zip`),
    complete: () => [ecosystem],
  });

  test("an import of one ecosystem makes no other one fresher", async () => {
    await bring(["A-1 npm/a"], whole("npm"));
    await bring(["G-1 Go/a"], { ...whole("Go"), importedAt: MARCH });
    assert.deepEqual(await importTimes(), { Go: MARCH, npm: JANUARY });
    assert.equal((await database().status()).updatedAt, MARCH);
  });

  test("a few records beside a dump make it no fresher, another dump does", async () => {
    await bring(["A-1 npm/a"], whole("npm"));
    await bring(["A-2 npm/b"], { source: sourceOf("own.json"), importedAt: MARCH });
    assert.deepEqual(await importTimes(), { npm: JANUARY });
    await bring(["A-1 npm/a"], { ...whole("npm"), importedAt: MAY });
    assert.deepEqual(await importTimes(), { npm: MAY });
  });

  test("what is partial is as old as the oldest import of it", async () => {
    await bring(["A-1 npm/a"], { source: sourceOf("one.json") });
    await bring(["A-2 npm/b"], { source: sourceOf("two.json"), importedAt: MARCH });
    assert.deepEqual(await importTimes(), { npm: JANUARY });
    await bring([], { unchanged: ["one.json"], importedAt: MAY });
    assert.deepEqual(await importTimes(), { npm: MARCH });
  });

  test("a source that did not change makes what it says as old as now, and nothing else", async () => {
    await bring(["A-1 npm/a"], whole("npm"));
    await bring(["G-1 Go/a"], whole("Go"));
    await bring([], { unchanged: ["npm/all.zip", "none"], importedAt: MAY });
    assert.deepEqual(await importTimes(), { Go: JANUARY, npm: MAY });
  });

  test("a dump of a distribution is one of its releases, and the newest record is told of each", async () => {
    const newer = advisoryOf("D-2", ["Debian:12/a"], { modified: MARCH });
    await bring(["D-1 Debian:11/a"], whole("Debian"));
    await database().import([batchOf([newer])], { importedAt: MAY, source: sourceOf("own.json") });
    const old = { importedAt: JANUARY, newestRecordAt: "2025-01-01T00:00:00Z" };
    const { ages: found } = await database().status();
    assert.deepEqual(
      { ...found },
      {
        Debian: { importedAt: JANUARY, newestRecordAt: MARCH },
        "Debian:11": old,
        "Debian:12": { importedAt: JANUARY, newestRecordAt: MARCH },
      },
    );
  });
}

function snapshots(database: () => AdvisoryDatabase, bring: Bring): void {
  test("a snapshot answers of one state, whatever is imported meanwhile", async () => {
    await bring(["A-1 npm/a"]);
    const before = await database().status();
    const snapshot = await database().snapshot();
    await bring(["A-2 npm/a", "A-3 npm/b"], { importedAt: MARCH });
    assert.deepEqual(
      (await snapshot.lookup(["npm/a", "npm/b"])).get("npm/a")?.map(({ id }) => id),
      ["A-1"],
    );
    assert.deepEqual(await snapshot.status(), before);
    assert.equal((await snapshot.factsOf(["CVE-2025-0001"])).size, 0);
    assert.equal((await snapshot.changesSince(before.state))?.keys.size, 0);
    await snapshot.close();
    await snapshot.close();
    const later = await database().snapshot();
    assert.equal((await later.lookup(["npm/a"])).get("npm/a")?.length, 2);
    await later.close();
  });
}

function losses(database: () => AdvisoryDatabase, bring: Bring): void {
  const source = sourceOf("npm/all.zip");
  const whole: Partial<ImportOptions> = { source, complete: () => ["npm"] };
  const start = ["A-1 npm/a", "A-2 npm/b PyPI/b", "A-3 npm/c"];
  const withdrawn = advisoryOf("A-1", ["npm/a"], { modified: MARCH, withdrawn: MARCH });
  const rows: readonly (readonly [
    string,
    (mayLose: NonNullable<ImportOptions["mayLose"]>) => Promise<unknown>,
    readonly EcosystemLoss[],
  ])[] = [
    ["the same dump", (mayLose) => bring(start, { ...whole, mayLose }), []],
    [
      "a smaller dump",
      (mayLose) => bring(start.slice(0, 1), { ...whole, mayLose }),
      [
        { ecosystem: "PyPI", before: 1, lost: 1 },
        { ecosystem: "npm", before: 3, lost: 2 },
      ],
    ],
    [
      "a record that is withdrawn",
      (mayLose) => database().import([batchOf([withdrawn])], { importedAt: MARCH, mayLose }),
      [{ ecosystem: "npm", before: 3, lost: 1 }],
    ],
    [
      "a record that moves to another ecosystem",
      (mayLose) => bring(["A-2 npm/b"], { source: sourceOf("own.json"), mayLose }),
      [{ ecosystem: "PyPI", before: 1, lost: 1 }],
    ],
  ];
  for (const [name, run, expected] of rows) {
    test(`what goes is told before it goes: ${name}`, async () => {
      await bring(start, whole);
      const before = await database().status();
      let told: readonly EcosystemLoss[] = [];
      await run((found) => (told = found));
      assert.deepEqual(told, expected);
      if (expected.length === 0) return;
      await bring(start, { ...whole, importedAt: MAY });
      assert.ok(before.ecosystems["npm"]);
    });
  }

  test("and may be refused: then everything stays", async () => {
    await bring(start, whole);
    const before = await database().status();
    const failure = new Error("too much");
    const mayLose = (): never => {
      throw failure;
    };
    await assert.rejects(bring(["A-1 npm/a"], { ...whole, importedAt: MARCH, mayLose }), failure);
    assert.deepEqual(await database().status(), before);
  });
}

function takingOver(
  database: () => AdvisoryDatabase,
  bring: Bring,
  { make, place }: { readonly make: () => Promise<AdvisoryDatabase>; readonly place: ExportPlace },
): void {
  const approve = (): void => {};
  const fill = async (): Promise<void> => {
    await bring(["A-1 npm/a", "A-2 npm/b"], { source: sourceOf("npm/all.zip"), complete: () => ["npm"] });
    const cve = { cve: "CVE-2025-0001", modified: JANUARY, isRejected: false, severity: [] };
    const kev = { cve: "CVE-2025-0001", dateAdded: "2026-01-02", isUsedByRansomware: false };
    const epss = { cve: "CVE-2025-0001", probability: 0.5, percentile: 0.5, date: "2026-01-02" };
    const facts = { ...batchOf([]), cves: [cve], exploited: [kev], predictions: [epss] };
    await database().import([facts], { importedAt: MARCH, source: sourceOf("facts.json"), leftOut: () => 2 });
  };

  test("what was exported is taken over, in place of all that was there", async () => {
    await fill();
    const path = place.path();
    await database().export(path);
    const own = await database().status();
    const other = await make();
    await other.import([batchOf([advisoryOf("B-1", ["Go/b"]), advisoryOf("A-2", ["npm/old"], { summary: "x" })])], {
      importedAt: MAY,
    });
    const { state } = await other.status();
    await other.takeOver(place.read(path), { origin: "registry.example/db", approve });
    const taken = await other.status();
    const same = (status: typeof own): object => ({
      ...status,
      uri: "",
      state: "",
      origin: "",
      sources: status.sources.map((each) => ({ ...each, origin: "" })),
    });
    assert.deepEqual(same(taken), same(own));
    assert.equal(taken.origin, "registry.example/db");
    assert.deepEqual(new Set(taken.sources.map(({ origin }) => origin)), new Set(["registry.example/db"]));
    const keys = ["npm/a", "npm/b", "npm/old", "Go/b"];
    assert.deepEqual([...(await other.lookup(keys)).keys()].sort(), ["npm/a", "npm/b"]);
    assert.deepEqual(await other.factsOf(["CVE-2025-0001"]), await database().factsOf(["CVE-2025-0001"]));
    const changed = (await other.changesSince(state))?.keys ?? new Set();
    for (const key of keys) assert.ok(changed.has(key), key);
    // And it is a database like any other.
    await other.import([batchOf([advisoryOf("C-1", ["npm/a"])])], { importedAt: MAY, source: sourceOf("own.json") });
    const own2 = (await other.status()).sources.find(({ name }) => name === "own.json");
    assert.equal(own2?.origin, undefined);
    await other.close();
  });

  test("an export is of one state, and a file that is there is not written over", async () => {
    await fill();
    const path = place.path();
    await database().export(path);
    await bring(["A-9 npm/z"]);
    await assert.rejects(database().export(path), (error) => isAmapError(error, "USAGE"));
    const other = await make();
    await other.takeOver(place.read(path), { origin: "o", approve });
    assert.equal((await other.lookup(["npm/z"])).size, 0);
    await other.close();
  });

  test("both are shown first, and what is refused leaves all as it was", async () => {
    await fill();
    const path = place.path();
    await database().export(path);
    const other = await make();
    await other.import([batchOf([advisoryOf("B-1", ["Go/b"])])], { importedAt: MAY });
    const before = await other.status();
    const failure = new Error("older");
    const told: unknown[] = [];
    const refuse = (...both: readonly { readonly ecosystems: object; readonly uri: string }[]): never => {
      told.push(...both.map(({ ecosystems, uri }) => [{ ...ecosystems }, uri === "o"]));
      throw failure;
    };
    await assert.rejects(other.takeOver(place.read(path), { origin: "o", approve: refuse }), failure);
    assert.deepEqual(told, [
      [{ npm: 2 }, true],
      [{ Go: 1 }, false],
    ]);
    assert.deepEqual(await other.status(), before);
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield* place.read(path);
      throw failure;
    }
    await assert.rejects(other.takeOver(failing(), { origin: "o", approve }), failure);
    async function* nonsense(): AsyncGenerator<Uint8Array> {
      yield encodeUtf8("no database".repeat(1_000));
    }
    await assert.rejects(other.takeOver(nonsense(), { origin: "o", approve }), (error) =>
      isAmapError(error, "DATABASE_INVALID"),
    );
    assert.deepEqual(await other.status(), before);
    await other.close();
  });
}
