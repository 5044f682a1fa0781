import { systemClock, systemEntropy } from "../adapters/clock/index.ts";
import { createFileSystem } from "../adapters/filesystem/index.ts";
import type { ImageTarget, World } from "../app/index.ts";
import { AmapError, decodeUtf8, parseDuration } from "../base/index.ts";
import type { CredentialSource, Files, HttpClient, OciStorage } from "../ports/index.ts";
import type { WorldConfiguration } from "./configuration.ts";
import { createCredentials } from "./registry-credentials.ts";

/** The world, with what must be closed at the end. */
export interface OpenedWorld extends World {
  close(): Promise<void>;
}

/**
 * Makes the world of files, clock, keys, layouts and registries. Adapters that cost start-up time are imported when
 * they are first used.
 * @throws {AmapError} USAGE for contradicting flags
 */
export function createWorld(configuration: WorldConfiguration): OpenedWorld {
  const files = createFileSystem();
  const registries = createRegistries(configuration, files);
  const layouts = new Map<string, Promise<OciStorage>>();
  const openHttp: World["openHttp"] = async (options) =>
    (await import("../adapters/http/index.ts")).createHttpClient({
      ...options,
      offline: configuration.offline,
      env: configuration.env,
    });
  return {
    clock: systemClock,
    entropy: systemEntropy,
    files,
    environment: (name) => (Object.hasOwn(configuration.env, name) ? configuration.env[name] : undefined),
    git: {
      checkOut: async (request) => {
        if (configuration.offline && !request.url.startsWith("file:")) {
          throw new AmapError("OFFLINE", `${request.url} is a git repository on the network`, {
            hint: "Leave out --offline, or clone the repository and name its folder.",
          });
        }
        return (await import("../adapters/git/index.ts")).createGit({ env: configuration.env }).checkOut(request);
      },
    },
    archives: {
      readTar: async function* (source, options) {
        const { createArchives } = await import("../adapters/archive/index.ts");
        yield* createArchives().readTar(source, options);
      },
      writeTarGzip: async (entries) => {
        const { createArchives } = await import("../adapters/archive/index.ts");
        return createArchives().writeTarGzip(entries);
      },
    },
    keys: {
      generate: async () => (await import("../adapters/local-key/index.ts")).createSigningKeys().generate(),
      open: async (pkcs8) => (await import("../adapters/local-key/index.ts")).createSigningKeys().open(pkcs8),
      importKey: async (key) => (await import("../adapters/local-key/index.ts")).createSigningKeys().importKey(key),
    },
    openStorage: (target, options = {}) => openStorage(target, options, registries, layouts),
    openAdvisoryDatabase: async (path) => (await import("../adapters/sqlite/index.ts")).openAdvisoryDatabase(path),
    openStore: async (address) => (await import("../adapters/store/index.ts")).openStore(address),
    openJobs: async (address) => (await import("../adapters/jobs/index.ts")).openJobs(address),
    openCluster: async ({ pageItems, ...place }) => {
      if (configuration.offline) throw new AmapError("OFFLINE", "a cluster was needed while --offline is set");
      const { openCluster } = await import("../adapters/kube-api/index.ts");
      const list = pageItems === undefined ? {} : { list: { pageItems } };
      return openCluster({ ...place, env: configuration.env, ...list });
    },
    openHttp,
    openSigningServices: async () => {
      const { createSigningServices } = await import("../adapters/sigstore-services/index.ts");
      return createSigningServices({ http: await openHttp({}), entropy: systemEntropy, clock: systemClock });
    },
    openTrustRepository: async () => {
      const { openTrustRepository } = await import("../adapters/tuf/index.ts");
      const { TUF_MIRROR: mirror, TUF_ROOT_JSON: rootFile } = configuration.env;
      return openTrustRepository({
        http: await openHttp({}),
        files,
        clock: systemClock,
        folder: trustFolderOf(configuration.env),
        ...(mirror === undefined || mirror === "" ? {} : { mirror }),
        ...(rootFile === undefined || rootFile === "" ? {} : { rootFile }),
      });
    },
    openCertificates: async () => (await import("../adapters/certificates/index.ts")).createCertificates(),
    close: () => registries.close(),
  };
}

/** Copies of trusted roots: where TUF_ROOT says, as cosign does, or in the user's cache. */
function trustFolderOf(env: WorldConfiguration["env"]): string {
  const { TUF_ROOT: given, XDG_CACHE_HOME: caches, HOME: home, USERPROFILE: profile } = env;
  if (given !== undefined && given !== "") return given;
  const folder = caches || (home || profile ? `${home || profile}/.cache` : undefined);
  if (folder !== undefined) return `${folder}/amap/tuf`;
  throw new AmapError("USAGE", "there is no folder for the copy of the trusted root: HOME is not set", {
    hint: "Set TUF_ROOT to a folder, or pass --trusted-root FILE.",
  });
}

