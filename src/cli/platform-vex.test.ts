/** VEX, decisions and risks about one platform of an index: what they leave open on the others stays open. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildImage } from "../app/index.ts";
import { decodeUtf8, encodeUtf8 } from "../base/index.ts";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { createWorld } from "../wiring/index.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-platform-vex-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const image = `oci:${at("image")}:v1`;
let [index, amd, arm] = ["", "", ""];

/** `both` is on both platforms, `only` on amd64 alone. */
const LOCK_FILE = {
  name: "shop",
  version: "1.0.0",
  lockfileVersion: 3,
  requires: true,
  packages: {
    "": { name: "shop", version: "1.0.0" },
    "node_modules/both": { version: "1.0.0" },
    "node_modules/only": { version: "1.0.0" },
  },
};

const advisoryOf = (id: string, name: string): object => ({
  id,
  modified: "2026-01-02T00:00:00Z",
  severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" }],
  affected: [{ package: { ecosystem: "npm", name }, ranges: [{ type: "SEMVER", events: [{ introduced: "0" }] }] }],
});

const vexOf = (...products: readonly string[]): object => ({
  "@context": "https://openvex.dev/ns/v0.2.0",
  "@id": "urn:1",
  author: "a",
  version: 1,
  timestamp: "2026-01-01T00:00:00Z",
  statements: ["CVE-2026-1", "CVE-2026-2"].map((name) => ({
    vulnerability: { name },
    products: products.map((product) => ({ "@id": product })),
    status: "not_affected",
    justification: "component_not_present",
  })),
});

const decisionsOf = (...entries: readonly (readonly [product: string, status: string])[]): string =>
  `apiVersion: amap.dev/v1alpha1\nkind: Decisions\ndecisions:\n${entries
    .map(
      ([product, status]) => `  - finding: CVE-2026-1
    scope: {products: ["${product}"]}
    status: ${status}
${status === "fixed" ? "" : "    reason: No way in.\n    owner: shop\n    until: 2999-01-01T00:00:00Z\n"}    author: alice@example.com
    approvers: [bob@example.com]
    decidedAt: 2026-01-01T00:00:00Z
`,
    )
    .join("")}`;

