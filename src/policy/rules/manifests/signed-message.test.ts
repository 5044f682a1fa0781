/** What annotations hold of a signed manifest, and the forms in which tools write it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AmapError, compressGzip, concatBytes, encodeBase64, encodeUtf8, LIMITS } from "../../../base/index.ts";
import { writeTar } from "../../../testing/signed-manifests.ts";
import { decodeManifestAnnotation, decodeManifests, readSignedMessage } from "./signed-message.ts";

const NAME = "cosign.sigstore.dev";
const MANIFEST = encodeUtf8("kind: Service\nmetadata: {name: a}\n");
const packed = (bytes: Uint8Array): string => encodeBase64(compressGzip(bytes));
const inTar = (tar: Uint8Array): string => packed(compressGzip(tar));

describe("annotations", () => {
  const read = (annotations: Readonly<Record<string, string>>, domain = NAME): unknown =>
    readSignedMessage({ metadata: { annotations } }, domain);
  const one = { certificate: "", bundle: "" };
  test("message, signatures and what stands beside them", () => {
    assert.deepEqual(
      read({
        [`${NAME}/message`]: "m",
        [`${NAME}/signature`]: "s",
        [`${NAME}/signature_1`]: "t",
        [`${NAME}/certificate_1`]: "c",
        [`${NAME}/bundle_1`]: "b",
        // Behind a gap nothing is looked for.
        [`${NAME}/signature_3`]: "u",
      }),
      {
        message: "m",
        signatures: [
          { ...one, signature: "s" },
          { signature: "t", certificate: "c", bundle: "b" },
        ],
      },
    );
  });
  test("another prefix", () => {
    const annotations = { "example.com/message": "m", "example.com/signature": "s" };
    assert.deepEqual(read(annotations, "example.com"), { message: "m", signatures: [{ ...one, signature: "s" }] });
    assert.match(JSON.stringify(read(annotations)), /no annotation cosign.sigstore.dev\/message/);
  });
  const missing: readonly (readonly [name: string, annotations: Readonly<Record<string, string>>, expected: RegExp])[] =
    [
      ["no annotation", {}, /^message not found/],
      ["a signature alone", { [`${NAME}/signature`]: "s" }, /^message not found/],
      ["a message alone", { [`${NAME}/message`]: "m" }, /^signature not found/],
      ["an image", { [`${NAME}/resourceBundleRef`]: "ghcr.io/a:b" }, /the image "ghcr.io\/a:b" is not looked at/],
    ];
  for (const [name, annotations, expected] of missing) {
    test(name, () => assert.match((read(annotations) as { missing: string }).missing, expected));
  }
  test("objects without annotations", () => {
    for (const object of [null, {}, { metadata: null }, { metadata: { annotations: [] } }]) {
      assert.ok("missing" in readSignedMessage(object, NAME));
    }
  });
  test("too many signatures are told, not left out", () => {
    const count = LIMITS.manifestSignatures + 1;
    const many = Object.fromEntries(
      Array.from({ length: count }, (_, place) => [`${NAME}/signature${place === 0 ? "" : `_${place}`}`, "s"]),
    );
    assert.match(JSON.stringify(read({ [`${NAME}/message`]: "m", ...many })), /expected at most 32 signatures/);
  });
});

describe("messages", () => {
  const SERVICE = { kind: "Service", metadata: { name: "a" } };
  const long = `${"folder/".repeat(20)}a.yaml`;
  const records = `${long.length + 10} path=${long}\n`;
  const rows: readonly (readonly [name: string, message: string, expected: unknown])[] = [
    ["YAML", packed(MANIFEST), [SERVICE]],
    ["not compressed", encodeBase64(MANIFEST), [SERVICE]],
    ["several objects", packed(encodeUtf8("kind: A\n---\nkind: B\n---\n- 1\n")), [{ kind: "A" }, { kind: "B" }]],
    [
      "a tar",
      inTar(
        writeTar([
          ["a.yaml", MANIFEST],
          ["b.yml", MANIFEST],
          ["c.txt", MANIFEST],
        ]),
      ),
      [SERVICE, SERVICE],
    ],
    [
      "folders in a tar",
      inTar(
        writeTar([
          ["f/", new Uint8Array(), { type: "5" }],
          ["f/a.yaml", MANIFEST],
        ]),
      ),
      [SERVICE],
    ],
    [
      "a long name of pax",
      inTar(
        writeTar([
          ["x", encodeUtf8(records), { type: "x" }],
          ["a", MANIFEST],
        ]),
      ),
      [SERVICE],
    ],
    [
      "a long name of GNU",
      inTar(
        writeTar([
          ["x", encodeUtf8(`${long}\0`), { type: "L" }],
          ["a", MANIFEST],
        ]),
      ),
      [SERVICE],
    ],
    [
      "records for all",
      inTar(
        writeTar([
          ["x", encodeUtf8(records), { type: "g" }],
          ["a", MANIFEST],
        ]),
      ),
      [],
    ],
    ["an empty tar", inTar(writeTar([])), []],
  ];
  for (const [name, message, expected] of rows) test(name, () => assert.deepEqual(decodeManifests(message), expected));

  const damaged = writeTar([["a.yaml", MANIFEST]]);
  damaged[0] = 0x62;
  const bomb = compressGzip(new Uint8Array(LIMITS.manifestMessageBytes + 1));
  const refused: readonly (readonly [name: string, message: string, code: string])[] = [
    ["no base64", "?", "VALUE_INVALID"],
    ["no YAML", packed(encodeUtf8("a: [")), "YAML_INVALID"],
    ["no text", packed(new Uint8Array([0xff, 0xfe, 0xfd])), "YAML_INVALID"],
    ["a tar that is cut off", inTar(writeTar([["a.yaml", MANIFEST]]).subarray(0, 520)), "ARCHIVE_INVALID"],
    ["a damaged header", inTar(damaged), "ARCHIVE_INVALID"],
    ["a link in a tar", inTar(writeTar([["a.yaml", new Uint8Array(), { type: "2" }]])), "ARCHIVE_INVALID"],
    ["gzip that is cut off", encodeBase64(compressGzip(MANIFEST).subarray(0, 15)), "ARCHIVE_INVALID"],
    ["a bomb", encodeBase64(bomb), "DECOMPRESSION_LIMIT"],
    ["a bomb inside", packed(bomb), "DECOMPRESSION_LIMIT"],
    ["too many objects", packed(encodeUtf8("kind: A\n---\n".repeat(1_001))), "LIMIT_EXCEEDED"],
    [
      "an alias bomb",
      packed(encodeUtf8(`a: &a [${"1,".repeat(999)}]\nb: &b [${"*a,".repeat(999)}]\nc: [${"*b,".repeat(999)}]\n`)),
      "LIMIT_EXCEEDED",
    ],
    ["a key of every object's prototype", packed(encodeUtf8("__proto__: {a: 1}")), "YAML_INVALID"],
  ];
  for (const [name, message, code] of refused) {
    test(`refused: ${name}`, () =>
      assert.throws(
        () => decodeManifests(message),
        (error) => error instanceof AmapError && error.code === code,
      ));
  }
  test("what was signed are the bytes inside the first compression", () => {
    const tar = compressGzip(concatBytes([new Uint8Array([1])]));
    assert.deepEqual(decodeManifestAnnotation(packed(tar)), tar);
  });
});
