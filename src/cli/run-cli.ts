import { Command, CommanderError } from "commander";
import { createWorld, VERSION, type WorldConfiguration } from "../wiring/index.ts";
import { collect, declareBoolean } from "./flags.ts";
import { refuseOtherVerb } from "./other-verbs.ts";
import { type OutputFile, openOutputFile } from "./output-file.ts";
import { createStopping } from "./stopping.ts";
import { createTerminal, type GlobalFlags, reportFailure, type Shell } from "./terminal.ts";
import type { Verb } from "./verb.ts";
import type { VerbEntry } from "./verbs.ts";

/**
 * Runs the command line and returns its exit code: 0 done, allowed, clean; 1 denied or not verified; 2 wrong use;
 * 3 a needed service failed; 70 a bug. Never throws. `verbs` are all of them, or the one that a bundle was made for.
 */
export async function runCli(words: readonly string[], shell: Shell, verbs: readonly VerbEntry[]): Promise<number> {
  let exit = 0;
  const finish = (code: number): void => {
    exit = code;
  };
  try {
    const called = findVerb(words, verbs);
    if (called === undefined) refuseOtherVerb(namesIn(words)[0]);
    const program = createProgram(shell, finish, verbs, called === undefined ? [] : [await loadVerb(called)]);
    await program.parseAsync(spellOut(words, program), { from: "user" });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportFailure(error, shell, { json: false, verbose: words.includes("--verbose") });
  }
}

/** A verb with its code. */
interface LoadedVerb {
  readonly entry: VerbEntry;
  readonly verb: Verb;
}

/** Loads a verb's flags and code. */
async function loadVerb(entry: VerbEntry): Promise<LoadedVerb> {
  return { entry, verb: await entry.load() };
}

/** The words that are no flags, and no value of the only flag before a verb that takes one. */
function namesIn(words: readonly string[]): readonly string[] {
  return words.filter((word, index) => !word.startsWith("-") && words[index - 1] !== "--output-file");
}

/** The verb that is called: the first words that are no flags. One of two words goes before one of the first alone. */
function findVerb(words: readonly string[], verbs: readonly VerbEntry[]): VerbEntry | undefined {
  const [first, second] = namesIn(words);
  return verbs.find(({ name }) => name === `${first} ${second}`) ?? verbs.find(({ name }) => name === first);
}

/**
 * Writes a bare `--flag` (or its `-f`) that may take `=false` as `--flag=true`: as in Go programs, a boolean never takes the
 * next word. cosign's `-d` is `--verbose`, unless the verb has a flag of that name.
 */
function spellOut(words: readonly string[], program: Command): readonly string[] {
  const leaves = program.commands.flatMap((command) => [command, ...command.commands]);
  const options = [program, ...leaves].flatMap((command) => command.options);
  const booleans = new Map(
    options
      .filter(({ optional }) => optional)
      .flatMap(({ short, long = "" }) => [
        [long, long],
        [short ?? long, long],
      ]),
  );
  const isTaken = options.some(({ short }) => short === "-d");
  const end = words.indexOf("--");
  return words.map((word, index) => {
    if (end !== -1 && index >= end) return word;
    if (word === "-d" && !isTaken) return "--verbose";
    const at = word.indexOf("=");
    const long = booleans.get(at < 0 ? word : word.slice(0, at));
    if (long === undefined) return word;
    return `${long}${at < 0 ? "=true" : word.slice(at)}`;
  });
}

/** The command line with the flags of all its verbs, for writing about it: it is not for running. */
export async function loadProgram(verbs: readonly VerbEntry[]): Promise<Command> {
  const silent = { write: () => undefined };
  const shell = { stdout: silent, stderr: silent, env: {} };
  return createProgram(shell, () => undefined, verbs, await Promise.all(verbs.map(loadVerb)));
}

/** The command line with the flags of some verbs. */
function createProgram(
  shell: Shell,
  finish: (exit: number) => void,
  verbs: readonly VerbEntry[],
  loaded: readonly LoadedVerb[],
): Command {
  const program = prepare(new Command("amap"), shell);
  program
    .description("Produces, attests, enforces and shows the metadata of Kubernetes artifacts.")
    .version(VERSION, "--version", "print the version")
    .option("--quiet", "only results and errors")
    .option("--verbose", "with stack traces of errors; -d, too, where a verb has no other meaning for it")
    .option("--no-color", "no colours")
    .option("--output-file <file>", "write the results there, and not to standard output");
  declareBoolean(program, "--offline", "open no network socket; anything that needs one is an error", false);
  for (const entry of verbs) {
    const [first = "", second] = entry.name.split(" ");
    const parent = second === undefined ? program : groupOf(program, first, shell);
    const command = prepare(new Command(second ?? first), shell).description(entry.summary);
    const verb = loaded.find((each) => each.entry === entry)?.verb;
    const surroundings = { program, shell, finish, loadProgram: () => loadProgram(verbs) };
    if (verb !== undefined) declareVerb(command, verb, surroundings);
    parent.addCommand(command);
  }
  return program;
}

