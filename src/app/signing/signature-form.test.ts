import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { createSigningKeys } from "../../adapters/local-key/index.ts";
import { createSigningConfig } from "../../attestation/index.ts";
import { isAmapError } from "../../base/index.ts";
import { type FormOptions, schemeOfBytes, schemeOfEnvelope } from "./signature-form.ts";

const keys = createSigningKeys();
const open = (pair: ReturnType<typeof generateKeyPairSync>) =>
  keys.open(
    new Uint8Array(
      (pair.privateKey as never as { export(o: object): Buffer }).export({ type: "pkcs8", format: "der" }),
    ),
  );
const signers = {
  p256: await open(generateKeyPairSync("ec", { namedCurve: "P-256" })),
  p384: await open(generateKeyPairSync("ec", { namedCurve: "P-384" })),
  p521: await open(generateKeyPairSync("ec", { namedCurve: "P-521" })),
  rsa: await open(generateKeyPairSync("rsa", { modulusLength: 2048 })),
  ed25519: await open(generateKeyPairSync("ed25519")),
};

function log(version: number): Required<FormOptions>["witnesses"] {
  const service = { url: "https://log.example", majorApiVersion: version, validFor: { start: 0 }, operator: "o" };
  return { signingConfig: createSigningConfig({ transparencyLogs: [service], logSelection: { selector: "ANY" } }) };
}
const options = {
  bundle: { form: "bundle" },
  "bundle, Rekor v1": { form: "bundle", witnesses: log(1) },
  "bundle, Rekor v2": { form: "bundle", witnesses: log(2) },
  tag: { form: "tag" },
  "tag, Rekor v1": { form: "tag", witnesses: log(1) },
} as const satisfies Readonly<Record<string, FormOptions>>;

describe("which scheme signs", () => {
  for (const [form, key, bytes, envelope] of [
    ["bundle", "p256", "ecdsa-sha256", "ecdsa-sha256"],
    ["bundle", "p384", "ecdsa-sha384", "ecdsa-sha384"],
    ["bundle", "p521", "ecdsa-sha512", "ecdsa-sha512"],
    ["bundle", "rsa", "rsa-pkcs1-sha256", "rsa-pkcs1-sha256"],
    ["bundle", "ed25519", "ed25519", "ed25519"],
    ["bundle, Rekor v1", "p384", "ecdsa-sha384", "ecdsa-sha256"],
    ["bundle, Rekor v1", "ed25519", "ed25519ph", "ed25519"],
    ["bundle, Rekor v2", "p384", "ecdsa-sha384", "ecdsa-sha384"],
    ["tag", "p384", "ecdsa-sha256", "ecdsa-sha256"],
    ["tag", "p521", "ecdsa-sha256", "ecdsa-sha256"],
    ["tag", "rsa", "rsa-pkcs1-sha256", "rsa-pkcs1-sha256"],
    ["tag", "ed25519", "ed25519", "ed25519"],
    ["tag, Rekor v1", "p521", "ecdsa-sha256", "ecdsa-sha256"],
  ] as const) {
    test(`${form}: ${key}`, () => {
      assert.equal(schemeOfBytes(signers[key], options[form]), bytes);
      assert.equal(schemeOfEnvelope(signers[key], options[form]), envelope);
    });
  }

  test("a key of Ed25519 and a log have no older form", () => {
    assert.throws(
      () => schemeOfBytes(signers.ed25519, options["tag, Rekor v1"]),
      (error) => isAmapError(error, "NOT_SUPPORTED"),
    );
  });
});
