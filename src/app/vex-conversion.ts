import { AmapError, LIMITS, parseTime, readJson, type Value } from "../base/index.ts";
import {
  type CsafOptions,
  CYCLONEDX_VEX_VERSIONS,
  type CycloneDxVexVersion,
  type EncodedVex,
  encodeCsafVex,
  encodeCycloneDxVex,
  encodeOpenVex,
  isFuture,
  type Loss,
  PUBLISHER_CATEGORIES,
  readVexDocument,
  TLP_LABELS,
  type VexDocument,
  type VexStatement,
} from "../metadata/index.ts";
import { toJsonBytes } from "./documents.ts";
import { validateVex } from "./vex-validation.ts";
import type { World } from "./world.ts";

/** A format of VEX in the version to write. */
export type VexTarget =
  | { readonly format: "openvex" }
  | { readonly format: "csaf"; readonly version: CsafOptions["version"] }
  | { readonly format: "cyclonedx"; readonly version: CycloneDxVexVersion };

/** What formats ask for and a document may not hold. */
export interface VexFacts extends Omit<Partial<CsafOptions>, "version"> {
  /** What the statements that name no product are about: package URLs or other IRIs. */
  readonly products?: readonly string[];
  /** What to do where a statement says that a product is affected, and nothing of what to do. */
  readonly action?: string;
}

/** A VEX document in another format. */
export interface ConvertedVex {
  readonly value: Value;
  readonly losses: readonly Loss[];
}

/** Names of targets; `csaf` is 2.0, which most tools read, `cyclonedx` the newest version. */
export const VEX_TARGETS: readonly string[] = [
  "openvex",
  "csaf",
  "csaf-2.0",
  "csaf-2.1",
  "cyclonedx",
  ...CYCLONEDX_VEX_VERSIONS.map((version) => `cyclonedx-${version}`),
];

/**
 * Reads the name of a target.
 * @throws {AmapError} USAGE for a name that is none of VEX_TARGETS
 * @example
 * ```ts
 * import { parseVexTarget } from "./index.ts";
 * parseVexTarget("csaf-2.1"); // { format: "csaf", version: "2.1" }
 * ```
 */
export function parseVexTarget(name: string, flag = "--to"): VexTarget {
  if (name === "openvex") return { format: "openvex" };
  if (name === "csaf" || name === "csaf-2.0") return { format: "csaf", version: "2.0" };
  if (name === "csaf-2.1") return { format: "csaf", version: "2.1" };
  const version = CYCLONEDX_VEX_VERSIONS.find((each) => name === `cyclonedx-${each}`);
  if (version !== undefined) return { format: "cyclonedx", version };
  if (name === "cyclonedx") return { format: "cyclonedx", version: CYCLONEDX_VEX_VERSIONS.at(-1) ?? "1.7" };
  throw new AmapError("USAGE", `${flag}: expected one of ${VEX_TARGETS.join(", ")}, found "${name.slice(0, 40)}"`);
}

/**
 * Reads a VEX document of any format and writes it in another one, held against that format's rules before it is given
 * away. What the reader read past is a loss, too.
 * @throws {AmapError} DOCUMENT_INVALID for a document that cannot be read, and for one that the target cannot say; USAGE
 *   where the target needs a fact that neither the document nor the user gives, by its flag
 */
export async function convertVex(
  world: World,
  bytes: Uint8Array,
  target: VexTarget,
  facts: VexFacts,
): Promise<ConvertedVex> {
  if (bytes.length > LIMITS.documentBytes)
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `the document has ${bytes.length} bytes; at most ${LIMITS.documentBytes} are read`,
    );
  const read = readVexDocument(readJson(bytes));
  if (!read.ok) {
    const [first] = read.issues;
    const more = read.issues.length > 1 ? ` (and ${read.issues.length - 1} more)` : "";
    throw new AmapError("DOCUMENT_INVALID", `${first?.path ?? ""} ${first?.message ?? "malformed"}${more}`.trim(), {
      hint: "See all of it with `amap vex validate FILE`.",
      details: { issues: read.issues },
    });
  }
  const unread = read.value.notes.map(
    ({ path, count, message }): Loss => ({ path, count, outcome: "dropped", reason: message }),
  );
  const { value, losses } = await encodeVexAs(world, read.value.document, target, facts);
  return { value, losses: [...unread, ...losses] };
}

