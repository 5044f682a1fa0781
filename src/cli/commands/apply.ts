import {
  type Application,
  type AppliedObject,
  addCounts,
  checkResources,
  NO_RESULTS,
  type PolicyResult,
  type PolicyRun,
  parseImageSource,
  pathOfResource,
  prepareApplication,
  type RunCounts,
  resultsOf,
} from "../../app/index.ts";
import { AmapError, encodeUtf8, writeJson, writeYaml } from "../../base/index.ts";
import { encodeReports, printable, printableExcerpt, type TestLine, writeResultTable } from "../../report/index.ts";
import { choiceOf, collect, declareUnsupported, isOn, textOf, textsOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { stopYoungGeneration } from "../young-generation.ts";
import { outputOf, printReport } from "./check.ts";

/** `amap apply`, as Kyverno's: exit code 1 when a policy is violated or failed. */
export const apply: Verb = {
  positional: ["<policy...>"],
  registry: true,
  declare: (command) => {
    command
      .option("--image-source <repository=oci:dir>", "read this repository's images from a layout", collect)
      .option("--report <format>", "of ImageValidatingPolicies: table or json")
      .option("-r, --resource <path>", "files and folders with objects", collect)
      .option("--resources <path>", "as --resource", collect)
      .option("--target-resource <path>", "existing objects that rules change", collect)
      .option("--target-resources <path>", "as --target-resource", collect)
      .option("-e, --exception <path>", "policy exceptions", collect)
      .option("--exceptions <path>", "as --exception", collect)
      .option("--exceptions-within-policies", "exceptions among the policies hold")
      .option("--exceptions-within-resources", "exceptions among the objects hold")
      .option("--exceptions-with-resources", "as --exceptions-within-resources")
      .option("-f, --values-file <file>", "values of variables")
      .option("-s, --set <name=value>", "a value of a variable", collect)
      .option("-u, --userinfo <file>", "who sends the requests")
      .option("-p, --policy-report", "print a report")
      .option("--output-format <format>", "of the report: yaml or json", "yaml")
      .option("-t, --table", "print a table")
      .option("--detailed-results", "with the messages of rules")
      .option("-o, --output <path>", "write changed and generated objects there")
      .option("-i, --stdin", "print changed objects alone, to pass them on")
      .option("--audit-warn", "policies that only audit warn")
      .option("--warn-exit-code <code>", "the exit code for warnings", "0")
      .option("--warn-no-pass", "nothing that passed is a warning")
      .option("--warnings-as-errors", "warnings of policies are errors")
      .option("--remove-color", "no colours");
    declareUnsupported(command, [
      "-c, --cluster",
      "--cluster-wide-resources",
      "--kubeconfig <file>",
      "--context <name>",
      "-n, --namespace <name>",
      "-b, --git-branch <branch>",
      "--username <name>",
      "--password <password>",
      "--json <path>",
      "--http-payload <path>",
      "--envoy-payload <path>",
      "--parameter-resource <path>",
      "--context-file <file>",
      "--crd-paths <path>",
      "--generate-exceptions",
      "--generated-exception-ttl <duration>",
      "--continue-on-fail",
      "--continue-on-error",
      "--concurrent <number>",
      "--batch-size <number>",
      "--show-performance",
    ]);
  },
  run: async (context, policies, flags) => {
    const { terminal, world } = context;
    const format = choiceOf<"yaml" | "json">(flags, "outputFormat", "--output-format", ["yaml", "json"], "yaml");
    const warnExitCode = readWarnExitCode(flags);
    const application = await prepareApplication(world, requestOf(policies, flags));
    noteProblems(context, application, flags);
    if (!application.count.isWhole) stopYoungGeneration();
    const shown = new Shown(context, flags);
    for await (const applied of application.apply()) shown.add(applied);
    await shown.finish();
    const { set } = application;
    const images = await applyImagePolicies(context, application, flags);
    const counts = sumOf(shown.counts, images, { ...NO_RESULTS, error: set.refused.size + set.broken.length });
    if (isOn(flags, "policyReport")) {
      const reports = encodeReports(shown.results, world.clock.now());
      terminal.result(
        reports.map((each) => (format === "json" ? `${writeJson(each)}\n` : `${writeYaml(each)}\n`)).join("---\n"),
      );
    } else if (isOn(flags, "table")) {
      terminal.result(writeResultTable(shown.results.map(toLine), { isDetailed: isOn(flags, "detailedResults") }));
    } else {
      const { pass, fail, warn, error, skip } = counts;
      const summary = `pass: ${pass}, fail: ${fail}, warn: ${warn}, error: ${error}, skip: ${skip}`;
      // Objects that are passed on, and the report of ImageValidatingPolicies, which may be JSON, stand alone.
      if (set.imagePlans.length > 0 || isOn(flags, "stdin")) terminal.note(`\n${summary}`);
      else terminal.result(`\n${summary} \n`);
    }
    return exitCodeOf(counts, warnExitCode, flags);
  },
};

/** What ImageValidatingPolicies say of the objects, with the evidence of their images. */
async function applyImagePolicies(context: VerbContext, application: Application, flags: Flags): Promise<RunCounts> {
  const { set } = application;
  if (set.imagePlans.length === 0) return NO_RESULTS;
  const { report } = await checkResources(context.world, {
    policies: { plans: set.imagePlans, files: [] },
    resources: await application.readObjects(),
    evidence: { sources: textsOf(flags, "imageSource").map(parseImageSource), verifyLayers: false },
  });
  printReport(context, report, outputOf(context, flags, "report"));
  const statuses = report.resources.flatMap((resource) => resource.rules).map((rule) => rule.status);
  return statuses.reduce((counts, status) => ({ ...counts, [status]: counts[status] + 1 }), NO_RESULTS);
}

function sumOf(...all: readonly RunCounts[]): RunCounts {
  const sum = (status: keyof RunCounts): number => all.reduce((total, counts) => total + counts[status], 0);
  return { pass: sum("pass"), fail: sum("fail"), warn: sum("warn"), error: sum("error"), skip: sum("skip") };
}

function requestOf(policies: readonly string[], flags: Flags): Parameters<typeof prepareApplication>[1] {
  const paths = (...names: readonly string[]): readonly string[] =>
    names.flatMap((name) => textsOf(flags, name)).flatMap((path) => path.split(","));
  const resources = paths("resource", "resources");
  if (resources.length === 0)
    throw new AmapError("USAGE", "--resource is needed: the objects that policies are applied to");
  const [valuesFile, userInfo] = [textOf(flags, "valuesFile"), textOf(flags, "userinfo")];
  return {
    policies,
    resources,
    targetResources: paths("targetResource", "targetResources"),
    exceptions: paths("exception", "exceptions"),
    exceptionsWithinPolicies: isOn(flags, "exceptionsWithinPolicies"),
    exceptionsWithinResources: isOn(flags, "exceptionsWithinResources") || isOn(flags, "exceptionsWithResources"),
    set: paths("set"),
    ...(valuesFile === undefined ? {} : { valuesFile }),
    ...(userInfo === undefined ? {} : { userInfo }),
  };
}

function noteProblems({ terminal }: VerbContext, { set, count }: Application, flags: Flags): void {
  for (const { source, message } of set.broken) terminal.note(`error: ${source}: ${message}`);
  for (const [policy, reason] of set.refused) terminal.note(`error: policy ${policy} is not applied: ${reason}`);
  for (const warning of set.warnings) terminal.note(`warning: ${warning}`);
  if (set.warnings.length > 0 && isOn(flags, "warningsAsErrors")) {
    throw new AmapError("USAGE", `there are ${set.warnings.length} warnings, and --warnings-as-errors is set`);
  }
  if (isOn(flags, "stdin") || isOn(flags, "policyReport") || set.imagePlans.length > 0) return;
  const rules = set.plans.reduce((sum, plan) => sum + plan.rules.length, 0);
  const exceptions = set.exceptionCount === 0 ? "" : ` with ${set.exceptionCount} exception(s)`;
  const objects = count.isWhole ? `${count.objects}` : `more than ${count.objects}`;
  terminal.result(`\nApplying ${rules} policy rule(s) to ${objects} resource(s)${exceptions}...\n`);
}

/** What is printed as objects are judged, and what is kept for the end. */
class Shown {
  readonly #context: VerbContext;
  readonly #flags: Flags;
  readonly #isReport: boolean;
  readonly #written: string[] = [];
  counts: RunCounts = NO_RESULTS;
  /** For a report or a table; nothing is kept else. */
  readonly results: PolicyResult[] = [];

  constructor(context: VerbContext, flags: Flags) {
    this.#context = context;
    this.#flags = flags;
    this.#isReport = isOn(flags, "policyReport") || isOn(flags, "table");
  }

  add({ object, runs }: AppliedObject): void {
    const auditWarn = isOn(this.#flags, "auditWarn");
    for (const run of runs) {
      if (run.responses.length === 0) continue;
      this.counts = addCounts(this.counts, run, auditWarn);
      if (this.#isReport) this.results.push(...resultsOf(run, auditWarn));
      this.#changed(run, pathOfResource(object));
      if (!this.#isReport) this.#failures(run, pathOfResource(object), auditWarn);
    }
  }

  /** Writes the file for changed objects, when one is asked for. */
  async finish(): Promise<void> {
    const output = textOf(this.#flags, "output");
    if (output === undefined || this.#written.length === 0) return;
    await this.#context.world.files.write(output, encodeUtf8(this.#written.join("")));
  }

  /** Objects that the policy changed or made. */
  #changed({ policy, patched, responses }: PolicyRun, path: string): void {
    const made = responses.flatMap(({ generated }) => generated ?? []);
    const targets = responses.flatMap((response) => (response.patched === undefined ? [] : [response.patched.object]));
    const isMutation = responses.some(({ type, status }) => type === "Mutation" && status === "pass");
    const objects = [...(isMutation && targets.length === 0 ? [patched] : []), ...targets, ...made];
    if (objects.length === 0) return;
    const text = objects.map((each) => `${writeYaml(each)}---\n`).join("");
    if (textOf(this.#flags, "output") !== undefined) this.#written.push(text);
    else if (isOn(this.#flags, "stdin")) {
      this.#context.terminal.result(text);
    } else if (!this.#isReport) {
      this.#context.terminal.result(`\npolicy ${printable(policy.name)} applied to ${printable(path)}:\n${text}\n`);
    }
  }

  /** A result for people; beside objects that are passed on it is a message. */
  #say(text: string): void {
    const { terminal } = this.#context;
    if (isOn(this.#flags, "stdin")) terminal.note(text.trimEnd());
    else terminal.result(text);
  }

  #failures({ policy, responses }: PolicyRun, path: string, auditWarn: boolean): void {
    const about = `policy ${printable(policy.name)} -> resource ${printable(path)}`;
    for (const { type, status, message } of responses) {
      if (status !== "error" && !(status === "skip" && type === "Mutation")) continue;
      const what = status === "skip" ? "skipped" : "error while applying";
      const reason = status === "skip" ? "" : `\nerror: ${printableExcerpt(message)}`;
      this.#say(`\n${what} ${type.toLowerCase()} ${about}${reason}\n`);
    }
    const failed = responses.filter(({ status }) => status === "fail");
    if (failed.length === 0) return;
    const isAudit = auditWarn && failed.every(({ failureAction }) => failureAction === "Audit");
    const lines = failed.map(
      ({ rule, message }, index) =>
        `${index + 1} - ${printable(rule)} ${printableExcerpt(message) || "validation failed"}\n`,
    );
    this.#say(`${about} failed${isAudit ? " as audit warning" : ""}:\n${lines.join("")}`);
  }
}

function toLine({ policy, rule, resource, result, message, isScored }: PolicyResult): TestLine {
  const shown = result === "fail" && !isScored ? "warn" : result;
  const name = [resource.namespace, resource.kind, resource.name].filter((part) => part !== "").join("/");
  const word = `${shown.slice(0, 1).toUpperCase()}${shown.slice(1)}` as TestLine["result"];
  return { policy, rule, resource: name, result: word, reason: "", message };
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
