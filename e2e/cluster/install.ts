/** Installs amap into a cluster as deploy/ says, without its Deployments: the controller runs beside the API server. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readYaml, type Value, writeJson } from "../../src/base/index.ts";
import type { RunningKubernetes } from "../../tools/peers/kubernetes.ts";
import { textAt } from "./values.ts";

const deploy = join(import.meta.dirname, "..", "..", "deploy");
/** What the controller's rights are made of; workloads and services have no place without nodes. */
const KINDS = ["Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];

/** Applies CRDs, namespace and rights, and gives a kubeconfig with the controller's own service account. */
export async function installAmap(cluster: RunningKubernetes, kubectl: string, folder = "base"): Promise<string> {
  await cluster.kubectl(["apply", "-k", join(deploy, "crds")]);
  await cluster.kubectl(["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"]);
  const rendered = execFileSync(kubectl, ["kustomize", join(deploy, "kustomize", folder)], { encoding: "utf8" });
  const wanted = readYaml(rendered).filter((each) => KINDS.includes(textAt(each, "kind")));
  wanted.sort((a, b) => KINDS.indexOf(textAt(a, "kind")) - KINDS.indexOf(textAt(b, "kind")));
  for (const object of wanted) await cluster.kubectl(["apply", "-f", "-"], writeJson(object));
  await cluster.kubectl(["create", "namespace", "shop"]);
  return serviceAccountConfig(cluster);
}

async function serviceAccountConfig(cluster: RunningKubernetes): Promise<string> {
  const token = (await cluster.kubectl(["create", "token", "amap-controller", "-n", "amap", "--duration=2h"])).trim();
  const path = join(cluster.folder, "controller.kubeconfig");
  const ca = Buffer.from(cluster.caPem).toString("base64");
  const config: Value = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: cluster.server, "certificate-authority-data": ca } }],
    users: [{ name: "u", user: { token } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  writeFileSync(path, writeJson(config), { mode: 0o600 });
  return path;
}
