import {
  explainDocuments,
  inertStatements,
  markPlatforms,
  productOfSbom,
  readFindings,
  readVexFile,
  sbomWithOrigin,
  scanSbom,
} from "../../app/index.ts";
import { AmapError, isDigest } from "../../base/index.ts";
import { describePlatformAnswers, printable } from "../../report/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { collect, collectList, isOn, pathOfInput, refuseSharedInput, textOf, textsOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { databasePathOf, declareDatabase, openDatabase } from "./advisory-database.ts";
import { declareReport, noteUnverified, putReport, type ReportTable } from "./sbom-output.ts";
import { describeConflict } from "./vex-merge.ts";

const TOOL = { name: "amap", version: VERSION };

type Explanation = ReturnType<typeof explainDocuments>;
type Explained = Parameters<typeof explainDocuments>[1];

/** `amap vex explain`. */
export const vexExplain: Verb = {
  positional: ["<vex...>"],
  registry: true,
  imagesOf: (flags, words) => {
    const artifact = artifactOf(flags, words).artifact;
    return artifact === undefined ? [] : [artifact];
  },
  declare: (command) => {
    command
      .option(
        "--artifact <artifact>",
        "what was or will be scanned: an image, a folder, an SBOM; also as the last word",
      )
      .option("--sbom <file>", "its SBOM, which is scanned")
      .option("--scan <file>", "an earlier scan: `amap scan -o json`, or a cosign-vuln or in-toto vulns predicate")
      .option("--product <purl-or-digest>", "what was scanned, for --scan; may be repeated", collect)
      .option("-v, --vulnerability <id>", "show what is about it only; may be repeated", collectList)
      .option("--strict", "exit 1 where a statement matches nothing");
    declareDatabase(command, "advisory database to scan with");
    declareReport(command);
  },
  run: async (context, words, flags) => {
    const { world, terminal } = context;
    const { files, artifact } = artifactOf(flags, words);
    refuseSharedInput([...files.map((file) => ["a document", file] as const), ["--scan", textOf(flags, "scan")]]);
    const documents = [];
    for (const file of files)
      documents.push(await readVexFile(world, pathOfInput(file), (message) => terminal.note(printable(message))));
    const request = await readRequest(context, artifact, flags);
    const explained = selectVulnerabilities(explainDocuments(documents, request), textsOf(flags, "vulnerability"));
    putReport(context, flags, {
      value: explained,
      tables: [statementTable(explained), findingTable(explained), conflictTable(explained)],
      summary: summaryOf(explained),
    });
    const { count } = inertStatements(explained.statements);
    if (count === 0) return 0;
    terminal.note(`${isOn(flags, "strict") ? "" : "warning: "}${count} statements match nothing`);
    return isOn(flags, "strict") ? 1 : 0;
  },
};

/** The documents, and what they are held against where it is not an SBOM or a scan. */
function artifactOf(
  flags: Flags,
  words: readonly string[],
): { files: readonly string[]; artifact: string | undefined } {
  const named = ["artifact", "sbom", "scan"].filter((name) => textOf(flags, name) !== undefined);
  if (named.length > 1) throw new AmapError("USAGE", "only one of --artifact, --sbom and --scan can be given");
  if (named.length === 1) return { files: words, artifact: textOf(flags, "artifact") ?? textOf(flags, "sbom") };
  if (words.length < 2) {
    throw new AmapError("USAGE", "expected documents and what they are held against", {
      hint: "Give an artifact as the last word, or --sbom FILE, or --scan FILE.",
    });
  }
  return { files: words.slice(0, -1), artifact: words.at(-1) };
}