/** What the groups of verbs are for. */
const GROUPS: Readonly<Record<string, string>> = {
  sbom: "Make SBOMs, and work with them",
  db: "Import advisories and see what the database covers",
  vex: "Make, check, change and explain VEX documents",
  decisions: "Take over, check and compile what people decided about findings",
  provenance: "Make and verify SLSA provenance",
  vsa: "Verify SLSA verification summaries",
  review: "Say who wrote and who reviewed the changes of a repository",
  "test-results": "Read the results of tests",
  sast: "Work with the results of static analysis",
  jp: "Try JMESPath expressions, with Kyverno's functions",
  create: "Write new files for policies and their tests",
  oci: "Push and pull policies as images of OCI registries; find and mend broken attachments",
  fix: "Rewrite policies and tests in the form of today",
  attach: "Attach what was signed or made elsewhere",
  bundle: "Make, show and upgrade Sigstore bundles",
  download: "Print what stands beside an image",
  upload: "Upload files to a registry",
  manifest: "Work with the images of Kubernetes manifests",
  dockerfile: "Work with the images of Dockerfiles",
  "key-ring": "Keep whom to trust and when: keys, identities, and their rotation",
  "signing-config": "Write down which services sign",
  "trusted-root": "Write down whom to trust: authorities and logs",
};

function groupOf(program: Command, name: string, shell: Shell): Command {
  const found = program.commands.find((command) => command.name() === name);
  if (found !== undefined) return found;
  const group = prepare(new Command(name), shell).description(GROUPS[name] ?? "");
  program.addCommand(group);
  return group;
}

function prepare(command: Command, shell: Shell): Command {
  return command
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => void shell.stdout.write(text),
      writeErr: (text) => void shell.stderr.write(text),
    });
}

/** What a verb is called from. */
interface Surroundings {
  readonly program: Command;
  readonly shell: Shell;
  readonly finish: (exit: number) => void;
  readonly loadProgram: () => Promise<Command>;
}

function declareVerb(command: Command, verb: Verb, { program, shell, finish, loadProgram }: Surroundings): void {
  for (const word of verb.positional) command.argument(word);
  verb.declare(command);
  if (verb.registry) declareRegistryFlags(command, verb);
  declareTimeout(command, verb);
  command.action(async () => {
    const globals = program.opts<GlobalFlags>();
    const flags = command.opts<Record<string, unknown>>();
    const failure = {
      // Only for one who asked for JSON: the default of some verbs is JSON too, and their errors are for people.
      json: flags["output"] === "json" && command.getOptionValueSource("output") === "cli",
      verbose: globals.verbose === true,
      ...(verb.exitCodes === undefined ? {} : { exitCodes: verb.exitCodes }),
    };
    const offline = globals.offline === true;
    const isForAll =
      verb.staysUp !== true && verb.timesRequests !== true && command.getOptionValueSource("timeout") === "cli";
    const stopping = createStopping(shell, isForAll ? flags["timeout"] : undefined);
    try {
      const world = createWorld({
        ...(flags as Partial<WorldConfiguration>),
        offline,
        env: shell.env,
        ...(verb.staysUp === true ? {} : { interruption: stopping.signal }),
        imageArguments: verb.imagesOf?.(flags, command.args) ?? command.args,
      });
      const { outputFile } = globals;
      let output: OutputFile | undefined;
      try {
        output = outputFile === undefined ? undefined : openOutputFile(outputFile);
        const terminal = createTerminal(output === undefined ? shell : { ...shell, stdout: output }, globals);
        finish(await verb.run({ terminal, env: shell.env, world, loadProgram }, command.args, flags));
      } finally {
        output?.close();
        await world.close();
      }
      // What was asked for may be done in part, and a verb that goes on after a failure does not know why it failed.
      const reason = stopping.reason();
      if (reason !== undefined) throw reason;
    } catch (error) {
      finish(reportFailure(stopping.reason() ?? error, shell, failure));
    } finally {
      stopping.release();
    }
  });
}

/** cosign has --timeout on every verb, so those without registry flags have it, too; a verb of Kyverno's has its own -t. */
function declareTimeout(command: Command, { staysUp }: Verb): void {
  const isFree = (flag: string): boolean => !command.options.some(({ short, long }) => short === flag || long === flag);
  if (staysUp === true || !isFree("--timeout")) return;
  command.option(`${isFree("-t") ? "-t, " : ""}--timeout <duration>`, "for the whole command");
}

function declareRegistryFlags(command: Command, verb: Verb): void {
  const isForRequests = verb.staysUp === true || verb.timesRequests === true;
  // cosign's -t is the time; a verb of Kyverno's has its own.
  const short = command.options.some((option) => option.short === "-t") ? "" : "-t, ";
  command
    .option("--allow-http-registry", "plain HTTP for registries that are not on this machine")
    .option("--allow-insecure-registry", "do not check the registry's TLS certificate")
    .option("--registry-username <name>")
    .option("--registry-password <password>")
    .option("--registry-token <token>", "a bearer token")
    .option("--registry-host <host>", "the registry these credentials are for, when the arguments do not name just one")
    .option("--registry-cacert <file>", "trust this CA for the registry")
    .option("--registry-client-cert <file>")
    .option("--registry-client-key <file>")
    .option("--registry-server-name <name>")
    .option(
      "--k8s-keychain",
      "also ask the clouds' credential helpers for their registries, and GITHUB_TOKEN for ghcr.io",
    )
    .option(
      "--registry-pull-secret <namespace/name>",
      "log in with a Secret of the cluster, as the kubelet does; may be repeated",
      collect,
    )
    .option(
      "--registries-conf <file>",
      "registries and their mirrors as containers-registries.conf has them; \"system\" for the user's or the system's own file",
    )
    .option(
      `${short}--timeout <duration>`,
      `for one request with its answer${isForRequests ? "" : "; one that is given here is for the whole command, too"}`,
      "3m",
    );
}
