/** The doctor on a test registry: each defect is found and, where nothing can be lost by it, mended. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { encodeIndex, encodeManifest, MEDIA_TYPES } from "../../artifact/index.ts";
import { attachmentTag, EMPTY_CONFIG, referrersTag } from "../../attestation/index.ts";
import { digestOf, encodeUtf8, isAmapError, LIMITS } from "../../base/index.ts";
import {
  attachContent,
  changeEntries,
  changeTag,
  entriesOf,
  firstBlobOf,
  type Json,
  WARD_KEYS,
  WARD_TYPE,
  type Ward,
  withWard,
} from "../../testing/attachment-ward.ts";
import { createFakeOciStorage } from "../../testing/fake-oci-storage.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { TEST_REPOSITORY, withTestRegistry } from "../../testing/open-test-registry.ts";
import { parseImageTarget } from "../image-target.ts";
import { openImage } from "../open-image.ts";
import { verifyImageAttestations } from "../verification/verify.ts";
import { type Diagnosis, diagnoseAttachments } from "./attachment-doctor.ts";
import type { DefectKind } from "./doctor/defect.ts";
import { scanTags } from "./doctor/tag-scan.ts";

const AS_MANIFEST = { mediaType: MEDIA_TYPES.manifest };

interface Row {
  readonly name: string;
  readonly harm: (ward: Ward) => void | Promise<void>;
  readonly found: readonly DefectKind[];
  /** Attestations that verify afterwards; absent where one of the defects keeps the rest from being read. */
  readonly verified?: number;
}

const EMPTY_TYPE = "application/vnd.oci.empty.v1+json";

const MENDED: readonly Row[] = [
  {
    name: "entries without type and annotations, as cosign 3.1.3 writes them",
    harm: (ward) =>
      changeEntries(ward, (entries) => entries.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }))),
    found: ["entry-incomplete", "entry-incomplete"],
    verified: 3,
  },
  {
    name: "an entry with the config's type in place of its own",
    harm: (ward) =>
      changeEntries(ward, ([first, ...rest]) => [{ ...first, artifactType: EMPTY_TYPE, annotations: {} }, ...rest]),
    found: ["entry-incomplete"],
    verified: 3,
  },
  {
    name: "an entry twice",
    harm: (ward) => changeEntries(ward, (entries) => [...entries, entries[0] ?? {}]),
    found: ["entry-twice"],
    verified: 3,
  },
  {
    name: "an entry whose manifest is gone",
    harm: (ward) => void ward.content.manifests.delete(String(entriesOf(ward)[0]?.["digest"])),
    found: ["entry-gone"],
    verified: 2,
  },
  {
    name: "an entry of another subject, which is then listed under its own",
    harm: async (ward) => {
      const subject = { ...AS_MANIFEST, digest: ward.platform, size: 1 };
      const config = { mediaType: EMPTY_TYPE, digest: EMPTY_CONFIG.digest, size: EMPTY_CONFIG.size };
      const bytes = encodeManifest({ kind: "manifest", ...AS_MANIFEST, config, layers: [], subject });
      const digest = ward.content.putManifest(bytes, MEDIA_TYPES.manifest);
      changeEntries(ward, (entries) => [...entries, { ...AS_MANIFEST, digest, size: bytes.length }]);
    },
    found: ["entry-elsewhere"],
    verified: 3,
  },
  {
    name: "a platform of the image among the entries",
    harm: (ward) => {
      const bytes = ward.content.manifests.get(ward.platform)?.bytes ?? new Uint8Array();
      const entry = { ...AS_MANIFEST, digest: ward.platform, size: bytes.length };
      changeEntries(ward, (entries) => [entry, ...entries]);
    },
    found: ["entry-unrelated"],
    verified: 3,
  },
  {
    name: "a tagged bundle that no index lists",
    harm: (ward) => {
      const [first] = entriesOf(ward);
      ward.content.tags.set("lost", String(first?.["digest"]));
      changeEntries(ward, (entries) => entries.slice(1));
    },
    found: ["unlisted"],
    verified: 3,
  },
  {
    name: "the image itself in the index's place, as cosign copy leaves it, with bundles that only tags name",
    harm: (ward) => {
      for (const [at, entry] of entriesOf(ward).entries()) ward.content.tags.set(`b${at}`, String(entry["digest"]));
      ward.content.tags.set(referrersTag(ward.image.descriptor.digest), ward.image.descriptor.digest);
    },
    found: ["collision"],
    verified: 3,
  },
  {
    name: "a config that lists fewer layers than its tag has",
    harm: async (ward) => {
      const config = await ward.registry.storage.writeBlob(encodeUtf8('{"rootfs":{"type":"layers","diff_ids":[]}}'));
      changeTag(ward, "att", (manifest) => ({ ...manifest, config: { mediaType: MEDIA_TYPES.config, ...config } }));
    },
    found: ["tag-config"],
    verified: 3,
  },
  {
    name: "a config that is gone",
    harm: (ward) =>
      changeTag(ward, "att", (manifest) => ({
        ...manifest,
        config: { mediaType: MEDIA_TYPES.config, digest: digestOf(encodeUtf8("nowhere")), size: 7 },
      })),
    found: ["tag-config"],
    verified: 3,
  },
];

