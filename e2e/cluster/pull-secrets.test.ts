/** A real API server asks amap about images of a private registry: with the Pod's own Secrets, by rights that are narrow. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { encodeManifest, MEDIA_TYPES } from "../../src/artifact/index.ts";
import { digestOf, encodeUtf8, type Value, writeJson } from "../../src/base/index.ts";
import { policyObject } from "../../src/testing/enforcement-fixture.ts";
import { type RegistryServer, startRegistryServer, TEST_LOGIN } from "../../src/testing/registry-server.ts";
import { findKubernetes, type RunningKubernetes, startKubernetes } from "../../tools/peers/kubernetes.ts";
import { installAmap } from "./install.ts";
import { eventually, type RunningController, startController } from "./processes.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-e2e-pull-secrets-"));
let registry: RegistryServer;
let cluster: RunningKubernetes;
let controller: RunningController;

const kubectl = (...args: readonly string[]): Promise<string> => cluster.kubectl(args);
const create = (object: Value): Promise<string> => cluster.kubectl(["create", "-f", "-"], writeJson(object));
const refusal = (object: Value): Promise<string> =>
  create(object).then(
    () => assert.fail("the API server admitted it"),
    (error: unknown) => String(error),
  );

function pod(namespace: string, name: string, ...secrets: readonly string[]): Value {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name },
    spec: {
      containers: [{ name: "a", image: `${registry.host}/team/app:v1` }],
      imagePullSecrets: secrets.map((secret) => ({ name: secret })),
    },
  };
}

function deployment(namespace: string, name: string, serviceAccountName: string): Value {
  const labels = { app: name };
  const spec = { serviceAccountName, containers: [{ name: "a", image: `${registry.host}/team/app:v1` }] };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace, name },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

/** An image without layers. */
function putImage(server: RegistryServer): void {
  const repository = server.repository("team/app");
  const bytes = encodeUtf8("{}");
  const digest = digestOf(bytes);
  repository.blobs.set(digest, bytes);
  const config = { mediaType: MEDIA_TYPES.config, digest, size: bytes.length };
  const mediaType = MEDIA_TYPES.manifest;
  repository.putManifest(encodeManifest({ kind: "manifest", mediaType, config, layers: [] }), mediaType, "v1");
}

before(async () => {
  const programs = findKubernetes({ install: true });
  assert.ok(programs, "kube-apiserver can be had");
  registry = await startRegistryServer({ auth: "basic" });
  putImage(registry);
  cluster = await startKubernetes(programs);
  const kubeconfig = await installAmap(cluster, programs.kubectl, "overlays/pull-secrets");
  await kubectl("create", "namespace", "bank");
  const login = [`--docker-username=${TEST_LOGIN.username}`, `--docker-password=${TEST_LOGIN.password}`];
  const place = ["--namespace=shop", `--docker-server=${registry.host}`];
  await kubectl("create", "secret", "docker-registry", "red", ...place, ...login);
  await create({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { namespace: "shop", name: "web" },
    imagePullSecrets: [{ name: "red" }],
  });
  // Holds where the image could be looked at; nobody signed it.
  const expression = "images.containers.all(i, verifyImageSignatures(i, [attestors.builder]) == 0)";
  await create(policyObject("looked", { validations: [{ expression }] }));
  controller = await startController({
    kubeconfig,
    store: join(folder, "amap.db"),
    more: ["--pull-secrets=pod"],
  });
  await controller.ready();
  await eventually("the resource webhook is in place", 10_000, async () =>
    assert.match(await refusal(pod("bank", "probe")), /amap denies/),
  );
});

after(async () => {
  if (controller !== undefined) assert.equal(await controller.stop(), 0, controller.log().slice(-2_000));
  await cluster?.stop();
  await registry?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("a private registry", () => {
  test("the Pod's own Secret lets it be read", async () => {
    await create(pod("shop", "with", "red"));
  });
  test("so does the Secret of a ServiceAccount, for a controller's template", async () => {
    await create(deployment("shop", "by-account", "web"));
  });
  test("a Pod that names none is refused, and one of another namespace, whatever was found before", async () => {
    assert.match(await refusal(deployment("shop", "by-default", "default")), /REGISTRY_UNAUTHORIZED/);
    const said = await refusal(pod("bank", "with", "red"));
    assert.match(said, /REGISTRY_UNAUTHORIZED.*the Secret bank\/red was not used: CLUSTER_NOT_FOUND/s);
  });
  test("amap may get Secrets by name, and neither list nor change them", async () => {
    const may = (verb: string): Promise<string> =>
      kubectl("auth", "can-i", verb, "secrets", "-n", "shop", "--as=system:serviceaccount:amap:amap-controller").then(
        () => "yes",
        () => "no",
      );
    assert.deepEqual(await Promise.all(["get", "list", "watch", "update", "delete"].map(may)), [
      "yes",
      "no",
      "no",
      "no",
      "no",
    ]);
  });
});
