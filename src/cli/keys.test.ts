/** The verbs of keys: what they write, say and refuse. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { createCliRunner } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-keys-"));
const at = (name: string): string => join(folder, name);
const textOf = (name: string): string => readFileSync(at(name), "utf8");
after(() => rmSync(folder, { recursive: true, force: true }));

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
const publicPem = publicKey.export({ type: "spki", format: "pem" }).toString();
writeFileSync(at("plain.pem"), privateKey.export({ type: "sec1", format: "pem" }));
writeFileSync(at("public.pem"), publicPem);
writeFileSync(
  at("locked.pem"),
  privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }),
);

describe("import-key-pair", () => {
  test("writes both halves and says where", async () => {
    const ended = await runAmap(["import-key-pair", "-k", at("plain.pem"), "-o", at("mine")]);
    assert.deepEqual([ended.exit, ended.stdout], [0, ""], ended.stderr);
    assert.equal(ended.stderr, `Private key written to ${at("mine.key")}\nPublic key written to ${at("mine.pub")}\n`);
    assert.match(textOf("mine.key"), /^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n/);
    assert.equal(statSync(at("mine.key")).mode & 0o777, 0o600);
    assert.equal(textOf("mine.pub"), publicPem);
    assert.equal((await runAmap(["public-key", "--key", at("mine.key")])).stdout, publicPem);
  });

  test("overwrites only with --yes", async () => {
    writeFileSync(at("old.key"), "kept");
    const words = ["import-key-pair", "--key", at("plain.pem"), "--output-key-prefix", at("old")];
    const refused = await runAmap(words);
    assert.deepEqual([refused.exit, refused.code, textOf("old.key")], [2, "USAGE", "kept"], refused.stderr);
    const ended = await runAmap([...words, "--yes"]);
    assert.equal(ended.exit, 0, ended.stderr);
    assert.equal(textOf("old.pub"), publicPem);
  });

  for (const [what, words, code, text] of [
    ["a key that OpenSSL encrypted", ["-k", at("locked.pem")], "KEY_UNSUPPORTED", /openssl pkey/],
    ["a public key", ["-k", at("public.pem")], "KEY_INVALID", /private key/],
    ["a file that is not there", ["-k", at("none.pem")], "FILE_NOT_FOUND", /none\.pem/],
    ["a KMS", ["-k", "awskms:///alias/a"], "NOT_SUPPORTED", /awskms/],
  ] as const) {
    test(`refuses ${what}, and writes nothing`, async () => {
      const ended = await runAmap(["import-key-pair", ...words, "-o", at("refused")]);
      assert.deepEqual([ended.exit, ended.code], [2, code], ended.stderr);
      assert.match(ended.stderr, text);
      assert.equal(existsSync(at("refused.key")), false);
    });
  }

  test("needs --key, and a password that is set", async () => {
    const missing = await runAmap(["import-key-pair"]);
    assert.deepEqual([missing.exit, /--key <file>/.test(missing.stderr)], [2, true], missing.stderr);
    const words = ["import-key-pair", "-k", at("plain.pem"), "-o", at("unset")];
    const unset = await runAmap(words, { COSIGN_PASSWORD: undefined });
    assert.deepEqual([unset.exit, unset.code], [2, "KEY_PASSWORD"], unset.stderr);
    assert.equal(existsSync(at("unset.key")), false);
    assert.equal((await runAmap(words, { COSIGN_PASSWORD: "" })).exit, 0);
  });
});

describe("public-key", () => {
  test("takes a key from the environment, and says where it wrote", async () => {
    await runAmap(["import-key-pair", "-k", at("plain.pem"), "-o", at("env")]);
    const words = ["public-key", "--key", "env://SIGNING_KEY"];
    assert.equal((await runAmap(words, { SIGNING_KEY: textOf("env.key") })).stdout, publicPem);
    const unset = await runAmap(words);
    assert.deepEqual([unset.exit, unset.code], [2, "USAGE"], unset.stderr);
    const written = await runAmap([...words, "--outfile", at("out.pub")], { SIGNING_KEY: textOf("env.key") });
    assert.equal(written.stderr, `Public key written to ${at("out.pub")}\n`);
    assert.equal(textOf("out.pub"), publicPem);
  });

  for (const [what, key, code] of [
    ["another password", "its.key", "KEY_PASSWORD"],
    ["a public key", "its.pub", "KEY_INVALID"],
  ] as const) {
    test(`refuses ${what}`, async () => {
      await runAmap(["import-key-pair", "-k", at("plain.pem"), "-o", at("its"), "-y"]);
      const ended = await runAmap(["public-key", "--key", at(key)], { COSIGN_PASSWORD: "wrong" });
      assert.deepEqual([ended.exit, ended.code, ended.stdout], [2, code, ""], ended.stderr);
    });
  }

  for (const words of [
    ["--sk", "--key", "x"],
    ["--slot", "signature", "--key", "x"],
  ]) {
    test(`${words[0]} is not supported yet`, async () => {
      const ended = await runAmap(["public-key", ...words]);
      assert.deepEqual([ended.exit, ended.code], [2, "NOT_SUPPORTED"], ended.stderr);
    });
  }
});

describe("generate-key-pair", () => {
  for (const [target, code] of [
    ["github://owner/project", "NOT_SUPPORTED"],
    ["gitlab://1", "NOT_SUPPORTED"],
    ["k8s://shop", "USAGE"],
    ["shop/signing", "USAGE"],
  ] as const) {
    test(`refuses ${target}`, async () => {
      const ended = await runAmap(["generate-key-pair", target, "--output-key-prefix", at("none")]);
      assert.deepEqual([ended.exit, ended.code], [2, code], ended.stderr);
      assert.equal(existsSync(at("none.pub")), false);
    });
  }

  test("--kms is not supported yet", async () => {
    const ended = await runAmap(["generate-key-pair", "--kms", "awskms:///alias/a"]);
    assert.deepEqual([ended.exit, ended.code], [2, "NOT_SUPPORTED"], ended.stderr);
  });

  test("a Secret asks for a cluster", async () => {
    const words = ["--offline", "generate-key-pair", "k8s://shop/signing", "--output-key-prefix", at("none")];
    const ended = await runAmap(words);
    assert.equal(ended.code, "OFFLINE", ended.stderr);
    assert.equal(existsSync(at("none.pub")), false);
  });
});
