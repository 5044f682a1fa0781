import { type Value, writeJson } from "../base/index.ts";
import { writePlainJson } from "./json.ts";
import { printable } from "./table.ts";

/** Something of a policy, where it is, and why it is so. */
interface Note {
  readonly path: string;
  readonly reason: string;
}

/** What one side of a proof said. */
interface Said {
  readonly verdict: string;
  readonly message: string;
}

/** A rule that was converted, as it is told. */
export interface ReportedConversion {
  readonly rule: string;
  readonly path: string;
  readonly policy: Value;
  readonly differences: readonly Note[];
  readonly proof: {
    readonly compared: number;
    readonly denied: number;
    readonly changed: number;
    readonly made?: number;
    readonly deleted?: number;
    readonly excepted?: number;
    readonly refused?: string;
    readonly counterexample?: {
      readonly origin: string;
      readonly differsIn: string;
      readonly rule: Said;
      readonly converted: Said;
      readonly input: { readonly operation: string; readonly object: Value; readonly oldObject?: Value };
    };
  };
}

/** What became of one policy, as it is told. */
export interface ReportedPolicy {
  readonly file: string;
  readonly kind: string;
  readonly name: string;
  readonly rules: readonly ReportedConversion[];
  readonly unconverted: readonly Note[];
}

/** "proven": both agreed on all that was compared, and some of it was denied or changed. */
export type ConversionStatus = "proven" | "differs" | "unproven";

/**
 * How far a conversion is shown to say the same. What agreed without a single denial or change is "unproven": both may
 * have said nothing at all.
 */
export function statusOfConversion({ proof }: Pick<ReportedConversion, "proof">): ConversionStatus {
  if (proof.counterexample !== undefined) return "differs";
  if (proof.refused !== undefined) return "unproven";
  // Of an exception it says little that others are denied.
  const acted = proof.excepted ?? proof.denied + proof.changed + (proof.made ?? 0) + (proof.deleted ?? 0);
  return acted > 0 ? "proven" : "unproven";
}

/** What became of a policy for people: a line for each rule, what differs, and the counterexample. Ends with a break. */
export function writeConversion({ file, kind, name, rules, unconverted }: ReportedPolicy): string {
  const lines = [`${file}: ${kind} ${name}`];
  for (const each of rules) {
    lines.push(`  ${each.path} (${each.rule}): ${sentenceOf(each)}`);
    lines.push(...each.differences.map(({ path, reason }) => `    differs at ${path}: ${reason}`));
    lines.push(...counterexampleLines(each));
  }
  lines.push(...unconverted.map(({ path, reason }) => `  not converted: ${path}: ${reason}`));
  return `${lines.map(printable).join("\n")}\n`;
}

/** The same as JSON, with the new policies. */
export function writeConversionJson(policies: readonly ReportedPolicy[]): string {
  const told = policies.map(({ rules, ...head }) => ({
    ...head,
    rules: rules.map((each) => {
      const { rule, path, policy, differences, proof } = each;
      return { rule, path, status: statusOfConversion(each), policy, differences, proof };
    }),
  }));
  return writePlainJson({ policies: told } as unknown as Value);
}

function sentenceOf(each: ReportedConversion): string {
  const { compared, refused } = each.proof;
  switch (statusOfConversion(each)) {
    case "proven":
      return `equal on ${compared} requests (${actsOf(each.proof)})`;
    case "differs":
      return `NOT equal: request ${compared} tells them apart`;
    default:
      return refused === undefined
        ? `not proven: equal on ${compared} requests, ${idleness(each.proof)}`
        : `not proven: ${refused}`;
  }
}

/** What the rule did: `12 denied, 0 changed`. */
function actsOf({ denied, changed, made, deleted, excepted }: ReportedConversion["proof"]): string {
  if (made !== undefined) return `${made} made objects`;
  if (deleted !== undefined) return `${deleted} deleted`;
  return excepted === undefined ? `${denied} denied, ${changed} changed` : `${excepted} excepted, ${denied} denied`;
}

function idleness({ made, deleted, excepted }: ReportedConversion["proof"]): string {
  if (made !== undefined) return "none of which made an object";
  if (deleted !== undefined) return "none of which was deleted";
  return excepted === undefined ? "none of which the rule denied or changed" : "none of which was excepted";
}

function counterexampleLines({ proof: { counterexample } }: ReportedConversion): readonly string[] {
  if (counterexample === undefined) return [];
  const { origin, differsIn, rule, converted, input } = counterexample;
  return [
    `    they differ in the ${differsIn} (${origin}, ${input.operation}):`,
    `      the rule:      ${rule.verdict} ${rule.message}`,
    `      the new policy: ${converted.verdict} ${converted.message}`,
    `      object:    ${writeJson(input.object)}`,
    ...(input.oldObject === undefined ? [] : [`      oldObject: ${writeJson(input.oldObject)}`]),
  ];
}
