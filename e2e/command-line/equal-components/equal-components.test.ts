/** The same software in every way that it is shipped and described: the components are the same, and a table shows it. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { storefrontImage } from "../../../src/app/demo/storefront.ts";
import { buildImage, parseImageTarget, sbomOf } from "../../../src/app/index.ts";
import { runCli } from "../../../src/cli/run-cli.ts";
import { VERBS } from "../../../src/cli/verbs.ts";
import { readSbom, type Sbom } from "../../../src/metadata/index.ts";
import { createCliChecks, createCliRunner } from "../../../src/testing/cli-runner.ts";
import { createWorld, findExamples } from "../../../src/wiring/index.ts";
import { countEdges, differencesOf, type Without } from "./compare.ts";
import {
  digestOfLayout,
  platformsOfLayout,
  readLayout,
  tar,
  writeDockerArchive,
  writeLayout,
  writeOciArchive,
} from "./image-forms.ts";
import { REAL_INPUTS } from "./inputs.ts";
import { buildLayers } from "./layered-tree.ts";
import { MADE_STEPS } from "./made-input.ts";
import { type Cell, layOutCells } from "./table.ts";

const { ok } = createCliChecks(createCliRunner((words, shell) => runCli(words, shell, VERBS)));
const registry = process.env["AMAP_E2E_REGISTRY"] ?? "";
const folder = mkdtempSync(join(tmpdir(), "amap-equal-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const TRUST = ["--key", at("signer.pub"), "--insecure-ignore-tlog=true"];
const SIGN = ["--key", at("signer.key"), "--tlog-upload=false"];
/** Documents that are generated, and what a form cannot say. */
const DOCUMENTS: readonly (readonly [form: string, without?: Without])[] = [
  ["cyclonedx-json"],
  ["cyclonedx-xml"],
  ["spdx-json"],
  ["spdx-yaml"],
  ["spdx-tag-value"],
  ["spdx3-json"],
  ["cyclonedx-json@1.7"],
  ["spdx-json@2.2"],
  ["cyclonedx-json@1.2", ["layers", "locations", "sourcePackage", "properties", "notLookedAt"]],
];
/** Documents that the program reads to make another one. */
const MADE_AGAIN = 6;
/** Predicate types of cosign's, and the documents that are attested as such. */
const ATTESTED: readonly (readonly [type: string, form: string])[] = [
  ["cyclonedx", "cyclonedx-json"],
  ["spdxjson", "spdx-json"],
  ["spdx", "spdx-tag-value"],
];
const NO_REGISTRY = "not run: AMAP_E2E_REGISTRY names no registry";
const ONE_PLATFORM = "not run: it holds one platform, and this image has two";

/** An image to be shipped. */
interface Image {
  readonly name: string;
  readonly layout: string;
  /** What the layout's tag names, or one platform of that. */
  readonly digest: string;
  /** The same unpacked; an image of several platforms has none. */
  readonly tree?: string;
}

const cells: Cell[] = [];

/** Makes an SBOM with the program, and reads what it wrote. */
async function made(reference: string, ...words: readonly string[]): Promise<Sbom> {
  const file = at("made.cdx.json");
  await ok("sbom", reference, "-o", `cyclonedx-json=${file}`, ...words);
  return read(file);
}

function read(file: string): Sbom {
  const decoded = readSbom(readFileSync(file));
  assert.ok(decoded.ok, file);
  return decoded.value.sbom;
}

/** What the program holds before anything is written down. */
async function inMemory(reference: string): Promise<Sbom> {
  const world = createWorld({ offline: false, env: { HOME: folder } });
  try {
    return await sbomOf(world, reference, { name: "amap", version: "0" });
  } finally {
    await world.close();
  }
}

before(() => ok("generate-key-pair", "--output-key-prefix", at("signer")));

after(() => {
  rmSync(folder, { recursive: true, force: true });
  console.log(layOutCells(cells));
});

