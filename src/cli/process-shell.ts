import { dirname, join, relative } from "node:path";
import { interruptionOf } from "./interruption.ts";
import { createQuestions } from "./questions.ts";
import type { Shell } from "./terminal.ts";

/** The exit code of a program whose reader went away: what shells show for SIGPIPE, and never 0. */
const BROKEN_PIPE = 141;

/** The process as a shell for the command line. A closed pipe (`amap sbom … | head`) ends the run without a trace. */
export function processShell(): Shell {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(BROKEN_PIPE);
      throw error;
    });
  }
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    program: programName(process.argv[1] ?? ""),
    // Standard input is touched by a question only: others read it by its path.
    questions: () => createQuestions(process.stdin, process.stderr, () => void process.kill(process.pid, "SIGINT")),
    interruption: interruptionOf(process),
  };
}

/** How to call the program again: `amap` where it is installed, its path from here in a checkout. */
function programName(script: string): string {
  if (script.includes("node_modules") || script === "") return "amap";
  const path = relative(process.cwd(), join(dirname(script), "amap"));
  return path.startsWith("..") ? script : path;
}
