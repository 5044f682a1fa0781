import { DECISION_TOOLS, DECISIONS_PATH, type ImportedDecision, importDecisions } from "../../app/index.ts";
import { AmapError, isDigest } from "../../base/index.ts";
import { choiceOf, collect, isOn, pathOfInput, requireText, textOf, textsOf } from "../flags.ts";
import type { Flags, Verb } from "../verb.ts";
import { declareReport, putReport } from "./sbom-output.ts";

/** What an outcome is called, the one that somebody has to look at first. */
const WORDS: Readonly<Record<ImportedDecision["became"], string>> = {
  not_said: "not taken over",
  draft: "draft, lacks something",
  added: "added",
  decided: "decided already",
  expired: "expired",
  undecided: "nothing decided",
};

/** `amap decisions import`. */
export const decisionsImport: Verb = {
  positional: ["<file...>"],
  registry: false,
  declare: (command) => {
    command
      .option("--from <tool>", `auto, ${DECISION_TOOLS.join(", ")} (default: auto, by each file's name)`)
      .requiredOption("--author <person>", "who takes the entries over: an e-mail address")
      .option("--owner <person>", "whose risk it is that the entries take")
      .option(
        "--product <purl-or-digest>",
        "what the entries are about; may be repeated (default: whatever artifact the file of decisions is used for)",
        collect,
      )
      .option("--file <file>", `the file of decisions (default: ${DECISIONS_PATH})`)
      .option("--dry-run", "tell what would become of every entry, and write nothing");
    declareReport(command);
  },
  run: async (context, paths, flags) => {
    const from = choiceOf(flags, "from", "--from", ["auto", ...DECISION_TOOLS], "auto");
    const owner = textOf(flags, "owner");
    const file = textOf(flags, "file") ?? DECISIONS_PATH;
    const isTrial = isOn(flags, "dryRun");
    const { entries, added } = await importDecisions(context.world, paths.map(pathOfInput), {
      ...(from === "auto" ? {} : { tool: from }),
      author: requireText(flags, "author", "--author"),
      ...(owner === undefined ? {} : { owner }),
      products: productsIn(flags),
      file,
      isTrial,
    });
    putReport(context, flags, {
      value: { file, added, entries },
      tables: [
        {
          title: "",
          header: ["entry", "about", "became", "status", "why"],
          rows: entries
            .filter(({ became }) => became !== "undecided")
            .map(({ source, place, about, became, reasons, decision }) => [
              `${source}: ${place}`,
              about,
              WORDS[became],
              decision?.status ?? "",
              reasons.join("; "),
            ]),
        },
      ],
      summary: summarise(entries, isTrial ? "nothing was written (--dry-run)" : `${added} entries added to ${file}`),
    });
    if (added > 0)
      context.terminal.note(
        "Nobody has approved these entries, and drafts lack something: see `amap decisions check`, and have another person approve.",
      );
    return 0;
  },
};

function summarise(entries: readonly ImportedDecision[], outcome: string): string {
  const counts = Object.entries(WORDS).flatMap(([word, name]) => {
    const count = entries.filter(({ became }) => became === word).length;
    return count === 0 ? [] : [`${count} ${name}`];
  });
  return `${entries.length} entries: ${counts.join(", ") || "none"}; ${outcome}`;
}

/**
 * What `--product` names.
 * @throws {AmapError} USAGE
 */
export function productsIn(flags: Flags): readonly string[] {
  const products = textsOf(flags, "product");
  const wrong = products.find((product) => !isDigest(product) && !product.startsWith("pkg:"));
  if (wrong === undefined) return products;
  throw new AmapError("USAGE", `--product: expected a package URL (pkg:…) or a digest, found "${wrong}"`);
}
