import { parseImageReference } from "../artifact/index.ts";
import {
  compareText,
  type Digest,
  isAmapError,
  isDigest,
  listOf,
  memberOf,
  parseTime,
  textOf,
  type Value,
} from "../base/index.ts";
import { compareSeverity, type Severity } from "../metadata/index.ts";
import type {
  DocumentKind,
  ImageRecord,
  StoredDocumentContent,
  StoredFinding,
  StoredStatement,
} from "../ports/index.ts";
import { documentKindOf } from "./evidence/document-kinds.ts";
import { signerKeyOfEvidence } from "./signing/signer-key.ts";
import { SEVERITIES } from "./vex.ts";

/**
 * What the store keeps of one image, from the evidence that was loaded for it (as describeEvidence gives it), whatever
 * set of attestors each was loaded for: a document that any of them verifies is verified, a finding has the worst
 * severity that any knows with its newest statement. Undefined when the evidence names no image.
 */
export function toImageRecord(image: string, evidence: readonly Value[], observedAt: string): ImageRecord | undefined {
  const [first] = evidence;
  const digest = memberOf(first, "digest");
  const repository = repositoryOf(image);
  if (typeof digest !== "string" || !isDigest(digest) || repository === undefined) return undefined;
  // Evidence that was loaded before a tag moved is of another image.
  const views = evidence.filter((each) => memberOf(each, "digest") === digest);
  return {
    repository: repository.repository,
    digest,
    observedAt,
    tags: repository.tag === undefined ? [] : [repository.tag],
    platforms: textsOf(memberOf(first, "platforms")),
    documents: mergeDocuments(views.flatMap(documentsOf)),
    findings: mergeFindings(views.flatMap(findingsOf)),
  };
}

/** `registry/repository` and tag of a name in an object; undefined for what is no image reference. */
export function repositoryOf(
  image: string,
): { readonly repository: string; readonly tag?: string; readonly digest?: Digest } | undefined {
  try {
    const { registry, repository, tag, digest } = parseImageReference(image);
    return {
      repository: `${registry}/${repository}`,
      ...(tag === undefined ? {} : { tag }),
      ...(digest === undefined ? {} : { digest }),
    };
  } catch (error) {
    if (isAmapError(error)) return undefined;
    throw error;
  }
}

function documentsOf(evidence: Value): readonly StoredDocumentContent[] {
  const unreadable = new Map(listOf(evidence, "unreadable").map((entry) => [placeOf(entry), entry]));
  const summaries = summariesOf(evidence);
  const verified = (kind: "signature" | "attestation") =>
    listOf(evidence, kind === "signature" ? "signatures" : "attestations").map((entry): StoredDocumentContent => {
      const predicateType = textOf(entry, "predicateType");
      const bad = unreadable.get(placeOf(entry));
      const known = kind === "signature" ? "signature" : storedKindOf(predicateType);
      const predicate = memberOf(entry, "predicate");
      const time = memberOf(entry, "signedTime") ?? null;
      const statedAt = textOf(time, "at") || textOf(entry, "statedAt");
      return {
        id: placeOf(entry),
        kind: known,
        status: bad === undefined ? "verified" : "unreadable",
        ...(bad === undefined ? {} : { code: textOf(bad, "code"), message: textOf(bad, "message") }),
        ...(predicateType === "" ? {} : { predicateType }),
        signer: textOf(memberOf(entry, "signer"), "name"),
        keyId: textOf(memberOf(entry, "signer"), "keyId"),
        timeSource: textOf(time, "source"),
        ...(statedAt === "" ? {} : { statedAt }),
        form: textOf(memberOf(entry, "foundAt"), "form"),
        subject: textOf(entry, "subject"),
        summary: kind === "signature" ? "image signature" : summaryOf(known, predicateType, entry, summaries),
        ...(predicate === undefined ? {} : { predicate }),
      };
    });
  const rejected = listOf(evidence, "rejected").map((entry): StoredDocumentContent => {
    const predicateType = textOf(memberOf(entry, "claims"), "predicateType");
    const kind = textOf(entry, "kind") === "signature" ? "signature" : storedKindOf(predicateType);
    return {
      id: placeOf(entry),
      kind,
      status: "rejected",
      code: textOf(entry, "code"),
      message: textOf(entry, "message"),
      ...(predicateType === "" ? {} : { predicateType }),
      form: textOf(memberOf(entry, "foundAt"), "form"),
      summary: predicateType === "" ? textOf(entry, "kind") : predicateType,
    };
  });
  return [...verified("signature"), ...verified("attestation"), ...rejected];
}

/** The store knows the kinds that its lists can be filtered by; every other document is an attestation to it. */
function storedKindOf(predicateType: string): DocumentKind {
  const kind = documentKindOf(predicateType);
  return STORED_KINDS.find((stored) => stored === kind) ?? "attestation";
}

const STORED_KINDS = ["sbom", "scan", "vex", "provenance"] as const;

/**
 * One line for each decoded view, by its signer and date: the views do not say where they were found. Where two of a
 * kind share both nobody can tell whose line is whose, and neither has one.
 */
