import { compareText } from "../../base/index.ts";
import type { Finding } from "../vulnerability/vulnerability.ts";
import { type DependencyGraph, DependencyPaths } from "./dependency-paths.ts";
import { nearProducts } from "./near-parts.ts";
import {
  groupPlatforms,
  isAnswer,
  joinPlatforms,
  type PlatformMatch,
  platformsWith,
  type StatedOf,
} from "./platform-parts.ts";
import {
  type Candidate,
  type ComponentIdentity,
  isComponent,
  keysOfComponent,
  keysOfTarget,
  type PreparedComponent,
  type PreparedSubject,
  prepareSubject,
  prepareTarget,
  type Target,
  type TrustedVexDocument,
} from "./prepared-statements.ts";
import {
  decidingOf,
  type InertReason,
  matchingBetween,
  matchingComponent,
  type StatementGroup,
  StatementIndex,
} from "./statement-index.ts";
import type { VexJustification, VexStatus, VexSubject } from "./vex.ts";
import { missOfProducts, type VexMiss } from "./vex-miss.ts";

/** The statement that decides a finding. */
export interface DecidingStatement {
  readonly status: VexStatus;
  readonly justification?: VexJustification;
  readonly impactStatement?: string;
  readonly actionStatement?: string;
  readonly timestamp: string;
  readonly author: string;
  readonly documentId: string;
  readonly source: string;
}

/** A finding with what VEX says about it. */
export interface AnsweredFinding extends Finding {
  /** The newest statement about it, null where there is none. */
  readonly statement: DecidingStatement | null;
  /** Whether that statement says not_affected or fixed. */
  readonly answered: boolean;
  /** Statements about this vulnerability that speak of something else, at most five, so that none is silently inert. */
  readonly unmatched: readonly { readonly documentId: string; readonly source: string; readonly reason: string }[];
  /**
   * Where it is not the same on all platforms of an index: what decides on which. It is answered if it is on each of them;
   * else `statement` is the least favourable of what leaves it open, null where that is no statement at all.
   */
  readonly byPlatform?: readonly PlatformAnswer[];
}

/** What VEX says about a finding on some platforms of an index. */
export interface PlatformAnswer {
  /** `linux/amd64`, or the digest of the manifest where the index names no platform. */
  readonly platforms: readonly string[];
  readonly statement: DecidingStatement | null;
  readonly answered: boolean;
}

/** What is answered by what. */
export interface AnswerInput {
  readonly findings: readonly Finding[];
  readonly product: VexSubject;
  readonly documents: readonly TrustedVexDocument[];
  /** With it, statements about a component in between count for what is reached through it alone. */
  readonly dependencies?: DependencyGraph;
  /** Milliseconds since 1970. With it, a statement dated more than five minutes later decides nothing. */
  readonly now?: number;
  /** CPE names and hashes of components by package URL, so that statements that know a component by them count. */
  readonly components?: ReadonlyMap<string, ComponentIdentity>;
}

const MAX_UNMATCHED = 5;
/** Statements about one vulnerability that are looked at for those. */
const MAX_LOOKED_AT = 200;

/**
 * Joins findings with VEX, statement by statement: of all statements about a finding's vulnerability (by any of its
 * names) in this product, the newest decides; of those at the same time a document's earlier version counts no more, and
 * then the least favourable decides. Documents about one vulnerability never touch another: a statement that names CVEs
 * speaks of those alone, whatever other name it shares with a finding. The order of documents does not matter, and a
 * statement dated in the future decides nothing.
 *
 * A statement speaks of a finding when one of its products is the image (by digest, or by a package URL that matches)
 * and has no subcomponents or one that matches the component; or when a product is the component itself. A component is
 * matched by package URL or hash; by CPE where the statement has no package URL of it. Where no such
 * statement is, and the dependencies are known, statements about components in between count together: the finding is
 * answered if every path from the component up to what nothing depends on is cut by a product that is not affected, or
 * fixed. One path that is left open leaves the finding open. So does one platform of an index: a product that names a
 * platform, by its digest or an `arch`, speaks of that one alone, and a finding is answered if it is on every platform that
 * it is on, by one statement or several (`byPlatform`). `explainVex` tells why.
 * @see https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md
 * @example
 * ```ts
 * import { answerFindings } from "../index.ts";
 * answerFindings({ findings: [], product: { purls: [], digests: [] }, documents: [] }); // []
 * ```
 */
export function answerFindings(input: AnswerInput): readonly AnsweredFinding[] {
  const matcher = new VexMatcher(input);
  return input.findings.map((finding) => answerOf(matcher.match(finding), matcher.subject));
}

