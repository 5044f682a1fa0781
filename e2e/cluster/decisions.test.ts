/** A real API server asks amap: the same decisions as `amap check`, in the cluster, in reports and when replayed. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Store } from "../../src/app/index.ts";
import { memberOf, readJson, type Value } from "../../src/base/index.ts";
import { denialMessage, type ResourceRow } from "../../src/report/index.ts";
import { findKubernetes, type RunningKubernetes, startKubernetes } from "../../tools/peers/kubernetes.ts";
import { findRegistry, type RunningRegistry, startRegistry } from "../../tools/peers/peers.ts";
import { installAmap } from "./install.ts";
import { eventually, type RunningController, runAmap, startController } from "./processes.ts";
import { type Stage, stageImages } from "./stage.ts";
import { listAt, numberAt, textAt, valueAt } from "./values.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-e2e-cluster-"));
const storePath = join(folder, "amap.db");
const manifest = join(folder, "manifest.yaml");
const policyPath = join(folder, "policy.yaml");
const LEGACY = "legacy";
let registries: readonly RunningRegistry[] = [];
let cluster: RunningKubernetes;
let controller: RunningController;
let stage: Stage;
let store: Store;

const kubectl = (args: readonly string[], stdin?: string): Promise<string> => cluster.kubectl(args, stdin);
const apply = (text: string, ...more: string[]): Promise<string> => kubectl(["apply", ...more, "-f", "-"], text);

/** The standard error of a kubectl call that must fail. */
async function refusal(text: string, verb = "create"): Promise<string> {
  try {
    await kubectl([verb, "-f", "-"], text);
  } catch (error) {
    return String(error);
  }
  return assert.fail("the API server admitted it");
}

/** What `amap check` says about a manifest. */
async function check(text: string): Promise<ResourceRow> {
  writeFileSync(manifest, text);
  const { stdout, stderr } = await runAmap([
    "check",
    "--policy",
    policyPath,
    "--verify-layers",
    "-o",
    "json",
    manifest,
  ]);
  const [row] = (memberOf(readJson(stdout), "resources") ?? []) as unknown as readonly ResourceRow[];
  assert.ok(row, stderr);
  return row;
}

const allNames = (): readonly string[] => stage.images.map(({ name }) => name);
const badNames = (): readonly string[] => allNames().filter((name) => name !== "good");

async function policyReady(name: string, ready: boolean): Promise<Value> {
  return eventually(`policy ${name} is ${ready ? "" : "not "}ready`, 10_000, async () => {
    const policy = readJson(await kubectl(["get", "ivpol", name, "-o", "json"]));
    const status = valueAt(policy, "status", "conditionStatus") ?? null;
    assert.equal(memberOf(status, "ready"), ready);
    return status;
  });
}

before(async () => {
  const programs = findKubernetes({ install: true });
  const registryProgram = findRegistry({ install: true });
  assert.ok(programs && registryProgram, "kube-apiserver and docker-registry can be had");
  registries = [await startRegistry(registryProgram), await startRegistry(registryProgram)];
  const [registry, damaged] = registries;
  assert.ok(registry && damaged);
  cluster = await startKubernetes(programs);
  stage = await stageImages(folder, registry, damaged);
  writeFileSync(policyPath, stage.policy);
  const kubeconfig = await installAmap(cluster, programs.kubectl);
  // What ran before there was a policy: everything, good and bad.
  await kubectl(["create", "namespace", LEGACY]);
  for (const { name, image } of stage.images) await apply(stage.deployment(`storefront-${name}`, image, LEGACY));
  // A policy that does not compile and was there before any webhook could refuse it.
  await apply(
    stage.policy.replace("name: storefront-evidence", "name: broken").replace("failurePolicy:", "failurePolicie:"),
  );
  controller = await startController({
    kubeconfig,
    store: storePath,
    more: ["--scan-interval", "2s", "--evidence-ttl", "0s"],
  });
  await controller.ready();
  store = await stage.world.openStore(storePath);
});