async function readRequest(context: VerbContext, artifact: string | undefined, flags: Flags): Promise<Explained> {
  const { world, terminal } = context;
  const now = world.clock.now();
  const products = textsOf(flags, "product");
  const stated = { purls: products.filter((each) => !isDigest(each)), digests: products.filter(isDigest) };
  const scan = textOf(flags, "scan");
  if (scan !== undefined) return { findings: await readFindings(world, pathOfInput(scan)), product: stated, now };
  const database = await openDatabase(world, databasePathOf(context, flags));
  const snapshot = await database.snapshot();
  try {
    noteUnverified(context, artifact ?? "");
    const { sbom, platforms } = await sbomWithOrigin(world, artifact ?? "", TOOL);
    const { findings: found, notLookedAt } = await scanSbom(world, sbom, snapshot, TOOL);
    const findings = platforms === undefined ? found : markPlatforms(found, sbom, platforms);
    if (notLookedAt.length > 0) terminal.note(`${notLookedAt.length} gaps: \`amap scan\` tells what was not looked at`);
    const own = productOfSbom(sbom, platforms);
    const product = { ...own, purls: [...own.purls, ...stated.purls], digests: [...own.digests, ...stated.digests] };
    return { findings, product, sbom, now };
  } finally {
    await snapshot.close();
    await database.close();
  }
}

function selectVulnerabilities(explained: Explanation, names: readonly string[]): Explanation {
  if (names.length === 0) return explained;
  const asked = new Set(names.map((name) => name.toUpperCase()));
  const isAsked = ({ vulnerability }: { readonly vulnerability: string }): boolean =>
    asked.has(vulnerability.toUpperCase());
  return {
    statements: explained.statements.filter((statement) => isAsked(statement) || statement.examples.some(isAsked)),
    findings: explained.findings.filter(
      ({ finding }) => isAsked(finding) || finding.aliases.some((vulnerability) => isAsked({ vulnerability })),
    ),
    conflicts: explained.conflicts.filter(isAsked),
  };
}

function statementTable({ statements }: Explanation): ReportTable {
  return {
    title: "Statements",
    header: ["document", "#", "vulnerability", "status", "outcome", "why"],
    rows: statements.map(({ source, index, vulnerability, status, outcome, decides, matches, ...rest }) => [
      source,
      String(index + 1),
      vulnerability,
      status,
      outcome,
      whyOf({ outcome, decides, matches, ...rest }),
    ]),
  };
}

type Why = Pick<
  Explanation["statements"][number],
  "outcome" | "decides" | "matches" | "examples" | "supersededBy" | "miss"
>;

function whyOf({ outcome, decides, matches, examples, supersededBy, miss }: Why): string {
  const [first] = examples;
  const where = first === undefined ? "" : ` (${first.purl}${matches > 1 ? ` and ${matches - 1} more` : ""})`;
  if (outcome === "decides") return `decides ${decides} of the ${matches} findings that it speaks of${where}`;
  if (supersededBy !== undefined)
    return `${supersededBy.source}: statement ${supersededBy.index + 1} decides${where}: ${supersededBy.reason}`;
  const suggestion = miss?.suggestion === undefined ? "" : `; ${miss.suggestion}`;
  return `${miss?.message ?? ""}${suggestion}`;
}

function findingTable({ findings }: Explanation): ReportTable {
  return {
    title: "Findings",
    header: ["vulnerability", "component", "answer", "by", "others"],
    rows: findings.map(({ finding, decidedBy, lost, lostCount }) => [
      finding.vulnerability,
      finding.purl,
      answerWords(finding),
      decidedBy === null ? "" : `${decidedBy.source}: statement ${decidedBy.index + 1}`,
      [
        ...lost.map(({ source, index, status, reason }) => `${source}: statement ${index + 1} (${status}): ${reason}`),
        ...(lostCount > lost.length ? [`and ${lostCount - lost.length} more`] : []),
      ].join("; "),
    ]),
  };
}

function answerWords(finding: Explanation["findings"][number]["finding"]): string {
  const { statement, answered } = finding;
  if (finding.byPlatform !== undefined) return describePlatformAnswers(finding);
  return statement === null ? "open: no statement" : `${answered ? "answered" : "open"}: ${statement.status}`;
}

function conflictTable({ conflicts }: Explanation): ReportTable {
  return { title: "Conflicts", header: ["conflict"], rows: conflicts.map((conflict) => [describeConflict(conflict)]) };
}

function summaryOf({ statements, findings, conflicts }: Explanation): string {
  const count = (outcome: string): number => statements.filter((statement) => statement.outcome === outcome).length;
  const answered = findings.filter(({ finding }) => finding.answered).length;
  return `${statements.length} statements: ${count("decides")} decide, ${count("superseded")} are superseded, ${count("unmatched")} match nothing; ${answered} of ${findings.length} findings are answered; ${conflicts.length} conflicts`;
}
