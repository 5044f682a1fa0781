/** The door of `adapters/docker-config`: registry logins as docker and podman store them. */
export { createDockerCredentials, type DockerCredentialsOptions, type PullSecret } from "./docker-credentials.ts";
export { createDockerLogins, type DockerLogins } from "./docker-logins.ts";
