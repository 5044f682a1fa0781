import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { AmapError, encodeUtf8, type Value, writeJson } from "../base/index.ts";
import {
  type Advisory,
  type AdvisoryBatch,
  type Component,
  decodeStoredScan,
  ecosystemsOfAdvisory,
  encodeCycloneDx,
  type Scan,
} from "../metadata/index.ts";
import { advisoryOf, batchOf } from "../ports/advisory-database.contract.ts";
import type { AdvisoryDatabase } from "../ports/index.ts";
import { createFakeAdvisoryDatabase } from "../testing/fake-advisory-database.ts";
import { createFakeWorld } from "../testing/fake-world.ts";
import type { GivenAnswers } from "./answers.ts";
import { loadDecisions } from "./decisions/use-decisions.ts";
import { type RescannedSbom, rescanFolder } from "./rescan.ts";
import { decodeSbomFile } from "./sboms/sbom-file.ts";
import { readNamedJson, scanSbom } from "./scan.ts";
import { readBaseline } from "./scan-outputs/baseline-file.ts";
import type { World } from "./world.ts";

const TOOL = { name: "amap", version: "1.0.0" };
const NOW = "2026-11-22T12:00:00Z";
const MAX_BYTES = 1_000_000;

function componentOf(purl: string, more: Partial<Component> = {}): Component {
  const [, name = "thing", version = "1"] = /([^/]+)@([^?]+)/.exec(purl) ?? [];
  const shared = { kind: "library", licenses: [], hashes: [], locations: [], scope: "production" } as const;
  return { ...shared, ref: purl, name, version, purl, ...more };
}

function documentOf(components: readonly Component[], edges: readonly (readonly [number, number])[] = []): Uint8Array {
  const subject = { ...componentOf("pkg:generic/shop@1"), kind: "application" } as const;
  const refs = [subject.ref, ...components.map(({ ref }) => ref)];
  const dependencies = new Map<string, string[]>();
  for (const [from, to] of edges) {
    const [source, target] = [refs[from % refs.length] ?? "", refs[to % refs.length] ?? ""];
    const known = dependencies.get(source) ?? [];
    if (!known.includes(target)) dependencies.set(source, [...known, target]);
  }
  return encodeUtf8(
    writeJson(
      encodeCycloneDx({
        serialNumber: "urn:uuid:00000000-0000-4000-8000-000000000000",
        createdAt: NOW,
        authors: [],
        tools: [TOOL],
        subject,
        components,
        dependencies,
        notLookedAt: [{ path: "/broken", reason: "it is cut off" }],
      }),
    ),
  );
}

/** A database that tells what it was asked. */
function counting(database: AdvisoryDatabase): AdvisoryDatabase & { readonly keys: string[] } {
  const keys: string[] = [];
  return {
    ...database,
    keys,
    snapshot: async () => {
      const snapshot = await database.snapshot();
      const lookup: AdvisoryDatabase["lookup"] = (wanted) => {
        keys.push(...wanted);
        return snapshot.lookup(wanted);
      };
      return { ...snapshot, lookup };
    },
  };
}

async function rescan(world: World, database: AdvisoryDatabase, more: object = {}): Promise<readonly RescannedSbom[]> {
  const rows: RescannedSbom[] = [];
  const request = { sboms: "/sboms", scans: "/scans", tool: TOOL, onSbom: (row: RescannedSbom) => rows.push(row) };
  const told = await rescanFolder(world, database, { ...request, ...more });
  await told.end();
  return rows;
}

async function storedScan(world: World, name: string): Promise<Scan> {
  const path = `/scans/${name}.vuln.json`;
  const decoded = decodeStoredScan(readNamedJson(await world.files.read(path, MAX_BYTES), path));
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded.value;
}

async function wholeScan(world: World, name: string, database: AdvisoryDatabase): Promise<Scan> {
  const bytes = await world.files.read(`/sboms/${name}`, MAX_BYTES);
  return scanSbom(world, decodeSbomFile(name, bytes).decoded.sbom, database, TOOL);
}

const outcomes = (rows: readonly RescannedSbom[]): readonly string[] =>
  rows.map(({ path, outcome, matched }) => `${path} ${outcome} ${matched}`);

