import type { Enforcement, Reviewed } from "../../app/index.ts";
import { equalValues, type Issue, memberOf, type Value } from "../../base/index.ts";
import {
  type AdmissionRequest,
  type AdmissionResponse,
  decodeAdmissionReview,
  encodeAdmissionReview,
} from "../../report/index.ts";
import { textAt } from "../kube-object.ts";
import type { Metrics } from "../metrics.ts";
import { WEBHOOK_PATHS } from "../webhook-configuration.ts";
import type { ReviewHandler, WebhookAnswer } from "./server.ts";

/** What the handlers work with. */
export interface ReviewHandling {
  readonly enforcement: Pick<Enforcement, "review" | "pin" | "judgePolicy">;
  /** Makes a request's namespace known before it is judged: it may be younger than what was followed. */
  readonly knowNamespace: (name: string, withinMs: number) => Promise<void>;
  readonly metrics: Pick<Metrics, "admission" | "result">;
  /** Told of each review by policies, after it was answered. */
  readonly onReviewed: (request: AdmissionRequest, reviewed: Reviewed) => void;
}

/** The webhook's paths with what answers them. */
export function createReviewHandlers(handling: ReviewHandling): ReadonlyMap<string, ReviewHandler> {
  const { enforcement, metrics } = handling;
  const judge =
    (purpose: "validate" | "pin"): ReviewHandler =>
    async (body, { timeoutMs, startedAt }) => {
      const decoded = decodeAdmissionReview(body);
      if (!decoded.ok) return malformed(decoded.issues);
      const request = decoded.value;
      if (request.namespace !== undefined) await handling.knowNamespace(request.namespace, timeoutMs / 4);
      const restMs = Math.max(10, Math.floor(timeoutMs - (performance.now() - startedAt)));
      const reviewed =
        purpose === "pin"
          ? await enforcement.pin(request, { timeoutMs: restMs })
          : await enforcement.review(request, { timeoutMs: restMs });
      count(metrics, purpose, request, reviewed.response, startedAt);
      for (const rule of reviewed.decision?.rules ?? []) metrics.result("admission", rule.policy, rule.status);
      handling.onReviewed(request, reviewed);
      return { status: 200, body: encodeAdmissionReview(reviewed.response) };
    };
  const policies: ReviewHandler = async (body, { startedAt }) => {
    const decoded = decodeAdmissionReview(body);
    if (!decoded.ok) return malformed(decoded.issues);
    const request = decoded.value;
    const response = judgePolicy(request, enforcement);
    count(metrics, "policies", request, response, startedAt);
    return { status: 200, body: encodeAdmissionReview(response) };
  };
  return new Map([
    [WEBHOOK_PATHS.validate, judge("validate")],
    [WEBHOOK_PATHS.pin, judge("pin")],
    [WEBHOOK_PATHS.policies, policies],
  ]);
}

function count(
  metrics: Pick<Metrics, "admission">,
  purpose: "validate" | "pin" | "policies",
  { operation, kind }: AdmissionRequest,
  { allowed }: AdmissionResponse,
  startedAt: number,
): void {
  metrics.admission({ purpose, operation, kind: kind.kind, allowed, durationMs: performance.now() - startedAt });
}

/** A policy that cannot be compiled is refused before it is stored, with every issue. */
function judgePolicy(request: AdmissionRequest, enforcement: Pick<Enforcement, "judgePolicy">): AdmissionResponse {
  const { uid, operation, object, oldObject } = request;
  const allow: AdmissionResponse = { uid, allowed: true };
  if (operation !== "CREATE" && operation !== "UPDATE") return allow;
  // One that is going away, or whose rules stay as they are, must not be held by what is wrong with them.
  if (textAt(object, "metadata", "deletionTimestamp") !== undefined) return allow;
  if (operation === "UPDATE" && equalValues(specOf(object), specOf(oldObject))) return allow;
  const { issues, warnings } = enforcement.judgePolicy(object);
  if (issues.length === 0) return { ...allow, warnings };
  return { uid, allowed: false, status: { code: 422, reason: "Invalid", message: formatIssues(issues) } };
}

function specOf(policy: Value): Value {
  return memberOf(policy, "spec") ?? null;
}

const SHOWN_ISSUES = 20;

/** The issues as one text: `path: message`, one a line. */
export function formatIssues(issues: readonly Issue[]): string {
  const lines = issues
    .slice(0, SHOWN_ISSUES)
    .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  const rest = issues.length - lines.length;
  return [...lines, ...(rest > 0 ? [`and ${rest} more`] : [])].join("\n");
}

function malformed(issues: readonly Issue[]): WebhookAnswer {
  return { status: 400, message: formatIssues(issues) };
}
