import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { encodeIndex, MEDIA_TYPES } from "../../artifact/index.ts";
import {
  createSignatureStatement,
  createStatement,
  decodeTrustRoot,
  encodeStatement,
} from "../../attestation/index.ts";
import { AmapError, digestHex, encodeUtf8, isAmapError } from "../../base/index.ts";
import { testSigner } from "../../testing/fake-signer.ts";
import { createFakeWorld, FAKE_NOW, type FakeWorld } from "../../testing/fake-world.ts";
import {
  createLocalSigstore,
  createTestKey,
  jsonBytes,
  LOCAL_TIME,
  type SigningOptions,
} from "../../testing/sigstore/local-sigstore.ts";
import { signImage } from "../attachments/attach.ts";
import { attachAttestationFile } from "../attachments/attach-existing.ts";
import { parseImageTarget } from "../image-target.ts";
import { type OpenImage, openImage } from "../open-image.ts";
import {
  createKeyRing,
  type KeyRingChange,
  parseNamedKey,
  planAddition,
  planRetirement,
  planRotation,
  writeKeyRingChange,
} from "./key-ring-changes.ts";
import { readKeyRing } from "./key-ring-file.ts";
import { type KeyRingPreview, type PreviewRequest, previewKeyRing } from "./preview-key-ring.ts";

const HOUR = 3_600_000;
const REPOSITORY = "registry.example/shop";
const VEX = "https://openvex.dev/ns";
const RING = "ring.yaml";
const builder = testSigner("builder");
const release = createTestKey();
const edwards = createTestKey("ed25519");
const sigstore = createLocalSigstore();
const root = decodeTrustRoot(jsonBytes(sigstore.trustedRoot()));
assert.ok(root.ok);
const trust = { trustRoot: root.value, thresholds: { logs: 0, times: 0 } };

let world: FakeWorld;
let image: OpenImage;

async function imageIn(tag: string): Promise<OpenImage> {
  const annotations = { tag };
  await world
    .storageOf(REPOSITORY)
    .writeManifest(encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests: [], annotations }), {
      mediaType: MEDIA_TYPES.index,
      tag,
    });
  return openImage(world, parseImageTarget(`${REPOSITORY}:${tag}`));
}

const timed: SigningOptions = { key: release, keyOnly: true, timestamp: true };
const bare: SigningOptions = { key: release, keyOnly: true, log: "none" };

async function attach(payload: Uint8Array, options: SigningOptions): Promise<void> {
  await attachAttestationFile(world, image, sigstore.signBundle({ content: { payload }, ...options }).bytes);
}

const vexOf = (digest: OpenImage["descriptor"]["digest"]): Uint8Array =>
  encodeStatement(
    createStatement({
      subjects: [{ name: "shop", digest: { sha256: digestHex(digest) } }],
      predicateType: VEX,
      predicate: { a: 1 },
    }),
  );

before(async () => {
  world = createFakeWorld({
    "builder.pub": builder.publicKeyPem,
    "release.pub": release.pem,
    "edwards.pub": edwards.pem,
  });
  await createKeyRing(world, RING, ["builder=builder.pub", "release=release.pub"].map(parseNamedKey));
  image = await imageIn("v1");
  await imageIn("bare");
  await signImage(world, image, builder, { forms: ["tag"] });
  await attach(encodeStatement(createSignatureStatement(image.descriptor.digest)), timed);
  await attach(vexOf(image.descriptor.digest), bare);
  await attach(vexOf(image.descriptor.digest), { keyOnly: true, log: "none" });
});

function preview(change: KeyRingChange, more: Partial<PreviewRequest> = {}): Promise<KeyRingPreview> {
  const { before: old, after, effectiveAt: at } = change;
  return previewKeyRing(world, { before: old, after, at, images: [`${REPOSITORY}:v1`], bundles: [], trust, ...more });
}

const stopping = ({ evidence }: KeyRingPreview): readonly unknown[] =>
  evidence.flatMap(({ kind, signer, stops }) => (stops === undefined ? [] : [[kind, signer.name, stops.code]]));