const SBOMS = {
  "/sboms/a.json": documentOf(
    [componentOf("pkg:npm/one@1.0.0"), componentOf("pkg:npm/two@1.0.0")],
    [
      [0, 1],
      [1, 2],
    ],
  ),
  "/sboms/deep/b.json": documentOf([componentOf("pkg:npm/two@1.0.0"), componentOf("pkg:pypi/three@1.0.0")]),
  "/sboms/c.json": documentOf([componentOf("pkg:pypi/four@1.0.0")]),
};
const bring = (database: AdvisoryDatabase, batch: Partial<AdvisoryBatch>, complete: readonly string[] = []) =>
  database.import([{ ...batchOf([]), ...batch }], { importedAt: NOW, complete: () => complete });

async function start(files: Readonly<Record<string, string | Uint8Array>> = SBOMS) {
  const world = createFakeWorld(files);
  const inner = createFakeAdvisoryDatabase();
  const aliases = { aliases: ["CVE-2026-0001"] };
  const advisories = [advisoryOf("A-1", ["npm/one"], aliases), advisoryOf("A-2", ["PyPI/three"])];
  await bring(inner, { advisories }, ["npm", "PyPI"]);
  const rows = await rescan(world, inner);
  return { world, inner, rows, database: counting(inner) };
}

describe("after an update", () => {
  const change = advisoryOf("B-1", ["npm/two"]);
  const epss = { cve: "CVE-2026-0001", probability: 0.5, percentile: 0.5, date: "2026-11-22" };
  const cases: readonly {
    readonly name: string;
    readonly batch: Partial<AdvisoryBatch>;
    readonly outcomes: readonly string[];
    readonly keys: readonly string[];
    readonly fresh?: readonly string[];
    readonly gone?: readonly string[];
  }[] = [
    { name: "of nothing", batch: {}, outcomes: ["a.json kept 0", "c.json kept 0", "deep/b.json kept 0"], keys: [] },
    {
      name: "of one package only its components are asked for",
      batch: { advisories: [change] },
      outcomes: ["a.json part 1", "c.json kept 0", "deep/b.json part 1"],
      keys: ["npm/two", "npm/two"],
      fresh: ["B-1 pkg:npm/two@1.0.0", "B-1 pkg:npm/two@1.0.0"],
    },
    {
      name: "that withdraws",
      batch: {
        advisories: [
          advisoryOf("A-2", ["PyPI/three"], { modified: NOW, withdrawn: NOW }),
          advisoryOf("A-3", ["PyPI/other"]),
        ],
      },
      outcomes: ["a.json kept 0", "c.json kept 0", "deep/b.json part 1"],
      keys: ["PyPI/three"],
      gone: ["A-2 pkg:pypi/three@1.0.0"],
    },
    {
      name: "of a package that no SBOM has",
      batch: { advisories: [advisoryOf("B-2", ["npm/none"])] },
      outcomes: ["a.json kept 0", "c.json kept 0", "deep/b.json kept 0"],
      keys: [],
    },
    {
      name: "of the catalogue",
      batch: { exploited: [{ cve: "CVE-2026-0001", dateAdded: "2026-11-01", isUsedByRansomware: true }] },
      outcomes: ["a.json part 1", "c.json kept 0", "deep/b.json kept 0"],
      keys: ["npm/one"],
    },
    {
      name: "of scores",
      batch: { predictions: [epss] },
      outcomes: ["a.json part 1", "c.json kept 0", "deep/b.json kept 0"],
      keys: ["npm/one"],
    },
    {
      name: "of another CVE",
      batch: { cves: [{ cve: "CVE-2026-0002", modified: NOW, isRejected: false, severity: [] }] },
      outcomes: ["a.json kept 0", "c.json kept 0", "deep/b.json kept 0"],
      keys: [],
    },
  ];
  for (const { name, batch, outcomes: expected, keys, fresh = [], gone = [] } of cases)
    test(name, async () => {
      const { world, inner, database, rows } = await start();
      assert.deepEqual(outcomes(rows), ["a.json whole 2", "c.json whole 1", "deep/b.json whole 2"]);
      await bring(inner, batch);
      const again = await rescan(world, database);
      assert.deepEqual(outcomes(again), expected);
      assert.deepEqual(database.keys, keys);
      const say = ({ vulnerability, purl }: { readonly vulnerability: string; readonly purl: string }) =>
        `${vulnerability} ${purl}`;
      assert.deepEqual(again.flatMap((row) => row.fresh).map(say), fresh);
      assert.deepEqual(again.flatMap((row) => row.gone).map(say), gone);
      for (const { path, scan } of again) {
        assert.deepEqual(await storedScan(world, path), await wholeScan(world, path, inner), path);
        assert.deepEqual(scan, await storedScan(world, path));
      }
    });
});

