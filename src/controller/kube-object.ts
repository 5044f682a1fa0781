import { memberOf, type Value } from "../base/index.ts";

/** The member at a path, or undefined where any step is missing. */
export function valueAt(value: Value | undefined, ...path: readonly string[]): Value | undefined {
  let found = value;
  for (const key of path) found = memberOf(found, key);
  return found;
}

/** The text at a path, or undefined when it is not text. */
export function textAt(value: Value | undefined, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === "string" ? found : undefined;
}

/** What names an object within its kind. */
export interface ObjectIdentity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
}

/** How an object is named; empty texts where it does not say. */
export function identityOf(object: Value): ObjectIdentity {
  const namespace = textAt(object, "metadata", "namespace");
  const uid = textAt(object, "metadata", "uid");
  return {
    apiVersion: textAt(object, "apiVersion") ?? "",
    kind: textAt(object, "kind") ?? "",
    name: textAt(object, "metadata", "name") ?? "",
    ...(namespace === undefined || namespace === "" ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
  };
}

/** `namespace/name`, or the name alone. */
export function formatName({ namespace, name }: { readonly namespace?: string; readonly name: string }): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
