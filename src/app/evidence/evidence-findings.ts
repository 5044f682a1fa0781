import type { VerifiedAttestation } from "../../attestation/index.ts";
import {
  type AnsweredFinding,
  type AnswerInput,
  answerFindings,
  compareFindings,
  compareSeverity,
  type DependencyGraph,
  dependenciesOf,
  type Finding,
  type Sbom,
  type Scan,
  type TrustedVexDocument,
  type VexDocument,
  type VexSubject,
} from "../../metadata/index.ts";
import type { Attested } from "./evidence-documents.ts";

/**
 * The findings of several scans, one for each vulnerability and component. Where scans differ the worst severity counts
 * (one that nobody knows as high), and every alias and fixed version that any of them names.
 */
export function mergeFindings(scans: readonly Scan[]): readonly Finding[] {
  const merged = new Map<string, Finding>();
  for (const finding of scans.flatMap(({ findings }) => findings)) {
    const { vulnerability, purl, component, version } = finding;
    const key = JSON.stringify([vulnerability, purl, component, version]);
    const known = merged.get(key);
    merged.set(key, known === undefined ? finding : mergeTwo(known, finding));
  }
  return [...merged.values()].sort(compareFindings);
}

function mergeTwo(a: Finding, b: Finding): Finding {
  const order = compareSeverity(a.severity, b.severity) || (a.score ?? -1) - (b.score ?? -1);
  const worst = order < 0 ? b : a;
  return {
    ...worst,
    aliases: [...new Set([...a.aliases, ...b.aliases])].sort(),
    fixedVersions: [...new Set([...a.fixedVersions, ...b.fixedVersions])],
  };
}

/** Findings with the statements that decide them, and what each document did for that. */
export interface Answers {
  readonly findings: readonly AnsweredFinding[];
  readonly documents: readonly (Attested<VexDocument> & { readonly withoutEffect: number })[];
  /** Attestations of VEX by the `source` of a statement. */
  readonly attestations: ReadonlyMap<string, VerifiedAttestation>;
}

/** What is answered by what. */
interface AnsweringEvidence {
  /** The image. */
  readonly product: VexSubject;
  readonly findings: readonly Finding[];
  readonly vex: readonly Attested<VexDocument>[];
  /** Their dependencies, together, are the ways that lead to a component. */
  readonly sboms: readonly Sbom[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Answers findings by the VEX attestations of an image. */
export function answerAll({ product, findings, vex, sboms, now }: AnsweringEvidence): Answers {
  // No `trustedAt`: until a timestamp authority or a log says when something was signed there is no time to trust.
  const documents = vex.map(({ document, attestation }) => ({
    document,
    source: `${attestation.foundAt.manifest}/${attestation.foundAt.blob}`,
    isAttestedForProduct: true,
  }));
  const withoutDocuments = { findings, product, now, dependencies: joinDependencies(sboms.map(dependenciesOf)) };
  const byName = findingsByName(findings);
  return {
    findings: answerFindings({ ...withoutDocuments, documents }),
    documents: vex.map((each, index) => ({
      ...each,
      withoutEffect: countWithoutEffect(documents[index] as TrustedVexDocument, withoutDocuments, byName),
    })),
    attestations: new Map(vex.map(({ attestation }, index) => [documents[index]?.source ?? "", attestation])),
  };
}

/**
 * Every way that any of the graphs knows. What one of them describes as a whole stays a top, whatever another one says
 * that depends on it, so that more graphs never close a way that one alone leaves open.
 */
function joinDependencies(graphs: readonly DependencyGraph[]): DependencyGraph {
  const tops = new Set(graphs.map(({ root }) => root));
  const edges = new Map<string, readonly string[]>();
  for (const [parent, children] of graphs.flatMap((graph) => [...graph.edges])) {
    const below = children.filter((child) => !tops.has(child));
    edges.set(parent, [...(edges.get(parent) ?? []), ...below]);
  }
  return { edges };
}

function findingsByName(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const byName = new Map<string, Finding[]>();
  for (const finding of findings) {
    for (const name of new Set([finding.vulnerability, ...finding.aliases].map((each) => each.toUpperCase()))) {
      const listed = byName.get(name);
      if (listed === undefined) byName.set(name, [finding]);
      else listed.push(finding);
    }
  }
  return byName;
}

/** Statements about a vulnerability that was found, but in another product or component, so that they decide nothing. */
function countWithoutEffect(
  trusted: TrustedVexDocument,
  input: Omit<AnswerInput, "documents">,
  byName: ReadonlyMap<string, readonly Finding[]>,
): number {
  return trusted.document.statements.filter((statement) => {
    const names = [statement.vulnerability, ...statement.aliases];
    const findings = [...new Set(names.flatMap((name) => byName.get(name.toUpperCase()) ?? []))];
    const alone = { ...trusted, document: { ...trusted.document, statements: [statement] } };
    const answered = answerFindings({ ...input, findings, documents: [alone] });
    return findings.length > 0 && answered.every((finding) => finding.statement === null);
  }).length;
}
