import type { Component, DecodedSbom } from "../sbom.ts";

/** Standards that say what an SBOM must hold at least. */
export const QUALITY_STANDARDS = ["ntia", "cisa-2025", "bsi-tr-03183"] as const;
export type QualityStandard = (typeof QUALITY_STANDARDS)[number];

/** `additional` must be there where it exists, which no program can see; `optional` may be there. */
export type ElementNeed = "required" | "additional" | "optional";

/** A component that lacks an element. */
export interface LackingComponent {
  readonly ref: string;
  readonly name: string;
  readonly version?: string;
}

/** How an SBOM does by one element of a standard. */
export interface ElementScore {
  /** `component-supplier`, `sbom-author`… */
  readonly id: string;
  /** In the standard's words. */
  readonly name: string;
  readonly of: "document" | "component";
  readonly need: ElementNeed;
  /** How many have it; of the document 1 or 0. */
  readonly present: number;
  /** How many should. None means that the element says nothing of this SBOM. */
  readonly total: number;
  /** The first ten that lack it, in the order of the document's refs. */
  readonly lacking: readonly LackingComponent[];
  /** From 0 to 10: the part that has it. */
  readonly score: number;
  /** What to do, one sentence; left out where nothing is lacking. */
  readonly fix?: string;
  /** The rule for `amap sbom enrich` that would fill it for the first component that lacks it, as YAML. */
  readonly rule?: string;
}

/** How an SBOM does by a standard, in one reading of it. */
export interface QualityReading {
  readonly standard: QualityStandard;
  /**
   * `strict`: as ntia-conformance-checker 6.0.0 reads the NTIA's elements; `generous`: as sbomqs does; `stated`: as the
   * standard itself says.
   */
  readonly reading: "strict" | "generous" | "stated";
  /** Whether every required element is there for all. */
  readonly conformant: boolean;
  /** From 0 to 10: the mean of the required elements that apply. */
  readonly score: number;
  /** Components that were judged. */
  readonly components: number;
  readonly elements: readonly ElementScore[];
}

/** What rules are asked about. */
export interface QualityInput {
  readonly decoded: DecodedSbom;
  /** All that the reading judges; the subject is among them where it has a name. */
  readonly components: readonly Component[];
}

interface RuleText {
  readonly id: string;
  readonly name: string;
  readonly need: ElementNeed;
  readonly fix: string;
}

/** An element of a standard: whether it is there; undefined where it says nothing of this document or component. */
export type ElementRule = RuleText &
  (
    | { readonly of: "document"; readonly has: (input: QualityInput) => boolean | undefined; readonly set?: string }
    | {
        readonly of: "component";
        readonly has: (component: Component, input: QualityInput) => boolean | undefined;
        /** What an enrich rule sets, as YAML: `supplier: { name: Example }`. */
        readonly set?: string;
      }
  );

const MAX_LACKING = 10;

/** Judges an SBOM by the elements of a reading. */
export function judgeElements(
  reading: Pick<QualityReading, "standard" | "reading">,
  rules: readonly ElementRule[],
  input: QualityInput,
): QualityReading {
  const elements = rules.map((rule) => (rule.of === "document" ? judgeDocument(rule, input) : judgeAll(rule, input)));
  const required = elements.filter(({ need, total }) => need === "required" && total > 0);
  const sum = required.reduce((total, { score }) => total + score, 0);
  return {
    ...reading,
    // A document without components has nothing that could be complete.
    conformant:
      input.components.length > 0 && required.length > 0 && required.every(({ present, total }) => present === total),
    score: required.length === 0 ? 0 : sum / required.length,
    components: input.components.length,
    elements,
  };
}

type DocumentRule = Extract<ElementRule, { of: "document" }>;
type ComponentRule = Extract<ElementRule, { of: "component" }>;

function judgeDocument(rule: DocumentRule, input: QualityInput): ElementScore {
  const has = rule.has(input);
  const { id, name, need, of } = rule;
  const shared = { id, name, of, need, lacking: [] } as const;
  if (has === undefined) return { ...shared, present: 0, total: 0, score: 0 };
  if (has) return { ...shared, present: 1, total: 1, score: 10 };
  const advice = { fix: rule.fix, ...(rule.set === undefined ? {} : { rule: `document: { ${rule.set} }` }) };
  return { ...shared, present: 0, total: 1, score: 0, ...advice };
}

function judgeAll(rule: ComponentRule, input: QualityInput): ElementScore {
  let [present, total] = [0, 0];
  let first: Component | undefined;
  const lacking: LackingComponent[] = [];
  for (const component of input.components) {
    const has = rule.has(component, input);
    if (has === undefined) continue;
    total++;
    if (has) present++;
    else {
      first ??= component;
      if (lacking.length < MAX_LACKING) lacking.push(lackingOf(component));
    }
  }
  const { id, name, need, of } = rule;
  const score = total === 0 ? 0 : (present / total) * 10;
  const found = { id, name, of, need, present, total, lacking, score } as const;
  if (first === undefined) return found;
  return { ...found, fix: rule.fix, ...(rule.set === undefined ? {} : { rule: ruleFor(first, rule.set) }) };
}

function lackingOf({ ref, name, version }: Component): LackingComponent {
  return { ref, name, ...(version === undefined ? {} : { version }) };
}

/** A rule for `amap sbom enrich` about a component in all its versions. */
function ruleFor({ purl, name }: Component, set: string): string {
  const match =
    purl === undefined ? `{ name: ${quote(name)} }` : quote(purl.split(/[?#]/, 1)[0]?.replace(/@[^@/]*$/, "") ?? "");
  return `- { match: ${match}, set: { ${set} } }`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
