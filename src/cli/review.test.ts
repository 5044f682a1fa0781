/** `review create` on real repositories: what it tells, what it never claims, and the Source VSA beside it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { decodeBundle, decodeStatement } from "../attestation/index.ts";
import { decodeCodeReview, decodeVerificationSummary, type ForgeFile } from "../metadata/index.ts";
import { buildTestImage } from "../testing/cli-fixture.ts";
import { createCliChecks, createCliRunner } from "../testing/cli-runner.ts";
import { githubFiles, githubRuleset, type ToldChange } from "../testing/forge-data.ts";
import { createGitRepository } from "../testing/git-repository.ts";
import { createSshSigner } from "../testing/ssh-signing.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const { ok, refused } = createCliChecks(createCliRunner((words, shell) => runCli(words, shell, VERBS)));
const folder = mkdtempSync(join(tmpdir(), "amap-review-"));
const at = (name: string): string => join(folder, name);
const repository = createGitRepository(at("shop.git"));
const ALICE = "Alice <alice@example.com>";
const BOB = "Bob <bob@example.com>";
const [aliceKey, bobKey] = [createSshSigner(), createSshSigner("ecdsa-p256")];
const NAMES = ["--same-person", "alice@example.com=github:alice", "--same-person", "bob@example.com=github:bob"];
let base = "";
let head = "";
let merge = "";

before(async () => {
  const write = repository.write;
  base = write("main", { files: { a: "1" }, author: ALICE, message: "base\n" });
  head = write("topic", { files: { a: "2" }, author: ALICE, message: "topic\n", parents: [base], sign: aliceKey.sign });
  const merged = { files: { a: "2" }, author: BOB, parents: [base, head] };
  merge = write("main", { ...merged, message: `Merge\n\nReviewed-by: ${BOB}\n`, sign: bobKey.sign });
  writeFileSync(at("signers"), `alice@example.com ${aliceKey.publicLine}\nbob@example.com ${bobKey.publicLine}\n`);
  await ok("generate-key-pair", "--output-key-prefix", at("gate"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** The flags that name files of a forge's data. */
function dataOf(files: readonly ForgeFile[]): readonly string[] {
  return files.flatMap(({ name, bytes }) => {
    writeFileSync(at(name), bytes);
    return ["--forge-data", at(name)];
  });
}

const create = (...words: readonly string[]): readonly string[] => [
  "review",
  "create",
  "--directory",
  repository.path,
  "--revision",
  "main",
  "--since",
  base,
  ...NAMES,
  ...words,
];
const pull = (more: Partial<ToldChange> = {}): readonly string[] =>
  dataOf(
    githubFiles({
      head,
      mergeCommit: merge,
      commits: [{ id: head, login: "alice", email: "alice@example.com" }],
      reviews: [{}],
      ...more,
    }),
  );
const ADDRESS = ["--repository", "https://github.com/acme/shop"];

async function summaryOf(...words: readonly string[]): Promise<Record<string, never>> {
  return JSON.parse((await ok(...create(...words))).stdout);
}

