import { parsePackageUrl } from "../../artifact/index.ts";
import {
  AmapError,
  digestHex,
  digestOf,
  encodeUtf8,
  memberOf,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import { withoutUndefined } from "../document-reader.ts";
import { bareSerial, parseBomLink } from "./bom-link.ts";
import { type Identification, identify, identityKey } from "./encode-component.ts";
import type { EncodedVex } from "./encode-csaf.ts";
import { namingSystemOf, VexLosses } from "./encode-losses.ts";
import {
  statementProblem,
  type VexComponent,
  type VexDocument,
  type VexJustification,
  type VexProduct,
  type VexStatement,
  type VexStatus,
} from "./vex.ts";

/** Versions of CycloneDX in which VEX is written. */
export const CYCLONEDX_VEX_VERSIONS = ["1.4", "1.5", "1.6", "1.7"] as const;
export type CycloneDxVexVersion = (typeof CYCLONEDX_VEX_VERSIONS)[number];

const STATES: { readonly [status in VexStatus]: string } = {
  affected: "exploitable",
  under_investigation: "in_triage",
  not_affected: "not_affected",
  fixed: "resolved",
};
/** Each with whether amap reads the same label again. */
const JUSTIFICATIONS: { readonly [label in VexJustification]: readonly [label: string, isSame: boolean] } = {
  component_not_present: ["code_not_present", false],
  vulnerable_code_not_present: ["code_not_present", true],
  vulnerable_code_not_in_execute_path: ["code_not_reachable", true],
  vulnerable_code_cannot_be_controlled_by_adversary: ["protected_by_mitigating_control", false],
  inline_mitigations_already_exist: ["protected_by_mitigating_control", true],
};
/** The algorithms that the format knows, by the names of OpenVEX. */
const HASH_NAMES: ReadonlyMap<string, string> = new Map(
  "MD5 SHA-1 SHA-256 SHA-384 SHA-512 SHA3-256 SHA3-384 SHA3-512 BLAKE2b-256 BLAKE2b-384 BLAKE2b-512 BLAKE3"
    .split(" ")
    .map((name) => [name.toLowerCase(), name]),
);
const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/;
const PROPERTY = "amap:vex:";

interface Frame {
  readonly version: CycloneDxVexVersion;
  readonly losses: VexLosses;
  /** What the document describes: inside it are all components that statements name. */
  readonly root: VexComponent | undefined;
  readonly components: Map<string, { readonly ref: string; readonly item: ValueObject }>;
}

/**
 * Writes a document as CycloneDX 1.4 to 1.7: an analysis for each statement, and the components that they name. What is
 * said about components inside one product is said of that product's document (`metadata.component`); CycloneDX has no form
 * for several products with components inside them, nor for such a product beside others.
 * @throws {AmapError} NOT_SUPPORTED for those, and for such a product that has no package URL, CPE or hash; DOCUMENT_INVALID for a statement that lacks what its status needs
 * @see https://cyclonedx.org/capabilities/vex/
 * @example
 * ```ts
 * import { encodeCycloneDxVex } from "../index.ts";
 * const statement = {
 *   vulnerability: "CVE-2021-23337", aliases: [], status: "fixed", timestamp: "2026-01-01T00:00:00Z",
 *   products: [{ id: "pkg:npm/lodash@4.17.21", identifiers: {}, hashes: {}, subcomponents: [] }],
 * } as const;
 * const id = "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1";
 * const document = { id, author: "Zoe", timestamp: statement.timestamp, version: 1, statements: [statement] };
 * encodeCycloneDxVex(document, "1.6").losses; // []
 * ```
 */
export function encodeCycloneDxVex(document: VexDocument, version: CycloneDxVexVersion): EncodedVex {
  const losses = new VexLosses();
  const frame: Frame = { version, losses, root: rootOf(document), components: new Map() };
  const root = frame.root === undefined ? undefined : encodeRoot(frame, frame.root);
  const vulnerabilities = document.statements.map((statement, index) =>
    encodeStatement(frame, document, statement, index),
  );
  const components = [...frame.components.values()].map(({ item }) => item).filter((item) => item !== root?.item);
  const { serialNumber, edition } = nameOf(document, losses);
  const properties = propertiesOf(document, losses);
  const value: Value = withoutUndefined({
    bomFormat: "CycloneDX",
    specVersion: version,
    serialNumber,
    version: edition,
    metadata: withoutUndefined({
      timestamp: document.timestamp.toUpperCase(),
      tools: toolsOf(document, version),
      authors: [{ name: document.author }],
      component: root?.item,
      properties: properties.length === 0 ? undefined : properties,
    }),
    components: components.length === 0 ? undefined : components,
    vulnerabilities,
  });
  return { value, losses: losses.list() };
}

/** The one product that has components inside it; undefined where none has. */
function rootOf({ statements }: VexDocument): VexComponent | undefined {
  const products = statements.flatMap((statement) => statement.products);
  const outer = new Map(
    products.filter(({ subcomponents }) => subcomponents.length > 0).map((product) => [identityKey(product), product]),
  );
  const [root] = outer.values();
  if (root === undefined) return undefined;
  const key = identityKey(root);
  if (outer.size > 1 || products.some((product) => identityKey(product) !== key)) {
    throw new AmapError(
      "NOT_SUPPORTED",
      "the document is about components inside several products; a CycloneDX document describes one product",
      { hint: "Convert a document for each product, or write CSAF, which knows several." },
    );
  }
  return root;
}

/** The described product: what is said inside one that nobody can identify would be read as said of every product. */
function encodeRoot(frame: Frame, root: VexComponent): ReturnType<typeof encodeComponent> {
  const encoded = encodeComponent(frame, root);
  if (["purl", "cpe", "hashes"].some((key) => memberOf(encoded.item, key) !== undefined)) return encoded;
  throw new AmapError(
    "NOT_SUPPORTED",
    `the document is about components inside ${root.id.slice(0, 100)}, which CycloneDX cannot name`,
    { hint: "Name the product by a package URL, CPE or hash, or write CSAF or OpenVEX." },
  );
}

/** A BOM-Link names a document by its serial number and version; of any other id a serial number is made. */
function nameOf(document: VexDocument, losses: VexLosses): { readonly serialNumber: string; readonly edition: number } {
  const link = parseBomLink(document.id);
  if (link !== undefined && link.ref === undefined) {
    if (link.version !== document.version)
      losses.add("changed", "version", "the version is that of the document's BOM-Link");
    return { serialNumber: `urn:uuid:${link.serial}`, edition: link.version };
  }
  const edition = Math.max(1, document.version);
  if (edition !== document.version) losses.add("changed", "version", "versions begin with 1");
  const uuid = /^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.exec(document.id)?.[0];
  losses.add("changed", "id", "it is a serial number, by which amap reads it as a BOM-Link");
  return { serialNumber: `urn:uuid:${uuid === undefined ? uuidOf(document.id) : bareSerial(uuid)}`, edition };
}

/** A UUID of version 8 from the digest of a text: the same for the same text. */
function uuidOf(text: string): string {
  const hex = digestHex(digestOf(encodeUtf8(text)));
  const variant = (Number.parseInt(hex.slice(16, 17), 16) % 4) + 8;
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`];
  return [...parts, `${variant.toString(16)}${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}

function propertiesOf(document: VexDocument, losses: VexLosses): readonly ValueObject[] {
  const kept: [name: string, value: string | undefined][] = [
    ["id", parseBomLink(document.id) === undefined ? document.id : undefined],
    ["role", document.role],
    ["lastUpdated", document.lastUpdated],
  ];
  if (document.role !== undefined) losses.add("changed", "role", "it is kept as a property");
  if (document.lastUpdated !== undefined) losses.add("changed", "lastUpdated", "it is kept as a property");
  if (document.tooling !== undefined) losses.add("changed", "tooling", "it is kept as the tool");
  return kept.flatMap(([name, value]) => (value === undefined ? [] : [{ name: `${PROPERTY}${name}`, value }]));
}

function toolsOf({ tooling }: VexDocument, version: CycloneDxVexVersion): Value | undefined {
  if (tooling === undefined) return undefined;
  return version === "1.4" ? [{ name: tooling }] : { components: [{ type: "application", name: tooling }] };
}

function encodeStatement(frame: Frame, document: VexDocument, statement: VexStatement, index: number): ValueObject {
  const { losses } = frame;
  const problem = statementProblem(statement);
  if (problem !== undefined && statement.status !== "affected" && statement.status !== "not_affected")
    throw new AmapError("DOCUMENT_INVALID", `statements[${index}]: ${problem}`);
  if (statement.products.length === 0)
    throw new AmapError("DOCUMENT_INVALID", `statements[${index}]: names no product, which the analysis needs`);
  const { vulnerability, aliases, status, actionStatement } = statement;
  if (status !== "affected" && actionStatement !== undefined)
    losses.add("dropped", "statements[].actionStatement", "an action for what is not affected");
  return withoutUndefined({
    id: vulnerability,
    source: { name: namingSystemOf(vulnerability) },
    references: aliases.length === 0 ? undefined : aliases.map((id) => ({ id, source: { name: namingSystemOf(id) } })),
    recommendation: status === "affected" ? actionStatement : undefined,
    analysis: analysisOf(frame, document, statement),
    affects: [...new Set(statement.products.flatMap((product) => refsOf(frame, product)))].map((ref) => ({ ref })),
    properties: keptOf(statement),
  });
}

function analysisOf({ version, losses }: Frame, document: VexDocument, statement: VexStatement): ValueObject {
  const { status, justification, impactStatement, statusNotes, timestamp } = statement;
  const [label, isSame] = justification === undefined ? [undefined, true] : JUSTIFICATIONS[justification];
  if (!isSame)
    losses.add(
      "changed",
      "statements[].justification",
      `${justification} is written as ${label}, and kept as a property`,
    );
  if (timestamp !== document.timestamp && version === "1.4")
    losses.add("changed", "statements[].timestamp", "before 1.5 an analysis has no time of its own");
  const isAnswer = status === "not_affected";
  if (isAnswer && statusNotes !== undefined)
    losses.add("changed", "statements[].statusNotes", "a note on not_affected is kept as a property");
  if (!isAnswer && impactStatement !== undefined)
    losses.add("changed", "statements[].impactStatement", `an impact of what is ${status} is read as a note on it`);
  const details = isAnswer ? [impactStatement] : [statusNotes, impactStatement];
  const detail = details.filter((text) => text !== undefined).join("\n");
  return withoutUndefined({
    state: STATES[status],
    justification: label,
    detail: detail === "" ? undefined : detail,
    lastUpdated: version === "1.4" ? undefined : timestamp.toUpperCase(),
  });
}

/** What the analysis says in other words, or not at all. */
function keptOf({ status, justification, statusNotes }: VexStatement): Value | undefined {
  const isSame = justification === undefined || JUSTIFICATIONS[justification][1];
  const properties = [
    ...(isSame ? [] : [{ name: `${PROPERTY}justification`, value: justification }]),
    ...(status !== "not_affected" || statusNotes === undefined
      ? []
      : [{ name: `${PROPERTY}statusNotes`, value: statusNotes }]),
  ];
  return properties.length === 0 ? undefined : properties;
}

function refsOf(frame: Frame, product: VexProduct): readonly string[] {
  const { subcomponents } = product;
  if (subcomponents.length > 0) return subcomponents.map((component) => refOf(frame, component));
  return [refOf(frame, product)];
}

function refOf(frame: Frame, component: VexComponent): string {
  // A component of another document: its BOM-Link says where.
  if (parseBomLink(component.id) !== undefined && frame.root === undefined) return component.id;
  return encodeComponent(frame, component).ref;
}

function encodeComponent(frame: Frame, component: VexComponent): { readonly ref: string; readonly item: ValueObject } {
  const { id, identifiers, hashes } = component;
  const key = identityKey({ id, identifiers, hashes });
  const known = frame.components.get(key);
  if (known !== undefined) return known;
  const identification = identify(component, frame.losses);
  const ref = `component-${frame.components.size + 1}`;
  const encoded = { ref, item: itemOf(identification, ref, frame.losses) };
  frame.components.set(key, encoded);
  return encoded;
}

function itemOf(
  { name, purl, cpe, hashes, bomLink, iri }: Identification,
  ref: string,
  losses: VexLosses,
): ValueObject {
  const parsed = purl === undefined ? undefined : parsePackageUrl(purl);
  const found = parsed?.ok === true ? parsed.value : undefined;
  const listed = Object.entries(hashes).flatMap(([algorithm, content]) => {
    const alg = HASH_NAMES.get(algorithm);
    if (alg !== undefined && HASH.test(content)) return [{ alg, content }];
    losses.add(
      "dropped",
      "statements[].products[].hashes",
      "a hash of an algorithm or form that CycloneDX does not know",
    );
    return [];
  });
  const other = iri ?? bomLink;
  if (other !== undefined)
    losses.add("changed", "statements[].products[].id", "an IRI is kept as a property, by which nothing is matched");
  return withoutUndefined({
    type: found?.type === "oci" || found?.type === "docker" ? "container" : "library",
    "bom-ref": ref,
    name: found?.name ?? name,
    version: found?.version,
    cpe,
    purl,
    hashes: listed.length === 0 ? undefined : listed,
    properties: other === undefined ? undefined : [{ name: `${PROPERTY}id`, value: other }],
  });
}
