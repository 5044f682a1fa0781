import pc from "picocolors";
import { AmapError, ERROR_CODES, isAmapError, writeJson } from "../base/index.ts";
import { type Paint, PLAIN, printable, printableExcerpt } from "../report/index.ts";
import type { Questions } from "./questions.ts";

/** Where the program writes, and what surrounds it; given by main, or by a test. */
export interface Shell {
  readonly stdout: { write(text: string): unknown; readonly columns?: number; readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How to call the program again, for messages; `amap` when left out. */
  readonly program?: string;
  /** How questions are asked; nobody answers when left out. */
  readonly questions?: () => Questions;
  /** Gives the signal that is aborted, with an AmapError as its reason, when the run is told to stop. */
  readonly interruption?: () => AbortSignal;
}

/** The flags that every verb has. */
export interface GlobalFlags {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color?: boolean;
  readonly offline?: boolean;
  readonly outputFile?: string;
}

/** How a verb talks: results on stdout, everything else on stderr. */
export interface Terminal {
  readonly paint: Paint;
  readonly width: number;
  readonly isTerminal: boolean;
  readonly program: string;
  /** How questions are asked; absent where nobody answers. */
  readonly questions?: () => Questions;
  result(text: string): void;
  /** A message; control characters from documents are made visible, so a message has no colours. */
  note(text: string): void;
  /** A finished step of something longer. */
  step(name: string, text: string): void;
}

/** A terminal that honours NO_COLOR, FORCE_COLOR, CI, --no-color and --quiet. */
export function createTerminal(shell: Shell, flags: GlobalFlags): Terminal {
  const { stdout, stderr, env } = shell;
  const wanted =
    flags.color !== false &&
    env["NO_COLOR"] === undefined &&
    (stdout.isTTY === true || (env["FORCE_COLOR"] ?? "") !== "");
  const colors = pc.createColors(wanted);
  const paint: Paint = wanted
    ? { good: colors.green, bad: colors.red, warn: colors.yellow, dim: colors.dim, strong: colors.bold }
    : PLAIN;
  return {
    paint,
    width: stdout.columns ?? widthOf(env["COLUMNS"]),
    program: shell.program ?? "amap",
    ...(shell.questions === undefined ? {} : { questions: shell.questions }),
    isTerminal: stdout.isTTY === true,
    result: (text) => void stdout.write(text),
    note: (text) => {
      if (flags.quiet !== true) stderr.write(`${printableLines(text)}\n`);
    },
    step: (name, text) => {
      if (flags.quiet !== true)
        stderr.write(`${paint.good("✔")} ${paint.strong(name.padEnd(12))} ${printableLines(text)}\n`);
    },
  };
}

/** The exit code of a run that a signal has stopped: each signal has its own. */
function signalExit({ code, details }: AmapError): number | undefined {
  const { exitCode } = details;
  return code === "INTERRUPTED" && typeof exitCode === "number" ? exitCode : undefined;
}

/**
 * Writes what ended a verb and returns its exit code: the message, the code, the next step and where to read more; as
 * one JSON object when the verb's output is JSON. A stack trace is shown with --verbose only.
 */
export function reportFailure(
  error: unknown,
  shell: Shell,
  options: {
    readonly json: boolean;
    readonly verbose: boolean;
    readonly exitCodes?: Readonly<Partial<Record<string, number>>>;
  },
): number {
  const failure = isAmapError(error)
    ? error
    : new AmapError("BUG", error instanceof Error ? error.message : String(error), { cause: error });
  const exit = signalExit(failure) ?? options.exitCodes?.[failure.code] ?? ERROR_CODES[failure.code].exit;
  if (options.json) {
    shell.stderr.write(`${writeJson({ code: failure.code, message: failure.message, hint: failure.hint, exit })}\n`);
  } else {
    shell.stderr.write(
      `error: ${printableExcerpt(failure.message)}\n  code  ${failure.code}\n  next  ${printable(failure.hint)}\n  docs  docs/reference/errors.md\n`,
    );
  }
  if (options.verbose)
    shell.stderr.write(`${printableLines(traceOf(isAmapError(error) ? error : (failure.cause ?? failure)))}\n`);
  return exit;
}

/** Columns of output that is not a terminal: what COLUMNS says, within reason. */
function widthOf(columns: string | undefined): number {
  const width = Number(columns);
  return Number.isSafeInteger(width) && width >= 40 && width <= 1000 ? width : 110;
}

function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by ${traceOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
