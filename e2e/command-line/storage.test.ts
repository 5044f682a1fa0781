/** amap and cosign 3.1.3 carry each other's images on a real registry: saved, loaded, copied, downloaded, attached, cleaned. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { storefrontImage } from "../../src/app/demo/storefront.ts";
import {
  attestImage,
  buildImage,
  type OpenImage,
  openImage,
  openSigner,
  parseImageTarget,
  signImage,
  type World,
} from "../../src/app/index.ts";
import { createWorld } from "../../src/wiring/index.ts";

const root = join(import.meta.dirname, "..", "..");
const cosign = process.env["AMAP_E2E_COSIGN"] ?? "";
const registry = process.env["AMAP_E2E_REGISTRY"] ?? "";
const folder = mkdtempSync(join(tmpdir(), "amap-e2e-storage-"));
const env = { ...process.env, COSIGN_PASSWORD: "e2e", HOME: folder, NO_COLOR: "1" };
const IGNORE = "--insecure-ignore-tlog=true";
const TYPE = "https://example.com/review";

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, words: readonly string[], more: Readonly<Record<string, string>> = {}): Ended {
  const { status, stdout, stderr } = spawnSync(command, words, {
    cwd: folder,
    env: { ...env, ...more },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const amap = (...words: readonly string[]): Ended => run(process.execPath, [join(root, "bin", "amap.mjs"), ...words]);
const peer = (...words: readonly string[]): Ended => run(cosign, words);

function ok(ended: Ended): Ended {
  assert.equal(ended.status, 0, `${ended.stderr}\n${ended.stdout}`);
  return ended;
}

/** Pushes the demo image and returns it by digest. */
async function pushWith(name: string, then: (world: World, image: OpenImage) => Promise<unknown>): Promise<string> {
  const world = createWorld({ offline: false, env });
  try {
    const target = parseImageTarget(`${registry}/${name}:v1`);
    const storage = await world.openStorage(target);
    const built = await buildImage(world, storage, storefrontImage(join(root, "examples"), "v1"));
    await then(world, await openImage(world, target));
    return `${registry}/${name}@${built.index.digest}`;
  } finally {
    await world.close();
  }
}

/** The demo image, signed and attested in both forms; in this process, since cosign.test.ts has amap's verbs sign. */
const pushSigned = (name: string): Promise<string> =>
  pushWith(name, async (world, image) => {
    const signer = await openSigner(world, join(folder, "amap.key"), "e2e");
    const forms = ["bundle", "tag"] as const;
    await signImage(world, image, signer, { forms });
    await attestImage(world, image, signer, { forms, predicateType: TYPE, predicate: { reviewed: true } });
  });

const pushUnsigned = (name: string): Promise<string> => pushWith(name, async () => undefined);

const nameOf = (image: string, name: string): string => `${registry}/${name}@${image.split("@")[1]}`;

/** Both verify signature and attestation, and neither for a stranger's key. */
function bothVerify(image: string): void {
  for (const tool of [amap, peer]) {
    ok(tool("verify", "--key", "amap.pub", IGNORE, image));
    ok(tool("verify-attestation", "--key", "amap.pub", "--type", TYPE, IGNORE, image));
    assert.notEqual(tool("verify", "--key", "stranger.pub", IGNORE, image).status, 0);
  }
}

/** cosign copies an index and its platforms at the same time, and a registry refuses an index whose platforms are not there. */
function copyByCosign(from: string, to: string): void {
  const ended = peer("copy", from, to);
  ok(ended.status === 0 ? ended : peer("copy", "--force", from, to));
}

