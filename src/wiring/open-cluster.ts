import type { OpenClusterOptions } from "../adapters/kube-api/index.ts";
import type { Cluster } from "../ports/index.ts";

/** A cluster, through the proxy that its kubeconfig names, or else that of the environment, as kubectl chooses it. */
export async function openClusterThroughProxies(options: OpenClusterOptions): Promise<Cluster> {
  const [{ openCluster }, { chooseProxy }] = await Promise.all([
    import("../adapters/kube-api/index.ts"),
    import("../adapters/http/index.ts"),
  ]);
  return openCluster({ ...options, chooseProxy: (server, stated) => chooseProxy(server, options.env, stated) });
}
