/**
 * cosign's own test keys, each by what its row of index.tsv expects: keys to import are imported, encrypted again, opened
 * and signed with; keys in cosign's form are opened with their password and no other; the invalid ones are refused.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createSigningKeys } from "../../src/adapters/local-key/index.ts";
import { decryptPrivateKey, encryptPrivateKey, readPlainPrivateKey } from "../../src/attestation/index.ts";
import { type ErrorCode, encodeUtf8, isAmapError } from "../../src/base/index.ts";
import type { Signer } from "../../src/ports/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";

const SUITE = "sigstore-keys";
const RANDOM = { salt: new Uint8Array(32).fill(1), nonce: new Uint8Array(24).fill(2) };
const keys = createSigningKeys();

/** Runs every key, one after the other. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const directory = join(options.suitesDirectory, "sigstore");
  const index = join(directory, "index.tsv");
  if (!existsSync(index)) return suiteNotRun(SUITE, `${index} is not there`);
  const results: CaseResult[] = [];
  for (const row of readFileSync(index, "utf8").split("\n")) {
    const [kind, , path = "", expected = ""] = row.split("\t");
    if (kind !== "cosign-key") continue;
    results.push(await runCase(path, expected, readFileSync(join(directory, path), "utf8")));
  }
  const ledger = JSON.parse(
    readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8"),
  ) as readonly LedgerEntry[];
  return judgeWithLedger(SUITE, results, ledger);
}

async function runCase(path: string, expected: string, pem: string): Promise<CaseResult> {
  const name = `${path}: ${expected}`;
  try {
    await judge(expected, pem);
    return { case: name, passed: true };
  } catch (error) {
    return { case: name, passed: false, message: error instanceof Error ? error.message : String(error) };
  }
}

async function judge(expected: string, pem: string): Promise<void> {
  const [verdict, password = ""] = expected.split(":");
  switch (verdict) {
    case "import-ok":
      return importsAndSigns(pem);
    case "invalid":
      return refuses(importOf(pem), ["KEY_INVALID", "KEY_UNSUPPORTED"]);
    case "decrypt":
      refusesPassword(pem, `${password}!`);
      return signs(await keys.open(decryptPrivateKey(pem, password)));
    case "decrypts-but-not-pkcs8":
      refusesPassword(pem, `${password}!`);
      return refuses(keys.open(decryptPrivateKey(pem, password)), ["KEY_INVALID"]);
    default:
      throw new Error(`the expectation ${expected} is not known`);
  }
}

async function importsAndSigns(pem: string): Promise<void> {
  const encrypted = encryptPrivateKey(await importOf(pem), "pw", RANDOM);
  refusesPassword(encrypted, "pW");
  await signs(await keys.open(decryptPrivateKey(encrypted, "pw")));
}

/** As the verb does it: the block first, then the key in it. */
async function importOf(pem: string): Promise<Uint8Array> {
  return keys.importKey(readPlainPrivateKey(pem));
}

async function signs(signer: Signer): Promise<void> {
  const message = encodeUtf8("a message");
  const { publicKey } = signer;
  const signature = await signer.sign(message);
  assert.equal(publicKey.verifies(message, signature), true);
  assert.equal(publicKey.verifies(encodeUtf8("A message"), signature), false);
  signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
  assert.equal(publicKey.verifies(message, signature), false);
}

function refusesPassword(pem: string, password: string): void {
  assert.throws(
    () => decryptPrivateKey(pem, password),
    (error) => isAmapError(error, "KEY_PASSWORD"),
  );
}

async function refuses(made: Promise<unknown>, codes: readonly ErrorCode[]): Promise<void> {
  await assert.rejects(made, (error) => isAmapError(error) && codes.includes(error.code));
}
