import { convertPolicies } from "../../app/index.ts";
import { AmapError, writeYaml } from "../../base/index.ts";
import { type ReportedPolicy, statusOfConversion, writeConversion, writeConversionJson } from "../../report/index.ts";
import { choiceOf, collect, requireText, textOf, textsOf } from "../flags.ts";
import type { Verb } from "../verb.ts";

/** Objects that are made for each rule at most. */
const MAX_GENERATED = 100_000;

const KINDS =
  "a ClusterPolicy, Policy, ClusterCleanupPolicy, CleanupPolicy or PolicyException of kyverno.io, a ClusterImagePolicy, or a trust policy of Notation";

/** `amap convert-policy`: exit code 1 when a rule was not converted, or is not proven to say the same. */
export const convertPolicy: Verb = {
  positional: ["<path...>"],
  registry: false,
  declare: (command) =>
    void command
      .option("-r, --resource <path>", "objects that both must judge alike: a file or folder; may be repeated", collect)
      .option("--requests <file>", "recorded AdmissionReviews, one a line, that both must judge alike")
      .option("--crd-paths <path>", "CustomResourceDefinitions of the policies' kinds; may be repeated", collect)
      .option(
        "--trust-store <type:name=file>",
        "certificates of a trust store of Notation, as in ca:acme=acme.pem; may be repeated",
        collect,
      )
      .option("--generated <number>", "objects that are made for each rule to tell them apart", "1000")
      .option("--seed <text>", "which objects are made: the same for the same text", "1")
      .option("-o, --output <format>", "yaml: the new policies, the report beside them; json: both in one", "yaml"),
  async run({ world, terminal }, policies, flags) {
    const output = choiceOf(flags, "output", "--output", ["yaml", "json"], "yaml");
    const requests = textOf(flags, "requests");
    const request = {
      policies,
      resources: textsOf(flags, "resource"),
      ...(requests === undefined ? {} : { requests }),
      crdPaths: textsOf(flags, "crdPaths"),
      trustStores: textsOf(flags, "trustStore"),
      generated: countOf(requireText(flags, "generated", "--generated")),
      seed: requireText(flags, "seed", "--seed"),
    };
    const told: ReportedPolicy[] = [];
    for await (const { rules, ...head } of convertPolicies(world, request)) {
      const policy: ReportedPolicy = { ...head, rules: rules.map(({ converted, proof }) => ({ ...converted, proof })) };
      told.push(policy);
      if (output === "json") continue;
      for (const each of policy.rules) terminal.result(`---\n${writeYaml(each.policy)}`);
      terminal.note(writeConversion(policy).trimEnd());
    }
    if (told.length === 0)
      throw new AmapError("POLICY_INVALID", `${policies.join(", ")}: expected ${KINDS}, found none`);
    if (output === "json") terminal.result(writeConversionJson(told));
    const isDone = told.every(
      ({ rules, unconverted }) =>
        unconverted.length === 0 && rules.every((rule) => statusOfConversion(rule) === "proven"),
    );
    return isDone ? 0 : 1;
  },
};

function countOf(text: string): number {
  const count = Number(text);
  if (/^[0-9]+$/.test(text) && count <= MAX_GENERATED) return count;
  throw new AmapError("USAGE", `--generated: expected a whole number up to ${MAX_GENERATED}, found ${text}`);
}
