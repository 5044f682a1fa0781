import { scoreVector } from "../../../../metadata/index.ts";
import type { CheckFinding, CsafNode } from "../csaf-node.ts";
import { compareInstants, instantOf, isReleased, lastRevisionOf, latestOf } from "../instants.ts";

const CVSS = ["cvss_v2", "cvss_v3", "cvss_v4"];
const FIFTEEN_DAYS = 15 * 24 * 60 * 60;

/** The metrics of all vulnerabilities. */
function metricsIn(document: CsafNode): readonly CsafNode[] {
  return document.list("vulnerabilities").flatMap((vulnerability) => vulnerability.list("metrics"));
}

/** The scores of a CVSS object by the names of their members, and the words for them. */
const SCORES = [
  ["base", "baseScore", "baseSeverity"],
  ["temporal", "temporalScore", "temporalSeverity"],
  ["environmental", "environmentalScore", "environmentalSeverity"],
] as const;
/** Members of a CVSS 4 object that its vector need not say. */
const PLAIN_MEMBERS = new Set(["version", "vectorString", "baseScore", "baseSeverity"]);

/** 6.1.9: scores and severities are those of the vector. */
export function* checkScores(document: CsafNode): Iterable<CheckFinding> {
  for (const metric of metricsIn(document)) {
    for (const key of CVSS) yield* checkScore(metric.get("content", key));
  }
}

function* checkScore(stated: CsafNode): Iterable<CheckFinding> {
  const scores = scoreVector(stated.get("vectorString").text ?? "");
  if (scores === undefined) return;
  if (scores.version === "4.0" && stated.members.some(([name]) => !PLAIN_MEMBERS.has(name))) {
    // CVSS 4 has one score of everything that is stated, in the vector or beside it.
    throw new RangeError("a CVSS 4 score of metrics that are stated beside the vector is not checked here");
  }
  for (const [name, member, word] of SCORES) {
    const expected = scores[name];
    const score = stated.get(member);
    if (expected === undefined || !score.exists) continue;
    if (score.value !== expected) yield score.finding(`the vector's ${name} score is ${expected}`);
    const severity = stated.get(word);
    if (severity.text !== undefined && severity.text.toLowerCase() !== severityOf(expected))
      yield severity.finding(`a score of ${expected} is ${severityOf(expected).toUpperCase()}`);
  }
}

function severityOf(score: number): string {
  if (score >= 9) return "critical";
  if (score >= 7) return "high";
  if (score >= 4) return "medium";
  return score > 0 ? "low" : "none";
}

/** 6.1.7: one source gives a product one score of each version. */
export function* checkRepeatedScores(document: CsafNode): Iterable<CheckFinding> {
  for (const vulnerability of document.list("vulnerabilities")) {
    const seen = new Set<string>();
    for (const metric of vulnerability.list("metrics")) {
      for (const key of CVSS) {
        const cvss = metric.get("content", key);
        if (!cvss.exists) continue;
        const source = metric.get("source").value ?? null;
        const version = cvss.get("version").value ?? key;
        const keys = metric.texts("products").map((product) => JSON.stringify([product, source, version]));
        if (keys.some((each) => seen.has(each)))
          yield cvss.finding("the same source gives one of its products another score");
        for (const each of keys) seen.add(each);
      }
    }
  }
}

/** 6.1.56: one source gives a product a CVSS score or a word for its severity, not both. */
export function* checkRatingBesideCvss(document: CsafNode): Iterable<CheckFinding> {
  for (const vulnerability of document.list("vulnerabilities")) {
    const metrics = vulnerability.list("metrics");
    const keysOf = (metric: CsafNode): readonly string[] =>
      metric.texts("products").map((product) => JSON.stringify([product, metric.get("source").value ?? null]));
    const scored = new Set(
      metrics.filter((metric) => CVSS.some((key) => metric.get("content", key).exists)).flatMap(keysOf),
    );
    for (const metric of metrics) {
      const rating = metric.get("content", "qualitative_severity_rating");
      if (rating.exists && keysOf(metric).some((key) => scored.has(key)))
        yield rating.finding("the same source gives a CVSS score for one of its products");
    }
  }
}

