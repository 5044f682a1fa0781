/** One row of the error table: what a code means to the shell, to HTTP clients and to a person. */
export interface ErrorRow {
  /** Process exit code: 1 denied or unverified, 2 wrong use or a broken file, 3 a needed service failed, 70 a bug. */
  readonly exit: 1 | 2 | 3 | 70;
  /** HTTP status the server answers with. */
  readonly http: number;
  /** Whether the same call may succeed later without anything being changed. */
  readonly retryable: boolean;
  /** One line, shown as the heading in `docs/reference/errors.md`. */
  readonly title: string;
  /** The next thing to try. */
  readonly hint: string;
}

const row = (exit: ErrorRow["exit"], http: number, retryable: boolean, title: string, hint: string): ErrorRow => ({
  exit,
  http,
  retryable,
  title,
  hint,
});

/**
 * Every code that amap can end with. The reference page is generated from this table, and a test proves that each
 * code is used somewhere and that none is missing.
 */
export const ERROR_CODES = {
  // Use and configuration
  USAGE: row(2, 400, false, "The command was called in a way it does not understand", "Run the command with --help."),
  NOT_SUPPORTED: row(
    2,
    501,
    false,
    "amap does not support this yet",
    "The message names what is missing; CHANGELOG.md and the READMEs of the rooms list what is not supported yet.",
  ),
  FILE_NOT_FOUND: row(
    2,
    404,
    false,
    "A file or folder does not exist",
    "Check the path; relative paths start at the working directory.",
  ),
  FILE_UNREADABLE: row(
    2,
    400,
    false,
    "A file could not be read or written",
    "Check its permissions and that it is a regular file.",
  ),
  LIMIT_EXCEEDED: row(
    2,
    413,
    false,
    "Input is larger than amap accepts",
    "The message names the limit and the size found. See docs/reference/limits.md.",
  ),
  // Text and documents
  JSON_INVALID: row(2, 400, false, "A JSON document is not valid", "The message gives line and column."),
  YAML_INVALID: row(2, 400, false, "A YAML document is not valid", "The message gives line and column."),
  VALUE_INVALID: row(
    2,
    400,
    false,
    "A value does not have the form it must have",
    "The message says what was expected and what was found.",
  ),
  DOCUMENT_INVALID: row(
    2,
    400,
    false,
    "A metadata document does not follow its format",
    "Every issue is listed with its path.",
  ),
  LOCKFILE_INVALID: row(
    2,
    400,
    false,
    "A package lock file cannot be read",
    "Repair or regenerate the lock file with its package manager.",
  ),
  PACKAGE_DATABASE_INVALID: row(
    2,
    400,
    false,
    "An operating system's package database cannot be read",
    "The image may be damaged; look at the path in the message.",
  ),
  REFERENCE_INVALID: row(
    2,
    400,
    false,
    "An image reference cannot be parsed",
    "Write registry/repository:tag, registry/repository@sha256:…, or oci:DIRECTORY[:tag|@digest].",
  ),
  // Stored artifacts
  LAYOUT_INVALID: row(
    2,
    400,
    false,
    "The folder is not a complete OCI layout",
    "It needs oci-layout, index.json and blobs/sha256.",
  ),
  MANIFEST_INVALID: row(
    2,
    502,
    false,
    "A manifest or index is malformed",
    "The stored artifact is damaged; push it again.",
  ),
  MANIFEST_NOT_FOUND: row(
    2,
    404,
    false,
    "No such image, tag or digest",
    "List what is there with `amap tree`, or check the tag.",
  ),
  BLOB_NOT_FOUND: row(
    2,
    404,
    false,
    "A blob that a manifest names is missing",
    "The stored artifact is incomplete; push it again.",
  ),
  BLOB_DIGEST_MISMATCH: row(
    1,
    502,
    false,
    "Stored bytes do not have the digest they are stored under",
    "The artifact was changed or damaged after it was written. Do not use it.",
  ),
  BLOB_SIZE_MISMATCH: row(
    1,
    502,
    false,
    "Stored bytes do not have the size their descriptor states",
    "The artifact was changed or damaged after it was written. Do not use it.",
  ),
  STORAGE_CONFLICT: row(3, 409, true, "Another writer changed the same tag at the same time", "Run the command again."),
  LAYER_UNSAFE: row(
    1,
    400,
    false,
    "A layer holds a path or link that leaves the image's root",
    "The image is malformed or hostile. Do not use it.",
  ),
  ARCHIVE_INVALID: row(
    2,
    400,
    false,
    "An archive or compressed stream is damaged",
    "Fetch or build the artifact again.",
  ),
  DECOMPRESSION_LIMIT: row(
    2,
    413,
    false,
    "Compressed input expands beyond the limit",
    "The artifact is larger than amap accepts, or is a decompression bomb.",
  ),
  // Services
  REGISTRY_UNREACHABLE: row(
    3,
    502,
    true,
    "The registry cannot be reached",
    "Check the host name, the network and --allow-http-registry for plain HTTP.",
  ),
  REGISTRY_UNAUTHORIZED: row(
    3,
    502,
    false,
    "The registry refused the credentials",
    "Log in with `docker login`, or pass --registry-username and --registry-password.",
  ),
  REGISTRY_FORBIDDEN: row(
    3,
    502,
    false,
    "The registry refused this action for these credentials",
    "Ask for pull or push permission on the repository.",
  ),
  REGISTRY_RATE_LIMITED: row(
    3,
    503,
    true,
    "The registry asks to slow down",
    "Wait, or log in: anonymous limits are lower.",
  ),
  REGISTRY_FAILED: row(
    3,
    502,
    true,
    "The registry answered with an error",
    "The message gives the status; try again later.",
  ),
  REGISTRY_PROTOCOL: row(
    3,
    502,
    false,
    "The registry's answer does not follow the OCI distribution specification",
    "Check that the address is a registry's.",
  ),
  CREDENTIAL_HELPER_FAILED: row(
    3,
    502,
    false,
    "A docker credential helper failed",
    "Run docker-credential-NAME by hand; it is named in docker's config.json.",
  ),
  GIT_FAILED: row(
    3,
    502,
    true,
    "A git repository cannot be fetched",
    "Check the address and the network, and that git is installed (2.31 or newer).",
  ),
  GIT_NOT_FOUND: row(
    2,
    404,
    false,
    "There is no such git repository or branch",
    "Check the address and --git-branch; without it the part behind the repository is the branch.",
  ),
  GIT_UNAUTHORIZED: row(
    3,
    502,
    false,
    "The git server refused the credentials, or wants some",
    "Check the user name and the password or token; a private repository looks like one that is not there.",
  ),
  TIMEOUT: row(3, 504, true, "A deadline passed", "Raise --timeout, or try again."),
  OFFLINE: row(
    2,
    400,
    false,
    "A network address was needed while --offline is set",
    "Leave out --offline, or use an OCI layout.",
  ),
  DATABASE_INVALID: row(
    2,
    400,
    false,
    "The advisory database cannot be read",
    "Import it again with `amap db import`.",
  ),
  // Keys and signatures
  KEY_INVALID: row(
    2,
    400,
    false,
    "A key cannot be read",
    "Expected a PEM block as `amap generate-key-pair` or cosign writes it.",
  ),
  KEY_UNSUPPORTED: row(
    2,
    400,
    false,
    "The key's algorithm or encryption is not supported",
    "Use a P-256 key as `amap generate-key-pair` makes.",
  ),
  KEY_PASSWORD: row(
    2,
    400,
    false,
    "The password does not open the key",
    "Set COSIGN_PASSWORD to the password the key was made with.",
  ),
  NO_SIGNATURES: row(
    1,
    403,
    false,
    "The image has no signatures or attestations of this kind",
    "Check that this is the digest that was published; `amap tree` shows what is attached to it.",
  ),
  SIGNATURE_INVALID: row(
    1,
    403,
    false,
    "A signature does not verify with the key it claims",
    "Check that the key is the signer's; if it is, the signed bytes or the signature were changed.",
  ),
  SIGNER_UNKNOWN: row(
    1,
    403,
    false,
    "A signature was made by a key that is not trusted here",
    "Check --key, or the policy's attestors.",
  ),
  SUBJECT_MISMATCH: row(
    1,
    403,
    false,
    "A statement speaks about another artifact",
    "The attestation was moved from another image, or the image was changed.",
  ),
  EVIDENCE_FROM_THE_FUTURE: row(
    1,
    403,
    false,
    "An attestation is dated after the moment of the check",
    "Compare the clock of its signer with the one here, then make and sign the document again.",
  ),
  EVIDENCE_ROLLED_BACK: row(
    1,
    403,
    false,
    "Evidence that was seen before is gone, and only older or none is left",
    "Somebody deleted it from the registry. Find out who, then attest again: a newer document clears it.",
  ),
  PREDICATE_TYPE_MISMATCH: row(
    1,
    403,
    false,
    "A statement is of another predicate type than the one asked for",
    "Check --type.",
  ),
  ENVELOPE_INVALID: row(1, 403, false, "A DSSE envelope is malformed", "The attestation is damaged; attach it again."),
  STATEMENT_INVALID: row(
    1,
    403,
    false,
    "An in-toto Statement is malformed",
    "The attestation is damaged; make it again.",
  ),
  BUNDLE_INVALID: row(1, 403, false, "A Sigstore bundle is malformed", "The bundle is damaged; sign again."),
  BUNDLE_UNSUPPORTED: row(
    1,
    403,
    false,
    "A Sigstore bundle needs verification material that amap does not check yet",
    "Keyless (certificate) bundles are not supported yet; sign with a key.",
  ),
  PAYLOAD_INVALID: row(1, 403, false, "A simple signing payload is malformed", "The signature is damaged; sign again."),
  CLAIM_MISMATCH: row(1, 403, false, "A signature's annotations are not the ones asked for", "Check -a key=value."),
  // Policies
  POLICY_INVALID: row(
    2,
    400,
    false,
    "A policy is not valid",
    "Every issue is listed with its path; a field that is not understood is refused.",
  ),
  POLICY_DIGEST_MISMATCH: row(
    1,
    403,
    false,
    "A policy does not have the digest it is pinned to",
    "The policy was changed after it was pinned.",
  ),
  EXPRESSION_INVALID: row(
    2,
    400,
    false,
    "An expression cannot be compiled",
    "The message points at the place in the expression.",
  ),
  EXPRESSION_FAILED: row(
    1,
    403,
    false,
    "An expression failed while it was evaluated",
    "The message points at the place in the expression.",
  ),
  VARIABLE_NOT_FOUND: row(
    1,
    403,
    false,
    "A policy reads a key that is not there",
    "Give a default where it may be absent: {{ request.object.metadata.labels.app || '' }}.",
  ),
  BUDGET_EXCEEDED: row(
    1,
    403,
    false,
    "An evaluation used more steps, loads or time than allowed",
    "Simplify the policy, or raise the budget.",
  ),
  FACT_FAILED: row(
    3,
    502,
    true,
    "Something a policy asked for could not be loaded",
    "The message names it; a failed look-up never counts as absent.",
  ),
  NOT_FOUND: row(2, 404, false, "There is no such thing in the store", "List what there is, and check the name."),
  SESSION_REQUIRED: row(2, 401, false, "There is no session", "Sign in with a one-time token: amap token."),
  SESSION_FORBIDDEN: row(
    2,
    403,
    false,
    "The request may come from another site, or the role is not enough",
    "Use the dashboard's own page, or another account.",
  ),
  LOGIN_REFUSED: row(2, 401, false, "The one-time token is wrong, used or expired", "Make a new one with amap token."),
  // The dashboard's server
  ROUTE_UNKNOWN: row(2, 404, false, "The API has no such address or method", "See docs/reference/openapi.json."),
  REQUEST_INVALID: row(
    2,
    400,
    false,
    "A request to the API has something that it does not take, or lacks something",
    "The detail names each place; unknown parameters are refused. See docs/reference/openapi.json.",
  ),
  MEDIA_TYPE_REFUSED: row(
    2,
    415,
    false,
    "A request's body is not JSON",
    "Send it with Content-Type: application/json.",
  ),
  HOST_REFUSED: row(
    2,
    421,
    false,
    "The request was sent to a name that this server does not have",
    "Start the server with --public-host NAME, or use the address that it printed.",
  ),
  RATE_LIMITED: row(3, 429, true, "Too many requests", "Wait for as long as Retry-After says."),
  // The store
  STORE_UNAVAILABLE: row(3, 503, true, "The store cannot be used", "Check the path, or PostgreSQL and its address."),
  STORE_INVALID: row(
    3,
    500,
    false,
    "The store holds something that this amap cannot read",
    "Use the amap that wrote it, or a newer one; keep a copy before repairing.",
  ),
  // The cluster
  CLUSTER_UNAVAILABLE: row(
    3,
    502,
    true,
    "The Kubernetes API server did not answer",
    "Check the kubeconfig's server and the network.",
  ),
  CLUSTER_UNAUTHORIZED: row(
    3,
    502,
    false,
    "The Kubernetes API server does not know this user",
    "Check the kubeconfig's credentials or the service account.",
  ),
  CLUSTER_FORBIDDEN: row(
    3,
    502,
    false,
    "The Kubernetes API server does not allow this",
    "Compare the service account's roles with the ones in deploy/.",
  ),
  CLUSTER_NOT_FOUND: row(
    3,
    502,
    false,
    "The Kubernetes API server does not have this object or kind",
    "Install the CRDs in deploy/ if a kind is missing.",
  ),
  CLUSTER_CONFLICT: row(
    3,
    409,
    true,
    "The object was changed by somebody else meanwhile",
    "Read it again and repeat the change.",
  ),
  CLUSTER_REFUSED: row(
    3,
    502,
    false,
    "The Kubernetes API server refused the object",
    "The server's own message says what is wrong with it.",
  ),
  KUBECONFIG_INVALID: row(
    2,
    400,
    false,
    "The kubeconfig cannot be used",
    "Name another with --kubeconfig, or run inside a Pod with a service account.",
  ),
  CERTIFICATE_INVALID: row(1, 403, false, "A certificate cannot be read", "Expected X.509 in PEM."),
  // amap itself
  BUG: row(70, 500, false, "amap has a bug", "Please report it with the output of --verbose."),
} as const satisfies Record<string, ErrorRow>;

/** A key of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;
