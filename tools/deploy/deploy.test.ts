import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv } from "ajv";
import { compareText, isValueObject, readYaml, type Value, type ValueObject } from "../../src/base/index.ts";
import { loadProgram } from "../../src/cli/run-cli.ts";
import { VERBS } from "../../src/cli/verbs.ts";
import {
  at,
  byName,
  deploy,
  helm,
  kubectl,
  listAt,
  NO_DIGEST,
  plain,
  readManifest,
  renderChart,
  renderKustomize,
  textAt,
} from "./manifests.ts";

const base = ["accounts", "controller", "network", "server", "webhooks"].flatMap((name) =>
  readManifest(`kustomize/base/${name}.yaml`),
);
const objects = byName(base);

test("every YAML file below deploy/ is read by amap's own reader", () => {
  const files = globSync("**/*.yaml", { cwd: deploy }).filter((path) => !path.includes("templates"));
  assert.ok(files.length > 15, `${files.length} files`);
  for (const path of files) assert.ok(readManifest(path).length > 0, path);
});

test("kustomizations name files that are there, and leave none out", () => {
  for (const path of globSync("**/kustomization.yaml", { cwd: deploy })) {
    const folder = join(deploy, path, "..");
    const [kustomization] = readManifest(path);
    const patches = listAt(kustomization, "patches").flatMap((patch) => (at(patch, "path") as string | null) ?? []);
    const resources = at(kustomization, "resources") as unknown as readonly string[];
    const named = [...resources.filter((name) => name.endsWith(".yaml")), ...patches];
    const present = globSync("*.yaml", { cwd: folder }).filter((name) => name !== "kustomization.yaml");
    assert.deepEqual([...named].sort(compareText), present.sort(compareText), path);
  }
});

