import type { RouteResponse } from "../../src/api/index.ts";
import { ago, digestOf, HOSTILE, type Mode } from "./fixture-values.ts";

type Admission = RouteResponse<"GET /api/v1/admissions">["items"][number];
type Detail = RouteResponse<"GET /api/v1/admissions/:id">;

/** Admission decisions, newest first: every third is denied. */
export function admissionsOf(mode: Mode): Admission[] {
  const total = mode === "empty" ? 0 : mode === "large" ? 400 : 14;
  return Array.from({ length: total }, (_, at): Admission => {
    const allowed = at % 3 !== 0;
    return {
      id: `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
      at: ago(at * 4 + 1),
      cluster: "demo",
      operation: (["CREATE", "UPDATE", "CREATE", "DELETE"] as const)[at % 4] ?? "CREATE",
      kind: at % 2 === 0 ? "Deployment" : "Pod",
      ...(at === 5 ? {} : { namespace: at % 2 === 0 ? "shop" : "payments" }),
      name: mode === "hostile" ? HOSTILE : `web-${String(at)}`,
      user: mode === "hostile" ? HOSTILE : at % 2 === 0 ? "system:serviceaccount:ci:deployer" : "ada",
      allowed,
      dryRun: at === 4,
      durationMs: 12.5 + at * 3,
      ...(allowed ? {} : { message: mode === "hostile" ? HOSTILE : "five-rules/scan: no scan younger than 24 hours" }),
      replayable: at !== 6,
    };
  });
}

/** One decision with its images, rules and object. */
export function admissionDetailOf(mode: Mode, id: string): Detail | undefined {
  const summary = admissionsOf(mode).find((each) => each.id === id);
  if (summary === undefined) return undefined;
  const image = mode === "hostile" ? HOSTILE : "registry.local:5000/shop/web:1.0.0";
  return {
    ...summary,
    policies: [{ name: "five-rules", digest: digestOf(70) }],
    decision: {
      resource: `${summary.kind}/${summary.name}`,
      allowed: summary.allowed,
      images: [
        {
          image,
          digest: digestOf(1),
          platforms: 2,
          evidence: [
            {
              kind: "signature",
              signer: mode === "hostile" ? HOSTILE : "https://ci.shop.example/release",
              timeSource: "transparency log",
              statedAt: ago(600),
              form: "sigstore bundle 0.3",
              manifest: digestOf(1),
            },
            {
              kind: "attestation",
              predicateType: "https://slsa.dev/provenance/v1",
              signer: "https://ci.shop.example/release",
              timeSource: "transparency log",
              form: "sigstore bundle 0.3",
              manifest: digestOf(1),
            },
          ],
          rejected: summary.allowed
            ? []
            : [
                {
                  kind: "attestation",
                  code: "SIGNER_UNKNOWN",
                  message: mode === "hostile" ? HOSTILE : "No trusted key made this signature.",
                  manifest: digestOf(1),
                  predicateType: "https://openvex.dev/ns/v0.2.0",
                },
              ],
          findings: { critical: 1, high: 3 },
          answers: { not_affected: 2 },
        },
      ],
      rules: rulesOf(mode, summary.allowed),
    },
    object: {
      apiVersion: "apps/v1",
      kind: summary.kind,
      metadata: { name: summary.name, labels: { app: "web", note: mode === "hostile" ? HOSTILE : "shop" } },
      spec: { replicas: 2 },
    },
    ...(summary.replayable ? {} : { notReplayable: "The facts of this decision were larger than what is kept." }),
  };
}

function rulesOf(mode: Mode, allowed: boolean): Detail["decision"]["rules"] {
  return [
    { policy: "five-rules", rule: "provenance", status: "pass" },
    allowed
      ? { policy: "five-rules", rule: "scan", status: "pass" }
      : {
          policy: "five-rules",
          rule: "scan",
          status: "fail",
          code: "POLICY_DENIED",
          message: mode === "hostile" ? HOSTILE : "No scan younger than 24 hours.",
        },
    {
      policy: "five-rules",
      rule: "no-high",
      status: allowed ? "warn" : "error",
      message: "1 open finding of severity high.",
    },
  ];
}

/** A decision made again; those of a multiple of five come out different. */
export function explanationOf(
  mode: Mode,
  id: string,
): RouteResponse<"GET /api/v1/admissions/:id/explanation"> | undefined {
  const detail = admissionDetailOf(mode, id);
  if (detail === undefined) return undefined;
  if (!detail.replayable)
    return { id, outcome: "impossible", message: detail.notReplayable ?? "", rules: [], facts: [] };
  const different = Number(id.slice(-2)) % 5 === 4;
  return {
    id,
    outcome: different ? "different" : "same",
    message: different
      ? "The policy five-rules decides otherwise than it did."
      : "Policies, input and facts give the same decision again.",
    decision: detail.decision,
    rules: detail.decision.rules.map((rule) => ({
      ...rule,
      expression:
        mode === "hostile"
          ? HOSTILE
          : 'images.containers.all(image, verifyAttestationSignatures(image, attestations.scan, [attestors.shop]) > 0)\n  && time.now() - scan.time < duration("24h")',
      evidence: [
        {
          image: "registry.local:5000/shop/web:1.0.0",
          scannedAt: ago(2_000),
          note: mode === "hostile" ? HOSTILE : "scan",
        },
      ],
    })),
    facts: [
      { kind: "image", image: "registry.local:5000/shop/web:1.0.0", ok: true },
      {
        kind: "attestations",
        image: "registry.local:5000/shop/web:1.0.0",
        ok: false,
        code: "REGISTRY_UNAVAILABLE",
        message: mode === "hostile" ? HOSTILE : "The registry did not answer in time.",
      },
    ],
  };
}
