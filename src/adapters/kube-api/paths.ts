import { AmapError, LIMITS } from "../../base/index.ts";
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

/** What readers of addresses drop, or take for a separator. */
const NEVER_IN_PATH = /[\p{Cc}\\#\s]/u;

/** A path with its query as it is asked for. @throws {AmapError} VALUE_INVALID for one that could lead elsewhere */
export function rawPath(text: string): string {
  const [path = ""] = text.split("?", 1);
  const segments = path.split("/").slice(1);
  const isPlain = text.startsWith("/") && !NEVER_IN_PATH.test(text) && text.isWellFormed();
  // An escaped dot is a dot, and an escaped separator a separator, for some readers.
  const leadsOn = segments.every((segment) => segment !== "" && !/^(?:\.|%2e){1,2}$|%2f|%5c/i.test(segment));
  if (isPlain && leadsOn && text.length <= LIMITS.factUrlLength) return text;
  throw new AmapError(
    "VALUE_INVALID",
    `expected a path of the API server, found ${JSON.stringify(text.slice(0, 100))}`,
  );
}
