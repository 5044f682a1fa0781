import type { Component } from "./sbom.ts";

/** Components that nothing depends on, and one of each circle that nothing outside depends on. */
export function findRoots(
  components: readonly Component[],
  dependencies: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const depended = new Set<string>();
  for (const [ref, targets] of dependencies) for (const target of targets) if (target !== ref) depended.add(target);
  const reached = new Set<string>();
  const roots: string[] = [];
  const addRoot = (ref: string): void => {
    roots.push(ref);
    const open = [ref];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      for (const target of dependencies.get(next) ?? []) open.push(target);
    }
  };
  for (const { ref } of components) if (!depended.has(ref)) addRoot(ref);
  for (const { ref } of components) if (!reached.has(ref)) addRoot(ref);
  return roots.sort();
}
