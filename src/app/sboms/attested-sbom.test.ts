import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeManifest, MEDIA_TYPES } from "../../artifact/index.ts";
import { createStatement, encodeEnvelope, encodeStatement, type Statement } from "../../attestation/index.ts";
import {
  decodeUtf8,
  digestHex,
  type ErrorCode,
  encodeUtf8,
  isAmapError,
  readJson,
  type Value,
  writeJson,
} from "../../base/index.ts";
import {
  attestationBundle,
  signatureBundle,
  signStatement,
  testDigest,
  testStatement,
} from "../../testing/attestation-builders.ts";
import { testSigner } from "../../testing/fake-signer.ts";
import { createFakeWorld, type FakeWorld } from "../../testing/fake-world.ts";
import { type StorageForm, storeAttachment } from "../attachments/attach.ts";
import { makeAttestation } from "../attachments/make-attachment.ts";
import { sbomOf } from "../documents.ts";
import { parseImageTarget } from "../image-target.ts";
import { openImage } from "../open-image.ts";
import { takeOffAttestation } from "./attested-sbom.ts";
import { readSbomFile } from "./sbom-file.ts";

const signer = testSigner("builder");
const TOOL = { name: "amap", version: "0" };
const CYCLONEDX = "https://cyclonedx.org/bom";
const SPDX = "https://spdx.dev/Document";
const OTHER = "https://example.com/review";
const DIGEST = testDigest("image");

const cycloneDx = (name: string, time = "2026-01-01T00:00:00Z"): Value => ({
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  version: 1,
  metadata: { timestamp: time },
  components: [{ type: "library", name, version: "1" }],
});
const TAG_VALUE = `SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: shop
Creator: Tool: test
Created: 2026-01-01T00:00:00Z
PackageName: in-text
SPDXID: SPDXRef-a
PackageVersion: 1
PackageDownloadLocation: NOASSERTION
`;

const statement = (type: string, predicate: Value): Statement => testStatement(DIGEST, type, predicate);
const envelope = async (type: string, predicate: Value): Promise<Uint8Array> =>
  encodeEnvelope(await signStatement(statement(type, predicate), signer));
const lines = (...documents: readonly Uint8Array[]): Uint8Array =>
  encodeUtf8(documents.map((each) => `${decodeUtf8(each)?.trim()}\n`).join(""));
const indented = (bytes: Uint8Array): Uint8Array => encodeUtf8(writeJson(readJson(bytes), { indent: 2 }));

describe("a file with an attestation is read as the SBOM in it", () => {
  const rows: readonly (readonly [name: string, make: () => Promise<Uint8Array>, found: string])[] = [
    ["an envelope", () => envelope(CYCLONEDX, cycloneDx("a")), "a"],
    ["an envelope on several lines", async () => indented(await envelope(CYCLONEDX, cycloneDx("a"))), "a"],
    ["a bundle", () => attestationBundle(statement(CYCLONEDX, cycloneDx("a")), signer), "a"],
    ["a statement", async () => encodeStatement(statement(CYCLONEDX, cycloneDx("a"))), "a"],
    ["text as one string, as cosign's spdx", () => envelope(SPDX, TAG_VALUE), "in-text"],
    [
      "the only SBOM of several",
      async () => lines(await envelope(OTHER, {}), await envelope(SPDX, TAG_VALUE)),
      "in-text",
    ],
    [
      "the newest of several",
      async () =>
        lines(
          await envelope(CYCLONEDX, cycloneDx("old", "2025-01-01T00:00:00Z")),
          await attestationBundle(statement(CYCLONEDX, cycloneDx("new", "2026-02-01T00:00:00+01:00")), signer),
          await envelope(CYCLONEDX, cycloneDx("other")),
        ),
      "new",
    ],
    [
      "the one that can be read",
      async () => lines(await envelope(CYCLONEDX, { bomFormat: "x" }), await envelope(CYCLONEDX, cycloneDx("a"))),
      "a",
    ],
    ["no attestation at all", async () => encodeUtf8(writeJson(cycloneDx("plain"))), "plain"],
  ];
  for (const [name, make, found] of rows) {
    test(name, async () => {
      const world = createFakeWorld({ "/a.json": await make() });
      const { decoded } = await readSbomFile(world, "/a.json");
      assert.deepEqual(namesOf(decoded.sbom), [found]);
      for (const reference of ["/a.json", "sbom:/a.json", "file:/a.json"]) {
        assert.deepEqual(namesOf(await sbomOf(world, reference, TOOL)), [found], reference);
      }
    });
  }

  test("bytes of other documents are given back as they are", () => {
    for (const text of ["", "{", "[]", '{"name": "payload"}', "SPDXVersion: SPDX-2.3", "<bom/>", "\u0000"]) {
      const bytes = encodeUtf8(text);
      assert.equal(takeOffAttestation(bytes), bytes);
    }
  });
});

