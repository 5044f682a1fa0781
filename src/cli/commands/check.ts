import {
  type CheckResult,
  checkResources,
  type LoadedPolicies,
  loadPolicies,
  openSigner,
  parseImageSource,
  readSubjects,
  showNames,
  signVerificationSummary,
} from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { type CheckReport, writeReportJson, writeText } from "../../report/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { choiceOf, collect, isOn, requireText, textOf, textsOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { passwordOf } from "./keys.ts";

type Output = "table" | "json";
type SummarySigner = Awaited<ReturnType<typeof openSigner>>;

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
  declare: (command) =>
    void command
      .requiredOption("--policy <file>", "a policy file or folder; FILE@sha256:… pins it", collect)
      .option("--image-source <repository=oci:dir>", "read this repository's images from a layout", collect)
      .option("--verify-layers", "re-hash config and layers in registries too; in layouts always")
      .option("--vsa <file>", "write a signed verification summary there")
      .option("--vsa-key <file>", "private key that signs it")
      .option("-o, --output <format>", "table or json (default: table on a terminal, else json)"),
  run: async (context, names, flags) => {
    const { world } = context;
    const output = outputOf(context, flags, "output");
    const policies = await loadPolicies(world, textsOf(flags, "policy"));
    noteWarnings(context, policies);
    const signer = await openSummarySigner(context, flags, policies.files.length);
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
    if (signer !== undefined) await writeSummary(context, { ...result, report }, { signer, flags, shownNames });
    return code;
  },
};

function noteWarnings(context: VerbContext, { plans }: LoadedPolicies): void {
  for (const warning of plans.flatMap((plan) => plan.warnings)) context.terminal.note(`warning: ${warning}`);
}

/** The key that signs the summary, opened before anything is looked at: a wrong flag must not show after a long check. */
async function openSummarySigner(
  context: VerbContext,
  flags: Flags,
  policyFiles: number,
): Promise<SummarySigner | undefined> {
  if (textOf(flags, "vsa") === undefined) {
    if (textOf(flags, "vsaKey") !== undefined) throw new AmapError("USAGE", "--vsa-key is only of use with --vsa");
    return undefined;
  }
  requireText(flags, "vsa", "--vsa");
  if (policyFiles !== 1)
    throw new AmapError("USAGE", `--vsa names one policy file; these are ${policyFiles}`, {
      hint: "Put the policies into one file, with --- between them.",
    });
  return openSigner(context.world, requireText(flags, "vsaKey", "--vsa-key"), passwordOf(context));
}

/** Writes the summary about the one image that the policies asked about, allowed or not. */
async function writeSummary(
  { world, terminal }: VerbContext,
  { report, images }: CheckResult,
  options: { readonly signer: SummarySigner; readonly flags: Flags; readonly shownNames: ReadonlyMap<string, string> },
): Promise<void> {
  const asked = new Set(images.map(({ name, digest }) => digest ?? name));
  const [image] = images;
  if (image === undefined || asked.size !== 1)
    throw new AmapError("USAGE", `--vsa speaks of one image; the policies asked about ${asked.size}`);
  const { name, digest } = image;
  if (digest === undefined) {
    const message = `--vsa: ${name} could not be resolved to a digest that a summary could speak of`;
    if (report.allowed) throw new AmapError("FACT_FAILED", message);
    // The report has the cause, and its exit code must stay that of a denial.
    terminal.note(message);
    return;
  }
  const shown = { name: options.shownNames.get(name) ?? name, digest };
  const verifier = { id: "urn:amap:verifier:cli", version: VERSION };
  const bytes = await signVerificationSummary(report, shown, options.signer, verifier);
  await world.files.write(requireText(options.flags, "vsa", "--vsa"), bytes);
}
