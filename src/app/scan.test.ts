import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isAmapError } from "../base/index.ts";
import { type Component, decodeSbom, encodeCycloneDx, encodeSpdx, type Sbom } from "../metadata/index.ts";
import { advisoryOf } from "../ports/advisory-database.contract.ts";
import { createFakeAdvisoryDatabase } from "../testing/fake-advisory-database.ts";
import { createFakeWorld } from "../testing/fake-world.ts";
import { importAdvisories } from "./import-advisories.ts";
import { scanSbom } from "./scan.ts";

const TOOL = { name: "amap", version: "0.0.0" };
const NOW = "2026-11-22T12:00:00Z";

function componentOf(purl: string, more: Partial<Component> = {}): Component {
  const shared = { kind: "library", licenses: [], hashes: [], locations: [], scope: "production" } as const;
  return { ...shared, ref: purl, name: "thing", version: "1.0.0", purl, ...more };
}

function sbomOf(...components: readonly Component[]): Sbom {
  return {
    serialNumber: "urn:uuid:00000000-0000-4000-8000-000000000000",
    createdAt: NOW,
    authors: [],
    tools: [TOOL],
    subject: { ...componentOf("pkg:oci/shop"), kind: "container" },
    components,
    dependencies: new Map(),
    notLookedAt: [],
  };
}

describe("the age that a scan states for its database", () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ["is that of its newest record", "2025-01-01T00:00:00Z", NOW, "2025-01-01T00:00:00Z"],
    ["is that of its import where records say that they are newer", "2030-01-01T00:00:00Z", NOW, NOW],
  ];
  for (const [name, modified, importedAt, expected] of cases) {
    test(name, async () => {
      const database = createFakeAdvisoryDatabase([advisoryOf("A-1", ["npm/thing"], { modified })], importedAt);
      const scan = await scanSbom(createFakeWorld(), sbomOf(componentOf("pkg:npm/thing@1.0.0")), database, TOOL);
      assert.equal(scan.database.updatedAt, expected);
    });
  }
});

describe("an import", () => {
  const record = (id: string, ecosystem: string): string =>
    JSON.stringify(advisoryOf(id, [`${ecosystem}/thing`]).source);
  const files = { "/a/1.json": record("A-1", "npm"), "/a/2.json": record("A-2", "Debian:12") };

  test("that is not said to be whole leaves its ecosystems partial, and a scan says so once for each", async () => {
    const world = createFakeWorld(files);
    const database = createFakeAdvisoryDatabase();
    const sbom = sbomOf(componentOf("pkg:npm/thing@1.0.0"), componentOf("pkg:npm/other@1.0.0"));
    assert.equal((await importAdvisories(world, database, ["/a"])).written, 2);
    const partial = await scanSbom(world, sbom, database, TOOL);
    assert.equal(partial.findings.length, 1);
    assert.deepEqual(partial.notLookedAt, [
      { path: "pkg:npm", reason: "2 packages: the database holds 1 advisory for npm and is not said to be complete" },
    ]);
    await importAdvisories(world, database, ["/a"], { complete: ["npm"], force: true });
    assert.deepEqual((await scanSbom(world, sbom, database, TOOL)).notLookedAt, []);
  });

  for (const name of ["npn", "Debian:11", "__proto__"]) {
    test(`that says it is whole of ${name} and has nothing of it is refused`, async () => {
      const database = createFakeAdvisoryDatabase();
      await assert.rejects(importAdvisories(createFakeWorld(files), database, ["/a"], { complete: [name] }), (error) =>
        isAmapError(error, "VALUE_INVALID"),
      );
      assert.deepEqual((await database.status()).complete, []);
    });
  }
});

test("a package that is its own source stays known as one in each format of amap's SBOM", async () => {
  const bash = componentOf("pkg:deb/debian/bash@1.0.0?distro=debian-12", {
    sourcePackage: { name: "bash", version: "1.0.0" },
  });
  const database = createFakeAdvisoryDatabase([advisoryOf("A-1", ["Debian:12/bash"])], NOW);
  await database.import([], { importedAt: NOW, complete: () => ["Debian"] });
  for (const encoded of [encodeCycloneDx(sbomOf(bash)), encodeSpdx(sbomOf(bash))]) {
    const decoded = decodeSbom(encoded);
    assert.ok(decoded.ok);
    const scan = await scanSbom(createFakeWorld(), decoded.value.sbom, database, TOOL);
    assert.equal(scan.findings.length, 1);
    assert.deepEqual(scan.notLookedAt, []);
  }
});
