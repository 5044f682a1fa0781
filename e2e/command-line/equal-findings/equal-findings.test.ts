/** The same software in every way that it is shipped and described has the same findings; and each twin has others. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runCli } from "../../../src/cli/run-cli.ts";
import { VERBS } from "../../../src/cli/verbs.ts";
import { advisoryKeysOf, readSbom, type Sbom } from "../../../src/metadata/index.ts";
import { createCliChecks, createCliRunner } from "../../../src/testing/cli-runner.ts";
import {
  digestOfLayout,
  readLayout,
  writeDockerArchive,
  writeLayout,
  writeOciArchive,
} from "../equal-components/image-forms.ts";
import { buildLayers, type Step } from "../equal-components/layered-tree.ts";
import { MADE_STEPS } from "../equal-components/made-input.ts";
import { asSyft, asTrivy, type Manner } from "./foreign-sboms.ts";

const { ok } = createCliChecks(createCliRunner((words, shell) => runCli(words, shell, VERBS)));
const registry = process.env["AMAP_E2E_REGISTRY"] ?? "";
const folder = mkdtempSync(join(tmpdir(), "amap-equal-findings-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const SIGN = ["--key", at("signer.key"), "--tlog-upload=false"];
const FORMS = [
  "cyclonedx-json@1.6",
  "cyclonedx-xml@1.6",
  "cyclonedx-json@1.7",
  "spdx-json",
  "spdx-tag-value",
  "spdx-yaml",
  "spdx3-json",
];
const ATTESTED = [
  ["cyclonedx", "cyclonedx-json@1.6"],
  ["spdxjson", "spdx-json"],
  ["spdx", "spdx-tag-value"],
] as const;
const VECTORS = [
  "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
  "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N",
  undefined,
];

interface Finding {
  readonly vulnerability: string;
  readonly purl: string;
  readonly path?: readonly string[];
  readonly layer?: string;
}

interface Scanned {
  readonly findings: readonly Finding[];
  readonly notLookedAt: readonly { readonly path: string; readonly reason: string }[];
  readonly matchedComponents: number;
}

async function scan(reference: string): Promise<Scanned> {
  const { stdout } = await ok("scan", reference, "--database", at("advisories.db"), "-o", "json");
  return JSON.parse(stdout) as Scanned;
}

/** What no form may change. The subject is called as its form is; qualifiers are each program's own. */
function comparable({ findings }: Scanned, { withLayer = false, withQualifiers = true } = {}): readonly string[] {
  const purlOf = (text: string): string => (withQualifiers ? text : text.replace(/\?.*$/, ""));
  return findings
    .map(({ layer, path, purl, ...rest }) => ({
      ...rest,
      purl: purlOf(purl),
      ...(path === undefined ? {} : { path: path.slice(1).map(purlOf) }),
      ...(withLayer ? { layer } : {}),
    }))
    .map((finding) => JSON.stringify(Object.fromEntries(Object.entries(finding).sort(([a], [b]) => (a < b ? -1 : 1)))))
    .sort();
}

/** A package whose source package has another name, with what depends on it. */
const withSources: Step = (root) => {
  const database = `${root}/lib/apk/db/installed`;
  const text = "P:libssl3\nV:3.5.1-r0\nA:x86_64\nL:Apache-2.0\no:openssl\nD:musl\n\n";
  writeFileSync(database, `${readFileSync(database, "utf8")}${text}`);
  return [];
};
const NPM_LOCK = {
  name: "shop",
  version: "1.0.0",
  lockfileVersion: 3,
  requires: true,
  packages: {
    "": { name: "shop", version: "1.0.0", dependencies: { outer: "^1.0.0" } },
    "node_modules/outer": { version: "1.0.0", dependencies: { inner: "^1.0.0" } },
    "node_modules/inner": { version: "1.5.0" },
  },
};
const withTree: Step = (root) => {
  mkdirSync(`${root}/srv/shop`, { recursive: true });
  writeFileSync(`${root}/srv/shop/package-lock.json`, JSON.stringify(NPM_LOCK));
  return [];
};

