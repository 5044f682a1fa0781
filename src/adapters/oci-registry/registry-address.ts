import { AmapError } from "../../base/index.ts";

/** Where a repository is reached and how it is called. */
export interface RegistryAddress {
  /** As the user names it: `docker.io`, `127.0.0.1:5000`. */
  readonly registry: string;
  readonly repository: string;
  /** Scheme, host and port that requests go to: `https://registry-1.docker.io`. */
  readonly origin: string;
}

const REGISTRY = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;
/** OCI distribution specification 1.1, "Pulling manifests": the form of a name, and its length. */
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const REPOSITORY_LENGTH = 255;

/**
 * The address of a repository. Without `plainHttp`, registries on this machine's loopback are spoken to by plain HTTP
 * and all others by TLS only.
 * @throws {AmapError} REFERENCE_INVALID
 */
export function registryAddress(registry: string, repository: string, plainHttp: boolean | undefined): RegistryAddress {
  if (!REGISTRY.test(registry)) {
    throw new AmapError("REFERENCE_INVALID", `expected a registry's host and port, found "${registry.slice(0, 100)}"`);
  }
  if (!REPOSITORY.test(repository) || repository.length > REPOSITORY_LENGTH) {
    throw new AmapError("REFERENCE_INVALID", `expected a repository name, found "${repository.slice(0, 100)}"`);
  }
  const host = isDockerHub(registry) ? "registry-1.docker.io" : registry;
  const url = URL.parse(`http://${host}`);
  if (url === null) throw new AmapError("REFERENCE_INVALID", `"${registry}" is not a host`);
  const scheme = (plainHttp ?? isLoopback(url.hostname)) ? "http" : "https";
  return { registry, repository, origin: new URL(`${scheme}://${host}`).origin };
}

/** @throws {AmapError} REFERENCE_INVALID */
export function requireTag(tag: string): void {
  if (!TAG.test(tag)) throw new AmapError("REFERENCE_INVALID", `expected a tag, found "${tag.slice(0, 150)}"`);
}

/** The name that cosign writes into signatures: Docker Hub is `index.docker.io` there. */
export function signedName({ registry, repository }: RegistryAddress): string {
  return `${isDockerHub(registry) ? "index.docker.io" : registry}/${repository}`;
}

/** Whether a host name, as in URL.hostname, is this machine without asking anyone. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.[0-9]{1,3}){3}$/.test(hostname);
}

function isDockerHub(registry: string): boolean {
  return registry === "docker.io" || registry === "index.docker.io" || registry === "registry-1.docker.io";
}
