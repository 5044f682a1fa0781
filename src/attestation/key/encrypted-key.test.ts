import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { AmapError, type ErrorCode, encodeBase64, encodeUtf8 } from "../../base/index.ts";
import { testPrivateKey } from "../../testing/fake-signer.ts";
import { decryptPrivateKey, encryptPrivateKey } from "./encrypted-key.ts";

const pkcs8 = testPrivateKey("encrypted");
const salt = new Uint8Array(32).map((_, index) => index);
const nonce = new Uint8Array(24).map((_, index) => 255 - index);
let pem = "";
let document: KeyDocument;

/** cosign's document; a test may set any member to anything. */
interface KeyDocument {
  kdf: { name: string; params?: { N: unknown; r: number; p: number }; salt: string };
  cipher?: { name: string; nonce: string };
  ciphertext: string;
}

before(() => {
  pem = encryptPrivateKey(pkcs8, "secret", { salt, nonce });
  const body = pem.split("\n").slice(1, -2).join("");
  document = JSON.parse(Buffer.from(body, "base64").toString());
});

/** The document as a PEM block, after a change. */
function pemOf(change: (copy: KeyDocument) => void, type = "ENCRYPTED SIGSTORE PRIVATE KEY"): string {
  const copy = structuredClone(document);
  change(copy);
  return block(JSON.stringify(copy), type);
}

function block(text: string, type = "ENCRYPTED SIGSTORE PRIVATE KEY"): string {
  return `-----BEGIN ${type}-----\n${encodeBase64(encodeUtf8(text))}\n-----END ${type}-----\n`;
}

/** Changes one byte of the ciphertext. */
const flipByte =
  (at: number) =>
  (copy: KeyDocument): void => {
    const bytes = Buffer.from(copy.ciphertext, "base64");
    copy.ciphertext = encodeBase64(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)));
  };

function assertRefused(text: string, password: string, code: ErrorCode, hint?: RegExp): void {
  assert.throws(
    () => decryptPrivateKey(text, password),
    (error) => {
      assert.ok(error instanceof AmapError);
      assert.equal(error.code, code, error.message);
      if (hint !== undefined) assert.match(error.hint, hint);
      return true;
    },
  );
}

describe("encryptPrivateKey", () => {
  it("writes cosign's document in cosign's order", () => {
    assert.equal(
      JSON.stringify(document).replace(/"ciphertext":"[^"]+"/, '"ciphertext":""'),
      `{"kdf":{"name":"scrypt","params":{"N":65536,"r":8,"p":1},"salt":"${encodeBase64(salt)}"},"cipher":{"name":"nacl/secretbox","nonce":"${encodeBase64(nonce)}"},"ciphertext":""}`,
    );
    assert.equal(document.ciphertext.length, Math.ceil((pkcs8.length + 16) / 3) * 4);
  });

  it("writes lines of 64 characters and ends with a line end", () => {
    const lines = pem.split("\n");
    assert.equal(lines[0], "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----");
    assert.ok(lines.slice(1, -3).every((line) => line.length === 64));
    assert.deepEqual(lines.slice(-2), ["-----END ENCRYPTED SIGSTORE PRIVATE KEY-----", ""]);
  });

  for (const [title, random] of [
    ["a short salt", { salt: new Uint8Array(31), nonce }],
    ["a short nonce", { salt, nonce: new Uint8Array(12) }],
  ] as const) {
    it(`refuses ${title}`, () => {
      assert.throws(
        () => encryptPrivateKey(pkcs8, "", random),
        (error) => error instanceof AmapError && error.code === "VALUE_INVALID",
      );
    });
  }
});

