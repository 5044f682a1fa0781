import type { CertificateLifetimes } from "./certificates-plan.ts";

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Which parts a replica takes: answering API servers, and the work that one replica does for all. */
export type ControllerRole = "admission" | "background";

/** How a controller runs. */
export interface ControllerOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** The controller's own, for its Secret and Lease. */
  readonly namespace: string;
  /** The Service that API servers reach the webhook by. */
  readonly serviceName: string;
  /** For running outside the cluster, in place of the Service: `https://host:port`. */
  readonly webhookUrl?: string;
  readonly listen: ListenAddress;
  readonly metricsListen: ListenAddress;
  /** A file, or `postgres://…`. */
  readonly store: string;
  /** The cluster's name in the store. */
  readonly clusterName: string;
  readonly roles: readonly ControllerRole[];
  readonly scanIntervalMs: number;
  readonly evidenceTtlMs: number;
  /** Whose Secrets registries are asked with beside amap's own logins: nobody's, or those of the Pods that are judged. */
  readonly pullSecrets: "none" | "pod";
  /** Whether config and layers in registries are re-hashed too. */
  readonly verifyLayers: boolean;
  /** No webhook waits longer, 1 to 30. */
  readonly webhookTimeoutSeconds: number;
  readonly excludedNamespaces: readonly string[];
  readonly lifetimes: CertificateLifetimes;
  readonly maxReports: number;
  readonly shutdownDelayMs: number;
  /** Different for each process. */
  readonly identity: string;
}
