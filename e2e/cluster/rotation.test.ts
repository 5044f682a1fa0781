/** Certificates rotate and replicas come and go under load: no admission fails. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openCluster } from "../../src/adapters/kube-api/index.ts";
import { readJson, readYaml } from "../../src/base/index.ts";
import type { Cluster, ClusterKind } from "../../src/ports/index.ts";
import { freePort } from "../../tools/peers/free-port.ts";
import { findKubernetes, type RunningKubernetes, startKubernetes } from "../../tools/peers/kubernetes.ts";
import { findRegistry, type RunningRegistry, startRegistry } from "../../tools/peers/peers.ts";
import { findPostgres, type RunningPostgres, startPostgres } from "../../tools/peers/postgres.ts";
import { installAmap } from "./install.ts";
import { eventually, type RunningController, sleep, startController } from "./processes.ts";
import { type Stage, stageImages } from "./stage.ts";
import { listAt, textAt } from "./values.ts";

const PODS: ClusterKind = { group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true };
const SECRETS: ClusterKind = { group: "", version: "v1", resource: "secrets", kind: "Secret", namespaced: true };
const PER_SECOND = 50;
/** Short lives, so that serving pair and authority change several times within the test. */
const LIVES = [
  "--ca-lifetime",
  "36s",
  "--certificate-lifetime",
  "9s",
  "--rotation-grace",
  "3s",
  "--scan-interval",
  "1h",
];

const folder = mkdtempSync(join(tmpdir(), "amap-e2e-rotation-"));
const registries: RunningRegistry[] = [];
let cluster: RunningKubernetes;
let postgres: RunningPostgres;
let client: Cluster;
let stage: Stage;
let kubeconfig: string;
let balancer: Balancer;
const controllers: RunningController[] = [];

/** What a Service does: new connections go to replicas that are ready. */
interface Balancer {
  readonly port: number;
  close(): Promise<void>;
}