interface Registries {
  open(registry: string, repository: string, fresh: boolean): Promise<OciStorage>;
  close(): Promise<void>;
}

/** One handle for each layout and name: it remembers what its index lists. */
async function openStorage(
  target: ImageTarget,
  { create = false, fresh = false }: { readonly create?: boolean; readonly fresh?: boolean },
  registries: Registries,
  layouts: Map<string, Promise<OciStorage>>,
): Promise<OciStorage> {
  if (target.kind === "registry") return registries.open(target.image.registry, target.image.repository, fresh);
  const { directory, name } = target;
  const repository = name === undefined ? undefined : `${name.registry}/${name.repository}`;
  const key = `${directory}\n${repository ?? ""}`;
  const open = async (): Promise<OciStorage> => {
    const { openOciLayout } = await import("../adapters/oci-layout/index.ts");
    return openOciLayout(directory, { create, ...(repository === undefined ? {} : { repository }) });
  };
  if (fresh) return open();
  const handle = create ? open() : (layouts.get(key) ?? open());
  layouts.set(key, handle);
  return handle;
}

/** One HTTP client and one credential source for all registries; one handle for each repository. */
function createRegistries(configuration: WorldConfiguration, files: Files): Registries {
  const handles = new Map<string, Promise<OciStorage>>();
  let shared: Promise<{ http: HttpClient; credentials: CredentialSource }> | undefined;
  const open = async (registry: string, repository: string): Promise<OciStorage> => {
    if (configuration.offline) throw new AmapError("OFFLINE", `${registry}/${repository} is in a registry`);
    shared ??= connect(configuration, files);
    const { http, credentials } = await shared;
    const { openRegistryRepository } = await import("../adapters/oci-registry/index.ts");
    return openRegistryRepository({
      registry,
      repository,
      http,
      credentials,
      ...plainHttpOf(configuration),
    });
  };
  return {
    open: (registry, repository, fresh) => {
      if (fresh) return open(registry, repository);
      const key = `${registry}/${repository}`;
      const handle = handles.get(key) ?? open(registry, repository);
      handles.set(key, handle);
      return handle;
    },
    close: async () => {
      // Where connecting itself failed there is nothing to close, and whoever asked has been told why.
      const opened = await shared?.catch(() => undefined);
      await opened?.http.close();
    },
  };
}

/** On loopback plain HTTP is the default; one who names a CA or a client certificate wants TLS there too. */
function plainHttpOf(configuration: WorldConfiguration): { readonly plainHttp?: boolean } {
  if (configuration.allowHttpRegistry === true) return { plainHttp: true };
  const tls = configuration.registryCacert ?? configuration.registryClientCert ?? configuration.registryServerName;
  return tls === undefined ? {} : { plainHttp: false };
}

async function connect(
  configuration: WorldConfiguration,
  files: Files,
): Promise<{ http: HttpClient; credentials: CredentialSource }> {
  const [{ createHttpClient }, credentials] = await Promise.all([
    import("../adapters/http/index.ts"),
    createCredentials(configuration),
  ]);
  const totalMs = configuration.timeout === undefined ? undefined : parseDuration(configuration.timeout);
  if (configuration.timeout !== undefined && (totalMs === undefined || totalMs <= 0)) {
    throw new AmapError("USAGE", `--timeout: expected a duration such as 3m, found "${configuration.timeout}"`);
  }
  const pem = async (path: string | undefined, name: string): Promise<Record<string, string>> =>
    path === undefined ? {} : { [name]: await readPem(files, path) };
  const http = createHttpClient({
    offline: configuration.offline,
    env: configuration.env,
    ...(totalMs === undefined ? {} : { totalMs }),
    ...(configuration.allowInsecureRegistry === true ? { insecureTls: true } : {}),
    ...(configuration.registryServerName === undefined ? {} : { serverName: configuration.registryServerName }),
    ...(await pem(configuration.registryCacert, "caCertificatePem")),
    ...(await pem(configuration.registryClientCert, "clientCertificatePem")),
    ...(await pem(configuration.registryClientKey, "clientKeyPem")),
  });
  return { http, credentials };
}

async function readPem(files: Files, path: string): Promise<string> {
  const text = decodeUtf8(await files.read(path, 1024 * 1024));
  if (text === undefined) throw new AmapError("KEY_INVALID", `${path}: expected a PEM file`);
  return text;
}
