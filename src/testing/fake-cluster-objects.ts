import { AmapError, type ErrorCode, isValueObject, memberOf, type Value, type ValueObject } from "../base/index.ts";
import type { ClusterKind, ClusterName } from "../ports/index.ts";

/** An error as the API server's refusals look: with its status, reason and message. */
export function refusal(code: ErrorCode, status: number, reason: string, message: string): AmapError {
  return new AmapError(code, message, { details: { status, reason, message } });
}

/** One text for each kind. */
export function kindKey({ group, version, resource }: ClusterKind): string {
  return `${group}/${version}/${resource}`;
}

/** One text for each object of a kind. @throws {AmapError} VALUE_INVALID for a name that cannot stand in a path */
export function keyOf(kind: ClusterKind, { namespace, name }: ClusterName): string {
  if (kind.namespaced && namespace === undefined) {
    throw new AmapError(
      "VALUE_INVALID",
      `expected a namespace for ${kind.resource} ${JSON.stringify(name)}, found none`,
    );
  }
  if (["", ".", ".."].some((bad) => name === bad || namespace === bad)) {
    throw new AmapError("VALUE_INVALID", `expected a name for a path, found ${JSON.stringify(name)}`);
  }
  return kind.namespaced ? `${namespace}/${name}` : `/${name}`;
}

/** Namespace and name; an empty name when there is none. */
export function nameOf(object: Value): ClusterName {
  const [namespace, name] = [metadataOf(object, "namespace"), metadataOf(object, "name")];
  return { ...(typeof namespace === "string" ? { namespace } : {}), name: typeof name === "string" ? name : "" };
}

/** A field of an object's metadata. */
export function metadataOf(object: Value | undefined, field: string): Value | undefined {
  return memberOf(memberOf(object, "metadata"), field);
}

/** The object with these fields of metadata. */
export function withMetadata(object: ValueObject, fields: Readonly<Record<string, Value>>): ValueObject {
  const metadata = memberOf(object, "metadata");
  return { ...object, metadata: { ...(isValueObject(metadata) ? metadata : {}), ...fields } };
}

/** A copy that nobody can change: neither who gave it nor who gets it. */
export function frozenCopy<T extends Value>(value: T): T {
  if (Array.isArray(value)) return Object.freeze(value.map((item: Value) => frozenCopy(item))) as unknown as T;
  if (!isValueObject(value)) return value;
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([key, member]) => [key, frozenCopy(member)])),
  ) as T;
}

/** What is left to tell of an object that vanished unseen. */
export function remnantOf(object: ValueObject): Value {
  const { namespace, name } = nameOf(object);
  return {
    apiVersion: memberOf(object, "apiVersion") ?? null,
    kind: memberOf(object, "kind") ?? null,
    metadata: {
      ...(namespace === undefined ? {} : { namespace }),
      name,
      uid: metadataOf(object, "uid") ?? null,
      resourceVersion: metadataOf(object, "resourceVersion") ?? null,
    },
  };
}