test("every Pod is confined", () => {
  const deployments = base.filter((each) => at(each, "kind") === "Deployment");
  assert.equal(deployments.length, 2);
  for (const deployment of deployments) {
    const spec = at(deployment, "spec", "template", "spec");
    assert.deepEqual(at(spec, "securityContext"), {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    });
    for (const key of ["hostNetwork", "hostPID", "hostIPC"]) assert.equal(at(spec, key), null);
    assert.deepEqual(
      listAt(spec, "volumes").filter((volume) => Object.hasOwn(volume, "hostPath")),
      [],
    );
    const [container] = listAt(spec, "containers");
    assert.deepEqual(at(container, "securityContext"), {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    for (const amount of ["requests", "limits"]) assert.ok(at(container, "resources", amount, "memory"));
    for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
      const path = probe === "readinessProbe" ? "/healthz/ready" : "/healthz/live";
      const port = textAt(container, "name") === "server" ? "dashboard" : "metrics";
      assert.deepEqual(at(container, probe, "httpGet"), { path, port });
    }
  }
});

test("the controller stays up: two replicas, spread, one always there", () => {
  const deployment = objects.get("Deployment amap-controller");
  assert.equal(at(deployment, "spec", "replicas"), 2);
  assert.deepEqual(at(deployment, "spec", "strategy", "rollingUpdate"), { maxSurge: 1, maxUnavailable: 0 });
  assert.ok(at(deployment, "spec", "template", "spec", "affinity", "podAntiAffinity"));
  assert.equal(at(objects.get("PodDisruptionBudget amap-controller"), "spec", "minAvailable"), 1);
});

/** `group/resource[names]: verbs`, one line a rule and resource. */
function rightsOf(role: Value | undefined): readonly string[] {
  const words = (rule: ValueObject, key: string): readonly string[] =>
    (rule[key] ?? []) as unknown as readonly string[];
  return listAt(role, "rules").flatMap((rule) =>
    words(rule, "apiGroups").flatMap((group) =>
      words(rule, "resources").map((resource) => {
        const names = words(rule, "resourceNames");
        return `${group}/${resource}${names.length === 0 ? "" : `[${names.join(",")}]`}: ${words(rule, "verbs").join(",")}`;
      }),
    ),
  );
}

const READ = "get,list,watch";
const WEBHOOKS = "[amap-validating,amap-mutating,amap-policies]";

test("the controller's rights in the cluster are these and no more", () => {
  assert.deepEqual(rightsOf(objects.get("ClusterRole amap-controller")), [
    "policies.kyverno.io/imagevalidatingpolicies: list,watch",
    "policies.kyverno.io/imagevalidatingpolicies/status: patch",
    `/namespaces: ${READ}`,
    `/pods: ${READ}`,
    `/replicationcontrollers: ${READ}`,
    ...["deployments", "replicasets", "statefulsets", "daemonsets"].map((name) => `apps/${name}: ${READ}`),
    ...["jobs", "cronjobs"].map((name) => `batch/${name}: ${READ}`),
    "wgpolicyk8s.io/policyreports: create,list,patch,delete",
    "wgpolicyk8s.io/clusterpolicyreports: create,list,patch,delete",
    "/events: create",
    "admissionregistration.k8s.io/validatingwebhookconfigurations: create",
    "admissionregistration.k8s.io/mutatingwebhookconfigurations: create",
    `admissionregistration.k8s.io/validatingwebhookconfigurations${WEBHOOKS}: ${READ},update,delete`,
    `admissionregistration.k8s.io/mutatingwebhookconfigurations${WEBHOOKS}: ${READ},update,delete`,
  ]);
});

test("the controller's rights in its own namespace are these and no more", () => {
  assert.deepEqual(rightsOf(objects.get("Role amap-controller")), [
    "/secrets: create",
    `/secrets[amap-webhook-tls]: ${READ},update`,
    "coordination.k8s.io/leases: create",
    "coordination.k8s.io/leases[amap-controller]: get,update",
  ]);
});

test("the server has no rights and no token", () => {
  const bound = base.flatMap((each) => listAt(each, "subjects")).map((subject) => at(subject, "name"));
  assert.deepEqual(new Set(bound), new Set(["amap-controller"]));
  assert.equal(at(objects.get("ServiceAccount amap-server"), "automountServiceAccountToken"), false);
  const spec = at(objects.get("Deployment amap-server"), "spec", "template", "spec");
  assert.equal(at(spec, "automountServiceAccountToken"), false);
});

test("the webhook configurations that are removed with amap are the ones it may write, and are empty", () => {
  const configurations = base.filter((each) => textAt(each, "kind").endsWith("WebhookConfiguration"));
  assert.deepEqual(
    configurations.map((each) => at(each, "metadata", "name")),
    ["amap-validating", "amap-policies", "amap-mutating"],
  );
  for (const each of configurations) assert.equal(at(each, "webhooks"), null);
});

test("the network: denied but for the named ports", () => {
  const ports = (name: string, direction: string): readonly Value[] =>
    listAt(objects.get(`NetworkPolicy ${name}`), "spec", direction).flatMap((rule) =>
      listAt(rule, "ports").map((port) => at(port, "port")),
    );
  const denied = at(objects.get("NetworkPolicy amap-default-deny"), "spec");
  assert.deepEqual(at(denied, "policyTypes"), ["Ingress", "Egress"]);
  assert.deepEqual([at(denied, "ingress"), at(denied, "egress")], [null, null]);
  assert.deepEqual(ports("amap-controller", "ingress"), [9443, 9090]);
  assert.deepEqual(ports("amap-controller", "egress"), [53, 53, 443, 6443, 5432]);
  assert.deepEqual(ports("amap-server", "ingress"), [8080, 9090]);
  assert.deepEqual(ports("amap-server", "egress"), [53, 53, 5432]);
});

const chart = (name: string): string => readFileSync(join(deploy, "chart", "amap", name), "utf8");
const schema = JSON.parse(chart("values.schema.json")) as ValueObject;
const defaults = readYaml(chart("values.yaml"))[0] as ValueObject;
const validateValues = new Ajv({ allErrors: true }).compile(schema);

/** The default values with one changed, by its path. */
function withValue(path: string, value: Value): Value {
  const set = (inner: Value, [key = "", ...rest]: readonly string[]): Value => ({
    ...(inner as ValueObject),
    [key]: rest.length === 0 ? value : set(at(inner, key), rest),
  });
  return set(defaults, path.split("."));
}

test("the chart's schema accepts its default values", () => {
  assert.equal(validateValues(defaults), true, JSON.stringify(validateValues.errors));
});

const badValues: readonly (readonly [path: string, value: Value])[] = [
  ["imag", {}],
  ["controller.replica", 2],
  ["controller.replicas", 0],
  ["controller.replicas", "2"],
  ["controller.extraArgs", ["serve"]],
  ["controller.roles", []],
  ["controller.roles", ["scan"]],
  ["controller.webhookTimeoutSeconds", 31],
  ["controller.scanInterval", "hourly"],
  ["controller.excludedNamespaces", ["a,b"]],
  ["image.tag", "latest"],
  ["image.digest", "sha256:abc"],
  ["image.repository", "registry.example/amap:1"],
  ["registry.pullSecrets", "all"],
  ["registry.pullSecretNamespaces", ["Shop"]],
  ["store.kind", "mysql"],
  ["store.size", "5"],
  ["server.publicHosts", ["a b"]],
  ["networkPolicy.from", []],
];
for (const [path, value] of badValues) {
  test(`the chart's schema refuses ${path}: ${JSON.stringify(value)}`, () => {
    assert.equal(validateValues(withValue(path, value)), false);
  });
}

test("every value of the chart is in its schema with a description, and every object there is closed", () => {
  const walk = (values: Value, inner: Value, path: string): void => {
    assert.ok(path === "" || at(inner, "description"), `${path}: no description`);
    const properties = at(inner, "properties");
    if (!isValueObject(values) || properties === null) return;
    assert.equal(at(inner, "additionalProperties"), false, `${path}: open`);
    const names = Object.keys(properties as ValueObject).filter((name) => name !== "global");
    if (path !== "" && ["resources"].includes(path.split(".").at(-1) ?? "")) return;
    assert.deepEqual(Object.keys(values).sort(compareText), names.sort(compareText), path);
    for (const name of names) walk(at(values, name), at(properties, name), path === "" ? name : `${path}.${name}`);
  };
  walk(defaults, schema, "");
});

test("every value of the chart is used by a template, and no other is", () => {
  const templates = globSync("*", { cwd: join(deploy, "chart/amap/templates") }).map((name) =>
    chart(`templates/${name}`),
  );
  const used = new Set(
    templates.flatMap((text) => [...text.matchAll(/\.Values((?:\.[A-Za-z]+)+)/g)].map(([, path = ""]) => path)),
  );
  const there = Object.entries(defaults).flatMap(([group, values]) =>
    Object.keys(values as ValueObject).map((name) => `.${group}.${name}`),
  );
  assert.deepEqual([...used].sort(compareText), there.sort(compareText));
});

test("the chart and kustomize deploy no image by default", () => {
  assert.equal(at(defaults, "image", "repository"), "");
  const [base] = readManifest("kustomize/base/kustomization.yaml");
  assert.equal(at(base, "images", 0, "digest"), NO_DIGEST);
  assert.match(textAt(base, "images", 0, "newName"), /^registry\.example\//);
});

test("amap has every flag that the manifests and the chart use", async () => {
  const program = await loadProgram(VERBS);
  const templates = ["controller.yaml", "server.yaml", "uninstall.yaml"].map((name) => chart(`templates/${name}`));
  const files = ["base", "overlays/single-node"].flatMap((folder) =>
    ["controller", "server"].map((name) => readFileSync(join(deploy, "kustomize", folder, `${name}.yaml`), "utf8")),
  );
  for (const text of [...templates, ...files]) {
    const verb = /^ +(?:- |args: \[)(controller|serve)\b/m.exec(text)?.[1];
    const known = program.commands.find((command) => command.name() === verb)?.options.map(({ long }) => long) ?? [];
    const used = [...text.matchAll(/(?:- |, )(--[a-z-]+)/g)].map(([, flag]) => flag);
    assert.ok(verb !== undefined && used.length > 0, text);
    assert.deepEqual(
      used.filter((flag) => !known.includes(flag)),
      [],
      verb,
    );
  }
});

test("the image: a base that must be named, not root, no shell form", () => {
  const lines = readFileSync(join(deploy, "image", "Dockerfile"), "utf8").split("\n");
  const words = (name: string): readonly string[] => lines.filter((line) => line.startsWith(`${name} `));
  assert.deepEqual(words("ARG"), ["ARG NODE_IMAGE"]);
  assert.deepEqual(words("FROM"), ["FROM ${NODE_IMAGE} AS build", "FROM ${NODE_IMAGE}"]);
  assert.deepEqual(words("USER"), ["USER 65532:65532"]);
  assert.deepEqual(words("ENTRYPOINT"), ['ENTRYPOINT ["node", "/opt/amap/dist/amap.mjs"]']);
  assert.deepEqual(words("ADD"), []);
});

/** Runs only where the programs are. */
function peerTest(name: string, programs: readonly (string | undefined)[], body: () => void): void {
  test(name, (context) => {
    if (programs.includes(undefined)) context.skip("not run: helm or kubectl is not on this machine");
    else body();
  });
}

/** Objects that only one of the two has: Helm makes no Namespace, and runs hooks of its own. */
const isShared = (each: Value): boolean =>
  at(each, "kind") !== "Namespace" && !textAt(each, "metadata", "name").startsWith("amap-uninstall");

const shared = (all: readonly Value[]): Record<string, Value> =>
  Object.fromEntries([...byName(all.filter(isShared).map(plain))].sort(([a], [b]) => (a < b ? -1 : 1)));

peerTest("the chart makes what kustomize's base makes", [helm, kubectl], () => {
  const expected = shared(renderKustomize("kustomize/base"));
  assert.equal(Object.keys(expected).length, 20);
  assert.deepEqual(shared(renderChart([])), expected);
});

peerTest("the chart with SQLite makes what the overlay single-node makes", [helm, kubectl], () => {
  const expected = shared(renderKustomize("kustomize/overlays/single-node"));
  assert.deepEqual(shared(renderChart(["store.kind=sqlite", "controller.replicas=1"])), expected);
});

peerTest("the chart with pull secrets makes what the overlay pull-secrets makes", [helm, kubectl], () => {
  const expected = shared(renderKustomize("kustomize/overlays/pull-secrets"));
  assert.equal(Object.keys(expected).length, 22);
  assert.deepEqual(shared(renderChart(["registry.pullSecrets=pod"])), expected);
  assert.deepEqual(rightsOf(expected["ClusterRole amap-controller-pull-secrets"]), [
    "/secrets: get",
    "/serviceaccounts: get",
  ]);
});

peerTest("helm: pull secrets of some namespaces alone", [helm], () => {
  const made = renderChart(["registry.pullSecrets=pod", "registry.pullSecretNamespaces={shop,bank}"]);
  const bound = made.filter((each) => textAt(each, "roleRef", "name") === "amap-controller-pull-secrets");
  assert.deepEqual(
    bound.map((each) => [textAt(each, "kind"), textAt(each, "metadata", "namespace")]),
    [
      ["RoleBinding", "shop"],
      ["RoleBinding", "bank"],
    ],
  );
  const without = renderChart(["registry.pullSecretNamespaces={shop}"]);
  assert.ok(!JSON.stringify(without).includes("pull-secrets"));
});

const refusals: readonly { name: string; values: readonly string[]; image?: false; says: RegExp }[] = [
  {
    name: "SQLite with two replicas",
    values: ["store.kind=sqlite"],
    says: /SQLite is one file of one node.*replicas=1/,
  },
  { name: "no image", values: [], image: false, says: /image\.repository: set it/ },
  { name: "PostgreSQL without its Secret", values: ["store.existingSecret="], says: /store\.existingSecret is empty/ },
  { name: "an unknown value", values: ["controler.replicas=2"], says: /controler/ },
  { name: "the tag latest", values: ["image.tag=latest"], says: /image\/tag/ },
];
for (const { name, values, image, says } of refusals) {
  peerTest(`helm refuses: ${name}`, [helm], () => assert.throws(() => renderChart(values, image ?? true), says));
}

peerTest("helm: a digest wins over the tag, and each value reaches its place", [helm], () => {
  const made = byName(
    renderChart([
      "image.tag=1.2.3",
      "controller.roles={admission}",
      "controller.scanInterval=30m",
      "controller.excludedNamespaces={kube-system,a}",
      "controller.webhookTimeoutSeconds=7",
      "controller.clusterName=west",
      "controller.extraArgs={--max-reports=5}",
      "registry.credentialsSecret=creds",
      "registry.caConfigMap=ca",
      "server.tlsSecret=tls",
      "server.trustProxy=true",
      "server.publicHosts={amap.example}",
      "server.extraArgs={--log-level=info}",
    ]),
  );
  const spec = at(made.get("Deployment amap-controller"), "spec", "template", "spec");
  const container = at(spec, "containers", 0);
  assert.equal(at(container, "image"), `registry.example/amap@${NO_DIGEST}`);
  assert.deepEqual((at(container, "args") as unknown as readonly string[]).slice(5), [
    "--exclude-namespaces=kube-system,a",
    "--roles=admission",
    "--scan-interval=30m",
    "--webhook-timeout=7s",
    "--cluster-name=west",
    "--registry-cacert=/etc/amap/registry-ca/ca.crt",
    "--max-reports=5",
  ]);
  assert.deepEqual(
    listAt(spec, "volumes").map(({ name }) => name),
    ["tmp", "docker", "registry-ca"],
  );
  assert.deepEqual(at(made.get("Deployment amap-server"), "spec", "template", "spec", "containers", 0, "args"), [
    "serve",
    "--listen=0.0.0.0:8080",
    "--metrics-listen=0.0.0.0:9090",
    "--tls-cert=/etc/amap/tls/tls.crt",
    "--tls-key=/etc/amap/tls/tls.key",
    "--trust-proxy",
    "--public-host=amap.example",
    "--log-level=info",
  ]);
  const server = at(made.get("Deployment amap-server"), "spec", "template", "spec", "containers", 0);
  assert.equal(at(server, "readinessProbe", "httpGet", "scheme"), "HTTPS");
  assert.equal(at(made.get("Service amap-server"), "spec", "ports", 0, "port"), 443);
});

peerTest("helm: what removes the webhooks after uninstalling may do nothing else", [helm], () => {
  const made = byName(renderChart([]));
  assert.deepEqual(rightsOf(made.get("ClusterRole amap-uninstall")), [
    `admissionregistration.k8s.io/validatingwebhookconfigurations${WEBHOOKS}: get,delete`,
    `admissionregistration.k8s.io/mutatingwebhookconfigurations${WEBHOOKS}: get,delete`,
  ]);
  assert.equal(at(made.get("Job amap-uninstall"), "metadata", "annotations", "helm.sh/hook"), "post-delete");
  assert.equal(byName(renderChart(["uninstall.removeWebhooks=false"])).has("Job amap-uninstall"), false);
});
