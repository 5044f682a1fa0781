import {
  type Application,
  NO_RESULTS,
  parseImageSource,
  prepareApplication,
  type RunCounts,
  reportImagePolicies,
} from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { isOn, textOf, textsOf } from "../flags.ts";
import { collectSoon, stopYoungGeneration } from "../heap-growth.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { declareOutput, formOf, printsResultsOnly, reportsImages, Shown } from "./apply-output.ts";
import { declareRequest, noteIdleFlags, requestOf } from "./apply-request.ts";
import { outputOf, printReport } from "./check.ts";
import { showExplanations } from "./explanations.ts";

/** `amap apply`, as Kyverno's: exit code 1 when a policy is violated or failed. */
export const apply: Verb = {
  positional: ["<policy...>"],
  registry: true,
  timesRequests: true,
  // The arguments are policies; images are named by objects, so the registry has to be said.
  imagesOf: () => [],
  declare: (command) => {
    declareRequest(command);
    declareOutput(command);
    command
      .option("--audit-warn", "policies that only audit warn")
      .option("--warn-exit-code <code>", "the exit code for warnings", "0")
      .option("--warn-no-pass", "nothing that passed is a warning")
      .option("--warnings-as-errors", "warnings of policies are errors");
  },
  run: async (context, policies, flags) => {
    collectSoon();
    formOf(flags);
    const warnExitCode = readWarnExitCode(flags);
    noteIdleFlags(context, flags);
    const application = await prepareApplication(context.world, requestOf(policies, flags));
    try {
      return exitCodeOf(await applyAll(context, application, flags), warnExitCode, flags);
    } finally {
      await application.close();
    }
  },
};

async function applyAll(context: VerbContext, application: Application, flags: Flags): Promise<RunCounts> {
  const { world, terminal } = context;
  noteProblems(context, application, flags);
  if (!application.count.isWhole) stopYoungGeneration();
  const shown = new Shown(context, flags);
  const begun = world.clock.now();
  const target = { isAsked: isOn(flags, "explain"), isDocument: formOf(flags) !== "text" || isOn(flags, "stdin") };
  for await (const applied of application.apply()) {
    shown.add(applied);
    const explained = applied.runs.flatMap((run) => run.explained ?? []);
    showExplanations(context, explained, target);
  }
  if (isOn(flags, "showPerformance")) {
    const seconds = (world.clock.now() - begun) / 1_000;
    terminal.note(`performance: ${shown.objects} object(s) read and judged in ${seconds.toFixed(3)} s`);
  }
  await reportImages(context, application, flags);
  const { set, troubles } = application;
  for (const { message } of troubles) terminal.note(`error: ${message}`);
  const errors = set.refused.size + set.broken.length + troubles.length;
  const counts = sumOf(shown.counts, { ...NO_RESULTS, error: errors });
  await shown.finish(counts);
  return counts;
}

/** What ImageValidatingPolicies were judged by, where it is asked for: the evidence of each image. */
async function reportImages(context: VerbContext, application: Application, flags: Flags): Promise<void> {
  if (!reportsImages(flags) || application.set.imagePlans.length === 0) return;
  const report = await reportImagePolicies(context.world, application, {
    sources: textsOf(flags, "imageSource").map(parseImageSource),
    verifyLayers: false,
  });
  printReport(context, report, outputOf(context, flags, "report"));
}

function sumOf(...all: readonly RunCounts[]): RunCounts {
  const sum = (status: keyof RunCounts): number => all.reduce((total, counts) => total + counts[status], 0);
  return { pass: sum("pass"), fail: sum("fail"), warn: sum("warn"), error: sum("error"), skip: sum("skip") };
}

function noteProblems({ terminal }: VerbContext, { set, count, ...application }: Application, flags: Flags): void {
  const warnings = [...set.warnings, ...application.warnings];
  for (const { message } of set.broken) terminal.note(`error: ${message}`);
  for (const [policy, reason] of set.refused) terminal.note(`error: policy ${policy} is not applied: ${reason}`);
  for (const warning of warnings) terminal.note(`warning: ${warning}`);
  for (const note of set.notes) terminal.note(note);
  if (warnings.length > 0 && isOn(flags, "warningsAsErrors")) {
    throw new AmapError("USAGE", `there are ${warnings.length} warnings, and --warnings-as-errors is set`);
  }
  if (printsResultsOnly(flags)) return;
  const others = set.celPlans.length + set.imagePlans.length + set.cleanups.length;
  const rules = set.plans.reduce((sum, plan) => sum + plan.rules.length, others);
  const exceptions = set.exceptionCount === 0 ? "" : ` with ${set.exceptionCount} exception(s)`;
  const objects = count.isWhole ? `${count.objects}` : `more than ${count.objects}`;
  terminal.result(`\nApplying ${rules} policy rule(s) to ${objects} resource(s)${exceptions}...\n`);
}

function readWarnExitCode(flags: Flags): number {
  const code = Number(textOf(flags, "warnExitCode") ?? "0");
  if (Number.isInteger(code) && code >= 0 && code <= 255) return code;
  throw new AmapError("USAGE", "--warn-exit-code: expected a number from 0 to 255");
}

function exitCodeOf({ fail, error, warn, pass }: RunCounts, warnExitCode: number, flags: Flags): number {
  if (fail > 0 || error > 0) return 1;
  return warn > 0 || (pass === 0 && isOn(flags, "warnNoPass")) ? warnExitCode : 0;
}
