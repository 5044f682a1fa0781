import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LIMITS } from "../base/index.ts";
import { createTestKey } from "../testing/sigstore/local-sigstore.ts";
import type { SignatureCheck } from "./signature-schemes.ts";
import { findKeySigners } from "./signers.ts";
import { parseTrustedKeys } from "./trusted-keys.ts";

const made = Array.from({ length: 5 }, () => createTestKey("ed25519"));
const keys = parseTrustedKeys(made.map(({ pem }, index) => ({ name: `k${index}`, pem })));
const nameOf = new Map(keys.map(({ key, signer }) => [key, signer.name]));

/** A check of a message of this size; the text of a signature is the name of its key. Counts what was tried. */
function checkOf(bytes: number): SignatureCheck & { readonly tried: string[] } {
  const tried: string[] = [];
  return {
    tried,
    bytesHashed: () => bytes,
    isSignedBy: (key, signature) => {
      const name = nameOf.get(key) ?? "";
      const text = Buffer.from(signature).toString();
      tried.push(`${name}/${text}`);
      return name === text;
    },
  };
}

const signed = (...names: readonly string[]): readonly Uint8Array[] => names.map((name) => Buffer.from(name));
const HALF = LIMITS.signatureTryBytes / 2;

describe("findKeySigners", () => {
  const rows: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly by: readonly string[];
    readonly hints?: readonly string[];
    readonly found: readonly string[];
    readonly tries: number;
    readonly limit?: true;
  }[] = [
    { name: "finds the key that signed", bytes: 1, by: ["k3"], found: ["k3"], tries: 4 },
    { name: "tries the key that is named first", bytes: 1, by: ["k3"], hints: ["k3"], found: ["k3"], tries: 1 },
    { name: "ends when every signature has its key", bytes: 1, by: ["k0", "k1"], found: ["k0", "k1"], tries: 3 },
    { name: "tries them all for a stranger", bytes: 1, by: ["x"], found: [], tries: 5 },
    { name: "makes the first try whatever it costs", bytes: HALF * 8, by: ["k0"], found: ["k0"], tries: 1 },
    { name: "makes tries up to the limit", bytes: HALF, by: ["k1"], found: ["k1"], tries: 2 },
    { name: "ends at the limit", bytes: HALF, by: ["k2"], found: [], tries: 2, limit: true },
    {
      name: "counts signatures as it counts keys",
      bytes: HALF,
      by: ["x", "y", "k0"],
      found: [],
      tries: 2,
      limit: true,
    },
    { name: "keeps what it found before the limit", bytes: HALF, by: ["k0", "k4"], found: ["k0"], tries: 2 },
  ];
  for (const { name, bytes, by, hints = [], found, tries, limit } of rows) {
    it(name, () => {
      const check = checkOf(bytes);
      const ids = hints.map((hint) => keys.find(({ signer }) => signer.name === hint)?.signer.keyId ?? "");
      const result = findKeySigners(check, { signatures: signed(...by), hints: ids }, keys);
      const names = result.signers.map(({ signer }) => (signer.kind === "key" ? signer.key.signer.name : ""));
      assert.deepEqual([names, check.tried.length], [found, tries]);
      assert.equal(result.limit?.refusal.code, limit === true ? "LIMIT_EXCEEDED" : undefined);
    });
  }
});
