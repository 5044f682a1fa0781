/** The verbs of keys: what they write, say and refuse. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { createCliRunner } from "../testing/cli-runner.ts";
import type { Questions } from "./questions.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
/** With somebody at the terminal, who gives these answers. */
const runAnswered = (answers: { readonly password: string; readonly confirm: boolean }) => {
  const asked: string[] = [];
  const questions = (): Questions => ({
    isAnswered: true,
    password: async ({ confirm }) => {
      asked.push(confirm ? "password twice" : "password");
      return answers.password;
    },
    line: async () => undefined,
    confirm: async (question) => {
      asked.push(question);
      return answers.confirm;
    },
  });
  const run = createCliRunner((words, shell) => runCli(words, { ...shell, questions }, VERBS));
  return { asked, run: (words: readonly string[]) => run(words, { COSIGN_PASSWORD: undefined }) };
};
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
  test("keeps what is there, unless it is told otherwise", async () => {
    const words = ["generate-key-pair", "--output-key-prefix", at("twice")];
    const made = await runAmap(words);
    assert.equal(made.exit, 0, made.stderr);
    const first = textOf("twice.key");
    const refused = await runAmap(words);
    assert.deepEqual([refused.exit, refused.code, textOf("twice.key")], [2, "USAGE", first], refused.stderr);
    assert.match(refused.stderr, /--yes/);
    assert.equal((await runAmap([...words, "--yes"])).exit, 0);
    assert.notEqual(textOf("twice.key"), first);
    assert.equal(statSync(at("twice.key")).mode & 0o777, 0o600);
  });

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

describe("somebody at the terminal", () => {
  test("is asked for a new key's password twice, and once to open it", async () => {
    const { asked, run } = runAnswered({ password: "typed", confirm: false });
    assert.equal((await run(["generate-key-pair", "--output-key-prefix", at("typed")])).exit, 0);
    assert.equal((await run(["public-key", "--key", at("typed.key")])).stdout, textOf("typed.pub"));
    assert.deepEqual(asked, ["password twice", "password"]);
    const wrong = runAnswered({ password: "other", confirm: false });
    assert.equal((await wrong.run(["public-key", "--key", at("typed.key")])).code, "KEY_PASSWORD");
  });

  test("is asked before a pair is overwritten", async () => {
    const words = ["generate-key-pair", "--output-key-prefix", at("asked")];
    assert.equal((await runAnswered({ password: "a", confirm: false }).run(words)).exit, 0);
    const first = textOf("asked.key");
    const no = runAnswered({ password: "a", confirm: false });
    assert.equal((await no.run(words)).exit, 2);
    assert.deepEqual([no.asked, textOf("asked.key")], [[`File ${at("asked.key")} already exists. Overwrite?`], first]);
    const yes = runAnswered({ password: "a", confirm: true });
    assert.equal((await yes.run(words)).exit, 0);
    assert.equal(yes.asked.at(-1), "password twice");
    assert.notEqual(textOf("asked.key"), first);
  });
});
