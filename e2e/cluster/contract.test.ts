/** The cluster port's contract against a real kube-apiserver. */

import { after } from "node:test";
import { openCluster } from "../../src/adapters/kube-api/index.ts";
import { clusterContract } from "../../src/ports/cluster.contract.ts";
import { findKubernetes, type RunningKubernetes, startKubernetes } from "../../tools/peers/kubernetes.ts";

let running: Promise<RunningKubernetes> | undefined;

async function start(): Promise<RunningKubernetes> {
  const programs = findKubernetes({ install: true });
  if (programs === undefined) throw new Error("kube-apiserver, kubectl and etcd cannot be had");
  return startKubernetes(programs);
}

clusterContract("kube-apiserver", async () => {
  running ??= start();
  const { kubeconfig } = await running;
  const cluster = await openCluster({ kubeconfig, env: {} });
  return { cluster, dispose: () => cluster.close() };
});

after(async () => (await running)?.stop());
