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
import { type DecisionsNote, encodeScanSarif, type ReportedFinding } from "../../report/index.ts";
import { createUuid, nowOf } from "../sbom.ts";
import { isPartUnread } from "../scan.ts";
import { encodeVexAs, type VexFacts } from "../vex-conversion.ts";
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
  /** What CSAF demands of its publisher. */
  readonly publisher?: VexFacts;
  /** The decision file that counted, where one was given. */
  readonly decisions?: DecisionsNote;
}

/** A form in which a scan is written as a JSON document. */
interface ScanForm {
  readonly id: string;
  /** Whether it says what is shown, else what was found: evidence that others judge leaves nothing out. */
  readonly showsLess: boolean;
  readonly write: (world: World, report: ScanReport) => Value | Promise<Value>;
}

/** Forms of a scan, for people's tools first. */
export const SCAN_FORMS: readonly ScanForm[] = [
  { id: "json", showsLess: true, write: (_, report) => encodeScanJson(report) },
  { id: "sarif", showsLess: true, write: (_, report) => encodeSarif(report) },
  { id: "cyclonedx", showsLess: false, write: (_, { sbom, findings }) => encodeCycloneDxFindings(sbom, findings) },
  { id: "openvex", showsLess: false, write: (world, report) => encodeOpenVex(describeUnanswered(world, report)) },
  { id: "csaf", showsLess: false, write: (world, report) => encodeCsaf(world, report, "2.0") },
  { id: "csaf-2.1", showsLess: false, write: (world, report) => encodeCsaf(world, report, "2.1") },
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
 * (`statement`, `answered`, `unmatched`), `isNew` where an earlier scan was compared, and `acceptance` where somebody takes
 * its risk, and `reachability` where `--reachability` says something of it. `decisions` is there where a decision file was given, and says which of its decisions did not count. `withoutFix` is there where
 * findings without a fix are left out, and says how many. Members are added, never given a new meaning.
 */
function encodeScanJson({ scan, findings, shown, decisions }: ScanReport): Value {
  const left = findings.length - shown.length;
  return {
    scanner: scan.scanner,
    database: scan.database,
    startedAt: scan.startedAt,
    finishedAt: scan.finishedAt,
    matchedComponents: scan.matchedComponents,
    findings: shown,
    ...(left === 0 ? {} : { withoutFix: left }),
    ...(decisions === undefined ? {} : { decisions }),
    notLookedAt: scan.notLookedAt,
  } as unknown as Value;
}

function encodeSarif({ scan, sbom, shown, unknownSeverity, decisions }: ScanReport): Value {
  return encodeScanSarif({
    scan,
    findings: shown,
    components: sbom.components,
    artifact: sbom.subject.name,
    isComplete: !isPartUnread(scan),
    ...(decisions === undefined ? {} : { decisions }),
    ...(unknownSeverity === undefined ? {} : { unknownSeverity }),
  });
}

/** A CSAF VEX of all findings: what statements say about them, else that they are under investigation. */
async function encodeCsaf(world: World, report: ScanReport, version: "2.0" | "2.1"): Promise<Value> {
  if (report.findings.length === 0)
    throw new AmapError("NOT_SUPPORTED", "the scan has no findings, and CSAF has no VEX document about none");
  const document = describeFindings(world, report, report.findings, statedDecisionOf);
  const facts = report.publisher ?? {};
  const { value } = await encodeVexAs(world, document, { format: "csaf", version }, facts);
  return value;
}

/**
 * A VEX document with a statement for every finding that nothing answers yet: affected where a statement says so, else
 * under investigation. Where the artifact has neither package URL nor digest, the components are the products, but for
 * answers.
 */
function describeUnanswered(world: World, report: ScanReport): VexDocument {
  const open = report.findings.filter(({ answered }) => !answered);
  return describeFindings(world, report, open, decisionOf);
}

/** A VEX document with a statement for each of some findings: a decision, else that it is under investigation. */
function describeFindings(
  world: World,
  { scan, product, sbom }: ScanReport,
  findings: readonly ReportedFinding[],
  decide: (finding: ReportedFinding) => VexDecision | undefined,
): VexDocument {
  const isNamed = product.purls.length + product.digests.length > 0;
  const timestamp = nowOf(world);
  const document = createVex({
    scan: { ...scan, findings },
    product: isNamed ? product : { purls: ["pkg:generic/unnamed"], digests: [] },
    author: scan.scanner.name,
    id: `urn:uuid:${createUuid(world)}`,
    timestamp,
    decisions: [],
    decide: (finding) => decide(finding as ReportedFinding),
    tooling: `${scan.scanner.name} ${scan.scanner.version}`,
  });
  if (isNamed) return document;
  const statements = document.statements.map((statement) => {
    const components = statement.products.flatMap(({ subcomponents }) => subcomponents);
    // What holds here need not hold of the component elsewhere: of a product by its name alone nothing is answered.
    const isHere = statement.status === "not_affected" || statement.status === "fixed";
    const here = { id: sbom.subject.name || "unnamed", identifiers: {}, hashes: {}, subcomponents: components };
    return {
      ...statement,
      products: isHere ? [here] : components.map((component) => ({ ...component, subcomponents: [] })),
    };
  });
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

/** What the deciding statement says, in the words of a statement of one's own. */
function statedDecisionOf(finding: ReportedFinding): VexDecision | undefined {
  const { vulnerability, purl, statement } = finding;
  if (statement === null || statement.status === "under_investigation") return undefined;
  const { status, justification, impactStatement } = statement;
  if (status === "affected") return decisionOf(finding);
  const lacksReason = status === "not_affected" && justification === undefined && impactStatement === undefined;
  const reason = lacksReason ? "The statement that says so gives no reason." : impactStatement;
  return {
    vulnerability,
    purl,
    status,
    ...(justification === undefined ? {} : { justification }),
    ...(reason === undefined ? {} : { impactStatement: reason }),
  };
}