describe("review create", () => {
  const twins: readonly (readonly [string, () => readonly string[], number, number])[] = [
    ["an approval of what was merged", () => pull(), 2, 4],
    ["no data of a forge", () => ADDRESS, 0, 1],
    ["the author's own approval", () => pull({ reviews: [{ login: "alice" }] }), 0, 3],
    ["an approval before the last push", () => pull({ reviews: [{ commit: base }] }), 0, 3],
    ["an approval that was dismissed", () => pull({ reviews: [{ state: "DISMISSED" }] }), 0, 3],
    ["an approval by a program", () => pull({ reviews: [{ login: "helper[bot]" }] }), 0, 3],
    ["data of a change to another branch", () => pull({ target: "next" }), 0, 1],
    ["data of another head", () => pull({ head: base, commits: [] }), 0, 1],
    ["signatures of author and reviewer, and no forge", () => [...ADDRESS, "--allowed-signers", at("signers")], 1, 1],
  ];
  for (const [what, words, count, level] of twins) {
    it(`with ${what}: ${count} of 2 reviewed, level ${level}`, async () => {
      const told = await summaryOf(...words(), ...dataOf([githubRuleset()]));
      const { summary, sourceLevel } = told as unknown as {
        summary: Record<string, number>;
        sourceLevel: { level: number };
      };
      assert.deepEqual([summary["commits"], summary["reviewedByOther"]], [2, count], JSON.stringify(told));
      assert.equal(sourceLevel.level, level, JSON.stringify(sourceLevel));
      await refused(count === 2 ? 0 : 1, undefined as never, ...create(...words(), "--require-review"));
    });
  }

  it("tells of signatures by whom it is told to trust", async () => {
    const statuses = async (...words: readonly string[]): Promise<readonly string[]> => {
      const ended = await ok(...create(...ADDRESS, "-o", "predicate", ...words));
      const decoded = decodeCodeReview(JSON.parse(ended.stdout));
      assert.ok(decoded.ok, JSON.stringify(decoded));
      return decoded.value.changes.map(({ signature }) => signature.status);
    };
    assert.deepEqual(await statuses(), ["unjudged", "unjudged"]);
    assert.deepEqual(await statuses("--allowed-signers", at("signers")), ["verified", "verified"]);
    writeFileSync(at("swapped"), `alice@example.com ${bobKey.publicLine}\n`);
    assert.deepEqual(await statuses("--allowed-signers", at("swapped")), ["verified", "refused"]);
    writeFileSync(at("expired"), `alice@example.com valid-before="20260201Z" ${aliceKey.publicLine}\n`);
    assert.deepEqual(await statuses("--allowed-signers", at("expired")), ["refused", "refused"]);
  });

  it("does not let one person be author and signed reviewer by two addresses", async () => {
    const words = [
      ...ADDRESS,
      "--allowed-signers",
      at("signers"),
      "--same-person",
      "bob@example.com=alice@example.com",
    ];
    const { summary } = (await summaryOf(...words)) as unknown as { summary: Record<string, number> };
    assert.deepEqual([summary["reviewedByOther"], summary["selfApproved"]], [0, 2]);
  });

  it("takes no tag for the protected branch, whatever its name", async () => {
    const evil = repository.write("evil", { files: { a: "3" }, author: ALICE, message: "evil\n", parents: [merge] });
    const told = async (): Promise<unknown> => {
      const ended = await ok(...create(...ADDRESS, "--revision", "evil", "-o", "predicate"));
      return JSON.parse(ended.stdout).branch.holdsRevision;
    };
    try {
      for (const tag of ["origin/main", "main"]) repository.git(["tag", tag, evil]);
      assert.equal(await told(), false);
      repository.git(["update-ref", "refs/remotes/origin/main", evil]);
      assert.equal(await told(), true);
    } finally {
      for (const ref of ["tags/origin/main", "tags/main", "remotes/origin/main", "heads/evil"])
        repository.git(["update-ref", "-d", `refs/${ref}`]);
    }
  });

  it("writes a statement about the commit, and a signed Source VSA", async () => {
    const words = [
      "--source-vsa",
      at("source.vsa"),
      "--key",
      at("gate.key"),
      "-o",
      "statement",
      "--file",
      at("review.json"),
    ];
    await ok(...create(...pull(), ...dataOf([githubRuleset()]), ...words));
    const statement = decodeStatement(new Uint8Array(readFileSync(at("review.json"))));
    assert.ok(statement.ok && decodeCodeReview(statement.value.predicate).ok);
    const subject = [{ name: "git+https://github.com/acme/shop", digest: { gitCommit: merge } }];
    assert.deepEqual(statement.value.subject, subject);
    const bundle = decodeBundle(new Uint8Array(readFileSync(at("source.vsa"))));
    assert.ok(bundle.ok && bundle.value.content.kind === "envelope");
    const summary = decodeStatement(bundle.value.content.envelope.payload);
    assert.ok(summary.ok);
    assert.deepEqual(summary.value.subject, subject);
    const predicate = decodeVerificationSummary(summary.value.predicate);
    assert.ok(predicate.ok);
    assert.deepEqual(predicate.value.policy.annotations, { branch: "main", since: base });
    assert.deepEqual(
      [predicate.value.resourceUri, predicate.value.verificationResult, predicate.value.verifiedLevels],
      ["git+https://github.com/acme/shop", "PASSED", ["SLSA_SOURCE_LEVEL_4"]],
    );
  });

  it("writes an unsigned Source VSA that claims no more than the data show", async () => {
    await ok(...create(...ADDRESS, "--source-vsa", at("plain.json"), "--file", at("x.json")));
    const statement = decodeStatement(new Uint8Array(readFileSync(at("plain.json"))));
    const predicate = decodeVerificationSummary(statement.ok ? statement.value.predicate : null);
    assert.deepEqual(predicate.ok && predicate.value.verifiedLevels, ["SLSA_SOURCE_LEVEL_1"]);
  });

  it("takes the address of origin, without its password", async () => {
    const clone = at("clone");
    execFileSync("git", ["clone", "--quiet", repository.path, clone]);
    execFileSync("git", ["-C", clone, "remote", "set-url", "origin", "https://me:secret@github.com/acme/shop.git"]);
    const ended = await ok("review", "create", "--directory", clone, "--since", base);
    const told = JSON.parse(ended.stdout);
    assert.equal(told.repository, "git+https://github.com/acme/shop");
    assert.doesNotMatch(ended.stdout + ended.stderr, /secret/);
  });

  const wrong: readonly (readonly [string, () => readonly string[], string, RegExp])[] = [
    ["no address", () => create(), "USAGE", /address/],
    [
      "data of another repository",
      () => create(...ADDRESS, ...pull({ repository: "evil/shop" })),
      "USAGE",
      /evil\/shop/,
    ],
    ["data that are none", () => create(...ADDRESS, "--forge-data", at("signers")), "DOCUMENT_INVALID", /signers/],
    [
      "a file of no signers",
      () => create(...ADDRESS, "--allowed-signers", at("gate.pub")),
      "DOCUMENT_INVALID",
      /line 1/,
    ],
    ["a revision that is not there", () => create(...ADDRESS, "--revision", "gone"), "GIT_NOT_FOUND", /gone/],
    ["a revision that is an option", () => create(...ADDRESS, "--revision=--all"), "USAGE", /revision/],
    ["a key and nothing to sign", () => create(...ADDRESS, "--key", at("gate.key")), "USAGE", /--source-vsa/],
    ["one name alone", () => create(...ADDRESS, "--same-person", "alice"), "USAGE", /--same-person/],
  ];
  for (const [what, words, code, says] of wrong) {
    it(`refuses ${what}`, async () => assert.match((await refused(2, code, ...words())).stderr, says));
  }
});

