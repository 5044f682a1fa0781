import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeUtf8 } from "../../base/index.ts";
import { type Component, type DecodedSbom, writeSbom } from "../../metadata/index.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { sbomOf } from "../documents.ts";
import type { World } from "../world.ts";
import { convertSbom, isLossy, parseSbomTarget } from "./convert.ts";
import { serialNumberOf, sourceDateOf } from "./identity.ts";
import { readSbomFile } from "./sbom-file.ts";
import { enrichSbomFile, mergeSbomFiles, searchSbomFiles } from "./sbom-files.ts";
import { scoreSbomFile } from "./score.ts";
import { parseSearchQuery } from "./search.ts";

const TOOL = { name: "amap", version: "0.1.0" };
const HEX = "a".repeat(64);
const DOCUMENT = {
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  version: 1,
  metadata: { component: { type: "application", "bom-ref": "shop", name: "shop", version: "1" } },
  components: [
    {
      type: "library",
      "bom-ref": "left",
      name: "left",
      version: "1.2.0",
      purl: "pkg:npm/%40shop/left@1.2.0",
      cpe: "cpe:2.3:a:shop:left:1.2.0:*:*:*:*:*:*:*",
      hashes: [{ alg: "SHA-256", content: HEX }],
      licenses: [{ expression: "GPL-2.0 OR MIT" }],
    },
  ],
};
const LOCK = JSON.stringify({
  name: "app",
  lockfileVersion: 3,
  packages: { "": { name: "app" }, "node_modules/made-up": { version: "1.0.0" } },
});

function worldOf(files: Readonly<Record<string, unknown>>, environment: Readonly<Record<string, string>> = {}): World {
  const texts = Object.entries(files).map(
    ([name, content]) => [name, typeof content === "string" ? content : JSON.stringify(content)] as const,
  );
  return { ...createFakeWorld(Object.fromEntries(texts)), environment: (name) => environment[name] };
}

async function decodedOf(world: World, path: string): Promise<DecodedSbom> {
  return (await readSbomFile(world, path)).decoded;
}

describe("the same artifact gives the same bytes", () => {
  const made = async (environment: Readonly<Record<string, string>>, times = 1): Promise<string> => {
    const world = worldOf({ "app/package-lock.json": LOCK }, environment);
    let text = "";
    for (let time = 0; time < times; time++) {
      text = decodeUtf8(writeSbom(await sbomOf(world, "dir:app", TOOL), "cyclonedx-json").bytes) ?? "";
    }
    return text;
  };

  test("with SOURCE_DATE_EPOCH: its time, and a serial number of the content", async () => {
    const first = await made({ SOURCE_DATE_EPOCH: "1700000000" });
    assert.equal(await made({ SOURCE_DATE_EPOCH: "1700000000" }, 2), first);
    assert.match(first, /"timestamp": "2023-11-14T22:13:20Z"/);
    assert.match(
      first,
      /"serialNumber": "urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"/,
    );
    assert.notEqual(await made({ SOURCE_DATE_EPOCH: "1700000001" }), first);
  });

  test("without it each run has its own serial number", async () => {
    assert.notEqual(await made({}, 1), await made({}, 2));
  });

  for (const text of ["yesterday", "-1", "1.5", "9".repeat(20)]) {
    test(`SOURCE_DATE_EPOCH=${text} is refused`, () => {
      assert.throws(() => sourceDateOf(worldOf({}, { SOURCE_DATE_EPOCH: text })), { code: "USAGE" });
    });
  }

  test("another content has another serial number", async () => {
    const { sbom } = await decodedOf(worldOf({ "a.json": DOCUMENT }), "a.json");
    const other = { ...sbom, components: sbom.components.map((each) => ({ ...each, version: "1.2.1" })) };
    assert.notEqual(serialNumberOf(sbom), serialNumberOf(other));
    assert.equal(serialNumberOf({ ...sbom, serialNumber: "urn:x" }), serialNumberOf(sbom));
  });
});

describe("convertSbom", () => {
  test("a document without time and serial number gets them for SPDX, which is told as changed", async () => {
    const world = worldOf({ "a.json": DOCUMENT }, { SOURCE_DATE_EPOCH: "1700000000" });
    const decoded = await decodedOf(world, "a.json");
    const { bytes, losses } = convertSbom(world, decoded, parseSbomTarget("spdx-json"));
    assert.deepEqual(
      losses.filter(({ outcome }) => outcome === "changed").map(({ path }) => path),
      ["createdAt", "serialNumber"],
    );
    assert.ok(isLossy(losses));
    assert.match(decodeUtf8(bytes) ?? "", /"created": "2023-11-14T22:13:20Z"/);
    assert.deepEqual(convertSbom(world, decoded, parseSbomTarget("spdx-json")).bytes, bytes);
  });

  test("its own form and version loses nothing", async () => {
    const world = worldOf({ "a.json": DOCUMENT });
    const { losses } = convertSbom(world, await decodedOf(world, "a.json"), parseSbomTarget("cyclonedx-json@1.6"));
    assert.deepEqual(losses, []);
  });

  test("targets: a form, a version and a file", () => {
    const target = parseSbomTarget("cyclonedx-json@1.5=out=1.json");
    assert.deepEqual([target.form.id, target.version, target.file], ["cyclonedx-json", "1.5", "out=1.json"]);
    assert.throws(() => parseSbomTarget("cyclonedx"), { code: "USAGE" });
    assert.throws(() => parseSbomTarget("spdx-json="), { code: "USAGE" });
    assert.throws(() => parseSbomTarget("cyclonedx-json@0.9"), { code: "NOT_SUPPORTED" });
  });
});