/** What cannot be mended without losing something, or without its maker. */
const LEFT: readonly Row[] = [
  {
    name: "an entry whose manifest has no subject, and that nothing else names",
    harm: (ward) => {
      const config = { mediaType: EMPTY_TYPE, digest: EMPTY_CONFIG.digest, size: EMPTY_CONFIG.size };
      const bytes = encodeManifest({ kind: "manifest", ...AS_MANIFEST, config, layers: [] });
      const digest = ward.content.putManifest(bytes, MEDIA_TYPES.manifest);
      changeEntries(ward, (entries) => [...entries, { ...AS_MANIFEST, digest, size: bytes.length }]);
    },
    found: ["entry-unrelated"],
    verified: 3,
  },
  {
    name: "a malformed index",
    harm: ({ content, image }) =>
      void content.putManifest(encodeUtf8("{"), MEDIA_TYPES.index, referrersTag(image.descriptor.digest)),
    found: ["index-malformed"],
  },
  {
    name: "an image in the index's place that nothing else names",
    harm: ({ content, image }) => {
      const config = { mediaType: EMPTY_TYPE, digest: EMPTY_CONFIG.digest, size: EMPTY_CONFIG.size };
      const bytes = encodeManifest({ kind: "manifest", ...AS_MANIFEST, config, layers: [] });
      content.putManifest(bytes, MEDIA_TYPES.manifest, referrersTag(image.descriptor.digest));
    },
    found: ["collision"],
    verified: 1,
  },
  {
    name: "an image in the index's place that only another index's place names",
    harm: ({ content, image, platform }) => {
      const config = { mediaType: EMPTY_TYPE, digest: EMPTY_CONFIG.digest, size: EMPTY_CONFIG.size };
      const bytes = encodeManifest({ kind: "manifest", ...AS_MANIFEST, config, layers: [] });
      for (const subject of [image.descriptor.digest, platform]) {
        content.putManifest(bytes, MEDIA_TYPES.manifest, referrersTag(subject));
      }
    },
    found: ["collision", "collision"],
    verified: 1,
  },
  {
    name: "an index under an attachment tag",
    harm: ({ content, image }) =>
      void content.tags.set(attachmentTag(image.descriptor.digest, "sig"), image.descriptor.digest),
    found: ["tag-unrelated"],
    verified: 3,
  },
  {
    name: "layers of another kind under an attachment tag",
    harm: (ward) => {
      const att = ward.content.tags.get(attachmentTag(ward.image.descriptor.digest, "att")) ?? "";
      ward.content.tags.set(attachmentTag(ward.image.descriptor.digest, "sig"), att);
    },
    found: ["tag-unrelated"],
    verified: 3,
  },
  {
    name: "a content that is gone",
    harm: (ward) => void ward.content.blobs.delete(firstBlobOf(ward)),
    found: ["content-missing"],
  },
  {
    name: "a content that is not that of its digest",
    harm: (ward) => {
      const digest = firstBlobOf(ward);
      const bytes = ward.content.blobs.get(digest) ?? new Uint8Array();
      ward.content.blobs.set(digest, bytes.toReversed());
    },
    found: ["content-damaged"],
  },
  {
    name: "a bundle that is none",
    harm: (ward) => attachContent(ward, '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}'),
    found: ["content-malformed"],
    verified: 3,
  },
  {
    name: "a statement about another image",
    harm: async (ward) => {
      const att = ward.content.tags.get(attachmentTag(ward.image.descriptor.digest, "att")) ?? "";
      ward.content.tags.set(attachmentTag(ward.platform, "att"), att);
    },
    found: ["content-elsewhere"],
    verified: 3,
  },
];

