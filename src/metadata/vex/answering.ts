import { type PackageUrl, parsePackageUrl } from "../../artifact/index.ts";
import { compareText, parseTime } from "../../base/index.ts";
import type { Finding } from "../vulnerability/vulnerability.ts";
import { otherCveOf } from "../vulnerability/vulnerability-names.ts";
import { bareSerial, parseBomLink, spellingsOf } from "./bom-link.ts";
import { type DependencyGraph, DependencyPaths } from "./dependency-paths.ts";
import { matchesParsed } from "./purl-matching.ts";
import {
  VEX_STATUSES,
  type VexBom,
  type VexComponent,
  type VexDocument,
  type VexJustification,
  type VexProduct,
  type VexStatement,
  type VexStatus,
  type VexSubject,
} from "./vex.ts";

/** A document that the caller trusts for this product. */
export interface TrustedVexDocument {
  readonly document: VexDocument;
  /** RFC 3339 signed time. A statement cannot be newer than the signature over it, whatever date it bears. */
  readonly trustedAt?: string;
  /** Where it was found, for the report: an attestation's digest, a file. */
  readonly source: string;
  /** Set when it is an attestation whose subject is the product: statements without products then speak of it. */
  readonly isAttestedForProduct?: boolean;
}

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
}

/** How far the clock of a statement's author may be ahead. */
const CLOCK_SKEW_MS = 5 * 60_000;
const MAX_UNMATCHED = 5;
const ANSWERS: ReadonlySet<VexStatus> = new Set<VexStatus>(["not_affected", "fixed"]);

/**
 * Joins findings with VEX, statement by statement: of all statements about a finding's vulnerability (by any of its
 * names) in this product, the newest decides; of those at the same time a document's earlier version counts no more, and
 * then the least favourable decides. Documents about one vulnerability never touch another: a statement that names CVEs
 * speaks of those alone, whatever other name it shares with a finding. The order of documents does not matter, and a
 * statement dated in the future decides nothing.
 *
 * A statement speaks of a finding when one of its products is the image (by digest, or by a package URL that matches)
 * and has no subcomponents or one that matches the component; or when a product is the component itself. Where no such
 * statement is, and the dependencies are known, statements about components in between count together: the finding is
 * answered if every path from the component up to what nothing depends on is cut by a product that is not affected, or
 * fixed. One path that is left open leaves the finding open.
 * @see https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md
 * @example
 * ```ts
 * import { answerFindings } from "../index.ts";
 * answerFindings({ findings: [], product: { purls: [], digests: [] }, documents: [] }); // []
 * ```
 */
export function answerFindings(input: AnswerInput): readonly AnsweredFinding[] {
  const subject = prepareSubject(input.product);
  const byVulnerability = indexStatements(input.documents, input.product.bom);
  const paths = input.dependencies === undefined ? undefined : new DependencyPaths(input.dependencies);
  return input.findings.map((finding) => {
    const candidates = new Set(
      [finding.vulnerability, ...finding.aliases].flatMap((name) => byVulnerability.get(nameKey(name)) ?? []),
    );
    const direct = sortOut(candidates, { finding, subject, now: input.now });
    const { matching, unmatched } =
      paths === undefined || direct.matching.length > 0 ? direct : followPaths(direct, finding.purl, paths);
    const deciding = decidingOf(matching);
    return {
      ...finding,
      statement: deciding === undefined ? null : toDeciding(deciding),
      answered: deciding !== undefined && ANSWERS.has(deciding.statement.status),
      unmatched: unmatched.map(toUnmatched).sort(compareUnmatched).slice(0, MAX_UNMATCHED),
    };
  });
}

interface Unmatched {
  readonly candidate: Candidate;
  readonly reason: string;
  /** Whether it is the place alone that does not fit. */
  readonly isElsewhere: boolean;
}

interface SortedOut {
  readonly matching: readonly Candidate[];
  readonly unmatched: readonly Unmatched[];
}

/** Which statements speak of the finding itself, and why the others do not. */
function sortOut(
  candidates: Iterable<Candidate>,
  frame: { readonly finding: Finding; readonly subject: PreparedSubject; readonly now: number | undefined },
): SortedOut {
  const { finding, subject, now } = frame;
  const purl = parse(finding.purl);
  const matching: Candidate[] = [];
  const unmatched: Unmatched[] = [];
  for (const candidate of candidates) {
    const [otherName, otherPlace] = [nameMismatch(candidate, finding), mismatch(candidate, subject, purl)];
    const otherTime = timeMismatch(candidate, now);
    const reason = otherName ?? otherPlace ?? otherTime;
    if (reason === undefined) matching.push(candidate);
    else unmatched.push({ candidate, reason, isElsewhere: otherName === undefined && otherTime === undefined });
  }
  return { matching, unmatched };
}

