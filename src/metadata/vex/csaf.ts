import { type Decoded, parseTime, type ValueObject } from "../../base/index.ts";
import { DocumentReader, describe, join, member, withoutUndefined } from "../document-reader.ts";
import { type CsafProducts, readCsafProducts } from "./csaf-products.ts";
import {
  VEX_JUSTIFICATIONS,
  type VexDocument,
  type VexJustification,
  type VexProduct,
  type VexStatement,
  type VexStatus,
} from "./vex.ts";
import { type ReadVex, VexNotes } from "./vex-notes.ts";

const VERSIONS = ["2.0", "2.1"];
const CATEGORIES = ["csaf_vex", "csaf_security_advisory"];

/** Product status groups that say something of a vulnerability in a product. */
const STATUSES: ReadonlyMap<string, VexStatus> = new Map([
  ["first_affected", "affected"],
  ["known_affected", "affected"],
  ["last_affected", "affected"],
  ["under_investigation", "under_investigation"],
  ["known_not_affected", "not_affected"],
  ["first_fixed", "fixed"],
  ["fixed", "fixed"],
]);
/** Groups that say nothing of it: what to use instead, and (2.1) that nobody knows. */
const OTHER_GROUPS = ["recommended", "unknown"];

interface Frame {
  readonly reader: DocumentReader;
  readonly notes: VexNotes;
  readonly products: CsafProducts;
  readonly timestamp: string;
  readonly isAdvisory: boolean;
}

/** Texts and labels about products: those of single ones, by their id, and those of all. */
interface Remarks<T> {
  readonly ofAll: readonly T[];
  readonly ofProduct: ReadonlyMap<string, readonly T[]>;
}

/** Reads a CSAF 2.0 or 2.1 document of the profile VEX or security advisory. */
export function decodeCsafVex(root: ValueObject): Decoded<ReadVex> {
  const reader = new DocumentReader();
  const notes = new VexNotes();
  const document = reader.object(member(root, "document"), "document") ?? {};
  const version = reader.string(document, "csaf_version", "document");
  if (!VERSIONS.includes(version)) {
    reader.refuse("document.csaf_version", `expected one of ${VERSIONS.join(", ")}`, "NOT_SUPPORTED");
    return reader.finish<ReadVex>(undefined);
  }
  const category = reader.string(document, "category", "document");
  if (!CATEGORIES.includes(category)) {
    reader.refuse("document.category", `expected one of ${CATEGORIES.join(", ")}`, "NOT_SUPPORTED");
    return reader.finish<ReadVex>(undefined);
  }
  const isAdvisory = category === "csaf_security_advisory";
  if (isAdvisory) notes.add("document.category", "it is a security advisory, not of the profile VEX");
  const head = readHead(reader, notes, document);
  const products = readCsafProducts(reader, notes, root);
  const frame = { reader, notes, products, timestamp: head.timestamp, isAdvisory };
  const statements = reader
    .objects(root, "vulnerabilities", "", (item, path) => readVulnerability(frame, item, path))
    .flat();
  if (statements.length === 0) reader.refuse("vulnerabilities", "expected statements about products, found none");
  return reader.finish<ReadVex>({
    format: "CSAF",
    specVersion: version,
    document: { ...head, statements },
    notes: notes.list(),
  });
}

function readHead(reader: DocumentReader, notes: VexNotes, document: ValueObject): Omit<VexDocument, "statements"> {
  const publisher = reader.object(member(document, "publisher"), "document.publisher") ?? {};
  const at = "document.tracking";
  const tracking = reader.object(member(document, "tracking"), at) ?? {};
  const name = reader.string(tracking, "id", at);
  // An id is unique among those of its publisher alone.
  const namespace = reader.optionalString(publisher, "namespace", "document.publisher")?.replace(/\/$/, "");
  if (member(tracking, "status") === "draft") notes.add(join(at, "status"), "it is a draft");
  const generator = reader.optionalObject(tracking, "generator", at);
  const engine = generator === undefined ? undefined : reader.optionalObject(generator, "engine", `${at}.generator`);
  const tool = engine === undefined ? undefined : reader.optionalString(engine, "name", `${at}.generator.engine`);
  const toolVersion =
    engine === undefined ? undefined : reader.optionalString(engine, "version", `${at}.generator.engine`);
  return withoutUndefined({
    id: namespace === undefined ? name : `${namespace}/${name}`,
    author: reader.string(publisher, "name", "document.publisher"),
    role: reader.optionalString(publisher, "category", "document.publisher"),
    tooling: tool === undefined || toolVersion === undefined ? tool : `${tool} ${toolVersion}`,
    timestamp: reader.time(tracking, "current_release_date", at),
    version: readVersion(reader, tracking, at),
  });
}