describe("what holds no SBOM is refused", () => {
  const rows: readonly (readonly [name: string, make: () => Promise<Uint8Array>, says: RegExp])[] = [
    ["another predicate", () => envelope(OTHER, {}), /expected an attestation of an SBOM, found https:\/\/example/],
    ["a signature of an image", () => signatureBundle(DIGEST, signer), /expected an attestation of an SBOM/],
    ["an SBOM that cannot be read", () => envelope(CYCLONEDX, { a: 1 }), /the attested SBOM cannot be read: /],
    ["half an envelope", async () => (await envelope(CYCLONEDX, {})).subarray(0, -9), /the attestation cannot be read/],
    [
      "a payload that is none",
      async () => encodeUtf8('{"payload":"e30=","payloadType":"t","signatures":[{"sig":"AA=="}]}'),
      /the attestation cannot be read/,
    ],
    ["a bundle of another version", async () => encodeUtf8('{"mediaType":"application/x"}'), /0\.1 to 0\.3/],
    [
      "one broken line",
      async () => lines(await envelope(CYCLONEDX, cycloneDx("a")), encodeUtf8('{"payload":1}')),
      /cannot be read/,
    ],
  ];
  for (const [name, make, says] of rows) {
    test(name, async () => {
      const world = createFakeWorld({ "/a.json": await make() });
      await assert.rejects(readSbomFile(world, "/a.json"), (error) => {
        assert.ok(isAmapError(error, "DOCUMENT_INVALID"), String(error));
        assert.match(error.message, says);
        return error.message.startsWith("/a.json: ");
      });
      await assert.rejects(sbomOf(world, "sbom:/a.json", TOOL), (error) => isAmapError(error, "DOCUMENT_INVALID"));
    });
  }
});

const IMAGE = "registry.example/shop";

interface Attached {
  readonly type: string;
  readonly predicate: Value;
  readonly form?: StorageForm;
  /** Speaks of this in place of the image. */
  readonly of?: string;
}

async function worldWith(attached: readonly Attached[]): Promise<FakeWorld> {
  const world = createFakeWorld();
  const storage = world.storageOf(IMAGE);
  const config = { mediaType: MEDIA_TYPES.config, ...(await storage.writeBlob(encodeUtf8("{}"))) };
  const manifest = encodeManifest({ kind: "manifest", mediaType: MEDIA_TYPES.manifest, config, layers: [] });
  await storage.writeManifest(manifest, { mediaType: MEDIA_TYPES.manifest, tag: "v1" });
  const image = await openImage(world, parseImageTarget(`${IMAGE}:v1`));
  for (const { type, predicate, form = "bundle", of } of attached) {
    const sha256 = of === undefined ? digestHex(image.descriptor.digest) : digestHex(testDigest(of));
    const bytes = encodeStatement(
      createStatement({ subjects: [{ digest: { sha256 } }], predicateType: type, predicate }),
    );
    await storeAttachment(world, image, await makeAttestation(world, signer, bytes, { form, predicateType: type }));
  }
  return world;
}

describe("attestation:IMAGE", () => {
  const found: readonly (readonly [name: string, attached: readonly Attached[], found: string])[] = [
    ["a bundle", [{ type: CYCLONEDX, predicate: cycloneDx("a") }], "a"],
    ["under cosign's tag", [{ type: CYCLONEDX, predicate: cycloneDx("a"), form: "tag" }], "a"],
    [
      "the newest, whatever its form",
      [
        { type: CYCLONEDX, predicate: cycloneDx("new", "2026-03-01T00:00:00Z"), form: "tag" },
        { type: SPDX, predicate: TAG_VALUE },
        { type: OTHER, predicate: {} },
      ],
      "new",
    ],
    [
      "not the newer one that speaks of another image",
      [
        { type: CYCLONEDX, predicate: cycloneDx("a") },
        { type: CYCLONEDX, predicate: cycloneDx("foreign", "2026-03-01T00:00:00Z"), of: "other" },
      ],
      "a",
    ],
  ];
  for (const [name, attached, expected] of found) {
    test(name, async () => {
      const world = await worldWith(attached);
      assert.deepEqual(namesOf(await sbomOf(world, `attestation:${IMAGE}:v1`, TOOL)), [expected]);
    });
  }

  const refused: readonly (readonly [name: string, attached: readonly Attached[], code: ErrorCode])[] = [
    ["nothing attested", [], "PREDICATE_TYPE_MISMATCH"],
    ["only others", [{ type: OTHER, predicate: {} }], "PREDICATE_TYPE_MISMATCH"],
    ["only of another image", [{ type: CYCLONEDX, predicate: cycloneDx("a"), of: "other" }], "PREDICATE_TYPE_MISMATCH"],
    ["only one that cannot be read", [{ type: CYCLONEDX, predicate: { a: 1 } }], "DOCUMENT_INVALID"],
  ];
  for (const [name, attached, code] of refused) {
    test(`${name}: ${code}`, async () => {
      const world = await worldWith(attached);
      await assert.rejects(sbomOf(world, `attestation:${IMAGE}:v1`, TOOL), (error) => isAmapError(error, code));
    });
  }
});

function namesOf({ components }: { readonly components: readonly { readonly name: string }[] }): readonly string[] {
  return components.map(({ name }) => name);
}
