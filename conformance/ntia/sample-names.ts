/** What the name of a sample of sbomqs says of it: `missingComponentHash.spdx23.json` lacks a hash. */
export interface SampleExpectation {
  /** Elements of the BSI's guideline; one of them is what the name speaks of. */
  readonly ids: readonly string[];
  readonly isPresent: boolean;
}

/** A sample names no kind of licence, or the kind of an earlier version. */
const LICENCES = ["distribution-licences", "original-licences"];

/**
 * What names speak of, where they are clear. Left out are samples of earlier versions of the guideline: hashes of other
 * algorithms, hashes and parties of the old places in SPDX 2, properties that SPDX 2 has no place for.
 */
const ELEMENTS: readonly (readonly [words: RegExp, ids: readonly string[]])[] = [
  [/^MetadataTimestamp$/, ["sbom-timestamp"]],
  [/^Metadata(?:Author|Manufacturer|Supplier|Creator|PersonCreator)(?:Email|EmailAndURL|URL)?$/, ["sbom-creator"]],
  [/^ComponentVersion$/, ["component-version"]],
  [/^ComponentName$/, ["component-name"]],
  [/^Component(?:Manufacturer|Supplier|Author)(?:Email|EmailAndURL|URL)$/, ["component-creator"]],
  [/^ComponentSupplier$/, ["component-creator"]],
  [/^ComponentBsiExecutable$/, ["executable-property"]],
  [/^ComponentBsiArchive$/, ["archive-property"]],
  [/^ComponentBsiStructured$/, ["structured-property"]],
  [/^ComponentBsiEffectiveLicense$/, ["effective-licence"]],
  [/^ComponentLicense(?:Exp|Expression|ExpressionNone|None|Declared|CustomRef|Concluded)?$/, LICENCES],
  [/^ComponentDeployableHash(?:ComponentLevelOnly)?$/, ["deployable-hash"]],
  [/^ComponentExtRefDistributionHashSHA512$/, ["deployable-hash"]],
  [/^ComponentSourceCodeURL$/, ["source-uri"]],
  [/^ComponentDownloadURL$/, ["deployable-uri"]],
  [/^ComponentSecurityTxtURL$/, ["security-txt"]],
  [/^Component(?:PURL|CPE|SWID|OtherUniqueIDs)$/, ["other-identifiers"]],
  [/^TargetComponentDependencies$/, ["dependencies-resolve"]],
  [/^SourceComponentDependencies$/, ["dependencies-resolve"]],
  [/^ComponentDependencies$/, ["dependencies"]],
  [/^ComponentNoDependencies$/, ["dependencies"]],
  [/^DependencyInfo$/, ["dependencies"]],
  [/^DocumentNamespace$/, ["sbom-uri"]],
  [/^Vulnerabilities$/, ["no-vulnerabilities"]],
];

const PRESENT = new Set(["valid", "leaf"]);
const LACKING = new Set(["missing", "absent", "invalid", "none", "broken", "orphan", "partial"]);

/** What a file's name says, for one that is clear. */
export function expectationOf(file: string): SampleExpectation | undefined {
  const name = /\/bsi\/(?:cdx|spdx)\/([A-Za-z0-9]+)\.(?:cdx16|spdx23)\.json$/.exec(file)?.[1] ?? "";
  const [, prefix = "", words = ""] = /^([a-z]+)([A-Z].*)$/.exec(name) ?? [];
  const ids = ELEMENTS.find(([pattern]) => pattern.test(words))?.[1];
  if (ids === undefined) return undefined;
  if (words === "Vulnerabilities") return { ids, isPresent: true };
  if (PRESENT.has(prefix)) return { ids, isPresent: true };
  return LACKING.has(prefix) ? { ids, isPresent: false } : undefined;
}
