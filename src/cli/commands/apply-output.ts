import type { Command } from "commander";
import {
  type AppliedObject,
  addCounts,
  exceptionsFor,
  NO_RESULTS,
  type PolicyResult,
  type PolicyRun,
  pathOfResource,
  type RunCounts,
  resultsOf,
} from "../../app/index.ts";
import {
  AmapError,
  encodeUtf8,
  formatDuration,
  isValueObject,
  memberOf,
  parseDuration,
  type Value,
  type ValueObject,
  writeJson,
  writeYaml,
} from "../../base/index.ts";
import { encodeReports, printable, printableExcerpt, type TestLine, writeResultTable } from "../../report/index.ts";
import { choiceOf, isOn, textOf } from "../flags.ts";
import type { Flags, VerbContext } from "../verb.ts";

/** Declares the flags that say what is printed. */
export function declareOutput(command: Command): void {
  command
    .option("--report <format>", "of ImageValidatingPolicies: table or json")
    .option("-p, --policy-report", "print a report")
    .option("--output-format <format>", "of the report and of exceptions: yaml or json", "yaml")
    .option("-t, --table", "print a table")
    .option("--detailed-results", "with the messages of rules")
    .option("--generate-exceptions", "print a policy exception for everything that failed")
    .option("--generated-exception-ttl <duration>", "after which such an exception is deleted; 0 for never", "720h")
    .option("-o, --output <path>", "write changed and generated objects to this YAML file, or to files in this folder")
    .option("-i, --stdin", "print changed objects alone, to pass them on")
    .option("--explain", "say of each rule and object what happened and why")
    .option("--show-performance", "say how long it took")
    .option("--remove-color", "no colours");
}

/** What comes on standard output: one kind of document, or text for people. */
type Form = "report" | "exceptions" | "table" | "text";

/**
 * Of several the first counts, as in Kyverno.
 * @throws {AmapError} USAGE
 */
export function formOf(flags: Flags): Form {
  choiceOf<Format>(flags, "outputFormat", "--output-format", ["yaml", "json"], "yaml");
  const form = isOn(flags, "policyReport")
    ? "report"
    : isOn(flags, "generateExceptions")
      ? "exceptions"
      : isOn(flags, "table")
        ? "table"
        : "text";
  if (form !== "text" && textOf(flags, "report") !== undefined) {
    throw new AmapError("USAGE", "--report stands alone: --policy-report and --table hold all results together");
  }
  return form;
}

type Format = "yaml" | "json";

/** Whether standard output holds documents alone. */
export function printsResultsOnly(flags: Flags): boolean {
  const form = formOf(flags);
  return isOn(flags, "stdin") || form === "report" || form === "exceptions" || reportsImages(flags);
}

/** Whether the report of ImageValidatingPolicies is asked for, which may be JSON and stands alone. */
export function reportsImages(flags: Flags): boolean {
  return textOf(flags, "report") !== undefined;
}

/** What is printed as objects are judged, and what is kept for the end. */
export class Shown {
  readonly #context: VerbContext;
  readonly #flags: Flags;
  readonly #form: Form;
  /** Changed and made objects for --output: their documents, by the file that they have in a folder. */
  readonly #written: (readonly [file: string, text: string])[] = [];
  /** For a report or a table; nothing is kept else. */
  readonly #results: PolicyResult[] = [];
  readonly #exceptions: ValueObject[] = [];
  readonly #ttl: string;
  counts: RunCounts = NO_RESULTS;
  objects = 0;

  constructor(context: VerbContext, flags: Flags) {
    this.#context = context;
    this.#flags = flags;
    this.#form = formOf(flags);
    this.#ttl = readTtl(flags);
  }