after(async () => {
  await store?.close();
  if (controller !== undefined) assert.equal(await controller.stop(), 0, controller.log().slice(-2_000));
  await stage?.world.close();
  await cluster?.stop();
  for (const registry of registries) await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("policies", () => {
  test("one that does not compile is refused with its place, in its status", async () => {
    const status = await policyReady("broken", false);
    assert.match(textAt(status, "message"), /failurePolicie.*failurePolicy/s);
    await kubectl(["delete", "ivpol", "broken"]);
  });

  test("one that does not compile is refused when it is created", async () => {
    const text = stage.policy
      .replace("name: storefront-evidence", "name: later")
      .replace("failurePolicy:", "failurePolicie:");
    await eventually("the webhook over policies is in place", 10_000, async () =>
      assert.match(await refusal(text), /spec\.failurePolicie.*failurePolicy/s),
    );
  });

  test("a good one is in force", async () => {
    await apply(stage.policy);
    await policyReady("storefront-evidence", true);
    await eventually("the resource webhook is in place", 10_000, async () =>
      assert.match(await refusal(stage.pod("probe", stage.image("unsigned"))), /amap denies/),
    );
  });
});

describe("admission", () => {
  test("the good Deployment, and a Pod as its template makes it, are created", async () => {
    await kubectl(["create", "-f", "-"], stage.deployment("storefront", stage.image("good")));
    await kubectl(["create", "-f", "-"], stage.pod("storefront-1", stage.image("good")));
  });

  test("each bad twin is refused with the message that amap check prints, as Deployment and as Pod", async () => {
    for (const name of badNames()) {
      for (const kind of ["deployment", "pod"] as const) {
        const text = stage[kind](`storefront-${name}`, stage.image(name));
        const row = await check(text);
        assert.equal(row.allowed, false, name);
        assert.deepEqual(
          row.rules
            .filter(({ status }) => status === "fail" || status === "error")
            .map(({ rule }) => rule)
            .sort(),
          [...(stage.images.find((each) => each.name === name)?.fails ?? [])].sort(),
          name,
        );
        const said = await refusal(text);
        assert.ok(said.includes(denialMessage(row)), `${name}: expected\n${denialMessage(row)}\nfound\n${said}`);
      }
    }
  });

  test("a debug container with a bad image is refused (C14)", async () => {
    const pod = readJson(await kubectl(["get", "pod", "-n", "shop", "storefront-1", "-o", "json"])) as {
      spec: Record<string, Value>;
    };
    const spec = {
      ...pod.spec,
      ephemeralContainers: [{ name: "debug", image: stage.image("unsigned"), targetContainerName: "storefront" }],
    };
    const path = "/api/v1/namespaces/shop/pods/storefront-1/ephemeralcontainers";
    await assert.rejects(
      kubectl(["replace", "--raw", path, "-f", "-"], JSON.stringify({ ...pod, spec })),
      /amap denies/,
    );
  });

  test("an annotation that claims a verification changes nothing (C16)", async () => {
    const forged = stage
      .pod("forged", stage.image("unsigned"))
      .replace("labels:", `annotations: { kyverno.io/image-verification-outcomes: '{"x":"pass"}' }, labels:`);
    assert.match(await refusal(forged), /amap denies/);
  });

  test("a tag is pinned to the digest that was judged", async () => {
    const pinning = stage.policy.replace("mutateDigest: false", "mutateDigest: true");
    await apply(pinning);
    const tagged = `${stage.image("good").split("@")[0] ?? ""}:v1`;
    await eventually("the pinning webhook is in place", 10_000, async () => {
      await kubectl(["delete", "pod", "-n", "shop", "pinned", "--ignore-not-found", "--grace-period=0", "--force"]);
      await kubectl(["create", "-f", "-"], stage.pod("pinned", tagged));
      const image = await kubectl(["get", "pod", "-n", "shop", "pinned", "-o", "jsonpath={.spec.containers[0].image}"]);
      assert.equal(image, `${tagged}@${stage.demo.digest}`);
    });
    await apply(stage.policy);
  });

  test("a change of the policy is in force within a second, both ways", async () => {
    const bad = stage.pod("changing", stage.image("unsigned"));
    const switchTo = async (action: string, holds: () => Promise<unknown>): Promise<number> => {
      await kubectl([
        "patch",
        "ivpol",
        "storefront-evidence",
        "--type=merge",
        "-p",
        JSON.stringify({ spec: { validationActions: [action] } }),
      ]);
      const started = performance.now();
      await eventually(`validationActions ${action} is in force`, 5_000, holds);
      return performance.now() - started;
    };
    const audit = await switchTo("Audit", () => kubectl(["create", "--dry-run=server", "-f", "-"], bad));
    const deny = await switchTo("Deny", async () => {
      const said = await kubectl(["create", "--dry-run=server", "-f", "-"], bad).catch(String);
      assert.match(said, /amap denies/);
    });
    console.log(
      `a policy change was in force after ${audit.toFixed(0)} and ${deny.toFixed(0)} ms (kubectl calls included)`,
    );
    assert.ok(audit < 1_000 && deny < 1_000, `${audit} ms, ${deny} ms`);
  });
});

describe("the same decision object", () => {
  test("from the command line, the webhook and the background scan, for every image; explain replays it", async () => {
    for (const name of allNames()) {
      const resource = {
        cluster: "e2e",
        apiVersion: "apps/v1",
        kind: "Deployment",
        namespace: LEGACY,
        name: `storefront-${name}`,
      };
      const checked = await check(stage.deployment(resource.name, stage.image(name), LEGACY));
      // The object is there since before the policy: changing anything about it asks the webhook.
      await kubectl(["annotate", "-n", LEGACY, "deployment", resource.name, "touched=yes"]).catch(() => "");
      const asked = await eventually(`the review of ${name} is recorded`, 5_000, async () => {
        const page = await store.admissions.list({ limit: 5, namespace: LEGACY, search: resource.name });
        const [newest] = page.items;
        assert.ok(newest);
        return store.admissions.get(newest.id);
      });
      assert.deepEqual(asked?.decision, checked, `webhook and check about ${name}`);
      const stored = await eventually(`the scan of ${name} is recorded`, 20_000, async () => {
        const uid = await kubectl(["get", "-n", LEGACY, "deployment", resource.name, "-o", "jsonpath={.metadata.uid}"]);
        const found = await store.results.get({ ...resource, uid });
        assert.ok(found);
        return found;
      });
      assert.deepEqual(stored.decision, checked, `background and check about ${name}`);
      const explained = await runAmap(["explain", "--store", storePath, "-o", "json", asked?.id ?? ""]);
      assert.equal(explained.code, 0, explained.stderr);
      assert.deepEqual(memberOf(readJson(explained.stdout), "decision"), checked, `replay and check about ${name}`);
    }
  });
});

describe("background", () => {
  test("kubectl get polr shows the results of everything that runs", async () => {
    await eventually("every Deployment has a report", 30_000, async () => {
      const text = await kubectl(["get", "polr", "-A", "-o", "json"]);
      const items = listAt(readJson(text), "items");
      const summaries = new Map(
        items.map((item) => [
          `${textAt(item, "metadata", "namespace")}/${textAt(item, "scope", "name")}`,
          memberOf(item, "summary") ?? null,
        ]),
      );
      for (const name of allNames()) {
        const summary = summaries.get(`${LEGACY}/storefront-${name}`) ?? null;
        const bad = numberAt(summary, "fail") + numberAt(summary, "error");
        assert.equal(bad > 0, name !== "good", `${name}: ${JSON.stringify(summary)}`);
      }
    });
    const table = await kubectl(["get", "polr", "-A"]);
    assert.match(table, /NAMESPACE\s+NAME\s+KIND/);
    console.log(table.split("\n").slice(0, 4).join("\n"));
  });

  test("a Pod is judged by the digest that runs, not by what its tag means", async () => {
    const repository = stage.image("good").split("@")[0] ?? "";
    await kubectl(["create", "-f", "-"], stage.pod("tagged", `${repository}:v1`));
    const status = {
      name: "storefront",
      image: `${repository}:v1`,
      imageID: `${repository}@${stage.demo.digest}`,
      ready: true,
      restartCount: 0,
    };
    await kubectl([
      "patch",
      "pod",
      "-n",
      "shop",
      "tagged",
      "--subresource=status",
      "--type=merge",
      "-p",
      JSON.stringify({ status: { containerStatuses: [status] } }),
    ]);
    const uid = await kubectl(["get", "pod", "-n", "shop", "tagged", "-o", "jsonpath={.metadata.uid}"]);
    const resource = { cluster: "e2e", apiVersion: "v1", kind: "Pod", namespace: "shop", name: "tagged", uid };
    await eventually("the scan speaks of the running digest", 20_000, async () => {
      const found = await store.results.get(resource);
      assert.equal(found?.decision.images[0]?.image, `${repository}:v1@${stage.demo.digest}`);
      assert.deepEqual(found.images[0], {
        image: `${repository}:v1`,
        repository,
        digest: stage.demo.digest,
        unpinned: true,
      });
    });
  });

  test("a signature that is deleted turns the report red at the next scan", async () => {
    const [repository = ""] = stage.image("good").split("@");
    const [host = "", ...path] = repository.split("/");
    const manifests = `http://${host}/v2/${path.join("/")}/manifests`;
    const accept = { Accept: "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json" };
    const digestOfTag = async (tag: string): Promise<string> =>
      (await fetch(`${manifests}/${tag}`, { method: "HEAD", headers: accept })).headers.get("docker-content-digest") ??
      "";
    const hex = stage.demo.digest.slice("sha256:".length);
    const listed = await (await fetch(`${manifests}/sha256-${hex}`, { headers: accept })).text();
    const signatures = listAt(readJson(listed), "manifests")
      .filter((each) => JSON.stringify(each).includes("cosign/sign"))
      .map((each) => textAt(each, "digest"));
    assert.ok(signatures.length > 0);
    for (const digest of [await digestOfTag(`sha256-${hex}.sig`), ...signatures]) {
      assert.equal((await fetch(`${manifests}/${digest}`, { method: "DELETE" })).status, 202);
    }
    await eventually("the report of the good Deployment is red", 20_000, async () => {
      const items = (memberOf(readJson(await kubectl(["get", "polr", "-n", "shop", "-o", "json"])), "items") ??
        []) as readonly Value[];
      const report = items.find((item) => textAt(item, "scope", "name") === "storefront");
      const summary = memberOf(report, "summary") ?? null;
      assert.ok(numberAt(summary, "fail") + numberAt(summary, "error") > 0, JSON.stringify(summary));
    });
  });
});

describe("bad input", () => {
  test("a registry that hangs: the answer follows failurePolicy within the timeout, and the process lives", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    assert.ok(address !== null && typeof address === "object");
    try {
      const image = `127.0.0.1:${address.port}/hanging/app@${stage.demo.digest}`;
      const quick = stage.policy.replace(
        "failurePolicy: Fail",
        "webhookConfiguration: { timeoutSeconds: 3 }\n  failurePolicy: Fail",
      );
      await apply(quick);
      await eventually("the shorter timeout is in the webhook", 10_000, async () => {
        const text = await kubectl(["get", "validatingwebhookconfigurations", "amap-validating", "-o", "json"]);
        assert.match(text, /"timeoutSeconds": 3/);
      });
      const started = performance.now();
      const said = await refusal(stage.pod("hanging", image));
      const seconds = (performance.now() - started) / 1_000;
      assert.match(said, /amap denies Pod shop\/hanging/);
      assert.ok(seconds < 5, `${seconds} s`);
      await apply(quick.replace("failurePolicy: Fail", "failurePolicy: Ignore"));
      await eventually("the webhook ignores failures", 15_000, async () => {
        await kubectl(["create", "--dry-run=server", "-f", "-"], stage.pod("hanging", image));
      });
      await controller.ready(5_000);
    } finally {
      await apply(stage.policy);
      silent.close();
    }
  });

  test("hostile reviews are refused, and the next honest one is answered", async () => {
    const configuration = readJson(
      await kubectl(["get", "validatingwebhookconfigurations", "amap-validating", "-o", "json"]),
    );
    const [webhook] = listAt(configuration, "webhooks");
    const ca = Buffer.from(textAt(webhook, "clientConfig", "caBundle"), "base64").toString();
    const { Agent, request } = await import("undici");
    const dispatcher = new Agent({ connect: { ca } });
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const review = (object: string): string =>
      `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u","kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"operation":"CREATE","object":${object}}}`;
    const bodies = [
      "",
      "not json",
      "{}",
      deep,
      review(deep),
      review('{"a":1,"a":2}'),
      review('{"n":1e999999}').replace("admission.k8s.io/v1", "admission.k8s.io/v9"),
      review('"text"'),
      review(`{"x":"${"a".repeat(20 * 1024 * 1024)}"}`),
      `{"__proto__":{"allowed":true}}`,
    ];
    for (const body of bodies) {
      const answer = await request(`https://127.0.0.1:${controller.webhookPort}/validate?timeout=5s`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        dispatcher,
      }).catch((error: unknown) => ({ statusCode: -1, body: { text: async () => String(error) } }));
      assert.ok(answer.statusCode >= 400 || answer.statusCode === -1, `${answer.statusCode} for ${body.slice(0, 60)}`);
      assert.doesNotMatch(await answer.body.text(), /"allowed":true/);
    }
    await dispatcher.close();
    await controller.ready(5_000);
    assert.match(await refusal(stage.pod("after", stage.image("unsigned"))), /amap denies/);
  });
});
