/**
 * slsa-verifier's rows as far as they concern signatures, against the public-good root: bundles of the builders, npm's
 * two bundles of a package, and cosign's attestations of saved images; what a row asks of the provenance's content
 * (`content-cases.ts`): branch, tag, inputs, package name. Where a row expects a signature, a source or a digest to be
 * refused, so must amap; each bundle that verifies is refused for another artifact.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type BundleVerifier,
  createBundleVerifier,
  decodeBundle,
  decodeTrustRoot,
  type TrustedIdentity,
  type TrustedKey,
  type TrustRoot,
  verifyCandidates,
} from "../../src/attestation/index.ts";
import { type Digest, decodeBase64, listOf, memberOf, readJson, textOf, type Value } from "../../src/base/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";
import { readPublicGoodRoot, readSeed } from "../sigstore/public-good-root.ts";
import { judgeContent } from "./content-cases.ts";
import { hasSuite, type Provenance, readImages, readPackage, readProvenance } from "./provenance-files.ts";

const SUITE = "slsa-verifier";
const ISSUER = "https://token.actions.githubusercontent.com";
const OTHER: Digest = `sha256:${"0".repeat(64)}`;

/** Runs every case. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const directory = join(options.suitesDirectory, "sigstore", "slsa-verifier");
  const root = readPublicGoodRoot();
  if (!hasSuite(directory) || root === undefined)
    return suiteNotRun(SUITE, "its files, or @sigstore/tuf's, are not there");
  const trustRoot = decodeTrustRoot(root);
  if (!trustRoot.ok) throw new Error(`the root cannot be read: ${trustRoot.issues[0]?.message}`);
  const rows = readFileSync(join(directory, "expected.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => readJson(line));
  const results = [
    ...readProvenance(directory).flatMap((file) => judgeFile(file, trustRoot.value)),
    ...judgePackages(directory, rows, trustRoot.value),
    ...judgeImages(directory, rows, trustRoot.value),
    ...judgeSummaries(directory, rows),
    ...judgeContent(directory, rows, trustRoot.value),
  ];
  const ledger = JSON.parse(
    readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8"),
  ) as readonly LedgerEntry[];
  return judgeWithLedger(SUITE, results, ledger);
}

/** A builder's file: it verifies for its artifact and for no other. */
function judgeFile(file: Provenance, trustRoot: TrustRoot): readonly CaseResult[] {
  if (file.form === "envelope") {
    return [{ case: `envelope/${file.path}`, passed: false, message: "DSSE without a log entry" }];
  }
  const name = `bundle/${file.path}`;
  const verifier = createBundleVerifier({ trustRoot, identities: [builderIdentity("")] });
  const artifact = file.artifact ?? OTHER;
  return [
    expectVerdict(name, true, verify(verifier, file.bytes, artifact)),
    expectVerdict(`${name} for another artifact`, false, verify(verifier, file.bytes, OTHER)),
  ];
}

function judgePackages(directory: string, rows: readonly Value[], trustRoot: TrustRoot): readonly CaseResult[] {
  const keys = readRegistryKeys();
  return rows
    .filter((row) => textOf(row, "func") === "Test_runVerifyNpmPackage")
    .flatMap((row): readonly CaseResult[] => {
      const found = readPackage(directory, textOf(row, "artifact"));
      if (found === undefined) return [];
      const verifier = createBundleVerifier({
        trustRoot,
        identities: [builderIdentity(textOf(row, "source"))],
        keys,
        thresholds: { times: 0 },
      });
      const publish = verify(verifier, found.publish, found.artifact);
      const provenance = verify(verifier, found.provenance, found.artifact);
      const error = textOf(row, "err");
      const expected = error !== "ErrorInvalidSignature" && error !== "ErrorMismatchSource";
      const name = `npm/${textOf(row, "name")} (${textOf(row, "artifact")})`;
      return [expectVerdict(name, expected, publish ?? provenance)];
    });
}