/** An advisory for each second package of each ecosystem, each of another severity; every third with a fix. */
function makeAdvisories({ components }: Sbom): readonly { readonly ecosystem: string; readonly record: object }[] {
  const keys = [...new Set(components.flatMap((component) => advisoryKeysOf(component)))].sort();
  return keys.map((key, index) => {
    const [base, name] = [key.slice(0, key.indexOf("/")), key.slice(key.indexOf("/") + 1)];
    const ecosystem = base === "Alpine" ? "Alpine:v3.22" : base;
    const events = [{ introduced: "0" }, ...(index % 3 === 0 ? [{ fixed: "999.0.0" }] : [])];
    const vector = VECTORS[index % VECTORS.length];
    const record = {
      schema_version: "1.7.0",
      id: `TEST-2026-${1000 + index}`,
      aliases: index % 2 === 0 ? [`CVE-2026-${1000 + index}`] : [],
      modified: "2026-01-02T00:00:00Z",
      ...(vector === undefined ? {} : { severity: [{ type: "CVSS_V3", score: vector }] }),
      affected: [{ package: { ecosystem, name }, ranges: [{ type: "ECOSYSTEM", events }] }],
    };
    return { ecosystem: base, record };
  });
}

const layout = at("image");
const tree = at("tree");
let sbom: Sbom;
let expected: Scanned;

function read(file: string): Sbom {
  const decoded = readSbom(readFileSync(file));
  assert.ok(decoded.ok, file);
  return decoded.value.sbom;
}

