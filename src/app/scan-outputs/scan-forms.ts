import { AmapError, type Value } from "../../base/index.ts";
import {
  createVex,
  encodeCosignVuln,
  encodeCycloneDxFindings,
  encodeInTotoVulns,
  encodeOpenVex,
  type Sbom,
  type Scan,
  type Severity,
  type VexDecision,
  type VexDocument,
  type VexSubject,
} from "../../metadata/index.ts";
import { encodeScanSarif, type ReportedFinding } from "../../report/index.ts";
import { createUuid, nowOf } from "../sbom.ts";
import { isPartUnread } from "../scan.ts";
import type { World } from "../world.ts";

/** A scan with all that its forms say. */
export interface ScanReport {
  readonly sbom: Sbom;
  readonly scan: Scan;
  readonly product: VexSubject;
  /** All findings of the scan. */
  readonly findings: readonly ReportedFinding[];
  /** Those to show and to count; fewer where the ones without a fix are left out. */
  readonly shown: readonly ReportedFinding[];
  readonly unknownSeverity?: Severity;
}

/** A form in which a scan is written as a JSON document. */
interface ScanForm {
  readonly id: string;
  /** Whether it says what is shown, else what was found: evidence that others judge leaves nothing out. */
  readonly showsLess: boolean;
  readonly write: (world: World, report: ScanReport) => Value;
}

/** Forms of a scan, for people's tools first. */
export const SCAN_FORMS: readonly ScanForm[] = [
  { id: "json", showsLess: true, write: (_, report) => encodeScanJson(report) },
  { id: "sarif", showsLess: true, write: (_, report) => encodeSarif(report) },
  { id: "cyclonedx", showsLess: false, write: (_, { sbom, findings }) => encodeCycloneDxFindings(sbom, findings) },
  { id: "openvex", showsLess: false, write: (world, report) => encodeOpenVex(describeUnanswered(world, report)) },
  { id: "cosign-vuln", showsLess: false, write: (_, { scan }) => encodeCosignVuln(scan) },
  { id: "in-toto-vulns", showsLess: false, write: (_, { scan }) => encodeInTotoVulns(scan) },
];

/** What is to be written, and where: a form, or the table for people. */
export interface ScanTarget {
  /** Undefined for the table. */
  readonly form: ScanForm | undefined;
  readonly file?: string;
}

/**
 * Reads `FORM[=FILE]`.
 * @throws {AmapError} USAGE for a form that there is not, or an empty name of a file
 * @example
 * ```ts
 * import { parseScanTarget } from "../index.ts";
 * parseScanTarget("sarif=scan.sarif").file; // "scan.sarif"
 * ```
 */
export function parseScanTarget(text: string): ScanTarget {
  const at = text.indexOf("=");
  const name = at === -1 ? text : text.slice(0, at);
  const file = at === -1 ? undefined : text.slice(at + 1);
  const form = SCAN_FORMS.find(({ id }) => id === name);
  if (form === undefined && name !== "table") {
    const known = ["table", ...SCAN_FORMS.map(({ id }) => id)].join(", ");
    throw new AmapError("USAGE", `--output: expected one of ${known}, found "${name}"`);
  }
  if (file === "") throw new AmapError("USAGE", `--output ${name}=: expected the name of a file`);
  return { form, ...(file === undefined ? {} : { file }) };
}

/**
 * `amap scan -o json`: `scanner`, `database`, `startedAt`, `finishedAt`, `matchedComponents`, `findings` and `notLookedAt`
 * as in `Scan`. A finding has the members of `Finding` (`path` and `layer` where they are known) and of `AnsweredFinding`
 * (`statement`, `answered`, `unmatched`), and `isNew` where an earlier scan was compared. `withoutFix` is there where
 * findings without a fix are left out, and says how many. Members are added, never given a new meaning.
 */
function encodeScanJson({ scan, findings, shown }: ScanReport): Value {
  const left = findings.length - shown.length;
  return {
    scanner: scan.scanner,
    database: scan.database,
    startedAt: scan.startedAt,
    finishedAt: scan.finishedAt,
    matchedComponents: scan.matchedComponents,
    findings: shown,
    ...(left === 0 ? {} : { withoutFix: left }),
    notLookedAt: scan.notLookedAt,
  } as unknown as Value;
}

function encodeSarif({ scan, sbom, shown, unknownSeverity }: ScanReport): Value {
  return encodeScanSarif({
    scan,
    findings: shown,
    components: sbom.components,
    artifact: sbom.subject.name,
    isComplete: !isPartUnread(scan),
    ...(unknownSeverity === undefined ? {} : { unknownSeverity }),
  });
}

/**
 * A VEX document with a statement for every finding that nothing answers yet: affected where a statement says so, else
 * under investigation. Where the artifact has neither package URL nor digest, the components are the products.
 */
function describeUnanswered(world: World, { scan, product, findings }: ScanReport): VexDocument {
  const open = findings.filter(({ answered }) => !answered);
  const isNamed = product.purls.length + product.digests.length > 0;
  const timestamp = nowOf(world);
  const document = createVex({
    scan: { ...scan, findings: open },
    product: isNamed ? product : { purls: ["pkg:generic/unnamed"], digests: [] },
    author: scan.scanner.name,
    id: `urn:uuid:${createUuid(world)}`,
    timestamp,
    decisions: open.flatMap((finding) => decisionOf(finding) ?? []),
    tooling: `${scan.scanner.name} ${scan.scanner.version}`,
  });
  if (isNamed) return document;
  const statements = document.statements.map((statement) => ({
    ...statement,
    products: statement.products
      .flatMap(({ subcomponents }) => subcomponents)
      .map((component) => ({ ...component, subcomponents: [] })),
  }));
  return { ...document, statements };
}

function decisionOf({ vulnerability, purl, statement }: ReportedFinding): VexDecision | undefined {
  if (statement?.status !== "affected") return undefined;
  const { actionStatement = "The statement that says so names no action.", impactStatement } = statement;
  return {
    vulnerability,
    purl,
    status: "affected",
    actionStatement,
    ...(impactStatement === undefined ? {} : { impactStatement }),
  };
}
