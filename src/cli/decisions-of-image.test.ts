/** Decisions about an image: compiled, attested as risk acceptances, and in all that `produce` makes. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ADVISORY, buildTestImage } from "../testing/cli-fixture.ts";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const { ok, refused } = createCliChecks(runAmap);
const folder = mkdtempSync(join(tmpdir(), "amap-decided-image-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const image = `oci:${at("image")}:v1`;
const verification = [
  "verify-attestation",
  "--key",
  at("cosign.pub"),
  "--insecure-ignore-tlog",
  "--type",
  "riskacceptance",
];
let digest: string;

const decisions = (product: string): string => `apiVersion: amap.dev/v1alpha1
kind: Decisions
decisions:
  - finding: TEST-2026-1
    scope:
      products: ["${product}"]
    status: risk_accepted
    reason: No way in.
    owner: shop team
    author: alice@example.com
    approvers: [bob@example.com]
    decidedAt: 2026-01-01T00:00:00Z
    until: 2999-01-01T00:00:00Z
`;

before(async () => {
  digest = await buildTestImage(folder);
  writeTree(folder, {
    "advisory.json": ADVISORY,
    "decisions.yaml": decisions(digest),
    "others.yaml": decisions("pkg:oci/somebody-elses"),
    "produce.yaml": `key: ${at("cosign.key")}
database: ${at("db")}
author: tester
output: ${at("documents")}
decisions: ${at("decisions.yaml")}
approvals: stated
`,
  });
  await ok("generate-key-pair", "--output-key-prefix", at("cosign"));
  await ok("db", "import", "--database", at("db"), at("advisory.json"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** The statement that verify-attestation prints. */
function statementIn(stdout: string) {
  const { payload } = JSON.parse(stdout) as { readonly payload: string };
  return JSON.parse(Buffer.from(payload, "base64").toString()) as {
    readonly predicateType: string;
    readonly predicate: { readonly acceptances: readonly { readonly owner: string; readonly until: string }[] };
  };
}

const compile = (file: string): readonly string[] => {
  const outputs = ["--vex", at("vex.json"), "--acceptances", at("acceptances.json")];
  return ["decisions", "compile", at(file), "--image", image, "--author", "shop", "--approvals", "stated", ...outputs];
};

test("risks that are compiled for an image are attested and verified; another image's are none of it", async () => {
  await ok(...compile("decisions.yaml"));
  const vex = JSON.parse(readFileSync(at("vex.json"), "utf8")) as {
    readonly statements: readonly { readonly status: string }[];
  };
  assert.deepEqual(
    vex.statements.map(({ status }) => status),
    ["affected"],
  );
  await refused(10, "NO_SIGNATURES", ...verification, image);
  await ok(
    "attest",
    "--key",
    at("cosign.key"),
    "--type",
    "riskacceptance",
    "--predicate",
    at("acceptances.json"),
    image,
  );
  const { predicateType, predicate } = statementIn((await ok(...verification, image)).stdout);
  assert.equal(predicateType, "urn:amap:predicate:risk-acceptance:v1");
  assert.deepEqual(
    predicate.acceptances.map(({ owner, until }) => `${owner} ${until}`),
    ["shop team 2999-01-01T00:00:00Z"],
  );

  const other = await runAmap(compile("others.yaml"));
  assert.equal(other.exit, 1);
  assert.match(other.stderr, /it speaks of pkg:oci\/somebody-elses, and this is pkg:oci\//);
});

test("a predicate that lacks an owner is not attested", async () => {
  const example = readFileSync(join(import.meta.dirname, "../../examples/risk-acceptance.json"), "utf8");
  writeTree(folder, { "example.json": example, "ownerless.json": example.replace(/"owner": .*,/, "") });
  const words = ["attest", "--key", at("cosign.key"), "--type", "riskacceptance", "--predicate"];
  const ended = await refused(2, "DOCUMENT_INVALID", ...words, at("ownerless.json"), image);
  assert.match(ended.stderr, /acceptances\[0\]\.owner/);
  await ok(...words, at("example.json"), image);
});

test("produce takes approved decisions, attests accepted risks, and tells what does not count", async () => {
  await ok("produce", "--config", at("produce.yaml"), image);
  const written = JSON.parse(readFileSync(at("documents", "risk-acceptances.json"), "utf8")) as {
    readonly acceptances: readonly object[];
  };
  assert.equal(written.acceptances.length, 1);
  await ok(...verification, image);

  writeTree(folder, { "strict.yaml": readFileSync(at("produce.yaml"), "utf8").replace("approvals: stated\n", "") });
  const ended = await ok("produce", "--config", at("strict.yaml"), image);
  assert.match(ended.stderr, /decisions\[0\] TEST-2026-1 does not count \(unapproved\)/);
  const vex = JSON.parse(readFileSync(at("documents", "vex.json"), "utf8")) as {
    readonly statements: readonly { readonly status: string }[];
  };
  assert.deepEqual(
    vex.statements.map(({ status }) => status),
    ["under_investigation"],
  );
});
