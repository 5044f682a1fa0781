import { readBundleCandidates, type SummaryOutcome, verifySummary } from "../../app/index.ts";
import { AmapError, type Value, writeJson } from "../../base/index.ts";
import { collect, requireText, textsOf } from "../flags.ts";
import type { Verb } from "../verb.ts";
import { checkLine, rejectedLine } from "./provenance-output.ts";
import { declareTrustFlags, pathOf, trustFor } from "./trust-flags.ts";
import { declareExplain } from "./verify.ts";
import { explainFormat } from "./verify-output.ts";

const SUMMARY_TYPE = "https://slsa.dev/verification_summary/v1";

/** `amap vsa verify`. */
export const vsaVerify: Verb = {
  positional: [],
  registry: false,
  declare: (command) => {
    command
      .requiredOption("--attestation-path <file>", "the summary: a Sigstore bundle or a DSSE envelope")
      .requiredOption(
        "--subject-digest <algorithm:hex>",
        "the artifact; may be repeated, and all must be named",
        collect,
      )
      .requiredOption("--verifier-id <uri>", "the verifier that the signer is trusted for")
      .requiredOption("--resource-uri <uri>", "the artifact as the summary names it")
      .option("--verified-level <level>", "SLSA_BUILD_LEVEL_2, or a word of your own; may be repeated", collect)
      .option("--print-attestation", "write the summary to standard output");
    declareTrustFlags(command);
    declareExplain(command);
  },
  run: async (context, _, flags) => {
    const { world, terminal } = context;
    if (pathOf(flags, "certificate") !== undefined)
      throw new AmapError("USAGE", "--certificate is of no use here: a bundle of a summary holds its own");
    const explain = explainFormat(flags);
    const candidates = await readBundleCandidates(world, requireText(flags, "attestationPath", "--attestation-path"));
    const trust = await trustFor(context, flags, { kind: "attestation", predicateType: SUMMARY_TYPE });
    const outcome = verifySummary(candidates, trust, {
      subjects: textsOf(flags, "subjectDigest"),
      verifierId: requireText(flags, "verifierId", "--verifier-id"),
      resourceUri: requireText(flags, "resourceUri", "--resource-uri"),
      levels: textsOf(flags, "verifiedLevel"),
      now: world.clock.now(),
    });
    if (explain === "text") terminal.note(explanation(outcome).join("\n"));
    else if (explain === "json") terminal.note(writeJson(outcomeToValue(outcome)));
    const { accepted, refusal } = outcome;
    if (accepted === undefined) throw refusal;
    terminal.note(`Verified: ${accepted.summary.verifiedLevels.join(", ")} by ${accepted.summary.verifierId}`);
    if (flags["printAttestation"] === true) terminal.result(`${writeJson(accepted.attestation.predicate)}\n`);
    return 0;
  },
};

function explanation({ judged, rejected }: SummaryOutcome): readonly string[] {
  return [
    `${judged.length} summaries judged, ${rejected.length} candidates rejected`,
    ...judged.flatMap(({ checks }) => checks.map((check) => `  ${checkLine(check)}`)),
    ...rejected.map((each) => `  rejected: ${rejectedLine(each)}`),
  ];
}

function outcomeToValue({ accepted, judged, rejected }: SummaryOutcome): Value {
  return {
    verified: accepted !== undefined,
    judged: judged.map(({ checks }) => ({ checks })),
    rejected: rejected.map(({ code, message }) => ({ code, message })),
  } as unknown as Value;
}
