import { parsePackageUrl } from "../../artifact/index.ts";
import { type Decoded, Double, type ValueObject } from "../../base/index.ts";
import { DocumentReader, describe, join, member, withoutUndefined } from "../document-reader.ts";
import { bareSerial, parseBomLink, spellingsOf } from "./bom-link.ts";
import { parseCpe, VERSION_OF_CPE } from "./cpe-matching.ts";
import { nameByDigest } from "./document-name.ts";
import type { VexComponent, VexJustification, VexProduct, VexStatement, VexStatus } from "./vex.ts";
import { type ReadVex, VexNotes } from "./vex-notes.ts";

/** Analyses came with 1.4. */
const VERSIONS = ["1.4", "1.5", "1.6", "1.7"];

const STATES: ReadonlyMap<string, VexStatus> = new Map([
  ["resolved", "fixed"],
  ["resolved_with_pedigree", "fixed"],
  ["exploitable", "affected"],
  ["in_triage", "under_investigation"],
  ["false_positive", "not_affected"],
  ["not_affected", "not_affected"],
]);

/** CycloneDX's justifications as OpenVEX's, and as words where OpenVEX has no label that says as much. */
export const JUSTIFICATIONS: ReadonlyMap<string, VexJustification | { readonly words: string }> = new Map<
  string,
  VexJustification | { readonly words: string }
>([
  ["code_not_present", "vulnerable_code_not_present"],
  ["code_not_reachable", "vulnerable_code_not_in_execute_path"],
  ["requires_configuration", { words: "It needs a configuration that is not set." }],
  ["requires_dependency", { words: "It needs a dependency that is not there." }],
  ["requires_environment", { words: "It needs an environment that is not there." }],
  ["protected_by_compiler", "inline_mitigations_already_exist"],
  ["protected_at_runtime", "inline_mitigations_already_exist"],
  ["protected_at_perimeter", { words: "It is stopped at the perimeter, outside the product." }],
  ["protected_by_mitigating_control", "inline_mitigations_already_exist"],
]);

export const RESPONSES: ReadonlyMap<string, string> = new Map([
  ["can_not_fix", "It cannot be fixed."],
  ["will_not_fix", "It will not be fixed."],
  ["update", "Update to a later version."],
  ["rollback", "Go back to an earlier version."],
  ["workaround_available", "A workaround is available."],
]);

/** So that any statement with a date counts more. */
const NO_TIME = "1970-01-01T00:00:00Z";

interface Frame {
  readonly reader: DocumentReader;
  readonly notes: VexNotes;
  readonly timestamp: string;
  readonly serial: string;
  readonly version: number;
  readonly root: VexComponent | undefined;
  readonly rootRef: string | undefined;
  /** By bom-ref. */
  readonly components: ReadonlyMap<string, VexComponent>;
}

/**
 * Reads the analyses of a CycloneDX document. Statements about a component speak of it inside what the document describes
 * (`metadata.component`), where that can be identified. A BOM-Link to another document becomes the product's id.
 */
export function decodeCycloneDxVex(root: ValueObject): Decoded<ReadVex> {
  const reader = new DocumentReader();
  const notes = new VexNotes();
  const specVersion = reader.string(root, "specVersion", "");
  if (!VERSIONS.includes(specVersion)) {
    reader.refuse("specVersion", `expected one of ${VERSIONS.join(", ")}`, "NOT_SUPPORTED");
    return reader.finish<ReadVex>(undefined);
  }
  const serialNumber = reader.optionalString(root, "serialNumber", "");
  const version = readVersion(reader, root);
  const metadata = reader.optionalObject(root, "metadata", "") ?? {};
  const stated = reader.optionalTime(metadata, "timestamp", "metadata");
  if (stated === undefined) notes.add("metadata.timestamp", "it states no time: a statement with a date counts more");
  const author = readAuthor(reader, metadata);
  if (author === undefined) notes.add("metadata", "it names no author");
  const timestamp = stated ?? NO_TIME;
  const described = reader.optionalObject(metadata, "component", "metadata");
  const frame: Frame = {
    reader,
    notes,
    timestamp,
    serial: bareSerial(serialNumber ?? ""),
    version,
    root: described === undefined ? undefined : readComponent(reader, described, "metadata.component"),
    rootRef: described === undefined ? undefined : reader.optionalString(described, "bom-ref", "metadata.component"),
    components: readComponents(reader, root, metadata),
  };
  const statements = reader
    .objects(root, "vulnerabilities", "", (item, path) => readVulnerability(frame, item, path))
    .flat();
  if (statements.length === 0) {
    reader.refuse("vulnerabilities", "expected vulnerabilities with an analysis, found none", "NOT_SUPPORTED");
  }
  return reader.finish<ReadVex>({
    format: "CycloneDX",
    specVersion,
    document: {
      id:
        serialNumber === undefined ? nameByDigest(reader, root, "serialNumber") : `urn:cdx:${frame.serial}/${version}`,
      author: author ?? "unknown",
      timestamp,
      version,
      statements,
    },
    notes: notes.list(),
  });
}

