import type { FindingRow, ImageIdentity } from "./image-store.ts";
import type { ResultCounts } from "./policy-store.ts";

/** An image that stands out, with the reason in a few words. */
export interface WorstImage extends ImageIdentity {
  readonly reason: string;
}

/** Whether the images of one namespace keep the five rules: how many of `images` do. */
export interface NamespaceChecklist {
  readonly cluster: string;
  readonly namespace: string;
  readonly images: number;
  /** Verified provenance, scan and SBOM. */
  readonly evidence: number;
  /** Every finding has a VEX statement. */
  readonly vexAnswers: number;
  /** The newest verified scan is younger than 24 h. */
  readonly freshScan: number;
  /** No open finding is high, critical or unknown. */
  readonly noOpenHigh: number;
  /** A verified SBOM is CycloneDX or SPDX. */
  readonly sbomFormat: number;
}

/** The four quadrants and what to do first. */
export interface Overview {
  readonly artifacts: {
    readonly images: number;
    readonly running: number;
    /** Running images that a resource names by tag only. */
    readonly unpinned: number;
    readonly worst: readonly WorstImage[];
  };
  readonly metadata: {
    readonly images: number;
    readonly withSbom: number;
    readonly freshScan: number;
    readonly findings: number;
    readonly answered: number;
    readonly worst: readonly WorstImage[];
  };
  readonly attestations: {
    readonly images: number;
    readonly signed: number;
    readonly withProvenance: number;
    readonly rejected: number;
    readonly worst: readonly WorstImage[];
  };
  readonly policies: {
    readonly ready: number;
    readonly refused: number;
    readonly results: ResultCounts;
    readonly denied: number;
    readonly allowed: number;
    /** Admissions denied in the 24 h before `now`. */
    readonly deniedLastDay: number;
  };
  /** At most 7. */
  readonly doFirst: readonly FindingRow[];
  /** At most LIMITS.storeNamespaces, by name. */
  readonly namespaces: readonly NamespaceChecklist[];
  /** RFC 3339 of the newest of each; absent when there was none. */
  readonly newest: {
    readonly scan?: string;
    readonly check?: string;
    readonly admission?: string;
  };
}

export interface OverviewStore {
  /** @param now RFC 3339 */
  read(now: string): Promise<Overview>;
}
