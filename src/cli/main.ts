import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

process.exitCode = await runCli(
  process.argv.slice(2),
  { stdout: process.stdout, stderr: process.stderr, env: process.env },
  VERBS,
);
