import type { LoginDocument } from "../app/index.ts";
import { AmapError, decodeUtf8, parseDuration } from "../base/index.ts";
import type { CredentialSource, Files, HttpClient, OciStorage } from "../ports/index.ts";
import type { WorldConfiguration } from "./configuration.ts";
import { createPullPlaces, type Endpoint } from "./pull-places.ts";
import { createCredentials } from "./registry-credentials.ts";

/** A repository's name. */
interface RepositoryName {
  readonly registry: string;
  readonly repository: string;
}

/** How a repository is opened. */
interface OpenOptions {
  readonly create: boolean;
  readonly fresh: boolean;
  /** Used before all other logins. */
  readonly logins: readonly LoginDocument[];
}

/** All registries, with shared connections and credentials. */
export interface Registries {
  /** With `create` for writing: no mirror is asked. `fresh` remembers nothing from before. */
  open(name: RepositoryName, options: OpenOptions): Promise<OciStorage>;
  /** The connections to all of them. */
  http(): Promise<HttpClient>;
  close(): Promise<void>;
}

interface Connection {
  readonly http: HttpClient;
  readonly credentials: CredentialSource;
}

/** One HTTP client and one credential source for all registries; one handle for each repository. */
export function createRegistries(configuration: WorldConfiguration, files: Files): Registries {
  const handles = new Map<string, Promise<OciStorage>>();
  let shared: Promise<Connection> | undefined;
  let unverified: Promise<HttpClient> | undefined;
  const spoken = new Map<string, Promise<boolean>>();
  const connectOnce = (): Promise<Connection> => {
    shared ??= connect(configuration, files);
    return shared;
  };
  const openEndpoint = async (
    { registry, repository, insecure }: Endpoint,
    logins: readonly LoginDocument[] = [],
  ): Promise<OciStorage> => {
    const { credentials: stored, http } = await connectOnce();
    const credentials = logins.length === 0 ? stored : await createCredentials(configuration, logins);
    const { openRegistryRepository } = await import("../adapters/oci-registry/index.ts");
    const place = { registry, repository, credentials, ...signalOf(configuration) };
    if (!insecure) return openRegistryRepository({ ...place, http, ...plainHttpOf(configuration) });
    unverified ??= openClient({ ...configuration, allowInsecureRegistry: true }, files);
    const insecureHttp = await unverified;
    const isTls = spoken.get(registry) ?? speaksTls(insecureHttp, registry);
    spoken.set(registry, isTls);
    return openRegistryRepository({ ...place, http: insecureHttp, plainHttp: !(await isTls) });
  };
  const places = createPullPlaces({ configuration, files, open: (endpoint) => openEndpoint(endpoint) });
  const refuseOffline = ({ registry, repository }: RepositoryName): void => {
    if (configuration.offline) throw new AmapError("OFFLINE", `${registry}/${repository} is in a registry`);
  };
  const openWith = async (
    name: RepositoryName,
    create: boolean,
    logins: readonly LoginDocument[],
  ): Promise<OciStorage> => {
    refuseOffline(name);
    const openOne = (endpoint: Endpoint): Promise<OciStorage> => openEndpoint(endpoint, logins);
    const own = createPullPlaces({ configuration, files, open: openOne });
    return own === undefined ? openOne({ ...name, insecure: false }) : own.open(name, create);
  };
  const open = async (name: RepositoryName, create: boolean): Promise<OciStorage> => {
    refuseOffline(name);
    return places === undefined ? openEndpoint({ ...name, insecure: false }) : places.open(name, create);
  };
  return {
    open: (name, { create, fresh, logins }) => {
      if (logins.length > 0) return openWith(name, create, logins);
      if (fresh) return open(name, create);
      // A handle for writing differs from one for reading where there may be mirrors.
      const key = `${places !== undefined && create} ${name.registry}/${name.repository}`;
      const handle = handles.get(key) ?? open(name, create);
      handles.set(key, handle);
      return handle;
    },
    http: async () => (await connectOnce()).http,
    close: async () => {
      // Where connecting itself failed there is nothing to close, and whoever asked has been told why.
      const opened = await shared?.catch(() => undefined);
      await opened?.http.close();
      await (await unverified?.catch(() => undefined))?.close();
    },
  };
}

/** The signal that ends what the world does, where there is one. */
export function signalOf({ interruption }: WorldConfiguration): { readonly signal?: AbortSignal } {
  return interruption === undefined ? {} : { signal: interruption() };
}

/** On loopback plain HTTP is the default; one who names a CA or a client certificate wants TLS there too. */
export function plainHttpOf(configuration: WorldConfiguration): { readonly plainHttp?: boolean } {
  if (configuration.allowHttpRegistry === true) return { plainHttp: true };
  const tls = configuration.registryCacert ?? configuration.registryClientCert ?? configuration.registryServerName;
  return tls === undefined ? {} : { plainHttp: false };
}

/** Whether a place that the configuration calls insecure speaks TLS at all: then it is used, with any certificate. */
async function speaksTls(http: HttpClient, registry: string): Promise<boolean> {
  try {
    await http.send({ method: "GET", url: `https://${registry}/v2/`, maxBytes: 64 * 1024 });
    return true;
  } catch (error) {
    const isOther = error instanceof AmapError && error.code === "REGISTRY_UNREACHABLE";
    return !(isOther && ["EPROTO", "ECONNREFUSED", "ECONNRESET"].includes(String(error.details["systemCode"])));
  }
}

async function connect(configuration: WorldConfiguration, files: Files): Promise<Connection> {
  const [http, credentials] = await Promise.all([openClient(configuration, files), createCredentials(configuration)]);
  return { http, credentials };
}

async function openClient(configuration: WorldConfiguration, files: Files): Promise<HttpClient> {
  const { createHttpClient } = await import("../adapters/http/index.ts");
  const totalMs = configuration.timeout === undefined ? undefined : parseDuration(configuration.timeout);
  if (configuration.timeout !== undefined && (totalMs === undefined || totalMs <= 0)) {
    throw new AmapError("USAGE", `--timeout: expected a duration such as 3m, found "${configuration.timeout}"`);
  }
  const pem = async (path: string | undefined, name: string): Promise<Record<string, string>> =>
    path === undefined ? {} : { [name]: await readPem(files, path) };
  return createHttpClient({
    offline: configuration.offline,
    env: configuration.env,
    ...signalOf(configuration),
    ...(totalMs === undefined ? {} : { totalMs }),
    ...(configuration.allowInsecureRegistry === true ? { insecureTls: true } : {}),
    ...(configuration.registryServerName === undefined ? {} : { serverName: configuration.registryServerName }),
    ...(await pem(configuration.registryCacert, "caCertificatePem")),
    ...(await pem(configuration.registryClientCert, "clientCertificatePem")),
    ...(await pem(configuration.registryClientKey, "clientKeyPem")),
  });
}

async function readPem(files: Files, path: string): Promise<string> {
  const text = decodeUtf8(await files.read(path, 1024 * 1024));
  if (text === undefined) throw new AmapError("KEY_INVALID", `${path}: expected a PEM file`);
  return text;
}
