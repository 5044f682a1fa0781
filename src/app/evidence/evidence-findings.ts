import type { VerifiedAttestation } from "../../attestation/index.ts";
import {
  type AnsweredFinding,
  compareFindings,
  compareSeverity,
  type DependencyGraph,
  dependenciesOf,
  explainVex,
  type Finding,
  type Sbom,
  type Scan,
  type VexDocument,
  type VexStatement,
  type VexSubject,
} from "../../metadata/index.ts";
import type { Attested } from "./evidence-documents.ts";

/**
 * The findings of several scans, one for each vulnerability and component. Where scans differ the worst severity counts
 * (one that nobody knows as high), and every alias, fixed version and platform that any of them names.
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
  const { platforms: _, ...worst } = order < 0 ? b : a;
  const platforms =
    a.platforms === undefined || b.platforms === undefined ? undefined : [...new Set([...a.platforms, ...b.platforms])];
  return {
    ...worst,
    ...(platforms === undefined ? {} : { platforms }),
    aliases: [...new Set([...a.aliases, ...b.aliases])].sort(),
    fixedVersions: [...new Set([...a.fixedVersions, ...b.fixedVersions])],
  };
}

/** Findings with the statements that decide them, and what each document did for that. */
export interface Answers {
  readonly findings: readonly AnsweredFinding[];
  /** `withoutEffect`: statements about a vulnerability that was found, but in another product or component. */
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
  const explained = explainVex({ findings, product, documents, now, dependencies: joinDependencies(sboms) });
  const names = new Set(findings.flatMap(namesOf));
  // They are told in the order of the documents.
  const pending = [...explained.statements].reverse();
  return {
    findings: explained.findings.map(({ finding }) => finding),
    documents: vex.map((each) => {
      const { statements } = each.document;
      const uses = statements.map(() => pending.pop());
      const isFound = (statement: VexStatement): boolean => namesOf(statement).some((name) => names.has(name));
      return {
        ...each,
        withoutEffect: statements.filter((statement, index) => uses[index]?.matches === 0 && isFound(statement)).length,
      };
    }),
    attestations: new Map(vex.map(({ attestation }, index) => [documents[index]?.source ?? "", attestation])),
  };
}

/** Names of vulnerabilities do not differ by case. */
function namesOf({ vulnerability, aliases }: Pick<VexStatement, "vulnerability" | "aliases">): readonly string[] {
  return [vulnerability, ...aliases].map((name) => name.toUpperCase());
}

/**
 * Every way that any of the SBOMs knows. What one of them describes as a whole, or lists without saying what needs it,
 * stays a top, whatever another one says that depends on it, so that more SBOMs never close a way that one alone leaves
 * open.
 */
function joinDependencies(sboms: readonly Sbom[]): DependencyGraph {
  const graphs = sboms.map(dependenciesOf);
  const tops = new Set(graphs.flatMap((graph, index) => topsOf(graph, sboms[index]?.components ?? [])));
  const edges = new Map<string, readonly string[]>();
  for (const [parent, children] of graphs.flatMap((graph) => [...graph.edges])) {
    const below = children.filter((child) => !tops.has(child));
    edges.set(parent, [...(edges.get(parent) ?? []), ...below]);
  }
  return { edges };
}

/** The names of what nothing depends on in one SBOM, and of what it describes. */
function topsOf({ root, edges }: DependencyGraph, components: Sbom["components"]): readonly string[] {
  const below = new Set([...edges.values()].flat());
  const alone = components.map(({ ref, purl }) => purl ?? `ref:${ref}`).filter((name) => !below.has(name));
  return root === undefined ? alone : [root, ...alone];
}
