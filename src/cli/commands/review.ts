import type { Command } from "commander";
import {
  type CreatedReview,
  createReview,
  encodeStatementFile,
  openSigner,
  reviewPredicate,
  reviewStatement,
  sourceSummaryStatement,
  toJsonBytes,
} from "../../app/index.ts";
import { AmapError, decodeUtf8, type Value } from "../../base/index.ts";
import { printable } from "../../report/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { choiceOf, collect, isOn, requireText, textOf, textsOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { readNames } from "./decision-flags.ts";
import { passwordOf } from "./keys.ts";

/** Commits that are named one by one. */
const TOLD = 50;

function declare(command: Command): void {
  command
    .option("--directory <folder>", "a repository of git (default: the working directory)")
    .option("--revision <revision>", "the branch, tag or commit that is told of (default: HEAD)")
    .option("--since <revision>", "leave out the commits that this branch, tag or commit stands on")
    .option("--protected-branch <name>", "the branch that changes go to (default: main)")
    .option("--repository <address>", "the repository's address (default: by the forge's data, or origin)")
    .option(
      "--forge-data <file>",
      "pull or merge requests with reviews and commits, branch protections; may be repeated",
      collect,
    )
    .option("--allowed-signers <file>", "whose SSH key signs commits, as git's gpg.ssh.allowedSignersFile")
    .option("--same-person <names>", "names of one person: alice@example.com=github:alice; may be repeated", collect)
    .option("--count-stale", "approvals of an earlier commit than the merged one count, too")
    .option("-o, --output <form>", "summary, predicate or statement (default: summary)")
    .option("--file <file>", "write it there instead of standard output")
    .option("--source-vsa <file>", "write a Source VSA (SLSA 1.2) there: a statement, or with --key a signed bundle")
    .option("--key <file>", "private key that signs the Source VSA")
    .option("--require-review", "exit with 1 when a commit was not reviewed by another person");
}

/** `amap review create`. */
export const reviewCreate: Verb = {
  positional: [],
  registry: false,
  declare,
  run: async (context, _, flags) => {
    const { world, terminal } = context;
    const form = choiceOf(flags, "output", "--output", ["summary", "predicate", "statement"], "summary");
    const signer = await signerOf(context, flags);
    const created = await createReview(world, {
      directory: textOf(flags, "directory") ?? ".",
      revision: textOf(flags, "revision") ?? "HEAD",
      branch: textOf(flags, "protectedBranch") ?? "main",
      forgeData: textsOf(flags, "forgeData"),
      people: textsOf(flags, "samePerson").map(readNames),
      countStale: isOn(flags, "countStale"),
      ...optional(flags, "since", "repository", "allowedSigners"),
    });
    for (const note of created.notes) terminal.note(printable(note));
    const { review } = created;
    const file = textOf(flags, "file");
    const bytes =
      form === "statement"
        ? await encodeStatementFile(reviewStatement(review), undefined)
        : toJsonBytes(form === "predicate" ? reviewPredicate(review) : summaryOf(created));
    if (file === undefined) terminal.result(decodeUtf8(bytes) ?? "");
    else await world.files.write(file, bytes);
    if (textOf(flags, "sourceVsa") !== undefined) {
      const statement = sourceSummaryStatement(created, { id: "urn:amap:verifier:cli", version: VERSION });
      const path = requireText(flags, "sourceVsa", "--source-vsa");
      await world.files.write(path, await encodeStatementFile(statement, signer));
    }
    return isOn(flags, "requireReview") && review.summary.unreviewed > 0 ? 1 : 0;
  },
};

function optional<K extends string>(flags: Flags, ...names: readonly K[]): Partial<Record<K, string>> {
  const found = names.flatMap((name) => {
    const value = textOf(flags, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found) as Partial<Record<K, string>>;
}

async function signerOf(
  context: VerbContext,
  flags: Flags,
): Promise<Awaited<ReturnType<typeof openSigner>> | undefined> {
  const key = textOf(flags, "key");
  if (key === undefined) return undefined;
  if (textOf(flags, "sourceVsa") === undefined) throw new AmapError("USAGE", "--key is only of use with --source-vsa");
  return openSigner(context.world, key, passwordOf(context));
}

/** What a person wants to know: the counts, what was not reviewed, and what the source track lacks. */
function summaryOf({ review, level, notes }: CreatedReview): Value {
  const { changes, branch, repository, revision, base, summary } = review;
  const unreviewed = changes.filter(({ reviewed }) => !reviewed);
  return {
    repository,
    revision,
    ...(base === undefined ? {} : { base }),
    branch: branch.name,
    summary: summary as unknown as Value,
    unreviewed: unreviewed.slice(0, TOLD).map(({ commit, authors, reviewers }) => ({
      commit,
      author: authors[0]?.email ?? authors[0]?.name ?? "",
      reviewers: reviewers.map(({ identity, how, flaws }) => `${identity} (${how}: ${flaws.join(", ")})`),
    })),
    ...(unreviewed.length > TOLD ? { moreUnreviewed: unreviewed.length - TOLD } : {}),
    sourceLevel: level as unknown as Value,
    notes,
  };
}
