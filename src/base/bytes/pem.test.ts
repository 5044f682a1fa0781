import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { readPemBlock, writePemBlock } from "./pem.ts";

const BLOCK = "-----BEGIN PUBLIC KEY-----\nAAEC\n-----END PUBLIC KEY-----\n";
const BYTES = Uint8Array.of(0, 1, 2);

for (const [what, text, bytes] of [
  ["a block", BLOCK, BYTES],
  ["text around it", `Made by hand: a key.\n\n${BLOCK}and more`, BYTES],
  ["CRLF line ends", BLOCK.replaceAll("\n", "\r\n"), BYTES],
  ["spaces and several lines", BLOCK.replace("AAEC", "AA \n\tEC"), BYTES],
  ["an empty body", BLOCK.replace("AAEC", ""), new Uint8Array()],
  ["a body that is not base64", BLOCK.replace("AAEC", "AA*C"), undefined],
  ["a body without its padding", BLOCK.replace("AAEC", "AAE"), undefined],
] as const) {
  test(`reads ${what}`, () => {
    const block = readPemBlock(text);
    assert.deepEqual([block?.label, block?.bytes, block?.hasHeaders], ["PUBLIC KEY", bytes, false]);
    assert.equal(text.slice(block?.start, block?.end).endsWith("-----END PUBLIC KEY-----"), true);
  });
}

test("reads one block after the other", () => {
  const text = BLOCK + BLOCK.replaceAll("PUBLIC KEY", "CERTIFICATE");
  const first = readPemBlock(text);
  assert.equal(readPemBlock(text, first?.end)?.label, "CERTIFICATE");
  assert.equal(readPemBlock(text, text.length), undefined);
});

test("tells the header lines of an encrypted key", () => {
  const text = BLOCK.replace("AAEC", "Proc-Type: 4,ENCRYPTED\n\nAAEC");
  assert.deepEqual([readPemBlock(text)?.hasHeaders, readPemBlock(text)?.bytes], [true, undefined]);
});

for (const [what, text] of [
  ["nothing", ""],
  ["other text", "a key"],
  ["a block without its end", BLOCK.slice(0, 40)],
  ["an end of another kind", BLOCK.replace("END PUBLIC", "END PRIVATE")],
  ["a label without its end", "-----BEGIN PUBLIC KEY"],
  ["a label that is no label", `-----BEGIN ${"A".repeat(70)}-----\n-----END ${"A".repeat(70)}-----`],
] as const) {
  test(`finds no block in ${what}`, () => assert.equal(readPemBlock(text), undefined));
}

for (const length of [0, 1, 47, 48, 49, 200]) {
  test(`reads back ${length} bytes as they were written`, () => {
    const bytes = Uint8Array.from({ length }, (_, index) => index);
    const text = writePemBlock("PUBLIC KEY", bytes);
    assert.deepEqual(readPemBlock(text)?.bytes, bytes);
    assert.ok(text.split("\n").every((line) => line.length <= 64));
  });
}

test("writes what OpenSSL writes", () => {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const der = publicKey.export({ type: "spki", format: "der" });
  assert.equal(writePemBlock("PUBLIC KEY", new Uint8Array(der)), publicKey.export({ type: "spki", format: "pem" }));
});
