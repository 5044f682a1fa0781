const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

/**
 * Every limit on input from outside, in one place. Sizes are bytes, times are milliseconds, the rest are counts.
 * An exceeded limit is an AmapError LIMIT_EXCEEDED (or DECOMPRESSION_LIMIT, TIMEOUT), never a truncated result.
 */
export const LIMITS = {
  /** A JSON or YAML document read into memory. */
  documentBytes: 128 * MiB,
  /** Nesting of a document. */
  documentDepth: 512,
  /** Bytes of files with objects that are read before the first object is judged, to say how many there are. */
  resourceLookAheadBytes: 2 * MiB,
  /** YAML nodes after alias expansion, against alias bombs. */
  yamlNodes: 5_000_000,
  yamlAliases: 1_000,
  /** Lines of a YAML stream that may be indented less than their bracket's key, and characters read again for them. */
  yamlRepairs: 1_000,
  yamlRepairCharacters: 8 * MiB,
  /** Values of a TOML document: tables, lists and what they hold. */
  tomlValues: 5_000_000,
  /** A document that is held against an official schema, and issues that are told of one. */
  schemaDocumentBytes: 64 * MiB,
  schemaIssues: 200,
  /** A CSAF document whose tests are run; its products, vulnerabilities and nested branches; what one test finds. */
  csafDocumentBytes: 16 * MiB,
  csafProducts: 20_000,
  csafVulnerabilities: 10_000,
  csafBranchDepth: 100,
  csafFindings: 50,
  /** Steps of the way from an SBOM's subject to a component with a finding; a longer one is not told. */
  dependencyPathSteps: 256,
  /** What rules beyond the schemas find in one SBOM. */
  sbomFindings: 1_000,
  /** Runs, and results of all runs, of one SARIF log; a message of one with its arguments put in. */
  sarifRuns: 1_000,
  sarifResults: 1_000_000,
  sarifMessageCharacters: 64 * KiB,
  /** Tests of one test report, and the nesting of its suites or subtests. */
  testCases: 1_000_000,
  testSuiteDepth: 64,
  /** Elements of an XML document, attributes of one of them, and the nesting of elements. */
  xmlElements: 5_000_000,
  xmlAttributes: 256,
  xmlDepth: 256,
  /** Digits of an integer in a document: converting them costs more than their number. */
  integerDigits: 1_000,
  /** Digits and exponent of a Kubernetes quantity. */
  quantityDigits: 256,
  quantityExponent: 1_000,
  /** A manifest or index (the distribution specification asks registries for 4 MiB). */
  manifestBytes: 4 * MiB,
  /** One attestation, bundle or signature blob (cosign's COSIGN_MAX_ATTACHMENT_SIZE). */
  attachmentBytes: 128 * MiB,
  /** All of an envelope or bundle but its long strings: values take fifty times the memory of their shortest text. */
  attachmentRestBytes: 4 * MiB,
  /** Signatures or attestations of one image that are looked at (cosign: 100 per fetch; more is refused, not cut). */
  attachments: 1_000,
  /** Referrers of an image of which some are to be removed: more pile up than are read for anything else. */
  cleanedReferrers: 10_000,
  /** What one of cosign's older signatures signs: a digest, and the signer's annotations. */
  simpleSigningBytes: 1 * MiB,
  /** One key ring, and the keys and identities in it. */
  keyRingBytes: 16 * MiB,
  keyRingEntries: 10_000,
  /** A list of builders; one value of a CI system's variables, a file of its facts, and facts given by flags or found. */
  builderListBytes: 4 * MiB,
  ciValueLength: 4 * KiB,
  ciFileBytes: 16 * MiB,
  ciFacts: 10_000,
  /** How long a tool may take to say its version. */
  toolMs: 10_000,
  /** Entries of another tool's file of ignored or analysed findings. */
  importedEntries: 200_000,
  /** Messages of one govulncheck stream, and frames from a program to vulnerable code. */
  reachabilityMessages: 1_000_000,
  reachabilityFrames: 1_000,
  /** One file of decisions about findings, the decisions in it, their products and components, and a text of one. */
  decisionsBytes: 16 * MiB,
  decisions: 10_000,
  decisionScopes: 20_000,
  decisionTextCharacters: 16 * KiB,
  /** Commits that change a file of decisions, of those that are looked through for who approved. */
  decisionCommits: 5_000,
  /** Pairs of a trusted key and a signature that are tried where nothing beside the signature names the key. */
  unnamedKeyTries: 1_024,
  /** Bytes that are hashed to find the trusted keys that made the signatures of one message. */
  signatureTryBytes: 512 * MiB,
  /** What a signed Kubernetes manifest's annotation holds, expanded; signatures beside it, and objects in it. */
  manifestMessageBytes: 4 * MiB,
  manifestSignatures: 32,
  manifestDocuments: 1_000,
  /** Signatures in one DSSE envelope. */
  envelopeSignatures: 16,
  /** A statement up to this size is read whole; of a larger one the predicate is made when it is asked for. */
  eagerStatementBytes: 64 * KiB,
  /** A payload up to this size is copied to be verified; a larger one stays where it is. */
  copiedPayloadBytes: 4 * MiB,
  /** Subjects of one in-toto Statement, and digests of one subject (as sigstore-go limits them). */
  statementSubjects: 1_024,
  subjectDigests: 32,
  /** One X.509 certificate, a file of certificates in PEM, and the certificates in it. */
  certificateBytes: 64 * KiB,
  certificatesPemBytes: 1 * MiB,
  certificates: 100,
  /** Extensions of one certificate, and names or constraints within one of them. */
  certificateExtensions: 100,
  certificateNames: 1_000,
  /** Signers' certificates that a verifier remembers to be good. */
  knownCertificates: 1_000,
  /** Certificates of one chain, and signatures that are checked to find it (as Go limits them). */
  certificateChain: 10,
  certificateChecks: 100,
  /** Certificates that a policy states in one place (as Kyverno limits a chain: ten between the first and the root). */
  givenCertificates: 12,
  /** Values within one DER value, and the nesting of all of them. */
  derValues: 10_000,
  derDepth: 32,
  /** Log entries and timestamps of one bundle (as sigstore-go limits them). */
  bundleLogEntries: 32,
  bundleTimestamps: 32,
  /** One signed timestamp with the certificates in it. */
  timestampBytes: 128 * KiB,
  /** The body of one log entry: hash, signatures and keys. */
  logEntryBodyBytes: 1 * MiB,
  /** Hashes of one inclusion proof: a tree of 2^64 entries has no longer path. */
  logProofHashes: 64,
  /** One checkpoint of a transparency log, and the signatures on it (as Go's notes limit them). */
  checkpointBytes: 64 * KiB,
  checkpointSignatures: 100,
  /** Certificate timestamps of one certificate. */
  certificateTimestamps: 16,
  /** A trusted root, and the logs or authorities of one kind in it. */
  trustRootBytes: 4 * MiB,
  trustRootServices: 256,
  /** One metadata file of a repository of trusted roots, the members of one object in it, and new roots in a row. */
  trustMetadataBytes: 512 * KiB,
  trustMetadataMembers: 1_024,
  trustRootRotations: 256,
  /** All that one refresh of such a repository may take. */
  trustRefreshMs: 60_000,
  /** All attachments of one image together, read before any of them is trusted. */
  attachmentsTotalBytes: 256 * MiB,
  /** Files among which manifests are looked for that a saved folder's index does not list. */
  layoutBlobs: 10_000,
  /** Attachments kept in memory for images that are asked about again. */
  attachmentsCacheBytes: 512 * MiB,
  /** Evidence that enforcement keeps in memory. */
  evidenceCacheBytes: 256 * MiB,
  /** Tags of one repository that are read to find attachments that no listing names. */
  scannedTags: 2_000,
  /** Pages of one listing that are followed. */
  listingPages: 100,
  /** Descriptors in one index. */
  indexManifests: 10_000,
  /** Pull secrets that are read for one Pod, and the logins in one of them (the API server limits a Secret). */
  pullSecrets: 16,
  pullSecretBytes: 1 * MiB,
  /** Layers of one image. */
  layers: 1_000,
  /** Uncompressed bytes of one layer. */
  layerBytes: 16 * GiB,
  /** How many times larger than its compressed form a layer may be, once it is over `layerRatioFloor`. */
  layerRatio: 200,
  layerRatioFloor: 64 * MiB,
  /** What an xz stream may ask to be remembered: its own presets need 64 MiB at most. */
  xzDictionaryBytes: 128 * MiB,
  /** Entries of one layer. */
  layerEntries: 2_000_000,
  /** Entries of one zip, and of one that advisories are imported from: npm's export has more. */
  zipEntries: 200_000,
  advisoryZipEntries: 2_000_000,
  /** Products of one CSAF advisory, with those that are made of others. */
  csafAdvisoryProducts: 1_000_000,
  /** A database of advisories that is pulled: its layer as it is sent, and the file that it expands to. */
  advisoryLayerBytes: 1 * GiB,
  advisoryDatabaseBytes: 16 * GiB,
  /** A file of advisories that is downloaded, kept beside the database until it is read; and how long all of its requests may take. */
  advisoryDownloadBytes: 1 * GiB,
  advisoryDownloadMs: 3_600_000,
  /** An archive that is opened for the files in it: it is held in memory as a whole. */
  openedArchiveBytes: 512 * MiB,
  /** How deep archives lie in one another, and the bytes that are taken out of one file with all archives in it. */
  openedArchiveDepth: 6,
  openedArchiveTotalBytes: 2 * GiB,
  /** One program that is looked into. */
  programBytes: 512 * MiB,
  /** One file that a cataloger reads. */
  catalogFileBytes: 64 * MiB,
  /** A lock file or manifest other than npm's own, and its lines where lines are what it is made of. */
  listFileBytes: 16 * MiB,
  listFileLines: 500_000,
  /** All files that catalogers read from one image. */
  catalogTotalBytes: 512 * MiB,
  /** Characters of one package version. */
  versionLength: 1_024,
  /** Components of one SBOM. */
  components: 500_000,
  /** Rules that fill what an SBOM does not state; each is held against every component. */
  enrichRules: 1_000,
  /** Packages, files, snippets and other elements of one SPDX tag-value document. */
  spdxElements: 2_000_000,
  /** Dependencies between the components of one SBOM, counted as packages state them and again as they are resolved. */
  dependencies: 2_000_000,
  /** A path inside an archive. */
  pathBytes: 4 * KiB,
  /** An image reference or a package URL, in UTF-16 code units. */
  referenceLength: 4 * KiB,
  /** Symbolic links followed for one file of an image (the kernel's own limit, path_resolution(7)). */
  linkDepth: 40,
  /** Path segments of links' targets walked for all files of one image: a target can hold thousands that lead nowhere. */
  linkSegments: 20_000_000,
  /** An answer of an HTTP service that is not a blob. */
  httpBodyBytes: 32 * MiB,
  httpRedirects: 5,
  /** Silence on a connection. */
  httpIdleMs: 30_000,
  /** One request with all its bytes. */
  httpTotalMs: 600_000,
  httpRetries: 3,
  /** A git checkout: what is fetched, and all files of the commit together; their number; the time for each step. */
  gitBytes: 512 * MiB,
  gitFiles: 100_000,
  gitMs: 300_000,
  /** A git history: its commits, the bytes of all of them, and the paths that they change; one file of a commit. */
  gitCommits: 200_000,
  gitHistoryBytes: 256 * MiB,
  gitHistoryPaths: 2_000_000,
  gitBlobBytes: 32 * MiB,
  /** A git working tree: the bytes of a list of its settings or files; submodules that are looked into, itself one. */
  gitListBytes: 64 * MiB,
  gitSubmodules: 1_000,
  /** Lines of a file of allowed signers, and the text of one signature of a commit. */
  allowedSigners: 100_000,
  gitSignatureCharacters: 64 * KiB,
  /** One layer of an image of policies, and all of them together. */
  policyLayerBytes: 16 * MiB,
  policyImageBytes: 128 * MiB,
  /** An expression's source text. */
  expressionBytes: 256 * KiB,
  expressionDepth: 250,
  /** Steps of a path, alternatives, pipes and the like that follow one another in a JMESPath expression. */
  expressionChain: 1_000,
  /** Schemas within one schema of a Kubernetes kind, all that it refers to included, and their nesting. */
  schemaNodes: 100_000,
  schemaDepth: 128,
  /** Steps of one evaluation of one rule, the variables it uses included. */
  evaluationSteps: 10_000_000,
  /** Steps of the rules of one policy over one object; those behind the rule that exceeds them are errors. */
  policySteps: 30_000_000,
  /** Steps that finding out why an expression failed may take. */
  explanationSteps: 200_000,
  /** Steps that the explanation of one rule tells. */
  explainedSteps: 5_000,
  /** Issues of one file that are told, each with its place. */
  reportedIssues: 100,
  /** Characters of one value in an explanation. */
  explainedCharacters: 240,
  /** Runs with an error that are explained although nobody asked for it. */
  explainedErrors: 10,
  /** Characters of JSON that all context entries of a rule add. */
  contextCharacters: 2 * MiB,
  /** What an expression may inflate from one gzip stream. */
  expressionInflateBytes: 16 * MiB,
  /** Characters of one text that an expression draws at random. */
  randomTextLength: 64 * KiB,
  /** A PEM text that an expression decodes. */
  expressionPemBytes: 64 * KiB,
  /** A URL that an expression asks for, its headers, and the characters of all of them together. */
  factUrlLength: 8 * KiB,
  factHeaders: 64,
  factHeaderCharacters: 16 * KiB,
  /** What an expression sends: characters of JSON. */
  factBodyLength: 1 * MiB,
  /** Facts loaded for one evaluation. */
  factLoads: 10_000,
  factBytes: 512 * MiB,
  /** Facts that a run over many objects remembers from one object to the next. */
  runFactBytes: 16 * MiB,
  /** Misses collected in one pass over independent parts before the pass ends. */
  factLookAhead: 64,
  /** Objects of one list that a policy asks the cluster for. */
  factListItems: 50_000,
  evaluationMs: 30_000,
  /** Items of one page of a list. */
  pageItems: 500,
  /** Documents, uses, policies and namespaces that one answer of the store holds. */
  storeDocuments: 1_000,
  storeUses: 200,
  storePolicies: 2_000,
  storeNamespaces: 200,
  /** Tags kept of one image, versions of one policy, and changes of results; the oldest go. */
  storeTags: 1_000,
  storePolicyVersions: 1_000,
  storeHistory: 1_000_000,
  /** Changes that the store remembers for those who watch. */
  storeChanges: 10_000,
  /** What a job is given as JSON. */
  jobPayloadBytes: 1 * MiB,
  /** An AdmissionReview as the API server sends it: it limits objects to 3 MiB of JSON, old and new one together. */
  admissionBytes: 8 * MiB,
  admissionDepth: 128,
  /** Objects in one page of a Kubernetes list, bytes of a page, and pages of one list. */
  clusterPageItems: 500,
  clusterPageBytes: 128 * MiB,
  clusterPages: 10_000,
  /** One Kubernetes object or event of a watch (etcd takes 1.5 MiB of the stored form, which is smaller than JSON). */
  clusterObjectBytes: 8 * MiB,
  /** Characters kept of a message of the Kubernetes API server. */
  clusterMessageLength: 16 * KiB,
  /** What is kept of one admission for replay. */
  replayBytes: 4 * MiB,
  /** A body sent to the server's API, and the connections that it holds at a time. */
  apiBodyBytes: 64 * KiB,
  serverConnections: 1_024,
  metricsConnections: 64,
  /** The whole head of a request, and the request with its body. */
  serverHeadersMs: 10_000,
  serverRequestMs: 30_000,
  /** Silence on a connection of the server; its event streams have a heartbeat. */
  serverIdleMs: 60_000,
  /** Event streams at a time, and what may wait for a slow reader of one before it is cut off. */
  eventStreams: 64,
  eventBacklogBytes: 256 * KiB,
  /** Refused logins in a minute: from one address, from all; and addresses that are remembered. */
  loginRefusalsPerAddress: 10,
  loginRefusals: 100,
  loginAddresses: 1_000,
  /** What a transparency log answers to a new entry. */
  logAnswerBytes: 4 * MiB,
  /** A public key as SubjectPublicKeyInfo, and the sizes of RSA moduli that are trusted. */
  publicKeyBytes: 16 * KiB,
  rsaKeyBitsMin: 2_048,
  rsaKeyBits: 8_192,
  /** The text of a private key; keys are far smaller, and the limit keeps a wrong file from being read as one. */
  privateKeyCharacters: 64 * KiB,
} as const;
