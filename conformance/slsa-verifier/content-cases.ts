/**
 * What slsa-verifier's rows ask of the provenance itself: source, branch, tag, version, builder, inputs, package. Bundles
 * go the whole way of `amap provenance verify`. An envelope's signature cannot be proven without its log entry: of one the
 * content is judged, with the certificate that it claims.
 *
 * Not judged: files whose certificate stands in Rekor alone, rows whose artifacts the suite left out, and npm's row that
 * names no builder, which slsa-verifier refuses because it believes none by default, and amap does.
 */
import { type BuiltArtifact, verifyProvenance } from "../../src/app/index.ts";
import {
  decodeCertificatesPem,
  decodeEnvelope,
  decodeStatement,
  describeSigner,
  type TrustRoot,
} from "../../src/attestation/index.ts";
import {
  type Digest,
  digestOf,
  encodeUtf8,
  listOf,
  memberOf,
  readJson,
  textOf,
  type Value,
} from "../../src/base/index.ts";
import {
  type BuildExpectations,
  type BuildSigner,
  believedBuilders,
  decodeVersionedProvenance,
  judgeBuild,
  readBuildClaims,
  type TrustedBuilder,
} from "../../src/metadata/index.ts";
import type { CaseResult } from "../../src/testing/conformance.ts";
import { type Provenance, readPackage, readProvenance } from "./provenance-files.ts";

const GITHUB = { issuer: { exact: "https://token.actions.githubusercontent.com" } };
const SUFFIX = /\.(?:intoto\.build\.slsa|intoto\.sigstore|intoto\.jsonl|build\.slsa)$/;

type Expected = BuildExpectations & { readonly sourceUri: string };

/** The rows about files and packages, each with every file that has the row's artifact. */
export function judgeContent(directory: string, rows: readonly Value[], trustRoot: TrustRoot): readonly CaseResult[] {
  const files = readProvenance(directory);
  return rows.flatMap((row) => {
    const name = textOf(row, "func");
    if (name === "Test_runVerifyNpmPackage") return judgePackage(directory, row, trustRoot);
    const artifacts = listOf(row, "artifacts").map(String);
    const wanted = artifacts.length === 0 ? [textOf(row, "artifact")] : artifacts;
    if (!ROWS.has(name) || wanted.length !== 1) return [];
    return files
      .filter((file) => isOf(file, row, name, wanted[0] ?? ""))
      .flatMap((file) => judgeFile(file, row, trustRoot));
  });
}

const ROWS: ReadonlySet<string> = new Set([
  "Test_runVerifyGHAArtifactPath",
  "Test_runVerifyGHAContainerBased",
  "Test_runVerifyGithubAttestation",
]);

/** Rows of the first kind run over every builder and version, but for those that say otherwise. */
function isOf({ path }: Provenance, row: Value, name: string, artifact: string): boolean {
  const parts = path.replace(SUFFIX, "").split("/");
  if (parts.at(-1) !== artifact) return false;
  const isRoot = parts.length === 1;
  const isContainer = parts[0] === "gha_container-based";
  if (name === "Test_runVerifyGithubAttestation") return parts[0] === "bcr";
  if (name === "Test_runVerifyGHAContainerBased") return isContainer;
  return memberOf(row, "noversion") === true ? isRoot : !isRoot && !isContainer;
}

function judgeFile(file: Provenance, row: Value, trustRoot: TrustRoot): readonly CaseResult[] {
  const bundle = readJson(file.bytes);
  const envelope = encodeEnvelopeOf(file.form === "bundle" ? memberOf(bundle, "dsseEnvelope") : bundle);
  const statement = statementOf(envelope);
  if (statement === undefined) return [];
  const builderId = textOf(row, "pBuilderID") || textOf(row, "builderID") || textOf(row, "outBuilderID");
  const stated = statement.builderId.split("@")[0] ?? "";
  const expected = expectationsOf(row, builderId || stated);
  const builders = believedBuilders(expected.builderId);
  const accepts = textOf(row, "err") === "" && !TEST_ONLY.test(file.path);
  const name = `row/${textOf(row, "name")} (${file.path})`;
  if (file.form === "bundle") {
    const digests = [file.artifact ?? statement.digest];
    const artifact: BuiltArtifact = { name: file.path, kind: "digest", digests, candidates: [] };
    return [expectVerdict(name, accepts, verifyBundle(file.bytes, artifact, { builders, expected, trustRoot }))];
  }
  const signer = signerOf(envelope);
  if (signer === undefined) return [];
  const verdict = judgeBuild({ claims: statement.claims, signer }, builders, expected);
  const failed = verdict.checks.filter(({ passed }) => !passed);
  const cause = failed
    .map(({ name: what, expected: wanted, found }) => `${what}: ${wanted} and not ${found}`)
    .join("; ");
  return [expectVerdict(name, accepts, verdict.accepted ? undefined : cause)];
}

