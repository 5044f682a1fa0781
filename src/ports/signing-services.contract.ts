import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { after, before, describe, it } from "node:test";
import {
  type CertificateAuthority,
  decodeTimestampToken,
  decodeTrustRoot,
  preAuthEncoding,
  type SignedContent,
  type TrustRoot,
  verifyLogEntry,
} from "../attestation/index.ts";
import { verifyTimestamp } from "../attestation/timestamp/verify-timestamp.ts";
import { AmapError, type ErrorCode, encodeUtf8, hashBytes, type SignatureScheme } from "../base/index.ts";
import type { SigningServices, WritableLog } from "./signing-services.ts";

/** Services that are running, with what they are trusted by. */
export interface SigningServicesUnderTest {
  readonly services: SigningServices;
  readonly rekorV1: string;
  readonly rekorV2: string;
  /** With its path. */
  readonly tsa: string;
  /** The bytes of a `trusted_root.json`. */
  readonly trustedRoot: Uint8Array;
  close(): Promise<void>;
}

interface TestPair {
  readonly scheme: SignatureScheme;
  readonly key: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

type Curve = "P-256" | "P-384";

function createPair(
  curve: Curve | "ed25519" = "P-256",
  hash: "sha256" | "sha384" = curve === "P-384" ? "sha384" : "sha256",
): TestPair {
  const { publicKey, privateKey } =
    curve === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: curve });
  return {
    scheme: curve === "ed25519" ? "ed25519" : `ecdsa-${hash}`,
    key: new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
    sign: (message) => new Uint8Array(sign(curve === "ed25519" ? null : hash, message, privateKey)),
  };
}

function signedMessage(pair: TestPair, text = "a message"): SignedContent {
  const algorithm = pair.scheme === "ecdsa-sha384" ? "sha384" : "sha256";
  const message = encodeUtf8(text);
  const digest = { algorithm, bytes: hashBytes(algorithm, message) } as const;
  return { kind: "message", digest, key: pair.key, isCertificate: false, signature: pair.sign(message) };
}

function signedEnvelope(pair: TestPair, text = '{"a":1}'): SignedContent {
  const payload = encodeUtf8(text);
  const payloadType = "application/vnd.in-toto+json";
  const signature = pair.sign(preAuthEncoding(payloadType, payload));
  const envelope = { payload, payloadType, signatures: [{ sig: signature }] };
  return { kind: "envelope", envelope, key: pair.key, isCertificate: false, signature };
}

