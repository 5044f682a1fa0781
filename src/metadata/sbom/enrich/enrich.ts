import { formatPackageUrl, type PackageUrl, parsePackageUrl } from "../../../artifact/index.ts";
import { matchesWildcard } from "../../../base/index.ts";
import { readAllLicenses } from "../licenses.ts";
import { partiesOf, plainSupplierOf } from "../parties.ts";
import type { Component, Party, Property, Sbom } from "../sbom.ts";
import type { EnrichRule, EnrichRules, EnrichValues } from "./enrich-rules.ts";

/** Followed by the field that was filled; its value names the rule. */
const MARK = "amap-inferred:";

/** One value that was filled. */
export interface Enrichment {
  /** The component, by reference; left out for the document. */
  readonly ref?: string;
  readonly field: string;
  /** The rule, or the SBOM that it was taken from. */
  readonly source: string;
}

export interface EnrichedSbom {
  readonly sbom: Sbom;
  /** In the order of the components. */
  readonly filled: readonly Enrichment[];
}

/**
 * Fills what components do not state from rules; what is stated is never changed. Each filled value is marked as inferred,
 * by a property `amap-inferred:FIELD` that names the rule. The first rule that matches and has a value wins.
 * @example
 * ```ts
 * import { enrichSbom, readEnrichRules, readSbom } from "../../index.ts";
 * import { encodeUtf8 } from "../../../base/index.ts";
 * const read = readSbom(encodeUtf8('{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"a"}]}'));
 * const rules = readEnrichRules({ rules: [{ match: { name: "a" }, set: { licenses: "MIT" } }] }, "rules.yaml");
 * const made = read.ok && rules.ok ? enrichSbom(read.value.sbom, rules.value) : undefined;
 * made?.sbom.components[0]?.licenses; // ["MIT"]
 * ```
 */
export function enrichSbom(sbom: Sbom, rules: EnrichRules): EnrichedSbom {
  const filled: Enrichment[] = [];
  const fillAll = (component: Component): Component => {
    const parsed = component.purl === undefined ? undefined : parsePackageUrl(component.purl);
    const purl = parsed?.ok === true ? parsed.value : undefined;
    const forms = purl === undefined ? [] : formsOf(purl);
    let made = component;
    for (const rule of rules.rules) {
      if (!matches(rule, component, forms)) continue;
      made = fill(made, valuesFor(rule.set, component, purl), rule.name, filled);
    }
    return made;
  };
  const own = fillDocument(sbom, rules, filled);
  // A subject without a name stands for nothing that a rule could know.
  const subject = sbom.subject.name === "" ? sbom.subject : fillAll(sbom.subject);
  return { sbom: { ...own, subject, components: sbom.components.map(fillAll) }, filled };
}

/**
 * The same from another SBOM: what it states of the component with the same package URL, qualifiers aside. `source` names
 * it in the marks.
 * @example
 * ```ts
 * import { enrichFromSbom, readSbom } from "../../index.ts";
 * import { encodeUtf8 } from "../../../base/index.ts";
 * const of = (more: string) => readSbom(encodeUtf8(
 *   `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"a","purl":"pkg:npm/a@1.0.0"${more}}]}`,
 * ));
 * const [bare, full] = [of(""), of(',"copyright":"the authors of a"')];
 * const made = bare.ok && full.ok ? enrichFromSbom(bare.value.sbom, full.value.sbom, "full.json") : undefined;
 * made?.filled[0]?.field; // "copyright"
 * ```
 */
export function enrichFromSbom(sbom: Sbom, other: Sbom, source: string): EnrichedSbom {
  const known = new Map<string, Component>();
  for (const component of [other.subject, ...other.components]) {
    const key = bareOf(component);
    if (key !== undefined && !known.has(key)) known.set(key, component);
  }
  const filled: Enrichment[] = [];
  const fillAll = (component: Component): Component => {
    const key = bareOf(component);
    const found = key === undefined ? undefined : known.get(key);
    return found === undefined ? component : fill(component, valuesOf(found), source, filled);
  };
  return { sbom: { ...sbom, subject: fillAll(sbom.subject), components: sbom.components.map(fillAll) }, filled };
}

/** A package URL without qualifiers. */
function bareOf({ purl }: Component): string | undefined {
  const parsed = purl === undefined ? undefined : parsePackageUrl(purl);
  return parsed?.ok === true ? formatPackageUrl({ ...parsed.value, qualifiers: {} }) : undefined;
}

/** What one component states, as what another one may be filled with. */
function valuesOf(component: Component): EnrichValues {
  const { version, description, copyright, cpes = [], licenses, concludedLicenses, references = [] } = component;
  return {
    parties: partiesOf(component),
    ...(version === undefined ? {} : { version }),
    ...(description === undefined ? {} : { description }),
    ...(copyright === undefined ? {} : { copyright }),
    ...(cpes[0] === undefined ? {} : { cpe: cpes[0] }),
    ...(licenses.length === 0 ? {} : { licenses: joined(licenses) }),
    ...(concludedLicenses === undefined ? {} : { concludedLicenses: joined(concludedLicenses) }),
    hashes: component.hashes,
    references,
    properties: [],
  };
}

function joined(licenses: readonly string[]): string {
  return licenses.length === 1 ? (licenses[0] ?? "") : licenses.map((license) => `(${license})`).join(" AND ");
}

/** A package URL without qualifiers, with and without its version. */
function formsOf(purl: PackageUrl): readonly string[] {
  const { version: _, ...bare } = { ...purl, qualifiers: {} };
  return [formatPackageUrl({ ...purl, qualifiers: {} }), formatPackageUrl(bare)];
}

