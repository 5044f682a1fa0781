import type { PullSecret } from "../adapters/docker-config/index.ts";
import { parseImageReference } from "../artifact/index.ts";
import { AmapError, decodeBase64, decodeUtf8, encodeUtf8, memberOf, textOf } from "../base/index.ts";
import {
  type Cluster,
  type ClusterName,
  type CredentialSource,
  type RegistryCredentials,
  SECRETS,
} from "../ports/index.ts";
import type { WorldConfiguration } from "./configuration.ts";
import { openClusterThroughProxies } from "./open-cluster.ts";

/**
 * Credentials given by flag go to one registry only: images named by a manifest could otherwise send them anywhere
 * (C10). For all other registries docker's configuration is asked.
 */
export async function createCredentials(
  configuration: WorldConfiguration,
  logins: readonly PullSecret[] = [],
): Promise<CredentialSource> {
  const { createDockerCredentials } = await import("../adapters/docker-config/index.ts");
  const secrets = configuration.registryPullSecret ?? [];
  const stored = createDockerCredentials({
    env: configuration.env,
    cloud: configuration.k8sKeychain === true,
    ...(secrets.length + logins.length === 0
      ? {}
      : { documents: async () => [...logins, ...(await readPullSecrets(configuration, secrets))] }),
  });
  const given = givenCredentials(configuration);
  if (given === undefined) return stored;
  const host = credentialHost(configuration);
  return {
    credentialsFor: async (registry, repository) =>
      registry === host ? given : stored.credentialsFor(registry, repository),
  };
}

function givenCredentials(configuration: WorldConfiguration): RegistryCredentials | undefined {
  const { registryUsername: username, registryPassword: password, registryToken: token } = configuration;
  if (token !== undefined) {
    if (username === undefined && password === undefined) return { kind: "bearer", token };
    throw new AmapError("USAGE", "--registry-token and --registry-username exclude each other");
  }
  if (username === undefined && password === undefined) return undefined;
  if (username !== undefined && password !== undefined) return { kind: "basic", username, password };
  throw new AmapError("USAGE", "--registry-username and --registry-password go together");
}

function credentialHost({ registryHost, imageArguments = [] }: WorldConfiguration): string {
  if (registryHost !== undefined) return registryHost;
  const images = imageArguments.map((name) => name.replace(/^attestation:/, "")).filter(isRegistryImage);
  const hosts = new Set(images.map((name) => parseImageReference(name).registry));
  const [host] = hosts;
  if (hosts.size === 1 && host !== undefined) return host;
  throw new AmapError("USAGE", `the credentials given are for one registry, and the arguments name ${hosts.size}`, {
    hint: "Say which with --registry-host HOST[:PORT].",
  });
}

/** Whether an argument is an image in a registry, not a file, a folder or a layout. */
function isRegistryImage(name: string): boolean {
  return !/^(?:\.{0,2}\/|(?:oci|oci-archive|docker-archive|dir|file|git|sbom):)|\.(?:ya?ml|json)$/i.test(name);
}

/**
 * The logins in Secrets of a cluster, of either type that the kubelet reads.
 * @throws {AmapError} USAGE, CLUSTER_…, JSON_INVALID; OFFLINE
 */
async function readPullSecrets(
  { env, offline }: WorldConfiguration,
  names: readonly string[],
): Promise<readonly PullSecret[]> {
  const places = names.map(placeOfSecret);
  if (places.length === 0) return [];
  if (offline) throw new AmapError("OFFLINE", "a cluster was needed for --registry-pull-secret while --offline is set");
  const cluster = await openClusterThroughProxies({ env });
  try {
    return await Promise.all(places.map((place) => readPullSecret(cluster, place)));
  } finally {
    await cluster.close();
  }
}

function placeOfSecret(text: string): Required<ClusterName> {
  const [namespace = "", name = "", ...others] = text.split("/");
  if (namespace !== "" && name !== "" && others.length === 0) return { namespace, name };
  throw new AmapError("USAGE", `--registry-pull-secret: expected NAMESPACE/NAME, found "${text}"`);
}

async function readPullSecret(cluster: Cluster, { namespace, name }: Required<ClusterName>): Promise<PullSecret> {
  const secret = await cluster.get(SECRETS, { namespace, name });
  const shown = `the Secret ${namespace}/${name}`;
  if (secret === undefined) throw new AmapError("CLUSTER_NOT_FOUND", `${shown} is not there`);
  const data = memberOf(secret, "data");
  const document = decodeBase64(textOf(data, ".dockerconfigjson"));
  if (document !== undefined && document.length > 0) return { name: shown, bytes: document };
  const table = decodeUtf8(decodeBase64(textOf(data, ".dockercfg")) ?? new Uint8Array());
  // The older type holds what is `auths` in the newer one.
  if (table !== undefined && table !== "") return { name: shown, bytes: encodeUtf8(`{"auths":${table}}`) };
  throw new AmapError("JSON_INVALID", `${shown}: expected .dockerconfigjson or .dockercfg in it, found neither`, {
    hint: "A pull secret is made by `kubectl create secret docker-registry`.",
  });
}
