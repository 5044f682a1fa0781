/** `apply` over the objects of a cluster, with a fake one. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmapError, encodeUtf8, isAmapError, memberOf, textOf, type ValueObject } from "../../base/index.ts";
import type { Cluster, ClusterKind, HttpClient } from "../../ports/index.ts";
import { createFakeCluster, type FakeCluster } from "../../testing/fake-cluster.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { type Application, prepareApplication } from "./apply-policies.ts";
import type { ApplyRequest, ClusterRequest } from "./apply-request.ts";

const kind = (group: string, version: string, resource: string, name: string, namespaced = true): ClusterKind => ({
  group,
  version,
  resource,
  kind: name,
  namespaced,
});
const POD = kind("", "v1", "pods", "Pod");
const CONFIG_MAP = kind("", "v1", "configmaps", "ConfigMap");
const SECRET = kind("", "v1", "secrets", "Secret");
const NAMESPACE = kind("", "v1", "namespaces", "Namespace", false);
const NODE = kind("", "v1", "nodes", "Node", false);
const OXEN = kind("example.com", "v1", "oxen", "Ox");
const SCALER = kind("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler");
const OLD_SCALER = { ...SCALER, version: "v1" };
const GLOBAL = kind("kyverno.io", "v2", "globalcontextentries", "GlobalContextEntry", false);
const KINDS = [POD, CONFIG_MAP, SECRET, NAMESPACE, NODE, OXEN, SCALER, OLD_SCALER, GLOBAL];

const policy = (rule: string, kinds = "Pod", more = ""): string =>
  `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: p}\nspec:\n  rules:\n  - name: r\n    match: {any: [{resources: {kinds: ["${kinds}"]${more}}}]}\n${rule}`;
const MANY = 'Pod", "Namespace", "Node';
const OWNED = '    validate: {message: no owner, pattern: {metadata: {labels: {owner: "?*"}}}}\n';
const asks = (entry: string, value: string, wanted = "yes"): string =>
  `    context: [{name: found, ${entry}}]\n    validate: {message: "not ${wanted}", deny: {conditions: {all: [{key: "{{ ${value} }}", operator: NotEquals, value: "${wanted}"}]}}}\n`;

async function put(
  cluster: FakeCluster,
  of: ClusterKind,
  metadata: ValueObject,
  more: ValueObject = {},
): Promise<void> {
  const apiVersion = of.group === "" ? of.version : `${of.group}/${of.version}`;
  await cluster.create(of, { apiVersion, kind: of.kind, metadata, ...more });
}

/** Two namespaces, three Pods, of which `web` and `team/web` have owners. */
async function filled(): Promise<FakeCluster> {
  const cluster = createFakeCluster(KINDS);
  await put(cluster, NAMESPACE, { name: "shop", labels: { tier: "front" } });
  await put(cluster, NAMESPACE, { name: "team", labels: { tier: "back" } });
  await put(cluster, NODE, { name: "node-1" });
  await put(cluster, POD, { name: "web", namespace: "shop", labels: { owner: "a" } });
  await put(cluster, POD, { name: "db", namespace: "shop" });
  await put(cluster, POD, { name: "web", namespace: "team", labels: { owner: "b" } });
  await put(cluster, CONFIG_MAP, { name: "settings", namespace: "shop" }, { data: { answer: "yes" } });
  return cluster;
}

/** One service that answers. */
const SERVICES: HttpClient = {
  async send({ url }) {
    if (url !== "https://service.test/") throw new AmapError("REGISTRY_UNREACHABLE", `${url} does not answer`);
    return { status: 200, headers: {}, body: encodeUtf8('{"answer":"yes"}') };
  },
  async stream() {
    throw new Error("nothing is streamed");
  },
  async close() {
    // Nothing is open.
  },
};

const EVERYTHING: ClusterRequest = { place: {}, namespace: "", clusterWide: false, stopsAtErrors: false };