/** Tests that all forms of an image say the same. */
function testForms(open: () => Image): void {
  let image: Image;
  let expected: Sbom;
  const inLayout = (): string => `oci:${image.layout}@${image.digest}`;
  const inRegistry = (): string => `${registry}/equal/${image.name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}:v1`;
  const equals = (form: string, found: Sbom, without: Without = []): void => {
    const differences = differencesOf(expected, found, without);
    cells.push({
      input: image.name,
      form,
      counts: [found.components.length, countEdges(found)],
      differences: differences.length,
      ...(without.length === 0 ? {} : { because: `it has no field for ${without.join(", ")}` }),
    });
    assert.deepEqual(differences.slice(0, 10), [], form);
    assert.ok(found.components.length > 0, form);
  };
  const skip = (t: TestContext, form: string, because: string): void => {
    cells.push({ input: image.name, form, differences: 0, because });
    t.skip(because);
  };

  before(async () => {
    image = open();
    expected = await inMemory(inLayout());
    await ok("sbom", inLayout(), ...DOCUMENTS.flatMap(([form]) => ["-o", `${form}=${image.layout}.${form}`]));
  });

  for (const [index, [form, without]] of DOCUMENTS.entries()) {
    test(`generated ${form}`, async () => {
      const file = `${image.layout}.${form}`;
      equals(`${form} of the layout`, read(file), without);
      if (index < MADE_AGAIN) equals(`${form}, read and written`, await made(`sbom:${file}`));
    });
  }

  test("oci-archive", async () => {
    writeOciArchive(`${image.layout}.oci.tar`, image.layout);
    equals("oci-archive", await made(`oci-archive:${image.layout}.oci.tar`));
  });

  test("docker-archive", async (t) => {
    if (image.tree === undefined) return skip(t, "docker-archive", ONE_PLATFORM);
    writeDockerArchive(`${image.layout}.docker.tar`, readLayout(image.layout, image.digest));
    equals("docker-archive", await made(`docker-archive:${image.layout}.docker.tar`));
  });

  test("unpacked directory", async (t) => {
    if (image.tree === undefined) {
      skip(t, "its files as one tar", ONE_PLATFORM);
      return skip(t, "unpacked directory", ONE_PLATFORM);
    }
    equals("unpacked directory", await made(`dir:${image.tree}`), ["layers"]);
    tar("-C", image.tree, "-cf", `${image.layout}.files.tar`, ".");
    equals("its files as one tar", await made(`file:${image.layout}.files.tar`), ["layers"]);
  });

  test("registry", async (t) => {
    if (registry === "") return skip(t, "registry", NO_REGISTRY);
    await ok("copy", inLayout(), inRegistry());
    equals("registry", await made(inRegistry()));
  });

  for (const [type, form] of ATTESTED) {
    test(`attestation of type ${type}`, async (t) => {
      const layout = `${image.layout}.${type}`;
      await ok("copy", inLayout(), `oci:${layout}:v1`);
      await ok("attest", ...SIGN, "--type", type, "--predicate", `${image.layout}.${form}`, `oci:${layout}:v1`);
      equals(`attested as ${type}`, await made(`attestation:oci:${layout}:v1`));
      const verified = await ok("verify-attestation", ...TRUST, "--type", type, `oci:${layout}:v1`);
      writeFileSync(`${layout}.jsonl`, verified.stdout);
      await ok("sbom", "convert", `${layout}.jsonl`, "-o", `cyclonedx-json=${layout}.converted`);
      equals(`attested as ${type}, verified`, read(`${layout}.converted`));
      if (registry === "") return skip(t, `attested as ${type}, registry`, NO_REGISTRY);
      await ok("copy", `oci:${layout}:v1`, `${inRegistry()}-${type}`);
      equals(`attested as ${type}, registry`, await made(`attestation:${inRegistry()}-${type}`));
    });
  }
}

