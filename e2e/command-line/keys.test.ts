/** Keys of OpenSSL, imported by amap and by cosign 3.1.3: each opens what the other wrote, and verifies what it signs. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { decodeBundle } from "../../src/attestation/index.ts";
import { readPublicKey, type SignatureScheme } from "../../src/base/index.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { VERBS } from "../../src/cli/verbs.ts";
import { createCliRunner, type Ended } from "../../src/testing/cli-runner.ts";

const cosign = process.env["AMAP_E2E_COSIGN"] ?? "";
const folder = mkdtempSync(join(tmpdir(), "amap-e2e-keys-"));
const env = { ...process.env, COSIGN_PASSWORD: "correct horse", HOME: folder };
const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const at = (name: string): string => join(folder, name);
const textOf = (name: string): string => readFileSync(at(name), "utf8");
after(() => rmSync(folder, { recursive: true, force: true }));

async function amap(...words: readonly string[]): Promise<Ended> {
  const ended = await runAmap(words);
  assert.equal(ended.exit, 0, ended.stderr);
  return ended;
}

function peer(...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(cosign, words, { cwd: folder, env, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

type Form = "pkcs1" | "sec1" | "pkcs8";
const pem = (key: KeyObject, type: Form): string =>
  key.export({ type, format: "pem" } as { type: "pkcs8"; format: "pem" }).toString();
const rsa = generateKeyPairSync("rsa", { modulusLength: 3072 }).privateKey;
const ec = (namedCurve: string): KeyObject => generateKeyPairSync("ec", { namedCurve }).privateKey;

const KEYS: readonly (readonly [name: string, key: KeyObject, form: Form, scheme: SignatureScheme])[] = [
  ["p256-sec1", ec("P-256"), "sec1", "ecdsa-sha256"],
  ["p384-pkcs8", ec("P-384"), "pkcs8", "ecdsa-sha384"],
  ["p521-sec1", ec("P-521"), "sec1", "ecdsa-sha512"],
  ["rsa-pkcs1", rsa, "pkcs1", "rsa-pkcs1-sha256"],
  ["rsa-pkcs8", rsa, "pkcs8", "rsa-pkcs1-sha256"],
  ["ed25519", generateKeyPairSync("ed25519").privateKey, "pkcs8", "ed25519"],
];

writeFileSync(at("data"), "data\n");
describe("a key of OpenSSL", () => {
  for (const [name, key, form, scheme] of KEYS) {
    test(`${name}: amap's import is opened by cosign, cosign's by amap`, async () => {
      writeFileSync(at(`${name}.pem`), pem(key, form));
      await amap("import-key-pair", "-k", at(`${name}.pem`), "-o", at(`${name}-amap`));
      peer("import-key-pair", "-k", `${name}.pem`, "-o", `${name}-cosign`);
      assert.equal(textOf(`${name}-amap.pub`), textOf(`${name}-cosign.pub`));
      assert.equal(peer("public-key", "--key", `${name}-amap.key`), textOf(`${name}-cosign.pub`));
      assert.equal((await amap("public-key", "--key", at(`${name}-cosign.key`))).stdout, textOf(`${name}-cosign.pub`));
    });

    test(`${name}: what cosign signs with amap's import is verified by the key`, () => {
      const words = ["--use-signing-config=false", "--tlog-upload=false", "-y"];
      peer("sign-blob", "--key", `${name}-amap.key`, "--bundle", `${name}.json`, ...words, "data");
      const { messageSignature } = JSON.parse(textOf(`${name}.json`)) as {
        readonly messageSignature: { readonly signature: string };
      };
      const signature = new Uint8Array(Buffer.from(messageSignature.signature, "base64"));
      const publicKey = readPublicKey(textOf(`${name}-amap.pub`));
      assert.equal(publicKey.verifies(Buffer.from("data\n"), signature, scheme), true);
      assert.equal(publicKey.verifies(Buffer.from("Data\n"), signature, scheme), false);
    });
  }

  test("what amap attests with it cosign verifies, and refuses for another file", async () => {
    await amap("import-key-pair", "-k", at("rsa-pkcs8.pem"), "-o", at("attester"));
    writeFileSync(at("predicate.json"), '{"a":1}');
    const type = "https://example.com/e2e/v1";
    const bundle = at("attested.json");
    const made = ["--predicate", at("predicate.json"), "--type", type, "--bundle", bundle];
    await amap("attest-blob", "--key", at("attester.key"), ...made, at("data"));
    assert.equal(decodeBundle(readFileSync(bundle)).ok, true);
    const words = ["--key", "attester.pub", "--bundle", "attested.json", "--type", type, "--insecure-ignore-tlog"];
    peer("verify-blob-attestation", ...words, "data");
    writeFileSync(at("other"), "other\n");
    assert.throws(() => peer("verify-blob-attestation", ...words, "other"));
  });
});
