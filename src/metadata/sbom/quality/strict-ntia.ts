import { listOf, memberOf, textOf, type Value } from "../../../base/index.ts";
import type { Component, DecodedSbom, Sbom } from "../sbom.ts";
import { convertToSpdx } from "../spdx/encode.ts";
import type { SbomFinding } from "../validation/finding.ts";
import { type ElementNeed, type ElementRule, judgeElements, type QualityReading } from "./quality.ts";

/** Relationships by which a package is reached from the document, read from left to right only. */
const COMPOSITION = new Set(["DESCRIBES", "CONTAINS", "DEPENDS_ON", "DYNAMIC_LINK", "STATIC_LINK", "HAS_PREREQUISITE"]);

/** What SPDX demands and a document of another format may lack, for looking at it as SPDX. */
const DEMANDED = { createdAt: "1970-01-01T00:00:00Z", serialNumber: "urn:uuid:00000000-0000-4000-8000-000000000000" };

/** What ntia-conformance-checker 6.0.0 sees of a document. */
interface Checked {
  readonly hasVersion: boolean;
  readonly hasAuthor: boolean;
  readonly hasTime: boolean;
  readonly describesPackage: boolean;
  /** Whether a package whose files were not analyzed contains some (SPDX 2.3 §7.8). */
  readonly hasUnanalyzedFiles: boolean;
  /** Every package by its id. */
  readonly packages: ReadonlyMap<string, Value>;
  readonly reached: ReadonlySet<string>;
}

/**
 * The NTIA's minimum elements as ntia-conformance-checker 6.0.0 reads them: only packages that the document leads to are
 * judged, the supplier alone counts (NOASSERTION is none), an id within the document is an identifier, and a document is
 * conformant only where it describes a package. That program reads SPDX alone: documents of other formats are looked at as
 * the SPDX 2 document that amap makes of them.
 */
export function judgeStrictly(decoded: DecodedSbom, findings: readonly SbomFinding[] | undefined): QualityReading {
  const checked = lookAt(decoded);
  const isValid = findings === undefined ? undefined : !checked.hasUnanalyzedFiles && !findings.some(isFault);
  // What is judged are packages of the SPDX document, so that a component is only its name here.
  const components = [...checked.packages].map(([ref, item]) => toComponent(ref, item));
  const rules = [...documentRules(checked, isValid), ...packageRules(checked)];
  return judgeElements({ standard: "ntia", reading: "strict" }, rules, { decoded, components });
}

/** Whether the library that the checker reads with finds a fault there, too: it takes an empty licence for none. */
function isFault({ rule, severity, message }: SbomFinding): boolean {
  return severity === "error" && rule !== "parts-cycle" && !message.endsWith('found ""');
}

function lookAt({ sbom, format, specVersion }: DecodedSbom): Checked {
  const whole: Sbom = {
    ...sbom,
    createdAt: sbom.createdAt || DEMANDED.createdAt,
    serialNumber: sbom.serialNumber || DEMANDED.serialNumber,
  };
  const version = format === "SPDX" && specVersion === "2.2" ? "2.2" : "2.3";
  const { document } = convertToSpdx(whole, { version });
  const packages = new Map(listOf(document, "packages").map((item) => [textOf(item, "SPDXID"), item] as const));
  const edges = relationsOf(document);
  return {
    hasVersion: true,
    hasAuthor: sbom.tools.length + sbom.authors.length > 0,
    hasTime: sbom.createdAt !== "",
    describesPackage: edges.some(({ type, to }) => type === "DESCRIBES" && packages.has(to)),
    hasUnanalyzedFiles: hasUnanalyzedFiles(document, packages, edges),
    packages,
    reached: reachedBy(edges),
  };
}

function hasUnanalyzedFiles(document: Value, packages: ReadonlyMap<string, Value>, edges: readonly Edge[]): boolean {
  const files = new Set(listOf(document, "files").map((item) => textOf(item, "SPDXID")));
  const isUnanalyzed = (id: string): boolean => memberOf(packages.get(id), "filesAnalyzed") === false;
  return edges.some(({ from, type, to }) => {
    if (type === "CONTAINS") return isUnanalyzed(from) && files.has(to);
    return type === "CONTAINED_BY" && isUnanalyzed(to) && files.has(from);
  });
}

interface Edge {
  readonly from: string;
  readonly type: string;
  readonly to: string;
}

