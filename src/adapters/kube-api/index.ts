/** The door of `adapters/kube-api`: a Kubernetes API server behind `ports/cluster.ts`. */
export { type OpenClusterOptions, openCluster } from "./open-cluster.ts";