describe("a ring in a file", () => {
  test("is written once, and read as it was written", async () => {
    const ring = await readKeyRing(world, RING);
    assert.deepEqual(
      ring.keys.map(({ name }) => name),
      ["builder", "release"],
    );
    await assert.rejects(createKeyRing(world, RING, []), (error) => isAmapError(error, "USAGE"));
  });

  test("is refused with its name and the place", async () => {
    const text = "apiVersion: amap.dev/v1alpha1\nkind: KeyRing\nkeys: [{name: a}]\n";
    const other = createFakeWorld({ "bad.yaml": text });
    await assert.rejects(readKeyRing(other, "bad.yaml"), (error) => {
      return isAmapError(error, "KEY_RING_INVALID") && /bad\.yaml: keys\[0\]\.publicKey/.test((error as Error).message);
    });
  });

  test("a pattern that does not compile is refused when it is added", async () => {
    const signer = { kind: "identity", subject: { regexp: "(" }, issuer: { exact: "https://a.example" } } as const;
    const plan = await planAddition(world, RING, { name: "p", signer, signatures: false, predicateTypes: [] });
    await assert.rejects(writeKeyRingChange(world, plan), (error) => isAmapError(error, "KEY_RING_INVALID"));
  });

  test("a rotation and a retirement, one after the other", async () => {
    await createKeyRing(world, "own.yaml", [parseNamedKey("builder=builder.pub")]);
    const to = parseNamedKey("release=release.pub");
    const rotation = await planRotation(world, "own.yaml", { from: "builder", to, overlapMs: HOUR });
    assert.equal(rotation.effectiveAt, FAKE_NOW + HOUR + 1);
    await writeKeyRingChange(world, rotation);
    await writeKeyRingChange(world, await planRetirement(world, "own.yaml", { name: "builder", compromised: true }));
    const { keys } = await readKeyRing(world, "own.yaml");
    assert.deepEqual(
      keys.map(({ validFor, retired }) => [validFor, retired]),
      [
        [{ end: FAKE_NOW + HOUR }, { at: FAKE_NOW, compromised: true }],
        [{ start: FAKE_NOW }, undefined],
      ],
    );
  });
});

