import { AmapError, isAmapError, LIMITS, memberOf, type Value } from "../../base/index.ts";
import type { ClusterKind } from "../../ports/index.ts";
import type { ApiClient } from "./api-client.ts";

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/**
 * The kinds that the server serves. Two requests where the server has aggregated discovery (1.30 and newer), else one for
 * each group and version.
 * @see https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */
export async function discoverKinds(api: ApiClient): Promise<readonly ClusterKind[]> {
  const answers = await Promise.all([discover(api, "/api", AGGREGATED), discover(api, "/apis", AGGREGATED)]);
  if (answers.every((answer) => memberOf(answer, "kind") === "APIGroupDiscoveryList")) {
    return answers.flatMap((answer) => list(answer, "items").flatMap(kindsOfGroup));
  }
  const [core, groups] = [await discover(api, "/api"), await discover(api, "/apis")];
  const versions = [
    ...list(core, "versions").map((version) => ["", version] as const),
    ...list(groups, "groups").flatMap((group) =>
      versionsOf(group).map((version) => [text(group, "name"), version] as const),
    ),
  ];
  const kinds: ClusterKind[] = [];
  for (const [group, version] of versions) {
    if (typeof version === "string") kinds.push(...(await kindsOfVersion(api, group, version)));
  }
  return kinds;
}

async function discover(api: ApiClient, path: string, accept?: string): Promise<Value> {
  return api.send({
    method: "GET",
    path,
    ...(accept === undefined ? {} : { accept: `${accept},application/json` }),
    maxBytes: LIMITS.clusterPageBytes,
    what: "discover kinds",
  });
}

function kindsOfGroup(item: Value): readonly ClusterKind[] {
  const group = text(memberOf(item, "metadata"), "name");
  return list(item, "versions").flatMap((version) =>
    list(version, "resources").flatMap((resource) => {
      const kind = text(memberOf(resource, "responseKind"), "kind");
      // A name without a kind is a group of subresources only.
      if (kind === "") return [];
      const namespaced = text(resource, "scope") === "Namespaced";
      return [{ group, version: text(version, "version"), resource: text(resource, "resource"), kind, namespaced }];
    }),
  );
}

/** The versions of a group of the older discovery, its preferred one first. */
function versionsOf(group: Value): readonly string[] {
  const preferred = text(memberOf(group, "preferredVersion"), "version");
  const versions = list(group, "versions").map((version) => text(version, "version"));
  return [
    ...versions.filter((version) => version === preferred),
    ...versions.filter((version) => version !== preferred),
  ];
}

async function kindsOfVersion(api: ApiClient, group: string, version: string): Promise<readonly ClusterKind[]> {
  let answer: Value;
  try {
    const root = group === "" ? "/api" : `/apis/${encodeURIComponent(group)}`;
    answer = await discover(api, `${root}/${encodeURIComponent(version)}`);
  } catch (error) {
    // A group is served by a program of its own, which may be away.
    if (isAmapError(error) && AWAY.has(error.code)) return [];
    throw error;
  }
  return list(answer, "resources").flatMap((resource) => {
    const name = text(resource, "name");
    if (name.includes("/")) return [];
    const namespaced = memberOf(resource, "namespaced") === true;
    return [{ group, version, resource: name, kind: text(resource, "kind"), namespaced }];
  });
}

const AWAY: ReadonlySet<AmapError["code"]> = new Set(["CLUSTER_UNAVAILABLE", "CLUSTER_NOT_FOUND"]);

function list(value: Value | undefined, key: string): readonly Value[] {
  const items = memberOf(value, key) ?? [];
  return Array.isArray(items) ? items : [];
}

function text(value: Value | undefined, key: string): string {
  const found = memberOf(value, key);
  return typeof found === "string" ? found : "";
}
