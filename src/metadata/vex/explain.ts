import { formatTime, parseTime } from "../../base/index.ts";
import {
  type AnsweredFinding,
  type AnswerInput,
  answerOf,
  type FindingMatch,
  missOfInert,
  missOfPath,
  VexMatcher,
} from "./answering.ts";
import { findConflicts, nameStatement, productNames, type StatementName, type VexConflict } from "./conflicts.ts";
import type { Candidate, Target } from "./prepared-statements.ts";
import type { StatementGroup } from "./statement-index.ts";
import { missOfProducts, type VexMiss } from "./vex-miss.ts";

/** A finding, by its names alone. */
interface FindingName {
  readonly vulnerability: string;
  readonly purl: string;
}

/** What became of one statement. */
export interface ExplainedStatement extends StatementName {
  /** What it speaks of, at most five. */
  readonly products: readonly string[];
  /** `decides` at least one finding; `superseded` by others for all that it matches; `unmatched` with anything. */
  readonly outcome: "decides" | "superseded" | "unmatched";
  /** How many findings it speaks of, and how many of them it decides. */
  readonly matches: number;
  readonly decides: number;
  /** Some of them, at most five. */
  readonly examples: readonly FindingName[];
  /** Where it decides none: what decided the first of its findings, and why. */
  readonly supersededBy?: StatementName & { readonly reason: string };
  /** Where it matches none: why. */
  readonly miss?: VexMiss;
}

/** A finding with the statements that lost. */
export interface ExplainedFinding {
  readonly finding: AnsweredFinding;
  readonly decidedBy: StatementName | null;
  /** Other statements about it, each with why it does not decide; at most five. */
  readonly lost: readonly (StatementName & { readonly reason: string })[];
  /** How many of them there are. */
  readonly lostCount: number;
}

/** What VEX documents say about an artifact, and why they say nothing where they do not. */
export interface VexExplanation {
  /** In the order of the documents. */
  readonly statements: readonly ExplainedStatement[];
  /** In the order of the findings. */
  readonly findings: readonly ExplainedFinding[];
  readonly conflicts: readonly VexConflict[];
}

const MAX_SHOWN = 5;
/** Components that are looked at to tell what a statement may have meant. */
const MAX_NEAR = 50;

/**
 * Why findings are answered as `answerFindings` does, and what became of each statement: which findings it speaks of,
 * which newer statement decides them in its place, or the nearest reason why it speaks of none, with what to write
 * instead where that can be told. The work grows with the number of statements and findings, not with their product.
 * @example
 * ```ts
 * import { explainVex } from "../index.ts";
 * const explained = explainVex({ findings: [], product: { purls: [], digests: [] }, documents: [] });
 * explained.statements.filter(({ outcome }) => outcome === "unmatched").length; // 0
 * ```
 */
export function explainVex(input: AnswerInput): VexExplanation {
  const matcher = new VexMatcher(input);
  const matches = input.findings.map((finding) => matcher.match(finding));
  const uses = new StatementUses();
  for (const match of matches) uses.add(match);
  uses.finish();
  const found = new FoundVulnerabilities(matches);
  return {
    statements: matcher.index.candidates.map((candidate) => explainStatement(candidate, { matcher, uses, found })),
    findings: matches.map((match) => explainFinding(match, matcher)),
    conflicts: findConflicts(matcher.index.candidates),
  };
}

/** What a statement did. */
interface Use {
  matches: number;
  decides: number;
  readonly examples: FindingName[];
  /** What decided the first finding that this statement speaks of and does not decide. */
  winner?: Candidate;
  /** A finding for which it is in between, and does not count. */
  between?: FindingMatch;
}

/** What each statement did, for all findings; statements about the whole artifact are counted by vulnerability. */
class StatementUses {
  readonly #uses = new Map<Candidate, Use>();
  readonly #wholes = new Map<StatementGroup, FindingMatch[]>();

  add(match: FindingMatch): void {
    const { group, matching, between } = match;
    for (const candidate of matching) this.#count(candidate, [match]);
    if (group.whole.size > 0) {
      const listed = this.#wholes.get(group);
      if (listed === undefined) this.#wholes.set(group, [match]);
      else listed.push(match);
    }
    for (const candidate of between) this.of(candidate).between ??= match;
    for (const deciding of decidingIn(match)) this.of(deciding).decides++;
  }

  /** Counts statements about the whole artifact, each once for all findings of a vulnerability. */
  finish(): void {
    for (const [{ whole }, matches] of this.#wholes) for (const candidate of whole) this.#count(candidate, matches);
    this.#wholes.clear();
  }

  of(candidate: Candidate): Use {
    const use = this.#uses.get(candidate) ?? { matches: 0, decides: 0, examples: [] };
    this.#uses.set(candidate, use);
    return use;
  }

  #count(candidate: Candidate, matches: readonly FindingMatch[]): void {
    const use = this.of(candidate);
    use.matches += matches.length;
    for (const { finding } of matches.slice(0, MAX_SHOWN - use.examples.length))
      use.examples.push({ vulnerability: finding.vulnerability, purl: finding.purl });
    const winner = matches[0] === undefined ? undefined : winnerOver(candidate, matches[0]);
    if (winner !== candidate && winner !== undefined) use.winner ??= winner;
  }
}

/** What decides a finding, on any of its platforms. */
function decidingIn({ deciding, parts }: FindingMatch): ReadonlySet<Candidate> {
  return new Set((parts ?? [{ deciding }]).flatMap((part) => part.deciding ?? []));
}

/** What decides where a statement speaks of a finding. */
function winnerOver(candidate: Candidate, { deciding, parts = [] }: FindingMatch): Candidate | undefined {
  return parts.find(({ matching }) => matching.includes(candidate))?.deciding ?? deciding;
}

