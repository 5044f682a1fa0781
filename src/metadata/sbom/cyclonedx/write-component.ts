import { equalValues, type Value, type ValueObject } from "../../../base/index.ts";
import { KEPT_OF_COMPONENT, keepFields } from "../kept-fields.ts";
import { isLicenseExpression, isLicenseId, joinLicenses } from "../licenses.ts";
import type { Losses } from "../losses.ts";
import { PROPERTIES } from "../names.ts";
import { partiesOf } from "../parties.ts";
import { asProperty, CHANGED_SINCE, remainderIn, remaindersAsProperties, withRemainder } from "../remainder.ts";
import type { Component, Party, Property } from "../sbom.ts";
import { DocumentReader, listOrNothing, toObject } from "../value-reading.ts";
import { readComponent } from "./read-component.ts";
import { SCOPES } from "./scopes.ts";
import {
  type CycloneDxVersion,
  fitsVersion,
  hasMember,
  hasReferenceType,
  isSince,
  toComponentType,
} from "./versions.ts";

/** How to write. */
export interface WriteContext {
  readonly version: CycloneDxVersion;
  readonly losses: Losses;
}

/** A component object without those nested in it. */
export function writeComponent(component: Component, context: WriteContext): ValueObject {
  const remainder = remainderIn(component.remainders, "CycloneDX");
  if (remainder === undefined) return writeModel(component, context, []);
  const entries = Object.entries(remainder.members);
  const fits = ([key]: readonly [string, Value]): boolean => fitsVersion("component", key, remainder, context.version);
  const fitting = { ...remainder, members: Object.fromEntries(entries.filter(fits)) };
  const others = entries.filter((entry) => !fits(entry));
  const properties = others.length === 0 ? [] : [asProperty({ ...remainder, members: Object.fromEntries(others) })];
  for (const [key] of others) noteKept(`components[].remainder.${key}`, component.ref, context);
  const written = writeModel(component, context, properties);
  const { object, refused } = withRemainder(written, fitting, (each) => isStill(each, written));
  for (const key of refused)
    context.losses.add(`components[].remainder.${key}`, "dropped", CHANGED_SINCE, component.ref);
  return object;
}

/** Whether an object is read as the same component as another one. */
function isStill(object: ValueObject, written: ValueObject): boolean {
  const [a, b] = [object, written].map((each) => {
    const reader = new DocumentReader();
    const read = readComponent(each, "", reader);
    return reader.issues.length > 0 ? undefined : read;
  });
  return a !== undefined && b !== undefined && equalValues(a as unknown as Value, b as unknown as Value);
}

function noteKept(path: string, ref: string, { version, losses }: WriteContext): void {
  if (isSince(version, "1.3"))
    losses.add(path, "kept", `CycloneDX ${version} has no member for it; a property has`, ref);
  else losses.add(path, "dropped", `CycloneDX ${version} has neither a member for it nor properties`, ref);
}

function writeModel(component: Component, context: WriteContext, kept: readonly Property[]): ValueObject {
  const { version } = context;
  const extra = new ExtraProperties(component.ref, context);
  const type = toComponentType(component.kind, version);
  if (type !== component.kind) extra.add("kind", PROPERTIES.kind, component.kind);
  const [cpe, ...moreCpes] = component.cpes ?? [];
  for (const more of moreCpes) extra.add("cpes", PROPERTIES.cpe, more);
  const hasOccurrences = isSince(version, "1.5");
  if (!hasOccurrences)
    for (const location of component.locations) extra.add("locations", PROPERTIES.location, location);
  for (const layer of component.layers ?? []) extra.add("layers", PROPERTIES.layer, layer);
  const source = component.sourcePackage;
  if (source !== undefined) {
    extra.add("sourcePackage", PROPERTIES.sourceName, source.name);
    extra.add("sourcePackage", PROPERTIES.sourceVersion, source.version);
  }
  const parties = writeParties(component, context);
  const licenses = writeLicenses(component, context, extra);
  extra.addAll("remainder", remaindersAsProperties(component.remainders, "CycloneDX"));
  extra.addAll("remainder", kept);
  const object: Record<string, Value | undefined> = {
    "bom-ref": component.ref,
    type,
    supplier: parties.supplier,
    manufacturer: parties.manufacturer,
    authors: parties.authors,
    author: parties.author,
    publisher: parties.publisher,
    group: component.group,
    name: component.name,
    // Required up to 1.3, where an empty one says that there is none.
    version: component.version ?? (isSince(version, "1.4") ? undefined : ""),
    description: component.description,
    scope: component.scope === "production" ? undefined : SCOPES[component.scope],
    hashes: listOrNothing(component.hashes.map(({ algorithm, value }) => ({ alg: algorithm, content: value }))),
    licenses,
    copyright: component.copyright,
    cpe,
    purl: component.purl,
    externalReferences: listOrNothing(writeReferences(component, context)),
    evidence:
      component.locations.length === 0 || !hasOccurrences
        ? undefined
        : { occurrences: component.locations.map((location) => ({ location })) },
  };
  for (const property of keepFieldsOf(component, toObject(object))) extra.addAll("parties and references", [property]);
  return toObject({ ...object, properties: listOrNothing(extra.finish(component.properties ?? [])) });
}