function summariesOf(evidence: Value): ReadonlyMap<string, string | undefined> {
  const lines = new Map<string, string | undefined>();
  const put = (kind: DocumentKind, entry: Value, at: string, line: string): void => {
    const key = JSON.stringify([kind, signerKeyOfEvidence(memberOf(entry, "signer")), at]);
    lines.set(key, lines.has(key) && lines.get(key) !== line ? undefined : line);
  };
  for (const sbom of listOf(evidence, "sboms")) {
    const line = `${textOf(sbom, "format")} ${textOf(sbom, "specVersion")}, ${numberOf(sbom, "components")} components`;
    put("sbom", sbom, textOf(sbom, "createdAt"), line);
  }
  for (const scan of listOf(evidence, "scans")) {
    const scanner = memberOf(scan, "scanner") ?? null;
    const line = `${textOf(scanner, "name")} ${textOf(scanner, "version")}, ${numberOf(scan, "findings")} findings`;
    put("scan", scan, textOf(scan, "finishedAt"), line);
  }
  for (const vex of listOf(evidence, "vex")) {
    const line = `VEX by ${textOf(vex, "author")}, ${numberOf(vex, "statements")} statements`;
    put("vex", vex, textOf(vex, "timestamp"), line);
  }
  for (const provenance of listOf(evidence, "provenance")) {
    put("provenance", provenance, "", `SLSA provenance by ${textOf(provenance, "builderId")}`);
  }
  return lines;
}

function summaryOf(
  kind: DocumentKind,
  predicateType: string,
  entry: Value,
  summaries: ReadonlyMap<string, string | undefined>,
): string {
  const signer = signerKeyOfEvidence(memberOf(entry, "signer"));
  const at = kind === "provenance" ? "" : textOf(entry, "statedAt");
  return summaries.get(JSON.stringify([kind, signer, at])) ?? predicateType;
}

const RANK: Readonly<Record<StoredDocumentContent["status"], number>> = { verified: 2, unreadable: 1, rejected: 0 };

/** One document is one place; what a set of attestors rejects another may verify. */
function mergeDocuments(documents: readonly StoredDocumentContent[]): readonly StoredDocumentContent[] {
  const merged = new Map<string, StoredDocumentContent>();
  for (const document of documents) {
    const known = merged.get(document.id);
    if (known === undefined || RANK[document.status] > RANK[known.status]) merged.set(document.id, document);
  }
  return [...merged.values()];
}

function findingsOf(evidence: Value): readonly StoredFinding[] {
  return listOf(evidence, "findings").map((finding): StoredFinding => {
    const statement = statementOf(memberOf(finding, "statement") ?? null);
    const score = memberOf(finding, "score");
    return {
      vulnerability: textOf(finding, "vulnerability"),
      aliases: textsOf(memberOf(finding, "aliases")),
      purl: textOf(finding, "purl"),
      component: textOf(finding, "component"),
      version: textOf(finding, "version"),
      severity: severityOf(textOf(finding, "severity")),
      ...(typeof score === "number" ? { score } : {}),
      fixedVersions: textsOf(memberOf(finding, "fixedVersions")),
      ...(statement === undefined ? {} : { statement }),
      answered: memberOf(finding, "answered") === true,
      unmatched: listOf(finding, "unmatched").length,
    };
  });
}

function severityOf(text: string): Severity {
  return SEVERITIES.find((severity) => severity === text) ?? "unknown";
}

function statementOf(value: Value): StoredStatement | undefined {
  if (value === null) return undefined;
  const optional = (key: "justification" | "impactStatement" | "actionStatement"): Record<string, string> => {
    const text = textOf(value, key);
    return text === "" ? {} : { [key]: text };
  };
  const signer = textOf(memberOf(value, "signer"), "name");
  return {
    status: textOf(value, "status"),
    ...optional("justification"),
    ...optional("impactStatement"),
    ...optional("actionStatement"),
    timestamp: textOf(value, "timestamp"),
    author: textOf(value, "author"),
    documentId: textOf(value, "documentId"),
    ...(signer === "" ? {} : { signer }),
  };
}

function mergeFindings(findings: readonly StoredFinding[]): readonly StoredFinding[] {
  const merged = new Map<string, StoredFinding>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.vulnerability, finding.purl, finding.component, finding.version]);
    const known = merged.get(key);
    if (known === undefined) merged.set(key, finding);
    else {
      const worse = compareSeverity(finding.severity, known.severity) > 0 ? finding : known;
      const newer = timeOf(finding.statement) > timeOf(known.statement) ? finding : known;
      const { statement: _, ...rest } = worse;
      merged.set(key, {
        ...rest,
        ...(newer.statement === undefined ? {} : { statement: newer.statement }),
        // Of the same statement in two views the one that answers less counts.
        answered:
          timeOf(finding.statement) === timeOf(known.statement) ? finding.answered && known.answered : newer.answered,
      });
    }
  }
  return [...merged.values()].sort((a, b) => compareText(a.vulnerability, b.vulnerability));
}

function timeOf(statement: StoredStatement | undefined): number {
  if (statement === undefined) return Number.NEGATIVE_INFINITY;
  return parseTime(statement.timestamp) ?? Number.MIN_SAFE_INTEGER;
}

function placeOf(entry: Value): string {
  const foundAt = memberOf(entry, "foundAt") ?? null;
  return `${textOf(foundAt, "manifest")}/${textOf(foundAt, "blob")}`;
}

function textsOf(value: Value | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}

function numberOf(value: Value, key: string): number {
  const number = memberOf(value, key);
  return typeof number === "number" ? number : 0;
}