/** The statements about components in between, which decide where they cut every path from the component to the top. */
function followPaths({ unmatched }: SortedOut, component: string, paths: DependencyPaths): SortedOut {
  const elsewhere = unmatched.filter(({ isElsewhere }) => isElsewhere).map(({ candidate }) => candidate);
  const purl = parse(component);
  if (elsewhere.length === 0 || purl === undefined) return { matching: [], unmatched };
  const decidingAt = new Map<string, Candidate>();
  const { cuts, isClosed } = paths.cutsOf(component, (ancestor) => {
    const between = parse(ancestor);
    const deciding =
      between &&
      decidingOf(elsewhere.filter(({ products }) => products.some((each) => speaksBetween(each, between, purl))));
    if (deciding !== undefined) decidingAt.set(ancestor, deciding);
    return deciding !== undefined && ANSWERS.has(deciding.statement.status);
  });
  const cutting = new Set(cuts.flatMap((ancestor) => decidingAt.get(ancestor) ?? []));
  const others = unmatched.filter(({ candidate }) => !cutting.has(candidate));
  if (isClosed) return { matching: [...cutting], unmatched: others };
  const reason = "its product is in between, and the component is reached without it as well";
  return {
    matching: [],
    unmatched: [...others, ...[...cutting].map((candidate) => ({ candidate, reason, isElsewhere: true }))],
  };
}

/** Whether a statement about this product speaks of the component inside the one in between. */
function speaksBetween(product: PreparedProduct, between: PackageUrl, component: PackageUrl): boolean {
  return (
    isComponent(product, between) &&
    (product.subcomponents.length === 0 || product.subcomponents.some((each) => isComponent(each, component)))
  );
}

interface Candidate {
  readonly statement: VexStatement;
  readonly origin: TrustedVexDocument;
  /** Milliseconds; the statement's own time, but not after the signature. */
  readonly time: number;
  /** Decides between statements that are alike in all else, so that the order of documents does not matter. */
  readonly text: string;
  readonly products: readonly PreparedProduct[];
}

interface PreparedComponent {
  readonly component: VexComponent;
  readonly purls: readonly PackageUrl[];
  /** Whether it is a BOM-Link to what the subject's own document describes. */
  readonly isSubjectLink: boolean;
}

interface PreparedProduct extends PreparedComponent {
  readonly subcomponents: readonly PreparedComponent[];
}

interface PreparedSubject {
  readonly purls: readonly PackageUrl[];
  readonly digests: ReadonlySet<string>;
}

/** CVE ids are written in upper case, GHSA ids in mixed case; neither tells two vulnerabilities apart by case. */
const nameKey = (name: string): string => name.toUpperCase();

function parse(purl: string): PackageUrl | undefined {
  const parsed = parsePackageUrl(purl);
  return parsed.ok ? parsed.value : undefined;
}

function prepareSubject(product: VexSubject): PreparedSubject {
  return {
    purls: product.purls.flatMap((purl) => parse(purl) ?? []),
    digests: new Set(product.digests.map((digest) => digest.toLowerCase())),
  };
}

function indexStatements(
  documents: readonly TrustedVexDocument[],
  bom: VexBom | undefined,
): ReadonlyMap<string, readonly Candidate[]> {
  const index = new Map<string, Candidate[]>();
  for (const origin of documents) {
    for (const statement of origin.document.statements) {
      const candidate = prepareCandidate(statement, origin, bom);
      for (const name of new Set([statement.vulnerability, ...statement.aliases].map(nameKey))) {
        const listed = index.get(name);
        if (listed === undefined) index.set(name, [candidate]);
        else listed.push(candidate);
      }
    }
  }
  return index;
}

function prepareCandidate(statement: VexStatement, origin: TrustedVexDocument, bom: VexBom | undefined): Candidate {
  const stated = parseTime(statement.timestamp) ?? Number.NEGATIVE_INFINITY;
  const signed = origin.trustedAt === undefined ? undefined : parseTime(origin.trustedAt);
  return {
    statement,
    origin,
    time: signed === undefined ? stated : Math.min(stated, signed),
    text: JSON.stringify([origin.document.id, origin.source, origin.document.author, statement]),
    products: statement.products.map((product) => ({
      ...prepareComponent(product, bom),
      subcomponents: product.subcomponents.map((each) => prepareComponent(each, bom)),
    })),
  };
}

function prepareComponent(component: VexComponent | VexProduct, bom: VexBom | undefined): PreparedComponent {
  const purl = Object.hasOwn(component.identifiers, "purl") ? component.identifiers["purl"] : undefined;
  const { linked, isSubjectLink } = followLink(component.id, bom);
  return {
    component,
    purls: [component.id, purl, linked].flatMap((text) => (text === undefined ? [] : (parse(text) ?? []))),
    isSubjectLink,
  };
}

