/**
 * What piles up and the verbs that move bytes, beside cosign 3.1.3 on real registries: `clean --superseded` leaves what
 * cosign verifies, keyless and with a key; `upload`, `generate` and `login` write what cosign writes; `manifest verify`
 * and `dockerfile verify` end as cosign's do.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { storefrontImage } from "../../src/app/demo/storefront.ts";
import { buildImage, parseImageTarget } from "../../src/app/index.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { VERBS } from "../../src/cli/verbs.ts";
import { createCliRunner } from "../../src/testing/cli-runner.ts";
import { createWorld } from "../../src/wiring/index.ts";
import { PREDICATE_TYPE, SIGNERS, type Signer, signImage, verifyingWords } from "./sigstore/material.ts";
import { type Ended, openStage, type Stage, succeed } from "./sigstore/stage.ts";

const root = join(import.meta.dirname, "..", "..");
const IGNORE = "--insecure-ignore-tlog=true";
const LEGACY = ["--tlog-upload=false", "--use-signing-config=false", "--new-bundle-format=false"];
const [PERSON, WORKFLOW] = SIGNERS as readonly [Signer, Signer, Signer];

let stage: Stage;
/** amap runs in this process, which stands in the stage's folder: a start of its own for each verb costs most of the time. */
const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const amapWith = async (env: Readonly<Record<string, string>>, words: readonly string[]): Promise<Ended> => {
  const { exit, stdout, stderr } = await runAmap(words, { COSIGN_PASSWORD: "e2e", ...env });
  return { status: exit, stdout, stderr };
};
const amap = (...words: readonly string[]): Promise<Ended> => amapWith({}, words);
const peer = (...words: readonly string[]): Promise<Ended> => stage.cosign(...words);
const directory = process.cwd();

before(async () => {
  stage = await openStage();
  process.chdir(stage.folder);
});
after(async () => {
  process.chdir(directory);
  await stage.close();
});

/** Pushes the demo image under a name of its own and returns it by digest. */
async function push(registry: string, name: string): Promise<string> {
  const world = createWorld({ offline: false, env: { HOME: stage.folder } });
  const storage = await world.openStorage(parseImageTarget(`${registry}/${name}:v1`));
  const built = await buildImage(world, storage, storefrontImage(join(root, "examples"), "v1"));
  await world.close();
  return `${registry}/${name}@${built.index.digest}`;
}

interface Fate {
  readonly isKept: boolean;
  readonly type: string;
}

async function clean(image: string, ...words: readonly string[]): Promise<readonly Fate[]> {
  const { stdout } = await succeed(amap("clean", "--superseded", "-o", "json", ...words, image));
  return (JSON.parse(stdout) as { attachments: readonly Fate[] }).attachments;
}

const removed = (fates: readonly Fate[]): number => fates.filter(({ isKept }) => !isKept).length;

function scan(hour: number): string {
  const at = `2026-01-01T0${hour}:00:00Z`;
  const scanner = {
    uri: "pkg:generic/scanner",
    version: "1",
    db: { uri: "", version: "" },
    result: { SchemaVersion: 2, Results: [] },
  };
  return JSON.stringify({ invocation: {}, scanner, metadata: { scanStartedOn: at, scanFinishedOn: at } });
}

describe("clean --superseded", () => {
  test("keyless, in both forms: cosign verifies what stays, and another signer loses nothing", async () => {
    const image = await push(stage.registries.referrers, "keyless");
    const form = "bundle, Rekor v2";
    for (const kind of ["signature", "attestation"] as const) {
      for (const signer of [PERSON, PERSON, WORKFLOW]) await signImage(stage, image, kind, form, signer);
      for (const _ of [1, 2]) await signImage(stage, image, kind, "tag, Rekor v1", PERSON);
    }
    const words = verifyingWords(stage, form, PERSON);
    const stranger = verifyingWords(stage, form, PERSON, true);
    assert.equal(removed(await clean(image, ...stranger)), 0);
    assert.equal(removed(await clean(image, "--dry-run", ...words)), 4);
    assert.equal(removed(await clean(image, ...words)), 4);
    assert.equal(removed(await clean(image, ...words)), 0);
    for (const signer of [PERSON, WORKFLOW]) {
      const trust = verifyingWords(stage, form, signer);
      await succeed(stage.cosign("verify", ...trust, image));
      await succeed(stage.cosign("verify-attestation", "--type", PREDICATE_TYPE, ...trust, image));
    }
    const tags = ["--new-bundle-format=false", ...verifyingWords(stage, "tag, Rekor v1", PERSON)];
    await succeed(stage.cosign("verify", ...tags, image));
  });

  test("scans that cosign attested under its tag, superseded by amap's with the same key", async () => {
    const image = await push(stage.registries.fallback, "scans");
    const { privateKey, publicKey } = stage.files;
    for (const hour of [1, 2]) {
      const words = ["--key", privateKey, "--type", "vuln", "--predicate", stage.write("scan.json", scan(hour))];
      await succeed(stage.cosign("attest", "-y", ...words, ...LEGACY, image));
    }
    const newest = ["--type", "vuln", "--predicate", stage.write("scan.json", scan(3))];
    await succeed(amap("attest", "--key", privateKey, ...newest, "--new-bundle-format=false", image));
    const verify = ["--key", publicKey, IGNORE];
    assert.equal(removed(await clean(image, ...verify)), 2);
    for (const tool of [amap, peer]) {
      const { stdout } = await succeed(tool("verify-attestation", "--type", "vuln", ...verify, image));
      const lines = stdout.trimEnd().split("\n");
      assert.equal(lines.length, 1);
      const { payload } = JSON.parse(lines[0] ?? "") as { payload: string };
      assert.match(Buffer.from(payload, "base64").toString("utf8"), /T03:00:00Z/);
    }
  });
});