describe("what would stop verifying", () => {
  const retire = (name: string, terms: { at?: number; compromised?: boolean } = {}): Promise<KeyRingChange> =>
    planRetirement(world, RING, { name, compromised: false, ...terms });

  test("an own word stops, a proven time before the retirement holds", async () => {
    const found = await preview(await retire("release"));
    assert.deepEqual(stopping(found), [["attestation", "release", "TIME_UNPROVEN"]]);
    assert.deepEqual(found.lookedAt, { images: 1, digests: 1, bundles: 0 });
    assert.deepEqual([found.evidence.length, found.refused.length, found.notLookedAt.length], [3, 1, 0]);
    const stopped = found.evidence.find(({ stops }) => stops !== undefined);
    const name = `${REPOSITORY}@${image.descriptor.digest}`;
    assert.deepEqual(
      [stopped?.where, stopped?.predicateType, stopped?.signedTime.source],
      [name, VEX, "self-asserted"],
    );
    assert.equal(
      stopped?.stops?.remedy,
      `attest it again: amap attest --key KEY --type ${VEX} --predicate FILE ${name}`,
    );
    const held = found.evidence.find(({ signer, stops }) => signer.name === "release" && stops === undefined);
    assert.deepEqual([held?.signedTime.source, held?.signerAfter], ["timestampAuthority", "release"]);
  });

  const rows: readonly (readonly [name: string, terms: { at?: number; compromised?: boolean }, codes: string[]])[] = [
    ["at the time of the signature", { at: LOCAL_TIME }, ["TIME_UNPROVEN"]],
    ["before it", { at: LOCAL_TIME - 1 }, ["KEY_EXPIRED", "TIME_UNPROVEN"]],
    ["as compromised since then", { at: LOCAL_TIME, compromised: true }, ["KEY_EXPIRED", "TIME_UNPROVEN"]],
    ["as compromised later", { at: LOCAL_TIME + 1, compromised: true }, ["TIME_UNPROVEN"]],
    ["tomorrow: looked at when it has come", { at: FAKE_NOW + 24 * HOUR }, ["TIME_UNPROVEN"]],
  ];
  for (const [name, terms, codes] of rows) {
    test(`release retired ${name}`, async () => {
      const found = await preview(await retire("release", terms));
      assert.deepEqual(found.evidence.flatMap(({ stops }) => stops?.code ?? []).sort(), codes);
    });
  }

  test("a retired key that signed nothing here: nothing stops, and it is said how much was looked at", async () => {
    await createKeyRing(world, "third.yaml", ["release=release.pub", "edwards=edwards.pub"].map(parseNamedKey));
    const plan = await planRetirement(world, "third.yaml", { name: "edwards", compromised: true });
    const found = await preview(plan);
    assert.deepEqual([stopping(found), found.evidence.length, found.lookedAt.images], [[], 2, 1]);
  });

  test("a rotation is looked at when the overlap is over", async () => {
    const to = parseNamedKey("edwards=edwards.pub");
    const plan = await planRotation(world, RING, { from: "builder", to, overlapMs: HOUR });
    assert.deepEqual(stopping(await preview(plan)), [["signature", "builder", "TIME_UNPROVEN"]]);
    assert.deepEqual(stopping(await preview({ ...plan, effectiveAt: FAKE_NOW })), []);
  });

  test("an entry counts for what it may sign alone", async () => {
    const ring = await readKeyRing(world, RING);
    const keys = ring.keys.map((key) => ({ ...key, usage: { signatures: true, predicateTypes: [] } }));
    const plan = await retire("builder");
    const found = await preview({ ...plan, before: ring, after: { ...ring, keys }, effectiveAt: FAKE_NOW });
    assert.deepEqual(stopping(found), [["attestation", "release", "SIGNER_UNKNOWN"]]);
    const limited = await preview({ ...plan, before: { ...ring, keys }, after: { ...ring, keys } });
    assert.deepEqual([limited.evidence.length, limited.refused.length], [2, 2]);
  });

  test("bundles in files, about what they say; one that cannot be judged is told", async () => {
    const files = {
      "blob.json": sigstore.signBundle({ content: { artifact: encodeUtf8("a file") }, ...bare }).bytes,
      "vex.json": sigstore.signBundle({ content: { payload: vexOf(image.descriptor.digest) }, ...bare }).bytes,
      "edwards.json": sigstore.signBundle({ content: { artifact: encodeUtf8("x") }, ...bare, key: edwards }).bytes,
    };
    for (const [path, bytes] of Object.entries(files)) await world.files.write(path, bytes);
    const found = await preview(await retire("release"), { images: [], bundles: ["blob.json", "vex.json"] });
    assert.deepEqual(stopping(found), [
      ["signature", "release", "TIME_UNPROVEN"],
      ["attestation", "release", "TIME_UNPROVEN"],
    ]);
    assert.match(found.evidence[0]?.stops?.remedy ?? "", /amap sign-blob --key KEY --bundle blob\.json FILE/);
    await createKeyRing(world, "edwards.yaml", [parseNamedKey("edwards=edwards.pub")]);
    const plan = await planRetirement(world, "edwards.yaml", { name: "edwards", compromised: false });
    const unjudged = await preview(plan, { images: [], bundles: ["edwards.json"] });
    assert.deepEqual(
      unjudged.notLookedAt.map(({ where, code }) => [where, code]),
      [["edwards.json", "NOT_SUPPORTED"]],
    );
  });

  test("what could not be looked at is never nothing, and the rest is looked at all the same", async () => {
    const images = [`${REPOSITORY}:none`, `${REPOSITORY}:bare`, `${REPOSITORY}:v1`];
    const found = await preview(await retire("release"), { images, bundles: ["none.json"] });
    assert.deepEqual(
      found.notLookedAt.map(({ where, code }) => [where, code]),
      [
        [`${REPOSITORY}:none`, "MANIFEST_NOT_FOUND"],
        ["none.json", "FILE_NOT_FOUND"],
      ],
    );
    assert.deepEqual([found.lookedAt.images, stopping(found).length], [2, 1]);
  });

  test("a registry that fails halfway is told, not taken for an unsigned image", async () => {
    const failing: FakeWorld = {
      ...world,
      openStorage: async (target, options) => ({
        ...(await world.openStorage(target, options)),
        listReferrers: async () => {
          throw new AmapError("REGISTRY_UNREACHABLE", "no answer");
        },
      }),
    };
    const { before: old, after, effectiveAt: at } = await retire("release");
    const asked = { before: old, after, at, images: [`${REPOSITORY}:v1`], bundles: [], trust };
    const found = await previewKeyRing(failing, asked);
    assert.deepEqual(
      [found.notLookedAt.map(({ code }) => code), found.lookedAt.images, found.evidence],
      [["REGISTRY_UNREACHABLE"], 0, []],
    );
  });

  test("nothing to look at is wrong use", async () => {
    const plan = await retire("release");
    await assert.rejects(preview(plan, { images: [] }), (error) => isAmapError(error, "USAGE"));
  });
});