describe("all of an SBOM is scanned", () => {
  type Started = Awaited<ReturnType<typeof start>>;
  const edit = async ({ world }: Started, change: (text: string) => string): Promise<void> => {
    const path = "/scans/a.json.vuln.json";
    const text = new TextDecoder().decode(await world.files.read(path, MAX_BYTES));
    assert.notEqual(change(text), text);
    await world.files.write(path, encodeUtf8(change(text)));
  };
  const cases: readonly (readonly [
    name: string,
    change: (started: Started) => Promise<unknown>,
    reason: RegExp,
    more?: object,
  ])[] = [
    ["when it is said so", async () => undefined, /everything/, { isWhole: true }],
    ["when it changed", ({ world }) => world.files.write("/sboms/a.json", SBOMS["/sboms/c.json"]), /the SBOM changed/],
    ["by another version", async () => undefined, /scanned by amap 1.0.0/, { tool: { ...TOOL, version: "1.0.1" } }],
    [
      "when an ecosystem is whole no more",
      ({ inner }) =>
        inner.import([batchOf([advisoryOf("A-9", ["npm/x"])])], { importedAt: NOW, partial: () => ["npm"] }),
      /covers other parts/,
    ],
    ["when its scan is cut off", (started) => edit(started, (text) => text.slice(0, -20)), /cannot be read/],
    [
      "when its scan does not say what it depends on",
      (started) => edit(started, (text) => text.replace('"keys":', '"key":')),
      /digest the document was changed after it was written/,
    ],
    [
      "when its scan is of another form",
      (started) => edit(started, (text) => text.replace("amap-rescan/2", "amap-rescan/3")),
      /cannot be read/,
    ],
    [
      "when a severity in its scan was edited",
      (started) => edit(started, (text) => text.replace(/"severity":"[a-z]+"/, '"severity":"none"')),
      /digest the document was changed/,
    ],
    [
      "when its scan says that somebody closed a finding",
      (started) => edit(started, (text) => text.replace('"closed":[]', '"closed":["A-1 pkg:npm/one@1.0.0 one"]')),
      /digest the document was changed/,
    ],
    [
      "when its digest is gone",
      (started) => edit(started, (text) => text.replace('"digest":', '"other":')),
      /digest the document was changed/,
    ],
    ["when its scan is gone", ({ world }) => world.files.remove("/scans/a.json.vuln.json"), /not scanned before/],
  ];
  for (const [name, change, reason, more] of cases)
    test(name, async () => {
      const started = await start();
      await change(started);
      const [row] = await rescan(started.world, started.inner, more);
      assert.equal(row?.outcome, "whole");
      assert.match(row?.reason ?? "", reason);
      assert.equal(row?.isDistrusted, /cannot be read/.test(row?.reason ?? ""));
    });

  test("but not when its scan was only laid out anew, with its members in another order", async () => {
    const { world, inner } = await start();
    const path = "/scans/a.json.vuln.json";
    const { metadata, ...rest } = JSON.parse(new TextDecoder().decode(await world.files.read(path, MAX_BYTES)));
    await world.files.write(path, encodeUtf8(JSON.stringify({ metadata, ...rest }, null, 4)));
    assert.equal((await rescan(world, inner))[0]?.outcome, "kept");
  });

  test("a changed one is no baseline either, and what was closed in one was not there", async () => {
    const { world, inner } = await start();
    const path = "/scans/a.json.vuln.json";
    const [finding] = (await storedScan(world, "a.json")).findings;
    assert.ok(finding);
    assert.equal((await readBaseline(world, path))(finding), true);
    await rescan(world, inner, { answers: await answersOf(world, RISK) });
    assert.equal((await readBaseline(world, path))(finding), false);
    const text = new TextDecoder().decode(await world.files.read(path, MAX_BYTES));
    await world.files.write(path, encodeUtf8(text.replace(/"closed":\[[^\]]*\]/, '"closed":[]')));
    await assert.rejects(readBaseline(world, path), { code: "DOCUMENT_INVALID", hint: /amap rescan/ });
  });

  test("against another database, even one of the same content", async () => {
    const { world } = await start();
    const other = createFakeAdvisoryDatabase();
    await bring(other, { advisories: [advisoryOf("A-1", ["npm/one"]), advisoryOf("A-2", ["PyPI/three"])] }, [
      "npm",
      "PyPI",
    ]);
    for (const row of await rescan(world, other)) assert.equal(row.outcome, "whole");
  });
});