/**
 * Writes a document in a format, and holds it against that format's rules before it is given away.
 * @throws {AmapError} as {@link convertVex}
 */
export async function encodeVexAs(
  world: World,
  document: VexDocument,
  target: VexTarget,
  facts: VexFacts,
): Promise<EncodedVex> {
  if (document.statements.length === 0) throw new AmapError("DOCUMENT_INVALID", "the document has no statements");
  const timely = hasTimes(target) ? { document, losses: [] } : withoutFuture(document, world.clock.now());
  const completed = complete(timely.document, facts);
  refuseIncomplete(completed.document, target);
  const encoded = encodeAs(completed.document, target, facts);
  const losses = [...timely.losses, ...completed.losses, ...encoded.losses];
  await refuseInvalid(world, encoded.value, target);
  return { value: encoded.value, losses };
}

/** Whether each statement keeps its time. */
function hasTimes(target: VexTarget): boolean {
  return target.format === "openvex" || (target.format === "cyclonedx" && target.version !== "1.4");
}

/** A statement from the future decides nothing; with the document's time it would. */
function withoutFuture(document: VexDocument, now: number): Pick<ReturnType<typeof complete>, "document" | "losses"> {
  const isLater = (time: string): boolean => isFuture(parseTime(time) ?? Number.NEGATIVE_INFINITY, now);
  const statements = document.statements.filter(({ timestamp }) => !isLater(timestamp));
  const [first] = statements;
  if (first === undefined)
    throw new AmapError("DOCUMENT_INVALID", "all its statements are dated in the future", {
      hint: "They decide nothing yet; the format has one time for all of them, by which they would.",
    });
  const count = document.statements.length - statements.length;
  const reason = "a statement dated in the future: the format has one time for all, by which it would decide now";
  const losses: readonly Loss[] = count === 0 ? [] : [{ path: "statements[]", count, outcome: "dropped", reason }];
  if (!isLater(document.timestamp)) return { document: { ...document, statements }, losses };
  const moved: Loss = { path: "timestamp", count: 1, outcome: "changed", reason: "it is in the future" };
  return { document: { ...document, timestamp: first.timestamp, statements }, losses: [...losses, moved] };
}

function encodeAs(document: VexDocument, target: VexTarget, facts: VexFacts): EncodedVex {
  if (target.format === "openvex") return { value: encodeOpenVex(document), losses: [] };
  if (target.format === "cyclonedx") return encodeCycloneDxVex(document, target.version);
  return encodeCsafVex(document, { ...checkCsafFacts(target.version, facts), version: target.version });
}

/**
 * What CSAF demands and a document does not hold.
 * @throws {AmapError} USAGE with the flag of what is missing or none of CSAF's words
 */
