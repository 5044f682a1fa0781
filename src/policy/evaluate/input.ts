import { isValueObject, memberOf, type Value } from "../../base/index.ts";

/** Admission operations (admissionregistration/v1 OperationType). */
export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** What a policy is applied to: an admission request, or an object as if it were being created. Never changed. */
export interface PolicyInput {
  /** The object as it would be stored; null when it is deleted. */
  readonly object: Value;
  readonly oldObject?: Value;
  readonly operation: Operation;
  /** The object's Namespace, where it is known; needed by namespaceSelector and `namespaceObject`. */
  readonly namespaceObject?: Value;
  /** `request.userInfo`. */
  readonly userInfo?: Value;
  /** Plural name; made from the kind by English rules when absent. */
  readonly resource?: string;
  /** `status`, `ephemeralcontainers`, … when a subresource is asked for. */
  readonly subresource?: string;
}

/** What kind of thing an object is, as rules name it. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly namespace: string;
}

/** The object that is there: the new one, or the old one when it is deleted. */
export function subjectOf(input: PolicyInput): Value {
  return isValueObject(input.object) ? input.object : (input.oldObject ?? null);
}

/** Group, version, kind, plural and names of an input. Missing parts are empty strings: no rule names them. */
export function resourceTypeOf(input: PolicyInput): ResourceType {
  const subject = subjectOf(input);
  const apiVersion = textOf(memberOf(subject, "apiVersion"));
  const kind = textOf(memberOf(subject, "kind"));
  const metadata = memberOf(subject, "metadata");
  const slash = apiVersion.indexOf("/");
  return {
    group: slash < 0 ? "" : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind,
    resource: input.resource ?? pluralOf(kind),
    subresource: input.subresource ?? "",
    name: textOf(memberOf(metadata, "name")),
    namespace: textOf(memberOf(metadata, "namespace")),
  };
}

function textOf(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}

/** The plural of a kind as API servers name resources: Ingress → ingresses, NetworkPolicy → networkpolicies. */
function pluralOf(kind: string): string {
  const word = kind.toLowerCase();
  if (word === "" || word === "endpoints") return word;
  if (/(s|x|z|ch|sh)$/.test(word)) return `${word}es`;
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return `${word}s`;
}
