import { AmapError, isAmapError, memberOf, textOf, type Value } from "../../base/index.ts";
import { type Fact, type FactKind, type FactRequest, notServed } from "../../policy/index.ts";
import type { Cluster } from "../../ports/index.ts";
import { mapBounded } from "../bounded.ts";
import { ClusterKinds } from "./cluster-kinds.ts";
import { getNamed, getOfKind, listLabelled, listOfKinds } from "./cluster-objects.ts";

/** Questions to the API server at the same time. */
const WIDTH = 8;

/** Answers what policies ask about a cluster. */
export interface ClusterFacts {
  /** Facts for these requests, by key. What cannot be looked up, and what is of another kind, is a failed fact. */
  load(requests: readonly FactRequest[]): Promise<ReadonlyMap<string, Fact>>;
}

/** What one kind of question is answered with. */
type Answer = (cluster: Cluster, kinds: ClusterKinds, params: Value) => Promise<Value>;

const ANSWERS: ReadonlyMap<FactKind, Answer> = new Map([
  ["resource", getNamed],
  ["resourceList", listLabelled],
  ["resourceType", typeOf],
  ["objectOfKind", getOfKind],
  ["objectsOfKind", listOfKinds],
  ["kubernetesApi", (cluster, _kinds, params) => cluster.ask(textOf(params, "path"))],
  ["kubernetesApiPost", askReview],
]);

/**
 * A loader over a cluster: objects and lists by plural or kind, how a kind is served, what the API server answers to a
 * path, and the reviews that are asked by POST and change nothing. Its kinds are asked for once. `resourcePost` is not
 * served: an object must be created once, which a loader that may be asked again does not promise.
 *
 * @example
 * ```ts
 * import { createClusterFacts } from "../index.ts";
 * createClusterFacts({} as never).load([]); // a promise of no facts
 * ```
 */
export function createClusterFacts(cluster: Cluster, kinds: ClusterKinds = new ClusterKinds(cluster)): ClusterFacts {
  const loadOne = async (request: FactRequest): Promise<Fact> => {
    const answer = ANSWERS.get(request.kind);
    if (answer === undefined) return notServed(request);
    try {
      return { ok: true, value: await answer(cluster, kinds, request.params) };
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

/** How the cluster serves a kind, by its kind. */
async function typeOf(_cluster: Cluster, kinds: ClusterKinds, params: Value): Promise<Value> {
  const { group, version, resource } = await kinds.named(textOf(params, "apiVersion"), textOf(params, "kind"));
  return { group, version, resource };
}

/** The reviews of the API server: objects that are posted to ask something, and never kept. */
const REVIEWS =
  /^\/apis\/(?:authorization\.k8s\.io\/v1\/(?:subjectaccessreviews|selfsubjectaccessreviews|selfsubjectrulesreviews|namespaces\/[^/?]+\/localsubjectaccessreviews)|authentication\.k8s\.io\/v1\/(?:tokenreviews|selfsubjectreviews))$/;

async function askReview(cluster: Cluster, _kinds: ClusterKinds, params: Value): Promise<Value> {
  const path = textOf(params, "path");
  if (REVIEWS.test(path)) return cluster.ask(path, memberOf(params, "body") ?? null);
  const message = `a POST to ${path} could change the cluster: only reviews are asked by POST`;
  throw new AmapError("NOT_SUPPORTED", message, {
    hint: "Ask for subjectaccessreviews and their like of authorization.k8s.io, or use a GET.",
  });
}
