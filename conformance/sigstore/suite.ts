/**
 * sigstore-conformance's bundles by its client protocol: a folder ending in `_fail` must be refused, any other accepted;
 * each once with the artifact as a file and once by its digest. Most calls are made inside this process; two go through
 * the program, to hold its exit codes.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../src/base/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";
import { runClient } from "./client.ts";

const SUITE = "sigstore";
const IDENTITY =
  "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER = "https://token.actions.githubusercontent.com";
/** Through the program: one that is accepted, one that is refused. */
const SPAWNED = new Set(["happy-path-v0.3", "signature-mismatch_fail"]);

/** Runs every folder. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const directory = join(options.suitesDirectory, "sigstore", "conformance");
  if (!existsSync(directory)) return suiteNotRun(SUITE, `${directory} is not there`);
  const folders = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const results = folders.flatMap(({ name }) => runFolder(directory, name));
  const ledger = JSON.parse(
    readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8"),
  ) as readonly LedgerEntry[];
  return judgeWithLedger(SUITE, results, ledger);
}

function runFolder(directory: string, name: string): readonly CaseResult[] {
  const { artifact, words } = callOf(directory, name);
  const digest = digestOf(new Uint8Array(readFileSync(artifact)));
  const results = [
    judgeCase(name, runClient([...words, artifact])),
    judgeCase(`${name} (digest)`, runClient([...words, digest]), name),
  ];
  if (SPAWNED.has(name)) {
    const program = join(import.meta.dirname, "client.ts");
    const { status, stderr } = spawnSync(process.execPath, [program, ...words, artifact], { encoding: "utf8" });
    results.push(judgeCase(`${name} (program)`, { exitCode: status, message: stderr.trim() }, name));
  }
  return results;
}

function callOf(directory: string, name: string): { readonly artifact: string; readonly words: readonly string[] } {
  const folder = join(directory, name);
  const fileOf = (file: string): string | undefined =>
    existsSync(join(folder, file)) ? join(folder, file) : undefined;
  const textOf = (file: string, otherwise: string): string => {
    const path = fileOf(file);
    return path === undefined ? otherwise : readFileSync(path, "utf8").trim();
  };
  const key = fileOf("key.pub");
  const signer =
    key === undefined
      ? ["--certificate-identity", textOf("identity", IDENTITY), "--certificate-oidc-issuer", textOf("issuer", ISSUER)]
      : ["--key", key];
  const root = fileOf("trusted_root.json");
  const words = ["verify-bundle", "--bundle", join(folder, "bundle.sigstore.json"), ...signer];
  return {
    artifact: fileOf("artifact") ?? join(directory, "a.txt"),
    words: root === undefined ? words : [...words, "--trusted-root", root],
  };
}

function judgeCase(
  name: string,
  result: { readonly exitCode: number | null; readonly message: string },
  folder = name,
): CaseResult {
  const expected = folder.endsWith("_fail") ? 1 : 0;
  if (result.exitCode === expected) return { case: name, passed: true };
  return {
    case: name,
    passed: false,
    message: `expected exit code ${expected}, found ${result.exitCode}: ${result.message}`,
  };
}