async function examine(ward: Ward, repair: boolean): Promise<Diagnosis> {
  return diagnoseAttachments(await ward.open(), { repair });
}

async function countVerified(ward: Ward): Promise<number> {
  const { verified } = await verifyImageAttestations(await ward.open(), {
    trust: { keys: WARD_KEYS },
    predicateType: WARD_TYPE,
  });
  return verified.length;
}

const kindsOf = (defects: Diagnosis["left"]): readonly DefectKind[] => defects.map(({ kind }) => kind);

test("nothing is wrong with what amap writes, and nothing is written to it", () =>
  withWard(async (ward) => {
    const before = ward.registry.server.requests.length;
    const { left, mended, subjects, lookedAt, notLookedAt } = await examine(ward, true);
    assert.deepEqual([left, mended, subjects.length], [[], [], 3]);
    assert.deepEqual(lookedAt, { tags: 4, attachments: 4 });
    assert.equal(notLookedAt.length, 1);
    const methods = ward.registry.server.requests.slice(before).map(({ method }) => method);
    assert.deepEqual([...new Set(methods)], ["GET"]);
  }));

describe("mended", () => {
  for (const { name, harm, found, verified } of MENDED) {
    test(name, () =>
      withWard(async (ward) => {
        const manifests = new Set(ward.content.manifests.keys());
        await harm(ward);
        const [tags, stored] = [new Map(ward.content.tags), new Map(ward.content.manifests)];
        const seen = await examine(ward, false);
        assert.deepEqual([kindsOf(seen.left), seen.mended], [found, []]);
        assert.ok(seen.left.every(({ mendable }) => mendable));
        // Without --repair nothing is written.
        assert.deepEqual([ward.content.tags, ward.content.manifests], [tags, stored]);
        const { left, mended } = await examine(ward, true);
        assert.deepEqual(left, [], JSON.stringify(left));
        assert.ok(found.every((kind) => kindsOf(mended).includes(kind)));
        // Nothing is ever deleted.
        for (const digest of stored.keys()) assert.ok(ward.content.manifests.has(digest) || !manifests.has(digest));
        assert.deepEqual(await examine(ward, true), { ...(await examine(ward, false)), mended: [], left: [] });
        assert.equal(await countVerified(ward), verified);
      }),
    );
  }
});

describe("left as it is, with a remedy", () => {
  for (const { name, harm, found, verified } of LEFT) {
    test(name, () =>
      withWard(async (ward) => {
        await harm(ward);
        const [tags, stored] = [new Map(ward.content.tags), new Map(ward.content.manifests)];
        const { left, mended } = await examine(ward, true);
        assert.deepEqual([kindsOf(left), mended], [found, []]);
        assert.ok(left.every(({ mendable, remedy }) => !mendable && remedy.length > 10));
        assert.deepEqual([ward.content.tags, ward.content.manifests], [tags, stored]);
        if (verified !== undefined) assert.equal(await countVerified(ward), verified);
      }),
    );
  }
});

