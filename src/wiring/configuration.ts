/** What the shells may say about the world: registry flags as cosign names them, and the environment. */
export interface WorldConfiguration {
  readonly offline: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly allowHttpRegistry?: boolean;
  readonly allowInsecureRegistry?: boolean;
  readonly registryUsername?: string;
  readonly registryPassword?: string;
  readonly registryToken?: string;
  /** The one registry that these credentials are for; without it they are for the registry of `imageArguments`. */
  readonly registryHost?: string;
  /** Images that the user named; names out of documents are not among them. */
  readonly imageArguments?: readonly string[];
  /** Files in PEM. */
  readonly registryCacert?: string;
  readonly registryClientCert?: string;
  readonly registryClientKey?: string;
  readonly registryServerName?: string;
  /** Clouds' helper programs and GITHUB_TOKEN are asked, too. */
  readonly k8sKeychain?: boolean;
  /** Secrets of a cluster with logins, `NAMESPACE/NAME`. */
  readonly registryPullSecret?: readonly string[];
  /** For one request with all its bytes, as Go writes durations: `3m`. */
  readonly timeout?: string;
  /** A file of containers-registries.conf's form, or `system`; CONTAINERS_REGISTRIES_CONF of `env` when left out. */
  readonly registriesConf?: string;
  /** Asked when something connects or opens a layout: the signal that ends it, with an AmapError as its reason. */
  readonly interruption?: () => AbortSignal;
}
