import assert from "node:assert/strict";
import { decodeBundle, decodeStatement, decodeTrustRoot, verifyCandidates } from "../../src/attestation/index.ts";
import { type Digest, digestOf } from "../../src/base/index.ts";
import { filesOf, type GoldenCase, unwrap } from "./golden-case.ts";

const BUNDLE = "bundle2-dsse-hr2-tsa.json";

/** A keyless bundle: certificate, hashedrekord over DSSE in a Rekor 2 log, RFC 3161 timestamp. */
export function keylessCases(directory: string): readonly GoldenCase[] {
  const read = filesOf(directory, "golden", "keyless-mock");
  return [
    {
      name: "keyless-mock: is read",
      run: () => {
        const bundle = unwrap(decodeBundle(read(BUNDLE)));
        assert.deepEqual(
          [bundle.version, bundle.material.kind, bundle.content.kind, bundle.logEntries.length],
          ["0.3", "certificate", "envelope", 1],
        );
        assert.equal(bundle.timestamps.length, 1);
      },
    },
    {
      name: "keyless-mock: verifies",
      run: () => {
        const bytes = read(BUNDLE);
        const foundAt = { form: "referrer", manifest: digestOf(bytes), blob: digestOf(bytes) } as const;
        const candidate = { kind: "bundle", foundAt, bytes } as const;
        const policy = {
          keys: [],
          identities: [{ subject: { regexp: ".*", matches: () => true } }],
          trustRoot: unwrap(decodeTrustRoot(read("trusted_root.json"))),
        };
        const { attestations, rejected } = verifyCandidates([candidate], { ...policy, subjects: [subjectOf(bytes)] });
        assert.deepEqual(rejected, []);
        assert.equal(attestations[0]?.signedTime.source, "timestampAuthority");
        const twin = verifyCandidates([candidate], { ...policy, subjects: [digestOf(bytes)] });
        assert.equal(twin.rejected[0]?.code, "SUBJECT_MISMATCH");
      },
    },
  ];
}

function subjectOf(bytes: Uint8Array): Digest {
  const bundle = unwrap(decodeBundle(bytes));
  assert.ok(bundle.content.kind === "envelope");
  const [subject] = unwrap(decodeStatement(bundle.content.envelope.payload)).subject;
  return `sha256:${subject?.digest["sha256"] ?? ""}`;
}