test("upload and generate write what cosign writes, byte for byte", async () => {
  const { referrers: registry } = stage.registries;
  stage.write("foo.txt", "hello\n");
  stage.write("bar.json", '{"a":1}\n');
  stage.write("module.wasm", new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
  const manifest = async (name: string): Promise<string> => {
    const answer = await fetch(`http://${registry}/v2/${name}/manifests/v1`, { headers: { accept: "*/*" } });
    return `${answer.headers.get("content-type")} ${await answer.text()}`;
  };
  for (const words of [
    ["blob", "-f", "foo.txt"],
    ["blob", "-f", "module.wasm", "-a", "a=<b>,c=d"],
    ["blob", "-f", "bar.json:linux/amd64", "--ct", "application/json"],
    ["blob", "-f", "foo.txt:linux/amd64", "-f", "bar.json:darwin", "-a", "k=v"],
    ["wasm", "-f", "module.wasm"],
  ]) {
    const [ours, theirs] = await Promise.all([
      succeed(amap("upload", ...words, `${registry}/ours:v1`)),
      succeed(stage.cosign("upload", ...words, `${registry}/theirs:v1`)),
    ]);
    assert.equal(await manifest("ours"), await manifest("theirs"), words.join(" "));
    assert.equal(ours.stdout.replace("/ours@", "/theirs@"), theirs.stdout, words.join(" "));
  }
  for (const words of [[], ["-a", "foo=bar", "-a", "b=<x>&"]]) {
    const [ours, theirs] = await Promise.all(
      [amap, peer].map((tool) => succeed(tool("generate", ...words, `${registry}/ours:v1`))),
    );
    assert.equal(ours?.stdout, theirs?.stdout);
  }
});

test("login writes the file that cosign writes, and keeps what the other wrote", async () => {
  const { referrers: registry } = stage.registries;
  const configs = await Promise.all(
    ["ours", "theirs"].map(async (name) => {
      const DOCKER_CONFIG = join(stage.folder, `docker-${name}`);
      mkdirSync(DOCKER_CONFIG);
      const login = (tool: "amap" | "cosign", host: string, user: string): Promise<Ended> => {
        const words = ["login", host, "-u", user, "-p", "p:w"];
        return succeed(
          tool === "amap" ? amapWith({ DOCKER_CONFIG }, words) : stage.cosignWith({ DOCKER_CONFIG }, ...words),
        );
      };
      await login("cosign", stage.registries.fallback, "first");
      await login(name === "ours" ? "amap" : "cosign", registry, "second");
      await login("cosign", "third.example", "third");
      return JSON.parse(readFileSync(join(DOCKER_CONFIG, "config.json"), "utf8")) as unknown;
    }),
  );
  assert.deepEqual(configs[0], configs[1]);
});

test("manifest verify and dockerfile verify end as cosign's do", async () => {
  const { fallback: registry } = stage.registries;
  const { privateKey, publicKey } = stage.files;
  const signed = await push(registry, "signed");
  const unsigned = await push(registry, "unsigned");
  await succeed(amap("sign", "--key", privateKey, "--new-bundle-format=false", signed));
  const pod = (...images: readonly string[]): string =>
    JSON.stringify({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "shop" },
      spec: { template: { spec: { containers: images.map((image) => ({ name: "c", image })) } } },
    });
  const image = signed.split("/").slice(1).join("/");
  const files: readonly (readonly [verb: string, file: string, isGood: boolean, flags?: readonly string[]])[] = [
    ["manifest", stage.write("good.yaml", pod(signed)), true],
    ["manifest", stage.write("bad.yaml", pod(signed, unsigned)), false],
    ["manifest", stage.write("none.yaml", JSON.stringify({ apiVersion: "v1", kind: "ConfigMap" })), false],
    ["dockerfile", stage.write("Dockerfile.good", `ARG R=${registry}\nFROM $R/${image} AS a\nFROM a\n`), true],
    ["dockerfile", stage.write("Dockerfile.bad", `FROM ${signed}\nFROM ${unsigned}\n`), false],
    ["dockerfile", stage.write("Dockerfile.base", `FROM ${unsigned}\nFROM ${signed}\n`), true, ["--base-image-only"]],
    ["dockerfile", stage.write("Dockerfile.copy", `FROM ${signed}\nCOPY --from=${unsigned} / /\n`), false],
    ["dockerfile", stage.write("Dockerfile.scratch", "FROM scratch\n"), false],
  ];
  for (const [verb, file, isGood, flags = []] of files) {
    const words = [verb, "verify", "--key", publicKey, IGNORE, ...flags, file];
    const [ours, theirs] = await Promise.all([amap(...words), stage.cosign(...words)]);
    assert.deepEqual(
      [ours.status === 0, theirs.status === 0],
      [isGood, isGood],
      `${file}\n${ours.stderr}\n${theirs.stderr}`,
    );
  }
});
