import {
  DECISIONS_PATH,
  listOpenFindings,
  productOf,
  readDecisionsIfThere,
  readReachability,
  readScanForTriage,
  readVexFile,
  scanForTriage,
  settles,
  type TriageItem,
  type TriageScan,
  TriageSession,
  toDecision,
} from "../../app/index.ts";
import { AmapError, isDigest } from "../../base/index.ts";
import { printable } from "../../report/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { collect, isOn, requireText, textOf, textsOf } from "../flags.ts";
import type { Questions } from "../questions.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { databasePathOf, declareDatabase, openDatabase } from "./advisory-database.ts";
import { productsIn } from "./decisions-import.ts";
import { declareReachability, noteReachability } from "./reachability-flags.ts";
import { declareReport, noteUnverified, putReport } from "./sbom-output.ts";
import { askWish } from "./triage-questions.ts";
import { describeItem } from "./triage-view.ts";

const TOOL = { name: "amap", version: VERSION };

/** `amap triage`. */
export const triage: Verb = {
  positional: ["[artifact]"],
  registry: true,
  declare: (command) => {
    declareDatabase(command, "advisory database, made by `amap db import`");
    command
      .option(
        "--scan <file>",
        "a scan instead of an artifact: its JSON output, or a cosign-vuln or in-toto vulns predicate",
      )
      .option("--decisions <file>", `the file that decisions are written to (default: ${DECISIONS_PATH})`)
      .option("--author <person>", "who decides: an e-mail address; needed to decide")
      .option("--vex <file>", "a VEX document that answers findings; may be repeated", collect)
      .option(
        "--product <purl-or-digest>",
        "what the decisions are about; may be repeated (default: the artifact in any version)",
        collect,
      )
      .option("--any-product", "the decisions are about whatever artifact their file is used for")
      .option("--list", "tell what is open, and ask nothing");
    declareReachability(command);
    declareReport(command);
  },
  run: async (context, [artifact], flags) => {
    const { terminal, world } = context;
    const isList = isOn(flags, "list");
    const questions = isList ? undefined : questionsOf(context);
    const author = isList ? "" : requireText(flags, "author", "--author");
    const file = textOf(flags, "decisions") ?? DECISIONS_PATH;
    const decisions = await readDecisionsIfThere(world, file);
    const scan = await readFindings(context, artifact, flags);
    noteReachability(context, scan.notes);
    const products = productsFor(flags, scan);
    const { items, decided, answered } = listOpenFindings(scan.findings, decisions, {
      product: scan.product,
      now: world.clock.now(),
    });
    const closed = answered + scan.closedBefore;
    const rest = `${decided} decided already in ${file}, ${closed} answered`;
    if (questions === undefined) {
      writeList(context, flags, { items, rest });
      return 0;
    }
    const about = products.length === 0 ? "whatever artifact the file is used for" : products.join(", ");
    terminal.note(printable(`${items.length} findings to decide (${rest}); the decisions are about ${about}`));
    const written = await askAll(context, questions, { items, file, author, products });
    terminal.note(`${written} decided, ${items.length - written} left open`);
    if (written > 0)
      terminal.note(
        printable(
          `Nobody has approved them yet: name another person in approvers, who brings the entries in a signed commit or approves the change, then: ${terminal.program} decisions check ${file}`,
        ),
      );
    return 0;
  },
};

/** Somebody to ask. */
function questionsOf({ terminal }: VerbContext): Questions {
  const questions = terminal.questions?.();
  if (questions?.isAnswered === true) return questions;
  throw new AmapError("USAGE", "there is no terminal to ask at", {
    hint: `Tell what is open with \`${terminal.program} triage --list\`, and write the decisions into the file (${DECISIONS_PATH}).`,
  });
}