describe("the policy examples/policies/reviewed.yaml", () => {
  const image = `oci:${at("image")}:v1`;
  const attested = async (name: string, ...words: readonly string[]): Promise<readonly string[]> => {
    await ok(...create(...words, "-o", "predicate", "--file", at("predicate.json")));
    cpSync(at("image"), at(name), { recursive: true });
    const copy = `oci:${at(name)}:v1`;
    await ok("attest", "--type", "review", "--predicate", at("predicate.json"), "--key", at("gate.key"), copy);
    return ["check", "--policy", at("reviewed.yaml"), copy];
  };
  before(async () => {
    await buildTestImage(folder);
    const example = readFileSync(join(import.meta.dirname, "../../examples/policies/reviewed.yaml"), "utf8");
    const pem = readFileSync(at("gate.pub"), "utf8").trimEnd().replaceAll("\n", "\n            ");
    writeFileSync(at("reviewed.yaml"), example.replace(/-----BEGIN[^]*?KEY-----\n[^]*?-----END PUBLIC KEY-----/, pem));
  });

  it("admits an image of reviewed commits, and no image of others or without a word of them", async () => {
    await ok(...(await attested("reviewed", ...pull())));
    await refused(1, undefined as never, ...(await attested("own", ...pull({ reviews: [{ login: "alice" }] }))));
    await refused(1, undefined as never, "check", "--policy", at("reviewed.yaml"), image);
  });
});