async function prepare(
  cluster: Cluster,
  policies: string,
  more: Partial<ApplyRequest> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<Application> {
  const world = createFakeWorld({ "/p.yaml": policies, ...files });
  return prepareApplication(
    { ...world, openCluster: async () => cluster, openHttp: async () => SERVICES },
    {
      policies: ["/p.yaml"],
      resources: [],
      targetResources: [],
      exceptions: [],
      exceptionsWithinPolicies: false,
      exceptionsWithinResources: false,
      set: [],
      cluster: EVERYTHING,
      ...more,
    },
  );
}

/** `namespace/name status`, in the order of judging, with the troubles behind. */
async function outcomes(application: Application): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { object, runs } of application.apply()) {
    const metadata = memberOf(object, "metadata");
    const statuses = runs.flatMap(({ responses }) => responses.map(({ status }) => status));
    found.push(`${textOf(metadata, "namespace")}/${textOf(metadata, "name")} ${statuses.join(" ") || "-"}`);
  }
  await application.close();
  return [...found, ...application.troubles.map(({ code }) => code)];
}

const only = (more: Partial<ClusterRequest>): Partial<ApplyRequest> => ({ cluster: { ...EVERYTHING, ...more } });

describe("the objects of a cluster", () => {
  const selections: readonly (readonly [
    name: string,
    kinds: string,
    request: Partial<ApplyRequest>,
    expected: readonly string[],
  ])[] = [
    ["all of a kind", "Pod", {}, ["shop/web pass", "shop/db fail", "team/web pass"]],
    ["of one namespace", "Pod", only({ namespace: "team" }), ["team/web pass"]],
    ["of a namespace without any", "Pod", only({ namespace: "nowhere" }), []],
    ["outside namespaces", "Node", {}, ["/node-1 fail"]],
    ["outside namespaces, not with a namespace", "Node", only({ namespace: "shop" }), []],
    ["outside namespaces alone", MANY, only({ clusterWide: true }), ["/shop fail", "/team fail", "/node-1 fail"]],
    [
      "outside namespaces beside a namespace",
      MANY,
      only({ clusterWide: true, namespace: "team" }),
      ["team/web pass", "/shop fail", "/team fail", "/node-1 fail"],
    ],
    ["by name", "Pod", { resources: ["db"] }, ["shop/db fail"]],
    ["by name in all namespaces", "Pod", { resources: ["web"] }, ["shop/web pass", "team/web pass"]],
    [
      "by names",
      "Pod",
      { resources: ["web", "db"], ...only({ namespace: "shop" }) },
      ["shop/web pass", "shop/db fail"],
    ],
    ["by version and kind", "v1/Pod", only({ namespace: "team" }), ["team/web pass"]],
    ["judged together, in order", "Pod", { width: 8 }, ["shop/web pass", "shop/db fail", "team/web pass"]],
  ];
  for (const [name, kinds, request, expected] of selections) {
    it(name, async () => {
      assert.deepEqual(await outcomes(await prepare(await filled(), policy(OWNED, kinds), request)), expected);
    });
  }

  it("of a kind with several versions in the one that is asked for, else in the preferred one", async () => {
    const cluster = await filled();
    await put(cluster, SCALER, { name: "new", namespace: "shop" });
    await put(cluster, OLD_SCALER, { name: "old", namespace: "shop" });
    const names = async (kinds: string): Promise<readonly string[]> =>
      outcomes(await prepare(cluster, policy(OWNED, kinds)));
    assert.deepEqual(await names("HorizontalPodAutoscaler"), ["shop/new fail"]);
    assert.deepEqual(await names("autoscaling/v1/HorizontalPodAutoscaler"), ["shop/old fail"]);
  });

  it("of a resource that a rule takes in several versions in the preferred one alone", async () => {
    const cluster = await filled();
    await put(cluster, SCALER, { name: "same", namespace: "shop" });
    await put(cluster, OLD_SCALER, { name: "same", namespace: "shop" });
    const constrained = (versions: string): string =>
      `apiVersion: policies.kyverno.io/v1\nkind: ValidatingPolicy\nmetadata: {name: p}\nspec:\n  matchConstraints: {resourceRules: [{apiGroups: [autoscaling], apiVersions: ${versions}, operations: [CREATE], resources: [horizontalpodautoscalers, gadgets]}]}\n  validations: [{expression: object.apiVersion == 'autoscaling/v2'}]\n`;
    const judged = async (versions: string): Promise<readonly string[]> =>
      outcomes(await prepare(cluster, constrained(versions)));
    assert.deepEqual(await judged("[v1, v2]"), ["shop/same pass"]);
    assert.deepEqual(await judged('["*"]'), ["shop/same pass"]);
    assert.deepEqual(await judged("[v1]"), ["shop/same fail"]);
    const { warnings } = await prepare(cluster, constrained("[v2]"));
    assert.deepEqual(warnings, [
      "autoscaling/v2/gadgets: the cluster serves no such resource; no objects of it are read",
    ]);
  });

  it("counts them, and of many only the first", async () => {
    const cluster = await filled();
    const few = await prepare(cluster, policy(OWNED));
    assert.deepEqual(few.count, { objects: 3, isWhole: true });
    for (let index = 0; index < 1_200; index++) {
      await put(cluster, POD, { name: `many-${index}`, namespace: "team", labels: { owner: "x" } });
    }
    const many = await prepare(cluster, policy(OWNED));
    assert.deepEqual(many.count, { objects: 1_000, isWhole: false });
    assert.equal((await outcomes(many)).length, 1_203);
  });

  it("says which kinds are not read", async () => {
    const two = policy(OWNED, "Widget").replace('"Widget"', '"Widget", "Pod/exec"');
    const application = await prepare(await filled(), two);
    assert.equal(application.warnings.length, 2);
    assert.match(application.warnings.join("\n"), /Widget: the cluster serves no such kind[^]*Pod\/exec: subresources/);
    assert.deepEqual(await outcomes(application), []);
  });

  it("a file is judged with what the cluster knows", async () => {
    const files = { "/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: shop}\n" };
    const rule = policy(asks("configMap: {name: settings, namespace: shop}", "found.data.answer"));
    const application = await prepare(await filled(), rule, { resources: ["/pod.yaml"] }, files);
    assert.deepEqual(await outcomes(application), ["shop/x pass"]);
  });

  it("objects that are judged already say nothing of policies that are not for them", async () => {
    const cluster = await filled();
    const selector = ", namespaceSelector: {matchLabels: {tier: front}}";
    const application = await prepare(cluster, policy(OWNED, "Pod", selector));
    assert.deepEqual(await outcomes(application), ["shop/web pass", "shop/db fail", "team/web -"]);
    // Each namespace was asked for once.
    assert.equal(cluster.calls.get("get"), 2);
  });
});

