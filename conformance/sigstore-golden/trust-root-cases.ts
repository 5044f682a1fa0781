import assert from "node:assert/strict";
import { createTrustRoot, decodeTrustRoot, encodeTrustRoot, type TrustRoot } from "../../src/attestation/index.ts";
import { encodeHex } from "../../src/base/index.ts";
import { filesOf, type GoldenCase, unwrap } from "./golden-case.ts";

/** policy-controller's own keys, certificates and roots: a trust root is made of them, written and read. */
export function trustRootCases(directory: string): readonly GoldenCase[] {
  const reconciler = filesOf(directory, "policy-controller", "pkg", "reconciler", "trustroot", "testdata");
  const golden = filesOf(directory, "policy-controller", "test", "testdata", "trustroot", "golden");
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
  const startTime = "2020-01-01T00:00:00Z";
  const made = (): TrustRoot =>
    createTrustRoot({
      fulcio: [{ url: "https://fulcio.example.com", certificateChain: text(reconciler("fulcioCert.pem")) }],
      rekor: [{ url: "https://rekor.example.com", publicKey: text(reconciler("rekorPublicKey.pem")), startTime }],
      ctfe: [{ url: "https://ctfe.example.com", publicKey: text(reconciler("ctfePublicKey.pem")), startTime }],
      tsa: [{ url: "https://tsa.example.com", certificateChain: text(golden("tsa.crt.pem")) }],
    });
  return [
    {
      name: "policy-controller: its keys and certificates make a trust root",
      run: () => {
        const root = made();
        assert.equal(encodeHex(root.ctLogs[0]?.keyId ?? new Uint8Array()), text(reconciler("ctfeLogID.txt")).trim());
        const counts = [root.transparencyLogs, root.certificateAuthorities, root.timestampAuthorities];
        assert.deepEqual(
          counts.map((list) => list.length),
          [1, 1, 1],
        );
      },
    },
    {
      name: "policy-controller: that trust root is written and read",
      run: () => {
        const bytes = encodeTrustRoot(made());
        assert.deepEqual(encodeTrustRoot(unwrap(decodeTrustRoot(bytes))), bytes);
      },
    },
    {
      name: "policy-controller: its root that ids its logs by hex text is read",
      run: () => {
        const root = unwrap(decodeTrustRoot(reconciler("marshalledEntry.json")));
        assert.deepEqual(
          [root.transparencyLogs.length, root.ctLogs.length, root.certificateAuthorities.length],
          [1, 1, 1],
        );
      },
    },
    {
      name: "policy-controller: a key that is none is refused",
      run: () => {
        const changed = text(reconciler("rekorPublicKey.pem")).replace("MFkw", "MFkx");
        const log = { url: "https://rekor.example.com", publicKey: changed, startTime };
        assert.throws(() => createTrustRoot({ rekor: [log] }), /KEY_INVALID|SubjectPublicKeyInfo/);
      },
    },
  ];
}