const decisionsOf = (lines: readonly string[]): string =>
  [
    "apiVersion: amap.dev/v1alpha1",
    "kind: Decisions",
    "decisions:",
    "  - finding: CVE-2026-0001",
    ...lines.map((line) => `    ${line}`),
    "    author: alice@example.com",
    "    decidedAt: 2026-01-01T00:00:00Z",
    "",
  ].join("\n");
const FACT = decisionsOf(["status: not_affected", "justification: vulnerable_code_not_present"]);
const RISK = decisionsOf(["status: risk_accepted", "reason: No way in.", "owner: shop", "until: 2026-11-23T00:00:00Z"]);
const DAY_MS = 86_400_000;

async function answersOf(world: World, decisions: string): Promise<GivenAnswers> {
  await world.files.write("/decisions.yaml", encodeUtf8(decisions));
  return {
    documents: [],
    decisions: await loadDecisions(world, "/decisions.yaml", { mode: "none", forgeData: [], people: [] }),
  };
}

describe("answers", () => {
  const tell = ([row]: readonly RescannedSbom[]) => ({
    outcome: row?.outcome,
    closed: row?.findings.filter(({ answered, acceptance }) => answered || acceptance !== undefined).length,
    isNew: row?.findings.map(({ isNew }) => isNew),
    reopened: row?.reopened.map(({ vulnerability }) => vulnerability),
  });
  const closed = { outcome: "kept", closed: 1, isNew: [false], reopened: [] };
  const open = { outcome: "kept", closed: 0, isNew: [true], reopened: ["CVE-2026-0001"] };
  const rows: readonly (readonly [
    string,
    string,
    (started: Awaited<ReturnType<typeof start>>) => Promise<GivenAnswers | undefined>,
    object,
  ])[] = [
    ["that still hold", FACT, ({ world }) => answersOf(world, FACT), closed],
    ["that are not given any more", FACT, async () => undefined, open],
    [
      "of which the statement was withdrawn",
      FACT,
      ({ world }) => answersOf(world, FACT.replace("CVE-2026-0001", "CVE-2026-0002")),
      open,
    ],
    [
      "that are taken back",
      FACT,
      ({ world }) =>
        answersOf(world, FACT.replace(/not_affected[^]*?present/, "affected\n    actionStatement: Update.")),
      open,
    ],
    ["that accept a risk", RISK, ({ world }) => answersOf(world, RISK), closed],
    [
      "that have expired",
      RISK,
      ({ world }) => {
        world.clock.advance(DAY_MS);
        return answersOf(world, RISK);
      },
      open,
    ],
    [
      "whose accepted risks do not count",
      RISK,
      async ({ world }) => ({ ...(await answersOf(world, RISK)), ignoresAcceptedRisk: true }),
      open,
    ],
  ];
  for (const [name, first, then, expected] of rows)
    test(`${name} are judged anew, though nothing in the database changed`, async () => {
      const started = await start();
      const { world, inner } = started;
      const answers = await answersOf(world, first);
      assert.deepEqual(tell(await rescan(world, inner, { answers })), closed);
      const found = await storedScan(world, "a.json");
      const after = await then(started);
      const told = tell(await rescan(world, inner, after === undefined ? {} : { answers: after }));
      assert.deepEqual(told, expected);
      // What is stored is the same findings, closed or not.
      assert.deepEqual((await storedScan(world, "a.json")).findings, found.findings);
      // And it is told once.
      const again = tell(await rescan(world, inner, after === undefined ? {} : { answers: after }));
      assert.deepEqual(again.reopened, []);
    });
});