/** What the written object is not read as. */
function keepFieldsOf(component: Component, object: ValueObject): readonly Property[] {
  if (component.parties === undefined && component.references === undefined && component.supplier === undefined)
    return [];
  const { component: read } = readComponent(object, "", new DocumentReader());
  return keepFields(component, read, KEPT_OF_COMPONENT);
}

/** Properties of a component: its own, then what the version has no member for. */
class ExtraProperties {
  readonly #ref: string;
  readonly #context: WriteContext;
  readonly #properties: Property[] = [];

  constructor(ref: string, context: WriteContext) {
    this.#ref = ref;
    this.#context = context;
  }

  add(member: string, name: string, value: string): void {
    noteKept(`components[].${member}`, this.#ref, this.#context);
    this.#properties.push({ name, value });
  }

  addAll(member: string, properties: readonly Property[]): void {
    for (const { name, value } of properties) this.add(member, name, value);
  }

  finish(own: readonly Property[]): readonly Value[] {
    const { version, losses } = this.#context;
    const all = [...own, ...this.#properties].map(({ name, value }) => ({ name, value }));
    if (hasMember("component", "properties", version)) return all;
    for (const _ of own) losses.add("components[].properties", "dropped", `CycloneDX ${version} has none`, this.#ref);
    return [];
  }
}

/** `organizationalEntity`. */
export function writeOrganization({ name, emails, urls }: Party): ValueObject {
  return toObject({
    name: name === "" ? undefined : name,
    url: listOrNothing(urls),
    contact: listOrNothing(emails.map((email) => ({ email }))),
  });
}

/** `organizationalContact`. */
export function writePerson({ name, emails: [email] }: Party): ValueObject {
  return toObject({ name: name === "" ? undefined : name, email });
}

interface WrittenParties {
  readonly supplier?: Value;
  readonly manufacturer?: Value;
  readonly authors?: Value;
  readonly author?: string;
  readonly publisher?: string;
}

function writeParties(component: Component, { version }: WriteContext): WrittenParties {
  const parties = partiesOf(component);
  const hasPeople = isSince(version, "1.6");
  const of = (role: Party["role"]): readonly Party[] => parties.filter((party) => party.role === role);
  const suppliers = of("supplier");
  const manufacturers = of("manufacturer");
  const [supplier] = suppliers;
  const people = of("author").filter((party) => party.kind === "person");
  const words = [...of("author").filter((party) => party.kind !== "person"), ...(hasPeople ? [] : people)];
  const publishers = of("publisher");
  return {
    ...(supplier === undefined ? {} : { supplier: writeOrganization(supplier) }),
    ...(manufacturers[0] === undefined || !hasPeople ? {} : { manufacturer: writeOrganization(manufacturers[0]) }),
    ...(people.length === 0 || !hasPeople ? {} : { authors: people.map((party) => writePerson(party)) }),
    ...(words.length === 0 ? {} : { author: words.map(({ name, emails }) => name || emails[0] || "").join(", ") }),
    ...(publishers[0] === undefined ? {} : { publisher: publishers[0].name }),
  };
}

/** A list of ids and names, or exactly one expression: the schema allows no mixture of the two. */
export function toLicenseChoices(licenses: readonly string[]): readonly ValueObject[] {
  const needsExpression = licenses.some((license) => isLicenseExpression(license) && !isLicenseId(license));
  if (needsExpression && licenses.every((license) => isLicenseExpression(license))) {
    return [{ expression: joinLicenses(licenses, (words) => words) }];
  }
  return licenses.map((license) => ({ license: isLicenseId(license) ? { id: license } : { name: license } }));
}

function writeLicenses(
  component: Component,
  { version }: WriteContext,
  extra: ExtraProperties,
): readonly Value[] | undefined {
  const concluded = component.concludedLicenses ?? [];
  const stated = toLicenseChoices(component.licenses);
  const judged = toLicenseChoices(concluded);
  const isMixed = stated.length > 0 && [...stated, ...judged].some((choice) => Object.hasOwn(choice, "expression"));
  if (concluded.length === 0) return listOrNothing(stated);
  if (isMixed || !isSince(version, "1.6")) {
    for (const license of concluded) extra.add("concludedLicenses", PROPERTIES.concludedLicense, license);
    return listOrNothing(stated);
  }
  const acknowledged = judged.map((choice) =>
    Object.hasOwn(choice, "expression")
      ? { ...choice, acknowledgement: "concluded" }
      : { license: { ...(choice["license"] as ValueObject), acknowledgement: "concluded" } },
  );
  return [...stated, ...acknowledged];
}

function writeReferences({ references = [] }: Component, { version }: WriteContext): readonly Value[] {
  const hasHashes = isSince(version, "1.3");
  return references.map(({ kind, url, comment, hashes }) =>
    toObject({
      type: hasReferenceType(kind, version) ? kind : "other",
      url,
      comment,
      hashes: hasHashes
        ? listOrNothing(hashes.map(({ algorithm, value }) => ({ alg: algorithm, content: value })))
        : undefined,
    }),
  );
}
