import { join } from "node:path";
import type { CredentialSource, RegistryCredentials } from "../../ports/index.ts";
import { loadConfigFile } from "./config-file.ts";
import { askHelper, createHelperRunner, type RunHelper } from "./credential-helper.ts";
import { helperQuestion } from "./registry-names.ts";

/** Where logins are looked up. */
export interface DockerCredentialsOptions {
  /** The only file that is read. When left out: docker's config.json, then containers' auth.json files. */
  readonly configPath?: string;
  /** The process environment: DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, HOME; handed on to helpers. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How helpers are run; as child processes when left out. */
  readonly runHelper?: RunHelper;
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
  return {
    async credentialsFor(registry): Promise<RegistryCredentials> {
      for (const path of configPaths(options)) {
        const file = await loadConfigFile(path);
        if (file === undefined) continue;
        const helper = file.helperFor(registry);
        if (helper !== undefined) {
          const found = await askHelper(helper, helperQuestion(registry), runHelper);
          if (found.kind !== "anonymous") return found;
        }
        const stored = file.storedFor(registry);
        if (stored.kind !== "anonymous") return stored;
      }
      return { kind: "anonymous" };
    },
  };
}

function configPaths({ configPath, env }: DockerCredentialsOptions): readonly string[] {
  if (configPath !== undefined) return [configPath];
  const home = env["HOME"] ?? env["USERPROFILE"];
  const dockerFolder = env["DOCKER_CONFIG"] ?? (home === undefined ? undefined : join(home, ".docker"));
  const runtimeFolder = env["XDG_RUNTIME_DIR"];
  return [
    dockerFolder === undefined ? undefined : join(dockerFolder, "config.json"),
    env["REGISTRY_AUTH_FILE"],
    runtimeFolder === undefined ? undefined : join(runtimeFolder, "containers", "auth.json"),
  ].filter((path) => path !== undefined && path !== "") as readonly string[];
}
