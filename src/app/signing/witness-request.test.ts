import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createSigningConfig, encodeSigningConfig } from "../../attestation/index.ts";
import { encodeUtf8, isAmapError } from "../../base/index.ts";
import { createFakeTrustRepository } from "../../testing/fake-trust-repository.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { createLocalSigstore, jsonBytes } from "../../testing/sigstore/local-sigstore.ts";
import { type AskedServices, readWitnessRequest } from "./witness-request.ts";

const REKOR = "https://rekor.example";
const TSA = "https://tsa.example/api/v1/timestamp";
const root = jsonBytes(createLocalSigstore().trustedRoot());
const config = createSigningConfig({
  transparencyLogs: [{ url: REKOR, majorApiVersion: 1, validFor: { start: 0 }, operator: "o" }],
  logSelection: { selector: "ANY" },
});
const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

async function createSite() {
  const world = createFakeWorld();
  const files = { "config.json": encodeSigningConfig(config), "root.json": root, "ca.pem": encodeUtf8(PEM) };
  for (const [name, bytes] of Object.entries({ ...files, "none.pem": encodeUtf8("no PEM") })) {
    await world.files.write(name, bytes);
  }
  return world;
}

/** As this machine has it after `amap initialize`. */
async function openedRepository({ open, mirror, root: trusted }: ReturnType<typeof createFakeTrustRepository>) {
  const repository = open();
  await repository.initialize({ mirror, root: trusted });
  return repository;
}

const asked = (given: Partial<AskedServices>): AskedServices => ({ usesDefaultConfig: false, ...given });

describe("readWitnessRequest", () => {
  test("asks nobody where nobody is named", async () => {
    const world = await createSite();
    assert.deepEqual(await readWitnessRequest(world, asked({})), { warnings: [] });
  });

  test("says what is given for services that are not asked", async () => {
    const world = await createSite();
    const warningsOf = async (given: Partial<AskedServices>) =>
      (await readWitnessRequest(world, asked(given))).warnings;
    assert.match((await warningsOf({ trustedRoot: "root.json" })).join(), /^--trusted-root is ignored: no service/);
    const timestampClient = { caCertificate: "ca.pem" };
    const given = { trustedRoot: "root.json", timestampClient };
    assert.match(
      (await warningsOf({ ...given, rekorUrl: REKOR })).join(),
      /^the flags --timestamp-client-… .* ignored/,
    );
    assert.deepEqual(await warningsOf({ ...given, timestampUrl: TSA }), []);
  });

  test("shows no login of an address", async () => {
    const world = await createSite();
    for (const rekorUrl of ["ftp://me:secret@rekor.example", "me:secret@rekor.example"]) {
      await assert.rejects(readWitnessRequest(world, asked({ rekorUrl })), (error) => {
        assert.ok(isAmapError(error, "USAGE"));
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    }
  });

  for (const [what, given, logs, authorities] of [
    ["a log", { rekorUrl: REKOR }, [REKOR], []],
    ["an authority", { timestampUrl: TSA }, [], [TSA]],
    ["both", { rekorUrl: REKOR, timestampUrl: TSA }, [REKOR], [TSA]],
    ["a configuration", { signingConfig: "config.json" }, [REKOR], []],
  ] as const) {
    test(`asks ${what}, and says that the answers are not verified without a trusted root`, async () => {
      const world = await createSite();
      const { witnesses, warnings } = await readWitnessRequest(world, asked(given));
      const { transparencyLogs = [], timestampAuthorities = [] } = witnesses?.signingConfig ?? {};
      assert.deepEqual(
        [transparencyLogs.map(({ url }) => url), timestampAuthorities.map(({ url }) => url)],
        [logs, authorities],
      );
      assert.equal(witnesses?.trustRoot, undefined);
      assert.match(warnings.join(), /not verified; pass their --trusted-root/);
      const rooted = await readWitnessRequest(world, asked({ ...given, trustedRoot: "root.json" }));
      assert.deepEqual([rooted.warnings, rooted.witnesses?.trustRoot !== undefined], [[], true]);
    });
  }

  test("verifies what the default configuration's services answer with the root beside it", async () => {
    const world = await createSite();
    const repository = createFakeTrustRepository(() => world.clock.now());
    const targets = { "trusted_root.json": root, "signing_config.v0.2.json": encodeSigningConfig(config) };
    repository.publish(new Map(Object.entries(targets)));
    const opened = { ...world, openTrustRepository: async () => openedRepository(repository) };
    const { witnesses } = await readWitnessRequest(opened, asked({ usesDefaultConfig: true }));
    assert.ok(witnesses?.trustRoot !== undefined);
  });

  test("reads certificates for timestamp authorities", async () => {
    const world = await createSite();
    const timestampClient = {
      caCertificate: "ca.pem",
      clientCertificate: "ca.pem",
      clientKey: "ca.pem",
      serverName: "tsa.internal",
    };
    const { witnesses } = await readWitnessRequest(world, asked({ timestampUrl: TSA, timestampClient }));
    assert.deepEqual(witnesses?.timestampTls, {
      caCertificatePem: PEM,
      clientCertificatePem: PEM,
      clientKeyPem: PEM,
      serverName: "tsa.internal",
    });
  });

  for (const [what, given, code] of [
    ["an address beside a configuration", { rekorUrl: REKOR, signingConfig: "config.json" }, "USAGE"],
    ["an address beside the default configuration", { timestampUrl: TSA, usesDefaultConfig: true }, "USAGE"],
    ["an address that is none", { rekorUrl: "rekor.example" }, "USAGE"],
    ["an address of files", { rekorUrl: "file:///etc/passwd" }, "USAGE"],
    ["a certificate without its key", { timestampUrl: TSA, timestampClient: { clientCertificate: "ca.pem" } }, "USAGE"],
    ["a file that is no PEM", { timestampUrl: TSA, timestampClient: { caCertificate: "none.pem" } }, "KEY_INVALID"],
    ["a trusted root that is none", { rekorUrl: REKOR, trustedRoot: "ca.pem" }, "TRUST_ROOT_INVALID"],
    ["a trusted root that is not there", { trustedRoot: "absent.json" }, "FILE_NOT_FOUND"],
  ] as const) {
    test(`refuses ${what}`, async () => {
      const world = await createSite();
      await assert.rejects(readWitnessRequest(world, asked(given)), (error) => isAmapError(error, code));
    });
  }
});
