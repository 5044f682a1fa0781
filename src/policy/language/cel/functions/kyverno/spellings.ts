import type { CelFunction } from "../../function.ts";

/** Kyverno's two spellings of its methods: PascalCase, which came first, and camelCase since 1.18. */
export function bothSpellings(
  namespace: string,
  name: string,
  rows: (name: string) => readonly CelFunction[],
): readonly CelFunction[] {
  const camel = name.charAt(0).toLowerCase() + name.slice(1);
  return [...rows(`${namespace}${name}`), ...rows(`${namespace}${camel}`)];
}

/** A function's old name, and the same under its library's namespace, since 1.18. */
export function withNamespace(
  namespace: string,
  name: string,
  rows: (name: string) => readonly CelFunction[],
): readonly CelFunction[] {
  return [...rows(name), ...rows(`${namespace}.${name}`)];
}
