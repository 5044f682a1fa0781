import { AmapError } from "../../base/index.ts";
import type { ClusterKind, ClusterName } from "../../ports/index.ts";

/** The path of a kind's objects, of one namespace or of all. */
export function collectionPath(kind: ClusterKind, namespace?: string): string {
  const root = kind.group === "" ? ["api", kind.version] : ["apis", kind.group, kind.version];
  const place = namespace === undefined || !kind.namespaced ? [] : ["namespaces", namespace];
  return toPath([...root, ...place, kind.resource]);
}

/** The path of one object. @throws {AmapError} VALUE_INVALID without the namespace that the kind has */
export function objectPath(kind: ClusterKind, { namespace, name }: ClusterName, subresource?: string): string {
  if (kind.namespaced && namespace === undefined) {
    throw new AmapError(
      "VALUE_INVALID",
      `expected a namespace for ${kind.resource} ${JSON.stringify(name)}, found none`,
    );
  }
  return collectionPath(kind, namespace) + toPath([name, ...(subresource === undefined ? [] : [subresource])]);
}

/** Names come from other people's objects: none may lead to another path (`..`), or to no path at all. */
function toPath(segments: readonly string[]): string {
  for (const segment of segments) {
    if (segment === "" || segment === "." || segment === ".." || !segment.isWellFormed() || segment.length > 1_024) {
      throw new AmapError(
        "VALUE_INVALID",
        `expected a name for a path, found ${JSON.stringify(segment.slice(0, 100))}`,
      );
    }
  }
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join("");
}
