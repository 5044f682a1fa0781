/** How often a registry is asked to verify an image: counted at the registry, in numbers and in rounds. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeIndex, MEDIA_TYPES } from "../../artifact/index.ts";
import { encodeUtf8 } from "../../base/index.ts";
import { testSigner } from "../../testing/fake-signer.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { type OpenTestRegistry, TEST_REPOSITORY, withTestRegistry } from "../../testing/open-test-registry.ts";
import type { RecordedRequest, RegistryServerOptions } from "../../testing/registry-server.ts";
import { parseImageTarget } from "../image-target.ts";
import { type OpenImage, openImage } from "../open-image.ts";
import { verifyImage, verifyImageAttestations } from "../verification/verify.ts";
import type { World } from "../world.ts";
import { attestImage, signImage } from "./attach.ts";

const TYPE = "https://example.com/review";
const ATTESTATIONS = 5;
const builder = testSigner("builder");
const trust = { keys: [{ name: "key", pem: builder.publicKeyPem }] };
const PREFIX = `/v2/${TEST_REPOSITORY}/`;

interface Site {
  readonly registry: OpenTestRegistry;
  /** Opens the image with a handle that has seen nothing. */
  readonly open: () => Promise<OpenImage>;
}

/** An image with five attestations as bundles, or under the tag, and one signature. */
async function withSite(
  options: RegistryServerOptions & { readonly form: "bundle" | "tag" },
  run: (site: Site) => Promise<void>,
): Promise<void> {
  await withTestRegistry(options, async (registry) => {
    const world: World = { ...createFakeWorld(), openStorage: async () => registry.open() };
    const bytes = encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests: [] });
    await registry.storage.writeManifest(bytes, { mediaType: MEDIA_TYPES.index, tag: "v1" });
    const open = (): Promise<OpenImage> =>
      openImage(world, parseImageTarget(`${registry.server.host}/${TEST_REPOSITORY}:v1`));
    const image = await open();
    for (let count = 0; count < ATTESTATIONS; count += 1) {
      const made = { predicateType: TYPE, predicate: { count }, forms: [options.form] };
      await attestImage(world, image, builder, made);
    }
    await signImage(world, image, builder, { forms: ["tag"] });
    await run({ registry, open });
  });
}

/** What was asked for since, by kind. */
function countRequests(requests: readonly RecordedRequest[]): Readonly<Record<string, number>> {
  const kinds = requests.map(({ method, path }) => {
    const rest = path.slice(PREFIX.length);
    if (rest.startsWith("manifests/sha256:")) return `${method} attachment`;
    if (rest.startsWith("manifests/sha256-")) return `${method} tag`;
    return `${method} ${rest.split("/")[0]}`;
  });
  return Object.fromEntries([...Map.groupBy(kinds, (kind) => kind)].map(([kind, all]) => [kind, all.length]));
}

async function verifyBoth(open: Site["open"], registry: OpenTestRegistry) {
  const start = registry.server.requests.length;
  const attested = await verifyImageAttestations(await open(), { trust, predicateType: TYPE });
  const middle = registry.server.requests.length;
  const signed = await verifyImage(await open(), { trust });
  const { requests } = registry.server;
  assert.deepEqual([attested.verified.length, signed.verified.length], [ATTESTATIONS, 1]);
  for (const part of [requests.slice(start, middle), requests.slice(middle)]) {
    assert.equal(new Set(part.map(({ method, path }) => `${method} ${path}`)).size, part.length, "nothing twice");
  }
  return { attesting: countRequests(requests.slice(start, middle)), signing: countRequests(requests.slice(middle)) };
}