/** What came of a finding, for the report. */
export function answerOf(match: FindingMatch, subject: PreparedSubject): AnsweredFinding {
  const { finding, deciding, parts } = match;
  return {
    ...finding,
    ...sayingOf(deciding),
    unmatched: unmatchedOf(match, subject),
    ...(parts === undefined
      ? {}
      : {
          byPlatform: parts.map((part) => ({
            platforms: part.platforms.map((platform) => subject.platforms[platform]?.name ?? ""),
            ...sayingOf(part.deciding),
          })),
        }),
  };
}

function sayingOf(deciding: Candidate | undefined): Pick<AnsweredFinding, "statement" | "answered"> {
  return { statement: deciding === undefined ? null : toDeciding(deciding), answered: isAnswer(deciding) };
}

/** What the statements say about one finding. */
export interface FindingMatch extends StatedOf {
  readonly finding: Finding;
  readonly target: Target;
  readonly group: StatementGroup;
  /** What they say on which platforms, where that differs; together it is what is said of the finding. */
  readonly parts?: readonly PlatformMatch[];
}

/** A finding with the statements about its vulnerability. */
type FoundTarget = Pick<FindingMatch, "finding" | "target" | "group">;

/** The one way in which statements and findings meet. */
export class VexMatcher {
  readonly subject: PreparedSubject;
  readonly index: StatementIndex;
  readonly #components: ReadonlyMap<string, ComponentIdentity> | undefined;
  readonly #paths: DependencyPaths | undefined;
  readonly #targets = new Map<string, Target>();
  /** Whether a statement of the group may be about what is in between. */
  readonly #between = new Map<StatementGroup, boolean>();
  #ancestors: ReadonlySet<string> | undefined;
  #parts: ReadonlyMap<string, readonly Target[]> | undefined;

  constructor({ product, documents, now, components, dependencies }: Omit<AnswerInput, "findings">) {
    this.subject = prepareSubject(product);
    this.index = new StatementIndex(documents, this.subject, now);
    this.#components = components;
    this.#paths = dependencies === undefined ? undefined : new DependencyPaths(dependencies);
  }