export function checkCsafFacts(version: CsafOptions["version"], facts: VexFacts): Omit<CsafOptions, "version"> {
  const { publisherNamespace, publisherCategory, tlp, products: _, action: __, ...others } = facts;
  if (publisherNamespace === undefined)
    throw new AmapError("USAGE", "--publisher-namespace: CSAF demands a URL that its publisher is known by", {
      hint: "Give --publisher-namespace https://example.com, a URL of your own.",
    });
  if (!/^https?:\/\/\S+$/i.test(publisherNamespace))
    throw new AmapError("USAGE", `--publisher-namespace: expected a URL, found "${publisherNamespace.slice(0, 60)}"`);
  if (publisherCategory !== undefined && !PUBLISHER_CATEGORIES.includes(publisherCategory))
    throw new AmapError("USAGE", `--publisher-category: expected one of ${PUBLISHER_CATEGORIES.join(", ")}`);
  const labels = TLP_LABELS[version];
  if (tlp === undefined && version === "2.1")
    throw new AmapError("USAGE", "--tlp: CSAF 2.1 demands who may read the document", {
      hint: `Give --tlp LABEL, one of ${labels.join(", ")}; CLEAR is for everybody.`,
    });
  if (tlp !== undefined && !labels.includes(tlp))
    throw new AmapError("USAGE", `--tlp: expected one of ${labels.join(", ")}, found "${tlp.slice(0, 40)}"`);
  return {
    ...others,
    publisherNamespace,
    ...(publisherCategory === undefined ? {} : { publisherCategory }),
    ...(tlp === undefined ? {} : { tlp }),
  };
}

/** Says by which flag, or why not at all, a statement comes to what the target demands. */
function refuseIncomplete({ statements }: VexDocument, { format }: VexTarget): void {
  for (const [index, { status, products, actionStatement, justification, impactStatement }] of statements.entries()) {
    const at = `statements[${index}]`;
    if (products.length === 0 && format !== "openvex")
      throw new AmapError("USAGE", `--product: ${at} names no product, which ${format} demands`);
    if (format === "cyclonedx") continue;
    if (status === "affected" && actionStatement === undefined)
      throw new AmapError("USAGE", `--action: ${at} says affected, and not what to do, which ${format} demands`, {
        hint: "Give --action TEXT; it is written wherever the document names no action.",
      });
    if (status === "not_affected" && justification === undefined && impactStatement === undefined)
      throw new AmapError("DOCUMENT_INVALID", `${at} says not_affected without a reason, which ${format} demands`, {
        hint: "Only its author can give the reason; CycloneDX can be written without one.",
      });
  }
}

/** Puts in what the user says where the document says nothing, and tells it. */
function complete(
  document: VexDocument,
  { products = [], action }: VexFacts,
): { readonly document: VexDocument; readonly losses: readonly Loss[] } {
  const counts = { products: 0, action: 0 };
  const statements = document.statements.map((statement): VexStatement => {
    const needsProducts = statement.products.length === 0 && products.length > 0;
    const needsAction =
      statement.status === "affected" && statement.actionStatement === undefined && action !== undefined;
    if (needsProducts) counts.products++;
    if (needsAction) counts.action++;
    return {
      ...statement,
      ...(needsProducts
        ? { products: products.map((id) => ({ id, identifiers: {}, hashes: {}, subcomponents: [] })) }
        : {}),
      ...(needsAction ? { actionStatement: action } : {}),
    };
  });
  const losses = [
    { path: "statements[].products", count: counts.products, outcome: "changed", reason: "taken from --product" },
    { path: "statements[].actionStatement", count: counts.action, outcome: "changed", reason: "taken from --action" },
  ] as const;
  return { document: { ...document, statements }, losses: losses.filter(({ count }) => count > 0) };
}

async function refuseInvalid(world: World, value: Value, target: VexTarget): Promise<void> {
  const [schemas, csaf] = await Promise.all([world.openSchemas(), world.openCsafValidation()]);
  const bytes = toJsonBytes(value);
  const { findings } = await validateVex(bytes, { schemas, csaf }, { now: world.clock.now(), isStrict: true });
  const wrong = findings.filter(({ severity }) => severity === "error");
  const [first] = wrong;
  if (first === undefined) return;
  const more = wrong.length > 1 ? ` (and ${wrong.length - 1} more)` : "";
  const message = `as ${target.format} the document would be invalid: ${first.rule} ${first.path}: ${first.message}${more}`;
  throw new AmapError("DOCUMENT_INVALID", message, {
    hint: "What the format cannot say has to be changed in the document first.",
    details: { findings: wrong.slice(0, 20) },
  });
}
