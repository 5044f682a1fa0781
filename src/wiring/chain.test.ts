/** The whole chain on real files: the demo, and what a changed byte anywhere does to its check. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { attachStatement } from "../app/attachments/attach.ts";
import { checkResources } from "../app/check.ts";
import { storefrontImage } from "../app/demo/storefront.ts";
import { resolvePlans } from "../app/fact-loop.ts";
import {
  buildImage,
  type DemoReport,
  type ImageTarget,
  loadPolicies,
  openImage,
  openSigner,
  readYamlFile,
  runDemo,
} from "../app/index.ts";
import { bundleOf, signStatement } from "../app/signing/sign-envelope.ts";
import {
  createStatement,
  EMPTY_CONFIG,
  type Envelope,
  encodeBundle,
  encodeBundleManifest,
  type Statement,
} from "../attestation/index.ts";
import { digestHex, encodeBase64, isAmapError, readJson } from "../base/index.ts";
import { createPlanIndex, decide, type Fact } from "../policy/index.ts";
import type { CheckReport } from "../report/index.ts";
import { createWorld } from "./create-world.ts";
import { findExamples } from "./examples.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-chain-"));
const demo = join(folder, "demo");
const IMAGE = "registry.example/storefront";
const newWorld = () => createWorld({ offline: true, env: {} });
let report: DemoReport;

before(async () => {
  report = await runDemo(newWorld(), {
    directory: demo,
    examples: findExamples(),
    tool: { name: "amap", version: "0.0.0-test" },
    password: "test",
  });
});

after(() => rmSync(folder, { recursive: true, force: true }));

async function checkLayout(directory: string): Promise<CheckReport> {
  const world = newWorld();
  const policies = await loadPolicies(world, [join(demo, "policy.yaml")]);
  const resources = await readYamlFile(world, join(demo, "deployment.yaml"));
  const sources = [{ repository: IMAGE, directory }];
  return (await checkResources(world, { policies, resources, evidence: { sources, verifyLayers: true } })).report;
}

function codesOf(checked: CheckReport): ReadonlySet<string> {
  const resources = checked.resources;
  return new Set([
    ...resources.flatMap(({ rules }) => rules.flatMap(({ code }) => (code === undefined ? [] : [code]))),
    ...resources.flatMap(({ images }) => images.flatMap(({ rejected }) => rejected.map(({ code }) => code))),
  ]);
}

/** The blobs that index.json leads to; a tag that was moved leaves its old manifest behind, which nothing reads. */
function reachableBlobs(layout: string): readonly string[] {
  const names = new Set(readdirSync(join(layout, "blobs", "sha256")));
  const found = new Set<string>();
  const open = [readFileSync(join(layout, "index.json"), "utf8")];
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    for (const [, hex = ""] of text.matchAll(/"digest":\s*"sha256:([0-9a-f]{64})"/g)) {
      if (found.has(hex) || !names.has(hex)) continue;
      found.add(hex);
      const content = readFileSync(join(layout, "blobs", "sha256", hex));
      if (content[0] === 0x7b && content.length < 20_000) open.push(content.toString("utf8"));
    }
  }
  return [...found];
}

test("the good image is allowed and every twin is denied for its own reason", () => {
  assert.equal(report.good.allowed, true);
  assert.deepEqual(
    report.twins.map(({ name, asExpected }) => [name, asExpected]),
    report.twins.map(({ name }) => [name, true]),
  );
  assert.ok(report.twins.length >= 7);
});

test("two runs of the build give the same digest", async () => {
  const world = newWorld();
  const digests = [];
  for (const name of ["first", "second"]) {
    const storage = await world.openStorage({ kind: "layout", directory: join(folder, name) }, { create: true });
    digests.push((await buildImage(world, storage, storefrontImage(findExamples(), "v1"))).index.digest);
  }
  assert.deepEqual(digests, [report.digest, report.digest]);
});

test("the same facts give the same decision, without loading anything again", async () => {
  const world = newWorld();
  const policies = await loadPolicies(world, [join(demo, "policy.yaml")]);
  const [object = null] = await readYamlFile(world, join(demo, "deployment.yaml"));
  const sources = [{ repository: IMAGE, directory: join(demo, "twins", "affected") }];
  const { facts } = await checkResources(world, {
    policies,
    resources: [object],
    evidence: { sources, verifyLayers: true },
  });
  const input = { object, operation: "CREATE" as const };
  const plans = createPlanIndex(policies.plans).plansFor(input);
  const now = world.clock.now();
  const decideAgain = async () => {
    const load = async (requests: readonly { readonly key: string }[]) =>
      new Map(requests.map(({ key }) => [key, facts.get(key) as Fact]));
    const { evaluation } = await resolvePlans({ plans, input, load, now, seed: "", elapsed: () => 0 });
    return decide(plans.map((plan, index) => ({ plan, evaluation: evaluation[index] as never })));
  };
  const [first, second] = [await decideAgain(), await decideAgain()];
  assert.equal(first.allowed, false);
  assert.deepEqual(first, second);
});

