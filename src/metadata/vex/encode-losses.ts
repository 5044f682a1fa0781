import type { Loss } from "../sbom/sbom.ts";

/** Collects what a document in another format does not say as the original did, those of one wording as one. */
export class VexLosses {
  readonly #losses = new Map<string, { readonly loss: Omit<Loss, "count">; count: number }>();

  add(outcome: Loss["outcome"], path: string, reason: string): void {
    const key = JSON.stringify([outcome, path, reason]);
    const known = this.#losses.get(key);
    if (known === undefined) this.#losses.set(key, { loss: { outcome, path, reason }, count: 1 });
    else known.count++;
  }

  /** Sorted by path. */
  list(): readonly Loss[] {
    const all = [...this.#losses.values()].map(({ loss, count }) => ({ ...loss, count }));
    return all.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  }
}

/** Who names vulnerabilities so, by what the names begin with; CSAF and CycloneDX ask for it. */
const NAMING: readonly (readonly [prefix: string, system: string])[] = [
  ["CVE-", "CVE"],
  ["GHSA-", "GitHub Advisory Database"],
  ["GO-", "Go Vulnerability Database"],
  ["RUSTSEC-", "RustSec Advisory Database"],
  ["PYSEC-", "Python Packaging Advisory Database"],
  ["OSV-", "OSV"],
  ["DSA-", "Debian Security Advisory"],
  ["DLA-", "Debian LTS Advisory"],
  ["USN-", "Ubuntu Security Notice"],
  ["RHSA-", "Red Hat Security Advisory"],
  ["ALSA-", "AlmaLinux Security Advisory"],
  ["SUSE-", "SUSE"],
  ["SNYK-", "Snyk"],
];

/** Who gives a vulnerability its name; `unknown` where its form does not tell. */
export function namingSystemOf(name: string): string {
  return NAMING.find(([prefix]) => name.toUpperCase().startsWith(prefix))?.[1] ?? "unknown";
}