  add({ object, runs }: AppliedObject): void {
    const auditWarn = isOn(this.#flags, "auditWarn");
    const path = pathOfResource(object);
    this.objects++;
    for (const run of runs) {
      if (run.responses.length === 0) continue;
      this.counts = addCounts(this.counts, run, auditWarn);
      if (this.#form === "exceptions") this.#except(run, path, auditWarn);
      else if (this.#form !== "text") this.#results.push(...resultsOf(run, auditWarn));
      this.#changed(run, path);
      if (this.#form === "text") this.#failures(run, path, auditWarn);
    }
  }

  #except(run: PolicyRun, path: string, auditWarn: boolean): void {
    const made = exceptionsFor(run, { auditWarn, ttl: this.#ttl });
    this.#exceptions.push(...made);
    if (made.length > 0 || addCounts(NO_RESULTS, run, auditWarn).fail === 0) return;
    const about = `policy ${printable(run.policy.name)} -> resource ${printable(path)}`;
    const why = "exceptions are for named objects, of policies of Kyverno's kinds";
    this.#context.terminal.note(`warning: no exception is made for ${about}: ${why}`);
  }

  /** Prints what is printed at the end, and writes the file for changed objects, when one is asked for. */
  async finish(counts: RunCounts): Promise<void> {
    const output = textOf(this.#flags, "output");
    if (output !== undefined) await this.#write(output);
    const { terminal, world } = this.#context;
    const results = this.#results;
    if (this.#form === "report") this.#documents(encodeReports(results, world.clock.now()));
    else if (this.#form === "exceptions") this.#documents(this.#exceptions);
    else if (this.#form === "table") {
      terminal.result(writeResultTable(results.map(toLine), { isDetailed: isOn(this.#flags, "detailedResults") }));
    } else {
      const { pass, fail, warn, error, skip } = counts;
      const summary = `pass: ${pass}, fail: ${fail}, warn: ${warn}, error: ${error}, skip: ${skip}`;
      // Objects that are passed on, and the report of ImageValidatingPolicies, which may be JSON, stand alone.
      if (reportsImages(this.#flags) || isOn(this.#flags, "stdin")) terminal.note(`\n${summary}`);
      else terminal.result(`\n${summary} \n`);
    }
  }

  /** As in Kyverno what is not there yet is a folder, unless it is named as a YAML file. */
  async #write(output: string): Promise<void> {
    const { files } = this.#context.world;
    const kind = await files.kindOf(output, { followLinks: true });
    if (kind !== "directory" && (kind !== undefined || /\.ya?ml$/.test(output))) {
      // What an earlier run left there is not what this one made.
      if (this.#written.length > 0 || kind === "file") {
        await files.write(output, encodeUtf8(this.#written.map(([, text]) => text).join("")));
      }
      return;
    }
    if (kind === undefined) await files.makeDirectory(output);
    const folder = output.replace(/\/+$/, "");
    for (const [name, written] of Map.groupBy(this.#written, ([file]) => file)) {
      await files.write(`${folder}/${name}`, encodeUtf8(written.map(([, text]) => text).join("")));
    }
  }

  /** YAML documents, or one line of JSON for each. */
  #documents(documents: readonly ValueObject[]): void {
    const isJson = textOf(this.#flags, "outputFormat") === "json";
    const texts = documents.map((each) => (isJson ? `${writeJson(each)}\n` : `${writeYaml(each)}\n`));
    this.#context.terminal.result(texts.join(isJson ? "" : "---\n"));
  }

  /** Objects that the policy changed or made. */
  #changed({ policy, resource, patched, responses }: PolicyRun, path: string): void {
    // Most policies only validate.
    if (responses.every(({ type, generated, patched: target }) => type === "Validation" && !generated && !target))
      return;
    const made = responses.flatMap(({ generated }) => generated ?? []);
    const targets = responses.flatMap((response) => (response.patched === undefined ? [] : [response.patched.object]));
    const isMutation = responses.some(({ type, status }) => type === "Mutation" && status === "pass");
    const objects = [...(isMutation && targets.length === 0 ? [patched] : []), ...targets, ...made];
    if (objects.length === 0) return;
    const text = objects.map((each) => `${writeYaml(withoutManagedFields(each))}---\n`).join("");
    if (textOf(this.#flags, "output") !== undefined) this.#written.push([fileOf(policy.name, resource, made), text]);
    else if (isOn(this.#flags, "stdin")) {
      this.#context.terminal.result(text);
    } else if (this.#form === "text") {
      this.#context.terminal.result(`\npolicy ${printable(policy.name)} applied to ${printable(path)}:\n${text}\n`);
    }
  }

  /** A result for people; beside objects that are passed on, or a report that stands alone, it is a message. */
  #say(text: string): void {
    const { terminal } = this.#context;
    if (reportsImages(this.#flags) || isOn(this.#flags, "stdin")) terminal.note(text.trimEnd());
    else terminal.result(text);
  }

  #failures({ policy, responses }: PolicyRun, path: string, auditWarn: boolean): void {
    if (responses.every(({ status }) => status === "pass")) return;
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

/** A file name as Kyverno gives it, of which no object's name makes a path. Objects of one name share their file. */
function fileOf(policy: string, resource: Value, made: readonly Value[]): string {
  const own = memberOf(memberOf(resource, "metadata"), "name");
  const name = made.length > 0 ? `${policy}-generated` : `${typeof own === "string" ? own : ""}-mutated`;
  return `${name.replace(/^\.+|[^\w.-]/g, "_").slice(-200)}.yaml`;
}

/** Who owns which field: of no use to people, and refused where the object is applied again. */
function withoutManagedFields(object: Value): Value {
  const metadata = memberOf(object, "metadata");
  if (!isValueObject(object) || !isValueObject(metadata) || !("managedFields" in metadata)) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

/** As Go writes it, for a label; empty for none. */
function readTtl(flags: Flags): string {
  const text = textOf(flags, "generatedExceptionTtl") ?? "0";
  const ms = parseDuration(text);
  if (ms === undefined) {
    throw new AmapError("USAGE", `--generated-exception-ttl: expected a duration such as 720h, found "${text}"`);
  }
  return ms > 0 ? formatDuration(ms) : "";
}