describe("what a cluster answers to policies", () => {
  const facts: readonly (readonly [name: string, entry: string, value: string, expected: string])[] = [
    ["a ConfigMap", "configMap: {name: settings, namespace: shop}", "found.data.answer", "pass"],
    ["a ConfigMap that is not there", "configMap: {name: none, namespace: shop}", "found.data.answer", "error"],
    [
      "an object by its path",
      'apiCall: {urlPath: "/api/v1/namespaces/shop/configmaps/settings", jmesPath: data.answer}',
      "found",
      "pass",
    ],
    [
      "a list by its path",
      "apiCall: {urlPath: /api/v1/pods, jmesPath: length(items)}",
      "found == `3` && 'yes' || 'no'",
      "pass",
    ],
    [
      "a list by labels",
      'apiCall: {urlPath: "/api/v1/pods?labelSelector=owner=a", jmesPath: length(items)}',
      "found == `1` && 'yes' || 'no'",
      "pass",
    ],
    ["the version", "apiCall: {urlPath: /version, jmesPath: \"gitVersion && 'yes'\"}", "found", "pass"],
    ["a path that is not there", "apiCall: {urlPath: /apis/none/v1/things}", "found", "error"],
    [
      "a path that is not there, with a default",
      'apiCall: {urlPath: /apis/none/v1/things, default: "yes"}',
      "found",
      "pass",
    ],
    [
      "a review that is posted",
      "apiCall: {urlPath: /apis/authorization.k8s.io/v1/selfsubjectaccessreviews, method: POST, data: [{key: kind, value: SelfSubjectAccessReview}], jmesPath: \"status.allowed && 'yes'\"}",
      "found",
      "pass",
    ],
    [
      "an object that is posted",
      'apiCall: {urlPath: /api/v1/namespaces/shop/configmaps, method: POST, data: [{key: kind, value: ConfigMap}], default: "yes"}',
      "found",
      "error",
    ],
    ["a service", 'apiCall: {service: {url: "https://service.test/"}, jmesPath: answer}', "found", "pass"],
    ["a service that is not there", 'apiCall: {service: {url: "https://other.test/"}}', "found", "error"],
    [
      "a service that is not there, with a default",
      'apiCall: {service: {url: "https://other.test/"}, default: "yes"}',
      "found",
      "pass",
    ],
    [
      "a GlobalContextEntry of the cluster",
      'globalReference: {name: maps, jmesPath: "[0].data.answer"}',
      "found",
      "pass",
    ],
    [
      "a GlobalContextEntry of the cluster about a service",
      "globalReference: {name: service, jmesPath: answer}",
      "found",
      "pass",
    ],
    ["a GlobalContextEntry that is not there", "globalReference: {name: none}", "found", "error"],
    ["an image", "imageRegistry: {reference: nginx}", "found", "error"],
  ];
  for (const [name, entry, value, expected] of facts) {
    it(name, async () => {
      const cluster = await filled();
      await put(
        cluster,
        GLOBAL,
        { name: "maps" },
        {
          spec: { kubernetesResource: { version: "v1", resource: "configmaps", namespace: "shop" } },
        },
      );
      const service = { apiCall: { service: { url: "https://service.test/" }, refreshInterval: "10m" } };
      await put(cluster, GLOBAL, { name: "service" }, { spec: service });
      const application = await prepare(cluster, policy(asks(entry, value)), only({ namespace: "team" }));
      assert.deepEqual(await outcomes(application), [`team/web ${expected}`]);
      assert.equal(
        [...cluster.calls].some(([call]) => call === "update" || call === "patch"),
        false,
      );
    });
  }

  it("what many objects ask is asked once", async () => {
    const cluster = await filled();
    const rule = policy(asks("apiCall: {urlPath: /version, jmesPath: gitVersion}", "found"));
    await outcomes(await prepare(cluster, rule));
    assert.equal(cluster.calls.get("ask"), 1);
  });

  it("targets that rules change", async () => {
    const mutation = (target: string): string =>
      policy(`    mutate: {targets: [{${target}}], patchStrategicMerge: {metadata: {labels: {seen: "yes"}}}}\n`);
    const changed = async (target: string): Promise<readonly string[]> => {
      const application = await prepare(await filled(), mutation(target), only({ namespace: "team" }));
      const found: string[] = [];
      for await (const { runs } of application.apply()) {
        for (const response of runs.flatMap(({ responses }) => responses)) {
          const target = response.patched?.object;
          const seen = textOf(memberOf(memberOf(target, "metadata"), "labels"), "seen");
          found.push(`${response.status} ${textOf(memberOf(target, "metadata"), "name")} ${seen}`);
        }
      }
      return found;
    };
    assert.deepEqual(await changed("apiVersion: v1, kind: ConfigMap, name: settings, namespace: shop"), [
      "pass settings yes",
    ]);
    assert.deepEqual(await changed('apiVersion: v1, kind: Pod, name: "w*", namespace: "*"'), [
      "pass web yes",
      "pass web yes",
    ]);
    assert.deepEqual(await changed("apiVersion: v1, kind: ConfigMap, name: none, namespace: shop"), ["error  "]);
    assert.deepEqual(await changed("apiVersion: v9, kind: Nothing, name: none, namespace: shop"), ["error  "]);
  });

  it("sources that are copied", async () => {
    const rule = policy(
      "    generate: {apiVersion: v1, kind: ConfigMap, name: copy, namespace: team, clone: {namespace: shop, name: settings}}\n",
    );
    const application = await prepare(await filled(), rule, only({ namespace: "team" }));
    const made: string[] = [];
    for await (const { runs } of application.apply()) {
      for (const { generated = [] } of runs.flatMap(({ responses }) => responses)) {
        made.push(...generated.map((object) => textOf(memberOf(object, "data"), "answer")));
      }
    }
    assert.deepEqual(made, ["yes"]);
  });
});

