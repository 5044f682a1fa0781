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

/** Controls on whom a pod's processes run as: users, SELinux labels, and processes of a Windows host. */

const SELINUX_TYPES_V1_0 = ["", "container_t", "container_init_t", "container_kvm_t"] as const;

/** SELinux types that are allowed, by the minor version since which they are. */
export const SELINUX_TYPES = { 0: SELINUX_TYPES_V1_0, 31: [...SELINUX_TYPES_V1_0, "container_engine_t"] } as const;

interface Setters {
  readonly isPod: boolean;
  readonly containers: readonly Container[];
  readonly text: string;
}

/** The pod and the containers whose security context is bad; undefined when none is. */
function findSetters(pod: Pod, isBad: (context: CommonSecurityContext) => boolean): Setters | undefined {
  const isPod = pod.securityContext !== undefined && isBad(pod.securityContext);
  const containers = pod.containers.filter(
    ({ securityContext }) => securityContext !== undefined && isBad(securityContext),
  );
  if (!isPod && containers.length === 0) return undefined;
  const names = containers.map(({ name }) => name);
  return { isPod, containers, text: settersText(isPod, names) };
}

/** An error for each setter at a field of its security context. */
function setterErrors(setters: Setters, field: string, badValue: boolean | number): readonly FieldError[] {
  return [
    ...(setters.isPod ? [forbidden(`spec.securityContext.${field}`, badValue)] : []),
    ...setters.containers.map(({ path, name }) => forbidden(`${path}.securityContext.${field}`, badValue, name)),
  ];
}

export function checkNonRoot(pod: Pod): Finding | undefined {
  const setters = findSetters(pod, ({ runAsNonRoot }) => runAsNonRoot === false);
  const isPodNonRoot = pod.securityContext?.runAsNonRoot === true;
  const silent = isPodNonRoot
    ? []
    : pod.containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  const details = [];
  if (setters !== undefined) details.push(`${setters.text} must not set securityContext.runAsNonRoot=false`);
  if (silent.length > 0) {
    const names = containersText(silent.map(({ name }) => name));
    details.push(`pod or ${names} must set securityContext.runAsNonRoot=true`);
  }
  if (details.length === 0) return undefined;
  return {
    reason: "runAsNonRoot != true",
    detail: details.join("\n"),
    errors: [
      ...(setters === undefined ? [] : setterErrors(setters, "runAsNonRoot", false)),
      ...silent.map(({ path, name }) => required(`${path}.securityContext.runAsNonRoot`, name)),
    ],
  };
}

export function checkRunAsUser(pod: Pod): Finding | undefined {
  const setters = findSetters(pod, ({ runAsUser }) => runAsUser === 0);
  if (setters === undefined) return undefined;
  return {
    reason: "runAsUser=0",
    detail: `${setters.text} must not set runAsUser=0`,
    errors: setterErrors(setters, "runAsUser", 0),
  };
}

export function checkHostProcess(pod: Pod): Finding | undefined {
  const setters = findSetters(pod, ({ hostProcess }) => hostProcess);
  if (setters === undefined) return undefined;
  return {
    reason: "hostProcess",
    detail: `${setters.text} must not set securityContext.windowsOptions.hostProcess=true`,
    errors: setterErrors(setters, "windowsOptions.hostProcess", true),
  };
}

/** The check of SELinux options with the types that are allowed in a version. */
export function seLinuxCheck(allowedTypes: readonly string[]): (pod: Pod) => Finding | undefined {
  return (pod) => {
    const errorsOf = (
      context: CommonSecurityContext | undefined,
      path: string,
      name?: string,
    ): readonly FieldError[] => {
      const options = context?.seLinuxOptions;
      if (options === undefined) return [];
      const at = (field: "type" | "user" | "role"): FieldError =>
        forbidden(`${path}.securityContext.seLinuxOptions.${field}`, options[field], name);
      return [
        ...(allowedTypes.includes(options.type) ? [] : [at("type")]),
        ...(options.user === "" ? [] : [at("user")]),
        ...(options.role === "" ? [] : [at("role")]),
      ];
    };
    const setters = findSetters(pod, (context) => errorsOf(context, "").length > 0);
    if (setters === undefined) return undefined;
    const errors = [
      ...errorsOf(pod.securityContext, "spec"),
      ...setters.containers.flatMap(({ securityContext, path, name }) => errorsOf(securityContext, path, name)),
    ];
    return {
      reason: "seLinuxOptions",
      detail: `${setters.text} set forbidden securityContext.seLinuxOptions: ${seLinuxText(errors)}`,
      errors,
    };
  };
}

function seLinuxText(errors: readonly FieldError[]): string {
  const sets = (field: string): readonly FieldError[] => errors.filter((error) => error.field.endsWith(`.${field}`));
  const types = sorted(sets("type").map(({ badValue }) => badValue as string));
  return [
    ...(types.length > 0 ? [`${plural("type", types.length)} ${quoted(types)}`] : []),
    ...(sets("user").length > 0 ? ["user may not be set"] : []),
    ...(sets("role").length > 0 ? ["role may not be set"] : []),
  ].join("; ");
}
