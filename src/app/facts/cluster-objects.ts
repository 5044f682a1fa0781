import {
  AmapError,
  isAmapError,
  isValueObject,
  LIMITS,
  listOf,
  matchesWildcard,
  memberOf,
  textOf,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import { matchesLabels } from "../../policy/index.ts";
import type { Cluster, ClusterKind, ClusterSelection } from "../../ports/index.ts";
import { apiVersionOf, type ClusterKinds, groupVersionOf } from "./cluster-kinds.ts";

/** `resource`: one object by its plural, or null. */
export async function getNamed(cluster: Cluster, kinds: ClusterKinds, params: Value): Promise<Value> {
  const namespace = textOf(params, "namespace");
  const kind = await kinds.withPlural(textOf(params, "apiVersion"), textOf(params, "resource"));
  checkScope(kind, namespace);
  return getObject(cluster, kind, namespace, textOf(params, "name"));
}

/** `objectOfKind`: one object by its kind, or null. */
export async function getOfKind(cluster: Cluster, kinds: ClusterKinds, params: Value): Promise<Value> {
  const kind = await kinds.named(textOf(params, "apiVersion"), textOf(params, "kind"));
  return getObject(cluster, kind, textOf(params, "namespace"), textOf(params, "name"));
}

/** `resourceList`: a Kubernetes list of the objects with these labels. */
export async function listLabelled(cluster: Cluster, kinds: ClusterKinds, params: Value): Promise<Value> {
  const namespace = textOf(params, "namespace");
  const kind = await kinds.withPlural(textOf(params, "apiVersion"), textOf(params, "resource"));
  checkScope(kind, namespace);
  const labelSelector = selectorOf(memberOf(params, "labels"));
  const items: Value[] = [];
  const selection = { ...inNamespace(namespace), ...(labelSelector === "" ? {} : { labelSelector }) };
  for await (const object of cluster.list(kind, selection)) {
    checkLength(items, kind);
    items.push(object);
  }
  return { apiVersion: textOf(params, "apiVersion"), kind: `${kind.kind}List`, metadata: {}, items };
}

/** `objectsOfKind`: `{object, subresource}` of everything that a target or a cloneList names. */
export async function listOfKinds(cluster: Cluster, kinds: ClusterKinds, params: Value): Promise<Value> {
  const apiVersion = textOf(params, "apiVersion");
  const { group, version } = apiVersion === "" ? { group: "*", version: "*" } : groupVersionOf(apiVersion);
  const subresource = textOf(params, "subresource");
  if (hasWildcard(subresource)) {
    throw new AmapError("NOT_SUPPORTED", `the subresource ${subresource}: expected the name of one, without wildcards`);
  }
  const pattern = { group, version, kind: textOf(params, "kind") };
  const matching = await kinds.matching(pattern);
  if (matching.length === 0 && !hasWildcard(pattern.kind)) {
    throw new AmapError("CLUSTER_NOT_FOUND", `the cluster serves no ${pattern.kind} in ${apiVersion || "any group"}`);
  }
  const found: Value[] = [];
  for (const kind of matching) {
    for await (const object of selectObjects(cluster, kind, params)) {
      checkLength(found, kind);
      found.push({
        object: subresource === "" ? object : await cluster.ask(`${pathOf(kind, object)}/${subresource}`),
        subresource,
      });
    }
  }
  const [namespace, name] = [textOf(params, "namespace"), textOf(params, "name")];
  const namesOne = namespace !== "" && name !== "" && !hasWildcard(namespace) && !hasWildcard(name);
  // As in Kyverno: one that is named by both and is not there is a mistake, not nothing to do.
  if (found.length > 0 || !namesOne) return found;
  throw new AmapError("CLUSTER_NOT_FOUND", `the cluster has no ${pattern.kind} ${name} in namespace ${namespace}`);
}

async function* selectObjects(cluster: Cluster, kind: ClusterKind, params: Value): AsyncGenerator<ValueObject> {
  const [namespace, name] = [textOf(params, "namespace"), textOf(params, "name")];
  // As in Kyverno, a target with a namespace is not looked for outside namespaces.
  if (!kind.namespaced && namespace !== "") return;
  const selector = memberOf(params, "selector");
  const selection: ClusterSelection = {
    ...(hasWildcard(namespace) ? {} : inNamespace(namespace)),
    ...(name === "" || hasWildcard(name) ? {} : { fieldSelector: `metadata.name=${name}` }),
  };
  for await (const object of listStored(cluster, kind, selection)) {
    const metadata = memberOf(object, "metadata");
    if (hasWildcard(namespace) && !matchesWildcard(namespace, textOf(metadata, "namespace"))) continue;
    if (hasWildcard(name) && !matchesWildcard(name, textOf(metadata, "name"))) continue;
    if (isValueObject(selector) && !matchesLabels(selector, object)) continue;
    yield object;
  }
}

/**
 * The objects of a kind. Kinds that are only posted (reviews, bindings) keep no objects, and the discovery of kinds does
 * not tell which these are.
 * @throws {AmapError} as `list` of the port
 */
export async function* listStored(
  cluster: Cluster,
  kind: ClusterKind,
  selection: ClusterSelection,
): AsyncGenerator<ValueObject> {
  try {
    for await (const object of cluster.list(kind, selection)) if (isValueObject(object)) yield object;
  } catch (error) {
    if (isNoSuchCall(error) && !(await isListed(cluster, kind))) return;
    throw error;
  }
}

/** Not found, or a method that the resource does not have. */
function isNoSuchCall(error: unknown): boolean {
  return error instanceof AmapError && [404, 405].includes(Number(error.details["status"]));
}

/** Whether the server lists the objects of a kind; where it does not say, it does. */
async function isListed(cluster: Cluster, kind: ClusterKind): Promise<boolean> {
  try {
    const resources = listOf(await cluster.ask(rootOf(kind)), "resources");
    const found = resources.find((resource) => textOf(resource, "name") === kind.resource);
    return found === undefined || listOf(found, "verbs").includes("list");
  } catch (error) {
    if (isAmapError(error)) return true;
    throw error;
  }
}

async function getObject(cluster: Cluster, kind: ClusterKind, namespace: string, name: string): Promise<Value> {
  // Never "there is none": nobody looked.
  if (kind.namespaced && namespace === "") {
    throw new AmapError("VALUE_INVALID", `${kind.resource} are in namespaces: expected the name of one, found none`);
  }
  return (await cluster.get(kind, kind.namespaced ? { namespace, name } : { name })) ?? null;
}

function checkScope({ namespaced, resource }: ClusterKind, namespace: string): void {
  if (namespaced || namespace === "") return;
  throw new AmapError("VALUE_INVALID", `${resource} are outside namespaces: ask for them with an empty namespace`);
}

function checkLength(items: readonly Value[], kind: ClusterKind): void {
  if (items.length < LIMITS.factListItems) return;
  const message = `there are more than ${LIMITS.factListItems} ${kind.resource}: name a namespace or labels`;
  throw new AmapError("LIMIT_EXCEEDED", message);
}

function inNamespace(namespace: string): ClusterSelection {
  return namespace === "" ? {} : { namespace };
}

function hasWildcard(text: string): boolean {
  return text.includes("*") || text.includes("?");
}

function rootOf(kind: ClusterKind): string {
  return kind.group === "" ? `/api/${kind.version}` : `/apis/${apiVersionOf(kind)}`;
}

function pathOf(kind: ClusterKind, object: Value): string {
  const metadata = memberOf(object, "metadata");
  const namespace = kind.namespaced ? `/namespaces/${encodeURIComponent(textOf(metadata, "namespace"))}` : "";
  return `${rootOf(kind)}${namespace}/${kind.resource}/${encodeURIComponent(textOf(metadata, "name"))}`;
}

const LABEL_KEY = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

/** Every label equal. What is no label would mean something else inside a selector. */
function selectorOf(labels: Value | undefined): string {
  const entries = isValueObject(labels) ? Object.entries(labels) : [];
  return entries
    .map(([key, value]) => {
      if (!LABEL_KEY.test(key) || typeof value !== "string" || !LABEL_VALUE.test(value)) {
        throw new AmapError("VALUE_INVALID", `${JSON.stringify(key.slice(0, 80))} and its value are not a label`);
      }
      return `${key}=${value}`;
    })
    .join(",");
}