describe("a cluster that fails", () => {
  /** The cluster with failures of some calls. */
  function failing(cluster: FakeCluster, fails: (what: string) => boolean, code: AmapError["code"]): Cluster {
    const check = (what: string): void => {
      if (fails(what)) throw new AmapError(code, `${what} failed`);
    };
    return {
      ...cluster,
      async *list(of, selection) {
        check(`list ${of.resource}`);
        yield* cluster.list(of, selection);
      },
      get: async (of, name) => {
        check(`get ${of.resource} ${name.name}`);
        return cluster.get(of, name);
      },
      ask: async (path, body) => {
        check(`ask ${path}`);
        return cluster.ask(path, body);
      },
    };
  }

  it("that does not answer at all is the end", async () => {
    const cluster = await filled();
    cluster.fail(1, "CLUSTER_UNAVAILABLE");
    await assert.rejects(prepare(cluster, policy(OWNED)), (error) => isAmapError(error, "CLUSTER_UNAVAILABLE"));
    await assert.rejects(
      prepare(
        failing(await filled(), (what) => what.startsWith("list"), "CLUSTER_FORBIDDEN"),
        policy(OWNED),
      ),
      (error) => isAmapError(error, "CLUSTER_FORBIDDEN"),
    );
  });

  const both = policy(OWNED).replace('"Pod"', '"Pod", "Node"');

  it("a kind that may not be read is an error beside the others", async () => {
    const cluster = failing(await filled(), (what) => what === "list nodes", "CLUSTER_FORBIDDEN");
    const judged = ["shop/web pass", "shop/db fail", "team/web pass"];
    assert.deepEqual(await outcomes(await prepare(cluster, both)), [...judged, "CLUSTER_FORBIDDEN"]);
    await assert.rejects(prepare(cluster, both, only({ stopsAtErrors: true })), (error) =>
      isAmapError(error, "CLUSTER_FORBIDDEN"),
    );
  });

  it("lost, nothing more is asked, and it is said what was not read", async () => {
    const cluster = failing(await filled(), (what) => what === "list nodes", "CLUSTER_UNAVAILABLE");
    const application = await prepare(cluster, both.replace('"Node"', '"Node", "Ox"'));
    assert.deepEqual((await outcomes(application)).slice(3), ["CLUSTER_UNAVAILABLE"]);
    assert.match(application.troubles[0]?.message ?? "", /not read either: oxen/);
  });

  it("in the middle of a list is an error, and what came before is judged", async () => {
    const cluster = await filled();
    const broken: Cluster = {
      ...cluster,
      async *list(of, selection) {
        let told = 0;
        for await (const object of cluster.list(of, selection)) {
          if (told++ === 2) throw new AmapError("CLUSTER_UNAVAILABLE", "the connection was closed");
          yield object;
        }
      },
    };
    const expected = ["shop/web pass", "shop/db fail", "CLUSTER_UNAVAILABLE"];
    assert.deepEqual(await outcomes(await prepare(broken, policy(OWNED))), expected);
  });

  it("asked by a policy is an error of the rule, never a pass", async () => {
    const cluster = failing(await filled(), (what) => what.startsWith("ask"), "CLUSTER_UNAVAILABLE");
    const rule = policy(asks("apiCall: {urlPath: /version}", "found"));
    assert.deepEqual(await outcomes(await prepare(cluster, rule, only({ namespace: "team" }))), ["team/web error"]);
  });

  it("without the namespace of an object, that object is not judged and counts as an error", async () => {
    const cluster = failing(await filled(), (what) => what === "get namespaces shop", "CLUSTER_FORBIDDEN");
    const application = await prepare(cluster, policy(OWNED));
    assert.deepEqual(await outcomes(application), [
      "shop/web -",
      "shop/db -",
      "team/web pass",
      "CLUSTER_FORBIDDEN",
      "CLUSTER_FORBIDDEN",
    ]);
    const values =
      "apiVersion: cli.kyverno.io/v1alpha1\nkind: Values\nmetadata: {name: v}\nnamespaceSelector: [{name: shop, labels: {}}]\n";
    const described = await prepare(cluster, policy(OWNED), { valuesFile: "/v.yaml" }, { "/v.yaml": values });
    assert.deepEqual(await outcomes(described), ["shop/web pass", "shop/db fail", "team/web pass"]);
  });

  const refused: readonly (readonly [name: string, request: Partial<ApplyRequest>, code: AmapError["code"]])[] = [
    ["a name that nothing has", { resources: ["none"] }, "VALUE_INVALID"],
    ["a name that would be more than one", { resources: ["a,metadata.namespace=b"] }, "USAGE"],
    ["a path that is not there", { resources: ["./pod.yaml"] }, "FILE_NOT_FOUND"],
    ["files and names together", { resources: ["/p.yaml", "web"] }, "USAGE"],
    ["target resources beside a cluster", { targetResources: ["/p.yaml"] }, "USAGE"],
    ["standard input for both", { policies: ["-"], resources: ["-"] }, "USAGE"],
  ];
  for (const [name, request, code] of refused) {
    it(`${name} is refused`, async () => {
      await assert.rejects(prepare(await filled(), policy(OWNED), request), (error) => isAmapError(error, code));
    });
  }
});
