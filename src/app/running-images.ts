import { isDigest, isValueObject, memberOf, type Value, type ValueObject } from "../base/index.ts";
import { repositoryOf } from "./image-record.ts";

/** The lists of a Pod, with where the kubelet tells what runs of them. */
const LISTS: readonly (readonly [list: string, statuses: string])[] = [
  ["containers", "containerStatuses"],
  ["initContainers", "initContainerStatuses"],
  ["ephemeralContainers", "ephemeralContainerStatuses"],
];

/**
 * A Pod with the digests that run in place of tags: `status.*Statuses[].imageID` says which bytes a container was
 * started from, whatever the tag means today. An image that the Pod names by digest stays: that digest is what was
 * asked for and what the runtime checked. A container that does not run yet keeps its tag. Other kinds are unchanged.
 */
export function withRunningDigests(object: Value): Value {
  if (memberOf(object, "kind") !== "Pod" || memberOf(object, "apiVersion") !== "v1") return object;
  const spec = memberOf(object, "spec");
  const status = memberOf(object, "status");
  if (!isValueObject(object) || !isValueObject(spec)) return object;
  const lists = LISTS.flatMap(([list, statuses]): [string, Value][] => {
    const containers = memberOf(spec, list);
    if (!Array.isArray(containers)) return [];
    const running = runningDigests(memberOf(status, statuses));
    return [[list, containers.map((container: Value) => withDigest(container, running))]];
  });
  return { ...object, spec: { ...spec, ...Object.fromEntries(lists) } };
}

function runningDigests(statuses: Value | undefined): ReadonlyMap<string, string> {
  const digests = new Map<string, string>();
  for (const status of Array.isArray(statuses) ? (statuses as readonly Value[]) : []) {
    const name = memberOf(status, "name");
    const imageId = memberOf(status, "imageID");
    // Forms: repository@sha256:…, docker-pullable://repository@sha256:…; a bare sha256:… is a config, not a manifest.
    const digest = typeof imageId === "string" ? imageId.slice(imageId.lastIndexOf("@") + 1) : "";
    if (typeof name === "string" && typeof imageId === "string" && imageId.includes("@") && isDigest(digest)) {
      digests.set(name, digest);
    }
  }
  return digests;
}

function withDigest(container: Value, running: ReadonlyMap<string, string>): Value {
  const name = memberOf(container, "name");
  const image = memberOf(container, "image");
  if (typeof name !== "string" || typeof image !== "string") return container;
  const digest = running.get(name);
  const named = repositoryOf(image);
  if (digest === undefined || named === undefined || named.digest !== undefined) return container;
  return { ...(container as ValueObject), image: `${image}@${digest}` };
}
