/**
 * Key rings over signatures that cosign 3.1.3 made with real logs and a real timestamp authority, in both forms and on both
 * kinds of registry: rotated, looked at in a dry run, retired, verified; and over a signature without a proven time.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { storefrontImage } from "../../../src/app/demo/storefront.ts";
import { buildImage, parseImageTarget } from "../../../src/app/index.ts";
import { runCli } from "../../../src/cli/run-cli.ts";
import { VERBS } from "../../../src/cli/verbs.ts";
import { createCliRunner, type Ended } from "../../../src/testing/cli-runner.ts";
import { createWorld } from "../../../src/wiring/index.ts";
import { type Form, KINDS, PREDICATE_TYPE, type Signer, signImage } from "./material.ts";
import { openStage, type Stage, succeed } from "./stage.ts";
import { tamperStored } from "./tamper.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const KEY: Signer = { name: "key" };
const CASES: readonly (readonly [form: Form, registry: "fallback" | "referrers"])[] = [
  ["bundle, Rekor v2", "referrers"],
  ["tag, Rekor v1", "fallback"],
  ["tag, token", "referrers"],
];
let stage: Stage;
let trust: readonly string[];
let pushed = 0;

before(async () => {
  stage = await openStage();
  trust = ["--trusted-root", join(stage.folder, stage.files.trustedRoot)];
  await succeed(stage.cosign("generate-key-pair", "--output-key-prefix", "next"));
});
after(() => stage.close());
/** A ring of its own, with cosign's key. */
async function createRing(name: string): Promise<readonly string[]> {
  const ring = ["--key-ring", join(stage.folder, `${name}.yaml`)];
  await ended(0, "key-ring", "create", ...ring, `release=${join(stage.folder, stage.files.publicKey)}`);
  return ring;
}

async function push(host: string): Promise<string> {
  pushed += 1;
  const world = createWorld({ offline: false, env: process.env });
  const name = `${host}/ring-${pushed}`;
  const storage = await world.openStorage(parseImageTarget(`${name}:v1`));
  const built = await buildImage(world, storage, storefrontImage(join(root, "examples"), "v1"));
  await world.close();
  return `${name}@${built.index.digest}`;
}

/** Runs amap, which must end with this exit code, and with this error code where it is not 0 or a dry run's 1. */
async function ended(exit: number | string, ...words: readonly string[]): Promise<Ended> {
  const found = await runAmap(words);
  const shown = `${words.join(" ")}\n${found.stdout}${found.stderr}`;
  assert.equal(typeof exit === "number" ? found.exit : found.code, exit, shown);
  return found;
}

const now = (): string => new Date().toISOString();
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("rotated, looked at, retired, verified", { concurrency: CASES.length + 1 }, () => {
  for (const [form, registry] of CASES) {
    test(`${form}, on the ${registry} registry`, async () => {
      /** A token is asked for where it is all that there is. */
      const terms = form === "tag, token" ? ["--use-signed-timestamps", "--insecure-ignore-tlog"] : [];
      const ring = await createRing(form.replaceAll(/[ ,]+/g, "-"));
      const image = await push(stage.registries[registry]);
      const before = now();
      // Times of logs and authorities are whole seconds.
      await wait(1100);
      await signImage(stage, image, "signature", form, KEY);
      // A token over an attestation in a tag is over something else than cosign itself asks for.
      const kinds = form === "tag, token" ? KINDS.slice(0, 1) : KINDS;
      for (const kind of kinds.slice(1)) await signImage(stage, image, kind, form, KEY);
      const verify = ["verify", ...ring, ...trust, ...terms, image];
      await ended(0, ...verify);
      const dryRun = ["--dry-run", ...trust, ...terms, image];

      const rotation = [
        "rotate",
        "release",
        "next",
        ...ring,
        "--key",
        join(stage.folder, "next.pub"),
        "--overlap",
        "1h",
      ];
      const kept = await ended(0, "key-ring", ...rotation, ...dryRun);
      assert.match(
        kept.stdout,
        new RegExp(`${kinds.length} signatures and attestations verify now, 0 do not; nothing would stop verifying`),
      );
      const early = await ended(1, "key-ring", "retire", "release", ...ring, "--at", before, ...dryRun, "-o", "json");
      const { evidence } = JSON.parse(early.stdout) as {
        evidence: { kind: string; stops?: { code: string; remedy: string } }[];
      };
      assert.deepEqual(
        new Set(evidence.map(({ kind, stops }) => `${kind} ${stops?.code}`)),
        new Set(kinds.map((kind) => `${kind} KEY_EXPIRED`)),
      );
      const signature = evidence.find(({ kind }) => kind === "signature");
      assert.equal(signature?.stops?.remedy, `sign it again: amap sign --key KEY ${image}`);

      await wait(1100);
      await ended(0, "key-ring", ...rotation);
      await ended(0, "key-ring", "retire", "release", ...ring, "--at", now());
      await ended(0, ...verify);
      if (kinds.length > 1) await ended(0, "verify-attestation", ...ring, ...trust, "--type", PREDICATE_TYPE, image);

      await wait(1100);
      const later = await push(stage.registries[registry]);
      await signImage(stage, later, "signature", form, KEY);
      await ended("KEY_EXPIRED", "verify", ...ring, ...trust, ...terms, later);
      await ended("NO_SIGNATURES", "verify", ...ring, ...trust, ...terms, await push(stage.registries[registry]));
      await tamperStored(image);
      const twin = await runAmap(verify);
      assert.equal(twin.exit, 12, twin.stderr);
    });
  }

  test("a signature without a proven time stops with its key, and the next key's goes on", async () => {
    const ring = await createRing("unproven");
    const image = await push(stage.registries.fallback);
    const plain = ["-y", "--use-signing-config=false", "--tlog-upload=false", "--new-bundle-format=false"];
    await succeed(stage.cosign("sign", "--key", stage.files.privateKey, ...plain, image));
    const look = ["--insecure-ignore-tlog", image];
    await ended(0, "verify", ...ring, ...look);
    const found = await ended(1, "key-ring", "retire", "release", ...ring, "--dry-run", ...look);
    assert.match(found.stdout.replaceAll(/\s+/g, " "), /signed at an unknown time \(self-asserted\); TIME_UNPROVEN/);
    const next = ["--key", join(stage.folder, "next.pub"), "--overlap", "0s"];
    await ended(0, "key-ring", "rotate", "release", "next", ...ring, ...next);
    await wait(1100);
    await ended("TIME_UNPROVEN", "verify", ...ring, ...look);
    await succeed(stage.cosign("sign", "--key", "next.key", ...plain, image));
    await ended(0, "verify", ...ring, ...look);
  });
});
