/**
 * Writes src/policy/resource/kubernetes-types.ts from a kube-apiserver that it starts on the loopback address; with
 * --check it only compares, and exits 1 on a difference.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findKubernetes, type RunningKubernetes, startKubernetes } from "../peers/kubernetes.ts";
import { renderKubernetesTypes } from "./table.ts";

const PATH = "src/policy/resource/kubernetes-types.ts";

const programs = findKubernetes({ install: false });
if (programs === undefined) {
  console.error("kube-apiserver, kubectl and etcd are needed: node tools/peers/peers.ts installs them");
  process.exit(2);
}
const cluster = await startKubernetes(programs, { apiserverFlags: ["--runtime-config=api/all=true"] });
try {
  const text = await renderFrom(cluster);
  const file = join(import.meta.dirname, "..", "..", PATH);
  if (!process.argv.includes("--check")) {
    writeFileSync(file, text);
    console.log(`wrote ${PATH}`);
  } else if (readFileSync(file, "utf8") !== text) {
    console.error(`${PATH} is not what the server says; run node tools/schemas/main.ts`);
    process.exitCode = 1;
  }
} finally {
  await cluster.stop();
}

async function renderFrom(running: RunningKubernetes): Promise<string> {
  const get = async (path: string) => JSON.parse(await running.kubectl(["get", "--raw", path]));
  const discovery = new Map([["v1", await get("/api/v1")]]);
  for (const group of (await get("/apis")).groups) {
    for (const { groupVersion } of group.versions) discovery.set(groupVersion, await get(`/apis/${groupVersion}`));
  }
  const { gitVersion } = await get("/version");
  const version = /^v(\d+\.\d+\.\d+)/.exec(gitVersion)?.[1] ?? gitVersion;
  const { paths } = await get("/openapi/v3");
  const openapi = [];
  for (const [path, { serverRelativeURL }] of Object.entries<{ serverRelativeURL: string }>(paths)) {
    if (/^apis?\//.test(path)) openapi.push(await get(serverRelativeURL));
  }
  return renderKubernetesTypes({ version, openapi, discovery });
}