describe("a changed byte in any stored blob is found", () => {
  test("every blob of the layout, one after the other", async () => {
    const blobs = reachableBlobs(join(demo, "image"));
    assert.ok(blobs.length > 20, `${blobs.length} blobs`);
    const layout = join(folder, "changed");
    cpSync(join(demo, "image"), layout, { recursive: true });
    assert.equal((await checkLayout(layout)).allowed, true);
    for (const blob of blobs) {
      const path = join(layout, "blobs", "sha256", blob);
      const bytes = readFileSync(path);
      const changed = Uint8Array.from(bytes);
      const place = Math.floor(bytes.length / 2);
      changed[place] = (changed[place] ?? 0) ^ 1;
      writeFileSync(path, changed);
      const checked = await checkLayout(layout);
      assert.equal(checked.allowed, false, `${blob} was changed and the image is allowed`);
      assert.ok(codesOf(checked).has("BLOB_DIGEST_MISMATCH"), `${blob}: ${[...codesOf(checked)].join(", ")}`);
      writeFileSync(path, bytes);
    }
    assert.equal((await checkLayout(layout)).allowed, true);
  });

  test("a blob that is gone is an error, not an unsigned image", async () => {
    const layout = join(folder, "gone");
    cpSync(join(demo, "image"), layout, { recursive: true });
    rmSync(join(layout, "blobs", "sha256", digestHex(EMPTY_CONFIG.digest)));
    const checked = await checkLayout(layout);
    assert.equal(checked.allowed, false);
    assert.ok(codesOf(checked).has("BLOB_NOT_FOUND"));
  });
});

test("a changed byte anywhere in a pinned policy is found", async () => {
  const world = newWorld();
  const path = join(demo, "policy.yaml");
  const bytes = readFileSync(path);
  const pin = report.good.policies[0]?.digest;
  await loadPolicies(world, [`${path}@${pin}`]);
  const changedPath = join(folder, "policy.yaml");
  for (let place = 0; place < bytes.length; place += 97) {
    const changed = Uint8Array.from(bytes);
    changed[place] = (changed[place] ?? 0) ^ 1;
    writeFileSync(changedPath, changed);
    await assert.rejects(loadPolicies(world, [`${changedPath}@${pin}`]), (error) =>
      isAmapError(error, "POLICY_DIGEST_MISMATCH"),
    );
  }
});

/** Ways to change a signed attestation so that its storage is consistent again: only the signature can tell. */
const FORGERIES: readonly (readonly [
  name: string,
  code: string,
  forge: (bundle: string, envelope: Envelope) => string,
])[] = [
  ["a byte of the payload", "SIGNATURE_INVALID", (bundle, { payload }) => replaceBytes(bundle, payload)],
  [
    "a byte of the signature",
    "SIGNATURE_INVALID",
    (bundle, { signatures }) => replaceBytes(bundle, signatures[0]?.sig),
  ],
  [
    "the payload type",
    "ENVELOPE_INVALID",
    (bundle) => bundle.replace("application/vnd.in-toto+json", "application/vnd.in-toto+jsom"),
  ],
  ["the bundle's JSON", "BUNDLE_INVALID", (bundle) => bundle.replace("}", "]")],
  ["the bundle's media type", "BUNDLE_UNSUPPORTED", (bundle) => bundle.replace("bundle.v0.3", "bundle.v9.3")],
];

function replaceBytes(bundle: string, bytes: Uint8Array = new Uint8Array()): string {
  const changed = Uint8Array.from(bytes);
  const place = changed.length - 4;
  changed[place] = (changed[place] ?? 0) ^ 1;
  return bundle.replace(encodeBase64(bytes), encodeBase64(changed));
}

describe("a forged attestation is refused with the code of its cause", () => {
  const fresh = async (name: string) => {
    const world = newWorld();
    const directory = join(folder, "forged", name.replaceAll(/[^a-z]/g, "-"));
    const target: ImageTarget = {
      kind: "layout",
      directory,
      reference: "v1",
      name: { registry: "registry.example", repository: "storefront" },
    };
    await buildImage(world, await world.openStorage(target, { create: true }), storefrontImage(findExamples(), "v1"));
    const signer = await openSigner(world, join(demo, "cosign.key"), "test");
    return { world, directory, image: await openImage(world, target), signer };
  };
  const sbomStatement = (subject: string): Statement =>
    createStatement({
      subjects: [{ name: IMAGE, digest: { sha256: subject } }],
      predicateType: "https://cyclonedx.org/bom",
      predicate: readJson(readFileSync(join(demo, "documents", "sbom.cdx.json"))),
    });

  for (const [name, code, forge] of FORGERIES) {
    test(name, async () => {
      const { world, directory, image, signer } = await fresh(name);
      const envelope = await signStatement(sbomStatement(digestHex(image.descriptor.digest)), signer);
      const genuine = bundleOf(envelope, signer);
      assert.deepEqual(genuine, encodeBundle({ envelope, keyHint: encodeBase64(signer.publicKey.keyId) }));
      const text = Buffer.from(genuine).toString("utf8");
      const forged = forge(text, envelope);
      assert.notEqual(forged, text);
      const bundle = await image.storage.writeBlob(Buffer.from(forged, "utf8"));
      await image.storage.writeBlob(EMPTY_CONFIG.bytes);
      const createdAt = new Date(world.clock.now()).toISOString();
      const manifest = encodeBundleManifest({
        subject: image.descriptor,
        bundle,
        predicateType: "https://cyclonedx.org/bom",
        createdAt,
      });
      await image.storage.writeManifest(manifest, { mediaType: "application/vnd.oci.image.manifest.v1+json" });
      const checked = await checkLayout(directory);
      assert.equal(checked.allowed, false);
      assert.deepEqual([...codesOf(checked)], [code]);
    });
  }

  test("the subject", async () => {
    const { world, directory, image, signer } = await fresh("subject");
    await attachStatement(world, image, signer, sbomStatement("0".repeat(64)), { forms: ["bundle", "tag"] });
    assert.deepEqual([...codesOf(await checkLayout(directory))], ["SUBJECT_MISMATCH"]);
  });
});
