/** What gates write of themselves: SVR and VSA of `check` and `scan`, each with what must not be in it. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { decodeBundle } from "../attestation/index.ts";
import { decodeUtf8 } from "../base/index.ts";
import { decodeSimpleVerificationResult, decodeVerificationSummary } from "../metadata/index.ts";
import { ADVISORY, buildTestImage, signaturePolicy } from "../testing/cli-fixture.ts";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const { ok, refused } = createCliChecks(createCliRunner((words, shell) => runCli(words, shell, VERBS)));
const folder = mkdtempSync(join(tmpdir(), "amap-summaries-"));
const at = (name: string): string => join(folder, name);
const image = `oci:${at("image")}:v1`;
const unsigned = `oci:${at("unsigned")}:v1`;
let digest = "";

before(async () => {
  digest = await buildTestImage(folder);
  writeTree(folder, { "advisories/one.json": ADVISORY });
  await ok("generate-key-pair", "--output-key-prefix", at("good"));
  await ok("db", "import", "--database", at("db.sqlite"), at("advisories"));
  const pem = readFileSync(at("good.pub"), "utf8");
  writeTree(folder, {
    "policy.yaml": signaturePolicy({ publicKey: pem }),
    "other.yaml": signaturePolicy({ publicKey: pem, name: "signed-too" }),
    "audit.yaml": signaturePolicy({ publicKey: pem, action: "Audit" }),
  });
  cpSync(at("image"), at("unsigned"), { recursive: true });
  await ok("sign", "--key", at("good.key"), image);
});

after(() => rmSync(folder, { recursive: true, force: true }));

const asked = (name: string): readonly string[] => [
  "--svr",
  at(`${name}.svr`),
  "--svr-key",
  at("good.key"),
  "--vsa",
  at(`${name}.vsa`),
  "--vsa-key",
  at("good.key"),
];

/** The properties of an SVR, and the result and levels of a VSA, about the image. */
function said(name: string): { readonly properties: readonly string[]; readonly vsa: readonly string[] } {
  const statementOf = (path: string) => {
    const bundle = decodeBundle(new Uint8Array(readFileSync(path)));
    assert.ok(bundle.ok && bundle.value.content.kind === "envelope");
    const statement = JSON.parse(decodeUtf8(bundle.value.content.envelope.payload) ?? "");
    assert.deepEqual(statement.subject[0].digest, { sha256: digest.slice(7) });
    return statement;
  };
  const svr = statementOf(at(`${name}.svr`));
  assert.equal(svr.predicateType, "https://in-toto.io/attestation/svr/v0.2");
  const result = decodeSimpleVerificationResult(svr.predicate);
  const summary = decodeVerificationSummary(statementOf(at(`${name}.vsa`)).predicate);
  assert.ok(result.ok && summary.ok, JSON.stringify([result, summary]));
  assert.equal(result.value.policies.length, 1);
  const { verificationResult, verifiedLevels } = summary.value;
  return { properties: result.value.properties, vsa: [verificationResult, ...verifiedLevels] };
}

describe("check", () => {
  it("states the policies that passed, and nothing of one that did not", async () => {
    await ok("check", "--policy", at("policy.yaml"), ...asked("good"), image);
    const { properties } = said("good");
    assert.equal(properties[0], "AMAP_POLICY_PASSED");
    assert.match(properties[1] ?? "", /^AMAP_POLICY_PASSED:[a-z-]+$/);
    await refused(1, undefined as never, "check", "--policy", at("policy.yaml"), ...asked("bad"), unsigned);
    assert.deepEqual(said("bad"), { properties: [], vsa: ["FAILED", "FAILED"] });
  });

  it("states nothing of a policy that only records its failure", async () => {
    await ok("check", "--policy", at("audit.yaml"), ...asked("audit"), unsigned);
    assert.deepEqual(said("audit").properties, []);
  });

  it("writes an SVR of policies of several files, and refuses a VSA of them", async () => {
    const both = ["check", "--policy", at("policy.yaml"), "--policy", at("other.yaml")];
    await refused(2, "USAGE", ...both, ...asked("two"), image);
    await ok(...both, ...asked("two").slice(0, 4), image);
    const bundle = decodeBundle(new Uint8Array(readFileSync(at("two.svr"))));
    const statement =
      bundle.ok && bundle.value.content.kind === "envelope" ? bundle.value.content.envelope.payload : undefined;
    const { predicate } = JSON.parse(decodeUtf8(statement ?? new Uint8Array()) ?? "");
    assert.equal(predicate.verifier.policies.length, 2);
    assert.equal(predicate.properties.length, 3);
    await refused(2, "USAGE", "check", "--policy", at("policy.yaml"), "--svr", at("x.svr"), image);
    await refused(2, "USAGE", "check", "--policy", at("policy.yaml"), "--svr-key", at("good.key"), image);
  });
});

describe("scan", () => {
  const scan = (name: string, ...words: readonly string[]): readonly string[] => [
    "scan",
    "--database",
    at("db.sqlite"),
    "-o",
    "json",
    "--file",
    at("scan.json"),
    ...asked(name),
    ...words,
  ];

  // The database has one record and no whole export: what it does not hold is a gap, which the names say.
  it("states each gate that was passed, and none that was not", async () => {
    await ok(...scan("critical", "--fail-on", "critical", image));
    assert.deepEqual(said("critical"), {
      properties: ["AMAP_SCAN_PASSED;gaps", "AMAP_SCAN_PASSED:fail-on=critical;gaps"],
      vsa: ["PASSED", "AMAP_SCAN_PASSED;gaps"],
    });
    await refused(1, undefined as never, ...scan("high", "--fail-on", "high", image));
    assert.deepEqual(said("high"), { properties: [], vsa: ["FAILED", "FAILED"] });
  });

  it("states nothing without a gate", async () => {
    await ok(...scan("none", image));
    assert.deepEqual(said("none"), { properties: [], vsa: ["FAILED", "FAILED"] });
  });

  it("does not state under the plain name what holds only on conditions", async () => {
    await ok(...scan("before", image));
    await ok(...scan("new", "--fail-on", "high", "--new-since", at("scan.json"), image));
    assert.deepEqual(said("new"), {
      properties: ["AMAP_SCAN_PASSED;new-since;gaps", "AMAP_SCAN_PASSED:fail-on=high;new-since;gaps"],
      vsa: ["PASSED", "AMAP_SCAN_PASSED;new-since;gaps"],
    });
  });

  it("does not state under the plain name what an SBOM says of itself", async () => {
    await ok("sbom", image, "--file", at("image.cdx.json"));
    await ok(...scan("stated", "--fail-on", "critical", `sbom:${at("image.cdx.json")}`));
    assert.deepEqual(said("stated").vsa, ["PASSED", "AMAP_SCAN_PASSED;stated-sbom;gaps"]);
  });

  it("refuses to speak of what has no digest", async () => {
    await refused(2, "USAGE", ...scan("folder", "--fail-on", "critical", `dir:${at("app")}`));
    assert.throws(() => statSync(at("folder.svr")));
  });
});