describe("decryptPrivateKey", () => {
  it("opens what was encrypted", () => assert.deepEqual([...decryptPrivateKey(pem, "secret")], [...pkcs8]));

  it("opens a key with an empty password, and not with another", () => {
    const empty = encryptPrivateKey(pkcs8, "", { salt, nonce });
    assert.deepEqual([...decryptPrivateKey(empty, "")], [...pkcs8]);
    assertRefused(empty, " ", "KEY_PASSWORD");
  });

  it("opens the older PEM type, CRLF line ends and white space around", () => {
    const older = pemOf(() => {}, "ENCRYPTED COSIGN PRIVATE KEY");
    for (const text of [older, pem.replaceAll("\n", "\r\n"), `\n ${pem}\n\n`]) {
      assert.equal(decryptPrivateKey(text, "secret").length, pkcs8.length);
    }
  });

  const cases: readonly (readonly [string, () => string, ErrorCode])[] = [
    ["a wrong password", () => pem, "KEY_PASSWORD"],
    ["a changed tag", () => pemOf(flipByte(0)), "KEY_PASSWORD"],
    ["a changed ciphertext", () => pemOf(flipByte(40)), "KEY_PASSWORD"],
    ["a changed salt", () => pemOf((copy) => (copy.kdf.salt = encodeBase64(new Uint8Array(32)))), "KEY_PASSWORD"],
    ["N over the limit", () => pemOf((copy) => (copy.kdf.params!.N = 2 ** 20)), "KEY_UNSUPPORTED"],
    ["N of 1", () => pemOf((copy) => (copy.kdf.params!.N = 1)), "KEY_UNSUPPORTED"],
    ["N as text", () => pemOf((copy) => (copy.kdf.params!.N = "65536")), "KEY_UNSUPPORTED"],
    ["r over the limit", () => pemOf((copy) => (copy.kdf.params!.r = 1024)), "KEY_UNSUPPORTED"],
    ["p over the limit", () => pemOf((copy) => (copy.kdf.params!.p = 64)), "KEY_UNSUPPORTED"],
    ["no parameters", () => pemOf((copy) => delete copy.kdf.params), "KEY_UNSUPPORTED"],
    ["another key derivation", () => pemOf((copy) => (copy.kdf.name = "argon2id")), "KEY_UNSUPPORTED"],
    ["another cipher", () => pemOf((copy) => (copy.cipher!.name = "aes-256-gcm")), "KEY_UNSUPPORTED"],
    ["no cipher", () => pemOf((copy) => delete copy.cipher), "KEY_INVALID"],
    ["a short nonce", () => pemOf((copy) => (copy.cipher!.nonce = "AAAA")), "KEY_INVALID"],
    ["an empty ciphertext", () => pemOf((copy) => (copy.ciphertext = "")), "KEY_INVALID"],
    ["a ciphertext that is not base64", () => pemOf((copy) => (copy.ciphertext = "*")), "KEY_INVALID"],
    ["truncated JSON", () => block(JSON.stringify(document).slice(0, 200)), "KEY_INVALID"],
    [
      "duplicate members",
      () => block(JSON.stringify(document).replace('"N":65536', '"N":65536,"N":32768')),
      "KEY_INVALID",
    ],
    ["a list", () => block("[]"), "KEY_INVALID"],
    ["a truncated file", () => pem.slice(0, 300), "KEY_INVALID"],
    ["a changed base64 character", () => pem.replace(/\n.{10}/, (text) => `${text.slice(0, -1)}*`), "KEY_INVALID"],
    ["an empty file", () => "", "KEY_INVALID"],
    ["two blocks", () => pem + pem, "KEY_INVALID"],
    ["a large file", () => "-".repeat(100_000), "KEY_INVALID"],
    [
      "a block of another name",
      () => pem.replaceAll("ENCRYPTED SIGSTORE PRIVATE KEY", "PGP PRIVATE KEY BLOCK"),
      "KEY_INVALID",
    ],
  ];
  for (const [title, text, code] of cases) {
    it(`refuses ${title} with ${code}`, () => assertRefused(text(), "wrong", code));
  }

  for (const type of ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"]) {
    it(`says how to import a plain ${type}`, () =>
      assertRefused(block("x", type), "", "KEY_INVALID", /import-key-pair/));
  }

  it("tells a public key", () => assertRefused(block("x", "PUBLIC KEY"), "", "KEY_INVALID", /\.key file/));

  it("never puts key bytes or the password into a message", () => {
    try {
      decryptPrivateKey(pem, "hunter2");
      assert.fail("opened");
    } catch (error) {
      assert.ok(error instanceof AmapError);
      assert.doesNotMatch(`${error.message}${error.hint}${JSON.stringify(error.details)}`, /hunter2/);
    }
  });
});
