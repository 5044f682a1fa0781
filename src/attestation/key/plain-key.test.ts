import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { AmapError, type ErrorCode } from "../../base/index.ts";
import { readPlainPrivateKey } from "./plain-key.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync("ec", { namedCurve: "secp384r1" }).privateKey;
const pem = (type: "pkcs1" | "sec1" | "pkcs8"): string =>
  (type === "pkcs1" ? rsa : ec).export({ type, format: "pem" } as { type: "pkcs8"; format: "pem" }).toString();
const locked = (type: "pkcs1" | "sec1" | "pkcs8"): string =>
  (type === "pkcs1" ? rsa : ec)
    .export({ type, format: "pem", cipher: "aes-256-cbc", passphrase: "x" } as { type: "pkcs8"; format: "pem" })
    .toString();
const block = (label: string, body = "MAA="): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

describe("readPlainPrivateKey reads", () => {
  for (const form of ["pkcs1", "sec1", "pkcs8"] as const) {
    it(form, () => {
      const key = readPlainPrivateKey(pem(form));
      const expected = (form === "pkcs1" ? rsa : ec).export({ type: form, format: "der" } as {
        type: "pkcs8";
        format: "der";
      });
      assert.deepEqual([key.form, [...key.der]], [form, [...expected]]);
    });
  }

  it("a key behind text and behind OpenSSL's parameters", () => {
    assert.equal(readPlainPrivateKey(`made by hand\r\n${pem("pkcs8")}`).form, "pkcs8");
    assert.equal(readPlainPrivateKey(block("EC PARAMETERS", "BgUrgQQAIg==") + pem("sec1")).form, "sec1");
  });
});

describe("readPlainPrivateKey refuses", () => {
  const cases: readonly (readonly [string, string, ErrorCode, RegExp])[] = [
    ["an encrypted key in PKCS #8", locked("pkcs8"), "KEY_UNSUPPORTED", /openssl pkey/],
    ["an encrypted key in PKCS #1", locked("pkcs1"), "KEY_UNSUPPORTED", /openssl pkey/],
    ["an encrypted key in SEC 1", locked("sec1"), "KEY_UNSUPPORTED", /openssl pkey/],
    ["an OpenSSH key", block("OPENSSH PRIVATE KEY"), "KEY_UNSUPPORTED", /ssh-keygen/],
    ["a key in cosign's form", block("ENCRYPTED SIGSTORE PRIVATE KEY"), "KEY_INVALID", /as it is/],
    ["a key in cosign's older form", block("ENCRYPTED COSIGN PRIVATE KEY"), "KEY_INVALID", /as it is/],
    ["a public key", block("PUBLIC KEY"), "KEY_INVALID", /private key/],
    ["a PGP key", block("PGP PRIVATE KEY BLOCK"), "KEY_INVALID", /RSA PRIVATE KEY/],
    ["DSA", block("DSA PRIVATE KEY"), "KEY_INVALID", /EC PRIVATE KEY/],
    ["parameters alone", block("EC PARAMETERS"), "KEY_INVALID", /PEM/],
    ["text that is not base64", block("PRIVATE KEY", "****"), "KEY_INVALID", /PEM/],
    ["an empty block", block("PRIVATE KEY", ""), "KEY_INVALID", /PEM/],
    ["nothing", "", "KEY_INVALID", /PEM/],
    ["a large file", "-".repeat(100_000), "KEY_INVALID", /PEM/],
  ];
  for (const [what, text, code, hint] of cases) {
    it(what, () => {
      assert.throws(
        () => readPlainPrivateKey(text),
        (error) => {
          assert.ok(error instanceof AmapError);
          assert.equal(error.code, code, error.message);
          assert.match(error.hint, hint);
          return true;
        },
      );
    });
  }
});