/** What a BOM-Link into the subject's own document names: its subject, or the package URL of one of its components. */
function followLink(id: string, bom: VexBom | undefined): { linked: string | undefined; isSubjectLink: boolean } {
  const link = bom === undefined ? undefined : parseBomLink(id);
  const nothing = { linked: undefined, isSubjectLink: false };
  if (link === undefined || bom === undefined || link.serial !== bareSerial(bom.serialNumber)) return nothing;
  if (bom.version !== undefined && bom.version !== link.version) return nothing;
  if (link.ref === undefined) return { linked: undefined, isSubjectLink: true };
  const refs = spellingsOf(link.ref);
  const linked = refs.map((ref) => bom.refs.get(ref)).find((purl) => purl !== undefined);
  return { linked, isSubjectLink: refs.some((ref) => bom.rootRefs?.includes(ref) === true) };
}

/** Why the statement speaks of another vulnerability that shares a name with the finding's. */
function nameMismatch({ statement }: Candidate, finding: Finding): string | undefined {
  const other = otherCveOf(finding, [statement.vulnerability, ...statement.aliases]);
  return other === undefined ? undefined : `it speaks of ${other}`;
}

function timeMismatch(candidate: Candidate, now: number | undefined): string | undefined {
  if (now === undefined || candidate.time <= now + CLOCK_SKEW_MS) return undefined;
  return `it is dated in the future: ${candidate.statement.timestamp}`;
}

/** Undefined when the statement speaks of this component in this product, else why not. */
function mismatch(
  candidate: Candidate,
  subject: PreparedSubject,
  component: PackageUrl | undefined,
): string | undefined {
  if (candidate.products.length === 0) {
    return candidate.origin.isAttestedForProduct === true ? undefined : "it names no product";
  }
  let reason = "";
  for (const product of candidate.products) {
    const found = productMismatch(product, subject, component);
    if (found === undefined) return undefined;
    reason ||= found;
  }
  return reason;
}

function productMismatch(
  product: PreparedProduct,
  subject: PreparedSubject,
  component: PackageUrl | undefined,
): string | undefined {
  const names = product.component.id === "" ? "its product" : `its product ${product.component.id}`;
  if (!isSubject(product, subject) && !isComponent(product, component)) {
    return `${names} is neither this image nor this component`;
  }
  if (product.subcomponents.length === 0) return undefined;
  const matches = product.subcomponents.some((subcomponent) => isComponent(subcomponent, component));
  return matches ? undefined : `${names} is limited to other subcomponents`;
}

function isComponent({ purls }: PreparedComponent, component: PackageUrl | undefined): boolean {
  return component !== undefined && purls.some((purl) => matchesParsed(purl, component));
}

function isSubject({ component, purls, isSubjectLink }: PreparedComponent, subject: PreparedSubject): boolean {
  if (isSubjectLink) return true;
  if (subject.digests.has(digestIn(component.id))) return true;
  for (const [algorithm, hex] of Object.entries(component.hashes)) {
    if (subject.digests.has(`${algorithm.replace("-", "")}:${hex}`.toLowerCase())) return true;
  }
  return purls.some(
    (purl) =>
      (purl.type === "oci" && purl.version !== undefined && subject.digests.has(purl.version.toLowerCase())) ||
      subject.purls.some((own) => matchesParsed(purl, own)),
  );
}

/** The digest of an image reference that is written as a product: `name@sha256:…` or the digest alone. */
function digestIn(id: string): string {
  return id.startsWith("pkg:") ? "" : id.slice(id.lastIndexOf("@") + 1).toLowerCase();
}

/**
 * Of the newest statements, without those that a later version of their document replaces, the least favourable one.
 * Versions of different documents say nothing about each other.
 */
function decidingOf(candidates: readonly Candidate[]): Candidate | undefined {
  const newest = candidates.reduce((time, candidate) => Math.max(time, candidate.time), Number.NEGATIVE_INFINITY);
  const current = candidates.filter(({ time }) => time === newest);
  const keyOf = ({ origin }: Candidate): string => JSON.stringify([origin.document.id, origin.document.author]);
  const versions = new Map<string, number>();
  for (const each of current)
    versions.set(
      keyOf(each),
      Math.max(versions.get(keyOf(each)) ?? Number.NEGATIVE_INFINITY, each.origin.document.version),
    );
  return current
    .filter((each) => each.origin.document.version === versions.get(keyOf(each)))
    .sort(compareFavour)
    .at(0);
}

/** Least favourable first; the text decides between statements that are alike in all else. */
function compareFavour(a: Candidate, b: Candidate): number {
  return (
    VEX_STATUSES.indexOf(a.statement.status) - VEX_STATUSES.indexOf(b.statement.status) || compareText(a.text, b.text)
  );
}

function toUnmatched({ candidate, reason }: Unmatched): AnsweredFinding["unmatched"][number] {
  return { documentId: candidate.origin.document.id, source: candidate.origin.source, reason };
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
