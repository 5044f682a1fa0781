/** COSIGN_REPOSITORY: what stands beside an image is kept in another repository, for every verb that reads or writes it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildTestImage } from "../testing/cli-fixture.ts";
import { createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import { type RegistryServer, startRegistryServer } from "../testing/registry-server.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-elsewhere-"));
const at = (...names: readonly string[]): string => join(folder, ...names);
const layout = `oci:${at("image")}:v1`;
const KEY = ["--key", at("good.key")];
const VERIFY = ["--key", at("good.pub"), "--insecure-ignore-tlog"];
const TYPE = "https://example.com/review";
let digest = "";

before(async () => {
  digest = await buildTestImage(folder);
  writeTree(folder, { "predicate.json": { Data: "reviewed" }, "sbom.json": { bomFormat: "CycloneDX" } });
  assert.equal((await runAmap(["generate-key-pair", "--output-key-prefix", at("good")])).exit, 0);
  // The variable says nothing about a layout: that one always holds its own.
  const nowhere = { COSIGN_REPOSITORY: "127.0.0.1:1/nowhere" };
  for (const form of [[], ["--new-bundle-format=false"]]) {
    const attest = ["attest", ...KEY, ...form, "--type", TYPE, "--predicate", at("predicate.json"), layout];
    for (const words of [["sign", ...KEY, ...form, layout], attest]) {
      assert.equal((await runAmap(words, nowhere)).exit, 0);
    }
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

interface Place {
  readonly server: RegistryServer;
  readonly image: string;
  /** Runs with the variable set; expects exit 0. */
  readonly ok: (...words: readonly string[]) => Promise<Ended>;
  /** Runs with the variable set to something else, or not set. */
  readonly runWith: (repository: string | undefined, ...words: readonly string[]) => Promise<Ended>;
}

/** An image in `shop`, signed and attested in both forms with everything in `team/signatures`. */
async function withImage(run: (place: Place) => Promise<void>, referrersApi = true): Promise<void> {
  const server = await startRegistryServer({ referrersApi });
  try {
    const runWith: Place["runWith"] = (repository, ...words) => runAmap(words, { COSIGN_REPOSITORY: repository });
    const ok: Place["ok"] = async (...words) => {
      const ended = await runWith(`${server.host}/team/signatures`, ...words);
      assert.equal(ended.exit, 0, `${words.join(" ")}\n${ended.stderr}${ended.stdout}`);
      return ended;
    };
    const image = `${server.host}/shop:v1`;
    await ok("load", "--dir", at("image"), image);
    await run({ server, image, ok, runWith });
  } finally {
    await server.close();
  }
}

async function attachedTo(run: Promise<Ended>): Promise<readonly string[]> {
  const { attached } = JSON.parse((await run).stdout) as { attached: { form: string; kind: string }[] };
  return attached.map(({ form, kind }) => `${form} ${kind}`).toSorted();
}

const EVERYTHING = ["referrer bundle", "referrer bundle", "tag envelope", "tag simple-signing"];

for (const referrersApi of [true, false]) {
  test(`signatures are written there, found there, and nowhere else, ${referrersApi ? "with" : "without"} the API`, () =>
    withImage(async ({ server, image, ok, runWith }) => {
      assert.deepEqual([...server.repository("shop").tags.keys()], ["v1"]);
      assert.ok([...server.repository("team/signatures").tags.keys()].includes(`${digest.replace(":", "-")}.sig`));
      assert.deepEqual(await attachedTo(ok("tree", image, "-o", "json")), EVERYTHING);
      for (const form of [[], ["--new-bundle-format=false"]]) await ok("sign", ...KEY, ...form, image);
      assert.deepEqual([...server.repository("shop").tags.keys()], ["v1"]);
      await ok("verify", ...VERIFY, image);
      await ok("verify-attestation", ...VERIFY, "--type", TYPE, image);
      assert.equal((await attachedTo(ok("tree", image, "-o", "json"))).length, EVERYTHING.length + 2);
      // Twin: without the variable, or with another one, there is nothing.
      for (const other of [undefined, "", `${server.host}/other`]) {
        const ended = await runWith(other, "verify", ...VERIFY, image);
        assert.deepEqual([ended.exit, ended.code], [10, "NO_SIGNATURES"], ended.stderr);
        assert.deepEqual(await attachedTo(runWith(other, "tree", image, "-o", "json")), []);
      }
    }, referrersApi));
}

