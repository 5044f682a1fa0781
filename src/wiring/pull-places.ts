import type { MirrorFailures } from "../adapters/oci-registry/index.ts";
import type { RegistriesConf } from "../adapters/registries-conf/index.ts";
import { AmapError } from "../base/index.ts";
import type { Files, OciStorage } from "../ports/index.ts";
import type { WorldConfiguration } from "./configuration.ts";

/** A repository at one registry. */
export interface Endpoint {
  readonly registry: string;
  readonly repository: string;
  /** Any certificate is accepted there, and plain HTTP where there is no TLS. */
  readonly insecure: boolean;
}

/** Opens repositories where a configuration says that they are. */
export interface PullPlacesOpener {
  open(name: Omit<Endpoint, "insecure">, create: boolean): Promise<OciStorage>;
}

/** Repositories with their mirrors; undefined where no configuration of registries was asked for. */
export function createPullPlaces(options: {
  readonly configuration: WorldConfiguration;
  readonly files: Files;
  readonly open: (endpoint: Endpoint) => Promise<OciStorage>;
}): PullPlacesOpener | undefined {
  const { configuration, files, open } = options;
  const { env } = configuration;
  const file = configuration.registriesConf ?? env["CONTAINERS_REGISTRIES_CONF"] ?? "";
  if (file === "") return undefined;
  const failures: MirrorFailures = new Map();
  let read: Promise<RegistriesConf> | undefined;
  const load = async (): Promise<RegistriesConf> => {
    const { loadRegistriesConf } = await import("../adapters/registries-conf/index.ts");
    return loadRegistriesConf({ file, files, env });
  };
  return {
    async open({ registry, repository }, create) {
      read ??= load();
      const places = (await read).placesOf(registry, repository);
      const insecure = places?.original.insecure === true;
      const target = await open({ registry, repository, insecure });
      if (places === undefined || create) return target;
      const { original, mirrors, blocked, prefix } = places;
      const isMoved = original.registry !== registry || original.repository !== repository;
      if (!isMoved && mirrors.length === 0 && !blocked) return target;
      const { openMirroredRepository } = await import("../adapters/oci-registry/index.ts");
      return openMirroredRepository({
        target,
        failures,
        original: isMoved ? await open(original) : target,
        mirrors: await Promise.all(
          mirrors.map(async ({ tags, digests, ...endpoint }) => ({ storage: await open(endpoint), tags, digests })),
        ),
        ...(blocked ? { blocked: blockedBy(`${registry}/${repository}`, prefix, file) } : {}),
      });
    },
  };
}

function blockedBy(name: string, prefix: string, file: string): AmapError {
  return new AmapError("REGISTRY_FORBIDDEN", `${name}: reading it is blocked by [[registry]] "${prefix}" of ${file}`, {
    hint: "Take an image from another registry, or change `blocked` in that file.",
    details: { prefix },
  });
}
