/** The key under which docker stores Docker Hub's login. */
export const DOCKER_HUB_KEY = "https://index.docker.io/v1/";

const DOCKER_HUB_NAMES: ReadonlySet<string> = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

/**
 * The host and port that a key of docker's config means, or undefined for a key that names more than a registry (as
 * containers' auth.json may: `quay.io/team`). All names of Docker Hub become `docker.io`.
 */
export function registryOfKey(key: string): string | undefined {
  const match = /^(?:https?:\/\/)?([^/]+)(?:\/(?:v[12]\/?)?)?$/.exec(key);
  const host = match?.[1]?.toLowerCase();
  if (host === undefined) return undefined;
  return DOCKER_HUB_NAMES.has(host) ? "docker.io" : host;
}

/** The registry and the path that a key names, as containers' auth.json may: `quay.io/team` or `quay.io/team/app`. */
export function placeOfKey(key: string): { readonly registry: string; readonly path: string } | undefined {
  const registry = registryOfKey(key);
  if (registry !== undefined) return { registry, path: "" };
  const [, host = "", path = ""] = /^(?:https?:\/\/)?([^/]+)\/(.+?)\/?$/.exec(key) ?? [];
  const own = registryOfKey(host);
  return own === undefined ? undefined : { registry: own, path };
}

/** What a credential helper is asked for: docker uses its historic key for Docker Hub, and the plain host otherwise. */
export function helperQuestion(registry: string): string {
  return registryOfKey(registry) === "docker.io" ? DOCKER_HUB_KEY : registry;
}
