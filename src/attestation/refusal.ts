import type { Decoded, Digest, Issue } from "../base/index.ts";
import type { RejectedCandidate } from "./evidence.ts";
import { quoteText } from "./quote-text.ts";
import type { Subject } from "./statement.ts";
import type { SubjectIndex } from "./subject-match.ts";

/** A cause of rejection, before it is known where. */
export type Refusal = Pick<RejectedCandidate, "code" | "message" | "claims">;

/** A step that ended with a cause. */
export interface Refused {
  readonly ok: false;
  readonly refusal: Refusal;
}

/** A cause in one sentence; `claims` is what the candidate says it is, unverified. */
export function refuse(code: Refusal["code"], message: string, claims?: Refusal["claims"]): Refused {
  return { ok: false, refusal: claims === undefined ? { code, message } : { code, message, claims } };
}

/** The first issue of a malformed document, and how many more there are. */
export function refuseIssues(decoded: Decoded<unknown> & { ok: false }, claims?: Refusal["claims"]): Refused {
  const [first, ...others] = decoded.issues;
  const { code, path, message } = first as Issue;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  return refuse(code, `${path === "" ? "" : `${path}: `}${message}${more}`, claims);
}

/** A statement about something else than what was asked for. */
export function refuseSubject(
  found: readonly (Digest | Subject["digest"])[],
  subjects: SubjectIndex,
  claims?: Refusal["claims"],
): Refused {
  const [first] = found;
  const shown = typeof first === "object" ? Object.entries(first).map(([name, hex]) => `${name}:${hex}`)[0] : first;
  const more = found.length > 1 ? ` and ${found.length - 1} more` : "";
  const message = `expected a statement about ${subjects.shown}, found one about ${quoteText(shown)}${more}`;
  return refuse("SUBJECT_MISMATCH", message, claims);
}
