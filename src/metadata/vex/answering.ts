import { type PackageUrl, parsePackageUrl } from "../../artifact/index.ts";
import { compareText, parseTime } from "../../base/index.ts";
import type { Finding } from "../vulnerability/vulnerability.ts";
import { otherCveOf } from "../vulnerability/vulnerability-names.ts";
import { matchesParsed } from "./purl-matching.ts";
import {
  VEX_STATUSES,
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
 * and has no subcomponents or one that matches the component; or when a product is the component itself. Chains
 * through the dependency graph are not followed, so a product in between decides nothing.
 * @see https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md
 * @example
 * ```ts
 * import { answerFindings } from "../index.ts";
 * answerFindings({ findings: [], product: { purls: [], digests: [] }, documents: [] }); // []
 * ```
 */
export function answerFindings(input: AnswerInput): readonly AnsweredFinding[] {
  const subject = prepareSubject(input.product);
  const byVulnerability = indexStatements(input.documents);
  return input.findings.map((finding) => {
    const purl = parse(finding.purl);
    const candidates = new Set(
      [finding.vulnerability, ...finding.aliases].flatMap((name) => byVulnerability.get(nameKey(name)) ?? []),
    );
    const unmatched: AnsweredFinding["unmatched"][number][] = [];
    const matching: Candidate[] = [];
    for (const candidate of candidates) {
      const reason =
        nameMismatch(candidate, finding) ?? mismatch(candidate, subject, purl) ?? timeMismatch(candidate, input.now);
      if (reason === undefined) matching.push(candidate);
      else unmatched.push({ documentId: candidate.origin.document.id, source: candidate.origin.source, reason });
    }
    const deciding = decidingOf(matching);
    return {
      ...finding,
      statement: deciding === undefined ? null : toDeciding(deciding),
      answered: deciding !== undefined && ANSWERS.has(deciding.statement.status),
      unmatched: unmatched.sort(compareUnmatched).slice(0, MAX_UNMATCHED),
    };
  });
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

function indexStatements(documents: readonly TrustedVexDocument[]): ReadonlyMap<string, readonly Candidate[]> {
  const index = new Map<string, Candidate[]>();
  for (const origin of documents) {
    for (const statement of origin.document.statements) {
      const candidate = prepareCandidate(statement, origin);
      for (const name of new Set([statement.vulnerability, ...statement.aliases].map(nameKey))) {
        const listed = index.get(name);
        if (listed === undefined) index.set(name, [candidate]);
        else listed.push(candidate);
      }
    }
  }
  return index;
}

function prepareCandidate(statement: VexStatement, origin: TrustedVexDocument): Candidate {
  const stated = parseTime(statement.timestamp) ?? Number.NEGATIVE_INFINITY;
  const signed = origin.trustedAt === undefined ? undefined : parseTime(origin.trustedAt);
  return {
    statement,
    origin,
    time: signed === undefined ? stated : Math.min(stated, signed),
    text: JSON.stringify([origin.document.id, origin.source, origin.document.author, statement]),
    products: statement.products.map((product) => ({
      ...prepareComponent(product),
      subcomponents: product.subcomponents.map(prepareComponent),
    })),
  };
}

function prepareComponent(component: VexComponent | VexProduct): PreparedComponent {
  const purl = Object.hasOwn(component.identifiers, "purl") ? component.identifiers["purl"] : undefined;
  return {
    component,
    purls: [component.id, ...(purl === undefined ? [] : [purl])].flatMap((text) => parse(text) ?? []),
  };
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

function isSubject({ component, purls }: PreparedComponent, subject: PreparedSubject): boolean {
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
