import type {
  AdvisoryDatabase,
  Archives,
  Certificates,
  Clock,
  Cluster,
  CsafValidation,
  Entropy,
  Files,
  Git,
  HttpClient,
  Jobs,
  Machine,
  OciStorage,
  RegistryLogins,
  SchemaValidation,
  SigningKeys,
  SigningServices,
  Store,
  TrustRepository,
} from "../ports/index.ts";
import type { ImageTarget } from "./image-target.ts";

/** All that use cases may ask of the world, given by wiring (or, in tests, by fakes). */
export interface World {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly files: Files;
  /** A variable of the environment that the user named; undefined when it is not set. */
  readonly environment: (name: string) => string | undefined;
  /** With OFFLINE as a further error where the repository is not on this machine. */
  readonly git: Git;
  readonly machine: Machine;
  readonly archives: Archives;
  readonly keys: SigningKeys;
  /**
   * Opens the repository that holds an image: a layout folder or a repository in a registry. Handles are shared and
   * remember manifests by digest; a `fresh` one remembers nothing from before, so that what was deleted is gone;
   * one with `logins` uses them before all others, and is not shared.
   * @throws {AmapError} LAYOUT_INVALID, OFFLINE; a registry is asked only when something is read
   */
  readonly openStorage: (
    target: ImageTarget,
    options?: { readonly create?: boolean; readonly fresh?: boolean; readonly logins?: readonly LoginDocument[] },
  ) => Promise<OciStorage>;
  /** Opens an advisory database file, or one in memory for `:memory:`. */
  readonly openAdvisoryDatabase: (path: string) => Promise<AdvisoryDatabase>;
  /**
   * Opens the store: `postgres://…`, or the path of a SQLite file, or `:memory:`.
   * @throws {AmapError} USAGE, STORE_UNAVAILABLE, STORE_INVALID
   */
  readonly openStore: (address: string) => Promise<Store>;
  /** Opens the queue of jobs in the same place as a store. */
  readonly openJobs: (address: string) => Promise<Jobs>;
  /**
   * Opens the cluster that a kubeconfig or the Pod's service account names.
   * @throws {AmapError} KUBECONFIG_INVALID, FILE_NOT_FOUND, NOT_SUPPORTED
   */
  readonly openCluster: (options: ClusterPlace) => Promise<Cluster>;
  /**
   * Opens connections to services that policies name; with certificates in PEM that are trusted instead of the system's.
   * With OFFLINE as an error of each request where no socket may be opened.
   */
  readonly openHttp: (options: { readonly caCertificatePem?: string }) => Promise<HttpClient>;
  /**
   * Opens the services that witness signatures, each named by its address when it is asked; timestamp authorities with
   * certificates of their own.
   */
  readonly openSigningServices: (options?: { readonly timestampTls?: TlsMaterial }) => Promise<SigningServices>;
  /** Opens the repository that trusted roots and signing configurations come from where no file with them is named. */
  readonly openTrustRepository: () => Promise<TrustRepository>;
  /** Opens the logins of registries that all programs on this machine share; with OFFLINE as an error of a check. */
  readonly openRegistryLogins: () => Promise<RegistryLogins>;
  /** Makes certificates for the webhook; the library behind it is loaded when it is first asked for. */
  readonly openCertificates: () => Promise<Certificates>;
  /** Opens the official schemas of SBOMs; the libraries behind them are loaded when they are first asked. */
  readonly openSchemas: () => Promise<SchemaValidation>;
  /** Opens the schema and tests of CSAF; the library behind them is loaded when it is first asked. */
  readonly openCsafValidation: () => Promise<CsafValidation>;
}

/** Logins of registries as docker's configuration has them, such as those of a pull secret. */
export interface LoginDocument {
  /** For messages: `the Secret shop/registry`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Certificates for connections to one kind of server. */
export interface TlsMaterial {
  /** PEM certificates that replace the system's authorities. */
  readonly caCertificatePem?: string;
  /** PEM certificate and key that are shown to servers that ask for one. */
  readonly clientCertificatePem?: string;
  readonly clientKeyPem?: string;
  /** The name that servers' certificates must have, instead of the host's. */
  readonly serverName?: string;
}

/** Which cluster: without a path that of KUBECONFIG, of the Pod's service account, or of `~/.kube/config`. */
export interface ClusterPlace {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Objects in one page of a list; LIMITS.clusterPageItems when left out, and at most. */
  readonly pageItems?: number;
}