function judgeImages(directory: string, rows: readonly Value[], trustRoot: TrustRoot): readonly CaseResult[] {
  const images = readImages(directory);
  return rows
    .filter((row) => textOf(row, "func") === "Test_runVerifyGHAArtifactImage")
    .flatMap((row) =>
      images.map((image) => {
        const identity = builderIdentity(textOf(row, "source"), textOf(row, "pBuilderID"));
        const policy = { keys: [], identities: [identity], trustRoot, subjects: [image.digest] };
        const { attestations, rejected } = verifyCandidates(image.candidates, policy);
        const cause = rejected[0] === undefined ? "nothing attached" : `${rejected[0].code}: ${rejected[0].message}`;
        const error = textOf(row, "err");
        const expected = error !== "ErrorMismatchSource" && error !== "ErrorUntrustedReusableWorkflow";
        const name = `image/${textOf(row, "name")} (${image.path})`;
        return expectVerdict(name, expected, attestations.length > 0 ? undefined : cause);
      }),
    );
}

/**
 * Verification summaries signed with a key. Their subject is no digest, so that the signature held shows in the cause: the
 * subject is another.
 */
function judgeSummaries(directory: string, rows: readonly Value[]): readonly CaseResult[] {
  return rows
    .filter((row) => textOf(row, "func") === "Test_runVerifyVSA")
    .map((row) => {
      const file = (name: string): Uint8Array =>
        new Uint8Array(readFileSync(join(directory, "vsa", textOf(row, name))));
      const keys = [{ name: textOf(row, "publicKeyPath"), pem: new TextDecoder().decode(file("publicKeyPath")) }];
      const foundAt = { form: "tag", manifest: OTHER, blob: OTHER } as const;
      const candidate = { kind: "envelope", foundAt, bytes: file("attestationPath"), annotations: {} } as const;
      const [rejected] = verifyCandidates([candidate], { keys, subjects: [OTHER] }).rejected;
      const cause = rejected?.code === "SUBJECT_MISMATCH" ? undefined : `${rejected?.code}: ${rejected?.message}`;
      return expectVerdict(`summary/${textOf(row, "name")}`, textOf(row, "err") === "", cause);
    });
}

/** A workflow of GitHub's: of a builder where one is named, run for a source repository where one is named. */
function builderIdentity(source: string, builder = ""): TrustedIdentity {
  const repository = source.replace(/^github\.com\//, "");
  return {
    issuer: { exact: ISSUER },
    ...(builder === ""
      ? {}
      : { subject: { regexp: `^${builder}@`, matches: (text: string) => text.startsWith(`${builder}@`) } }),
    ...(source === "" ? {} : { extensions: { githubWorkflowRepository: { exact: repository } } }),
  };
}

/** npm's signing keys, as @sigstore/tuf ships them. */
function readRegistryKeys(): readonly TrustedKey[] {
  const seed = readSeed("%2Fkeys.json");
  return listOf(seed === undefined ? null : readJson(seed), "keys").map((key) => {
    const publicKey = memberOf(key, "publicKey") ?? null;
    const base64 = textOf(publicKey, "rawBytes");
    const lines = base64.match(/.{1,64}/g) ?? [];
    if (decodeBase64(base64) === undefined) throw new Error("npm's key is not base64");
    return {
      name: textOf(key, "keyId"),
      pem: ["-----BEGIN PUBLIC KEY-----", ...lines, "-----END PUBLIC KEY-----", ""].join("\n"),
    };
  });
}

/** Undefined where the bundle verifies, else why not. */
function verify(verifier: BundleVerifier, bytes: Uint8Array, artifact: Digest): string | undefined {
  const bundle = decodeBundle(bytes);
  if (!bundle.ok) return `${bundle.issues[0]?.code}: ${bundle.issues[0]?.path} ${bundle.issues[0]?.message}`;
  const result = verifier.verify(bundle.value, { kind: "digests", digests: [artifact] });
  return result.ok ? undefined : `${result.refusal.code}: ${result.refusal.message}`;
}

function expectVerdict(name: string, accepted: boolean, cause: string | undefined): CaseResult {
  if (accepted === (cause === undefined)) return { case: name, passed: true };
  return { case: name, passed: false, message: accepted ? `refused: ${cause}` : "accepted" };
}
