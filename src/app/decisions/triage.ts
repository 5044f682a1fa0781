import { formatPackageUrl, parsePackageUrl } from "../../artifact/index.ts";
import { compareText, formatTime, parseTime } from "../../base/index.ts";
import {
  compareSeverity,
  type Decision,
  decisionKey,
  fitsFinding,
  judgeDecisions,
  problemsOf,
  speaksOfProduct,
  suggestJustification,
  VEX_JUSTIFICATIONS,
  type VexJustification,
  type VexSubject,
} from "../../metadata/index.ts";
import type { ReportedFinding } from "../../report/index.ts";
import type { World } from "../world.ts";
import { editDecisionFile, readDecisionsIfThere, restoreDecisionFile, scopeKey } from "./edit-file.ts";

/** Why a product is not affected, in the order of the specification. */
export const TRIAGE_JUSTIFICATIONS: readonly VexJustification[] = VEX_JUSTIFICATIONS;

/** How far a decision reaches: the versions that were found, all versions of the component, every component, or as the draft. */
export type TriageScope = "version" | "component" | "all" | "draft";

/** One finding to decide about: the same vulnerability in one version of a component, whatever its architectures. */
export interface TriageItem {
  readonly finding: ReportedFinding;
  /** Package URLs of the component; several where it is there for several architectures. */
  readonly purls: readonly string[];
  /** Entries of the file that speak of it and do not count, each with why: drafts, and those that have ended. */
  readonly drafts: readonly { readonly decision: Decision; readonly reasons: readonly string[] }[];
  /** What the evidence about reachability could support; never applied. */
  readonly suggestion?: VexJustification;
}

/** What is to decide, the worst first, and how many findings are not among it, and why. */
export interface OpenFindings {
  readonly items: readonly TriageItem[];
  /** A statement of VEX answers them. */
  readonly answered: number;
  /** The file has a whole decision about them, approved or not. */
  readonly decided: number;
}

/**
 * The findings that nobody has decided about: not those that VEX answers, and not those that a complete entry of the file
 * speaks of which has not ended. Known to be exploited goes first, then the more severe, then the likelier.
 */
