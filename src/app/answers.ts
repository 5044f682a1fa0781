/** VEX documents and decisions that a user gives, and what they say of the findings of a scan. */
import type { ExplainedStatement, JudgedDecision, Sbom, Scan, VexSource, VexSubject } from "../metadata/index.ts";
import type { ReportedFinding } from "../report/index.ts";
import { judgeLoaded, type LoadedDecisions, useDecisions } from "./decisions/use-decisions.ts";
import { explainDocuments } from "./vex-explain.ts";
import type { World } from "./world.ts";

/** What a user gives that answers findings. */
export interface GivenAnswers {
  readonly documents: readonly VexSource[];
  readonly decisions?: LoadedDecisions;
  /** Whether findings whose risk is accepted count as open all the same. */
  readonly ignoresAcceptedRisk?: boolean;
}

/** What it says of one scan. */
export interface AnsweredFindings {
  readonly findings: readonly ReportedFinding[];
  /** What became of the statements of the documents, decisions left out. */
  readonly statements: readonly ExplainedStatement[];
  /** What came of each decision; empty where none were given. */
  readonly judged: readonly JudgedDecision[];
}

/** The findings of a scan with what answers each, at the world's time: a decision that has expired answers none. */
export function answerFindings(
  world: World,
  given: GivenAnswers,
  about: { readonly sbom: Sbom; readonly scan: Scan; readonly product: VexSubject },
): AnsweredFindings {
  const { sbom, scan, product } = about;
  const used = given.decisions && useDecisions(world, given.decisions, { product, scan });
  const ownDocuments = (used?.documents ?? []).map((document) => ({ document, source: document.id }));
  const request = { findings: scan.findings, product, sbom, now: world.clock.now() };
  const explained = explainDocuments([...given.documents, ...ownDocuments], request);
  const answered = explained.findings.map(({ finding }) => finding);
  const sources = new Set(given.documents.map(({ source }) => source));
  return {
    findings: used === undefined || given.ignoresAcceptedRisk === true ? answered : used.mark(answered),
    statements: explained.statements.filter(({ source }) => sources.has(source)),
    judged: used?.judged ?? [],
  };
}

/** What became of statements and decisions over several scans: what one of them needed was not given in vain. */
export class AnswerTally {
  readonly #statements = new Map<string, ExplainedStatement>();
  #judged: readonly JudgedDecision[];

  /** Before any scan each statement matches nothing, and no decision fits any finding. */
  constructor(world: World, { documents, decisions }: GivenAnswers) {
    const nothing = { findings: [], product: { purls: [], digests: [] }, now: world.clock.now() };
    for (const statement of explainDocuments(documents, nothing).statements)
      this.#statements.set(keyOf(statement), statement);
    this.#judged = decisions === undefined ? [] : judgeLoaded(world, decisions, { scan: nothing });
  }

  add({ statements, judged }: Pick<AnsweredFindings, "statements" | "judged">): void {
    for (const statement of statements) {
      const known = this.#statements.get(keyOf(statement));
      if (known === undefined || weightOf(statement) > weightOf(known))
        this.#statements.set(keyOf(statement), statement);
    }
    if (judged.length > 0)
      this.#judged = this.#judged.map((known, index) => {
        const own = judged[index] ?? known;
        return rankOf(own) < rankOf(known) ? known : own;
      });
  }

  /** Each with the best that became of it; where it matched nothing, with the nearest miss. */
  get statements(): readonly ExplainedStatement[] {
    return [...this.#statements.values()];
  }

  get judged(): readonly JudgedDecision[] {
    return this.#judged;
  }
}

/** Where two decisions spoke of the same in one scan, nobody may think that they counted in all. */
const rankOf = ({ state }: JudgedDecision): number => ["counts", "conflicting"].indexOf(state);

const keyOf = ({ source, index }: ExplainedStatement): string => `${index} ${source}`;

function weightOf({ outcome, miss }: ExplainedStatement): number {
  if (outcome !== "unmatched") return outcome === "decides" ? 3 : 2;
  return miss?.reason === "vulnerability-not-found" ? 0 : 1;
}
