import { compareText } from "../../../base/index.ts";

/** A value that is not allowed; the empty text where there is none. */
export type BadValue = string | boolean | number | readonly string[];

/** One field of a pod that a control does not allow, or does not find. */
export interface FieldError {
  readonly type: "forbidden" | "required";
  /** In a Pod: `spec.containers[0].securityContext.privileged`. */
  readonly field: string;
  readonly badValue: BadValue;
  /** The name of the container that has the field. */
  readonly container: string | undefined;
}

/** What a check finds in a pod, as k8s.io/pod-security-admission says it. */
export interface Finding {
  readonly reason: string;
  /** The reason with its containers and values. */
  readonly detail: string;
  /** Undefined for checks that name no fields: no exclusion concerns them. */
  readonly errors: readonly FieldError[] | undefined;
}

/** A field with a value that is not allowed. */
export function forbidden(field: string, badValue: BadValue, container?: string): FieldError {
  return { type: "forbidden", field, badValue, container };
}

/** A field that has to be there. */
export function required(field: string, container?: string): FieldError {
  return { type: "required", field, badValue: "", container };
}

/** Texts in double quotes, with commas. */
export function quoted(texts: readonly string[]): string {
  return texts.length === 0 ? "" : `"${texts.join('", "')}"`;
}

/** Without duplicates, in order. */
export function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted(compareText);
}

/** `container "a"` or `containers "a", "b"`. */
export function containersText(names: readonly string[]): string {
  return `${plural("container", names.length)} ${quoted(names)}`;
}

/** A word for one or many. */
export function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`;
}

/** Who sets something: the pod, containers, or both. */
export function settersText(isPod: boolean, containers: readonly string[]): string {
  return [...(isPod ? ["pod"] : []), ...(containers.length > 0 ? [containersText(containers)] : [])].join(" and ");
}
