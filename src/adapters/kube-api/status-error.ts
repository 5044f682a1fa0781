import { AmapError, type ErrorCode, LIMITS, memberOf, textOf, type Value } from "../../base/index.ts";

/** An answer of 300 and above. */
export interface RefusedAnswer {
  /** What was asked, for messages: `create pods web`. */
  readonly what: string;
  readonly status: number;
  /** The `Retry-After` header. */
  readonly retryAfter?: string;
  /** A `Status` object when the API server itself answered. */
  readonly body: Value | undefined;
}

/** How `details` of an AmapError of this adapter look. */
export interface RefusalDetails {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  /** The object that a `NotFound` is about. */
  readonly object?: string;
  readonly retryAfterMs?: number;
  /** With which a list goes on after 410, at a newer moment. */
  readonly continueToken?: string;
}

/** What a refused request means. The server's message is kept, to LIMITS.clusterMessageLength. */
export function toRefusal(answer: RefusedAnswer): AmapError {
  const { what, status, body } = answer;
  const isStatus = memberOf(body, "kind") === "Status";
  const message = isStatus ? bounded(textOf(body, "message")) : "";
  const reason = isStatus ? textOf(body, "reason") : "";
  const details = isStatus ? memberOf(body, "details") : undefined;
  const object = textOf(details, "name");
  const continueToken = isStatus ? textOf(memberOf(body, "metadata"), "continue") : "";
  const retryAfterMs = retryAfterOf(answer, details);
  const said = message === "" ? `the server answered ${status}${reason === "" ? "" : ` ${reason}`}` : message;
  return new AmapError(codeOf(status, message), `${what}: ${said}`, {
    details: {
      status,
      reason,
      message,
      ...(object === "" ? {} : { object }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(continueToken === "" ? {} : { continueToken }),
    } satisfies RefusalDetails,
  });
}

/** The details of an error that {@link toRefusal} made; undefined for others. */
export function refusalOf(error: unknown): RefusalDetails | undefined {
  if (!(error instanceof AmapError) || typeof error.details["status"] !== "number") return undefined;
  return error.details as unknown as RefusalDetails;
}

/**
 * A webhook may deny with any status, so its sentence is looked for first; the API server writes it before the webhook's own
 * words. Of the 403s, missing rights read `… is forbidden: User "…" cannot VERB …`; the API server's own admission plug-ins
 * (Pod Security, quotas, ValidatingAdmissionPolicy) write their reasons after `is forbidden:`.
 */
function codeOf(status: number, message: string): ErrorCode {
  if (/^admission webhook "[^"]*" denied the request/.test(message)) return "CLUSTER_REFUSED";
  if (status === 403) {
    const [, why] = /\bforbidden: ([^]*)/.exec(message) ?? [];
    const isDenial = why !== undefined && !/^(?:User|Group) "(?:[^"\\]|\\.)*" cannot /.test(why);
    return isDenial ? "CLUSTER_REFUSED" : "CLUSTER_FORBIDDEN";
  }
  const known = CODES.get(status);
  if (known !== undefined) return known;
  return status >= 400 && status < 500 ? "CLUSTER_REFUSED" : "CLUSTER_UNAVAILABLE";
}

const CODES: ReadonlyMap<number, ErrorCode> = new Map([
  [401, "CLUSTER_UNAUTHORIZED"],
  [404, "CLUSTER_NOT_FOUND"],
  [408, "CLUSTER_UNAVAILABLE"],
  [409, "CLUSTER_CONFLICT"],
  // A list or a watch from a moment that the server has forgotten: it works from a newer one.
  [410, "CLUSTER_UNAVAILABLE"],
  [429, "CLUSTER_UNAVAILABLE"],
]);

function retryAfterOf({ retryAfter }: RefusedAnswer, details: Value | undefined): number | undefined {
  if (retryAfter !== undefined && /^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1_000;
  const seconds = memberOf(details, "retryAfterSeconds");
  return typeof seconds === "number" && seconds > 0 ? seconds * 1_000 : undefined;
}

function bounded(text: string): string {
  const limit = LIMITS.clusterMessageLength;
  return text.length <= limit ? text : `${text.slice(0, limit).toWellFormed()}…`;
}
