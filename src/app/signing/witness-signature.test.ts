import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  createSigningConfig,
  decodeBundle,
  decodeTrustRoot,
  encodeBundle,
  preAuthEncoding,
  type SignedContent,
  type SigningConfigInput,
  type SigningService,
  verifyLogEntry,
} from "../../attestation/index.ts";
import { AmapError, encodeBase64, encodeUtf8 } from "../../base/index.ts";
import { testSigner } from "../../testing/fake-signer.ts";
import { createFakeSigningServices } from "../../testing/fake-signing-services.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { createLocalSigstore, jsonBytes } from "../../testing/sigstore/local-sigstore.ts";
import { witnessSignature } from "./witness-signature.ts";

const urls = { rekorV1: "https://rekor.local.test", rekorV2: "https://log.local.test", tsa: "https://tsa.local.test" };
const sigstore = createLocalSigstore({ urls });
const fake = createFakeWorld();
const world = {
  clock: fake.clock,
  entropy: fake.entropy,
  openSigningServices: async () => createFakeSigningServices({ sigstore, ...urls, now: () => fake.clock.now() }),
};

function service(url: string, majorApiVersion = 1): SigningService {
  return { url, majorApiVersion, validFor: { start: 0 }, operator: url };
}
const v1 = { transparencyLogs: [service(urls.rekorV1)], logSelection: { selector: "ALL" } } as const;
const v2 = {
  transparencyLogs: [service(urls.rekorV2, 2), service(urls.rekorV1)],
  logSelection: { selector: "ALL" },
} as const;
const tsa = { timestampAuthorities: [service(urls.tsa)], timestampSelection: { selector: "EXACT", count: 1 } } as const;

const payloadType = "application/vnd.in-toto+json";
const signer = testSigner("witnessed");

async function signEnvelope(text: string): Promise<SignedContent & { readonly kind: "envelope" }> {
  const payload = encodeUtf8(text);
  const signature = await signer.sign(preAuthEncoding(payloadType, payload));
  const envelope = { payload, payloadType, signatures: [{ sig: signature }] };
  return { kind: "envelope", envelope, key: signer.publicKey.spki, isCertificate: false, signature };
}

