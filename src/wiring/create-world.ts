import { systemClock, systemEntropy } from "../adapters/clock/index.ts";
import { createFileSystem } from "../adapters/filesystem/index.ts";
import { createMachine } from "../adapters/machine/index.ts";
import type { ImageTarget, World } from "../app/index.ts";
import { AmapError } from "../base/index.ts";
import type { OciStorage } from "../ports/index.ts";
import type { WorldConfiguration } from "./configuration.ts";
import { openClusterThroughProxies } from "./open-cluster.ts";
import { createRegistries, plainHttpOf, type Registries, signalOf } from "./registries.ts";
import { stoppable } from "./stoppable-storage.ts";

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
      ...signalOf(configuration),
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
      checkOutRevision: async (request) => {
        const { createGit } = await import("../adapters/git/index.ts");
        return createGit({ env: configuration.env }).checkOutRevision(request);
      },
      workTree: async (directory) => {
        const { createGit } = await import("../adapters/git/index.ts");
        return createGit({ env: configuration.env }).workTree(directory);
      },
      history: async (request) => {
        const { createGit } = await import("../adapters/git/index.ts");
        return createGit({ env: configuration.env }).history(request);
      },
      readBlob: async (request) => {
        const { createGit } = await import("../adapters/git/index.ts");
        return createGit({ env: configuration.env }).readBlob(request);
      },
    },
    machine: createMachine(configuration.env),
    archives: {
      readTar: async function* (source, options) {
        const { createArchives } = await import("../adapters/archive/index.ts");
        yield* createArchives().readTar(source, options);
      },
      readTarFile: async function* (source, path) {
        const { createArchives } = await import("../adapters/archive/index.ts");
        yield* createArchives().readTarFile(source, path);
      },
      decompress: async function* (source) {
        const { createArchives } = await import("../adapters/archive/index.ts");
        yield* createArchives().decompress(source);
      },
      compress: async function* (source) {
        const { createArchives } = await import("../adapters/archive/index.ts");
        yield* createArchives().compress(source);
      },
      readCpio: async function* (source, options) {
        const { createArchives } = await import("../adapters/archive/index.ts");
        yield* createArchives().readCpio(source, options);
      },
      readZip: async function* (source, options) {
        const { createArchives } = await import("../adapters/archive/index.ts");
        yield* createArchives().readZip(source, options);
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
    openStorage: (target, options = {}) => openStorage(target, options, registries, layouts, configuration),
    openAdvisoryDatabase: async (path) => (await import("../adapters/sqlite/index.ts")).openAdvisoryDatabase(path),
    openStore: async (address) => (await import("../adapters/store/index.ts")).openStore(address),
    openJobs: async (address) => (await import("../adapters/jobs/index.ts")).openJobs(address),
    openCluster: async ({ pageItems, ...place }) => {
      if (configuration.offline) throw new AmapError("OFFLINE", "a cluster was needed while --offline is set");
      const list = pageItems === undefined ? {} : { list: { pageItems } };
      const cluster = await openClusterThroughProxies({ ...place, env: configuration.env, ...list });
      signalOf(configuration).signal?.addEventListener("abort", () => void cluster.close().catch(() => {}));
      return cluster;
    },
    openHttp,
    openSigningServices: async ({ timestampTls } = {}) => {
      const { createSigningServices } = await import("../adapters/sigstore-services/index.ts");
      const http = await openHttp({});
      const services = { http, entropy: systemEntropy, clock: systemClock };
      if (timestampTls === undefined) return createSigningServices(services);
      const { createHttpClient } = await import("../adapters/http/index.ts");
      const { offline, env } = configuration;
      return createSigningServices({
        ...services,
        timestampHttp: createHttpClient({ ...timestampTls, offline, env, ...signalOf(configuration) }),
      });
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
    openRegistryLogins: async () => {
      const [{ createDockerLogins }, { checkRegistryLogin }] = await Promise.all([
        import("../adapters/docker-config/index.ts"),
        import("../adapters/oci-registry/index.ts"),
      ]);
      const plain = plainHttpOf(configuration);
      return {
        ...createDockerLogins(configuration.env),
        check: async (registry, login) =>
          checkRegistryLogin({ registry, login, http: await registries.http(), ...plain }),
      };
    },
    openCertificates: async () => (await import("../adapters/certificates/index.ts")).createCertificates(),
    openSchemas: async () => (await import("../adapters/schemas/index.ts")).createSchemaValidation(),
    openCsafValidation: async () => (await import("../adapters/schemas/index.ts")).createCsafValidation(),
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

/** One handle for each layout and name: it remembers what its index lists. */
async function openStorage(
  target: ImageTarget,
  { create = false, fresh = false, logins = [] }: NonNullable<Parameters<World["openStorage"]>[1]>,
  registries: Registries,
  layouts: Map<string, Promise<OciStorage>>,
  configuration: WorldConfiguration,
): Promise<OciStorage> {
  if (target.kind === "registry") return registries.open(target.image, { create, fresh, logins });
  const { directory, name } = target;
  const repository = name === undefined ? undefined : `${name.registry}/${name.repository}`;
  const key = `${directory}\n${repository ?? ""}`;
  const open = async (): Promise<OciStorage> => {
    const { openOciLayout } = await import("../adapters/oci-layout/index.ts");
    const layout = await openOciLayout(directory, { create, ...(repository === undefined ? {} : { repository }) });
    const signal = configuration.interruption?.();
    return signal === undefined ? layout : stoppable(layout, signal);
  };
  if (fresh) return open();
  const handle = create ? open() : (layouts.get(key) ?? open());
  layouts.set(key, handle);
  return handle;
}
