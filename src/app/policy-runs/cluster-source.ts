import { AmapError, isAmapError, memberOf, textOf, type ValueObject } from "../../base/index.ts";
import { type CelPlan, type CleanupPlan, type KyvernoPlan, parseKindSelector } from "../../policy/index.ts";
import type { Cluster, ClusterKind, ClusterSelection } from "../../ports/index.ts";
import { apiVersionOf, type ClusterKinds } from "../facts/cluster-kinds.ts";
import { listStored } from "../facts/cluster-objects.ts";
import type { ObjectSource } from "./objects-in-turn.ts";
import type { RunTrouble } from "./policy-run.ts";

/** Which objects of a cluster. */
interface ClusterObjectsRequest {
  /** Empty for all; what is outside namespaces is then among them, too. */
  readonly namespace: string;
  /** What is outside namespaces: alone, or beside the objects of `namespace`. */
  readonly clusterWide: boolean;
  /** Objects of these names only; all when empty. */
  readonly names: readonly string[];
  /** Whether the first list that fails ends everything. */
  readonly stopsAtErrors: boolean;
}

/** The policies whose objects are read. */
interface ReadPolicies {
  readonly plans: readonly KyvernoPlan[];
  readonly cleanups: readonly CleanupPlan[];
  readonly celPlans: readonly CelPlan[];
}

/** Objects that are looked at before the first one is judged, to say how many there are. */
const LOOK_AHEAD = 1_000;

/**
 * The objects of a cluster that policies could match, page by page, kind after kind. No more of them is held than what is
 * looked at ahead.
 */
export class ClusterObjects implements ObjectSource {
  readonly #cluster: Cluster;
  readonly #request: ClusterObjectsRequest;
  readonly #kinds: readonly ClusterKind[];
  readonly #ahead: ValueObject[] = [];
  #rest: AsyncGenerator<ValueObject> | undefined;
  /** Kinds of the policies that the cluster does not serve, and subresources, which are not read. */
  readonly warnings: readonly string[];
  /** Lists that failed, so far. */
  readonly troubles: RunTrouble[] = [];

  private constructor(
    cluster: Cluster,
    request: ClusterObjectsRequest,
    found: { readonly kinds: readonly ClusterKind[]; readonly warnings: readonly string[] },
  ) {
    this.#cluster = cluster;
    this.#request = request;
    this.#kinds = found.kinds;
    this.warnings = found.warnings;
  }

