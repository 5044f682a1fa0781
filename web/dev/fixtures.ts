import type { RouteResponse } from "../../src/api/index.ts";
import { ago, digestOf, HOSTILE, type Mode, type Summary } from "./fixture-values.ts";
import { admissionDetailOf, admissionsOf, explanationOf } from "./fixtures-admissions.ts";
import { chainOf, documentsOf } from "./fixtures-chain.ts";

type FindingItem = RouteResponse<"GET /api/v1/findings">["items"][number];
type Policy = RouteResponse<"GET /api/v1/policies/:name">;
type Result = RouteResponse<"GET /api/v1/results">["items"][number];

const NAMES = ["web", "cart", "payments", "search", "mail", "ledger", "gateway", "metrics", "legacy-import", "batch"];
const COUNTS: readonly Summary["findings"][] = [
  { critical: 1, high: 3, medium: 8, low: 2 },
  {},
  { high: 1, medium: 2 },
  { low: 4, unknown: 1 },
  { critical: 2, high: 9, medium: 31, low: 57, none: 3, unknown: 2 },
];

function imagesOf(mode: Mode): Summary[] {
  const total = mode === "empty" ? 0 : mode === "large" ? 500 : NAMES.length;
  return Array.from({ length: total }, (_, at): Summary => {
    const findings = COUNTS[at % COUNTS.length] ?? {};
    const trusted = at % 4 !== 3;
    return {
      repository: mode === "hostile" && at < 2 ? `registry.local/${HOSTILE}` : `registry.local:5000/shop/${nameAt(at)}`,
      digest: digestOf(at + 1),
      tags:
        mode === "hostile" ? [HOSTILE] : at === 5 ? [] : [`1.${String(at)}.0`, ...(at === 0 ? ["latest", "1"] : [])],
      platforms: (at % 3) + 1,
      firstSeenAt: ago(60 * 24 * (at + 2)),
      observedAt: ago(at * 7 + 1),
      running: at === 7 ? 0 : (at * 5) % 7,
      verdict: at === 7 ? "unknown" : trusted ? "allowed" : "denied",
      signed: trusted,
      provenance: trusted && at % 3 !== 1,
      vex: at % 2 === 0,
      ...(at === 8 ? {} : { sbom: at % 2 === 0 ? "CycloneDX 1.6" : "SPDX 2.3" }),
      ...(at === 8 ? {} : { scannedAt: ago(at * 300 + 20) }),
      rejected: at % 4 === 3 ? 2 : 0,
      findings,
      open: at === 0 ? { high: 1, medium: 2 } : findings,
      fixable: at % 5,
    };
  });
}

function nameAt(at: number): string {
  return at < NAMES.length ? (NAMES[at] ?? "") : `${NAMES[at % NAMES.length] ?? ""}-${String(at)}`;
}

function findingsOf(mode: Mode, images: readonly Summary[]): FindingItem[] {
  const severities = ["critical", "high", "high", "medium", "medium", "low", "none", "unknown"] as const;
  return images.flatMap((image, which) =>
    severities.slice(0, (which % 4) * 2 + 2).map((severity, at): FindingItem => {
      const answered = at % 3 === 1;
      return {
        repository: image.repository,
        digest: image.digest,
        vulnerability: mode === "hostile" && at === 0 ? HOSTILE : `CVE-2026-${String(10_000 + which * 10 + at)}`,
        aliases: [`GHSA-demo-${String(which)}-${String(at)}`],
        purl: `pkg:npm/part-${String(at)}@1.${String(which)}.0`,
        component: mode === "hostile" ? HOSTILE : `part-${String(at)}`,
        version: `1.${String(which)}.0`,
        severity,
        ...(severity === "unknown" ? {} : { score: 9.8 - at }),
        fixedVersions: at % 2 === 0 ? [`1.${String(which)}.7`, "2.0.0"] : [],
        ...(answered ? { statement: statementOf(mode, which) } : {}),
        answered,
        unmatched: at === 2 ? 1 : 0,
        running: image.running,
      };
    }),
  );
}

function statementOf(mode: Mode, which: number): NonNullable<FindingItem["statement"]> {
  return {
    status: "not_affected",
    justification: "vulnerable_code_not_in_execute_path",
    impactStatement: mode === "hostile" ? HOSTILE : "The parser is never given text from outside.",
    timestamp: ago(3_000 + which),
    author: mode === "hostile" ? HOSTILE : "security@shop.example",
    documentId: `vex-${String(which)}`,
    signer: "https://ci.shop.example/release",
  };
}

