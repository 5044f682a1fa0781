import type { Command } from "commander";
import { type explainDocuments, inertStatements, parseMoment } from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { printable } from "../../report/index.ts";
import { collectList, textOf, textsOf } from "../flags.ts";
import type { Flags, VerbContext } from "../verb.ts";

export const STATUSES = ["affected", "under_investigation", "not_affected", "fixed"] as const;
const MAX_TOLD = 20;

/** Declares which statements are kept. */
export function declareQuery(command: Command): void {
  command
    .option("-v, --vulnerability <id>", "only statements about it, by any of its names; may be repeated", collectList)
    .option(
      "-p, --product <purl>",
      "only statements about this product: its id, or a package URL as a pattern",
      collectList,
    )
    .option("--component <purl>", "only statements about this subcomponent, in the same way", collectList)
    .option("--status <status>", `only statements of this status: ${STATUSES.join(", ")}`, collectList)
    .option("--since <time>", "only statements of this time or later: 2026-01-31, or RFC 3339")
    .option("--until <time>", "only statements of this time or earlier");
}

/**
 * Which statements are kept.
 * @throws {AmapError} USAGE
 */
export function readQuery(flags: Flags, authors: readonly string[]) {
  const [since, until] = (["since", "until"] as const).map((name) => {
    const text = textOf(flags, name);
    return text === undefined ? undefined : parseMoment(text, `--${name}`);
  });
  return {
    vulnerabilities: textsOf(flags, "vulnerability"),
    products: textsOf(flags, "product"),
    components: textsOf(flags, "component"),
    statuses: textsOf(flags, "status").map((text) => readStatus(text)),
    authors,
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}

export function readStatus(text: string): (typeof STATUSES)[number] {
  const status = STATUSES.find((each) => each === text);
  if (status === undefined)
    throw new AmapError("USAGE", `--status: expected one of ${STATUSES.join(", ")}, found "${text}"`);
  return status;
}

/** Warns of statements that match nothing, and counts them. */
export function noteInert(
  context: Pick<VerbContext, "terminal">,
  statements: ReturnType<typeof explainDocuments>["statements"],
): number {
  const { count, near, notFound } = inertStatements(statements);
  noteSome(
    context,
    near.map((line) => `warning: ${line}`),
    "statements match nothing",
  );
  if (notFound > 0)
    context.terminal.note(
      `warning: ${notFound} statements match nothing: their vulnerabilities were not found (\`amap vex explain\` lists them)`,
    );
  return count;
}

/** Tells some of many, and how many more there are. */
export function noteSome({ terminal }: Pick<VerbContext, "terminal">, lines: readonly string[], what: string): void {
  for (const line of lines.slice(0, MAX_TOLD)) terminal.note(printable(line));
  if (lines.length > MAX_TOLD) terminal.note(`and ${lines.length - MAX_TOLD} more ${what}`);
}