  match(finding: Finding): FindingMatch {
    const found = { finding, target: this.targetOf(finding.purl), group: this.index.groupOf(finding) };
    if (found.group.namedPlatforms.size === 0) return { ...found, ...this.#stateOf(found) };
    const platforms = [...this.#platformsOf(found)];
    const parts = groupPlatforms(platforms.map(([one, all]) => ({ ...this.#stateOf(found, one), platforms: all })));
    return { ...found, ...joinPlatforms(parts), ...(parts.length === 1 ? {} : { parts }) };
  }

  /** The platforms that a finding is on: each that a statement names apart, all others as one. */
  #platformsOf({ finding, group }: FoundTarget): ReadonlyMap<number | undefined, readonly number[]> {
    const on = platformsWith(finding, this.subject.platforms);
    return Map.groupBy(on, (platform) => (group.namedPlatforms.has(platform) ? platform : undefined));
  }

  #stateOf(found: FoundTarget, platform?: number): StatedOf {
    const { group, target } = found;
    const matching = matchingComponent(group, target, platform);
    const deciding = decidingOf([...group.currentWhole, ...matching]);
    return deciding === undefined ? this.#followPaths(found, matching) : { deciding, matching, between: [] };
  }

  targetOf(purl: string): Target {
    const target = this.#targets.get(purl) ?? prepareTarget(purl, this.#components?.get(purl));
    this.#targets.set(purl, target);
    return target;
  }

  /** The statements about components in between, which decide where they cut every path from the component to the top. */
  #followPaths({ group, target }: FoundTarget, matching: readonly Candidate[]): StatedOf {
    const paths = this.#paths;
    const open = { deciding: undefined, matching, between: [] };
    if (paths === undefined || target.purl === undefined || !this.#mayBeBetween(group, paths)) return open;
    const decidingAt = new Map<string, Candidate>();
    const { cuts, isClosed, openPath } = paths.cutsOf(target.text, (ancestor) => {
      const deciding = decidingOf(matchingBetween(group, this.targetOf(ancestor), target));
      if (deciding !== undefined) decidingAt.set(ancestor, deciding);
      return isAnswer(deciding);
    });
    const cutting = [...new Set(cuts.flatMap((ancestor) => decidingAt.get(ancestor) ?? []))];
    if (isClosed) return { ...open, matching: cutting, deciding: decidingOf(cutting) };
    return { ...open, between: [...new Set(decidingAt.values())], ...(openPath === undefined ? {} : { openPath }) };
  }

  /** Most statements are about products that are not below anything here; then no path needs to be walked. */
  #mayBeBetween(group: StatementGroup, paths: DependencyPaths): boolean {
    const known = this.#between.get(group);
    if (known !== undefined) return known;
    this.#ancestors ??= new Set([...paths.ancestors()].flatMap((name) => keysOfTarget(this.targetOf(name))));
    const ancestors = this.#ancestors;
    const found = [...group.byProduct.keys()].some((key) => ancestors.has(key));
    this.#between.set(group, found);
    return found;
  }

  /** Whether what a statement names is a component of the artifact, as far as its components are known. */
  isPart(named: PreparedComponent): boolean {
    this.#parts ??= this.#collectParts();
    const parts = this.#parts;
    return keysOfComponent(named).some((key) => (parts.get(key) ?? []).some((target) => isComponent(named, target)));
  }

  #collectParts(): ReadonlyMap<string, readonly Target[]> {
    const parts = new Map<string, Target[]>();
    for (const purl of new Set([...(this.#components?.keys() ?? []), ...(this.#paths?.ancestors() ?? [])])) {
      const target = this.targetOf(purl);
      for (const key of keysOfTarget(target)) {
        const listed = parts.get(key);
        if (listed === undefined) parts.set(key, [target]);
        else listed.push(target);
      }
    }
    return parts;
  }
}

/** Whether a statement counts for the finding, be it against others. */
function hasMatched({ matching, group }: FindingMatch, candidate: Candidate): boolean {
  return group.whole.has(candidate) || matching.includes(candidate);
}

/** Why a statement does not count for a finding. */
function missOf(match: FindingMatch, candidate: Candidate, subject: PreparedSubject): VexMiss {
  const { target, group, between, openPath } = match;
  const inert = group.inert.get(candidate);
  if (inert !== undefined) return missOfInert(inert, candidate);
  if (between.includes(candidate)) return missOfPath(candidate, openPath);
  const named = (name: string): readonly Target[] => (target.purl?.name === name ? [target] : []);
  const isPart = (each: PreparedComponent): boolean => isComponent(each, target);
  const onlyName = target.purl?.name ?? "";
  return missOfProducts(nearProducts(candidate, target.purl?.name), {
    subject,
    named,
    some: [target],
    isPart,
    onlyName,
  });
}

/** Why a statement decides nothing, whatever its products are, in words. */
export function missOfInert(inert: InertReason, { statement }: Candidate): VexMiss {
  const { timestamp } = statement;
  if (inert.kind === "other-vulnerability")
    return { reason: inert.kind, message: `it speaks of ${inert.cve}`, expected: inert.cve };
  if (inert.kind === "future")
    return { reason: inert.kind, message: `it is dated in the future: ${timestamp}`, expected: timestamp };
  return {
    reason: inert.kind,
    message: "it names no product",
    suggestion: "name the product, or attest the document to the image",
  };
}

/** Why a statement about a component in between does not count. */
export function missOfPath(candidate: Candidate, openPath: readonly string[] | undefined): VexMiss {
  const { status } = candidate.statement;
  if (!isAnswer(candidate))
    return { reason: "in-between", message: `it says ${status} of what is in between, which leaves the finding open` };
  const path = openPath === undefined ? "" : `: ${openPath.join(" > ")}`;
  return {
    reason: "path-open",
    message: `its product is in between, and the component is reached without it as well${path}`,
  };
}

function unmatchedOf(match: FindingMatch, subject: PreparedSubject): AnsweredFinding["unmatched"] {
  const { all } = match.group;
  const found: AnsweredFinding["unmatched"][number][] = [];
  for (let at = 0; at < Math.min(all.length, MAX_LOOKED_AT) && found.length < MAX_UNMATCHED; at++) {
    const candidate = all[at] as Candidate;
    if (hasMatched(match, candidate)) continue;
    const { document, source } = candidate.origin;
    found.push({ documentId: document.id, source, reason: missOf(match, candidate, subject).message });
  }
  return found.sort(compareUnmatched);
}

function compareUnmatched(a: AnsweredFinding["unmatched"][number], b: AnsweredFinding["unmatched"][number]): number {
  return compareText(a.documentId, b.documentId) || compareText(a.source, b.source) || compareText(a.reason, b.reason);
}

function toDeciding({ statement, origin }: Candidate): DecidingStatement {
  const { status, justification, impactStatement, actionStatement, timestamp } = statement;
  return {
    status,
    ...(justification === undefined ? {} : { justification }),
    ...(impactStatement === undefined ? {} : { impactStatement }),
    ...(actionStatement === undefined ? {} : { actionStatement }),
    timestamp,
    author: origin.document.author,
    documentId: origin.document.id,
    source: origin.source,
  };
}
