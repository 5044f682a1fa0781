import type { Value } from "../../base/index.ts";

/** SLSA provenance v1, the fields amap states and reads (slsa.dev/spec/v1.2/provenance). */
export interface Provenance {
  readonly buildType: string;
  readonly externalParameters: Readonly<Record<string, Value>>;
  readonly internalParameters?: Readonly<Record<string, Value>>;
  readonly resolvedDependencies: readonly ResourceDescriptor[];
  readonly builderId: string;
  readonly builderVersion?: Readonly<Record<string, string>>;
  readonly invocationId?: string;
  readonly startedOn?: string;
  readonly finishedOn?: string;
  readonly byproducts: readonly ResourceDescriptor[];
}

/** in-toto ResourceDescriptor v1, the fields amap uses. */
export interface ResourceDescriptor {
  readonly name?: string;
  readonly uri?: string;
  /** `sha256`, `gitCommit`… → hex; may be empty. Look keys up with Object.hasOwn. */
  readonly digest: Readonly<Record<string, string>>;
  readonly mediaType?: string;
  readonly downloadLocation?: string;
  readonly annotations?: Readonly<Record<string, Value>>;
}