function readVersion(reader: DocumentReader, root: ValueObject): number {
  const value = member(root, "version") ?? 1;
  const version = value instanceof Double ? value.value : value;
  if (typeof version === "number" && Number.isSafeInteger(version) && version >= 1) return version;
  reader.refuse("version", `expected an integer from 1, found ${describe(member(root, "version"))}`);
  return 1;
}

function readAuthor(reader: DocumentReader, metadata: ValueObject): string | undefined {
  const authors = reader.objects(metadata, "authors", "metadata", (author, at) => {
    return reader.optionalString(author, "name", at) ?? reader.optionalString(author, "email", at);
  });
  if (authors.length > 0) return authors.join(", ");
  for (const key of ["manufacturer", "manufacture", "supplier"]) {
    const party = reader.optionalObject(metadata, key, "metadata");
    const name = party === undefined ? undefined : reader.optionalString(party, "name", `metadata.${key}`);
    if (name !== undefined) return name;
  }
  return undefined;
}

function readComponents(
  reader: DocumentReader,
  root: ValueObject,
  metadata: ValueObject,
): ReadonlyMap<string, VexComponent> {
  const components = new Map<string, VexComponent>();
  const pending: { readonly component: ValueObject; readonly path: string }[] = [];
  const list = (parent: ValueObject, at: string): void => {
    reader.objects(parent, "components", at, (component, path) => void pending.push({ component, path }));
  };
  list(root, "");
  const described = reader.optionalObject(metadata, "component", "metadata");
  if (described !== undefined) pending.push({ component: described, path: "metadata.component" });
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { component, path } = next;
    const ref = reader.optionalString(component, "bom-ref", path);
    if (ref !== undefined && components.has(ref)) {
      reader.refuse(join(path, "bom-ref"), "expected a reference of its own, found one that another component has");
    } else if (ref !== undefined) components.set(ref, readComponent(reader, component, path));
    list(component, path);
  }
  return components;
}

function readComponent(reader: DocumentReader, component: ValueObject, path: string): VexComponent {
  const purl = reader.optionalString(component, "purl", path);
  const cpe = reader.optionalString(component, "cpe", path);
  const hashes = reader.objects(component, "hashes", path, (hash, at) => {
    const content = reader.string(hash, "content", at).toLowerCase();
    return [reader.string(hash, "alg", at).toLowerCase(), content] as const;
  });
  return {
    id: purl ?? cpe ?? "",
    identifiers: {
      ...(purl === undefined ? {} : { purl }),
      ...(cpe === undefined ? {} : { [cpe.startsWith("cpe:2.3:") ? "cpe23" : "cpe22"]: cpe }),
    },
    hashes: Object.fromEntries(hashes),
  };
}

/** Whether anything can tell the component from others. */
function isNamed(component: VexComponent | undefined): component is VexComponent {
  return component !== undefined && (component.id !== "" || Object.keys(component.hashes).length > 0);
}

function readVulnerability(frame: Frame, item: ValueObject, path: string): VexStatement | undefined {
  const { reader, notes } = frame;
  const analysis = reader.optionalObject(item, "analysis", path);
  if (analysis === undefined) {
    notes.add(path, "a vulnerability without analysis: it says nothing of any product");
    return undefined;
  }
  const at = join(path, "analysis");
  const state = reader.optionalString(analysis, "state", at);
  if (state === undefined) {
    notes.add(at, "an analysis without state: it says nothing of any product");
    return undefined;
  }
  const status = STATES.get(state);
  if (status === undefined) return reader.refuse(join(at, "state"), `expected one of ${[...STATES.keys()].join(", ")}`);
  const vulnerability = reader.string(item, "id", path);
  const references = reader.objects(item, "references", path, (reference, place) =>
    reader.optionalString(reference, "id", place),
  );
  const timestamp =
    reader.optionalTime(analysis, "lastUpdated", at) ??
    reader.optionalTime(analysis, "firstIssued", at) ??
    frame.timestamp;
  return withoutUndefined({
    vulnerability,
    aliases: [...new Set(references)].filter((name) => name !== vulnerability),
    products: readAffected(frame, item, path, status),
    status,
    ...readReasons(frame, analysis, at, { state, status }),
    actionStatement: status === "affected" ? readActions(reader, item, path) : undefined,
    timestamp,
  });
}

