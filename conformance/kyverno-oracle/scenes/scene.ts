import { textOf, type Value, type ValueObject } from "../../../src/base/index.ts";
import type { Choices } from "../../../src/testing/cel-choices.ts";
import type { Given, Pair } from "../pairs.ts";
import { makeResource, POD_PATHS } from "../resources.ts";

/** What a scene is made with. */
export interface Seat {
  readonly choices: Choices;
  /** Of the policy, and of the object's namespace. */
  readonly name: string;
  readonly objectName: string;
  /** Counts the scenes of a family. */
  readonly turn: number;
}

/** Makes a pair beyond patterns. */
export type SceneMaker = (seat: Seat) => Omit<Pair, "name" | "family">;

/** A ClusterPolicy with rules. */
export function policyOf(
  { name }: Seat,
  rules: readonly Value[],
  spec: ValueObject = {},
  meta: ValueObject = {},
): ValueObject {
  return {
    apiVersion: "kyverno.io/v1",
    kind: "ClusterPolicy",
    metadata: { name, ...meta },
    spec: { background: false, ...spec, rules },
  };
}

/** What matches the objects of some kinds in the scene's own namespace. */
export function matchOwn({ name }: Seat, ...kinds: readonly string[]): ValueObject {
  return { match: { any: [{ resources: { kinds, namespaces: [name] } }] } };
}

/** An object of a kind in the scene's own namespace. */
export function objectOf({ choices, name, objectName }: Seat, kind: string): ValueObject {
  return makeResource(choices, kind, { name: objectName, namespace: name });
}

/** The object itself in a pod's place: a workload whose pod is the given one. */
export function withPod(object: ValueObject, pod: ValueObject): ValueObject {
  const path = POD_PATHS[textOf(object, "kind")] ?? [];
  if (path.length === 0) return { ...object, ...pod };
  const put = (at: ValueObject, [key, ...rest]: readonly string[]): ValueObject =>
    key === undefined ? { ...at, ...pod } : { ...at, [key]: put((at[key] ?? {}) as ValueObject, rest) };
  return put(object, path);
}

/** A scene without anything else. */
export function scene(
  policy: ValueObject,
  resource: ValueObject,
  given: Given = {},
  operation: Pair["operation"] = "CREATE",
): Omit<Pair, "name" | "family"> {
  return { policy, resource, operation, given };
}

/** So many different ones of a list. */
export function someOf<T>(choices: Choices, items: readonly T[], count: number): readonly T[] {
  const rest = [...items];
  const taken: T[] = [];
  while (taken.length < count && rest.length > 0) taken.push(...rest.splice(choices.next(rest.length), 1));
  return taken;
}
