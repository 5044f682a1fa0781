import { equalValues, isValueObject, memberOf, type Value } from "../../base/index.ts";

const GENERATE_LABELS = "generate.kyverno.io/";

/**
 * Whether a patched or generated object is the expected one, as Kyverno's `test` compares them: empty lists, empty maps
 * and nulls count as absent, and labels that say who generated an object do not count.
 */
export function isExpectedResource(actual: Value, expected: Value): boolean {
  return equalValues(tidy(withoutGenerateLabels(actual)) ?? null, tidy(withoutGenerateLabels(expected)) ?? null);
}

function withoutGenerateLabels(object: Value): Value {
  if (!isValueObject(object)) return object;
  const metadata = memberOf(object, "metadata");
  const labels = memberOf(metadata, "labels");
  const kept = isValueObject(labels)
    ? Object.entries(labels).filter(([name]) => !name.startsWith(GENERATE_LABELS))
    : [];
  return {
    ...object,
    metadata: {
      ...(isValueObject(metadata) ? metadata : {}),
      labels: { "app.kubernetes.io/managed-by": "kyverno", ...Object.fromEntries(kept) },
    },
  };
}

/** Without what is empty, all the way up; undefined when nothing is left. */
function tidy(value: Value): Value | undefined {
  if (Array.isArray(value)) {
    const items = value.map((item) => tidy(item as Value)).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (isValueObject(value)) {
    const members = Object.entries(value).flatMap(([name, member]) => {
      const kept = tidy(member);
      return kept === undefined ? [] : [[name, kept] as const];
    });
    return members.length === 0 ? undefined : Object.fromEntries(members);
  }
  return value ?? undefined;
}