describe("every verb looks there", () => {
  test("copy brings it to the target's own repository", () =>
    withImage(async ({ server, image, ok, runWith }) => {
      const target = `${server.host}/copied:v1`;
      await ok("copy", image, target);
      assert.deepEqual(await attachedTo(runWith(undefined, "tree", target, "-o", "json")), EVERYTHING);
      assert.equal((await runWith(undefined, "verify", ...VERIFY, target)).exit, 0);
    }));

  test("save takes it along, and load brings it there", () =>
    withImage(async ({ server, image, ok, runWith }) => {
      await ok("save", "--dir", at("saved"), image);
      const target = `${server.host}/loaded:v1`;
      const elsewhere = `${server.host}/loaded-signatures`;
      assert.equal((await runWith(elsewhere, "load", "--dir", at("saved"), target)).exit, 0);
      assert.deepEqual(await attachedTo(runWith(elsewhere, "tree", target, "-o", "json")), EVERYTHING);
      assert.deepEqual([...server.repository("loaded").tags.keys()], ["v1"]);
      rmSync(at("saved"), { recursive: true });
    }));

  test("download, attach and triangulate", () =>
    withImage(async ({ server, image, ok }) => {
      const lines = (await ok("download", "attestation", "--predicate-type", TYPE, image)).stdout.trimEnd().split("\n");
      assert.equal(lines.length, 2);
      writeFileSync(at("bundle.json"), lines[0] ?? "");
      await ok("attach", "attestation", "--attestation", at("bundle.json"), image);
      await ok("attach", "sbom", "--sbom", at("sbom.json"), "--type", "cyclonedx", image);
      await ok("download", "sbom", image);
      assert.deepEqual([...server.repository("shop").tags.keys()], ["v1"]);
      const hex = digest.replace(":", "-");
      assert.equal((await ok("triangulate", image)).stdout, `${server.host}/team/signatures:${hex}.sig\n`);
      assert.equal((await ok("triangulate", "--type", "digest", image)).stdout, `${server.host}/shop@${digest}\n`);
    }));

  test("oci doctor examines and mends it there", () =>
    withImage(async ({ server, image, ok, runWith }) => {
      const { tags, manifests } = server.repository("team/signatures");
      const tag = digest.replace(":", "-");
      const bytes = manifests.get(tags.get(tag) ?? "")?.bytes;
      const index = JSON.parse(new TextDecoder().decode(bytes)) as { manifests: Record<string, unknown>[] };
      const bare = index.manifests.map(({ mediaType, digest: entry, size }) => ({ mediaType, digest: entry, size }));
      server
        .repository("team/signatures")
        .putManifest(
          new TextEncoder().encode(JSON.stringify({ ...index, manifests: bare })),
          "application/vnd.oci.image.index.v1+json",
          tag,
        );
      const sick = await runWith(`${server.host}/team/signatures`, "oci", "doctor", image);
      assert.equal(sick.exit, 1, sick.stderr);
      assert.match(sick.stdout, /mendable {2}entry-incomplete/);
      assert.match(sick.stdout, /2 wrong; --repair mends 2 of them/);
      assert.match((await ok("oci", "doctor", "--repair", image)).stdout, /mended {2}entry-incomplete/);
      const document = JSON.parse((await ok("oci", "doctor", "-o", "json", image)).stdout);
      assert.deepEqual([document.digest, document.defects, document.subjects.length], [digest, [], 3]);
      assert.deepEqual(document.lookedAt, { tags: 3, attachments: 4 });
    }, false));

  test("clean removes it there", () =>
    withImage(async ({ image, ok, runWith }) => {
      await ok("clean", "-f", image);
      assert.deepEqual(await attachedTo(ok("tree", image, "-o", "json")), []);
      assert.equal((await runWith(undefined, "triangulate", "--type", "digest", image)).exit, 0);
    }));
});

test("what names no repository is refused before anything is written", () =>
  withImage(async ({ image, runWith, server }) => {
    const writes = (): number => server.requests.filter(({ method }) => method !== "GET").length;
    const before = writes();
    for (const wrong of [`${server.host}/x:tag`, `${server.host}/x@${digest}`, "UPPER CASE", "https://a.example/b"]) {
      const ended = await runWith(wrong, "sign", ...KEY, image);
      assert.deepEqual([ended.exit, ended.code], [2, "USAGE"], `${wrong}: ${ended.stderr}`);
      assert.match(ended.stderr, /COSIGN_REPOSITORY: expected a repository/);
    }
    assert.equal(writes(), before);
  }));

test("oci doctor: a registry that is not there is exit 3, never 0", () =>
  withImage(async ({ server, image, runWith }) => {
    await server.close();
    const ended = await runWith(undefined, "oci", "doctor", image);
    assert.deepEqual([ended.exit, ended.code], [3, "REGISTRY_UNREACHABLE"]);
  }));
