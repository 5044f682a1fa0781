import { type Decoded, formatTime, LIMITS, parseTime, type Value, type ValueObject } from "../../../base/index.ts";
import { describe, withoutUndefined } from "../../document-reader.ts";
import type { Decision } from "../decision.ts";
import { problemsOf } from "../judge-decisions.ts";
import { isPurlPattern } from "../purl-patterns.ts";

/** The tools whose decisions are read. */
export type DecisionTool = "dependency-track" | "trivyignore" | "grype" | "osv-scanner";

/** What the files do not say. */
export interface ImportContext {
  /** Who takes the entries over. */
  readonly author: string;
  /** Whose risk it is that is taken; entries lack it where it is left out. */
  readonly owner?: string;
  /** What the entries are about: package URLs or digests; empty: whatever artifact the file of decisions is used for. */
  readonly products: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What an entry of another tool's file became, or why it became nothing. */
export type ImportOutcome =
  /** `lacks`: what a person has to add before it can count. Nobody has approved it. */
  | { readonly kind: "decision"; readonly decision: Decision; readonly lacks: readonly string[] }
  /** Its end is reached, so that its own tool no longer honours it either. */
  | { readonly kind: "expired"; readonly until: string }
  /** Nobody decided anything. */
  | { readonly kind: "undecided" }
  /** It is no decision about one finding, or speaks of less than a decision with its names would. */
  | { readonly kind: "not_said"; readonly reason: string };

/** One entry of another tool's file. */
export interface ImportedEntry {
  /** `ignore[2]`, `line 7`. */
  readonly place: string;
  /** What it speaks of: `CVE-2026-1 in pkg:npm/left`. */
  readonly about: string;
  readonly outcome: ImportOutcome;
}

/** Reads a file; every entry in it is in the outcome. */
export type ImportReader = (bytes: Uint8Array, context: ImportContext) => Decoded<readonly ImportedEntry[]>;

/** What an entry says, before it is a decision. */
export interface StatedEntry
  extends Pick<Decision, "finding" | "status">,
    Partial<
      Pick<Decision, "justification" | "impactStatement" | "actionStatement" | "statusNotes" | "reason" | "decidedAt">
    > {
  readonly place: string;
  readonly components: readonly string[];
  /** Those of the context where left out. */
  readonly products?: readonly string[];
  /** As written: a day, or a time. */
  readonly until?: string;
}

/** How names of vulnerabilities begin; a name of anything else may be that of a check, a secret or a licence. */
const NAME =
  /^(?:CVE|GHSA|GO|RUSTSEC|PYSEC|PSF|OSV|MAL|HSEC|RSEC|EEF|JLSEC|BIT|CGA|ECHO|MINI|CURL|DRUPAL|DSA|DLA|DTSA|TEMP|USN|LSN|UBUNTU-CVE|DEBIAN-CVE|ALPINE-CVE|RHSA|RHBA|RHEA|RLSA|RXSA|ALSA|ALBA|ALEA|ELSA|ALAS\d*|SUSE-[SRF]U|OPENSUSE-[SRF]U|MGASA|GLSA|OESA|ASB-A|PUB-A|ASA|AVG|KB|GSD|GMS|NSWG|SNYK|SONATYPE|EUVD|JVNDB|CNVD|BDSA|VULNDB|NPM)-[\w.:-]+$/i;

/** Whether a text is a name of a vulnerability, by how such names begin. */
export function isVulnerabilityName(text: string): boolean {
  return NAME.test(text);
}

/** An entry that could not be said, and why. */
export function notSaid(place: string, about: string, reason: string): ImportedEntry {
  return { place, about, outcome: { kind: "not_said", reason } };
}

/** What becomes of what an entry says. Nothing in it is cut, and nothing reaches further than its tool took it. */
export function toImportedEntry(stated: StatedEntry, context: ImportContext, origin: DecisionTool): ImportedEntry {
  const { place, finding, components, products = context.products, until: written } = stated;
  const about = aboutOf(finding, components);
  const refuse = (reason: string): ImportedEntry => notSaid(place, about, reason);
  if (!isVulnerabilityName(finding)) return refuse("it is no name of a vulnerability that amap knows");
  const wrong = components.find((purl) => !isPurlPattern(purl));
  if (wrong !== undefined) return refuse(`${wrong.slice(0, 100)} is no package URL, or one with an empty part`);
  const until = written === undefined ? undefined : readEnd(written);
  if (written !== undefined && until === undefined) return refuse(`its end "${written.slice(0, 60)}" is no date`);
  if (until !== undefined && (parseTime(until) ?? 0) <= context.now)
    return { place, about, outcome: { kind: "expired", until } };
  const { status, justification } = stated;
  const [impactStatement, actionStatement, statusNotes, reason] = [
    stated.impactStatement,
    stated.actionStatement,
    stated.statusNotes,
    stated.reason,
  ].map((text) => (text?.trim() === "" ? undefined : text));
  const decision: Decision = withoutUndefined({
    finding,
    scope: { products, components },
    status,
    justification,
    impactStatement,
    actionStatement,
    statusNotes,
    reason,
    owner: status === "risk_accepted" ? context.owner : undefined,
    author: context.author,
    approvers: [],
    decidedAt: stated.decidedAt ?? formatTime(context.now - (context.now % 1000)),
    until,
    origin,
  });
  const isLong = (text: string | undefined): boolean => (text?.length ?? 0) > LIMITS.decisionTextCharacters;
  if ([impactStatement, actionStatement, statusNotes, reason, finding].some(isLong))
    return refuse(`one of its texts is longer than ${LIMITS.decisionTextCharacters} characters`);
  return { place, about, outcome: { kind: "decision", decision, lacks: problemsOf(decision) } };
}

/** `CVE-2026-1 in pkg:npm/left`. */
export function aboutOf(finding: string, components: readonly string[]): string {
  const name = finding.slice(0, 100);
  const [first, second] = components;
  if (first === undefined) return name;
  return `${name} in ${first}${second === undefined ? "" : ` and ${components.length - 1} more`}`;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const WITHOUT_ZONE = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d+)?)$/;

/** The time that a day begins at, or a time, both in UTC where no zone is written; undefined for anything else. */
function readEnd(text: string): string | undefined {
  const local = WITHOUT_ZONE.exec(text);
  const time = DAY.test(text) ? `${text}T00:00:00Z` : local === null ? text : `${local[1]}T${local[2]}Z`;
  return parseTime(time) === undefined ? undefined : time;
}

/** Fields of an object that are not known, for rules that may mean less than they seem to: each is a condition. */
export function unknownFields(object: ValueObject, known: readonly string[]): readonly string[] {
  return Object.keys(object).filter((key) => !known.includes(key));
}

/** A field's text; a problem where it is anything else. Nothing and an empty text are the same, as tools read them. */
export function readText(object: ValueObject, key: string): { readonly text?: string; readonly problem?: string } {
  const value: Value | undefined = Object.hasOwn(object, key) ? object[key] : undefined;
  if (value === undefined || value === null || value === "") return {};
  if (typeof value === "string") return { text: value };
  return { problem: `${key} is ${describe(value)}, and no text` };
}