async function balance(replicas: readonly RunningController[]): Promise<Balancer> {
  const sockets = new Set<Socket>();
  const ready = new Set<RunningController>();
  const ended = new AbortController();
  const watch = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      for (const replica of replicas) {
        const probe = fetch(`${replica.metricsUrl}/healthz/ready`, { signal: AbortSignal.timeout(1_000) });
        const answer = await probe.catch(() => undefined);
        if (answer?.ok === true) ready.add(replica);
        else if (ready.delete(replica)) {
          console.log(`replica ${replica.webhookPort} is not ready: ${(await answer?.text()) ?? "no answer"}`);
        }
      }
      await sleep(50);
    }
  };
  const watching = watch();
  let turn = 0;
  const server: Server = createServer((socket) => {
    const choices = [...ready];
    const replica = choices[turn++ % Math.max(1, choices.length)];
    if (replica === undefined) {
      socket.destroy();
      return;
    }
    const upstream = connect(replica.webhookPort, "127.0.0.1");
    for (const each of [socket, upstream]) {
      sockets.add(each);
      each.on("error", () => {});
      each.on("close", () => {
        sockets.delete(each);
        socket.destroy();
        upstream.destroy();
      });
    }
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return {
    port: address.port,
    close: async () => {
      ended.abort();
      await watching;
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

before(async () => {
  const programs = findKubernetes({ install: true });
  const registryProgram = findRegistry({ install: true });
  const postgresPrograms = findPostgres({ install: true });
  assert.ok(
    programs && registryProgram && postgresPrograms,
    "kube-apiserver, docker-registry and PostgreSQL can be had",
  );
  registries.push(await startRegistry(registryProgram), await startRegistry(registryProgram));
  const [registry, damaged] = registries;
  assert.ok(registry && damaged);
  postgres = await startPostgres(postgresPrograms);
  cluster = await startKubernetes(programs);
  client = await openCluster({ kubeconfig: cluster.kubeconfig, env: {} });
  stage = await stageImages(folder, registry, damaged);
  kubeconfig = await installAmap(cluster, programs.kubectl);
  const replicas: RunningController[] = controllers;
  const ports = [await freePort(), await freePort()];
  // The balancer's port must be known before the first replica writes it into the webhook configuration.
  balancer = await balance(replicas);
  for (const listen of ports) replicas.push(await startReplica(listen));
  for (const replica of replicas) await replica.ready();
  await cluster.kubectl(["apply", "-f", "-"], stage.policy);
  await eventually("the webhook is in place", 15_000, async () => {
    await assert.rejects(create("probe", stage.image("unsigned")), /amap denies/);
  });
});

after(async () => {
  for (const controller of controllers) await controller.kill();
  await balancer?.close();
  await client?.close();
  await stage?.world.close();
  await cluster?.stop();
  await postgres?.stop();
  for (const registry of registries) await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

function startReplica(listen: number): Promise<RunningController> {
  const webhookUrl = `https://127.0.0.1:${balancer.port}`;
  return startController({ kubeconfig, store: postgres.url, webhookUrl, listen, more: LIVES });
}

async function create(name: string, image: string): Promise<void> {
  const [pod] = readYaml(stage.pod(name, image));
  assert.ok(pod !== undefined);
  await client.create(PODS, pod);
}

async function leaderOf(): Promise<string> {
  const lease = readJson(await cluster.kubectl(["get", "lease", "-n", "amap", "-o", "json"]));
  return textAt(listAt(lease, "items")[0], "spec", "holderIdentity");
}

async function fingerprints(): Promise<string> {
  const secret = await client.get(SECRETS, { namespace: "amap", name: "amap-webhook-tls" });
  return `${textAt(secret, "data", "ca.crt")} ${textAt(secret, "data", "tls.crt")}`;
}

test("50 creates a second through rotations of both certificates and the loss of the leader: none fails", async () => {
  const seen = new Set<string>();
  const authorities = new Set<string>();
  const failures: string[] = [];
  const pending: Promise<void>[] = [];
  const firstLeader = await leaderOf();
  let made = 0;
  let leaderStopped = false;
  let stopping: Promise<number> | undefined;
  const started = performance.now();
  const seconds = 48;
  while (performance.now() - started < seconds * 1_000) {
    const due = Math.floor(((performance.now() - started) / 1_000) * PER_SECOND);
    for (; made < due; made++) {
      const name = `load-${made}`;
      const good = made % 10 !== 9;
      pending.push(
        create(name, stage.image(good ? "good" : "unsigned")).then(
          () => void (good || failures.push(`${name}: a bad image was admitted`)),
          (error: unknown) => {
            const denied = /amap denies/.test(String(error));
            if (good || !denied) failures.push(`${name}: ${String(error).slice(0, 300)}`);
          },
        ),
      );
    }
    if (made % 25 < 3) {
      const now = await fingerprints();
      seen.add(now);
      authorities.add(now.split(" ")[0] ?? "");
    }
    if (!leaderStopped && performance.now() - started > 12_000) {
      leaderStopped = true;
      const leader = controllers.find((each) => each.log().includes(firstLeader));
      assert.ok(leader);
      stopping = leader.stop();
    }
    await sleep(5);
  }
  await Promise.all(pending);
  assert.equal(await stopping, 0);
  const lastLeader = await leaderOf();
  console.log(
    `${made} creates in ${seconds} s, ${failures.length} failed; ${seen.size} serving pairs, ${authorities.size} authorities; leader ${firstLeader} then ${lastLeader}`,
  );
  if (failures.length > 0) for (const each of controllers) console.log(each.log().slice(-6_000));
  assert.deepEqual(failures.slice(0, 5), []);
  assert.ok(seen.size >= 3, `${seen.size} serving pairs`);
  assert.ok(authorities.size >= 2, `${authorities.size} authorities`);
  assert.notEqual(lastLeader, firstLeader);
});
