import { formatPackageUrl, parsePackageUrl } from "../../artifact/index.ts";
import { AmapError } from "../../base/index.ts";
import { withoutUndefined } from "../document-reader.ts";
import type { Finding, Scan } from "../vulnerability/vulnerability.ts";
import { otherCveOf } from "../vulnerability/vulnerability-names.ts";
import { matchesPackage } from "./purl-matching.ts";
import {
  statementProblem,
  type VexDocument,
  type VexJustification,
  type VexProduct,
  type VexStatement,
  type VexStatus,
  type VexSubject,
} from "./vex.ts";

/** What a person decided about a vulnerability, for all components or for those that a package URL matches. */
export interface VexDecision {
  /** Any of its names. */
  readonly vulnerability: string;
  /** A package URL as a pattern; left out: every component that has the vulnerability. */
  readonly purl?: string;
  readonly status: VexStatus;
  readonly justification?: VexJustification;
  readonly impactStatement?: string;
  readonly actionStatement?: string;
  readonly statusNotes?: string;
}

/** What a document is made from. */
export interface CreateVexInput {
  readonly scan: Scan;
  readonly product: VexSubject;
  readonly author: string;
  /** IRI of the document. */
  readonly id: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly decisions: readonly VexDecision[];
  /** What is decided of one finding, in place of `decisions`, whose package URLs are patterns for several. */
  readonly decide?: (finding: Finding) => VexDecision | undefined;
  /** What made the document. */
  readonly tooling?: string;
  /** 1 when left out; a later edition of the same `id` counts on. */
  readonly version?: number;
}

/** Qualifiers that other tools write differently for the same package. */
const VARYING_QUALIFIERS = new Set(["arch", "distro", "upstream"]);

/**
 * Makes a VEX document in which every finding of a scan has a statement: the decision about it (one that names the
 * component goes before one that does not), else `under_investigation`. Components with the same answer share a
 * statement. Package URLs are written without architecture and distribution, so that every tool's form matches them.
 * @throws {AmapError} DOCUMENT_INVALID for a decision that lacks what its status needs, or a product without any name
 * @example
 * ```ts
 * import { createVex, type Scan } from "../index.ts";
 * const time = "2026-01-01T00:00:00Z";
 * const scan: Scan = {
 *   scanner: { name: "amap", version: "0.1.0", uri: "" }, database: { uri: "", version: "", updatedAt: time },
 *   startedAt: time, finishedAt: time, matchedComponents: 1, notLookedAt: [],
 *   findings: [{
 *     vulnerability: "CVE-2021-23337", aliases: [], advisory: "CVE-2021-23337", purl: "pkg:npm/lodash@4.17.20",
 *     component: "lodash", version: "4.17.20", severity: "high", fixedVersions: ["4.17.21"],
 *   }],
 * };
 * const product = { purls: ["pkg:oci/storefront"], digests: [] };
 * const id = "https://example.com/vex-1";
 * createVex({ scan, product, author: "me", id, timestamp: time, decisions: [] }).statements[0]?.status;
 * // "under_investigation"
 * ```
 */
export function createVex(input: CreateVexInput): VexDocument {
  const groups = new Map<string, { readonly finding: Finding; readonly decision: VexDecision; purls: Set<string> }>();
  const undecided: VexDecision = { vulnerability: "", status: "under_investigation" };
  const decide = input.decide ?? ((finding: Finding) => decisionOf(finding, input.decisions));
  for (const finding of input.scan.findings) {
    const decision = decide(finding) ?? undecided;
    const { status, justification, impactStatement, actionStatement, statusNotes } = decision;
    const said = [justification, impactStatement, actionStatement, statusNotes].map((text) => text ?? null);
    const key = JSON.stringify([finding.vulnerability, status, ...said]);
    const group = groups.get(key) ?? { finding, decision, purls: new Set<string>() };
    group.purls.add(portablePurl(finding.purl));
    groups.set(key, group);
  }
  const statements = [...groups.values()].map(({ finding, decision, purls }) =>
    toStatement(finding, decision, [...purls].sort(), input),
  );
  return withoutUndefined({
    id: input.id,
    author: input.author,
    tooling: input.tooling,
    timestamp: input.timestamp,
    version: input.version ?? 1,
    statements,
  });
}

/**
 * The decisions that no finding of a scan asks for, so that a stale or mistyped one does not pass in silence.
 */
export function unusedDecisions(
  findings: readonly Finding[],
  decisions: readonly VexDecision[],
): readonly VexDecision[] {
  const used = new Set(findings.map((finding) => decisionOf(finding, decisions)));
  return decisions.filter((decision) => !used.has(decision));
}

function decisionOf(finding: Finding, decisions: readonly VexDecision[]): VexDecision | undefined {
  const names = new Set([finding.vulnerability, ...finding.aliases].map((name) => name.toUpperCase()));
  const about = decisions.filter(
    ({ vulnerability }) => names.has(vulnerability.toUpperCase()) && otherCveOf(finding, [vulnerability]) === undefined,
  );
  return (
    about.find((decision) => decision.purl !== undefined && matchesPackage(decision.purl, finding.purl)) ??
    about.find((decision) => decision.purl === undefined)
  );
}

function toStatement(
  finding: Finding,
  decision: VexDecision,
  purls: readonly string[],
  input: CreateVexInput,
): VexStatement {
  const problem = statementProblem(decision);
  if (problem !== undefined) throw new AmapError("DOCUMENT_INVALID", `${decision.vulnerability}: ${problem}`);
  const subcomponents = purls.map((id) => ({ id, identifiers: {}, hashes: {} }));
  return withoutUndefined({
    vulnerability: finding.vulnerability,
    aliases: finding.aliases,
    products: productsOf(input.product).map((product) => ({ ...product, subcomponents })),
    status: decision.status,
    justification: decision.justification,
    impactStatement: decision.impactStatement,
    actionStatement: decision.actionStatement,
    statusNotes: decision.statusNotes,
    timestamp: input.timestamp,
  });
}

/**
 * One product for each package URL, and one for each digest that none of them names.
 * @throws {AmapError} DOCUMENT_INVALID where there is neither
 */
export function productsOf(subject: VexSubject): readonly Omit<VexProduct, "subcomponents">[] {
  const named = new Set<string>();
  const byPurl = subject.purls.map((id) => {
    const parsed = parsePackageUrl(id);
    const version = parsed.ok ? parsed.value.version : undefined;
    const digest = subject.digests.find((candidate) => candidate === version);
    if (digest !== undefined) named.add(digest);
    return { id, identifiers: {}, hashes: digest === undefined ? {} : hashesOf(digest) };
  });
  const byDigest = subject.digests
    .filter((digest) => !named.has(digest))
    .map((digest) => ({ id: digest, identifiers: {}, hashes: hashesOf(digest) }));
  if (byPurl.length + byDigest.length === 0) {
    throw new AmapError("DOCUMENT_INVALID", "a VEX document needs a product: give a package URL or a digest");
  }
  return [...byPurl, ...byDigest];
}

function hashesOf(digest: string): Readonly<Record<string, string>> {
  const [algorithm = "", hex = ""] = digest.split(":");
  return { [algorithm.replace(/^sha(\d)/, "sha-$1")]: hex };
}

function portablePurl(purl: string): string {
  const parsed = parsePackageUrl(purl);
  if (!parsed.ok) return purl;
  const kept = Object.entries(parsed.value.qualifiers).filter(([key]) => !VARYING_QUALIFIERS.has(key));
  return formatPackageUrl({ ...parsed.value, qualifiers: Object.fromEntries(kept) });
}
