import { memberOf, textOf, type Value, type ValueObject } from "../../src/base/index.ts";
import { keyOf } from "./outcome.ts";
import type { Pair } from "./pairs.ts";

/** The files of a call, and its `--set`. */
export interface GivenFiles {
  /** By name; a file that nothing is in is not there. */
  readonly texts: Readonly<Record<string, string>>;
  readonly set: readonly string[];
  /** The keys of all objects that are given. */
  readonly originals: ReadonlySet<string>;
}

/** The files for pairs that go into one call. */
export function givenFilesOf(pairs: readonly Pair[]): GivenFiles {
  const [first] = pairs;
  const set = first?.given?.set ?? [];
  const resources = pairs.map(({ resource }) => resource);
  const targets = pairs.flatMap(({ given }) => given?.targets ?? []);
  const exceptions = pairs.flatMap(({ given }) => given?.exceptions ?? []);
  const userInfo = first?.given?.userInfo;
  const documents: Readonly<Record<string, readonly Value[]>> = {
    "policies.yaml": pairs.map(({ policy }) => policy),
    "resources.yaml": resources,
    "targets.yaml": targets,
    "exceptions.yaml": exceptions,
    "userinfo.yaml": userInfo === undefined ? [] : [userInfo],
    // Values come by --set or by a file, not by both.
    "values.yaml": set.length > 0 ? [] : [valuesOf(pairs)],
  };
  const written = Object.entries(documents).filter(([, each]) => each.length > 0);
  return {
    texts: Object.fromEntries(
      written.map(([name, each]) => [name, each.map((document) => JSON.stringify(document)).join("\n---\n")]),
    ),
    set,
    originals: new Set([...resources, ...targets].map(keyOf)),
  };
}

/** What pairs of one call have in common. */
export function callKeyOf({ given }: Pair): string {
  return JSON.stringify([given?.userInfo, given?.set, given?.globalValues]);
}

/** A values file that gives each object its operation. */
function valuesOf(pairs: readonly Pair[]): Value {
  const [first] = pairs;
  const globalValues = first?.given?.globalValues;
  const labelled = pairs.flatMap(({ resource, given }): readonly ValueObject[] =>
    given?.namespaceLabels === undefined
      ? []
      : [{ name: textOf(memberOf(resource, "metadata") ?? null, "namespace"), labels: given.namespaceLabels }],
  );
  return {
    apiVersion: "cli.kyverno.io/v1alpha1",
    kind: "Values",
    metadata: { name: "values" },
    ...(globalValues === undefined ? {} : { globalValues }),
    ...(labelled.length === 0 ? {} : { namespaceSelector: labelled }),
    policies: pairs.map(({ name, resource, operation, policy, given }) => ({
      name: textOf(memberOf(policy, "metadata") ?? null, "name") || name,
      resources: [
        {
          name: textOf(memberOf(resource, "metadata") ?? null, "name"),
          values: { "request.operation": operation, ...given?.objectValues },
        },
      ],
      ...(given?.ruleValues === undefined ? {} : { rules: given.ruleValues }),
    })),
  };
}