function readReasons(
  { reader, notes }: Frame,
  analysis: ValueObject,
  at: string,
  { state, status }: { readonly state: string; readonly status: VexStatus },
): Pick<VexStatement, "justification" | "impactStatement" | "statusNotes"> {
  const detail = reader.optionalString(analysis, "detail", at);
  const label = reader.optionalString(analysis, "justification", at);
  const meaning = label === undefined ? undefined : JUSTIFICATIONS.get(label);
  if (label !== undefined && meaning === undefined) {
    reader.refuse(join(at, "justification"), `expected one of ${[...JUSTIFICATIONS.keys()].join(", ")}`);
  }
  if (status !== "not_affected") {
    if (label !== undefined) notes.add(at, `a justification of ${state} is not read: it belongs to not_affected`);
    return withoutUndefined({ statusNotes: detail });
  }
  const words = [
    ...(state === "false_positive" ? ["The finding is a false positive."] : []),
    ...(typeof meaning === "object" ? [meaning.words] : []),
    ...(detail === undefined ? [] : [detail]),
  ];
  if (words.length === 0 && meaning === undefined) notes.add(at, "a product that is not affected, without reason");
  return withoutUndefined({
    justification: typeof meaning === "string" ? meaning : undefined,
    impactStatement: words.length === 0 ? undefined : words.join("\n"),
    // What OpenVEX's fewer labels lose.
    statusNotes: label === undefined ? undefined : `CycloneDX justification: ${label}`,
  });
}

/** What to do about it: advice in words, then the responses. */
function readActions(reader: DocumentReader, item: ValueObject, path: string): string | undefined {
  const at = join(path, "analysis");
  const analysis = reader.optionalObject(item, "analysis", path) ?? {};
  const responses = reader.strings(analysis, "response", at).map((response, index) => {
    const words = RESPONSES.get(response);
    return words ?? reader.refuse(`${at}.response[${index}]`, `expected one of ${[...RESPONSES.keys()].join(", ")}`);
  });
  const texts = [
    reader.optionalString(item, "recommendation", path),
    reader.optionalString(item, "workaround", path),
    ...responses,
  ].filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : texts.join("\n");
}

function readAffected(frame: Frame, item: ValueObject, path: string, status: VexStatus): readonly VexProduct[] {
  const { reader, notes, root } = frame;
  const products = reader.objects(item, "affects", path, (affected, at) => {
    const ref = reader.string(affected, "ref", at);
    const product = resolveRef(frame, ref, at);
    if (member(affected, "versions") === undefined) return product;
    // Fixed in some versions, of a component of any version: nobody says so of the others.
    if ((status === "not_affected" || status === "fixed") && !hasVersion(product.subcomponents[0] ?? product)) {
      notes.add(
        join(at, "versions"),
        `versions of a component that has none itself are not read: ${status} is said of none`,
      );
      return unmatchable(ref);
    }
    notes.add(join(at, "versions"), "versions of what is affected are not read: the statement is of the component");
    return product;
  });
  if (products.length > 0) return products;
  if (isNamed(root)) return [{ ...root, subcomponents: [] }];
  notes.add(path, "an analysis that names no product: it matches nothing");
  return [{ id: "cyclonedx:no-product", identifiers: {}, hashes: {}, subcomponents: [] }];
}

/** Whether what is named is of one version: of what other documents have, whoever knows them can tell. */
function hasVersion({ id, identifiers, hashes }: VexComponent): boolean {
  const { purl, cpe23, cpe22 } = identifiers as { readonly [key in "purl" | "cpe23" | "cpe22"]?: string };
  if (purl !== undefined) {
    const parsed = parsePackageUrl(purl);
    return parsed.ok && parsed.value.version !== undefined;
  }
  const cpe = cpe23 ?? cpe22;
  if (cpe !== undefined) return (parseCpe(cpe)?.attributes[VERSION_OF_CPE] ?? "*") !== "*";
  return Object.keys(hashes).length > 0 || parseBomLink(id) !== undefined;
}

/** A product that nothing matches. */
function unmatchable(ref: string): VexProduct {
  return { id: `cyclonedx:${encodeURIComponent(ref.toWellFormed())}`, identifiers: {}, hashes: {}, subcomponents: [] };
}

function resolveRef(frame: Frame, ref: string, at: string): VexProduct {
  const { notes, components, root, rootRef } = frame;
  const link = parseBomLink(ref);
  const isOwn = link === undefined || (link.serial === frame.serial && link.version === frame.version);
  // Another document's component, or another edition's: whoever knows that document can tell.
  if (!isOwn) return { id: ref, identifiers: {}, hashes: {}, subcomponents: [] };
  if (link !== undefined && link.ref === undefined && isNamed(root)) return { ...root, subcomponents: [] };
  const own = link === undefined ? ref : (link.ref ?? "");
  const known = spellingsOf(own).find((spelling) => components.has(spelling));
  const component = known === undefined ? undefined : components.get(known);
  if (!isNamed(component)) {
    notes.add(
      at,
      component === undefined
        ? "a reference to nothing in the document: it matches nothing"
        : "a component without package URL, CPE or hash: statements about it match nothing",
    );
    return unmatchable(ref);
  }
  if (known === rootRef) return { ...component, subcomponents: [] };
  if (isNamed(root)) return { ...root, subcomponents: [component] };
  notes.add(at, "the document does not identify its product: its statements count wherever the component is");
  return { ...component, subcomponents: [] };
}