  /**
   * @throws {AmapError} CLUSTER_… when nothing at all can be read, VALUE_INVALID when there is no object of a name, USAGE for
   * what can be no name
   */
  static async open(
    cluster: Cluster,
    kinds: ClusterKinds,
    policies: ReadPolicies,
    request: ClusterObjectsRequest,
  ): Promise<ClusterObjects> {
    for (const name of request.names) checkName(name);
    const opened = new ClusterObjects(cluster, request, await selectKinds(kinds, policies, request));
    await opened.#lookAhead();
    const [first] = opened.troubles;
    if (opened.#ahead.length === 0 && first !== undefined) throw new AmapError(first.code, first.message);
    if (opened.#rest === undefined) opened.#checkNames();
    return opened;
  }

  get count(): { readonly objects: number; readonly isWhole: boolean } {
    return { objects: this.#ahead.length, isWhole: this.#rest === undefined };
  }

  async *take(): AsyncGenerator<ValueObject> {
    this.#ahead.reverse();
    for (let next = this.#ahead.pop(); next !== undefined; next = this.#ahead.pop()) yield next;
    if (this.#rest !== undefined) yield* this.#rest;
  }

  async #lookAhead(): Promise<void> {
    const objects = this.#read();
    for (;;) {
      const { value, done } = await objects.next();
      if (done === true) return;
      this.#ahead.push(value);
      if (this.#ahead.length < LOOK_AHEAD) continue;
      this.#rest = objects;
      return;
    }
  }

  async *#read(): AsyncGenerator<ValueObject> {
    for (const [index, kind] of this.#kinds.entries()) {
      try {
        for (const selection of this.#selectionsOf(kind)) yield* listStored(this.#cluster, kind, selection);
      } catch (error) {
        if (!isAmapError(error) || this.#request.stopsAtErrors) throw error;
        const left = this.#kinds.slice(index + 1);
        const isLost = isLostBy(error) && left.length > 0;
        const unread = isLost ? `; not read either: ${left.map(({ resource }) => resource).join(", ")}` : "";
        this.troubles.push({ code: error.code, message: `${error.message}${unread}` });
        if (isLost) return;
      }
    }
  }

  #selectionsOf({ namespaced }: ClusterKind): readonly ClusterSelection[] {
    const { namespace, names } = this.#request;
    const within = namespaced && namespace !== "" ? { namespace } : {};
    return names.length === 0 ? [within] : names.map((name) => ({ ...within, fieldSelector: `metadata.name=${name}` }));
  }

  /** A name that nothing has is a mistake, never nothing to do. */
  #checkNames(): void {
    if (this.troubles.length > 0) return;
    const there = new Set(this.#ahead.map((object) => textOf(memberOf(object, "metadata"), "name")));
    const missing = this.#request.names.filter((name) => !there.has(name));
    if (missing.length === 0) return;
    const kinds = this.#kinds.map(({ resource }) => resource).join(", ");
    throw new AmapError("VALUE_INVALID", `the cluster has no ${missing.join(", ")} among its ${kinds}`, {
      hint: "--resource names files, folders, or with --cluster objects of the kinds that the policies match.",
    });
  }
}

/** Whether no other kind can be read either. An answer that is wrong for good (`retry`) is that of one kind. */
function isLostBy({ code, details }: AmapError): boolean {
  return code === "CLUSTER_UNAUTHORIZED" || (code === "CLUSTER_UNAVAILABLE" && details["retry"] !== false);
}

/** In a field selector other characters would be more than a name. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,252})$/;

function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new AmapError("USAGE", `--resource: expected a file or the name of an object, found ${JSON.stringify(name)}`);
}

async function selectKinds(
  served: ClusterKinds,
  { plans, cleanups, celPlans }: ReadPolicies,
  { namespace, clusterWide }: ClusterObjectsRequest,
): Promise<{ readonly kinds: readonly ClusterKind[]; readonly warnings: readonly string[] }> {
  const found = new Map<string, ClusterKind>();
  const warnings: string[] = [];
  for (const text of new Set([...plans.flatMap(kindsOf), ...cleanups.flatMap(kindsOfCleanup)])) {
    const selector = parseKindSelector(text);
    const matching = await served.matching(selector);
    if (selector.subresource !== "" && selector.subresource !== "*") {
      warnings.push(`${text}: subresources are asked for at admission only; no objects of it are read`);
    } else if (matching.length === 0)
      warnings.push(`${text}: the cluster serves no such kind; no objects of it are read`);
    else for (const kind of matching) found.set(`${apiVersionOf(kind)} ${kind.resource}`, kind);
  }
  for (const alternatives of celPlans.flatMap(resourcesOf)) {
    // Of a kind that a rule takes in several versions the one that the server prefers: it comes first.
    const read = new Set<string>();
    for (const kind of await served.all()) {
      const key = `${kind.group}/${kind.resource}`;
      if (read.has(key) || !alternatives.some((named) => isNamed(named, kind))) continue;
      read.add(key);
      found.set(`${apiVersionOf(kind)} ${kind.resource}`, kind);
    }
    for (const named of alternatives) {
      const { group, version, resource } = named;
      const text = `${group === "" ? "" : `${group}/`}${version}/${resource}`;
      if (resource.includes("/")) {
        warnings.push(`${text}: subresources are asked for at admission only; no objects of it are read`);
      } else if (!(await served.all()).some((kind) => isNamed(named, kind)))
        warnings.push(`${text}: the cluster serves no such resource; no objects of it are read`);
    }
  }
  // The health of components, made up at each request: nothing of it is kept, or comes by admission.
  found.delete("v1 componentstatuses");
  // The same objects under two groups.
  if (found.has("v1 events")) found.delete("events.k8s.io/v1 events");
  const isRead = ({ namespaced }: ClusterKind): boolean =>
    namespaced ? namespace !== "" || !clusterWide : clusterWide || namespace === "";
  return { kinds: [...found.values()].filter(isRead), warnings: [...new Set(warnings)] };
}

/** One combination of what a rule of matchConstraints names; each may be `*`. */
interface NamedResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

function isNamed({ group, version, resource }: NamedResource, kind: ClusterKind): boolean {
  const matchesName = (wanted: string, found: string): boolean => wanted === "*" || wanted === found;
  return matchesName(group, kind.group) && matchesName(version, kind.version) && matchesName(resource, kind.resource);
}

/** What each rule of all variants names. */
function resourcesOf({ variants }: CelPlan): readonly (readonly NamedResource[])[] {
  const rules = variants.flatMap(({ match }) => match.targets).flatMap((target) => target.rules);
  return rules.map(({ apiGroups, apiVersions, resources }) => {
    const named = apiGroups.flatMap((group) =>
      apiVersions.flatMap((version) =>
        resources.map((resource) => ({ group, version, resource: resource.replace(/\/\*$/, "") })),
      ),
    );
    return [...new Map(named.map((each) => [`${each.group}/${each.version}/${each.resource}`, each])).values()];
  });
}

function kindsOfCleanup({ kinds: { all, names, patterns } }: CleanupPlan): readonly string[] {
  return all ? ["*"] : [...names, ...patterns];
}

/** What the match blocks of a policy's rules name; everything, where a block names no kind. */
function kindsOf(plan: KyvernoPlan): readonly string[] {
  return plan.rules.flatMap(({ source: { match } }) => {
    const any = match.any ?? [];
    const all = match.all ?? [];
    const filters = any.length > 0 ? any : all.length > 0 ? all : [match];
    return filters.flatMap(({ resources }) => {
      const kinds = resources?.kinds ?? [];
      return kinds.length > 0 ? kinds : ["*"];
    });
  });
}