describe("witnessSignature", () => {
  for (const [what, input, kinds, timestamps] of [
    ["no service", {}, [], 0],
    ["a log of Rekor v1", v1, ["dsse"], 0],
    ["the newer of two logs' APIs alone", v2, ["hashedrekord"], 0],
    ["an authority", tsa, [], 1],
    ["both", { ...v2, ...tsa }, ["hashedrekord"], 1],
  ] as const satisfies readonly (readonly [string, SigningConfigInput, readonly string[], number])[]) {
    test(`asks ${what}, and a bundle keeps what was answered`, async () => {
      const signed = await signEnvelope('{"a":1}');
      const signingConfig = createSigningConfig(input);
      const witnesses = await witnessSignature(world, { signingConfig }, signed, signer.publicKey.defaultScheme);
      assert.deepEqual(
        witnesses.logEntries.map(({ kind }) => kind),
        kinds,
      );
      assert.equal(witnesses.timestamps.length, timestamps);
      const keyHint = encodeBase64(signer.publicKey.keyId);
      const bundle = decodeBundle(encodeBundle({ envelope: signed.envelope, keyHint, ...witnesses }));
      assert.ok(bundle.ok);
      assert.deepEqual(bundle.value.logEntries, witnesses.logEntries);
      assert.deepEqual(bundle.value.timestamps, witnesses.timestamps);
    });
  }

  test("entries are about the signature, and not about another", async () => {
    const root = decodeTrustRoot(jsonBytes(sigstore.trustedRoot()));
    assert.ok(root.ok);
    const [signed, other] = [await signEnvelope('{"a":1}'), await signEnvelope('{"a":2}')];
    const { logEntries } = await witnessSignature(
      world,
      { signingConfig: createSigningConfig(v2) },
      signed,
      "ecdsa-sha256",
    );
    const [entry] = logEntries;
    assert.ok(entry !== undefined);
    assert.equal(verifyLogEntry(entry, signed, root.value, { proof: "proof" }).ok, true);
    assert.equal(verifyLogEntry(entry, other, root.value, { proof: "proof" }).ok, false);
  });

  for (const [what, input, code] of [
    [
      "a service that is not there",
      { ...tsa, timestampAuthorities: [service("https://none.local.test")] },
      "SIGNING_SERVICE_FAILED",
    ],
    ["only services of other APIs", { ...tsa, timestampAuthorities: [service(urls.tsa, 2)] }, "SIGNING_CONFIG_INVALID"],
    [
      "a configuration without a selection",
      { ...v1, logSelection: { selector: "UNDEFINED" } },
      "SIGNING_CONFIG_INVALID",
    ],
  ] as const satisfies readonly (readonly [string, SigningConfigInput, string])[]) {
    test(`refuses ${what}`, async () => {
      const request = { signingConfig: createSigningConfig(input) };
      const witnessing = witnessSignature(world, request, await signEnvelope("{}"), "ecdsa-sha256");
      await assert.rejects(witnessing, (error) => error instanceof AmapError && error.code === code);
    });
  }

  test("without a trusted root refuses an entry about another signature, and shows no login of the address", async () => {
    const services = await world.openSigningServices();
    const other = await signEnvelope('{"other":1}');
    const answering = {
      ...world,
      openSigningServices: async () => ({
        ...services,
        addLogEntry: () => services.addLogEntry({ url: urls.rekorV1, majorApiVersion: 1 }, other, "ecdsa-sha256"),
      }),
    };
    const url = urls.rekorV1.replace("//", "//me:secret@");
    const signingConfig = createSigningConfig({ ...v1, transparencyLogs: [service(url)] });
    const signed = await signEnvelope('{"own":1}');
    await assert.rejects(witnessSignature(answering, { signingConfig }, signed, "ecdsa-sha256"), (error) => {
      assert.ok(error instanceof AmapError && error.code === "SIGNING_SERVICE_FAILED");
      assert.match(error.message, /^https:\/\/rekor\.local\.test\/?: the log entry is not about the signature/);
      return true;
    });
  });

  describe("with a trusted root", () => {
    const own = decodeTrustRoot(jsonBytes(sigstore.trustedRoot()));
    const other = decodeTrustRoot(jsonBytes(createLocalSigstore({ urls }).trustedRoot()));
    assert.ok(own.ok && other.ok);

    test("takes what verifies with it", async () => {
      const request = { signingConfig: createSigningConfig({ ...v2, ...tsa }), trustRoot: own.value };
      const witnesses = await witnessSignature(world, request, await signEnvelope('{"b":1}'), "ecdsa-sha256");
      assert.deepEqual([witnesses.logEntries.length, witnesses.timestamps.length], [1, 1]);
    });

    for (const [what, input, asked] of [
      ["a timestamp, and asks no log then", { ...v1, ...tsa }, 0],
      ["an entry of Rekor v1", v1, 1],
      ["an entry of Rekor v2", v2, 1],
    ] as const satisfies readonly (readonly [string, SigningConfigInput, number])[]) {
      test(`refuses ${what} of services that it does not know`, async () => {
        let asks = 0;
        const services = await world.openSigningServices();
        const counting = {
          ...world,
          openSigningServices: async () => ({
            ...services,
            addLogEntry: (...words: Parameters<typeof services.addLogEntry>) => {
              asks += 1;
              return services.addLogEntry(...words);
            },
          }),
        };
        const request = { signingConfig: createSigningConfig(input), trustRoot: other.value };
        const signed = await signEnvelope(JSON.stringify({ what }));
        await assert.rejects(witnessSignature(counting, request, signed, "ecdsa-sha256"), (error) => {
          assert.ok(error instanceof AmapError && error.code === "SIGNING_SERVICE_FAILED");
          assert.match(error.message, /does not verify with the trusted root/);
          return true;
        });
        assert.equal(asks, asked);
      });
    }
  });
});