/** The relationships, and the older members that say the same. */
function relationsOf(document: Value): readonly Edge[] {
  const own = listOf(document, "relationships").map((item) => ({
    from: textOf(item, "spdxElementId"),
    type: textOf(item, "relationshipType"),
    to: textOf(item, "relatedSpdxElement"),
  }));
  const texts = (item: Value, key: string): readonly string[] =>
    listOf(item, key).filter((each) => typeof each === "string");
  const described = texts(document, "documentDescribes").map((to) => ({ from: ROOT, type: "DESCRIBES", to }));
  const contained = listOf(document, "packages").flatMap((item) =>
    texts(item, "hasFiles").map((to) => ({ from: textOf(item, "SPDXID"), type: "CONTAINS", to })),
  );
  return [...own, ...described, ...contained];
}

const ROOT = "SPDXRef-DOCUMENT";

function reachedBy(edges: readonly Edge[]): ReadonlySet<string> {
  const next = Map.groupBy(
    edges.filter(({ type }) => COMPOSITION.has(type)),
    ({ from }) => from,
  );
  const first = edges.flatMap(({ from, type, to }) => {
    if (type === "DESCRIBES" && from === ROOT) return [to];
    return type === "DESCRIBED_BY" && to === ROOT ? [from] : [];
  });
  const reached = new Set(first);
  const open = [...reached];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const { to } of next.get(id) ?? []) {
      if (reached.has(to)) continue;
      reached.add(to);
      open.push(to);
    }
  }
  return reached;
}

function toComponent(ref: string, item: Value): Component {
  const version = textOf(item, "versionInfo");
  const name = textOf(item, "name");
  const plain = { kind: "library", licenses: [], hashes: [], locations: [], scope: "production" } as const;
  return { ref, name, ...(version === "" ? {} : { version }), ...plain };
}

function documentRules(checked: Checked, isValid: boolean | undefined): readonly ElementRule[] {
  const rule = (id: string, name: string, fix: string, has: boolean | undefined): ElementRule => ({
    id,
    name,
    of: "document",
    need: "required",
    fix,
    has: () => has,
  });
  return [
    rule("valid", "The document is valid", "Mend what `amap sbom validate` says of it.", isValid),
    rule("spec-version", "Version of the format", "State the version of the format.", checked.hasVersion),
    rule("sbom-author", "Author of SBOM data", "Name who made the SBOM.", checked.hasAuthor),
    rule("sbom-timestamp", "Timestamp", "State when the SBOM was made.", checked.hasTime),
    rule(
      "dependency-relationship",
      "Dependency relationship",
      "State which package the document describes, and how the others belong to it.",
      checked.describesPackage,
    ),
  ];
}

function packageRules({ packages, reached }: Checked): readonly ElementRule[] {
  const rule = (
    text: readonly [id: string, name: string, fix: string, set?: string],
    need: ElementNeed,
    isThere: (item: Value) => boolean,
  ): ElementRule => {
    const [id, name, fix, set] = text;
    const has = ({ ref }: Component): boolean | undefined => {
      const item = packages.get(ref);
      return item === undefined || (reached.size > 0 && !reached.has(ref))
        ? undefined
        : reached.size > 0 && isThere(item);
    };
    return { id, name, of: "component", need, fix, ...(set === undefined ? {} : { set }), has };
  };
  const isStated = (item: Value, key: string): boolean => !isBlank(memberOf(item, key), false);
  const isAsserted = (item: Value, key: string): boolean => !isBlank(memberOf(item, key), true);
  return [
    rule(["component-name", "Component name", "Name each package."], "required", (item) => isStated(item, "name")),
    rule(
      ["component-version", "Version of the component", "State the version of each package.", 'version: "VERSION"'],
      "required",
      (item) => isStated(item, "versionInfo"),
    ),
    rule(["component-identifier", "Other unique identifiers", "Give each package an id."], "required", (item) =>
      isStated(item, "SPDXID"),
    ),
    rule(
      ["component-supplier", "Supplier name", "Name the supplier of each package.", 'supplier: { name: "NAME" }'],
      "required",
      (item) => isAsserted(item, "supplier"),
    ),
    rule(
      [
        "component-concluded-license",
        "Concluded license",
        "State the licence that was concluded for each package.",
        'concludedLicenses: "SPDX EXPRESSION"',
      ],
      "optional",
      (item) => isAsserted(item, "licenseConcluded"),
    ),
    rule(
      [
        "component-copyright",
        "Copyright text",
        "State the copyright of each package; NONE where there is none.",
        'copyright: "TEXT"',
      ],
      "optional",
      (item) => isAsserted(item, "copyrightText"),
    ),
  ];
}

function isBlank(value: Value | undefined, isAssertion: boolean): boolean {
  if (typeof value !== "string") return true;
  const text = value.trim().toUpperCase();
  return text === "" || (isAssertion && text === "NOASSERTION");
}