/** An integer as it is; of a semantic version a number that is larger for a later one. */
function readVersion(reader: DocumentReader, tracking: ValueObject, at: string): number {
  const text = reader.string(tracking, "version", at);
  const parts = /^(\d{1,5})\.(\d{1,5})\.(\d{1,5})(?:[-+].*)?$/.exec(text);
  if (parts !== null) return Number(parts[1]) * 1e10 + Number(parts[2]) * 1e5 + Number(parts[3]);
  if (/^\d{1,15}$/.test(text)) return Number(text);
  reader.refuse(join(at, "version"), "expected an integer or a semantic version");
  return 0;
}

function readVulnerability(frame: Frame, item: ValueObject, path: string): readonly VexStatement[] {
  const { reader, notes, isAdvisory } = frame;
  const names = readNames(reader, item, path);
  const [vulnerability, ...aliases] = names;
  const status = reader.optionalObject(item, "product_status", path);
  if (vulnerability === undefined) {
    const message = "a vulnerability with neither cve nor ids";
    if (isAdvisory) notes.add(path, `${message}: what is said of it is not read`);
    else reader.refuse(path, `expected cve or ids, found ${message}`);
    return [];
  }
  if (status === undefined) {
    notes.add(path, "a vulnerability without product_status: nothing is said of it");
    return [];
  }
  return groupStatements(frame, item, path, status).map((group) =>
    withoutUndefined({ vulnerability, aliases, ...group, timestamp: group.timestamp ?? frame.timestamp }),
  );
}

function readNames(reader: DocumentReader, item: ValueObject, path: string): readonly string[] {
  const cve = reader.optionalString(item, "cve", path);
  const ids = reader.objects(item, "ids", path, (id, at) => reader.string(id, "text", at));
  return [...new Set([...(cve === undefined ? [] : [cve]), ...ids])];
}

interface StatementGroup {
  readonly status: VexStatus;
  readonly products: readonly VexProduct[];
  readonly justification?: VexJustification;
  readonly impactStatement?: string;
  readonly actionStatement?: string;
  readonly statusNotes?: string;
  /** Where it is earlier than the document's. */
  readonly timestamp?: string;
}

/** One statement for all products of which the same is said. */
function groupStatements(
  frame: Frame,
  item: ValueObject,
  path: string,
  stated: ValueObject,
): readonly StatementGroup[] {
  const { reader, notes, products } = frame;
  const flags = readRemarks(frame, item, path, "flags", readFlag);
  const impacts = readRemarks(frame, item, path, "threats", readImpact);
  const remediations = readRemarks(frame, item, path, "remediations", readRemediation);
  const groups = new Map<string, { readonly first: string; readonly status: VexStatus; products: VexProduct[] }>();
  const at = join(path, "product_status");
  for (const key of Object.keys(stated)) {
    const status = STATUSES.get(key);
    if (status === undefined) {
      if (OTHER_GROUPS.includes(key))
        notes.add(join(at, key), `product_status.${key} is not read: it is no VEX status`);
      else reader.refuse(join(at, key), `expected one of ${[...STATUSES.keys(), ...OTHER_GROUPS].join(", ")}`);
      continue;
    }
    for (const id of new Set(reader.strings(stated, key, at))) {
      const told = [flags, impacts, remediations].map(({ ofProduct }) => ofProduct.get(id) ?? []);
      const same = JSON.stringify([status, told.map((remarks) => remarks.map((remark) => remark.path))]);
      const group = groups.get(same) ?? { first: id, status, products: [] };
      group.products.push(...products.resolve(id, join(at, key)));
      groups.set(same, group);
    }
  }
  return [...groups.values()].map(({ first, status, products: named }) => ({
    products: named,
    ...(status === "not_affected" ? assessedAt(frame, [flags, impacts], first) : {}),
    ...readReasons(notes, at, status, {
      labels: remarksOn(flags, first),
      impact: joined(remarksOn(impacts, first)),
      action: joined(remarksOn(remediations, first)),
    }),
  }));
}

