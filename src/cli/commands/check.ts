import {
  type CheckResult,
  checkResources,
  type LoadedPolicies,
  loadPolicies,
  parseImageSource,
  readSubjects,
  showNames,
  signVerificationResult,
  signVerificationSummary,
} from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { type CheckReport, writeReportJson, writeText } from "../../report/index.ts";
import { choiceOf, collect, isOn, textsOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { type AskedSummary, declareSummaries, openSummaries, VERIFIER } from "./summary-flags.ts";

type Output = "table" | "json";

export function outputOf({ terminal }: VerbContext, flags: Flags, name: string): Output {
  return choiceOf<Output>(flags, name, `--${name}`, ["table", "json"], terminal.isTerminal ? "table" : "json");
}

export function printReport({ terminal }: VerbContext, report: CheckReport, output: Output): number {
  terminal.result(
    output === "json" ? writeReportJson(report) : writeText(report, { width: terminal.width, paint: terminal.paint }),
  );
  return report.allowed ? 0 : 1;
}

/** `amap check`. */
export const check: Verb = {
  positional: ["<artifact-or-manifest...>"],
  registry: true,
  timesRequests: true,
  declare: (command) => {
    command
      .requiredOption("--policy <file>", "a policy file or folder; FILE@sha256:… pins it", collect)
      .option("--image-source <repository=oci:dir>", "read this repository's images from a layout", collect)
      .option("--verify-layers", "re-hash config and layers in registries too; in layouts always")
      .option("-o, --output <format>", "table or json (default: table on a terminal, else json)");
    declareSummaries(command);
  },
  run: async (context, names, flags) => {
    const { world } = context;
    const output = outputOf(context, flags, "output");
    const policies = await loadPolicies(world, textsOf(flags, "policy"));
    noteWarnings(context, policies);
    const summaries = await openSummaries(context, flags);
    refuseManyPolicies(summaries, policies.files.length);
    const { resources, sources, shownNames } = await readSubjects(
      world,
      names,
      textsOf(flags, "imageSource").map(parseImageSource),
    );
    const onWarning = (warning: string): void => context.terminal.note(`warning: ${warning}`);
    const evidence = { sources, verifyLayers: isOn(flags, "verifyLayers"), onWarning };
    const result = await checkResources(world, { policies, resources, evidence });
    const report = showNames(result.report, shownNames);
    const code = printReport(context, report, output);
    for (const summary of summaries) await writeSummary(context, { ...result, report }, summary, shownNames);
    return code;
  },
};

function noteWarnings(context: VerbContext, { plans }: LoadedPolicies): void {
  for (const warning of plans.flatMap((plan) => plan.warnings)) context.terminal.note(`warning: ${warning}`);
}

function refuseManyPolicies(summaries: readonly AskedSummary[], policyFiles: number): void {
  if (policyFiles === 1 || !summaries.some(({ kind }) => kind === "vsa")) return;
  throw new AmapError("USAGE", `--vsa names one policy file; these are ${policyFiles}`, {
    hint: "Put the policies into one file, with --- between them.",
  });
}

/** Writes a summary about the one image that the policies asked about, allowed or not. */
async function writeSummary(
  { world, terminal }: VerbContext,
  { report, images }: CheckResult,
  { kind, path, signer }: AskedSummary,
  shownNames: ReadonlyMap<string, string>,
): Promise<void> {
  const asked = new Set(images.map(({ name, digest }) => digest ?? name));
  const [image] = images;
  if (image === undefined || asked.size !== 1)
    throw new AmapError("USAGE", `--${kind} speaks of one image; the policies asked about ${asked.size}`);
  const { name, digest } = image;
  if (digest === undefined) {
    const message = `--${kind}: ${name} could not be resolved to a digest that a summary could speak of`;
    if (report.allowed) throw new AmapError("FACT_FAILED", message);
    // The report has the cause, and its exit code must stay that of a denial.
    terminal.note(message);
    return;
  }
  const shown = { name: shownNames.get(name) ?? name, digest };
  const sign = kind === "vsa" ? signVerificationSummary : signVerificationResult;
  await world.files.write(path, await sign(report, shown, signer, VERIFIER));
}