/** Metrics that end in what makes the environmental score nothing, by version. */
const NO_IMPACT: ReadonlyMap<string, readonly (readonly [metric: string, member: string])[]> = new Map([
  ["cvss_v2", [["TD:N", "targetDistribution"]]],
  [
    "cvss_v3",
    [
      ["MC:N", "modifiedConfidentialityImpact"],
      ["MI:N", "modifiedIntegrityImpact"],
      ["MA:N", "modifiedAvailabilityImpact"],
    ],
  ],
  [
    "cvss_v4",
    [
      ["MVC:N", "modifiedVulnConfidentialityImpact"],
      ["MVI:N", "modifiedVulnIntegrityImpact"],
      ["MVA:N", "modifiedVulnAvailabilityImpact"],
      ["MSC:N", "modifiedSubConfidentialityImpact"],
      ["MSI:N", "modifiedSubIntegrityImpact"],
      ["MSA:N", "modifiedSubAvailabilityImpact"],
    ],
  ],
]);

/** 6.2.19: a fixed product has a score only if that is nothing in its environment. */
export function* checkScoreOfFixed(document: CsafNode): Iterable<CheckFinding> {
  for (const vulnerability of document.list("vulnerabilities")) {
    const status = vulnerability.get("product_status");
    const fixed = new Set([...status.texts("fixed"), ...status.texts("first_fixed")]);
    for (const metric of vulnerability.list("metrics")) {
      if (!metric.texts("products").some((product) => fixed.has(product))) continue;
      for (const [key, none] of NO_IMPACT) {
        const cvss = metric.get("content", key);
        if (cvss.exists && !none.every((part) => isStated(cvss, part)))
          yield cvss.finding("a fixed product has a score that is not 0 in its environment");
      }
    }
  }
}

function isStated(cvss: CsafNode, [metric, member]: readonly [string, string]): boolean {
  const isInVector = cvss.get("vectorString").text?.split("/").includes(metric) === true;
  return isInVector || ["NONE", "NEGLIGIBLE"].includes(cvss.get(member).text ?? "");
}

/** 6.2.47: who writes the document gives scores, not words. */
export function* checkOwnRating(document: CsafNode): Iterable<CheckFinding> {
  const references = document.list("document", "references");
  const own = references.filter((reference) => reference.get("category").text === "self");
  const addresses = new Set<unknown>([undefined, ...own.map((reference) => reference.get("url").text)]);
  for (const metric of metricsIn(document)) {
    const rating = metric.get("content", "qualitative_severity_rating");
    if (rating.exists && addresses.has(metric.get("source").value))
      yield rating.finding("the issuing party rates it by a word: a CVSS score says more");
  }
}

/** 6.3.18: severities are scores rather than words. */
export function* checkRating(document: CsafNode): Iterable<CheckFinding> {
  for (const metric of metricsIn(document)) {
    const rating = metric.get("content", "qualitative_severity_rating");
    if (rating.exists) yield rating.finding("a word for the severity: a CVSS score says more");
  }
}

/** 6.3.12: where there is a CVSS score, there is one of version 4. */
export function* checkCvss4Exists(document: CsafNode): Iterable<CheckFinding> {
  for (const metric of metricsIn(document)) {
    const content = metric.get("content");
    const hasOther = content.get("cvss_v2").exists || content.get("cvss_v3").exists;
    if (hasOther && !content.get("cvss_v4").exists) yield content.finding("a CVSS score without one of version 4");
  }
}

/** 6.1.49 and 6.1.51: what is measured is not newer than the document. */
export function checkMeasuredBefore(key: "ssvc_v2" | "epss"): (document: CsafNode) => Iterable<CheckFinding> {
  return function* check(document): Iterable<CheckFinding> {
    const last = lastRevisionOf(document);
    if (last === undefined || !isReleased(document)) return;
    for (const metric of metricsIn(document)) {
      const timestamp = metric.get("content", key, "timestamp");
      const at = instantOf(timestamp.text);
      if (at !== undefined && compareInstants(at, last) > 0)
        yield timestamp.finding("it is later than the last revision of the document");
    }
  };
}

/** 6.2.41: the newest EPSS score of a vulnerability is at most 15 days older than the document. */
export function* checkOldEpss(document: CsafNode): Iterable<CheckFinding> {
  const last = lastRevisionOf(document);
  if (last === undefined || !isReleased(document)) return;
  const limit = { seconds: last.seconds - FIFTEEN_DAYS, fraction: last.fraction };
  for (const vulnerability of document.list("vulnerabilities")) {
    const scores = vulnerability.list("metrics").map((metric) => metric.get("content", "epss", "timestamp"));
    const newest = latestOf(scores.map(({ text }) => text));
    if (newest !== undefined && compareInstants(newest, limit) < 0)
      yield* scores
        .filter(({ exists }) => exists)
        .slice(0, 1)
        .map((score) => score.finding("it is more than 15 days older than the document"));
  }
}
