/** Where the trusted root comes from: a file, the repository of trusted roots, or nowhere. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeUtf8, isAmapError } from "../../base/index.ts";
import { createFakeTrustRepository } from "../../testing/fake-trust-repository.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { createLocalSigstore, createTestKey, jsonBytes } from "../../testing/sigstore/local-sigstore.ts";
import { readDefaultSigningConfig } from "../signing/signing-config.ts";
import { readTrust, type TrustRequest } from "./trust.ts";

const ROOT = jsonBytes(createLocalSigstore().trustedRoot());
const KEYLESS: TrustRequest = {
  keys: [],
  identities: [{ subject: { exact: "dev@example.com" }, issuer: { exact: "https://issuer.example" } }],
  trustedRoots: [],
  ignoresLogs: false,
  ignoresCertificateTimestamps: false,
  needsTimestamps: false,
};
const KEY: TrustRequest = { ...KEYLESS, keys: ["/key.pub"], identities: [] };

function world(targets: Readonly<Record<string, Uint8Array>>) {
  const fake = createFakeWorld({ "/root.json": ROOT, "/key.pub": createTestKey().pem });
  const repository = createFakeTrustRepository(() => fake.clock.now());
  repository.publish(new Map(Object.entries(targets)));
  let opened = 0;
  const openTrustRepository = async () => {
    opened += 1;
    return repository.open();
  };
  return { world: { ...fake, openTrustRepository }, repository, clock: fake.clock, opened: () => opened };
}

async function failureOf(promise: Promise<unknown>): Promise<{ readonly code: string; readonly hint: string }> {
  try {
    await promise;
  } catch (error) {
    if (isAmapError(error)) return { code: error.code, hint: error.hint };
    throw error;
  }
  return assert.fail("expected a failure");
}

describe("the trusted root", () => {
  for (const [name, request, fromRepository] of [
    ["identities", KEYLESS, true],
    ["a key whose entry in a log is asked for", KEY, true],
    ["a key alone", { ...KEY, ignoresLogs: true }, false],
    ["a key with a timestamp", { ...KEY, ignoresLogs: true, needsTimestamps: true }, true],
    ["identities, with a file", { ...KEYLESS, trustedRoots: ["/root.json"] }, false],
  ] as const) {
    test(`${name}: ${fromRepository ? "from the repository" : "the repository is not opened"}`, async () => {
      const made = world({ "trusted_root.json": ROOT });
      const trust = await readTrust(made.world, request);
      assert.deepEqual([made.opened(), trust.warnings], [fromRepository ? 1 : 0, []]);
      assert.equal(trust.trustRoot !== undefined, fromRepository || request.trustedRoots.length > 0);
    });
  }

  test("its age is handed on", async () => {
    const { world: made, repository, clock } = world({ "trusted_root.json": ROOT });
    await readTrust(made, KEYLESS);
    repository.setOffline(true);
    clock.advance(5 * 86_400_000);
    const trust = await readTrust(made, KEYLESS);
    assert.ok(trust.trustRoot);
    assert.match(trust.warnings[0] ?? "", /4 days ago/);
  });

  test("one that is none, and none at all; with a key the signature alone is an answer", async () => {
    const none = encodeUtf8("{}");
    const odd = world({ "trusted_root.json": none, "signing_config.v0.2.json": none }).world;
    assert.equal((await failureOf(readTrust(odd, KEYLESS))).code, "TRUST_ROOT_INVALID");
    assert.equal((await failureOf(readDefaultSigningConfig(odd))).code, "SIGNING_CONFIG_INVALID");
    const empty = world({}).world;
    assert.equal((await failureOf(readDefaultSigningConfig(empty))).code, "NOT_SUPPORTED");
    const keyless = await failureOf(readTrust(empty, KEYLESS));
    assert.deepEqual([keyless.code, /ignore-tlog/.test(keyless.hint)], ["NOT_SUPPORTED", false]);
    assert.match((await failureOf(readTrust(empty, KEY))).hint, /--insecure-ignore-tlog/);
  });
});