const RULES = ["provenance", "scan", "sbom", "vex", "no-high", "signed-by-shop"];

function policiesOf(mode: Mode): Policy[] {
  if (mode === "empty") return [];
  return ["five-rules", "pinned-tags", "pod-security", "broken"].map((name, at): Policy => {
    const refused = name === "broken";
    return {
      name: mode === "hostile" && at === 1 ? HOSTILE : name,
      kind: at === 2 ? "ValidatingPolicy" : "ImageValidatingPolicy",
      source: at === 1 ? "git" : "cluster",
      digest: digestOf(at + 70),
      state: refused ? "refused" : "ready",
      issues: refused
        ? [
            {
              code: "CEL_TYPE",
              path: "spec.validations[0].expression",
              message: mode === "hostile" ? HOSTILE : "expected bool, found int",
            },
          ]
        : [],
      rules: RULES.slice(0, at === 0 ? 6 : 1),
      validationActions: at === 1 ? ["Audit"] : ["Deny"],
      failurePolicy: "Fail",
      admission: true,
      background: at !== 2,
      recordedAt: ago(at * 400 + 5),
      results: { pass: 40 - at * 3, warn: at, fail: at * 2, error: at === 2 ? 1 : 0, skip: 3 },
      text: JSON.stringify(
        { apiVersion: "policies.kyverno.io/v1", kind: "ImageValidatingPolicy", metadata: { name } },
        null,
        2,
      ),
    };
  });
}

function resultsOf(mode: Mode, images: readonly Summary[]): Result[] {
  const states = ["fail", "error", "warn", "pass", "pass", "skip"] as const;
  return images.flatMap((image, which) =>
    states.map(
      (status, at): Result => ({
        resource: resourceOf(mode, image, which),
        policy: "five-rules",
        rule: RULES[at] ?? "scan",
        status,
        ...(status === "pass"
          ? {}
          : { code: "POLICY_DENIED", message: mode === "hostile" ? HOSTILE : "No scan younger than 24 hours." }),
        checkedAt: ago(which + 2),
        since: ago(which * 100 + 30),
      }),
    ),
  );
}

function resourceOf(mode: Mode, image: Summary, which: number): Result["resource"] {
  return {
    cluster: "demo",
    apiVersion: "apps/v1",
    kind: "Deployment",
    namespace: which % 3 === 0 ? "shop" : "payments",
    name: mode === "hostile" ? HOSTILE : (image.repository.split("/").pop() ?? ""),
    uid: `00000000-0000-4000-8000-${String(which).padStart(12, "0")}`,
  };
}

function overviewOf(
  mode: Mode,
  images: readonly Summary[],
  findings: readonly FindingItem[],
): RouteResponse<"GET /api/v1/overview"> {
  const count = (test: (image: Summary) => boolean) => images.filter(test).length;
  const worst = (reason: string, test: (image: Summary) => boolean) =>
    images
      .filter(test)
      .slice(0, 3)
      .map(({ repository, digest }) => ({ repository, digest, reason: mode === "hostile" ? HOSTILE : reason }));
  const isEmpty = mode === "empty";
  return {
    artifacts: {
      images: images.length,
      running: count((image) => image.running > 0),
      unpinned: isEmpty ? 0 : 3,
      worst: worst("runs by a tag", (image) => image.tags.length > 1),
    },
    metadata: {
      images: images.length,
      withSbom: count((image) => image.sbom !== undefined),
      freshScan: count((_image) => true) - (isEmpty ? 0 : 4),
      findings: findings.length,
      answered: findings.filter((finding) => finding.answered).length,
      worst: worst("no SBOM, never scanned", (image) => image.sbom === undefined),
    },
    attestations: {
      images: images.length,
      signed: count((image) => image.signed),
      withProvenance: count((image) => image.provenance),
      rejected: count((image) => image.rejected > 0),
      worst: worst("2 documents are rejected", (image) => image.rejected > 0),
    },
    policies: {
      ready: isEmpty ? 0 : 3,
      refused: isEmpty ? 0 : 1,
      results: isEmpty
        ? { pass: 0, warn: 0, fail: 0, error: 0, skip: 0 }
        : { pass: 111, warn: 6, fail: 12, error: 1, skip: 12 },
      denied: isEmpty ? 0 : 9,
      allowed: isEmpty ? 0 : 120,
      deniedLastDay: isEmpty ? 0 : 4,
    },
    doFirst: findings.filter((finding) => !finding.answered).slice(0, 7),
    namespaces: isEmpty
      ? []
      : ["shop", "payments", mode === "hostile" ? HOSTILE : "platform"].map((namespace, at) => ({
          cluster: "demo",
          namespace,
          images: 4,
          evidence: 4 - at,
          vexAnswers: 3,
          freshScan: 4,
          noOpenHigh: at === 0 ? 4 : 1,
          sbomFormat: 4 - (at % 2),
        })),
    newest: isEmpty ? {} : { scan: ago(20), check: ago(2), admission: ago(1) },
  };
}

