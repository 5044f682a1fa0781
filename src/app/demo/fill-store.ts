import { AmapError, decodeUtf8, LIMITS, memberOf, readYaml, type Value, type ValueObject } from "../../base/index.ts";
import type { Store } from "../../ports/index.ts";
import type { AdmissionRequest } from "../../report/index.ts";
import { createEnforcement } from "../enforcement/create-enforcement.ts";
import type { Enforcement } from "../enforcement/enforcement.ts";
import type { ImageSource } from "../image-target.ts";
import { createUuid } from "../sbom.ts";
import type { World } from "../world.ts";
import type { DemoReport } from "./demo.ts";

/** Name of the demo's cluster in the store; no such cluster exists. */
export const DEMO_CLUSTER = "demo";
const REGISTRY = "registry.example";
/** Where the bad twins run that were there before the policy was, so that the background scan has something to find. */
const LEGACY_NAMESPACE = "legacy";
/** Twins that are shown as running; the others are only denied at admission. */
const RUNNING_TWINS: ReadonlySet<string> = new Set(["stale-scan", "no-statement", "affected", "no-provenance"]);

/**
 * Lets the demo's images pass through the same engine that a cluster uses, and keeps what came of it: the policy, an
 * admission review of the good Deployment and of each bad twin, and background scans of what runs. All of it is a play:
 * the cluster and its user are named `demo`.
 * @throws {AmapError} STORE_UNAVAILABLE; FILE_NOT_FOUND when the demo's folder is gone
 */
export async function fillStoreFromDemo(world: World, store: Store, report: DemoReport): Promise<void> {
  const { directory, digest, twins } = report;
  const nameOf = (twin: string): string => `${REGISTRY}/${twin}/storefront`;
  const sources: ImageSource[] = [
    { repository: `${REGISTRY}/storefront`, directory: `${directory}/image` },
    ...twins.map(({ name }) => ({ repository: nameOf(name), directory: `${directory}/twins/${name}` })),
  ];
  const failures: unknown[] = [];
  const fail = (error: unknown): void => void failures.push(error);
  const enforcement = createEnforcement(world, store, {
    cluster: DEMO_CLUSTER,
    namespaceOf: (name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: {} } }),
    evidenceTtlMs: 0,
    sources,
    onStoreFailure: fail,
    onBug: fail,
  });
  const [policy = null] = await readObjects(world, `${directory}/policy.yaml`);
  await enforcement.applyPolicy(policy);
  const [deployment = null] = await readObjects(world, `${directory}/deployment.yaml`);
  const good = workload(deployment, { name: "storefront", image: `${REGISTRY}/storefront:v1@${digest}` });
  await admit(world, enforcement, good);
  await enforcement.scan(withUid(world, good));
  for (const { name } of twins) {
    const twin = workload(deployment, { name: `storefront-${name}`, image: `${nameOf(name)}:v1@${digest}` });
    await admit(world, enforcement, twin);
    if (!RUNNING_TWINS.has(name)) continue;
    await enforcement.scan(withUid(world, inNamespace(twin, LEGACY_NAMESPACE)));
  }
  if (failures.length > 0) throw failures[0];
}

async function readObjects(world: World, path: string): Promise<readonly Value[]> {
  const text = decodeUtf8(await world.files.read(path, LIMITS.documentBytes));
  if (text === undefined) throw new AmapError("YAML_INVALID", `${path} is not text`);
  return readYaml(text);
}

/** The example Deployment under another name, with another image. */
function workload(deployment: Value, { name, image }: { readonly name: string; readonly image: string }): ValueObject {
  const object = deployment as ValueObject;
  const spec = objectAt(object, "spec");
  const template = objectAt(spec, "template");
  const podSpec = objectAt(template, "spec");
  const containers = memberOf(podSpec, "containers");
  const [first, ...more] = Array.isArray(containers) ? (containers as readonly Value[]) : [];
  const replaced = [{ ...(first as ValueObject), image }, ...more];
  return {
    ...object,
    metadata: { ...objectAt(object, "metadata"), name },
    spec: { ...spec, template: { ...template, spec: { ...podSpec, containers: replaced } } },
  };
}

function objectAt(object: Value, key: string): ValueObject {
  return (memberOf(object, key) ?? {}) as ValueObject;
}

function inNamespace(object: ValueObject, namespace: string): ValueObject {
  return { ...object, metadata: { ...objectAt(object, "metadata"), namespace } };
}

function withUid(world: World, object: ValueObject): ValueObject {
  return { ...object, metadata: { ...objectAt(object, "metadata"), uid: createUuid(world) } };
}

async function admit(world: World, enforcement: Enforcement, object: ValueObject): Promise<void> {
  const metadata = objectAt(object, "metadata");
  const [name, namespace] = [memberOf(metadata, "name"), memberOf(metadata, "namespace")];
  const request: AdmissionRequest = {
    uid: createUuid(world),
    kind: { group: "apps", version: "v1", kind: "Deployment" },
    resource: { group: "apps", version: "v1", resource: "deployments" },
    subresource: "",
    name: typeof name === "string" ? name : "",
    ...(typeof namespace === "string" ? { namespace } : {}),
    operation: "CREATE",
    userInfo: { username: "demo" },
    user: "demo",
    object,
    oldObject: null,
    dryRun: false,
  };
  await enforcement.review(request, { timeoutMs: LIMITS.evaluationMs });
}
