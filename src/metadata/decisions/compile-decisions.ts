import { withoutUndefined } from "../document-reader.ts";
import { productsOf, type VexDecision } from "../vex/create-vex.ts";
import type { VexDocument, VexProduct, VexStatement, VexSubject } from "../vex/vex.ts";
import { partInScope } from "./decision-scope.ts";
import { type JudgeDecisionsInput, type JudgedDecision, judgeDecisions } from "./judge-decisions.ts";
import type { RiskAcceptance } from "./risk-acceptance.ts";

/** What decisions are compiled from. */
export interface CompileDecisionsInput extends JudgeDecisionsInput {
  readonly product: VexSubject;
  /** Of the VEX document: its IRI, who signs for it, when it is made (RFC 3339), by which tool. */
  readonly document: Pick<VexDocument, "id" | "author" | "timestamp" | "tooling">;
}

/** What decisions say of a product. */
export interface CompiledDecisions {
  /** All of them, in the order of the file, with what comes of each. */
  readonly judged: readonly JudgedDecision[];
  /** Those that count. A risk that is taken stands in it as affected, with who takes it. */
  readonly vex: VexDocument;
  readonly acceptances: readonly RiskAcceptance[];
}

/**
 * Compiles the decisions that count into VEX, a statement for each, and the risks that are taken into acceptances. VEX has
 * no end of a statement: one with `until` says so in its notes, and the document is to be made anew by then.
 * @throws {AmapError} DOCUMENT_INVALID where the product has no name, and components do not stand for it
 * @example
 * ```ts
 * import { compileDecisions } from "../index.ts";
 * const document = { id: "urn:example:1", author: "me", timestamp: "2026-01-01T00:00:00Z" };
 * const product = { purls: ["pkg:oci/shop"], digests: [] };
 * compileDecisions({ decisions: [], approvals: [], now: 0, product, document }).vex.statements; // []
 * ```
 */
export function compileDecisions(input: CompileDecisionsInput): CompiledDecisions {
  const judged = judgeDecisions(input);
  const counting = judged.filter(({ state }) => state === "counts");
  return {
    judged,
    vex: toVexDocument(counting, input.product, input.document),
    acceptances: acceptancesOf(counting),
  };
}

/** A VEX document of decisions that count. */
function toVexDocument(
  counting: readonly JudgedDecision[],
  product: VexSubject,
  document: CompileDecisionsInput["document"],
): VexDocument {
  return { ...document, version: 1, statements: counting.map((each) => toStatement(each, product)) };
}

/**
 * What the decisions that count say of a product, a document for each who made and approved them, named by the file that
 * they come from, so that a finding shows who answered it.
 */
export function toVexDocuments(
  judged: readonly JudgedDecision[],
  product: VexSubject,
  document: Pick<VexDocument, "id" | "timestamp">,
): readonly VexDocument[] {
  const groups = new Map<string, JudgedDecision[]>();
  for (const each of judged) {
    if (each.state !== "counts") continue;
    const author = authorsOf(each);
    const group = groups.get(author);
    if (group === undefined) groups.set(author, [each]);
    else group.push(each);
  }
  return [...groups].map(([author, group]) => toVexDocument(group, product, { ...document, author }));
}

/**
 * Decisions that count in the form that `createVex` takes, one for each component.
 * @example
 * ```ts
 * import { toVexDecisions } from "../index.ts";
 * toVexDecisions([]); // []
 * ```
 */
export function toVexDecisions(counting: readonly JudgedDecision[]): readonly VexDecision[] {
  return counting.flatMap((each) => {
    const { finding, scope } = each.decision;
    const said = { vulnerability: finding, ...saidBy(each) };
    return scope.components.length === 0 ? [said] : scope.components.map((purl) => ({ ...said, purl }));
  });
}

function toStatement(each: JudgedDecision, product: VexSubject): VexStatement {
  const { finding, scope, decidedAt } = each.decision;
  return {
    vulnerability: finding,
    aliases: [],
    products: productsFor(scope.components, partInScope(each.decision, product)),
    ...saidBy(each),
    timestamp: decidedAt,
  };
}

/** The product, with its components inside it; components alone where the product has no name to call it by. */
function productsFor(components: readonly string[], product: VexSubject): readonly VexProduct[] {
  const inside = components.map((id) => ({ id, identifiers: {}, hashes: {} }));
  if (product.purls.length + product.digests.length === 0)
    return inside.map((component) => ({ ...component, subcomponents: [] }));
  return productsOf(product).map((each) => ({ ...each, subcomponents: inside }));
}

type Said = Pick<VexStatement, "status" | "justification" | "impactStatement" | "actionStatement" | "statusNotes">;

/** What a statement says; a risk that is taken is affected, and what is done about it is that somebody takes it. */
function saidBy({ decision, approvers }: JudgedDecision): Said {
  const { status, until, reason, owner, actionStatement } = decision;
  const isRisk = status === "risk_accepted";
  const taken = isRisk ? `Risk accepted by ${owner ?? "?"} until ${until ?? "?"}: ${reason ?? "?"}` : undefined;
  const notes = [
    decision.statusNotes,
    isRisk ? undefined : reason,
    `Decided by ${decision.author}${approvers.length === 0 ? "" : `, approved by ${namesOf(approvers)}`}.`,
    until === undefined ? undefined : `Holds until ${until}.`,
  ];
  return withoutUndefined({
    status: isRisk ? ("affected" as const) : status,
    justification: decision.justification,
    impactStatement: decision.impactStatement,
    actionStatement: isRisk ? [taken, actionStatement].filter((text) => text !== undefined).join(" ") : actionStatement,
    statusNotes: notes.filter((text) => text !== undefined).join(" "),
  });
}

/**
 * The risks that are taken by decisions that count.
 * @example
 * ```ts
 * import { acceptancesOf } from "../index.ts";
 * acceptancesOf([]); // []
 * ```
 */
export function acceptancesOf(counting: readonly JudgedDecision[]): readonly RiskAcceptance[] {
  return counting.flatMap(toAcceptance);
}

function toAcceptance({ decision, approvers }: JudgedDecision): readonly RiskAcceptance[] {
  const { finding, scope, status, owner, reason, author, decidedAt, until } = decision;
  if (status !== "risk_accepted" || owner === undefined || reason === undefined || until === undefined) return [];
  return [{ finding, scope, owner, reason, author, approvers, decidedAt, until }];
}

/** Who stands for a decision, in words. */
function authorsOf({ decision, approvers }: JudgedDecision): string {
  return approvers.length === 0 ? decision.author : `${decision.author}, approved by ${namesOf(approvers)}`;
}

function namesOf(approvers: JudgedDecision["approvers"]): string {
  return approvers.map(({ identity }) => identity).join(", ");
}