before(async () => {
  writeTree(folder, { "app/package-lock.json": LOCK_FILE });
  const world = createWorld({ offline: true, env: {} });
  const storage = await world.openStorage(
    { kind: "layout", directory: at("image"), reference: "v1" },
    { create: true },
  );
  const adapt = (_: string, content: Uint8Array, { architecture }: { readonly architecture: string }): Uint8Array =>
    architecture === "amd64"
      ? content
      : encodeUtf8((decodeUtf8(content) ?? "").replace("node_modules/only", "node_modules/else"));
  const built = await buildImage(world, storage, {
    tag: "v1",
    createdAt: "2026-01-01T00:00:00Z",
    platforms: ["amd64", "arm64"].map((architecture) => ({ os: "linux", architecture })),
    config: {},
    layers: [{ name: "app", directory: at("app"), target: "app", includes: () => true, adapt }],
  });
  await world.close();
  index = built.index.digest;
  [amd = "", arm = ""] = built.platforms.map(({ digest }) => digest);
  writeTree(folder, {
    "npm/a.json": advisoryOf("CVE-2026-1", "both"),
    "npm/b.json": advisoryOf("CVE-2026-2", "only"),
    "index.json": vexOf(index),
    "amd.json": vexOf(amd),
    "arm.json": vexOf(arm),
    "arch.json": vexOf(`pkg:oci/image@${index}?arch=amd64`),
    "each.json": vexOf(amd, arm),
    "amd-fixed.yaml": decisionsOf([amd, "fixed"]),
    "each-fixed.yaml": decisionsOf([amd, "fixed"], [arm, "fixed"]),
    "amd-risk.yaml": decisionsOf([amd, "risk_accepted"]),
    "each-risk.yaml": decisionsOf([amd, "risk_accepted"], [arm, "risk_accepted"]),
    "twice.yaml": decisionsOf([amd, "fixed"], [amd, "risk_accepted"]),
  });
  await ok("db", "import", "--database", at("db"), "--complete", "npm", at("npm"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const scan = (...more: readonly string[]): ReturnType<typeof runAmap> =>
  runAmap(["scan", image, "--database", at("db"), "--fail-on", "high", ...more]);

interface Found {
  readonly answered: boolean;
  readonly acceptance?: object;
  readonly platforms?: readonly string[];
  readonly byPlatform?: readonly { readonly platforms: readonly string[]; readonly answered: boolean }[];
}

async function findingsOf(...more: readonly string[]): Promise<readonly Found[]> {
  return JSON.parse((await scan(...more, "-o", "json")).stdout).findings;
}

describe("a scan of an index for two platforms", () => {
  // Whether both findings are closed: the one on both platforms, and the one on amd64 alone.
  const rows: readonly (readonly [file: string, both: boolean, only: boolean, exit: number])[] = [
    ["index.json", true, true, 0],
    ["each.json", true, true, 0],
    ["amd.json", false, true, 1],
    ["arch.json", false, true, 1],
    ["arm.json", false, false, 1],
  ];
  for (const [file, both, only, exit] of rows) {
    test(`with ${file}`, async () => {
      const findings = await findingsOf("--vex", at(file));
      assert.deepEqual(
        findings.map(({ answered }) => answered),
        [both, only],
      );
      assert.deepEqual(
        findings.map(({ platforms }) => platforms),
        [undefined, [amd]],
      );
      assert.equal((await scan("--vex", at(file))).exit, exit);
    });
  }

  // Nobody knows what of an SBOM that was written to a file is on which platform.
  for (const [file, isClosed] of [
    ["index.json", true],
    ["arch.json", false],
    ["each.json", false],
  ] as const) {
    test(`of its SBOM, with ${file}`, async () => {
      await ok("sbom", image, "-o", `cyclonedx-json=${at("sbom.json")}`);
      const words = ["scan", `sbom:${at("sbom.json")}`, "--database", at("db"), "--vex", at(file), "-o", "json"];
      const { findings } = JSON.parse((await ok(...words)).stdout) as { readonly findings: readonly Found[] };
      assert.deepEqual(
        findings.map(({ answered }) => answered),
        [isClosed, isClosed],
      );
    });
  }

  const decided: readonly (readonly [file: string, isClosed: boolean])[] = [
    ["amd-fixed.yaml", false],
    ["each-fixed.yaml", true],
    ["amd-risk.yaml", false],
    ["each-risk.yaml", true],
    ["twice.yaml", false],
  ];
  for (const [file, isClosed] of decided) {
    test(`with ${file}`, async () => {
      const [both] = await findingsOf("--decisions", at(file), "--approvals", "stated");
      assert.equal(both?.answered === true || both?.acceptance !== undefined, isClosed);
    });
  }

  test("says which platform is answered, in every form", async () => {
    const vex = ["--vex", at("amd.json")];
    const said = "open on linux/arm64: no statement; answered on linux/amd64: not_affected: component_not_present";
    const table = (await scan(...vex, "-o", "table")).stdout;
    assert.ok(table.includes("open on"), table);
    const [both] = await findingsOf(...vex);
    assert.deepEqual(
      both?.byPlatform?.map(({ platforms, answered }) => [...platforms, answered]),
      [
        ["linux/amd64", true],
        ["linux/arm64", false],
      ],
    );
    const sarif = JSON.parse((await scan(...vex, "-o", "sarif")).stdout).runs[0].results;
    assert.deepEqual(
      sarif.map(({ suppressions }: { suppressions: readonly object[] }) => suppressions.length),
      [0, 1],
    );
    assert.ok(sarif[0].message.text.endsWith(` VEX: ${said}.`));
    const cyclonedx = JSON.parse((await scan(...vex, "-o", "cyclonedx")).stdout).vulnerabilities;
    assert.deepEqual(
      cyclonedx.map(({ analysis }: { analysis?: { state: string } }) => analysis?.state),
      [undefined, "not_affected"],
    );
    const openvex = JSON.parse((await scan(...vex, "-o", "openvex")).stdout).statements;
    assert.deepEqual(
      openvex.map(({ vulnerability, status }: { vulnerability: { name: string }; status: string }) => [
        vulnerability.name,
        status,
      ]),
      [["CVE-2026-1", "under_investigation"]],
    );
    const csaf = JSON.parse((await scan(...vex, "-o", "csaf", "--publisher-namespace", "https://example.com")).stdout);
    assert.deepEqual(
      csaf.vulnerabilities.map((each: { product_status: object }) => Object.keys(each.product_status)),
      [["under_investigation"], ["known_not_affected"]],
    );
    const explained = (await ok("vex", "explain", at("amd.json"), image, "--database", at("db"))).stdout;
    assert.ok(explained.replaceAll(/\s+/g, " ").includes("open on linux/arm64"), explained);
    const missed = JSON.parse(
      (await ok("vex", "explain", at("arm.json"), image, "--database", at("db"), "-o", "json")).stdout,
    );
    assert.deepEqual(
      missed.statements.map(({ outcome, miss }: { outcome: string; miss?: { reason: string } }) => [
        outcome,
        miss?.reason,
      ]),
      [
        ["decides", undefined],
        ["unmatched", "other-platform"],
      ],
    );
  });
});
