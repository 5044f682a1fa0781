import { AmapError, isAmapError, isValueObject, LIMITS, memberOf, textOf, type Value } from "../../base/index.ts";
import { type Fact, type FactRequest, notServed } from "../../policy/index.ts";
import type { Cluster, ClusterKind } from "../../ports/index.ts";
import { mapBounded } from "../bounded.ts";

/** Questions to the API server at the same time. */
const WIDTH = 8;

/** Answers what policies ask about a cluster's objects: `resource`, `resourceList` and `resourceType`. */
export interface ClusterFacts {
  /** Facts for these requests, by key. What cannot be looked up, and what is of another kind, is a failed fact. */
  load(requests: readonly FactRequest[]): Promise<ReadonlyMap<string, Fact>>;
}

/**
 * A loader over a cluster. Its kinds are asked for once. `resourcePost` is not served: an object must be created once,
 * which a loader that may be asked again does not promise.
 *
 * @example
 * ```ts
 * import { createClusterFacts } from "../index.ts";
 * createClusterFacts({} as never).load([]); // a promise of no facts
 * ```
 */
export function createClusterFacts(cluster: Cluster): ClusterFacts {
  let kinds: Promise<readonly ClusterKind[]> | undefined;
  const served = async (): Promise<readonly ClusterKind[]> => {
    kinds ??= cluster.kinds();
    try {
      return await kinds;
    } catch (error) {
      kinds = undefined;
      throw error;
    }
  };
  const look = async ({ kind, params }: FactRequest): Promise<Value> => {
    const known = await served();
    switch (kind) {
      case "resource":
        return await getObject(cluster, kindOfResource(known, params), params);
      case "resourceList":
        return await listObjects(cluster, kindOfResource(known, params), params);
      default:
        return typeOf(known, params);
    }
  };
  const loadOne = async (request: FactRequest): Promise<Fact> => {
    if (!["resource", "resourceList", "resourceType"].includes(request.kind)) return notServed(request);
    try {
      return { ok: true, value: await look(request) };
    } catch (error) {
      if (isAmapError(error)) return { ok: false, code: error.code, message: error.message };
      throw error;
    }
  };
  return {
    load: async (requests) => {
      const facts = await mapBounded(requests, WIDTH, loadOne);
      return new Map(requests.map((request, index) => [request.key, facts[index] as Fact]));
    },
  };
}

function groupVersionOf(params: Value): { readonly group: string; readonly version: string } {
  const apiVersion = textOf(params, "apiVersion");
  const slash = apiVersion.indexOf("/");
  return { group: slash < 0 ? "" : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

function kindOfResource(kinds: readonly ClusterKind[], params: Value): ClusterKind {
  const { group, version } = groupVersionOf(params);
  const resource = textOf(params, "resource");
  const found = kinds.find((kind) => kind.group === group && kind.version === version && kind.resource === resource);
  if (found === undefined) throw notThere(resource, params);
  if (found.namespaced || textOf(params, "namespace") === "") return found;
  throw new AmapError("VALUE_INVALID", `${resource} are outside namespaces: ask for them with an empty namespace`);
}

function notThere(what: string, params: Value): AmapError {
  return new AmapError("CLUSTER_NOT_FOUND", `the cluster serves no ${what} in ${textOf(params, "apiVersion")}`);
}

/** How the cluster serves a kind, by its kind. */
function typeOf(kinds: readonly ClusterKind[], params: Value): Value {
  const { group, version } = groupVersionOf(params);
  const name = textOf(params, "kind");
  const found = kinds.find((kind) => kind.group === group && kind.version === version && kind.kind === name);
  if (found === undefined) throw notThere(name, params);
  return { group, version, resource: found.resource };
}

async function getObject(cluster: Cluster, kind: ClusterKind, params: Value): Promise<Value> {
  const name = textOf(params, "name");
  const namespace = textOf(params, "namespace");
  // Never "there is none": nobody looked.
  if (kind.namespaced && namespace === "") {
    throw new AmapError("VALUE_INVALID", `${kind.resource} are in namespaces: expected the name of one, found none`);
  }
  return (await cluster.get(kind, kind.namespaced ? { namespace, name } : { name })) ?? null;
}

async function listObjects(cluster: Cluster, kind: ClusterKind, params: Value): Promise<Value> {
  const namespace = textOf(params, "namespace");
  const labelSelector = selectorOf(memberOf(params, "labels"));
  const items: Value[] = [];
  const selection = {
    ...(namespace === "" ? {} : { namespace }),
    ...(labelSelector === "" ? {} : { labelSelector }),
  };
  for await (const object of cluster.list(kind, selection)) {
    if (items.length >= LIMITS.factListItems) {
      const message = `there are more than ${LIMITS.factListItems} ${kind.resource}: name a namespace or labels`;
      throw new AmapError("LIMIT_EXCEEDED", message);
    }
    items.push(object);
  }
  return { apiVersion: textOf(params, "apiVersion"), kind: `${kind.kind}List`, metadata: {}, items };
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
