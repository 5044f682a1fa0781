import { matchesWildcard } from "../../../base/index.ts";

/** What one entry of `kinds` selects. Each part may hold wildcards. */
export interface KindSelector {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Empty for the resource itself. */
  readonly subresource: string;
}

/** A resource that is asked for, as `kinds` names it. */
export interface ResourceKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly subresource: string;
}

const VERSION = /^(?:v\d(?:(?:alpha|beta)\d)?|\*)$/;

/** Of more than four parts: no kind is empty. */
const SELECTS_NOTHING: KindSelector = { group: "", version: "", kind: "", subresource: "" };

/**
 * What an entry of `kinds` selects, in Kyverno's short forms: `Kind`, `Kind/subresource`, `Kind.subresource`,
 * `version/Kind`, `group/version/Kind` and `group/version/Kind/subresource`. What is left out is any group and version,
 * and no subresource. As in Kyverno, versions of two digits (`v10`) are not recognized without their group.
 *
 * @example
 * ```ts
 * import { parseKindSelector } from "../../index.ts";
 * parseKindSelector("apps/v1/Deployment"); // { group: "apps", version: "v1", kind: "Deployment", subresource: "" }
 * ```
 */
export function parseKindSelector(text: string): KindSelector {
  const segments = text.split("/");
  const parts = [...segments.slice(0, -1), ...(segments.at(-1) as string).split(".")];
  const [a = "", b = "", c = "", d = ""] = parts;
  const count = parts.length;
  if (count > 4) return SELECTS_NOTHING;
  if (count === 4) return { group: a, version: b, kind: c, subresource: d };
  const isVersion = VERSION.test(a);
  if (count === 3) {
    if (isVersion) return { group: "*", version: a, kind: b, subresource: c };
    return { group: a, version: b, kind: c, subresource: "" };
  }
  if (count === 1) return { group: "*", version: "*", kind: a, subresource: "" };
  // `*/*` is everything with all subresources; `*/status` is written in lower case, as no kind is.
  const isAnyKind = a === "*" && (b === "*" || b.toLowerCase() === b);
  if (isVersion && !isAnyKind) return { group: "*", version: a, kind: b, subresource: "" };
  return { group: "*", version: "*", kind: a, subresource: b };
}

/**
 * Whether a resource is selected. With `withEphemeralContainers`, what selects pods also selects `pods/ephemeralcontainers`
 * although it does not name them.
 */
export function selectsKind(selector: KindSelector, resource: ResourceKind, withEphemeralContainers: boolean): boolean {
  if (!matchesWildcard(selector.kind, resource.kind)) return false;
  if (!matchesWildcard(selector.version, resource.version)) return false;
  if (!matchesWildcard(selector.group, resource.group)) return false;
  if (matchesWildcard(selector.subresource, resource.subresource)) return true;
  return withEphemeralContainers && isPodsEphemeralContainers(resource);
}

function isPodsEphemeralContainers({ group, version, kind, subresource }: ResourceKind): boolean {
  return group === "" && version === "v1" && kind === "Pod" && subresource === "ephemeralcontainers";
}