describe("the demo's image", () => {
  const layout = at("demo", "layout");
  before(async () => {
    mkdirSync(layout, { recursive: true });
    const world = createWorld({ offline: true, env: { HOME: folder } });
    const storage = await world.openStorage(parseImageTarget(`oci:${layout}:v1`), { create: true });
    await buildImage(world, storage, storefrontImage(findExamples(), "v1"));
    await world.close();
  });

  describe("for all platforms", () => {
    testForms(() => ({ name: "demo", layout, digest: digestOfLayout(layout) }));

    test("holds what its platforms hold", async () => {
      const each = await Promise.all(platformsOfLayout(layout).map((digest) => inMemory(`oci:${layout}@${digest}`)));
      const all = await inMemory(`oci:${layout}:v1`);
      const names = (sboms: readonly Sbom[]): readonly string[] =>
        [...new Set(sboms.flatMap(({ components }) => components.map(({ ref }) => ref)))].sort();
      assert.deepEqual(names([all]), names(each));
      assert.equal(each.length, 2);
    });
  });

  describe("for linux/amd64", () => {
    testForms(() => {
      const digest = platformsOfLayout(layout)[0] ?? "";
      const [tree, copied] = [at("demo", "tree"), at("demo", "amd64")];
      mkdirSync(tree);
      for (const [index, bytes] of readLayout(layout, digest).layers.entries()) {
        writeFileSync(`${tree}.${index}.tar`, bytes);
        tar("-C", tree, "-xf", `${tree}.${index}.tar`);
      }
      writeLayout(copied, [`${tree}.0.tar`, `${tree}.1.tar`]);
      return { name: "demo, linux/amd64", layout: copied, digest: digestOfLayout(copied), tree };
    });
  });
});

describe("all kinds of lists", () => {
  const [tree, layout] = [at("made", "tree"), at("made", "layout")];
  before(() => writeLayout(layout, buildLayers(tree, MADE_STEPS)));
  testForms(() => ({ name: "all kinds of lists", layout, digest: digestOfLayout(layout), tree }));
});

for (const [index, { name, lacking, steps, minGone, oracle, ask, lineOf }] of REAL_INPUTS.entries()) {
  const reason = lacking();
  if (reason !== undefined) {
    cells.push({ input: name, form: "all", differences: 0, because: `not run: ${reason}` });
    test(name, { skip: `not run: ${reason}` });
    continue;
  }
  describe(name, () => {
    const tree = at(`input-${index}`, "tree");
    const layout = at(`input-${index}`, "layout");
    const base = at(`input-${index}`, "base");
    before(() => {
      const layers = buildLayers(tree, steps);
      writeLayout(layout, layers);
      writeLayout(base, layers.slice(0, 1));
    });
    const linesOf = ({ components }: Sbom): readonly string[] =>
      [...new Set(components.flatMap((component) => lineOf(component) ?? []))].sort();

    testForms(() => ({ name, layout, digest: digestOfLayout(layout), tree }));

    test(`as ${oracle} says`, async () => {
      const found = await inMemory(`oci:${layout}:v1`);
      // Debian's cryptography has its record twice, as .egg-info and as .dist-info: one component all the same.
      const asked = [...new Set(ask(tree))];
      const lines = linesOf(found);
      const differences = asked.filter((line) => !lines.includes(line)).length + Math.abs(lines.length - asked.length);
      cells.push({ input: name, form: oracle, counts: [asked.length], differences });
      assert.deepEqual(lines, asked);
      assert.ok(asked.length > 10, `${oracle} lists ${asked.length} packages`);
    });

    test("without what an upper layer took away", async () => {
      const [before, after] = [linesOf(await inMemory(`oci:${base}:v1`)), linesOf(await inMemory(`oci:${layout}:v1`))];
      const gone = before.filter((line) => !after.includes(line));
      assert.ok(gone.length >= minGone, gone.join(", "));
    });
  });
}