/** The answers of the whole API in one mode; lists are not cut into pages here. */
export function answersOf(mode: Mode) {
  const images = imagesOf(mode);
  const findings = findingsOf(mode, images);
  const policies = policiesOf(mode);
  const results = resultsOf(mode, images);
  return {
    about: {
      version: "0.1.0",
      store: { kind: "sqlite", address: ".amap/amap.db" },
      now: ago(0),
      demo: true,
    } satisfies RouteResponse<"GET /api/v1/about">,
    overview: overviewOf(mode, images, findings),
    images,
    findings,
    policies,
    results,
    history: results.slice(0, 30).map((result, at): RouteResponse<"GET /api/v1/results/history">["items"][number] => ({
      at: ago(at * 60),
      resource: result.resource,
      policy: result.policy,
      rule: result.rule,
      ...(at % 4 === 0 ? {} : { from: "pass" as const }),
      ...(at % 5 === 4 ? {} : { to: result.status }),
      ...(result.message === undefined ? {} : { message: result.message }),
    })),
    admissions: admissionsOf(mode),
    admission: (id: string) => admissionDetailOf(mode, id),
    explanation: (id: string) => explanationOf(mode, id),
    jobs: jobsOf(mode),
    audit: auditOf(mode),
    image: (name: string): RouteResponse<"GET /api/v1/images/:image"> | undefined => {
      const image = images.find((each) => `${each.repository}@${each.digest}` === name);
      if (image === undefined) return undefined;
      const documents = documentsOf(mode, image);
      return {
        ...image,
        platformDigests: Array.from({ length: image.platforms }, (_, at) => digestOf(at + 200)),
        documents,
        uses: Array.from({ length: image.running }, (_, at) => ({
          cluster: "demo",
          kind: "Deployment",
          namespace: "shop",
          name: mode === "hostile" ? HOSTILE : `web-${String(at)}`,
          allowed: image.verdict === "allowed",
          checkedAt: ago(at * 3),
          image: `${image.repository}@${image.digest}`,
        })),
        chain: chainOf(mode, image, documents),
      };
    },
  };
}

function jobsOf(mode: Mode): RouteResponse<"GET /api/v1/jobs">["items"] {
  const states = ["failed", "running", "waiting", "done"] as const;
  return Array.from({ length: mode === "empty" ? 0 : 8 }, (_, at) => {
    const state = states[at % states.length] ?? "done";
    return {
      id: `job-${String(at)}`,
      kind: "prune",
      key: mode === "hostile" ? HOSTILE : `2026-11-22T${String(10 + at)}:00:00Z`,
      state,
      attempts: state === "failed" ? 5 : 1,
      maxAttempts: 5,
      createdAt: ago(at * 60),
      startAfter: ago(at * 60),
      ...(state === "done" || state === "failed" ? { endedAt: ago(at * 60 - 1) } : {}),
      ...(state === "failed" ? { error: mode === "hostile" ? HOSTILE : "STORE_UNAVAILABLE: it was away" } : {}),
    };
  });
}

function auditOf(mode: Mode): RouteResponse<"GET /api/v1/audit">["items"] {
  const total = mode === "empty" ? 0 : mode === "large" ? 300 : 12;
  return Array.from({ length: total }, (_, at) => ({
    sequence: total - at,
    at: ago(at * 33),
    actor: mode === "hostile" ? HOSTILE : at % 2 === 0 ? "admin" : "amap scan",
    action: at % 2 === 0 ? "session.started" : "image.recorded",
    target: mode === "hostile" ? HOSTILE : `shop/web@${digestOf(at)}`,
    details: { tags: ["1.0.0"], note: mode === "hostile" ? HOSTILE : "first look" },
    previousHash: digestOf(at + 1).slice(7),
    hash: digestOf(at).slice(7),
  }));
}
