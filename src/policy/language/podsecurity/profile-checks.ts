import {
  containersText,
  type FieldError,
  type Finding,
  forbidden,
  plural,
  quoted,
  required,
  settersText,
  sorted,
} from "./finding.ts";
import type { CommonSecurityContext, Container, Pod } from "./pod.ts";

/** Controls on AppArmor and seccomp profiles: fields of the pod and its containers, and the annotations of old. */

const APP_ARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";
const SECCOMP_POD_ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER_ANNOTATION = "container.seccomp.security.alpha.kubernetes.io/";

type ProfileField = "appArmorProfile" | "seccompProfile";

interface BadProfiles {
  /** Whether the pod itself sets one that is not allowed. */
  readonly isPod: boolean;
  readonly containers: readonly Container[];
  readonly values: readonly string[];
  readonly errors: readonly FieldError[];
}

function isAllowedType(type: string): boolean {
  return type === "RuntimeDefault" || type === "Localhost";
}

/** Who sets a profile of a type that is not allowed. */
function findBadProfiles({ securityContext, containers }: Pod, field: ProfileField): BadProfiles {
  const badType = (context: CommonSecurityContext | undefined): string | undefined => {
    const type = context?.[field];
    return type === undefined || isAllowedType(type) ? undefined : type;
  };
  const podType = badType(securityContext);
  const bad = containers.flatMap((container) => {
    const type = badType(container.securityContext);
    return type === undefined ? [] : [{ container, type }];
  });
  return {
    isPod: podType !== undefined,
    containers: bad.map(({ container }) => container),
    values: sorted([...(podType === undefined ? [] : [podType]), ...bad.map(({ type }) => type)]),
    errors: [
      ...(podType === undefined ? [] : [forbidden(`spec.securityContext.${field}.type`, podType)]),
      ...bad.map(({ container: { path, name }, type }) =>
        forbidden(`${path}.securityContext.${field}.type`, type, name),
      ),
    ],
  };
}

export function checkAppArmor(pod: Pod): Finding | undefined {
  const profiles = findBadProfiles(pod, "appArmorProfile");
  const isAllowed = (value: string): boolean =>
    value === "" || value === "runtime/default" || value.startsWith("localhost/");
  const annotations = [...pod.annotations]
    .filter(([key, value]) => key.startsWith(APP_ARMOR_ANNOTATION) && !isAllowed(value))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const who = settersText(
    profiles.isPod,
    profiles.containers.map(({ name }) => name),
  );
  const setters = [who, annotations.length === 0 ? "" : plural("annotation", annotations.length)].filter(
    (text) => text !== "",
  );
  if (setters.length === 0) return undefined;
  const values = [...profiles.values, ...sorted(annotations.map(annotationText))];
  return {
    reason: plural("forbidden AppArmor profile", values.length),
    detail: `${setters.join(" and ")} must not set AppArmor profile type to ${quoted(values)}`,
    errors: [...profiles.errors, ...annotations.map(annotationError)],
  };
}

/** Before v1.19: seccomp's annotations. */
export function checkSeccompAnnotations({ annotations, containers }: Pod): Finding | undefined {
  const isAllowed = (value: string): boolean =>
    value === "runtime/default" || value === "docker/default" || value.startsWith("localhost/");
  const keys = [SECCOMP_POD_ANNOTATION, ...containers.map(({ name }) => SECCOMP_CONTAINER_ANNOTATION + name)];
  const bad = sorted(keys).flatMap((key): readonly (readonly [string, string])[] => {
    const value = annotations.get(key);
    return value === undefined || isAllowed(value) ? [] : [[key, value]];
  });
  if (bad.length === 0) return undefined;
  return {
    reason: "seccompProfile",
    detail: `forbidden ${plural("annotation", bad.length)} ${sorted(bad.map(annotationText)).join(", ")}`,
    errors: bad.map(annotationError),
  };
}

function annotationText([key, value]: readonly [string, string]): string {
  return `${key}=${JSON.stringify(value)}`;
}

function annotationError([key, value]: readonly [string, string]): FieldError {
  return forbidden(`metadata.annotations[${key}]`, value);
}

/** Since v1.19: a profile that is set must be allowed. */
export function checkSeccompFields(pod: Pod): Finding | undefined {
  const profiles = findBadProfiles(pod, "seccompProfile");
  if (profiles.errors.length === 0) return undefined;
  const who = settersText(
    profiles.isPod,
    profiles.containers.map(({ name }) => name),
  );
  return {
    reason: "seccompProfile",
    detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(profiles.values)}`,
    errors: profiles.errors,
  };
}

/** The restricted standard: one must be set, and what is set must be allowed. */
export function checkSeccompRestricted(pod: Pod): Finding | undefined {
  const explicit = checkSeccompFields(pod);
  if (explicit !== undefined) return explicit;
  if (pod.securityContext?.seccompProfile !== undefined) return undefined;
  const bad = pod.containers.filter(({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (bad.length === 0) return undefined;
  const names = containersText(bad.map(({ name }) => name));
  return {
    reason: "seccompProfile",
    detail: `pod or ${names} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
    errors: bad.map(({ path, name }) => required(`${path}.securityContext.seccompProfile.type`, name)),
  };
}