describe("a run that was cut off", () => {
  const isNew = (rows: readonly RescannedSbom[]) =>
    rows.map(({ path, findings }) => `${path} ${findings.filter((finding) => finding.isNew).length}`);
  const update = async ({ inner, world }: Awaited<ReturnType<typeof start>>) => {
    world.clock.advance(60_000);
    await bring(inner, { advisories: [advisoryOf("B-1", ["npm/one"]), advisoryOf("B-2", ["PyPI/three"])] });
  };

  test("before it could store the last scan: what it stored is told by the next run, once", async () => {
    const started = await start();
    const { world, inner } = started;
    await update(started);
    const write: World["files"]["write"] = async (path, ...rest) => {
      if (path.includes("deep/")) throw new AmapError("FILE_UNREADABLE", `cannot write ${path}: the disk is full`);
      return world.files.write(path, ...rest);
    };
    const full = { ...world, files: { ...world.files, write } };
    await assert.rejects(rescan(full, inner), { code: "FILE_UNREADABLE" });
    world.clock.advance(60_000);
    assert.deepEqual(isNew(await rescan(world, inner)), ["a.json 2", "c.json 0", "deep/b.json 1"]);
    assert.deepEqual(isNew(await rescan(world, inner)), ["a.json 0", "c.json 0", "deep/b.json 0"]);
  });

  test("before it told anything, or more than once, and with a mark that says nothing", async () => {
    const started = await start();
    const { world, inner } = started;
    await update(started);
    const request = { sboms: "/sboms", scans: "/scans", tool: TOOL, onSbom: () => undefined };
    const first = await rescanFolder(world, inner, request);
    assert.equal(first.cutSince, undefined);
    world.clock.advance(60_000);
    const { cutSince } = await rescanFolder(world, inner, request);
    assert.equal(typeof cutSince, "string");
    world.clock.advance(60_000);
    assert.equal((await rescanFolder(world, inner, request)).cutSince, cutSince);
    await world.files.write("/scans/rescan.unfinished", encodeUtf8("?"));
    assert.deepEqual(isNew(await rescan(world, inner)), ["a.json 2", "c.json 0", "deep/b.json 2"]);
    assert.deepEqual(isNew(await rescan(world, inner)), ["a.json 0", "c.json 0", "deep/b.json 0"]);
  });
});

describe("a folder", () => {
  test("with files that are no SBOMs: each is told, and the others count", async () => {
    const { rows } = await start({ ...SBOMS, "/sboms/d.json": "{}", "/sboms/notes.md": "…", "/sboms/e.xml": "<a/>" });
    assert.deepEqual(
      rows.filter(({ outcome }) => outcome === "failed").map(({ path }) => path),
      ["d.json", "e.xml"],
    );
    assert.equal(rows.length, 5);
  });

  test("whose SBOM is gone: its scan is told and left", async () => {
    const { world, inner } = await start();
    await world.files.remove("/sboms/c.json");
    const told = await rescanFolder(world, inner, {
      sboms: "/sboms/",
      scans: "/scans/",
      tool: TOOL,
      onSbom: () => undefined,
    });
    assert.deepEqual([told.withoutSbom, told.otherFiles], [["c.json.vuln.json"], 0]);
  });

  for (const scans of ["/sboms", "/sboms/", "/sboms/scans"])
    test(`scans are not kept in ${scans}`, async () => {
      await assert.rejects(rescan(createFakeWorld(SBOMS), createFakeAdvisoryDatabase(), { scans }), { code: "USAGE" });
    });

  test("against an empty database is refused", async () => {
    await assert.rejects(rescan(createFakeWorld(SBOMS), createFakeAdvisoryDatabase()), { code: "DATABASE_INVALID" });
  });
});

const CVES = ["CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003"];
const PACKAGES = ["npm/a", "npm/b", "PyPI/a", "Debian:12/a", "Debian:11/a", "Go/a"];
const PURLS =
  "pkg:npm/a@1.0.0 pkg:npm/a@3.0.0 pkg:npm/b@1.0.0 pkg:npm/b@odd pkg:pypi/a@1.0.0 pkg:pypi/a@1.0! pkg:npm pkg:cargo/a@1.0.0 " +
  "pkg:deb/debian/a@1.0.0?distro=debian-12 pkg:deb/debian/x@1.0.0 pkg:golang/a@v1.0.0";
const VECTORS = ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"];