before(async () => {
  writeLayout(layout, buildLayers(tree, [...MADE_STEPS, withSources, withTree]));
  await ok("generate-key-pair", "--output-key-prefix", at("signer"));
  await ok("sbom", `oci:${layout}:v1`, ...FORMS.flatMap((form) => ["-o", `${form}=${at(form)}`]));
  sbom = read(at("cyclonedx-json@1.6"));
  const advisories = makeAdvisories(sbom);
  mkdirSync(at("db"));
  for (const [index, { record }] of advisories.entries())
    writeFileSync(at("db", `${index}.json`), JSON.stringify(record));
  const whole = [...new Set(advisories.map(({ ecosystem }) => ecosystem))].flatMap((name) => ["--complete", name]);
  await ok("db", "import", "--database", at("advisories.db"), ...whole, at("db"));
  expected = await scan(`oci:${layout}:v1`);
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("the image has findings of many ecosystems, with sources, paths and layers", () => {
  const { findings } = expected;
  const types = new Set(findings.map(({ purl }) => /^pkg:[a-z]+/.exec(purl)?.[0]));
  assert.ok(types.size >= 10, [...types].join(" "));
  assert.ok(findings.length > 50, `${findings.length}`);
  assert.ok(
    findings.some(({ purl }) => purl.startsWith("pkg:apk/alpine/libssl3@")),
    "found by its source package",
  );
  const inner = findings.find(({ purl }) => purl === "pkg:npm/inner@1.5.0");
  assert.deepEqual(inner?.path?.slice(-2), ["pkg:npm/outer@1.0.0", "pkg:npm/inner@1.5.0"]);
  assert.ok(findings.every(({ layer }) => layer !== undefined));
});

describe("the same findings", () => {
  const same = async (reference: string, withLayer: boolean): Promise<void> => {
    const found = await scan(reference);
    assert.deepEqual(comparable(found, { withLayer }), comparable(expected, { withLayer }));
    assert.deepEqual(found.notLookedAt, expected.notLookedAt);
    assert.equal(found.matchedComponents, expected.matchedComponents);
  };

  test("of archives", async () => {
    writeOciArchive(at("image.oci.tar"), layout);
    await same(`oci-archive:${at("image.oci.tar")}`, true);
    writeDockerArchive(at("image.docker.tar"), readLayout(layout, digestOfLayout(layout)));
    await same(`docker-archive:${at("image.docker.tar")}`, true);
  });

  test("of the unpacked directory", () => same(`dir:${tree}`, false));

  for (const form of FORMS) test(`of its SBOM as ${form}`, () => same(`sbom:${at(form)}`, true));

  for (const [type, form] of ATTESTED)
    test(`of an attestation of type ${type}`, async (t) => {
      const attested = at(`attested-${type}`);
      await ok("copy", `oci:${layout}:v1`, `oci:${attested}:v1`);
      await ok("attest", ...SIGN, "--type", type, "--predicate", at(form), `oci:${attested}:v1`);
      await same(`attestation:oci:${attested}:v1`, true);
      if (registry === "") return t.diagnostic("registry: not run, AMAP_E2E_REGISTRY names none");
      await ok("copy", `oci:${attested}:v1`, `${registry}/equal/findings-${type}:v1`);
      await same(`attestation:${registry}/equal/findings-${type}:v1`, true);
    });

  const manners: readonly (readonly [string, Manner])[] = [
    ["syft", asSyft],
    ["Trivy", asTrivy],
  ];
  for (const [name, write] of manners)
    test(`of an SBOM as ${name} writes it, and of the same as SPDX`, async () => {
      const [file, spdx] = [at(`${name}.cdx.json`), at(`${name}.spdx.json`)];
      writeFileSync(file, JSON.stringify(write(sbom)));
      await ok("sbom", "convert", file, "-o", `spdx-json=${spdx}`);
      for (const path of [file, spdx]) {
        const found = await scan(`sbom:${path}`);
        const options = { withQualifiers: false };
        assert.deepEqual(comparable(found, options), comparable(expected, options), path);
      }
    });
});

describe("other findings", () => {
  /** Scans a twin of the SBOM whose components were changed. */
  async function twin(name: string, change: (component: Record<string, unknown>) => unknown): Promise<Scanned> {
    const document = JSON.parse(readFileSync(at("cyclonedx-json@1.6"), "utf8")) as {
      components: Record<string, unknown>[];
    };
    document.components = document.components.flatMap((each) => (change(each) === false ? [] : [each]));
    writeFileSync(at(`${name}.json`), JSON.stringify(document));
    return scan(`sbom:${at(`${name}.json`)}`);
  }
  const isInner = ({ name }: Record<string, unknown>): boolean => name === "inner";

  test("without a component", async () => {
    const found = comparable(await twin("dropped", (each) => !isInner(each)));
    const gone = comparable(expected).filter((line) => !found.includes(line));
    assert.equal(gone.length, 1);
    assert.match(gone[0] ?? "", /pkg:npm\/inner@1\.5\.0/);
  });

  test("with another version", async () => {
    const found = await twin("other", (each) =>
      isInner(each) ? Object.assign(each, { version: "1.5.1", purl: "pkg:npm/inner@1.5.1" }) : undefined,
    );
    assert.notDeepEqual(comparable(found), comparable(expected));
    assert.ok(found.findings.some(({ purl }) => purl === "pkg:npm/inner@1.5.1"));
  });

  test("with a version that contradicts its package URL: both are judged, and it is told", async () => {
    const found = await twin("both", (each) => (isInner(each) ? Object.assign(each, { version: "1.5.1" }) : undefined));
    assert.ok(
      found.notLookedAt.some(({ reason }) =>
        /inner has the version 1\.5\.1, but its package URL says 1\.5\.0/.test(reason),
      ),
    );
  });

  test("without the name of a source package: it is told, never only fewer", async () => {
    const found = await twin("sourceless", (each) => {
      if (each["name"] !== "libssl3") return;
      delete each["properties"];
      each["purl"] = String(each["purl"]).replace(/([?&])upstream=[^&]*&?/, "$1");
    });
    assert.ok(!found.findings.some(({ purl }) => purl.includes("libssl3")));
    assert.deepEqual(
      found.notLookedAt.filter(({ path }) => path === "pkg:apk"),
      [{ path: "pkg:apk", reason: "1 package: nothing names their source package" }],
    );
  });
});