async function refuses(made: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(made, (error) => {
    assert.ok(error instanceof AmapError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

/** What every SigningServices must do. */
export function signingServicesContract(name: string, open: () => Promise<SigningServicesUnderTest>): void {
  describe(`SigningServices contract: ${name}`, () => {
    let running: SigningServicesUnderTest;
    let root: TrustRoot;
    before(async () => {
      running = await open();
      const decoded = decodeTrustRoot(running.trustedRoot);
      assert.ok(decoded.ok);
      root = decoded.value;
    });
    after(async () => {
      await running.services.close();
      await running.close();
    });
    timestampContract(
      () => running,
      () => root.timestampAuthorities,
    );
    for (const majorApiVersion of [1, 2] as const) {
      const log = (): WritableLog => ({
        url: majorApiVersion === 1 ? running.rekorV1 : running.rekorV2,
        majorApiVersion,
      });
      logContract(
        () => running.services,
        log,
        () => root,
        majorApiVersion,
      );
    }
  });
}

function timestampContract(
  running: () => SigningServicesUnderTest,
  authorities: () => readonly CertificateAuthority[],
): void {
  const bytes = encodeUtf8("a signature");

  it("a timestamp is about the bytes, and not about others", async () => {
    const { services, tsa } = running();
    const token = await services.requestTimestamp(tsa, bytes);
    const verified = verifyTimestamp(token, bytes, authorities());
    assert.ok(verified.ok, verified.ok ? "" : verified.refusal.message);
    assert.equal(verifyTimestamp(token, encodeUtf8("another signature"), authorities()).ok, false);
  });

  it("each timestamp answers its own request", async () => {
    const { services, tsa } = running();
    const tokens = [await services.requestTimestamp(tsa, bytes), await services.requestTimestamp(tsa, bytes)];
    const [one, other] = tokens.map((token) => decodeTimestampToken(token));
    assert.ok(one?.ok === true && other?.ok === true);
    assert.notDeepEqual(one.value.nonce, other.value.nonce);
  });

  it("an address that is no timestamp authority is SIGNING_SERVICE_FAILED", async () => {
    const { services, rekorV1 } = running();
    await refuses(services.requestTimestamp(`${rekorV1}/api/v1/timestamp`, bytes), "SIGNING_SERVICE_FAILED");
  });
}

function logContract(
  services: () => SigningServices,
  log: () => WritableLog,
  root: () => TrustRoot,
  version: 1 | 2,
): void {
  const name = `Rekor v${version}`;
  for (const [what, make, other] of [
    ["a message", signedMessage, "another message"],
    ["an envelope", signedEnvelope, '{"a":2}'],
  ] as const) {
    for (const curve of ["P-256", "P-384"] as const) {
      it(`${name}: the entry of ${what} signed on ${curve} is about it, and not about another`, async () => {
        // Rekor v1 verifies envelopes with SHA-256, whatever the key.
        const pair = version === 1 && make === signedEnvelope ? createPair(curve, "sha256") : createPair(curve);
        const signed = make(pair);
        const entry = await services().addLogEntry(log(), signed, pair.scheme);
        assert.equal(entry.kind, version === 1 && signed.kind === "envelope" ? "dsse" : "hashedrekord");
        const verified = verifyLogEntry(entry, signed, root(), { proof: "proof" });
        assert.ok(verified.ok, verified.ok ? "" : verified.refusal.message);
        assert.equal(verified.integratedTime === undefined, version === 2);
        assert.equal(verifyLogEntry(entry, make(pair, other), root(), { proof: "proof" }).ok, false);
      });
    }
  }

  it(`${name}: entries at once are all there`, async () => {
    const pairs = Array.from({ length: 5 }, () => createPair());
    const entries = await Promise.all(
      pairs.map((pair) => services().addLogEntry(log(), signedMessage(pair), pair.scheme)),
    );
    assert.equal(new Set(entries.map(({ logIndex }) => logIndex)).size, pairs.length);
  });

  it(`${name}: a signature that is there already ${version === 1 ? "has its first entry" : "is refused"}`, async () => {
    const pair = createPair();
    const signed = signedMessage(pair);
    const first = await services().addLogEntry(log(), signed, pair.scheme);
    const again = services().addLogEntry(log(), signed, pair.scheme);
    if (version === 1) assert.equal((await again).logIndex, first.logIndex);
    else await refuses(again, "SIGNING_SERVICE_FAILED");
  });

  it(`${name}: a signature of something else is refused`, async () => {
    const pair = createPair();
    const { signature } = signedMessage(pair, "another message");
    const signed = { ...signedMessage(pair), signature };
    await refuses(services().addLogEntry(log(), signed, pair.scheme), "SIGNING_SERVICE_FAILED");
  });

  it(`${name}: a message signed with plain Ed25519 is KEY_UNSUPPORTED`, async () => {
    const pair = createPair("ed25519");
    await refuses(services().addLogEntry(log(), signedMessage(pair), pair.scheme), "KEY_UNSUPPORTED");
  });

  it(`${name}: a digest that the scheme does not sign is KEY_UNSUPPORTED`, async () => {
    const { key } = createPair("P-384");
    const signed = { ...signedMessage(createPair()), key };
    await refuses(services().addLogEntry(log(), signed, "ecdsa-sha384"), "KEY_UNSUPPORTED");
  });

  it(`${name}: an address that is no log is SIGNING_SERVICE_FAILED`, async () => {
    const pair = createPair();
    const wrong = { ...log(), url: `${log().url}/elsewhere` };
    await refuses(services().addLogEntry(wrong, signedMessage(pair), pair.scheme), "SIGNING_SERVICE_FAILED");
  });
}