test("whatever happens to the entries, a repair keeps every attachment that was listed", () =>
  withWard(async (ward) => {
    const original = entriesOf(ward);
    const change = fc.constantFrom("keep", "strip", "retype", "double", "resize");
    const changes = fc.array(change, { minLength: original.length, maxLength: original.length });
    const apply = (entry: Json, what: string): readonly Json[] => {
      const { mediaType, digest, size } = entry;
      if (what === "strip") return [{ mediaType, digest, size }];
      if (what === "retype") return [{ ...entry, artifactType: EMPTY_TYPE }];
      if (what === "resize") return [{ ...entry, size: 1 }];
      return what === "double" ? [entry, entry] : [entry];
    };
    await fc.assert(
      fc.asyncProperty(changes, fc.boolean(), async (all, reversed) => {
        changeEntries(ward, () => {
          const changed = original.flatMap((entry, at) => apply(entry, all[at] ?? "keep"));
          return reversed ? changed.toReversed() : changed;
        });
        const { left } = await examine(ward, true);
        assert.deepEqual(left, []);
        const digests = (entries: readonly Json[]): readonly string[] =>
          entries.map(({ digest }) => String(digest)).toSorted((one, other) => one.localeCompare(other));
        assert.deepEqual(digests(entriesOf(ward)), digests(original));
      }),
      { numRuns: 12 },
    );
    assert.equal(await countVerified(ward), 3);
  }));

test("another writer at the same time: the doctor looks again, and both writes stay", () =>
  withWard(async (ward) => {
    changeEntries(ward, (entries) => entries.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })));
    const image = await ward.open();
    const { attachments } = image;
    let met = false;
    const writeManifest: typeof attachments.writeManifest = async (bytes, options) => {
      if (!met && options.tag !== undefined) {
        met = true;
        await ward.attest(await ward.open(), ["bundle"]);
      }
      return attachments.writeManifest(bytes, options);
    };
    const { left } = await diagnoseAttachments(
      { ...image, attachments: { ...attachments, writeManifest } },
      { repair: true },
    );
    assert.deepEqual([left, met, entriesOf(ward).length], [[], true, 3]);
    assert.equal(await countVerified(ward), 4);
  }));

test("what stands beside a platform is looked at, too", () =>
  withWard(async (ward) => {
    const { digest } = ward.image.descriptor;
    ward.content.tags.set(
      attachmentTag(ward.platform, "sig"),
      ward.content.tags.get(attachmentTag(digest, "sig")) ?? "",
    );
    const { left } = await examine(ward, true);
    assert.deepEqual(
      left.map(({ subject, kind }) => [subject, kind]),
      [[ward.platform, "content-elsewhere"]],
    );
  }));

test("a registry that fails is an error, never a clean bill (C4)", () =>
  withTestRegistry(
    { fault: ({ path }) => (path.includes("/tags/list") ? { kind: "answer", status: 500 } : undefined) },
    async (registry) => {
      const world = { ...createFakeWorld(), openStorage: async () => registry.open() };
      await registry.storage.writeManifest(
        encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests: [] }),
        {
          mediaType: MEDIA_TYPES.index,
          tag: "v1",
        },
      );
      const image = await openImage(world, parseImageTarget(`${registry.server.host}/${TEST_REPOSITORY}:v1`));
      await assert.rejects(diagnoseAttachments(image, { repair: true }), (error) =>
        isAmapError(error, "REGISTRY_FAILED"),
      );
    },
  ));

test("C8: tags over the limit are counted as not looked at", async () => {
  const storage = createFakeOciStorage();
  const bytes = encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests: [] });
  for (let at = 0; at < LIMITS.scannedTags + 4; at += 1) {
    await storage.writeManifest(bytes, { mediaType: MEDIA_TYPES.index, tag: `a${at}` });
  }
  const { tags, notLookedAt } = await scanTags(storage);
  assert.equal(tags, LIMITS.scannedTags);
  assert.match(notLookedAt[0] ?? "", /^4 of 2004 tags/);
});