function matches({ purl, componentName }: EnrichRule, { name, group }: Component, forms: readonly string[]): boolean {
  if (componentName !== undefined) {
    const names = group === undefined ? [name] : [name, `${group}/${name}`];
    if (!names.some((each) => matchesWildcard(componentName, each))) return false;
  }
  return purl === undefined || forms.some((form) => matchesWildcard(purl, form));
}

/** A rule's values with the component's own name and version in them. */
function valuesFor(set: EnrichValues, component: Component, purl: PackageUrl | undefined): EnrichValues {
  const words = {
    name: purl?.name ?? component.name,
    version: component.version ?? purl?.version ?? "",
    namespace: purl?.namespace ?? component.group ?? "",
  };
  const write = (text: string): string =>
    text.replace(/\{(name|version|namespace)\}/g, (_, key: keyof typeof words) => words[key]);
  const { parties, hashes, references, properties, ...texts } = set;
  return {
    ...(Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, write(text)])) as typeof texts),
    parties: parties.map((party) => ({ ...party, name: write(party.name), urls: party.urls.map(write) })),
    hashes,
    references: references.map((reference) => ({ ...reference, url: write(reference.url) })),
    properties: properties.map(({ name, value }) => ({ name, value: write(value) })),
  };
}

/** The component with what it does not state. */
function fill(component: Component, values: EnrichValues, source: string, filled: Enrichment[]): Component {
  const fields: string[] = [];
  const take = <T>(field: string, isMissing: boolean, value: T | undefined): value is T => {
    const isTaken = isMissing && value !== undefined && value !== "";
    if (isTaken) fields.push(field);
    return isTaken;
  };
  const made: { -readonly [K in keyof Component]: Component[K] } = { ...component };
  for (const key of ["version", "purl", "description", "copyright"] as const) {
    if (take(key, made[key] === undefined, values[key])) made[key] = values[key];
  }
  if (take("cpe", (made.cpes ?? []).length === 0, values.cpe)) made.cpes = [values.cpe ?? ""];
  if (take("licenses", made.licenses.length === 0, values.licenses)) {
    made.licenses = readAllLicenses([values.licenses ?? ""]);
  }
  if (take("concludedLicenses", made.concludedLicenses === undefined, values.concludedLicenses)) {
    made.concludedLicenses = readAllLicenses([values.concludedLicenses ?? ""]);
  }
  if (take("hashes", made.hashes.length === 0 && values.hashes.length > 0, values.hashes)) made.hashes = values.hashes;
  fillParties(made, values.parties, fields);
  const kinds = new Set((made.references ?? []).map(({ kind }) => kind));
  const references = values.references.filter(({ kind }) => !kinds.has(kind));
  if (references.length > 0) made.references = [...(made.references ?? []), ...references];
  fields.push(...new Set(references.map(({ kind }) => `references.${kind}`)));
  const names = new Set((made.properties ?? []).map(({ name }) => name));
  const properties = values.properties.filter(({ name }) => !names.has(name));
  fields.push(...properties.map(({ name }) => `properties.${name}`));
  if (fields.length === 0) return component;
  for (const field of fields) filled.push({ ref: component.ref, field, source });
  made.properties = [...(made.properties ?? []), ...properties, ...fields.map((field) => markOf(field, source))];
  return made;
}

function markOf(field: string, source: string): Property {
  return { name: `${MARK}${field}`, value: source };
}

function fillParties(
  made: { -readonly [K in keyof Component]: Component[K] },
  values: readonly Party[],
  fields: string[],
): void {
  const stated = partiesOf(made);
  const added = values.filter(({ role }) => !stated.some((party) => party.role === role));
  if (added.length === 0) return;
  const all = [...stated, ...added];
  const plain = plainSupplierOf(all);
  const named = all.find(({ role }) => role === "supplier") ?? all.find(({ role }) => role === "manufacturer");
  const supplier = plain ?? named?.name;
  if (supplier) made.supplier = supplier;
  if (plain === undefined) made.parties = all;
  else delete made.parties;
  fields.push(...new Set(added.map(({ role }) => role)));
}

function fillDocument(sbom: Sbom, { document }: EnrichRules, filled: Enrichment[]): Sbom {
  if (document === undefined) return sbom;
  const source = document.name;
  const fields: string[] = [];
  const parties: readonly Party[] =
    sbom.parties ?? sbom.authors.map((name) => ({ role: "author", kind: "person", name, emails: [], urls: [] }));
  const added = document.parties.filter(({ role }) => !parties.some((party) => party.role === role));
  fields.push(...new Set(added.map(({ role }) => role)));
  const hasLifecycles = (sbom.lifecycles ?? []).length > 0 || document.lifecycles.length === 0;
  if (!hasLifecycles) fields.push("lifecycles");
  const hasLicense = sbom.dataLicense !== undefined || document.dataLicense === undefined;
  if (!hasLicense) fields.push("dataLicense");
  if (fields.length === 0) return sbom;
  for (const field of fields) filled.push({ field, source });
  const authors = added.filter(({ role }) => role === "author").map(({ name, emails }) => name || (emails[0] ?? ""));
  return {
    ...sbom,
    authors: [...sbom.authors, ...authors],
    ...(added.length === 0 ? {} : { parties: [...parties, ...added] }),
    ...(hasLifecycles ? {} : { lifecycles: document.lifecycles }),
    ...(hasLicense || document.dataLicense === undefined ? {} : { dataLicense: document.dataLicense }),
    properties: [...(sbom.properties ?? []), ...fields.map((field) => markOf(field, source))],
  };
}
