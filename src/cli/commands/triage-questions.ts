import { TRIAGE_JUSTIFICATIONS, type TriageAnswers, type TriageItem, type TriageScope } from "../../app/index.ts";
import { printable } from "../../report/index.ts";

/** Asks for a line; undefined at the end of the input. */
export type Ask = (question: string) => Promise<string | undefined>;

/** What a person wants of a finding. */
export type TriageWish =
  | { readonly kind: "decide"; readonly answers: TriageAnswers }
  | { readonly kind: "skip" | "back" | "quit" }
  /** Something that is needed was not said. */
  | { readonly kind: "again"; readonly reason: string };

interface Choice<T> {
  readonly key: string;
  readonly name: string;
  readonly value: T;
}

const STATUSES: readonly Choice<TriageAnswers["status"] | "skip" | "back" | "quit">[] = [
  { key: "n", name: "not affected", value: "not_affected" },
  { key: "a", name: "affected", value: "affected" },
  { key: "f", name: "fixed", value: "fixed" },
  { key: "u", name: "under investigation", value: "under_investigation" },
  { key: "r", name: "risk accepted", value: "risk_accepted" },
  { key: "s", name: "skip", value: "skip" },
  { key: "b", name: "back (takes the last decision back)", value: "back" },
  { key: "q", name: "quit", value: "quit" },
];

const SCOPES: readonly Choice<TriageScope>[] = [
  { key: "v", name: "this version of the component", value: "version" },
  { key: "c", name: "the component in any version", value: "component" },
  { key: "a", name: "every component that has it", value: "all" },
];

/** Thrown inside this file alone: nothing is answered any more. */
class Ended extends Error {}

/** Asks what a finding is. The end of the input is taken for the wish to quit; nothing is decided by it. */
export async function askWish(ask: Ask, item: TriageItem): Promise<TriageWish> {
  const line = async (question: string): Promise<string> => {
    const answer = await ask(question);
    if (answer === undefined) throw new Ended();
    return answer.trim();
  };
  try {
    const status = await choose(line, "status", STATUSES);
    if (status === "skip" || status === "back" || status === "quit") return { kind: status };
    return await askDetails(line, status, item);
  } catch (error) {
    if (error instanceof Ended) return { kind: "quit" };
    throw error;
  }
}

type Line = (question: string) => Promise<string>;

async function askDetails(line: Line, status: TriageAnswers["status"], item: TriageItem): Promise<TriageWish> {
  const draft = item.drafts[0]?.decision;
  const text = async (name: string, otherwise?: string): Promise<string | undefined> => {
    const shown = otherwise === undefined ? "" : ` [${printable(otherwise)}]`;
    const answer = await line(`  ${name}${shown}: `);
    return answer === "" ? otherwise : answer;
  };
  const said = await askReasons({ line, text, draft }, status);
  if (typeof said === "string") return { kind: "again", reason: said };
  const isRisk = status === "risk_accepted";
  const until = await text(`until (2027-01-31 or 90d${isRisk ? "" : ", may be empty"})`, draft?.until);
  if (isRisk && until === undefined) return { kind: "again", reason: "taking a risk needs an end" };
  const scopes: readonly Choice<TriageScope>[] =
    draft === undefined ? SCOPES : [...SCOPES, { key: "d", name: "as the draft, in its place", value: "draft" }];
  const scope = await choose(line, "scope", scopes);
  return { kind: "decide", answers: { status, scope, ...said, ...(until === undefined ? {} : { until }) } };
}

interface Reasons {
  readonly line: Line;
  readonly text: (name: string, otherwise?: string) => Promise<string | undefined>;
  readonly draft: TriageItem["drafts"][number]["decision"] | undefined;
}

/** The texts that a status needs; a sentence where one of them was not said. */
async function askReasons(
  { line, text, draft }: Reasons,
  status: TriageAnswers["status"],
): Promise<Omit<TriageAnswers, "status" | "scope" | "until"> | string> {
  if (status === "risk_accepted") {
    const [reason, owner] = [await text("reason", draft?.reason), await text("owner of the risk", draft?.owner)];
    return reason === undefined || owner === undefined
      ? "taking a risk needs a reason and an owner"
      : { reason, owner };
  }
  if (status === "affected") {
    const actionStatement = await text("what is done about it", draft?.actionStatement);
    return actionStatement === undefined ? "affected needs what is done about it" : { actionStatement };
  }
  if (status === "not_affected") {
    const justification = await askJustification(line);
    const impactStatement = await text("why, in words", draft?.impactStatement);
    if (justification === undefined && impactStatement === undefined)
      return "not affected needs a justification, or words";
    return {
      ...(justification === undefined ? {} : { justification }),
      ...(impactStatement === undefined ? {} : { impactStatement }),
    };
  }
  const statusNotes = await text("notes (may be empty)", draft?.statusNotes);
  return statusNotes === undefined ? {} : { statusNotes };
}

async function askJustification(line: Line): Promise<TriageAnswers["justification"]> {
  const choices = TRIAGE_JUSTIFICATIONS.map((value, index) => ({ key: String(index + 1), name: value, value }));
  const none = { key: "0", name: "none of them", value: undefined };
  return choose<TriageAnswers["justification"]>(line, "justification", [...choices, none]);
}

/** Asks until the answer is one of the choices, by its key or its name; nothing is chosen for whoever says nothing. */
async function choose<T>(line: Line, what: string, choices: readonly Choice<T>[]): Promise<T> {
  const question = choices.map(({ key, name }) => `${key} ${name}`).join(" · ");
  for (;;) {
    const answer = (await line(`  ${what}? ${question}: `)).toLowerCase();
    const found = choices.find(
      ({ key, name }) => answer === key || answer === name || answer === name.replaceAll(" ", "_"),
    );
    if (found !== undefined) return found.value;
  }
}
