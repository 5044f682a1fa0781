/** What both programs found, record by record, and why they differ. */
import { parsePackageUrl } from "../../src/artifact/index.ts";

/** One advisory that holds for one package: `ecosystem/name@version id`; names in lower case. */
export interface Findings {
  readonly records: ReadonlySet<string>;
  /** Packages that were listed at all, where the program says so: `ecosystem/name@version`. */
  readonly packages?: ReadonlySet<string>;
}

/** How differences come about, with how many of each; what nothing explains is listed. */
export interface Compared {
  readonly amap: number;
  readonly peer: number;
  readonly both: number;
  readonly causes: Readonly<Record<string, number>>;
  readonly unexplained: readonly string[];
}

const ECOSYSTEMS: Readonly<Record<string, string>> = {
  pypi: "PyPI",
  npm: "npm",
  maven: "Maven",
  golang: "Go",
  gem: "RubyGems",
  cargo: "crates.io",
  composer: "Packagist",
  hackage: "Hackage",
  bitnami: "Bitnami",
  rpm: "AlmaLinux",
};

/** What a package URL says, in the terms of {@link Findings}. */
export function packageKey(purl: string, version: string): string {
  const parsed = parsePackageUrl(purl);
  if (!parsed.ok) return `${purl}@${version}`;
  const { type, namespace, name, subpath } = parsed.value;
  const join = type === "maven" ? ":" : "/";
  const inNamespace = namespace === undefined || type === "rpm" ? name : `${namespace}${join}${name}`;
  const whole = type === "golang" && subpath !== undefined ? `${inNamespace}/${subpath}` : inNamespace;
  return keyOf(ECOSYSTEMS[type] ?? type, whole, version);
}

function keyOf(ecosystem: string, name: string, version: string): string {
  const plain = ecosystem === "PyPI" ? name.replace(/[-_.]+/g, "-") : name;
  // osv-scanner leaves out the v of Go's versions.
  return `${ecosystem}/${plain.toLowerCase()}@${ecosystem === "Go" ? version.replace(/^v/, "") : version}`;
}

interface AmapScan {
  readonly findings: readonly {
    readonly purl: string;
    readonly version: string;
    readonly advisory: string;
    readonly otherAdvisories?: readonly string[];
  }[];
}

/** amap's `-o json`, or the result of a stored scan. */
export function readAmap({ findings }: AmapScan, into: Set<string> = new Set()): Findings {
  for (const { purl, version, advisory, otherAdvisories = [] } of findings)
    for (const id of [advisory, ...otherAdvisories]) into.add(`${packageKey(purl, version)} ${id}`);
  return { records: into };
}

interface PeerReport {
  readonly results: readonly {
    readonly packages: readonly {
      readonly package: { readonly name: string; readonly version?: string; readonly ecosystem?: string };
      readonly vulnerabilities?: readonly { readonly id: string }[];
    }[];
  }[];
}

/** osv-scanner's `--format json --all-packages`. */
export function readPeer({ results }: PeerReport): Findings {
  const records = new Set<string>();
  const packages = new Set<string>();
  for (const { packages: listed } of results)
    for (const { package: stated, vulnerabilities = [] } of listed) {
      const key = keyOf((stated.ecosystem ?? "").split(":")[0] ?? "", stated.name, stated.version ?? "");
      packages.add(key);
      for (const { id } of vulnerabilities) records.add(`${key} ${id}`);
    }
  return { records, packages };
}

/** The suite's truth in the same terms: an evaluation of OSV's rules that neither program had a part in. */
export type Truth = (record: string) => boolean | undefined;

/** Compares; the truth decides who is right. */
export function compareFindings(amap: Findings, peer: Findings, truth: Truth): Compared {
  const { packages = new Set<string>() } = peer;
  const ecosystems = new Set([...packages].map((key) => key.slice(0, key.indexOf("/"))));
  const causes = new Map<string, number>();
  const unexplained: string[] = [];
  const explain = (record: string, isAmaps: boolean): void => {
    const ecosystem = record.slice(0, record.indexOf("/"));
    const says = truth(record);
    const cause =
      says !== isAmaps
        ? undefined
        : !isAmaps
          ? `osv-scanner alone, and the truth says no: ${ecosystem}`
          : !ecosystems.has(ecosystem)
            ? `osv-scanner looks up no package URLs of ${ecosystem}`
            : !packages.has(record.slice(0, record.lastIndexOf(" ")))
              ? `osv-scanner lists the package otherwise or not: ${ecosystem}`
              : `osv-scanner misses what the truth says: ${ecosystem}`;
    if (cause === undefined) unexplained.push(`${isAmaps ? "amap" : "osv-scanner"} alone: ${record}`);
    else causes.set(cause, (causes.get(cause) ?? 0) + 1);
  };
  let both = 0;
  for (const record of amap.records) {
    if (peer.records.has(record)) both += 1;
    else explain(record, true);
  }
  for (const record of peer.records) if (!amap.records.has(record)) explain(record, false);
  const sorted = [...causes].sort(([a], [b]) => (a < b ? -1 : 1));
  return { amap: amap.records.size, peer: peer.records.size, both, causes: Object.fromEntries(sorted), unexplained };
}