/** Builders that ran at a branch, which slsa-verifier takes for its own tests only: anybody who can push can be them. */
const TEST_ONLY = /^(?:gha_delegator\/v1\.9\.0\/|binary-linux-amd64-(?:e2e-builder-repo|multi-subject-first)\b)/;

function judgePackage(directory: string, row: Value, trustRoot: TrustRoot): readonly CaseResult[] {
  const found = readPackage(directory, textOf(row, "artifact"));
  const builderId = textOf(row, "builderID");
  // What the registry signed is judged by the rows about signatures.
  if (found === undefined || builderId === "" || textOf(row, "artifact").includes("invalidsigpub")) return [];
  const expected = {
    ...expectationsOf(row, builderId),
    ...optional("packageName", textOf(row, "pkgName")),
    ...optional("packageVersion", textOf(row, "pkgVersion")),
  };
  const artifact: BuiltArtifact = { name: "package", kind: "digest", digests: [found.artifact], candidates: [] };
  const cause = verifyBundle(found.provenance, artifact, {
    builders: believedBuilders(builderId),
    expected,
    trustRoot,
  });
  return [
    expectVerdict(`package/${textOf(row, "name")} (${textOf(row, "artifact")})`, textOf(row, "err") === "", cause),
  ];
}

/** Undefined where the provenance is accepted, else why not. */
function verifyBundle(
  bytes: Uint8Array,
  artifact: BuiltArtifact,
  { builders, expected, trustRoot }: { builders: readonly TrustedBuilder[]; expected: Expected; trustRoot: TrustRoot },
): string | undefined {
  const foundAt = { form: "file", manifest: digestOf(bytes), blob: digestOf(bytes) } as const;
  const thresholds = { logs: 1, timestamps: 0, times: 1, certificateTimestamps: 1 };
  const { accepted, refusal } = verifyProvenance(artifact, {
    trust: { trustRoot, identities: [GITHUB], thresholds },
    builders: { builders, buildTypes: [], source: { uri: "urn:test" } },
    expected,
    candidates: [{ kind: "bundle", foundAt, bytes }],
  });
  return accepted === undefined ? `${refusal?.code}: ${refusal?.message}` : undefined;
}

function expectationsOf(row: Value, builderId: string): Expected {
  const inputs = Object.entries((memberOf(row, "inputs") ?? {}) as Readonly<Record<string, string>>);
  return {
    sourceUri: textOf(row, "source"),
    builderId,
    ...optional("branch", textOf(row, "pbranch")),
    ...optional("tag", textOf(row, "ptag")),
    ...optional("versionedTag", textOf(row, "pversiontag")),
    inputs: Object.fromEntries(inputs),
  };
}

function optional<K extends string>(name: K, value: string): Partial<Record<K, string>> {
  return value === "" ? {} : ({ [name]: value } as Record<K, string>);
}

function encodeEnvelopeOf(value: Value | undefined): Uint8Array {
  return encodeUtf8(JSON.stringify(value ?? null));
}

function statementOf(envelope: Uint8Array) {
  const decoded = decodeEnvelope(envelope);
  const statement = decoded.ok ? decodeStatement(decoded.value.payload) : undefined;
  if (statement?.ok !== true) return undefined;
  const { predicateType, predicate, subject } = statement.value;
  const provenance = decodeVersionedProvenance(predicateType, predicate);
  if (!provenance.ok) return undefined;
  const claims = readBuildClaims(provenance.value.provenance);
  return { claims, builderId: claims.builderId, digest: `sha256:${subject[0]?.digest["sha256"]}` as Digest };
}

/** Whom the certificate in an envelope names; nothing proves it here. */
function signerOf(envelope: Uint8Array): BuildSigner | undefined {
  const pem = textOf(listOf(readJson(envelope), "signatures")[0], "cert");
  const certificates = pem === "" ? undefined : decodeCertificatesPem(pem);
  const [certificate] = certificates?.ok === true ? certificates.value : [];
  const identity = certificate === undefined ? undefined : describeSigner(certificate);
  if (identity?.ok !== true) return undefined;
  const { subjects, issuer, extensions } = identity.value;
  const subject = subjects[0] ?? "";
  return { kind: "certificate", name: subject, subject, extensions, ...(issuer === undefined ? {} : { issuer }) };
}

function expectVerdict(name: string, accepted: boolean, cause: string | undefined): CaseResult {
  if (accepted === (cause === undefined)) return { case: name, passed: true };
  return { case: name, passed: false, message: accepted ? `refused: ${cause}` : "accepted" };
}
