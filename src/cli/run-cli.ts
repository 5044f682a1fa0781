import { Command, CommanderError } from "commander";
import { createWorld, VERSION, type WorldConfiguration } from "../wiring/index.ts";
import { createTerminal, type GlobalFlags, reportFailure, type Shell } from "./terminal.ts";
import type { Verb } from "./verb.ts";
import { VERBS } from "./verbs.ts";

/**
 * Runs the command line and returns its exit code: 0 done, allowed, clean; 1 denied or not verified; 2 wrong use;
 * 3 a needed service failed; 70 a bug. Never throws.
 */
export async function runCli(words: readonly string[], shell: Shell): Promise<number> {
  let exit = 0;
  const program = createProgram(shell, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync(spellOutBooleans(words, program), { from: "user" });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportFailure(error, shell, { json: false, verbose: words.includes("--verbose") });
  }
}

/**
 * Writes a bare `--flag` that may take `=false` as `--flag=true`: as in Go programs, a boolean never takes the next word.
 */
function spellOutBooleans(words: readonly string[], program: Command): readonly string[] {
  const leaves = program.commands.flatMap((command) => [command, ...command.commands]);
  const booleans = new Set(
    leaves.flatMap((command) => command.options.filter(({ optional }) => optional).map(({ long }) => long)),
  );
  const end = words.indexOf("--");
  return words.map((word, index) => (booleans.has(word) && (end === -1 || index < end) ? `${word}=true` : word));
}

/** The whole command line, for running it and for its reference page. */
export function createProgram(shell: Shell, finish: (exit: number) => void): Command {
  const program = prepare(new Command("amap"), shell)
    .description("Produces, attests, enforces and shows the metadata of Kubernetes artifacts.")
    .version(VERSION, "--version", "print the version")
    .option("--quiet", "only results and errors")
    .option("--verbose", "with stack traces of errors")
    .option("--no-color", "no colours")
    .option("--offline", "open no network socket; anything that needs one is an error");
  for (const verb of VERBS) {
    const [first = "", second] = verb.name.split(" ");
    if (second === undefined) program.addCommand(createCommand(first, verb, program, shell, finish));
    else groupOf(program, first, shell).addCommand(createCommand(second, verb, program, shell, finish));
  }
  return program;
}

function groupOf(program: Command, name: string, shell: Shell): Command {
  const found = program.commands.find((command) => command.name() === name);
  if (found !== undefined) return found;
  const group = prepare(new Command(name), shell);
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

function createCommand(
  name: string,
  verb: Verb,
  program: Command,
  shell: Shell,
  finish: (exit: number) => void,
): Command {
  const command = prepare(new Command(name), shell).description(verb.summary);
  for (const word of verb.positional) command.argument(word);
  verb.declare(command);
  if (verb.registry) declareRegistryFlags(command);
  command.action(async () => {
    const globals = program.opts<GlobalFlags>();
    const flags = command.opts<Record<string, unknown>>();
    const failure = {
      json: flags["output"] === "json",
      verbose: globals.verbose === true,
      ...(verb.exitCodes === undefined ? {} : { exitCodes: verb.exitCodes }),
    };
    try {
      const world = createWorld({
        ...(flags as Partial<WorldConfiguration>),
        offline: globals.offline === true,
        env: shell.env,
      });
      try {
        finish(
          await verb.run({ terminal: createTerminal(shell, globals), env: shell.env, world }, command.args, flags),
        );
      } finally {
        await world.close();
      }
    } catch (error) {
      finish(reportFailure(error, shell, failure));
    }
  });
  return command;
}

function declareRegistryFlags(command: Command): void {
  command
    .option("--allow-http-registry", "plain HTTP for registries that are not on this machine")
    .option("--allow-insecure-registry", "do not check the registry's TLS certificate")
    .option("--registry-username <name>")
    .option("--registry-password <password>")
    .option("--registry-token <token>", "a bearer token")
    .option("--registry-cacert <file>", "trust this CA for the registry")
    .option("--registry-client-cert <file>")
    .option("--registry-client-key <file>")
    .option("--registry-server-name <name>")
    .option("-t, --timeout <duration>", "for one request with its answer", "3m");
}