export function listOpenFindings(
  findings: readonly ReportedFinding[],
  decisions: readonly Decision[],
  { product, now }: { readonly product: VexSubject; readonly now: number },
): OpenFindings {
  const isNamed = product.purls.length + product.digests.length > 0;
  const relevant = decisions.filter((decision) => !isNamed || speaksOfProduct(decision, product));
  const groups = new Map<string, ReportedFinding[]>();
  const unanswered = findings.filter(({ answered, acceptance }) => !answered && acceptance === undefined);
  let decided = 0;
  for (const finding of unanswered) {
    const about = relevant.filter((decision) => fitsFinding(decision, finding));
    if (about.some((decision) => lacksOf(decision, now).length === 0)) {
      decided += 1;
      continue;
    }
    const key = JSON.stringify([finding.vulnerability, finding.component, finding.version]);
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  const items = [...groups.values()].map((group) => toItem(group, relevant, now));
  items.sort((a, b) => compareUrgency(a.finding, b.finding));
  return { items, decided, answered: findings.length - unanswered.length };
}

function toItem(group: readonly ReportedFinding[], decisions: readonly Decision[], now: number): TriageItem {
  const finding = group[0] as ReportedFinding;
  const drafts = decisions
    .filter((decision) => group.some((each) => fitsFinding(decision, each)))
    .map((decision) => ({ decision, reasons: lacksOf(decision, now) }));
  const suggestion = suggestJustification(finding.reachability ?? []);
  return {
    finding,
    purls: [...new Set(group.map(({ purl }) => purl).filter((purl) => parsePackageUrl(purl).ok))],
    drafts,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** Why an entry does not count, approval aside; empty for one that is complete and has not ended. */
function lacksOf(decision: Decision, now: number): readonly string[] {
  const end = decision.until === undefined ? undefined : parseTime(decision.until);
  return [...problemsOf(decision), ...(end !== undefined && end <= now ? [`it counted until ${decision.until}`] : [])];
}

/** The more urgent first; nothing is left to the order of the scan. */
function compareUrgency(a: ReportedFinding, b: ReportedFinding): number {
  return (
    Number(b.kev !== undefined) - Number(a.kev !== undefined) ||
    compareSeverity(b.severity, a.severity) ||
    (b.epss?.probability ?? -1) - (a.epss?.probability ?? -1) ||
    (b.score ?? -1) - (a.score ?? -1) ||
    compareText(a.vulnerability, b.vulnerability) ||
    compareText(a.purl, b.purl)
  );
}

/** What a person answered about one finding. */
export interface TriageAnswers
  extends Pick<Decision, "status">,
    Partial<
      Pick<Decision, "justification" | "impactStatement" | "actionStatement" | "statusNotes" | "reason" | "owner">
    > {
  readonly scope: TriageScope;
  /** A day, a time, or days from now: `2027-01-31`, `90d`. */
  readonly until?: string;
}

/**
 * The entry that answers make, or what is wrong with them. Nobody has approved it.
 * @param now milliseconds since 1970
 */
export function toDecision(
  { finding, purls, drafts }: TriageItem,
  { scope, until: written, ...said }: TriageAnswers,
  { author, products, now }: { readonly author: string; readonly products: readonly string[]; readonly now: number },
): { readonly decision: Decision; readonly problems: readonly string[] } {
  const until = written === undefined ? undefined : readEnd(written, now);
  const draft = scope === "draft" ? drafts[0]?.decision : undefined;
  const components = scope === "version" ? purls : scope === "component" ? withoutVersions(purls) : [];
  const decision: Decision = {
    finding: draft?.finding ?? finding.vulnerability,
    scope: draft?.scope ?? { products, components },
    ...said,
    author,
    approvers: [],
    decidedAt: toSeconds(now),
    ...(until === undefined ? {} : { until }),
    ...(draft?.origin === undefined ? {} : { origin: draft.origin }),
  };
  const problems = [
    ...(written !== undefined && until === undefined ? [`"${written}" is no day, time or number of days (90d)`] : []),
    ...(scope === "draft" && draft === undefined ? ["there is no draft whose scope could be meant"] : []),
    ...((scope === "version" || scope === "component") && purls.length === 0
      ? ["the component has no package URL: only all of them can be meant"]
      : []),
    ...lacksOf(decision, now),
  ];
  return { decision, problems };
}

function withoutVersions(purls: readonly string[]): readonly string[] {
  const names = purls.flatMap((purl) => {
    const parsed = parsePackageUrl(purl);
    if (!parsed.ok) return [];
    const { version: _, ...rest } = parsed.value;
    return [formatPackageUrl(rest)];
  });
  return [...new Set(names)];
}

const MS_OF_DAY = 86_400_000;
/** The end of a decision lies within some years, which is also what a time can be written for. */
const MAX_DAYS = 3_650;

/** Without the fractions, which nobody reads. */
function toSeconds(ms: number): string {
  return formatTime(ms - (ms % 1000));
}

function readEnd(text: string, now: number): string | undefined {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  if (days !== undefined) return Number(days) > MAX_DAYS ? undefined : toSeconds(now + Number(days) * MS_OF_DAY);
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
  return parseTime(time) === undefined ? undefined : time;
}

/** What an image or package is called in all of its versions: what decisions about it are about when nothing else is said. */
export function productOf({ purls }: VexSubject): readonly string[] {
  return purls.flatMap((purl) => {
    const parsed = parsePackageUrl(purl);
    if (!parsed.ok) return [];
    const { version: _, subpath: __, qualifiers, ...rest } = parsed.value;
    // Another build of an image has another tag and may be for another machine.
    const { tag: ___, arch: ____, ...kept } = qualifiers;
    return [formatPackageUrl({ ...rest, qualifiers: kept })];
  });
}

/** Whether a decision speaks of what an item is about. */
export function settles(decision: Decision, { finding }: Pick<TriageItem, "finding">): boolean {
  return fitsFinding(decision, finding);
}

/** Decisions written one by one into a file, each at once, and taken back from the last on. */
export class TriageSession {
  readonly #world: World;
  readonly #path: string;
  readonly #steps: { readonly before: string | undefined; readonly after: string }[] = [];

  constructor(world: World, path: string) {
    this.#world = world;
    this.#path = path;
  }

  /**
   * Writes a decision: in the place of a draft or an ended one of the same scope, else behind the others. One that would be
   * in conflict with another, so that neither would count, is not written, and the other is told.
   * @throws {AmapError} those of editDecisionFile
   */
  async write(decision: Decision, { drafts }: Pick<TriageItem, "drafts">): Promise<string | undefined> {
    const decisions = await readDecisionsIfThere(this.#world, this.#path);
    const old = drafts.find((draft) => scopeKey(draft.decision) === scopeKey(decision));
    const key = old === undefined ? undefined : decisionKey(old.decision);
    const index = decisions.findIndex((each) => decisionKey(each) === key);
    const conflict = conflictOf(
      decision,
      index < 0 ? decisions : decisions.toSpliced(index, 1),
      this.#world.clock.now(),
    );
    if (conflict !== undefined) return conflict;
    const edit = index < 0 ? ({ kind: "add", decision } as const) : ({ kind: "replace", index, decision } as const);
    this.#steps.push(await editDecisionFile(this.#world, this.#path, edit));
    return undefined;
  }

  /** Takes the last decision back: `none` where there is none, `changed` where the file is not as it was written. */
  async undo(): Promise<"undone" | "none" | "changed"> {
    const last = this.#steps.at(-1);
    if (last === undefined) return "none";
    if (!(await restoreDecisionFile(this.#world, this.#path, last))) return "changed";
    this.#steps.pop();
    return "undone";
  }
}

/** The entry that speaks of the same, were all of them approved; entries that are no decisions yet are in nobody's way. */
function conflictOf(decision: Decision, others: readonly Decision[], now: number): string | undefined {
  const decisions = [...others, decision];
  const approvals = decisions.map(() => ({ approved: true, by: [] }) as const);
  const judged = judgeDecisions({ decisions, approvals, now }).at(-1);
  return judged?.state === "conflicting" ? judged.reasons.join("; ") : undefined;
}
