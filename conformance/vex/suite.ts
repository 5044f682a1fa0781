/** VEX of other tools' tests: which findings are answered, which package URLs match, and which documents are read. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  type AnswerInput,
  answerFindings,
  type DependencyGraph,
  explainVex,
  type Finding,
  matchesPackage,
  readVexDocument,
  type TrustedVexDocument,
  type VexDocument,
  type VexSubject,
} from "../../src/metadata/index.ts";
import {
  type CaseResult,
  judgeCase,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";

const SUITE = "vex";
/** Files of VEX repositories that list documents, and the SBOM beside a VEX document: none of them is VEX. */
const NO_VEX = new Set(["index.json", "vex-repository.json", "sbom.spdx.json", "manifest.json"]);

interface VexCase {
  readonly id: string;
  readonly docs: readonly string[];
  readonly product: {
    readonly image?: string;
    readonly arch?: string;
    readonly graph?: { readonly root: string; readonly edges: readonly (readonly [string, string])[] };
    readonly serialNumber?: string;
    readonly bomRef?: string;
  };
  readonly findings: readonly { readonly vuln: string; readonly purl: string }[];
  readonly expect_suppressed: readonly string[];
  readonly error?: boolean;
  /** grype's own choice of statements that may suppress. */
  readonly rules?: readonly {
    readonly status?: string;
    readonly vulnerability?: string;
    readonly justification?: string;
  }[];
}

/** Runs the cases, the table of package URLs and every document. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const metadata = join(options.suitesDirectory, "metadata");
  const folder = join(metadata, "vex");
  if (!existsSync(join(folder, "cases.json"))) return suiteNotRun(SUITE, `${folder} is not there`);
  const cases = JSON.parse(readFileSync(join(folder, "cases.json"), "utf8")) as readonly VexCase[];
  const hub = join(options.suitesDirectory, "osv", "vexhub");
  const results: CaseResult[] = [
    ...cases.map((each) => judgeCase(each.id, () => checkCase(folder, each))),
    ...rowsOf(join(folder, "purl-matches.tsv"))
      .slice(1)
      .map(([name = "", pattern = "", purl = "", expected]) =>
        judgeCase(`package URL: ${name}`, () => {
          const found = String(matchesPackage(pattern, purl));
          return found === expected ? undefined : `expected ${expected}, found ${found}`;
        }),
      ),
    ...rowsOf(join(metadata, "INDEX.tsv"))
      .filter(([area]) => area === "vex-docs")
      .map(([, path = ""]) => judgeCase(path, () => checkDocument(join(metadata, path)))),
    ...globSync("**/*.json", { cwd: hub })
      .sort()
      .map((path) => judgeCase(`vexhub/${path}`, () => checkDocument(join(hub, path)))),
    ...globSync("**/*.json", { cwd: hub })
      .filter((path) => !NO_VEX.has(basename(path)))
      .sort()
      .map((path) => judgeCase(`vexhub/${path}: explained`, () => checkExplained(join(hub, path)))),
    ...globSync("csaf/2.*/examples/csaf/csaf_vex/*.json", { cwd: metadata })
      .sort()
      .map((path) => judgeCase(path, () => checkDocument(join(metadata, path)))),
  ];
  const ledger = readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8");
  return judgeWithLedger(SUITE, results, JSON.parse(ledger) as readonly LedgerEntry[]);
}

function rowsOf(path: string): readonly (readonly string[])[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => line.split("\t"));
}

function checkDocument(path: string): string | undefined {
  const read = readVexDocument(readFileSync(path));
  if (!NO_VEX.has(basename(path))) return read.ok ? checkStatements(read.value.document) : wordsOf(read.issues);
  const isRefused = !read.ok && read.issues.every(({ code }) => code === "NOT_SUPPORTED");
  return isRefused ? undefined : "expected a refusal, since it is no VEX document";
}

function checkStatements({ statements }: VexDocument): string | undefined {
  return statements.length > 0 ? undefined : "expected statements, found none";
}

