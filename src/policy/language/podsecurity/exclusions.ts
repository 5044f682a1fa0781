import { matchesWildcard } from "../../../base/index.ts";
import type { PodSecurityExclusion } from "../../resource/kyverno/rule-actions.ts";
import { CONTROLS } from "./controls.ts";
import type { BadValue, FieldError } from "./finding.ts";
import { CONTAINER_LISTS, type Container, containerPath, type Pod } from "./pod.ts";
import { findViolations, type Standard, type Violation } from "./standard.ts";

/** What is left to say of a pod's errors while exclusions take some away. */
type Open = Map<string, { readonly violation: Violation; errors: FieldError[] }>;

/**
 * Violations without those that exclusions allow, as Kyverno takes them away: what an exclusion is about is checked
 * alone, the matching containers without the pod or the pod with one empty container, and each field that fails there
 * takes one failing field of the same place away. A violation without fields left is gone.
 */
export function withoutExcluded(
  violations: readonly Violation[],
  exclusions: readonly PodSecurityExclusion[],
  pod: Pod,
  standard: Standard,
  charge: (steps: number) => void,
): readonly Violation[] {
  const open: Open = new Map();
  for (const violation of violations) {
    open.set(violation.id, { violation, errors: [...(violation.finding.errors ?? [])] });
  }
  for (const exclusion of exclusions) applyExclusion(open, exclusion, pod, standard, charge);
  return [...open.values()].map(({ violation, errors }) =>
    violation.finding.errors === undefined ? violation : { ...violation, finding: { ...violation.finding, errors } },
  );
}

function applyExclusion(
  open: Open,
  exclusion: PodSecurityExclusion,
  pod: Pod,
  standard: Standard,
  charge: (steps: number) => void,
): void {
  const images = exclusion.images ?? [];
  const isOfContainers = images.length > 0;
  const alone = isOfContainers ? containersAlone(pod, images, charge) : podAlone(pod);
  const ids = new Set(CONTROLS.filter(({ name }) => name === exclusion.controlName).map(({ id }) => id));
  for (const { id, finding } of findViolations(alone, standard)) {
    const row = ids.has(id) ? open.get(id) : undefined;
    for (const excluded of row === undefined ? [] : (finding.errors ?? [])) {
      if (!concerns(exclusion, excluded, charge)) continue;
      charge(row?.errors.length ?? 0);
      takeAway(row?.errors ?? [], excluded, isOfContainers);
    }
    if (row?.violation.finding.errors !== undefined && row.errors.length === 0) open.delete(id);
  }
}

/** The pod without its containers; as in Kyverno, one that says nothing stands for them. */
function podAlone(pod: Pod): Pod {
  return { ...pod, containers: [emptyContainer()] };
}

function emptyContainer(): Container {
  return {
    list: "containers",
    path: containerPath("containers", 0),
    name: "fake",
    image: "",
    hostPorts: [],
    probeHosts: [],
    securityContext: undefined,
  };
}

/** The containers with some images, in a pod that says nothing itself. */
function containersAlone(pod: Pod, images: readonly string[], charge: (steps: number) => void): Pod {
  charge(images.length * pod.containers.length);
  const matching = pod.containers.filter(({ image }) => images.some((pattern) => matchesWildcard(pattern, image)));
  const containers = CONTAINER_LISTS.flatMap((list) =>
    matching
      .filter((container) => container.list === list)
      .map((container, index) => ({ ...container, path: containerPath(list, index) })),
  );
  return {
    annotations: new Map(),
    hostNetwork: false,
    hostPID: false,
    hostIPC: false,
    os: "",
    volumes: [],
    securityContext: undefined,
    containers,
  };
}

/** Whether an exclusion is about a field and its values. */
function concerns(exclusion: PodSecurityExclusion, error: FieldError, charge: (steps: number) => void): boolean {
  const { restrictedField = "", values = [] } = exclusion;
  if (restrictedField !== "" && placeOf(error) !== restrictedField) return false;
  if (values.length === 0) return true;
  const badValues = textsOf(error.badValue);
  charge(values.length * badValues.length);
  return badValues.every((text) => values.some((pattern) => matchesWildcard(pattern, text)));
}

/** A field's place, whatever its index: `spec.containers[*].securityContext.privileged`. */
function placeOf({ field }: FieldError): string {
  return field.replaceAll(/\d+/g, "*");
}

function textsOf(badValue: BadValue): readonly string[] {
  if (typeof badValue === "object") return badValue;
  return badValue === "" ? [] : [String(badValue)];
}

/** Takes away the first error at the same place, of the same container where containers are told apart. */
function takeAway(errors: FieldError[], excluded: FieldError, tellContainers: boolean): void {
  const place = placeOf(excluded);
  const at = errors.findIndex(
    (error) => placeOf(error) === place && (!tellContainers || error.container === excluded.container),
  );
  if (at < 0) return;
  // The last one takes its place: messages list the others in this order.
  const last = errors.pop() as FieldError;
  if (at < errors.length) errors[at] = last;
}
