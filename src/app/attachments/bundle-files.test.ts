import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createStatement, encodeEnvelope, verifyCandidates } from "../../attestation/index.ts";
import {
  AmapError,
  type Digest,
  decodeUtf8,
  digestHex,
  digestOf,
  encodeUtf8,
  isAmapError,
  LIMITS,
} from "../../base/index.ts";
import { testSigner } from "../../testing/fake-signer.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";

import { bundleOf, signStatement } from "../signing/sign-envelope.ts";
import { readBundleCandidates } from "./bundle-files.ts";

const TYPE = "https://slsa.dev/provenance/v1";
const IMAGE: Digest = digestOf(encodeUtf8("image"));
const builder = testSigner("builder");
const envelopeOf = async (count: number) => {
  const subjects = [{ name: "shop", digest: { sha256: digestHex(IMAGE) } }];
  return signStatement(createStatement({ subjects, predicateType: TYPE, predicate: { count } }), builder);
};
const textOf = (bytes: Uint8Array): string => decodeUtf8(bytes) ?? "";
const [one, two, envelope] = await Promise.all([
  envelopeOf(1).then((made) => textOf(bundleOf(made, builder))),
  envelopeOf(2).then((made) => textOf(bundleOf(made, builder))),
  envelopeOf(3).then((made) => textOf(encodeEnvelope(made))),
]);

/** How many verify and how many are refused, with their codes. */
async function judge(files: Readonly<Record<string, string>>, path: string, subject: Digest = IMAGE) {
  const candidates = await readBundleCandidates(createFakeWorld(files), path);
  const keys = [{ name: "key", pem: builder.publicKeyPem }];
  const { attestations, rejected } = verifyCandidates(candidates, { keys, subjects: [subject] });
  assert.ok(attestations.every(({ foundAt }) => foundAt.form === "file"));
  return [attestations.length, rejected.map(({ code }) => code)];
}

describe("forms of a file of bundles", () => {
  const pretty = JSON.stringify(JSON.parse(one), null, 2);
  const rows: readonly (readonly [string, string, number])[] = [
    ["one bundle", one, 1],
    ["one bundle with a line end", `${one}\n`, 1],
    ["one bundle on many lines", pretty, 1],
    ["a bundle on each line, as gh writes them", `${one}\n${two}\n`, 2],
    ["lines with blank ones between", `\n${one}\r\n\n${two}`, 2],
    ["bundles and an envelope, as cosign writes them", `${one}\n${envelope}\n`, 2],
    ["an envelope", envelope, 1],
    ["a list", `[${one},${two}]`, 2],
    [
      "the answer of GitHub's API",
      JSON.stringify({ attestations: [{ bundle: JSON.parse(one), repository_id: 1 }] }),
      1,
    ],
  ];
  for (const [name, text, verified] of rows) {
    test(name, async () => assert.deepEqual(await judge({ "/b.jsonl": text }, "/b.jsonl"), [verified, []]));
    test(`${name}: about another image nothing verifies`, async () => {
      const other = digestOf(encodeUtf8("other"));
      const [verifiedThere, codes] = await judge({ "/b.jsonl": text }, "/b.jsonl", other);
      assert.deepEqual([verifiedThere, new Set(codes as string[])], [0, new Set(["SUBJECT_MISMATCH"])]);
    });
  }
});

test("a folder: the files that hold bundles, in order; others stay closed", async () => {
  const files = { "/d/sha256:ab.jsonl": `${one}\n`, "/d/sub/b.json": two, "/d/README.md": "x", "/d/image.tar": "y" };
  assert.deepEqual(await judge(files, "/d"), [2, []]);
});

describe("what is no bundle is refused with its reason, and does not hide the rest", () => {
  const tampered = one.replace('"payload":"', '"payload":"AAAA');
  const rows: readonly (readonly [string, string, number, readonly string[]])[] = [
    ["a line of something else", `${one}\nnot json\n`, 1, ["BUNDLE_INVALID"]],
    ["another document", `${one}\n{"a":1}\n`, 1, ["BUNDLE_INVALID"]],
    ["a list with a number", `[${one},7]`, 1, ["BUNDLE_INVALID"]],
    ["a list of lists", `[[${one}]]`, 0, ["BUNDLE_INVALID"]],
    ["a file of something else", "MZ\u0000\u0001", 0, ["BUNDLE_INVALID"]],
    ["a changed payload", `${tampered}\n${two}`, 1, ["SIGNATURE_INVALID"]],
    ["inherited names", '{"__proto__":{"attestations":[]},"constructor":1}', 0, ["BUNDLE_INVALID"]],
  ];
  for (const [name, text, verified, codes] of rows) {
    test(name, async () => assert.deepEqual(await judge({ "/b.json": text }, "/b.json"), [verified, codes]));
  }
});

describe("nothing to read is an error, never an empty answer", () => {
  const rows: readonly (readonly [string, Readonly<Record<string, string>>, string, string])[] = [
    ["no such file", {}, "/b.json", "FILE_NOT_FOUND"],
    ["an empty file", { "/b.json": "" }, "/b.json", "BUNDLE_INVALID"],
    ["an empty list", { "/b.json": "[]" }, "/b.json", "BUNDLE_INVALID"],
    ["a folder without bundles", { "/d/README.md": "x" }, "/d", "BUNDLE_INVALID"],
    ["too many (C8)", { "/b.jsonl": "{}\n".repeat(LIMITS.attachments + 1) }, "/b.jsonl", "LIMIT_EXCEEDED"],
  ];
  for (const [name, files, path, code] of rows) {
    test(name, async () => {
      const reading = readBundleCandidates(createFakeWorld(files), path);
      await assert.rejects(reading, (error) => error instanceof AmapError && isAmapError(error) && error.code === code);
    });
  }
});