const advisories: fc.Arbitrary<Advisory> = fc
  .record({
    id: fc.constantFrom("A-1", "A-2", "A-3", "CVE-2026-0001"),
    packages: fc.subarray(PACKAGES, { minLength: 1 }),
    modified: fc.constantFrom("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
    aliases: fc.subarray(CVES),
    withdrawn: fc.constantFrom(false, false, false, true),
    vector: fc.constantFrom(undefined, ...VECTORS),
  })
  .map(({ id, packages, modified, aliases, withdrawn, vector }) =>
    advisoryOf(id, packages, {
      modified,
      aliases: aliases.filter((name) => name !== id),
      ...(withdrawn ? { withdrawn: modified } : {}),
      ...(vector === undefined ? {} : { severity: [{ type: "CVSS_V3", score: vector }] as unknown as Value }),
    }),
  );
const days = fc.constantFrom("2026-01-01", "2026-01-02");
const updates = fc.record({
  advisories: fc.array(advisories, { maxLength: 3 }),
  predictions: fc.array(
    fc.record({
      cve: fc.constantFrom(...CVES),
      probability: fc.constantFrom(0.1, 0.9),
      percentile: fc.constant(0.5),
      date: days,
    }),
    { maxLength: 2 },
  ),
  exploited: fc.array(fc.record({ cve: fc.constantFrom(...CVES), dateAdded: days, isUsedByRansomware: fc.boolean() }), {
    maxLength: 2,
  }),
  cves: fc.array(
    fc.record({
      cve: fc.constantFrom(...CVES),
      modified: fc.constantFrom("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
      isRejected: fc.boolean(),
      severity: fc.constantFrom(
        [],
        VECTORS.slice(0, 1).map((score) => ({ type: "CVSS_V3", score })),
      ),
    }),
    { maxLength: 2 },
  ),
  replaces: fc.constantFrom(undefined, undefined, "kev" as const, "epss" as const),
  complete: fc.subarray(["npm", "PyPI", "Debian", "Debian:12"]),
  partial: fc.subarray(["npm", "Debian:12"], { maxLength: 1 }),
  source: fc.constantFrom("npm/all.zip", "other.json"),
});
const components = fc.record({
  purl: fc.constantFrom(undefined, ...PURLS.split(" ")),
  source: fc.constantFrom(undefined, "a"),
  kind: fc.constantFrom("library", "library", "container", "operating-system"),
});
const documents = fc.record({
  components: fc.array(components, { maxLength: 6 }),
  edges: fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 6 }),
});

test("whatever is imported, a stored scan is what a whole scan would be", async () => {
  const law = fc.asyncProperty(
    fc.array(documents, { minLength: 1, maxLength: 3 }),
    fc.array(updates, { minLength: 1, maxLength: 4 }),
    async (sboms, steps) => {
      const files = sboms.map((sbom, index) => [`/sboms/${index}.json`, made(sbom)] as const);
      const world = createFakeWorld(Object.fromEntries(files));
      const database = createFakeAdvisoryDatabase();
      await bring(database, { advisories: [advisoryOf("Z-1", ["npm/z", "PyPI/z", "Debian:12/z"])] });
      await rescan(world, database);
      for (const { complete, partial, source, replaces, ...batch } of steps) {
        const said = new Set(batch.advisories.flatMap(ecosystemsOfAdvisory));
        await database.import([{ ...batch, ...(replaces === undefined ? {} : { replaces }) }], {
          importedAt: NOW,
          complete: () => complete.filter((name) => said.has(name)),
          partial: () => partial,
          source: { name: source, digest: `sha256:${"0".repeat(64)}` },
        });
        await rescan(world, database);
        for (const index of sboms.keys())
          assert.deepEqual(await storedScan(world, `${index}.json`), await wholeScan(world, `${index}.json`, database));
      }
    },
  );
  await fc.assert(law, { numRuns: 150 });
});

function made(sbom: typeof documents extends fc.Arbitrary<infer T> ? T : never): Uint8Array {
  const parts = sbom.components.map(({ purl, source, kind }, index) => {
    const base = componentOf(purl ?? "pkg:npm/a@1.0.0", { ref: `c${index}`, kind: kind as Component["kind"] });
    const { purl: _, ...nameless } = base;
    const named = purl === undefined ? { ...nameless, name: "pkg:npm/a@1.0.0" } : base;
    return source === undefined || purl?.startsWith("pkg:deb/") !== true
      ? named
      : { ...named, sourcePackage: { name: source, version: "1.0.0" } };
  });
  return documentOf(parts, sbom.edges);
}
