/** Evidence about one platform of an index: what it leaves open on the others stays open for policies. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeImageConfig, encodeIndex, encodeManifest, MEDIA_TYPES } from "../../artifact/index.ts";
import { memberOf, type Value } from "../../base/index.ts";
import { COSIGN_VULN_PREDICATE_TYPE, encodeRiskAcceptances } from "../../metadata/index.ts";
import {
  EARLIER,
  finding,
  IMAGE,
  list,
  load,
  product,
  REPOSITORY,
  SIGNERS,
  scan,
  statement,
  VEX_TYPE,
  vex,
} from "../../testing/evidence-fixture.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { attestImage } from "../attachments/attach.ts";
import { parseImageTarget } from "../image-target.ts";
import { openImage } from "../open-image.ts";

const RISK_TYPE = "urn:amap:predicate:risk-acceptance:v1";

interface Digests {
  readonly index: string;
  readonly amd: string;
  readonly arm: string;
}

/** What a policy sees of the one finding of an image for two platforms. */
async function findingWith(
  attach: (digests: Digests) => readonly (readonly [predicateType: string, predicate: Value])[],
  platformsOf: (digests: Digests) => readonly string[] | undefined = () => undefined,
): Promise<Value> {
  const world = createFakeWorld();
  const storage = world.storageOf(REPOSITORY);
  const manifests = [];
  for (const architecture of ["amd64", "arm64"]) {
    const config = encodeImageConfig({ os: "linux", architecture, rootfs: { type: "layers", diff_ids: [] } });
    const manifest = encodeManifest({
      kind: "manifest",
      mediaType: MEDIA_TYPES.manifest,
      config: { mediaType: MEDIA_TYPES.config, ...(await storage.writeBlob(config)) },
      layers: [],
    });
    const descriptor = await storage.writeManifest(manifest, { mediaType: MEDIA_TYPES.manifest });
    manifests.push({ ...descriptor, platform: { os: "linux", architecture } });
  }
  const index = encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests });
  await storage.writeManifest(index, { mediaType: MEDIA_TYPES.index, tag: "v1" });
  const image = await openImage(world, parseImageTarget(IMAGE));
  const [amd = "", arm = ""] = manifests.map(({ digest }) => digest);
  const digests = { index: image.descriptor.digest, amd, arm };
  const platforms = platformsOf(digests);
  const found = finding(platforms === undefined ? {} : { platforms });
  const attached = [[COSIGN_VULN_PREDICATE_TYPE, scan({ findings: [found] })] as const, ...attach(digests)];
  for (const [predicateType, predicate] of attached)
    await attestImage(world, image, SIGNERS.builder, { predicateType, predicate, forms: ["bundle"] });
  const logs = { ignoresEntries: true, ignoresCertificateTimestamps: false };
  const key = { pem: SIGNERS.builder.publicKeyPem, hashAlgorithm: "sha256" };
  const evidence = await load(world, "imageEvidence", { image: IMAGE, attestors: [{ name: "builder", key, logs }] });
  const [seen] = list(evidence, "findings");
  assert.ok(seen !== undefined);
  return seen;
}

const vexAbout = (...digests: readonly string[]): readonly [string, Value] => [
  VEX_TYPE,
  vex([statement({ products: digests.map(product) })]),
];
const risk = (...products: readonly string[]): readonly [string, Value] => [
  RISK_TYPE,
  encodeRiskAcceptances([
    {
      finding: "CVE-2026-0001",
      scope: { products, components: [] },
      owner: "shop",
      reason: "no way in",
      author: "alice@example.com",
      approvers: [{ identity: "bob@example.com", proof: "stated" }],
      decidedAt: EARLIER,
      until: "2999-01-01T00:00:00Z",
    },
  ]),
];

describe("what a policy sees of a finding on two platforms", () => {
  const rows: readonly (readonly [string, Parameters<typeof findingWith>[0], isClosed: boolean])[] = [
    ["VEX about the index", ({ index }) => [vexAbout(index)], true],
    ["VEX about both platforms", ({ amd, arm }) => [vexAbout(amd, arm)], true],
    ["VEX about each platform", ({ amd, arm }) => [vexAbout(amd), vexAbout(arm)], true],
    ["VEX about one platform", ({ amd }) => [vexAbout(amd)], false],
    ["a risk of the index", ({ index }) => [risk(index)], true],
    ["a risk of each platform", ({ amd, arm }) => [risk(amd), risk(arm)], true],
    ["a risk of one platform", ({ arm }) => [risk(arm)], false],
  ];
  for (const [name, attach, isClosed] of rows) {
    test(`with ${name}`, async () => {
      const seen = await findingWith(attach);
      const isAccepted = memberOf(seen, "accepted") !== null;
      assert.equal(memberOf(seen, "answered") === true || isAccepted, isClosed);
      const isPartly = !isClosed && !name.includes("risk");
      assert.equal(memberOf(seen, "byPlatform") !== undefined, isPartly || name === "VEX about each platform");
      if (isPartly) assert.equal(memberOf(seen, "statement"), null);
    });
  }

  const alone: readonly (readonly [string, Parameters<typeof findingWith>[0], boolean])[] = [
    ["VEX about that one", ({ amd }) => [vexAbout(amd)], true],
    ["VEX about the other one", ({ arm }) => [vexAbout(arm)], false],
    ["the risk of that one", ({ amd }) => [risk(amd)], true],
    ["the risk of the other one", ({ arm }) => [risk(arm)], false],
  ];
  for (const [name, attach, isClosed] of alone) {
    test(`on one of them alone, with ${name}`, async () => {
      const seen = await findingWith(attach, ({ amd }) => [amd]);
      assert.equal(memberOf(seen, "answered") === true || memberOf(seen, "accepted") !== null, isClosed);
    });
  }
});