/** Each statement matches an artifact made of its own products, and has a reason why it matches no other. */
function checkExplained(path: string): string | undefined {
  const read = readVexDocument(readFileSync(path));
  if (!read.ok) return wordsOf(read.issues);
  const { document } = read.value;
  const documents = [{ document, source: path }];
  const own = document.statements.map(({ vulnerability, aliases, products: [product] }) => ({
    ...findingOf(vulnerability, versioned(product?.subcomponents[0]?.id ?? product?.id ?? "")),
    aliases,
  }));
  const names = new Set(document.statements.flatMap(({ products }) => products.map(({ id }) => versioned(id))));
  const product = { purls: [...names], digests: [] };
  const inert = explainVex({ findings: own, product, documents }).statements.find(({ matches }) => matches === 0);
  if (inert !== undefined) return `statement ${inert.index + 1} matches nothing: ${inert.miss?.message ?? ""}`;
  const elsewhere = { purls: ["pkg:oci/other"], digests: [] };
  const others = own.map((finding) => ({ ...finding, purl: "pkg:npm/other@1" }));
  const held: readonly (readonly [string, AnswerInput])[] = [
    ["an empty artifact", { findings: [], product: elsewhere, documents }],
    ["another artifact", { findings: others, product: elsewhere, documents }],
  ];
  for (const [name, input] of held) {
    const silent = explainVex(input).statements.find(({ outcome, miss }) => outcome !== "unmatched" || !miss?.message);
    if (silent !== undefined) return `statement ${silent.index + 1} has no reason against ${name}`;
  }
  return undefined;
}

function versioned(purl: string): string {
  if (/@[^/]*$/.test(purl)) return purl;
  const at = purl.search(/[?#]|$/);
  return `${purl.slice(0, at)}@1${purl.slice(at)}`;
}

function wordsOf(issues: readonly { readonly path: string; readonly message: string }[]): string {
  return issues.map(({ path, message }) => `${path}: ${message}`).join("; ");
}

function checkCase(folder: string, each: VexCase): string | undefined {
  const documents: TrustedVexDocument[] = [];
  for (const path of each.docs) {
    const read = readVexDocument(readFileSync(join(folder, path)));
    if (!read.ok) return each.error === true ? undefined : wordsOf(read.issues);
    documents.push({ document: selectStatements(read.value.document, each.rules), source: path });
  }
  if (each.error === true) return "expected a refusal";
  const { graph } = each.product;
  const answered = answerFindings({
    findings: each.findings.map(({ vuln, purl }) => findingOf(vuln, purl)),
    product: productOf(each),
    documents,
    ...(graph === undefined ? {} : { dependencies: graphOf(graph) }),
  });
  const suppressed = answered.filter((finding) => finding.answered).map(({ vulnerability }) => vulnerability);
  const same = JSON.stringify(suppressed.sort()) === JSON.stringify([...each.expect_suppressed].sort());
  return same ? undefined : `expected ${each.expect_suppressed.join(", ")}, found ${suppressed.join(", ")}`;
}

/** grype suppresses by the statements that its rules choose alone. */
function selectStatements(document: VexDocument, rules: VexCase["rules"]): VexDocument {
  if (rules === undefined) return document;
  const statements = document.statements.filter((statement) =>
    rules.some(
      ({ status, vulnerability, justification }) =>
        (status === undefined || status === statement.status) &&
        (vulnerability === undefined || vulnerability === statement.vulnerability) &&
        (justification === undefined || justification === statement.justification),
    ),
  );
  return { ...document, statements };
}

function productOf({ product }: VexCase): VexSubject {
  const { image, arch, serialNumber, bomRef } = product;
  const [name = "", digest] = image?.split("@") ?? [];
  const [repository = ""] = name.split(":");
  const version = digest === undefined ? "" : `@${encodeURIComponent(digest)}`;
  const platform = arch === undefined ? "" : `&arch=${arch}`;
  const purl = `pkg:oci/${repository}${version}?repository_url=index.docker.io/library/${repository}${platform}`;
  return {
    purls: image === undefined ? [] : [purl],
    digests: digest === undefined ? [] : [digest],
    ...(serialNumber === undefined || bomRef === undefined
      ? {}
      : { bom: { serialNumber, refs: new Map([[bomRef, bomRef]]) } }),
  };
}

function graphOf({
  root,
  edges,
}: {
  readonly root: string;
  readonly edges: readonly (readonly [string, string])[];
}): DependencyGraph {
  const children = new Map<string, string[]>();
  for (const [parent, child] of edges) children.set(parent, [...(children.get(parent) ?? []), child]);
  return { root, edges: children };
}

function findingOf(vulnerability: string, purl: string): Finding {
  return {
    vulnerability,
    aliases: [],
    advisory: vulnerability,
    purl,
    component: purl,
    version: "",
    severity: "unknown",
    fixedVersions: [],
  };
}
