import type { StatedPackage } from "./package-list.ts";

/** Keys that a project needs, by how it needs them. */
export interface NeededKeys {
  readonly production: readonly string[];
  readonly optional: readonly string[];
  readonly development: readonly string[];
}

/**
 * Packages with their scope: what production needs, directly or not, is production; then what is optional; the rest of
 * what development needs is development. Packages that nobody is known to need stay as they are.
 */
export function markScopes(packages: readonly StatedPackage[], needed: NeededKeys): readonly StatedPackage[] {
  const byKey = new Map<string, StatedPackage[]>();
  for (const stated of packages) {
    for (const key of stated.keys ?? [stated.name]) {
      const same = byKey.get(key);
      if (same === undefined) byKey.set(key, [stated]);
      else same.push(stated);
    }
  }
  const scopes = new Map<StatedPackage, NonNullable<StatedPackage["scope"]>>();
  for (const scope of ["production", "optional", "development"] as const) {
    const keys = [...needed[scope]];
    for (let key = keys.pop(); key !== undefined; key = keys.pop()) {
      for (const stated of byKey.get(key) ?? []) {
        if (scopes.has(stated) || stated.isProject === true) continue;
        scopes.set(stated, scope);
        keys.push(...(stated.needs ?? []));
      }
    }
  }
  return packages.map((stated) => {
    const scope = scopes.get(stated);
    return scope === undefined || scope === "production" ? stated : { ...stated, scope };
  });
}
