import type { Command } from "commander";
import { printable } from "../../report/index.ts";
import { collect } from "../flags.ts";
import type { VerbContext } from "../verb.ts";

/** Notes that are told one by one. */
const TOLD = 20;

/** Declares `--reachability`. */
export function declareReachability(command: Command): void {
  command.option(
    "--reachability <file>",
    "what `govulncheck -format json` or openvex wrote: shown as evidence beside Go findings, and answers none; may be repeated",
    collect,
  );
}

/** Tells what was given and says nothing about the findings, and why. */
export function noteReachability({ terminal }: VerbContext, notes: readonly string[]): void {
  for (const note of notes.slice(0, TOLD)) terminal.note(printable(note));
  if (notes.length > TOLD) terminal.note(`and ${notes.length - TOLD} more that say nothing here`);
}
