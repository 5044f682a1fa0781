import type { Command } from "commander";
import {
  APPROVAL_MODES,
  type ApprovalOptions,
  type LoadedDecisions,
  loadDecisions,
  type UsedDecisions,
} from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { type DecisionsNote, printable } from "../../report/index.ts";
import { choiceOf, collect, textOf, textsOf } from "../flags.ts";
import type { Flags, VerbContext } from "../verb.ts";

/** Decisions that do not count are told one by one up to so many. */
const TOLD = 20;

/** Declares what says how sure approvals of decisions must be. */
export function declareApprovals(command: Command): void {
  command
    .option(
      "--approvals <proof>",
      "proven (by git or a forge), stated (by the file) or none: what a decision needs that closes a finding (default: proven)",
    )
    .option("--allowed-signers <file>", "whose SSH key signs commits, as git's gpg.ssh.allowedSignersFile")
    .option("--forge-data <file>", "pull or merge requests with reviews and commits, exported from a forge", collect)
    .option("--approver <person>", "who may approve; may be repeated (default: whoever can prove it)", collect)
    .option("--same-person <names>", "names of one person: alice@example.com=github:alice; may be repeated", collect)
    .option("--repository <folder>", "the checkout that the decisions lie in (default: the nearest one of their path)");
}

/**
 * How sure approvals must be.
 * @throws {AmapError} USAGE
 */
export function readApprovalFlags(flags: Flags): ApprovalOptions {
  const mode = choiceOf(flags, "approvals", "--approvals", APPROVAL_MODES, "proven");
  const allowedSigners = textOf(flags, "allowedSigners");
  const repository = textOf(flags, "repository");
  const approvers = textsOf(flags, "approver");
  return {
    mode,
    forgeData: textsOf(flags, "forgeData"),
    people: textsOf(flags, "samePerson").map(readNames),
    ...(allowedSigners === undefined ? {} : { allowedSigners }),
    ...(approvers.length === 0 ? {} : { approvers }),
    ...(repository === undefined ? {} : { repository }),
  };
}

/**
 * The names of one person in `--same-person`.
 * @throws {AmapError} USAGE
 */
export function readNames(text: string): readonly string[] {
  const names = text.split("=").map((name) => name.trim());
  if (names.length >= 2 && names.every((name) => name !== "")) return names;
  throw new AmapError("USAGE", `--same-person: expected names of one person with = between them, found "${text}"`);
}

/**
 * The decisions that `--decisions` names, with who approved them; undefined where none are named. No file counts that
 * merely lies in the folder.
 * @throws {AmapError} USAGE, and those of loadDecisions
 */
export async function loadDecisionFlags(context: VerbContext, flags: Flags): Promise<LoadedDecisions | undefined> {
  const options = readApprovalFlags(flags);
  const path = textOf(flags, "decisions");
  return path === undefined ? undefined : loadDecisions(context.world, path, options);
}

/** Tells which decisions do not count, and why, and sums it up for the report. */
export function noteDecisions(
  { terminal }: VerbContext,
  { file, judged }: Pick<UsedDecisions, "file" | "judged">,
): DecisionsNote {
  const { path, digest, approvals } = file;
  const notCounted = judged
    .filter(({ state }) => state !== "counts")
    .map(({ decision, index, state, reasons }) => ({ decision: index, finding: decision.finding, state, reasons }));
  for (const each of notCounted.slice(0, TOLD))
    terminal.note(
      printable(
        `${path}: decisions[${each.decision}] ${each.finding} does not count (${each.state}): ${each.reasons.join("; ")}`,
      ),
    );
  if (notCounted.length > TOLD) terminal.note(`${path}: ${notCounted.length - TOLD} more do not count, all in -o json`);
  const counted = judged.length - notCounted.length;
  terminal.note(
    printable(`${path} (${digest}): ${counted} of ${judged.length} decisions count, approvals ${approvals}`),
  );
  return { file: path, digest, approvals, counted, notCounted };
}
