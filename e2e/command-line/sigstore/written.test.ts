/** What amap writes when it signs with a key and has real services witness it: cosign 3.1.3 verifies it, and not its twins. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { readSigningConfig } from "../../../src/app/signing/signing-config.ts";
import { witnessSignature } from "../../../src/app/signing/witness-signature.ts";
import {
  createStatement,
  encodeBundle,
  encodeStatement,
  preAuthEncoding,
  STATEMENT_PAYLOAD_TYPE,
} from "../../../src/attestation/index.ts";
import { encodeBase64, type SignatureScheme } from "../../../src/base/index.ts";
import { createTestKey, type TestKeyKind } from "../../../src/testing/sigstore/keys.ts";
import { createWorld } from "../../../src/wiring/index.ts";
import { PREDICATE_TYPE } from "./material.ts";
import { openStage, type Stage } from "./stage.ts";

/** The kinds that cosign 3.1.3 verifies with --key: it takes SHA-256 for every key, also for those of P-384 that it made. */
const KEYS: readonly (readonly [kind: TestKeyKind, scheme: SignatureScheme])[] = [
  ["ecdsa-p256", "ecdsa-sha256"],
  ["rsa-2048", "rsa-pkcs1-sha256"],
];

describe("cosign verifies what amap signed", { concurrency: 3 }, () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
    stage.write("file.txt", "a file");
    stage.write("other.txt", "another file");
  });
  after(() => stage.close());

  for (const [kind, scheme] of KEYS) {
    for (const version of ["v1", "v2"] as const) {
      test(`a key of ${kind}, witnessed by Rekor ${version} and the timestamp authority`, async () => {
        const key = createTestKey(kind);
        const sha256 = createHash("sha256").update("a file").digest("hex");
        const subjects = [{ name: "file.txt", digest: { sha256 } }];
        const payload = encodeStatement(createStatement({ subjects, predicateType: PREDICATE_TYPE, predicate: {} }));
        const signature = new Uint8Array(key.sign(preAuthEncoding(STATEMENT_PAYLOAD_TYPE, payload)));
        const envelope = { payload, payloadType: STATEMENT_PAYLOAD_TYPE, signatures: [{ sig: signature }] };
        const signed = {
          kind: "envelope",
          envelope,
          signature,
          key: new Uint8Array(key.spki),
          isCertificate: false,
        } as const;

        const world = createWorld({ offline: false, env: process.env });
        const name = version === "v1" ? stage.files.signingConfigV1 : stage.files.signingConfig;
        const config = await readSigningConfig(world, join(stage.folder, name));
        const witnesses = await witnessSignature(world, { signingConfig: config }, signed, scheme);
        await world.close();
        assert.deepEqual([witnesses.logEntries.length, witnesses.timestamps.length], [1, 1]);

        const bundle = `${kind}-${version}.json`;
        stage.write(bundle, encodeBundle({ envelope, keyHint: encodeBase64(key.keyId), ...witnesses }));
        const pub = stage.write(`${kind}-${version}.pub`, key.pem);
        const other = stage.write(`${kind}-${version}-other.pub`, createTestKey(kind).pem);
        const trust = ["--trusted-root", stage.files.trustedRoot, "--use-signed-timestamps"];
        const words = [...trust, "--type", PREDICATE_TYPE, "--bundle", bundle];
        const verify = (publicKey: string, file: string) =>
          stage.cosign("verify-blob-attestation", "--key", publicKey, ...words, file);
        const verified = await verify(pub, "file.txt");
        assert.equal(verified.status, 0, verified.stderr);
        assert.notEqual((await verify(other, "file.txt")).status, 0);
        assert.notEqual((await verify(pub, "other.txt")).status, 0);
      });
    }
  }
});
