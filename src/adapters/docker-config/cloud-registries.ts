import type { RegistryCredentials } from "../../ports/index.ts";

/**
 * Registries of clouds, whose own helper programs know the machine's or workload's identity. The first helper of a row
 * that is installed is asked.
 */
const HELPERS: readonly (readonly [host: RegExp, helpers: readonly string[]])[] = [
  [/^[0-9]{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$/, ["ecr-login"]],
  [/^public\.ecr\.aws$/, ["ecr-login"]],
  [/^(?:[a-z0-9-]+\.)?gcr\.io$|^[a-z0-9-]+-docker\.pkg\.dev$/, ["gcr", "gcloud"]],
  [/^[a-z0-9-]+\.azurecr\.(?:io|cn|us|de)$/, ["acr-env", "acr"]],
];

/** The helpers that know a cloud's registry; none for any other. */
export function cloudHelpers(registry: string): readonly string[] {
  return HELPERS.find(([host]) => host.test(registry.toLowerCase()))?.[1] ?? [];
}

/** What the environment of a GitHub workflow gives for GitHub's registry. */
export function githubCredentials(
  registry: string,
  env: Readonly<Record<string, string | undefined>>,
): RegistryCredentials {
  const token = env["GITHUB_TOKEN"];
  if (registry.toLowerCase() !== "ghcr.io" || token === undefined || token === "") return { kind: "anonymous" };
  // The registry looks at the token only, and refuses an empty name.
  return { kind: "basic", username: env["GITHUB_ACTOR"] || "token", password: token };
}