before(() => {
  writeFileSync(join(folder, "review.json"), JSON.stringify({ reviewed: true }));
  ok(amap("generate-key-pair", "--output-key-prefix", "amap"));
  ok(amap("generate-key-pair", "--output-key-prefix", "stranger"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe("save and load", () => {
  test("cosign loads what amap saved", async () => {
    const image = await pushSigned("amap-saved");
    ok(amap("save", "--dir", "by-amap", image));
    ok(peer("load", "--dir", "by-amap", `${registry}/loaded-by-cosign:v1`));
    bothVerify(nameOf(image, "loaded-by-cosign"));
  });

  test("amap loads what cosign saved", async () => {
    const image = await pushSigned("cosign-saved");
    ok(peer("save", "--dir", "by-cosign", image));
    ok(amap("load", "--dir", "by-cosign", `${registry}/loaded-by-amap:v1`));
    bothVerify(nameOf(image, "loaded-by-amap"));
  });
});

test("copy carries both forms; cosign's own copy drops bundles, which amap adds without losing a layer (pain 7)", async () => {
  const image = await pushSigned("copied");
  ok(amap("copy", image, `${registry}/copied-by-amap:v1`));
  bothVerify(nameOf(image, "copied-by-amap"));
  copyByCosign(image, `${registry}/copied-by-cosign:v1`);
  ok(amap("copy", image, `${registry}/copied-by-cosign:v2`));
  const tree = JSON.parse(ok(amap("tree", nameOf(image, "copied-by-cosign"), "-o", "json")).stdout);
  assert.ok(tree.attached.length >= 2, JSON.stringify(tree));
});

test("download and attach: each tool attaches what the other downloaded", async () => {
  const image = await pushSigned("downloaded");
  for (const [name, from, to] of [
    ["attached-by-cosign", amap, peer],
    ["attached-by-amap", peer, amap],
  ] as const) {
    const lines = ok(from("download", "attestation", "--predicate-type", TYPE, image))
      .stdout.trimEnd()
      .split("\n");
    assert.equal(lines.length, 2);
    ok(amap("copy", "--only", "sbom", image, `${registry}/${name}:v1`));
    const target = nameOf(image, name);
    for (const [index, line] of lines.entries()) {
      writeFileSync(join(folder, `${name}-${index}.json`), line);
      ok(to("attach", "attestation", "--attestation", `${name}-${index}.json`, target));
    }
    for (const tool of [amap, peer]) {
      ok(tool("verify-attestation", "--key", "amap.pub", "--type", TYPE, IGNORE, target));
      assert.notEqual(tool("verify-attestation", "--key", "stranger.pub", "--type", TYPE, IGNORE, target).status, 0);
    }
  }
});

test("triangulate names the same tags", async () => {
  const image = await pushSigned("triangulated");
  for (const type of ["signature", "attestation", "digest"]) {
    const [ours, theirs] = [amap, peer].map((tool) => ok(tool("triangulate", "--type", type, image)).stdout);
    if (type === "digest") assert.match(ours ?? "", /@sha256:/);
    else assert.equal(ours, theirs, type);
  }
});

test("after clean neither tool finds a signature", async () => {
  const image = await pushSigned("cleaned");
  ok(amap("clean", "-f", image));
  for (const tool of [amap, peer]) {
    assert.notEqual(tool("verify", "--key", "amap.pub", IGNORE, image).status, 0);
    assert.notEqual(tool("verify-attestation", "--key", "amap.pub", "--type", TYPE, IGNORE, image).status, 0);
  }
  assert.equal(amap("verify", "--key", "amap.pub", IGNORE, image).status, 10);
});

describe("COSIGN_REPOSITORY: both tools keep signatures in the same other repository", () => {
  const elsewhere = { COSIGN_REPOSITORY: `${registry}/elsewhere/signatures` };
  const bin = join(root, "bin", "amap.mjs");
  const there = {
    amap: (...words: readonly string[]): Ended => run(process.execPath, [bin, ...words], elsewhere),
    cosign: (...words: readonly string[]): Ended => run(cosign, words, elsewhere),
  };
  const FORMS = [[], ["--new-bundle-format=false"]] as const;

  /** What both tools say with the variable, and without it. */
  function bothFindThereOnly(image: string): void {
    for (const tool of [there.amap, there.cosign]) {
      ok(tool("verify", "--key", "amap.pub", IGNORE, image));
      ok(tool("verify-attestation", "--key", "amap.pub", "--type", TYPE, IGNORE, image));
      assert.notEqual(tool("verify", "--key", "stranger.pub", IGNORE, image).status, 0);
    }
    for (const tool of [amap, peer]) assert.notEqual(tool("verify", "--key", "amap.pub", IGNORE, image).status, 0);
  }

  for (const [at, form] of FORMS.entries()) {
    test(`amap signs, cosign verifies ${form.join(" ")}`, async () => {
      const image = await pushUnsigned(`elsewhere-amap-${at}`);
      ok(there.amap("sign", "--key", "amap.key", ...form, image));
      ok(there.amap("attest", "--key", "amap.key", ...form, "--type", TYPE, "--predicate", "review.json", image));
      bothFindThereOnly(image);
    });

    test(`cosign signs, amap verifies ${form.join(" ")}`, async () => {
      const image = await pushUnsigned(`elsewhere-cosign-${at}`);
      const words = ["--key", "amap.key", "--tlog-upload=false", "--use-signing-config=false", "-y", ...form];
      ok(there.cosign("sign", ...words, image));
      ok(there.cosign("attest", ...words, "--type", TYPE, "--predicate", "review.json", image));
      bothFindThereOnly(image);
      const [ours, theirs] = [there.amap, there.cosign].map((tool) => ok(tool("triangulate", image)).stdout);
      assert.equal(ours, theirs);
    });
  }
});

test("oci doctor mends what cosign leaves: entries without annotations, and the image that its copy puts there", async () => {
  const image = await pushSigned("doctored");
  const words = ["--key", "amap.key", "--tlog-upload=false", "--use-signing-config=false", "-y"];
  ok(peer("attest", ...words, "--type", TYPE, "--predicate", "review.json", image));
  const sick = amap("oci", "doctor", image);
  assert.deepEqual([sick.status, sick.stdout.includes("entry-incomplete")], [1, true], sick.stdout + sick.stderr);
  ok(amap("oci", "doctor", "--repair", image));
  ok(amap("oci", "doctor", image));
  bothVerify(image);
  copyByCosign(image, `${registry}/doctored-copy:v1`);
  const copied = amap("oci", "doctor", "-o", "json", nameOf(image, "doctored-copy"));
  assert.equal(copied.status, 1, copied.stdout + copied.stderr);
  assert.match(copied.stdout, /"collision"/);
  ok(amap("oci", "doctor", "--repair", nameOf(image, "doctored-copy")));
  ok(amap("attest", "--key", "amap.key", "--type", TYPE, "--predicate", "review.json", nameOf(image, "doctored-copy")));
  bothVerify(nameOf(image, "doctored-copy"));
});
