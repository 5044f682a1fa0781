import { processShell } from "./process-shell.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

process.exitCode = await runCli(process.argv.slice(2), processShell(), VERBS);
