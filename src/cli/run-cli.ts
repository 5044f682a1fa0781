import { Command, CommanderError } from "commander";
import { createWorld, VERSION } from "../wiring/index.ts";
import { createTerminal, type GlobalFlags, reportFailure, type Shell } from "./terminal.ts";
import type { RegistryFlags, Verb } from "./verb.ts";
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
    await program.parseAsync(words, { from: "user" });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

function createProgram(shell: Shell, finish: (exit: number) => void): Command {
  const program = new Command("amap")
    .description("Produces, attests, enforces and shows the metadata of Kubernetes artifacts.")
    .version(VERSION, "--version", "print the version")
    .option("--quiet", "only results and errors")
    .option("--verbose", "with stack traces of errors")
    .option("--no-color", "no colours")
    .option("--offline", "open no network socket; anything that needs one is an error")
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => void shell.stdout.write(text),
      writeErr: (text) => void shell.stderr.write(text),
    })
    .exitOverride();
  for (const verb of VERBS) program.addCommand(createCommand(verb, program, shell, finish));
  return program;
}

function createCommand(verb: Verb, program: Command, shell: Shell, finish: (exit: number) => void): Command {
  const command = new Command(verb.name).description(verb.summary).exitOverride().showSuggestionAfterError();
  command.configureOutput({
    writeOut: (text) => void shell.stdout.write(text),
    writeErr: (text) => void shell.stderr.write(text),
  });
  for (const word of verb.positional) command.argument(word);
  verb.declare(command);
  if (verb.registry) declareRegistryFlags(command);
  command.action(async () => {
    const globals = program.opts<GlobalFlags>();
    const flags = command.opts<Record<string, unknown>>();
    const terminal = createTerminal(shell, globals);
    try {
      const openWorld = (registry: RegistryFlags) =>
        createWorld({ ...registry, offline: globals.offline === true, env: shell.env });
      finish(await verb.run({ terminal, env: shell.env, openWorld }, command.args, flags));
    } catch (error) {
      finish(reportFailure(error, shell, { json: flags["output"] === "json", verbose: globals.verbose === true }));
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
    .option("--timeout <duration>", "for the whole command, e.g. 3m", "3m");
}