describe("parseSearchQuery", () => {
  const component: Component = {
    ref: "left",
    kind: "library",
    name: "Left",
    group: "shop",
    version: "1.10.0",
    purl: "pkg:npm/%40shop/left@1.10.0?arch=x",
    cpes: ["cpe:2.3:a:shop:left:1.10.0:*:*:*:*:*:*:*"],
    licenses: ["GPL-2.0-only OR (MIT AND ISC)"],
    concludedLicenses: ["MIT"],
    hashes: [{ algorithm: "SHA-256", value: HEX }],
    locations: [],
    scope: "production",
  };
  const rows: readonly (readonly [query: string, isFound: boolean])[] = [
    ["left", true],
    ["shop/left", true],
    ["name:le*", true],
    ["right", false],
    ["pkg:npm/@shop/left", true],
    ["pkg:npm/%40shop/left", true],
    ["pkg:npm/%40shop/*", true],
    ["pkg:npm/@shop/*", true],
    ["pkg:*", true],
    ["pkg:npm/left", false],
    ["pkg:npm/@shop/left@1.10.0", true],
    ["pkg:npm/@shop/left@1.*", true],
    ["pkg:npm/@shop/left@>=1.9.0", true],
    ["pkg:npm/@shop/left@>=1.9.0,<1.10.0", false],
    ["pkg:npm/@shop/left@>1.9.0, <=1.10.0", true],
    ["pkg:npm/@shop/left@!=1.10.0", false],
    ["pkg:npm/@shop/left@=1.10.0", true],
    ["pkg:npm/@shop/left@<not-a-version", false],
    ["cpe:2.3:a:shop:*", true],
    ["cpe:2.3:a:other:*", false],
    [`sha256:${HEX}`, true],
    [`sha256:${"b".repeat(64)}`, false],
    ["license:GPL-*", true],
    ["license:isc", true],
    ["license:Apache-2.0", false],
  ];
  for (const [query, isFound] of rows) {
    test(`${query}: ${isFound}`, () => assert.equal(parseSearchQuery(query)(component), isFound));
  }

  test("versions are in the order of their ecosystem", () => {
    const debian: Component = { ...component, version: "1:2.0~rc1-1", purl: "pkg:deb/debian/left@1%3A2.0~rc1-1" };
    assert.equal(parseSearchQuery("pkg:deb/debian/left@<1:2.0-1")(debian), true);
    assert.equal(parseSearchQuery("pkg:deb/debian/left@<2.0-1")(debian), false);
  });

  for (const query of ["", "sha256:abc", "pkg:npm/a@", "pkg:npm/a@>=1,,<2"]) {
    test(`"${query}" is refused`, () => assert.throws(() => parseSearchQuery(query), { code: "USAGE" }));
  }
});

describe("files and folders", () => {
  test("a search goes through folders, and tells what it could not look into", async () => {
    const world = worldOf({
      "d/a.json": DOCUMENT,
      "d/x/b.cdx.json": DOCUMENT,
      "d/c.json": "{}",
      "d/notes.txt": "left",
    });
    const { hits, searched, notSearched } = await searchSbomFiles(world, "left", ["d"]);
    assert.deepEqual(
      hits.map(({ file, subject }) => `${file} ${subject}`),
      ["d/a.json shop 1", "d/x/b.cdx.json shop 1"],
    );
    assert.deepEqual([searched, notSearched.map(({ path }) => path)], [2, ["d/c.json"]]);
    await assert.rejects(searchSbomFiles(world, "left", ["d/c.json"]), { code: "DOCUMENT_INVALID" });
  });

  test("the same files merge into the same bytes", async () => {
    const world = worldOf({ "a.json": DOCUMENT, "b.json": DOCUMENT }, { SOURCE_DATE_EPOCH: "1700000000" });
    const merge = (): ReturnType<typeof mergeSbomFiles> =>
      mergeSbomFiles(world, ["a.json", "b.json"], parseSbomTarget("cyclonedx-json"), {
        subject: { name: "all" },
        order: "hierarchical",
        tool: TOOL,
      });
    const first = await merge();
    assert.deepEqual(await merge(), first);
  });

  test("an SBOM is enriched in its own form, and rules that are not understood are refused", async () => {
    const rules = "rules:\n- match: pkg:npm/*\n  set: { supplier: Shop }\n";
    const world = worldOf({ "a.json": DOCUMENT, "rules.yaml": rules, "broken.yaml": "rules: 1\n" });
    const { bytes, filled } = await enrichSbomFile(world, "a.json", { rules: ["rules.yaml"], from: [] });
    const text = decodeUtf8(bytes) ?? "";
    assert.match(text, /"specVersion": "1.6"/);
    assert.match(text, /"name": "amap-inferred:supplier",\s+"value": "rules.yaml: rule 1"/);
    assert.deepEqual(filled, [{ ref: "left", field: "supplier", source: "rules.yaml: rule 1" }]);
    const broken = enrichSbomFile(world, "a.json", { rules: ["broken.yaml"], from: [] });
    await assert.rejects(broken, { code: "DOCUMENT_INVALID" });
  });

  test("a score names deprecated licence ids, which are never changed", async () => {
    const world = worldOf({ "a.json": DOCUMENT });
    const scored = scoreSbomFile(await readSbomFile(world, "a.json"), ["ntia"]);
    assert.deepEqual(scored.deprecatedLicenses, [{ id: "GPL-2.0", instead: "GPL-2.0-only", components: 1 }]);
    assert.equal(scored.readings.length, 2);
    assert.equal(scored.valid, true);
  });
});
