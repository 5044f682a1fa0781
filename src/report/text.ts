import {
  type CheckReport,
  type EvidenceRow,
  failingRules,
  type ImageRow,
  type ResourceRow,
  type RuleRow,
} from "./check-report.ts";
import { type Cell, layOutTable, type Paint, PLAIN, printable } from "./table.ts";

/** How a report is written for people. */
export interface TextOptions {
  /** Columns of the terminal; 100 when unknown. */
  readonly width?: number;
  readonly paint?: Paint;
}

/**
 * The report as the A-MAP table: for each resource its verdict, then artifact, metadata, attestations and policies of
 * what was looked at. Ends with a line break.
 */
export function writeText(report: CheckReport, options: TextOptions = {}): string {
  const paint = options.paint ?? PLAIN;
  const width = options.width ?? 100;
  return report.resources.map((row) => writeResource(row, width, paint)).join("\n");
}

function writeResource(row: ResourceRow, width: number, paint: Paint): string {
  const verdict = row.allowed ? paint.good("ALLOWED") : paint.bad("DENIED ");
  const parts = [`${verdict} ${paint.strong(printable(row.resource))}${notEnforced(row, paint)}`];
  for (const image of row.images) parts.push(writeImage(image, width, paint));
  parts.push(
    `  ${paint.strong("Policies")}`,
    layOutTable(
      row.rules.map((rule) => ruleCells(rule, paint)),
      width,
      "    ",
    ),
  );
  return `${parts.join("\n")}\n`;
}

/** A resource that is allowed although a rule did not hold says so beside its verdict. */
function notEnforced(row: ResourceRow, paint: Paint): string {
  const failing = failingRules(row).length;
  if (!row.allowed || failing === 0) return "";
  return paint.warn(
    ` (${failing} ${failing === 1 ? "rule does" : "rules do"} not hold and ${failing === 1 ? "is" : "are"} not enforced)`,
  );
}

function writeImage(image: ImageRow, width: number, paint: Paint): string {
  const name = image.image.endsWith(`@${image.digest}`) ? image.image.slice(0, -image.digest.length - 1) : image.image;
  const artifact: Cell[][] = [
    [
      { text: name },
      { text: `${image.digest}${image.platforms > 1 ? `, ${image.platforms} platforms` : ""}`, paint: paint.dim },
    ],
  ];
  const attestations = [
    ...mergeForms(image.evidence).map((row) => evidenceCells(row, paint)),
    ...image.rejected.map((row) => [
      { text: "rejected", paint: paint.bad },
      { text: row.predicateType ?? row.kind },
      { text: row.code, paint: paint.bad },
      { text: row.message },
    ]),
  ];
  return [
    `  ${paint.strong("Artifact")}`,
    layOutTable(artifact, width, "    "),
    `  ${paint.strong("Metadata")}`,
    layOutTable(metadataCells(image, paint), width, "    "),
    `  ${paint.strong("Attestations")}`,
    attestations.length === 0 ? `    ${paint.bad("none")}` : layOutTable(attestations, width, "    "),
  ].join("\n");
}

/** The same statement by the same signer, stored in several forms, as one row that names them all. */
function mergeForms(rows: readonly EvidenceRow[]): readonly EvidenceRow[] {
  const merged = new Map<string, EvidenceRow>();
  for (const row of rows) {
    const key = `${row.kind} ${row.predicateType ?? ""} ${row.signer} ${row.statedAt ?? ""} ${row.timeSource}`;
    const known = merged.get(key);
    const forms = new Set([...(known?.form.split(" and ") ?? []), row.form]);
    merged.set(key, { ...row, form: [...forms].sort().join(" and ") });
  }
  return [...merged.values()];
}

function metadataCells(image: ImageRow, paint: Paint): Cell[][] {
  const rows: Cell[][] = image.sboms.map((sbom) => [
    { text: "SBOM" },
    { text: `${sbom.format} ${sbom.specVersion}, ${sbom.components} components` },
  ]);
  const current = image.scans.filter((scan) => scan.current);
  const several = current.length > 1;
  for (const scan of current) {
    const found = several ? `${scan.findings} findings` : countsOf(image.findings) || "no findings";
    const database =
      scan.databaseUpdatedAt === "" ? "database of unknown age" : `database of ${scan.databaseUpdatedAt}`;
    rows.push([{ text: "scan" }, { text: `${scan.scanner}, finished ${scan.finishedAt}, ${database}: ${found}` }]);
  }
  if (several) rows.push([{ text: "findings" }, { text: `together: ${countsOf(image.findings) || "none"}` }]);
  if (current.length > 0) rows.push([{ text: "VEX" }, { text: countsOf(image.answers) || "nothing to answer" }]);
  const idle = image.statementsWithoutEffect;
  if (idle > 0) {
    const text = `${idle} ${idle === 1 ? "statement speaks" : "statements speak"} of another product or component and ${idle === 1 ? "has" : "have"} no effect`;
    rows.push([{ text: "VEX" }, { text, paint: paint.warn }]);
  }
  return rows.length === 0 ? [[{ text: "none", paint: paint.bad }]] : rows;
}

function countsOf(counts: Readonly<Record<string, number | undefined>>): string {
  return Object.entries(counts)
    .filter(([, count]) => (count ?? 0) > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

function evidenceCells(row: EvidenceRow, paint: Paint): Cell[] {
  return [
    { text: "verified", paint: paint.good },
    { text: row.predicateType ?? "image signature" },
    { text: `by ${row.signer}` },
    {
      text: `${row.statedAt === undefined ? "" : `${row.statedAt} `}(${row.timeSource}), ${row.form}`,
      paint: paint.dim,
    },
  ];
}

/** Characters of one message; what is longer is told to be in the JSON report, which holds all of it. */
const MESSAGE_LENGTH = 480;

function shorten(message: string): string {
  if (message.length <= MESSAGE_LENGTH) return message;
  const kept = message.slice(0, message.lastIndexOf(" ", MESSAGE_LENGTH));
  return `${kept} … (${message.length - kept.length} characters more with -o json)`;
}

function ruleCells(rule: RuleRow, paint: Paint): Cell[] {
  const paints = { pass: paint.good, fail: paint.bad, error: paint.bad, warn: paint.warn, skip: paint.dim };
  const code = rule.code === undefined ? "" : `${rule.code}: `;
  return [
    { text: rule.status, paint: paints[rule.status] },
    { text: rule.rule },
    { text: `${code}${shorten(rule.message ?? "")}` },
  ];
}