async function readFindings(context: VerbContext, artifact: string | undefined, flags: Flags): Promise<TriageScan> {
  const { world, terminal } = context;
  const path = textOf(flags, "scan");
  if ((artifact === undefined) === (path === undefined))
    throw new AmapError("USAGE", "expected either an artifact or --scan with a file");
  const stated = productsIn(flags);
  const documents = await Promise.all(
    textsOf(flags, "vex").map((name) => readVexFile(world, name, (message) => terminal.note(printable(message)))),
  );
  const reachability = await readReachability(world, textsOf(flags, "reachability"));
  if (path !== undefined) {
    const products = { purls: stated.filter((name) => !isDigest(name)), digests: stated.filter(isDigest) };
    return readScanForTriage(world, path, { documents, reachability, products });
  }
  const database = await openDatabase(world, databasePathOf(context, flags));
  try {
    noteUnverified(context, artifact ?? "");
    return await scanForTriage(world, artifact ?? "", { database, tool: TOOL, documents, reachability });
  } finally {
    await database.close();
  }
}

function productsFor(flags: Flags, { product }: TriageScan): readonly string[] {
  const stated = productsIn(flags);
  if (!isOn(flags, "anyProduct")) return stated.length > 0 ? stated : productOf(product);
  if (stated.length > 0) throw new AmapError("USAGE", "--product and --any-product contradict each other");
  return [];
}

interface Work {
  readonly items: readonly TriageItem[];
  readonly file: string;
  readonly author: string;
  readonly products: readonly string[];
}

/** Goes through the findings, and returns how many of them a decision was written about. */
async function askAll({ world, terminal }: VerbContext, questions: Questions, work: Work): Promise<number> {
  const { items, file, author, products } = work;
  const session = new TriageSession(world, file);
  const written: { readonly at: number; readonly decision: ReturnType<typeof toDecision>["decision"] }[] = [];
  const isSettled = (item: TriageItem): boolean => written.some(({ decision }) => settles(decision, item));
  for (let at = 0; at < items.length; ) {
    const item = items[at] as TriageItem;
    if (isSettled(item)) {
      at += 1;
      continue;
    }
    // What a document says is made printable line by line; the question is written as it is.
    let head = `\n[${at + 1}/${items.length}] ${describeItem(item).map(printable).join("\n  ")}\n`;
    const wish = await askWish((question) => {
      const whole = `${head}${question}`;
      head = "";
      return questions.line(whole);
    }, item);
    if (wish.kind === "quit") break;
    if (wish.kind === "skip") at += 1;
    if (wish.kind === "again") terminal.note(wish.reason);
    if (wish.kind === "back") {
      const outcome = await session.undo();
      if (outcome === "undone") at = written.pop()?.at ?? at;
      else if (outcome === "none") terminal.note("there is nothing to take back");
      else terminal.note(printable(`${file} was changed by somebody else: nothing is taken back`));
    }
    if (wish.kind !== "decide") continue;
    const { decision, problems } = toDecision(item, wish.answers, { author, products, now: world.clock.now() });
    const problem = problems.length > 0 ? problems.join("; ") : await session.write(decision, item);
    if (problem === undefined) {
      written.push({ at, decision });
      terminal.note(printable(`written to ${file}`));
    } else terminal.note(printable(`not written: ${problem}`));
  }
  return items.filter(isSettled).length;
}

function writeList(
  context: VerbContext,
  flags: Flags,
  { items, rest }: { readonly items: readonly TriageItem[]; readonly rest: string },
): void {
  putReport(context, flags, {
    value: { open: items },
    tables: [
      {
        title: "",
        header: ["severity", "vulnerability", "component", "version", "fixed in", "KEV", "EPSS", "known"],
        rows: items.map(({ finding, drafts }) => [
          finding.severity,
          finding.vulnerability,
          finding.component,
          finding.version,
          finding.fixedVersions.join(", ") || "–",
          finding.kev === undefined ? "" : "exploited",
          finding.epss === undefined ? "" : `${(finding.epss.probability * 100).toFixed(1)}%`,
          [...drafts.map(({ decision }) => `draft: ${decision.status}`), finding.reachability?.[0]?.says ?? ""]
            .filter((text) => text !== "")
            .join("; "),
        ]),
      },
    ],
    summary: `${items.length} findings are open, ${rest}`,
  });
}