/** Findings by the names of a statement's vulnerability. */
interface Found {
  readonly groups: ReadonlySet<StatementGroup>;
  readonly targets: readonly Target[];
  readonly byPackageName: ReadonlyMap<string, readonly Target[]>;
}

/** The findings of a scan, asked for by a statement's names. */
class FoundVulnerabilities {
  readonly #byName = new Map<string, FindingMatch[]>();
  readonly #known = new Map<string, Found>();

  constructor(matches: readonly FindingMatch[]) {
    for (const match of matches) {
      const { vulnerability, aliases } = match.finding;
      for (const name of new Set([vulnerability, ...aliases].map((each) => each.toUpperCase()))) {
        const listed = this.#byName.get(name);
        if (listed === undefined) this.#byName.set(name, [match]);
        else listed.push(match);
      }
    }
  }

  of({ statement }: Candidate): Found {
    const names = [...new Set([statement.vulnerability, ...statement.aliases].map((each) => each.toUpperCase()))];
    const key = JSON.stringify(names);
    const found = this.#known.get(key) ?? this.#collect(names);
    this.#known.set(key, found);
    return found;
  }

  #collect(names: readonly string[]): Found {
    const matches = new Set(names.flatMap((name) => this.#byName.get(name) ?? []));
    const targets = new Set<Target>();
    const byPackageName = new Map<string, Target[]>();
    for (const { target } of matches) {
      if (targets.has(target)) continue;
      targets.add(target);
      const name = target.purl?.name ?? "";
      const listed = byPackageName.get(name);
      if (listed === undefined) byPackageName.set(name, [target]);
      else if (listed.length < MAX_NEAR) listed.push(target);
    }
    return { groups: new Set([...matches].map(({ group }) => group)), targets: [...targets], byPackageName };
  }
}

interface Frame {
  readonly matcher: VexMatcher;
  readonly uses: StatementUses;
  readonly found: FoundVulnerabilities;
}

function explainStatement(candidate: Candidate, frame: Frame): ExplainedStatement {
  const { matches, decides, examples, winner, between } = frame.uses.of(candidate);
  const shared = {
    ...nameStatement(candidate),
    products: productNames(candidate.statement, MAX_SHOWN),
    matches,
    decides,
    examples,
  };
  if (decides > 0) return { ...shared, outcome: "decides" };
  if (matches > 0) return { ...shared, outcome: "superseded", ...supersededBy(candidate, winner) };
  const miss = between === undefined ? missOfStatement(candidate, frame) : missOfPath(candidate, between.openPath);
  return { ...shared, outcome: "unmatched", miss };
}

function supersededBy(candidate: Candidate, winner: Candidate | undefined): Pick<ExplainedStatement, "supersededBy"> {
  return winner === undefined ? {} : { supersededBy: { ...nameStatement(winner), reason: lossTo(candidate, winner) } };
}

/** Why a statement that speaks of a finding does not decide it. */
function lossTo(loser: Candidate, winner: Candidate): string {
  if (loser.time !== winner.time) {
    const isSigned = loser.time !== parseTime(loser.statement.timestamp);
    return `it is older: ${isSigned ? `signed ${timeText(loser)}` : loser.statement.timestamp} against ${winner.statement.timestamp}`;
  }
  const [own, other] = [loser.origin.document, winner.origin.document];
  if (own.id === other.id && own.author === other.author && own.version < other.version)
    return `version ${other.version} of its document replaces version ${own.version}`;
  if (loser.statement.status === winner.statement.status) return "another one of the same time says the same";
  return `of two of the same time the less favourable one counts: ${winner.statement.status}`;
}

function timeText({ time }: Candidate): string {
  return Number.isFinite(time) ? formatTime(time) : "at no time";
}

function missOfStatement(candidate: Candidate, { matcher, found }: Frame): VexMiss {
  const { groups, targets, byPackageName } = found.of(candidate);
  const { statement, products } = candidate;
  if (groups.size === 0) {
    const part = products.find((product) => product.isSubject || matcher.isPart(product));
    const about = part === undefined ? "" : "; what it names is there";
    return {
      reason: "vulnerability-not-found",
      message: `no finding is named ${[statement.vulnerability, ...statement.aliases].slice(0, MAX_SHOWN).join(", ")}${about}`,
      expected: statement.vulnerability,
    };
  }
  const inert = [...groups].map((group) => group.inert.get(candidate));
  const [first] = inert;
  if (first !== undefined && inert.every((reason) => reason !== undefined)) return missOfInert(first, candidate);
  return missOfProducts(products, {
    subject: matcher.subject,
    named: (name) => byPackageName.get(name) ?? [],
    some: targets.slice(0, MAX_NEAR),
    isPart: (named) => matcher.isPart(named),
  });
}

function explainFinding(match: FindingMatch, matcher: VexMatcher): ExplainedFinding {
  const { deciding, matching, group } = match;
  const lost: (StatementName & { readonly reason: string })[] = [];
  const winners = decidingIn(match);
  const total = winners.size === 0 ? 0 : matching.length + group.whole.size - winners.size;
  for (const candidates of winners.size === 0 ? [] : [matching, group.whole]) {
    for (const candidate of candidates) {
      if (lost.length === MAX_SHOWN) break;
      const winner = winners.has(candidate) ? undefined : winnerOver(candidate, match);
      if (winner !== undefined) lost.push({ ...nameStatement(candidate), reason: lossTo(candidate, winner) });
    }
  }
  return {
    finding: answerOf(match, matcher.subject),
    decidedBy: deciding === undefined ? null : nameStatement(deciding),
    lost,
    lostCount: total,
  };
}