describe("each thing is asked for once", () => {
  // `manifests` is the image's own; `tag` are the attachment tag and the fallback tag.
  const bundles = { "GET manifests": 1, "GET referrers": 1, "GET tag": 2, "GET attachment": 5, "GET blobs": 5 };
  for (const referrersApi of [true, false]) {
    test(`5 bundles, ${referrersApi ? "with" : "without"} the referrers API`, () =>
      withSite({ form: "bundle", referrersApi }, async ({ registry, open }) => {
        const { attesting, signing } = await verifyBoth(open, registry);
        assert.deepEqual(attesting, bundles);
        // A bundle may be a signature whatever its listing says, so all five are looked at.
        assert.deepEqual(signing, { ...bundles, "GET blobs": 6 });
      }));
  }

  test("one challenge and one token, however much is asked at once", () =>
    withSite({ form: "bundle", auth: "bearer" }, async ({ registry, open }) => {
      registry.server.revokeTokens();
      const before = registry.server.requests.length;
      await verifyImageAttestations(await open(), { trust, predicateType: TYPE });
      const asked = registry.server.requests.slice(before);
      assert.equal(asked.filter(({ path }) => path.startsWith("/token")).length, 1);
      assert.equal(asked.filter(({ path }) => path.endsWith("/manifests/v1")).length, 2);
      assert.equal(asked.length, 1 + 14 + 1);
    }));

  test("5 layers of one tag", () =>
    withSite({ form: "tag" }, async ({ registry, open }) => {
      const { attesting, signing } = await verifyBoth(open, registry);
      assert.deepEqual(attesting, { "GET manifests": 1, "GET referrers": 1, "GET tag": 2, "GET blobs": 5 });
      assert.deepEqual(signing, { "GET manifests": 1, "GET referrers": 1, "GET tag": 2, "GET blobs": 1 });
    }));

  test("a bundle that two manifests hold is read once", () =>
    withSite({ form: "bundle" }, async ({ registry, open }) => {
      const { manifests } = registry.server.repository(TEST_REPOSITORY);
      const held = [...manifests.values()].find(({ bytes }) => new TextDecoder().decode(bytes).includes(TYPE));
      const text = new TextDecoder().decode(held?.bytes).replace('"dsse-envelope"', '"dsse-envelope","a":"b"');
      await registry.storage.writeManifest(encodeUtf8(text), { mediaType: MEDIA_TYPES.manifest });
      const before = registry.server.requests.length;
      const { verified } = await verifyImageAttestations(await open(), { trust, predicateType: TYPE });
      const counts = countRequests(registry.server.requests.slice(before));
      assert.deepEqual([counts["GET attachment"], counts["GET blobs"], verified.length], [6, 5, 6]);
    }));

  test("an unsigned SBOM beside the image is not fetched to verify it", () =>
    withSite({ form: "bundle" }, async ({ registry, open }) => {
      const { blobs, manifests } = registry.server.repository(TEST_REPOSITORY);
      const image = await open();
      const { subject, layer } = { subject: image.descriptor, layer: encodeUtf8("{}") };
      const config = { mediaType: MEDIA_TYPES.emptyConfig, ...(await registry.storage.writeBlob(layer)) };
      const sbom = { mediaType: "application/vnd.cyclonedx+json", ...(await registry.storage.writeBlob(layer)) };
      const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.manifest, config, layers: [sbom], subject };
      await registry.storage.writeManifest(encodeUtf8(JSON.stringify(manifest)), { mediaType: MEDIA_TYPES.manifest });
      blobs.delete(sbom.digest);
      assert.ok(manifests.size > 0);
      const { verified } = await verifyImageAttestations(await open(), { trust, predicateType: TYPE });
      assert.equal(verified.length, ATTESTATIONS);
    }));
});

/**
 * Answers nothing until as many requests wait as one round is said to have: more rounds than said, or fewer requests at
 * once, would wait for ever and end by the test's own time limit.
 */
function answerInRounds(sizes: readonly number[]): { hold: () => Promise<void>; readonly rounds: number } {
  let [round, waiting]: [number, (() => void)[]] = [0, []];
  return {
    get rounds() {
      return round;
    },
    hold: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (waiting.length < (sizes[round] ?? Number.POSITIVE_INFINITY)) return;
        const all = waiting;
        [round, waiting] = [round + 1, []];
        for (const each of all) each();
      }),
  };
}

describe("at most three rounds follow the image's own manifest", () => {
  for (const [form, sizes] of [
    // The image; its tag, the API and the fallback tag; five manifests; five bundles.
    ["bundle", [1, 3, 5, 5]],
    // The image; its tag, the API and the fallback tag; five layers.
    ["tag", [1, 3, 5]],
  ] as const) {
    test(`5 attestations, form ${form}`, { timeout: 15_000 }, () => {
      let gate: ReturnType<typeof answerInRounds> | undefined;
      const hold = async (): Promise<void> => gate?.hold();
      return withSite({ form, hold }, async ({ open }) => {
        gate = answerInRounds(sizes);
        const { verified } = await verifyImageAttestations(await open(), { trust, predicateType: TYPE });
        assert.deepEqual([verified.length, gate.rounds], [ATTESTATIONS, sizes.length]);
      });
    });
  }
});
