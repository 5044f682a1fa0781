/** One variable of the environment that amap reads. */
interface EnvironmentVariable {
  readonly name: string;
  /** What it does, as the rest of a sentence that begins with its name. */
  readonly description: string;
  readonly expects: string;
  /** Its value is shown only on request. */
  readonly isSensitive?: boolean;
}

/** Every variable that amap reads, in order. */
export const ENVIRONMENT_VARIABLES: readonly EnvironmentVariable[] = [
  {
    name: "ALL_PROXY",
    description: "is the proxy for addresses that HTTP_PROXY and HTTPS_PROXY say nothing about",
    expects: "an http, https or socks5 address",
    isSensitive: true,
  },
  {
    name: "AMAP_DATABASE",
    description: "is the advisory database, where --database does not name another",
    expects: "the path of a file",
  },
  {
    name: "AMAP_STORE",
    description: "is the store of `serve`, `token` and `explain`",
    expects: "a postgres:// address or the path of a file",
    isSensitive: true,
  },
  { name: "COLUMNS", description: "is the width of output that is not a terminal", expects: "a number" },
  {
    name: "CONTAINERS_REGISTRIES_CONF",
    description: "names registries and their mirrors, where --registries-conf does not",
    expects: "the path of a file, or system",
  },
  {
    name: "COSIGN_PASSWORD",
    description: "opens private keys",
    expects: "a password; it may be empty",
    isSensitive: true,
  },
  {
    name: "COSIGN_REPOSITORY",
    description: "holds signatures and attestations in place of each image's own repository",
    expects: "a repository without tag or digest",
  },
  { name: "DOCKER_CONFIG", description: "is the folder of docker's config.json", expects: "the path of a folder" },
  { name: "FORCE_COLOR", description: "asks for colours where there is no terminal", expects: "any text" },
  { name: "GITHUB_ACTOR", description: "is the user name that goes with GITHUB_TOKEN", expects: "a user name" },
  {
    name: "GITHUB_TOKEN",
    description: "logs in to ghcr.io where --k8s-keychain is given",
    expects: "a token made by GitHub",
    isSensitive: true,
  },
  {
    name: "HOME",
    description: "is where settings of docker, Kubernetes and amap are",
    expects: "the path of a folder",
  },
  {
    name: "HTTPS_PROXY",
    description: "is the proxy for https addresses",
    expects: "an http, https or socks5 address",
    isSensitive: true,
  },
  {
    name: "HTTP_PROXY",
    description: "is the proxy for http addresses",
    expects: "an http, https or socks5 address",
    isSensitive: true,
  },
  { name: "KUBECONFIG", description: "says how to reach the cluster", expects: "paths of files" },
  { name: "NO_COLOR", description: "switches colours off", expects: "any text" },
  {
    name: "NO_PROXY",
    description: "names hosts that are asked without a proxy",
    expects: "names, addresses and networks, separated by commas",
  },
  {
    name: "REGISTRY_AUTH_FILE",
    description: "holds logins as podman writes them",
    expects: "the path of a file",
  },
  {
    name: "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE",
    description: "is the key of the certificate log, in place of the trusted root's",
    expects: "the path of a file in PEM",
  },
  {
    name: "SIGSTORE_REKOR_PUBLIC_KEY",
    description: "is the key of the transparency log, in place of the trusted root's",
    expects: "the path of a file in PEM",
  },
  {
    name: "SIGSTORE_ROOT_FILE",
    description: "holds the certificate authority, in place of the trusted root's",
    expects: "the path of a file in PEM",
  },
  {
    name: "SIGSTORE_TSA_CERTIFICATE_FILE",
    description: "holds the certificates of the timestamp authority, in place of the trusted root's",
    expects: "the path of a file in PEM",
  },
  {
    name: "SOURCE_DATE_EPOCH",
    description:
      "is the time that --record-creation-timestamp and SBOMs write, whose serial number then comes from their content",
    expects: "seconds since 1970",
  },
  {
    name: "TUF_MIRROR",
    description: "is where trusted roots come from",
    expects: "an address",
  },
  {
    name: "TUF_ROOT",
    description: "is the folder with the copy of the trusted root",
    expects: "the path of a folder",
  },
  {
    name: "TUF_ROOT_JSON",
    description: "is the first root.json of TUF_MIRROR",
    expects: "the path of a file",
  },
  { name: "XDG_CACHE_HOME", description: "is the folder of caches", expects: "the path of a folder" },
  {
    name: "XDG_RUNTIME_DIR",
    description: "is where podman keeps logins",
    expects: "the path of a folder",
  },
];
