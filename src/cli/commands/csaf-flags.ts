import type { Command } from "commander";
import type { VexFacts } from "../../app/index.ts";
import { textOf } from "../flags.ts";
import type { Flags } from "../verb.ts";

/** Declares what CSAF demands of its publisher and a VEX document does not hold. */
export function declarePublisher(command: Command): void {
  command
    .option("--publisher-namespace <url>", "CSAF: a URL that the publisher is known by; needed for CSAF")
    .option("--publisher-name <name>", "CSAF: the publisher (default: the document's author)")
    .option(
      "--publisher-category <word>",
      "CSAF: coordinator, discoverer, other, translator, user or vendor (default: the author's role, else other)",
    )
    .option("--tracking-id <id>", "CSAF: the document's id below the namespace (default: the document's own)")
    .option("--title <text>", "CSAF: the document's title (default: VEX statements of the publisher)")
    .option("--tlp <label>", "CSAF: who may read it: CLEAR (2.0: WHITE), GREEN, AMBER, RED; needed for CSAF 2.1")
    .option("--language <tag>", "CSAF: the language of its texts, such as en");
}

/** What the user says of the publisher. */
export function readPublisher(flags: Flags): VexFacts {
  const facts = {
    publisherNamespace: textOf(flags, "publisherNamespace"),
    publisherName: textOf(flags, "publisherName"),
    publisherCategory: textOf(flags, "publisherCategory"),
    trackingId: textOf(flags, "trackingId"),
    title: textOf(flags, "title"),
    tlp: textOf(flags, "tlp"),
    language: textOf(flags, "language"),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, text]) => text !== undefined));
}