/** What belongs to the status; an impact on another one than not_affected is kept as a note on it. */
function readReasons(
  notes: VexNotes,
  at: string,
  status: VexStatus,
  told: {
    readonly labels: readonly string[];
    readonly impact: string | undefined;
    readonly action: string | undefined;
  },
): Omit<StatementGroup, "products"> {
  const { labels, impact, action } = told;
  if (status === "affected") {
    if (action === undefined) notes.add(at, "an affected product without remediation");
    return withoutUndefined({ status, actionStatement: action, statusNotes: impact });
  }
  if (status !== "not_affected") return withoutUndefined({ status, statusNotes: impact });
  if (labels.length === 0 && impact === undefined) notes.add(at, "a product that is not affected, without reason");
  if (labels.length > 1) notes.add(at, "several flags of one product: one is read, by the order of OpenVEX");
  const justification = VEX_JUSTIFICATIONS.find((label) => labels.includes(label));
  return withoutUndefined({ status, justification, impactStatement: impact });
}

interface Remark {
  readonly path: string;
  readonly text: string;
  /** When it was assessed, where that is stated. */
  readonly date: string | undefined;
}

/**
 * When a product was found not to be affected, where every reason has its date: the document's own time is that of its
 * latest change, which may be of something else. It never counts as newer than the document.
 */
function assessedAt(
  { timestamp }: Frame,
  reasons: readonly Remarks<Remark>[],
  productId: string,
): { readonly timestamp?: string } {
  const all = reasons.flatMap(({ ofAll, ofProduct }) => [...(ofProduct.get(productId) ?? []), ...ofAll]);
  const times = all.map(({ date }) => (date === undefined ? undefined : parseTime(date)) ?? Number.POSITIVE_INFINITY);
  const newest = Math.max(...times);
  const date = all[times.indexOf(newest)]?.date;
  return date !== undefined && newest < (parseTime(timestamp) ?? 0) ? { timestamp: date } : {};
}

/** Those of single products and of groups, and those that name neither and so speak of all. */
function readRemarks(
  { reader, products }: Frame,
  item: ValueObject,
  path: string,
  key: string,
  read: (reader: DocumentReader, remark: ValueObject, path: string) => string | undefined,
): Remarks<Remark> {
  const ofAll: Remark[] = [];
  const ofProduct = new Map<string, Remark[]>();
  reader.objects(item, key, path, (object, at) => {
    const text = read(reader, object, at);
    if (text === undefined) return undefined;
    const date = member(object, "date");
    const remark = { path: at, text, date: typeof date === "string" ? date : undefined };
    if (member(object, "product_ids") === undefined && member(object, "group_ids") === undefined) ofAll.push(remark);
    for (const id of products.expand(object, at)) {
      const listed = ofProduct.get(id);
      if (listed === undefined) ofProduct.set(id, [remark]);
      else listed.push(remark);
    }
    return undefined;
  });
  return { ofAll, ofProduct };
}

function remarksOn({ ofAll, ofProduct }: Remarks<Remark>, productId: string): readonly string[] {
  return [...new Set([...(ofProduct.get(productId) ?? []), ...ofAll].map(({ text }) => text))];
}

function joined(texts: readonly string[]): string | undefined {
  return texts.length === 0 ? undefined : texts.join("\n");
}

function readFlag(reader: DocumentReader, flag: ValueObject, path: string): string | undefined {
  const label = member(flag, "label");
  if (VEX_JUSTIFICATIONS.some((known) => known === label)) return label as string;
  return reader.refuse(
    join(path, "label"),
    `expected one of ${VEX_JUSTIFICATIONS.join(", ")}, found ${describe(label)}`,
  );
}

/** What it means for the product; the other kinds of threats speak of the attacker. */
function readImpact(reader: DocumentReader, threat: ValueObject, path: string): string | undefined {
  const category = reader.string(threat, "category", path);
  return category === "impact" ? reader.string(threat, "details", path) : undefined;
}

function readRemediation(reader: DocumentReader, remediation: ValueObject, path: string): string {
  const details = reader.optionalString(remediation, "details", path);
  const url = reader.optionalString(remediation, "url", path);
  const text = details ?? reader.string(remediation, "category", path);
  return url === undefined ? text : `${text} (${url})`;
}
