import type { Verb } from "./verb.ts";

/** A verb as the help lists it; its flags and its code are loaded only when it is called. */
export interface VerbEntry {
  /** `sign`, or with its group: `vex create`. */
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Verb>;
}

/** Every verb, in the order of the help. */
export const VERBS: readonly VerbEntry[] = [
  {
    name: "demo",
    summary: "Run the whole chain once on an image built on the spot",
    load: async () => (await import("./commands/demo.ts")).demo,
  },
  {
    name: "controller",
    summary: "Enforce policies in a cluster: the admission webhook, the background scan and policy reports",
    load: async () => (await import("./commands/controller.ts")).controller,
  },
  {
    name: "serve",
    summary: "Serve the API and the dashboard",
    load: async () => (await import("./commands/serve.ts")).serve,
  },
  {
    name: "token",
    summary: "Make a one-time token to sign in to the dashboard",
    load: async () => (await import("./commands/serve.ts")).token,
  },
  {
    name: "produce",
    summary: "Make SBOM, scan and VEX of an image, sign it and attest them all, by a small configuration file",
    load: async () => (await import("./commands/documents.ts")).produce,
  },
  {
    name: "apply",
    summary: "Apply policies to objects and say what comes of it",
    load: async () => (await import("./commands/apply.ts")).apply,
  },
  {
    name: "test",
    summary: "Run tests of policies (kyverno-test.yaml)",
    load: async () => (await import("./commands/test.ts")).test,
  },
  {
    name: "sbom",
    summary: "Make the SBOM of an image, a folder or a file",
    load: async () => (await import("./commands/sbom.ts")).sbom,
  },
  {
    name: "sbom convert",
    summary: "Write an SBOM in another form or version, and tell what it does not say any more",
    load: async () => (await import("./commands/sbom-convert.ts")).sbomConvert,
  },
  {
    name: "sbom validate",
    summary: "Hold SBOMs against the official schemas and the rules beyond them",
    load: async () => (await import("./commands/sbom-validate.ts")).sbomValidate,
  },
  {
    name: "sbom score",
    summary: "Score SBOMs by the minimum elements of the NTIA, CISA and the BSI",
    load: async () => (await import("./commands/sbom-score.ts")).sbomScore,
  },
  {
    name: "sbom enrich",
    summary: "Fill what an SBOM does not state by rules or from another SBOM, marked as inferred",
    load: async () => (await import("./commands/sbom-enrich.ts")).sbomEnrich,
  },
  {
    name: "sbom diff",
    summary: "Compare two SBOMs",
    load: async () => (await import("./commands/sbom-diff.ts")).sbomDiff,
  },
  {
    name: "sbom merge",
    summary: "Make one SBOM of several",
    load: async () => (await import("./commands/sbom-merge.ts")).sbomMerge,
  },
  {
    name: "sbom search",
    summary: "Find the SBOMs that contain a package, a name, a CPE, a hash or a licence",
    load: async () => (await import("./commands/sbom-search.ts")).sbomSearch,
  },
  {
    name: "scan",
    summary: "Match an artifact or an SBOM with the vulnerability database",
    load: async () => (await import("./commands/scan.ts")).scan,
  },
  {
    name: "rescan",
    summary: "Bring the stored scans of a folder of SBOMs up to date, matching again only what an update changed",
    load: async () => (await import("./commands/rescan.ts")).rescan,
  },
  {
    name: "db import",
    summary: "Import advisories (OSV, CSAF), EPSS scores, KEV and CVE records: files, folders, zips and addresses",
    load: async () => (await import("./commands/db.ts")).dbImport,
  },
  {
    name: "db status",
    summary: "Show the database's age and coverage",
    load: async () => (await import("./commands/db.ts")).dbStatus,
  },
  {
    name: "db update",
    summary: "Bring the database up to date from where it came from: its files, its addresses, or a registry",
    load: async () => (await import("./commands/db-images.ts")).dbUpdate,
  },
  {
    name: "db export",
    summary: "Write the database into one file, as of one state",
    load: async () => (await import("./commands/db.ts")).dbExport,
  },
  {
    name: "db push",
    summary: "Push the database to a registry as a signed artifact",
    load: async () => (await import("./commands/db-images.ts")).dbPush,
  },
  {
    name: "db pull",
    summary: "Pull a database from a registry, verified before it is used",
    load: async () => (await import("./commands/db-images.ts")).dbPull,
  },
  {
    name: "vex create",
    summary: "Make a VEX document (OpenVEX, CSAF or CycloneDX) in which every finding of a scan has a statement",
    load: async () => (await import("./commands/documents.ts")).vexCreate,
  },
  {
    name: "vex add",
    summary: "Add a statement to an OpenVEX document, or begin one",
    load: async () => (await import("./commands/vex-add.ts")).vexAdd,
  },
  {
    name: "vex merge",
    summary: "Make one OpenVEX document of several, and tell where they contradict each other",
    load: async () => (await import("./commands/vex-merge.ts")).vexMerge,
  },
  {
    name: "vex filter",
    summary: "Keep some statements of a VEX document",
    load: async () => (await import("./commands/vex-filter.ts")).vexFilter,
  },
  {
    name: "vex explain",
    summary: "Tell what each VEX statement matches in an artifact, or exactly why it matches nothing",
    load: async () => (await import("./commands/vex-explain.ts")).vexExplain,
  },
  {
    name: "vex validate",
    summary: "Hold VEX documents against all rules of OpenVEX, CSAF and CycloneDX",
    load: async () => (await import("./commands/vex-validate.ts")).vexValidate,
  },
  {
    name: "vex convert",
    summary: "Write a VEX document as OpenVEX, CSAF or CycloneDX, and say what the other format cannot say",
    load: async () => (await import("./commands/vex-convert.ts")).vexConvert,
  },
  {
    name: "decisions check",
    summary: "Tell which decisions about findings count, and why others do not: unproven, expired, in conflict",
    load: async () => (await import("./commands/decisions.ts")).decisionsCheck,
  },
  {
    name: "decisions compile",
    summary: "Make VEX and the risk-acceptance predicate of the decisions that count for a product",
    load: async () => (await import("./commands/decisions.ts")).decisionsCompile,
  },
  {
    name: "triage",
    summary:
      "Go through the findings that nobody has decided about, the worst first, and write the decisions to a file",
    load: async () => (await import("./commands/triage.ts")).triage,
  },
  {
    name: "decisions import",
    summary: "Take over what Trivy's, grype's, osv-scanner's or Dependency-Track's files decide, as unapproved entries",
    load: async () => (await import("./commands/decisions-import.ts")).decisionsImport,
  },
  {
    name: "provenance create",
    summary: "Write a SLSA provenance v1 predicate from the facts of a build",
    load: async () => (await import("./commands/provenance.ts")).provenanceCreate,
  },
  {
    name: "provenance verify",
    summary: "Verify that images or files come from a source, by a builder; tells the SLSA build level and why",
    load: async () => (await import("./commands/provenance-verify.ts")).provenanceVerify,
  },
  {
    name: "vsa verify",
    summary: "Verify a SLSA verification summary: who verified an artifact, and to which levels",
    load: async () => (await import("./commands/provenance-summary.ts")).vsaVerify,
  },
  {
    name: "sast import",
    summary: "Read a SARIF log of static analysis: a summary for policies, or the predicate to attest it with",
    load: async () => (await import("./commands/sast.ts")).sastImport,
  },
  {
    name: "test-results import",
    summary: "Read test reports (JUnit XML, TAP): a summary, or the predicate to attest them with",
    load: async () => (await import("./commands/test-results.ts")).testResultsImport,
  },
  {
    name: "review create",
    summary: "Tell who wrote and who reviewed every commit, by git and a forge's data, and write a Source VSA",
    load: async () => (await import("./commands/review.ts")).reviewCreate,
  },
  {
    name: "generate-key-pair",
    summary: "Make a P-256 key pair in cosign's encrypted format",
    load: async () => (await import("./commands/keys.ts")).generateKeyPairVerb,
  },
  {
    name: "import-key-pair",
    summary: "Encrypt a private key of another tool as cosign does",
    load: async () => (await import("./commands/keys.ts")).importKeyPairVerb,
  },
  {
    name: "public-key",
    summary: "Print the public key of a private key",
    load: async () => (await import("./commands/keys.ts")).publicKey,
  },
  {
    name: "initialize",
    summary: "Get the trusted root of the public Sigstore, or of another one, and keep it for later",
    load: async () => (await import("./commands/initialize.ts")).initialize,
  },
  {
    name: "signing-config create",
    summary: "Write down which services sign: certificate authorities, logs and timestamp authorities",
    load: async () => (await import("./commands/signing-config.ts")).signingConfigCreate,
  },
  { name: "sign", summary: "Sign images", load: async () => (await import("./commands/sign.ts")).sign },
  {
    name: "attest",
    summary: "Attest a predicate about images",
    load: async () => (await import("./commands/attest.ts")).attest,
  },
  {
    name: "verify",
    summary: "Verify the signatures of images",
    load: async () => (await import("./commands/verify.ts")).verify,
  },
  {
    name: "verify-attestation",
    summary: "Verify the attestations of images",
    load: async () => (await import("./commands/verify.ts")).verifyAttestation,
  },
  {
    name: "manifest verify",
    summary: "Verify the signatures of all images that Kubernetes manifests name",
    load: async () => (await import("./commands/manifest-verify.ts")).manifestVerify,
  },
  {
    name: "dockerfile verify",
    summary: "Verify the signatures of all images that a Dockerfile is built from",
    load: async () => (await import("./commands/dockerfile-verify.ts")).dockerfileVerify,
  },
  {
    name: "sign-blob",
    summary: "Sign a file into a Sigstore bundle",
    load: async () => (await import("./commands/sign-blob.ts")).signBlobVerb,
  },
  {
    name: "attest-blob",
    summary: "Sign a statement about a file into a Sigstore bundle",
    load: async () => (await import("./commands/sign-blob.ts")).attestBlobVerb,
  },
  {
    name: "verify-blob",
    summary: "Verify a bundle of a signature over a file",
    load: async () => (await import("./commands/verify-blob.ts")).verifyBlobVerb,
  },
  {
    name: "verify-blob-attestation",
    summary: "Verify a bundle of an attestation about a file",
    load: async () => (await import("./commands/verify-blob.ts")).verifyBlobAttestationVerb,
  },
  {
    name: "bundle create",
    summary: "Make a Sigstore bundle of a signature and what proves it",
    load: async () => (await import("./commands/bundle.ts")).bundleCreate,
  },
  {
    name: "bundle inspect",
    summary: "Show what a Sigstore bundle states, unverified",
    load: async () => (await import("./commands/bundle.ts")).bundleInspect,
  },
  {
    name: "bundle upgrade",
    summary: "Make a Sigstore bundle of version 0.1 or 0.2 one of 0.3",
    load: async () => (await import("./commands/bundle.ts")).bundleUpgrade,
  },
  {
    name: "trusted-root create",
    summary: "Write a Sigstore trusted root of given logs and authorities",
    load: async () => (await import("./commands/trusted-root.ts")).trustedRootCreate,
  },
  {
    name: "key-ring create",
    summary: "Write a key ring: whom to trust, and when",
    load: async () => (await import("./commands/key-ring.ts")).keyRingCreate,
  },
  {
    name: "key-ring add",
    summary: "Add a key or an identity to a key ring",
    load: async () => (await import("./commands/key-ring.ts")).keyRingAdd,
  },
  {
    name: "key-ring show",
    summary: "Show the entries of a key ring, and how each stands now",
    load: async () => (await import("./commands/key-ring.ts")).keyRingShow,
  },
  {
    name: "key-ring rotate",
    summary: "Let a new key or identity take over from an older one; --dry-run says what would stop verifying",
    load: async () => (await import("./commands/key-ring.ts")).keyRingRotate,
  },
  {
    name: "key-ring retire",
    summary: "Retire a key or an identity; --dry-run says what would stop verifying",
    load: async () => (await import("./commands/key-ring.ts")).keyRingRetire,
  },
  {
    name: "key-ring check",
    summary: "Say what verifies by a key ring now, and what would not at a later time",
    load: async () => (await import("./commands/key-ring.ts")).keyRingCheck,
  },
  {
    name: "tree",
    summary: "Show what is attached to an image and its platforms, unverified",
    load: async () => (await import("./commands/tree.ts")).tree,
  },
  {
    name: "copy",
    summary: "Copy an image with its platforms and all that stands beside them",
    load: async () => (await import("./commands/copy.ts")).copy,
  },
  {
    name: "save",
    summary: "Save an image with all that stands beside it into a folder",
    load: async () => (await import("./commands/copy.ts")).save,
  },
  {
    name: "load",
    summary: "Load a saved image into a registry",
    load: async () => (await import("./commands/copy.ts")).load,
  },
  {
    name: "attach attestation",
    summary: "Attach attestations that were signed elsewhere",
    load: async () => (await import("./commands/attachments.ts")).attachAttestation,
  },
  {
    name: "attach signature",
    summary: "Attach a signature that was made elsewhere",
    load: async () => (await import("./commands/attachments.ts")).attachSignatureVerb,
  },
  {
    name: "attach sbom",
    summary: "Attach an unsigned SBOM (deprecated in cosign)",
    load: async () => (await import("./commands/attachments.ts")).attachSbom,
  },
  {
    name: "download signature",
    summary: "Print the signatures beside an image, unverified",
    load: async () => (await import("./commands/download.ts")).downloadSignature,
  },
  {
    name: "download attestation",
    summary: "Print the attestations beside an image, unverified",
    load: async () => (await import("./commands/download.ts")).downloadAttestation,
  },
  {
    name: "download sbom",
    summary: "Print the unsigned SBOM beside an image",
    load: async () => (await import("./commands/download.ts")).downloadSbomDocument,
  },
  {
    name: "triangulate",
    summary: "Print where cosign's tags of an image are",
    load: async () => (await import("./commands/attachments.ts")).triangulateVerb,
  },
  {
    name: "clean",
    summary: "Remove signatures, attestations and SBOMs from an image",
    load: async () => (await import("./commands/clean.ts")).clean,
  },
  {
    name: "login",
    summary: "Log in to a registry, for every program that reads docker's configuration",
    load: async () => (await import("./commands/login.ts")).login,
  },
  {
    name: "logout",
    summary: "Remove a registry's login",
    load: async () => (await import("./commands/login.ts")).logout,
  },
  {
    name: "env",
    summary: "Print the environment variables that amap reads",
    load: async () => (await import("./commands/environment.ts")).environment,
  },
  {
    name: "upload blob",
    summary: "Upload files to a registry, each as an image",
    load: async () => (await import("./commands/upload.ts")).uploadBlob,
  },
  {
    name: "upload wasm",
    summary: "Upload a wasm module to a registry",
    load: async () => (await import("./commands/upload.ts")).uploadWasmVerb,
  },
  {
    name: "generate",
    summary: "Print what a signature of an image would be over, for signing with another tool",
    load: async () => (await import("./commands/generate.ts")).generate,
  },
  {
    name: "check",
    summary: "Collect and verify the evidence of images, and decide by policies as admission would",
    load: async () => (await import("./commands/check.ts")).check,
  },
  {
    name: "jp query",
    summary: "Evaluate JMESPath expressions on a document, with Kyverno's functions",
    load: async () => (await import("./commands/jp.ts")).jpQuery,
  },
  {
    name: "jp function",
    summary: "List the JMESPath functions, or show some",
    load: async () => (await import("./commands/jp.ts")).jpFunction,
  },
  {
    name: "jp parse",
    summary: "Show the syntax tree of JMESPath expressions",
    load: async () => (await import("./commands/jp.ts")).jpParse,
  },
  {
    name: "create test",
    summary: "Write a new kyverno-test.yaml",
    load: async () => (await import("./commands/create.ts")).createTest,
  },
  {
    name: "create values",
    summary: "Write a new values file",
    load: async () => (await import("./commands/create.ts")).createValues,
  },
  {
    name: "create user-info",
    summary: "Write a new user info file",
    load: async () => (await import("./commands/create.ts")).createUserInfo,
  },
  {
    name: "create exception",
    summary: "Write a new PolicyException",
    load: async () => (await import("./commands/create.ts")).createException,
  },
  {
    name: "create metrics-config",
    summary: "Write the ConfigMap of Kyverno's metrics",
    load: async () => (await import("./commands/create.ts")).createMetricsConfig,
  },
  {
    name: "create cluster-role",
    summary: "Write a ClusterRole that gives rights to Kyverno's controllers",
    load: async () => (await import("./commands/create.ts")).createClusterRole,
  },
  {
    name: "fix policy",
    summary: "Rewrite policies in the fields and operators of today",
    load: async () => (await import("./commands/fix.ts")).fixPolicy,
  },
  {
    name: "fix test",
    summary: "Rewrite test files in the fields of today",
    load: async () => (await import("./commands/fix.ts")).fixTest,
  },
  {
    name: "convert-policy",
    summary: "Write policies of kyverno.io, sigstore and Notation as kinds of policies.kyverno.io, with proof",
    load: async () => (await import("./commands/convert-policy.ts")).convertPolicy,
  },
  {
    name: "docs",
    summary: "Write the reference of the command line, a Markdown file for each command",
    load: async () => (await import("./commands/docs.ts")).docs,
  },
  {
    name: "oci push",
    summary: "Push policies to an OCI registry as an image",
    load: async () => (await import("./commands/oci.ts")).ociPush,
  },
  {
    name: "oci pull",
    summary: "Pull the policies of an image to a folder",
    load: async () => (await import("./commands/oci.ts")).ociPull,
  },
  {
    name: "oci doctor",
    summary: "Find what is wrong with attachments of an image, and mend what can be mended",
    load: async () => (await import("./commands/oci-doctor.ts")).ociDoctor,
  },
  {
    name: "explain",
    summary: "Make a stored admission decision again, step by step; without one, list the newest",
    load: async () => (await import("./commands/explain.ts")).explain,
  },
  {
    name: "version",
    summary: "Print the version",
    load: async () => (await import("./commands/version.ts")).version,
  },
];
