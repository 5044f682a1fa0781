import { type Digest, isDigest, isValueObject, memberOf, type Value } from "../base/index.ts";
import {
  type Decision,
  decide,
  type Evaluation,
  type Fact,
  type FactRequest,
  type Facts,
  type Plan,
  type PolicyInput,
} from "../policy/index.ts";
import type { ResourceRow, RuleRow } from "../report/index.ts";
import { toImageRow, toRuleRow } from "./check-rows.ts";
import { type FactLimits, resolvePlans } from "./fact-loop.ts";
import { describeResource } from "./resources.ts";

/** Shown for an object that no policy speaks about: allowed, and not in silence. */
const NOTHING_APPLIES: RuleRow = {
  policy: "",
  rule: "(none)",
  status: "skip",
  message: "no policy matches this resource: nothing was checked",
};

/** One resource, with what decides about it. */
export interface DecideInput {
  /** The plans that may apply, of a PlanIndex. */
  readonly plans: readonly Plan[];
  readonly input: PolicyInput;
  /** Answers what the plans ask, within the milliseconds that remain. */
  readonly load: (requests: readonly FactRequest[], remainingMs: number) => Promise<Facts>;
  /** Evaluation time in ms since 1970, and seed: with the facts they make the decision again. */
  readonly now: number;
  readonly seed: string;
  /** Milliseconds of a clock that goes forward. */
  readonly elapsed: () => number;
  readonly limits?: Partial<FactLimits>;
  /** Whether the time is over in which another plan may be begun. */
  readonly isOver?: () => boolean;
}

/** A decision with all that it was made from. */
export interface DecidedResource {
  /** The decision as every report shows it: equal from `check`, the webhook, the background scan and a replay. */
  readonly row: ResourceRow;
  readonly decision: Decision;
  /** What was asked, in order, without duplicates. */
  readonly requests: readonly FactRequest[];
  readonly facts: Facts;
}

/**
 * Decides about one resource: the one way from plans and facts to allow or deny, whoever asks.
 * @throws {AmapError} VALUE_INVALID for an object without apiVersion or kind; BUG
 */
export async function decideResource(asked: DecideInput): Promise<DecidedResource> {
  const { plans, input, now, seed, elapsed, limits, isOver } = asked;
  const subject = input.operation === "DELETE" ? (input.oldObject ?? input.object) : input.object;
  const name = describeResource(subject);
  const requests = new Map<string, FactRequest>();
  const { evaluation, facts } = await resolvePlans({
    plans,
    input,
    now,
    seed,
    elapsed,
    load: (wanted, remainingMs) => {
      for (const request of wanted) requests.set(request.key, request);
      return asked.load(wanted, remainingMs);
    },
    ...(limits === undefined ? {} : { limits }),
    ...(isOver === undefined ? {} : { isOver }),
  });
  const decision = decide(plans.map((plan, place) => ({ plan, evaluation: evaluation[place] as Evaluation })));
  const asking = [...requests.values()];
  const row: ResourceRow = {
    resource: name,
    allowed: decision.allowed,
    images: imageRowsOf(asking, facts),
    rules: plans.length === 0 ? [NOTHING_APPLIES] : decision.responses.map(toRuleRow),
  };
  return { row, decision, requests: asking, facts };
}

/** What was looked at for each image that was asked about, whoever asked. */
export function imageRowsOf(requests: readonly FactRequest[], facts: Facts): ResourceRow["images"] {
  const byImage = new Map<string, Value[]>();
  for (const { image, fact } of evidenceOf(requests, facts)) {
    if (fact?.ok === true) byImage.set(image, [...(byImage.get(image) ?? []), fact.value]);
  }
  return [...byImage].map(([image, evidence]) => knownImageRow(image, evidence));
}

interface KnownRow {
  readonly image: string;
  readonly evidence: readonly Value[];
  readonly row: ResourceRow["images"][number];
}

/** Rows by the first of their facts: cached evidence is frozen, and a rollout asks about the same hundreds of times. */
const knownRows = new WeakMap<object, KnownRow>();

function knownImageRow(image: string, evidence: readonly Value[]): KnownRow["row"] {
  const [first = null] = evidence;
  if (!isValueObject(first) || !evidence.every(Object.isFrozen)) return toImageRow(image, evidence);
  const known = knownRows.get(first);
  const isSame = known?.image === image && known.evidence.length === evidence.length;
  if (isSame && evidence.every((each, place) => each === known.evidence[place])) return known.row;
  const row = toImageRow(image, evidence);
  knownRows.set(first, { image, evidence, row });
  return row;
}

/** An image that a policy asked about. */
export interface AskedImage {
  readonly name: string;
  /** Absent when the name holds none and could not be resolved. */
  readonly digest?: Digest;
}

/** The images whose evidence policies asked for, by the name in the object, whether it could be loaded or not. */
export function imagesAsked({ requests, facts }: DecidedResource): readonly AskedImage[] {
  return evidenceOf(requests, facts).map(({ image, fact }) => {
    const digest = fact?.ok === true ? memberOf(fact.value, "digest") : image.slice(image.lastIndexOf("@") + 1);
    return typeof digest === "string" && isDigest(digest) ? { name: image, digest } : { name: image };
  });
}

/** Every question about an image's evidence, with its answer. */
export function evidenceOf(
  requests: readonly FactRequest[],
  facts: Facts,
): readonly { readonly image: string; readonly fact: Fact | undefined }[] {
  return requests.flatMap(({ key, kind, params }) => {
    const image = memberOf(params, "image");
    return kind === "imageEvidence" && typeof image === "string" ? [{ image, fact: facts.get(key) }] : [];
  });
}
