import { join } from "node:path";
import type { CredentialSource, RegistryCredentials } from "../../ports/index.ts";
import { cloudHelpers, githubCredentials } from "./cloud-registries.ts";
import { type ConfigFile, loadConfigFile, readConfigDocument } from "./config-file.ts";
import { askHelper, createHelperRunner, isHelperMissing, type RunHelper } from "./credential-helper.ts";
import { helperQuestion } from "./registry-names.ts";

/** Where logins are looked up. */
export interface DockerCredentialsOptions {
  /** The only file that is read. When left out: docker's config.json, then containers' auth.json files. */
  readonly configPath?: string;
  /** The process environment: DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, HOME; handed on to helpers. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How helpers are run; as child processes when left out. */
  readonly runHelper?: RunHelper;
  /** Asked before the files: documents of the same form, such as Kubernetes' pull secrets. */
  readonly documents?: () => Promise<readonly PullSecret[]>;
  /** Where nothing is stored: the helper programs of clouds for their own registries, and GITHUB_TOKEN for ghcr.io. */
  readonly cloud?: boolean;
}

/** A login document that stands in no file. */
export interface PullSecret {
  /** For messages: `the Secret shop/registry`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Looks up what `docker login` or `podman login` has stored. The first file that has something for the registry wins;
 * in a file its helper is asked before its `auths`. Files are read anew each time, so a rotated Secret is seen.
 *
 * @throws {AmapError} on use: CREDENTIAL_HELPER_FAILED, JSON_INVALID, FILE_UNREADABLE
 * @see https://docs.docker.com/reference/cli/docker/login/ (credential stores and helpers)
 * @example
 * ```ts
 * import { createDockerCredentials } from "./index.ts";
 * const credentials = createDockerCredentials({ configPath: "/nowhere/config.json", env: {} });
 * (await credentials.credentialsFor("ghcr.io")).kind; // "anonymous"
 * ```
 */
export function createDockerCredentials(options: DockerCredentialsOptions): CredentialSource {
  const runHelper = options.runHelper ?? createHelperRunner(options.env);
  let documents: Promise<readonly ConfigFile[]> | undefined;
  return {
    async credentialsFor(registry, repository): Promise<RegistryCredentials> {
      documents ??= readDocuments(options);
      for (const document of await documents) {
        const stored = document.storedFor(registry, repository);
        if (stored.kind !== "anonymous") return stored;
      }
      for (const path of configPaths(options)) {
        const file = await loadConfigFile(path);
        if (file === undefined) continue;
        const helper = file.helperFor(registry);
        if (helper !== undefined) {
          const found = await askHelper(helper, helperQuestion(registry), runHelper);
          if (found.kind !== "anonymous") return found;
        }
        const stored = file.storedFor(registry, repository);
        if (stored.kind !== "anonymous") return stored;
      }
      return options.cloud === true ? askCloud(registry, options.env, runHelper) : { kind: "anonymous" };
    },
  };
}

async function readDocuments({ documents }: DockerCredentialsOptions): Promise<readonly ConfigFile[]> {
  return ((await documents?.()) ?? []).map(({ bytes, name }) => readConfigDocument(bytes, name));
}

/** A helper that is not installed is passed over: the registry may be public, and says so itself if not. */
async function askCloud(
  registry: string,
  env: DockerCredentialsOptions["env"],
  run: RunHelper,
): Promise<RegistryCredentials> {
  for (const helper of cloudHelpers(registry)) {
    try {
      const found = await askHelper(helper, registry, run);
      if (found.kind !== "anonymous") return found;
    } catch (error) {
      if (!isHelperMissing(error)) throw error;
    }
  }
  return githubCredentials(registry, env);
}

/** The folder of docker's config.json; undefined where nothing says where it is. */
export function dockerFolderOf(env: DockerCredentialsOptions["env"]): string | undefined {
  const home = env["HOME"] ?? env["USERPROFILE"];
  return env["DOCKER_CONFIG"] || (home === undefined ? undefined : join(home, ".docker"));
}

function configPaths({ configPath, env }: DockerCredentialsOptions): readonly string[] {
  if (configPath !== undefined) return [configPath];
  const dockerFolder = dockerFolderOf(env);
  const runtimeFolder = env["XDG_RUNTIME_DIR"];
  return [
    dockerFolder === undefined ? undefined : join(dockerFolder, "config.json"),
    env["REGISTRY_AUTH_FILE"],
    runtimeFolder === undefined ? undefined : join(runtimeFolder, "containers", "auth.json"),
  ].filter((path) => path !== undefined && path !== "") as readonly string[];
}
