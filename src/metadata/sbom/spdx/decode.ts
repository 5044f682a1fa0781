import { compareText, type Decoded, isValueObject, LIMITS, listOf, type ValueObject } from "../../../base/index.ts";
import type { DecodeOptions } from "../decode-options.ts";
import { Losses } from "../losses.ts";
import { readSubjectDigest } from "../package-url-reading.ts";
import { type RemainderOptions, remainderOf, withObjectRemainder } from "../remainder.ts";
import type { Component, DecodedSbom, Sbom } from "../sbom.ts";
import { TextPool } from "../text-pool.ts";
import { addEdges, DocumentReader, finishDependencies } from "../value-reading.ts";
import { DOCUMENT_REF, withContainer } from "./document-subject.ts";
import { assignIds, contextOf, writeDocument } from "./encode.ts";
import { type Relations, readDocument, readExtractedLicenses, readRelations, toRef } from "./read-document.ts";
import { readPackage } from "./read-package.ts";
import { readSpdx2Version, SPDX2_VERSIONS, type Spdx2Version } from "./versions.ts";
import { writePackage } from "./write-package.ts";

/**
 * Reads an SPDX 2.1 to 2.3 document in its JSON form: its packages and how they relate. Files and snippets are no
 * components.
 */
export function decodeSpdx(document: ValueObject, options: DecodeOptions = {}): Decoded<DecodedSbom> {
  const pool = new TextPool();
  const reader = new DocumentReader(pool);
  const stated = reader.text(document, "spdxVersion", "") ?? "";
  const specVersion = readSpdx2Version(stated);
  if (specVersion === undefined) {
    const message = `${stated.slice(0, 20) || "a document without spdxVersion"}; amap reads SPDX ${SPDX2_VERSIONS.join(", ")}`;
    return { ok: false, issues: [{ code: "NOT_SUPPORTED", path: "spdxVersion", message }] };
  }
  const relations = readRelations(document, reader);
  const places = new Map<string, number>();
  const packages = readPackages(document, relations, reader, places);
  const { remainders, statedDigest, name, ...own } = readDocument(document, reader);
  const subject = findSubject(name, packages, relations);
  const components = [...packages.values()]
    .filter(({ ref }) => ref !== subject.ref)
    .map((component) => withContainer(component, subject, packages, relations));
  const digest = readSubjectDigest(statedDigest, subject);
  const sbom: Sbom = {
    ...own,
    subject,
    ...(digest === undefined ? {} : { subjectDigest: digest }),
    components: components.sort((a, b) => compareText(a.ref, b.ref)),
    dependencies: finishDependencies(relations.edges, [subject, ...components]),
    ...(remainders.length === 0 ? {} : { remainders }),
  };
  if (reader.issues.length > 0) return { ok: false, issues: reader.issues };
  const whole =
    options.keepsRemainders === true
      ? withRemainders(sbom, document, { places, scopes: relations.scopes, pool }, specVersion)
      : sbom;
  return { ok: true, value: { format: "SPDX", specVersion, sbom: whole, problems: reader.problems } };
}

function readPackages(
  document: ValueObject,
  relations: Relations,
  reader: DocumentReader,
  places: Map<string, number>,
): ReadonlyMap<string, Component> {
  const extracted = readExtractedLicenses(document, reader);
  const packages = new Map<string, Component>();
  const freeNumbers = new Map<string, number>();
  for (const [item, at, place] of reader.eachObject(document, "packages", "")) {
    if (packages.size >= LIMITS.components) {
      reader.refuse("packages", `more than ${LIMITS.components} packages`);
      break;
    }
    const ref = reader.shared(takeRef({ stated: reader.text(item, "SPDXID", at), at, packages, freeNumbers }, reader));
    const name = reader.text(item, "name", at);
    if (name === undefined) reader.note(`${at}.name`, "a package needs a name");
    const { statedScope, ...read } = readPackage({ item, at, name: name ?? "", extracted, reader });
    packages.set(ref, { ref, ...read, scope: statedScope ?? relations.scopes.get(ref) ?? "production" });
    if (statedScope !== undefined) relations.scopes.delete(ref);
    places.set(ref, place);
  }
  return packages;
}

/** A package's id; one of its own for a package without, and for one whose id is another one's. */
function takeRef(
  {
    stated,
    at,
    packages,
    freeNumbers,
  }: {
    readonly stated: string | undefined;
    readonly at: string;
    readonly packages: ReadonlyMap<string, Component>;
    /** The first number behind an id that may not be taken: without it, many alike would each try all before. */
    readonly freeNumbers: Map<string, number>;
  },
  reader: DocumentReader,
): string {
  const wanted = toRef(stated) ?? "";
  if (wanted === "") reader.note(`${at}.SPDXID`, "a package needs an id");
  else if (!packages.has(wanted)) return wanted;
  else {
    const message = `the id "${wanted.slice(0, 200)}" is another package's too; what refers to it means the first`;
    reader.note(`${at}.SPDXID`, message);
  }
  const base = wanted === "" ? "Package" : wanted;
  let number = freeNumbers.get(base) ?? 2;
  let ref = wanted === "" && number === 2 ? base : `${base}-${number}`;
  for (; packages.has(ref); number++) ref = `${base}-${number}`;
  freeNumbers.set(base, number);
  return ref;
}

/** A document that describes one package is about that package; one that describes several, or none, is about itself. */
function findSubject(
  name: string,
  packages: ReadonlyMap<string, Component>,
  { described, edges }: Relations,
): Component {
  const found = [...described].flatMap((ref) => packages.get(ref) ?? []);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 0) {
    addEdges(
      edges,
      DOCUMENT_REF,
      found.map(({ ref }) => ref),
    );
  }
  return {
    ref: DOCUMENT_REF,
    kind: "application",
    name: name === "unnamed" ? "" : name,
    licenses: [],
    hashes: [],
    locations: [],
    scope: "production",
  };
}

const DOCUMENT: RemainderOptions = {
  left: new Set(["spdxVersion", "packages"]),
  added: new Set(["dataLicense", "name", "relationships"]),
};
// A package without id is given one, since others refer to it.
const PACKAGE: RemainderOptions = { left: new Set(), added: new Set(["SPDXID"]) };

function withRemainders(
  sbom: Sbom,
  document: ValueObject,
  {
    places,
    scopes,
    pool,
  }: {
    readonly places: ReadonlyMap<string, number>;
    readonly scopes: ReadonlyMap<string, unknown>;
    readonly pool: TextPool;
  },
  specVersion: Spdx2Version,
): Sbom {
  const marker = { format: "SPDX", specVersion } as const;
  // The ids must be those that were read, as they are for a document with a remainder.
  const kept: Sbom = { ...sbom, remainders: [...(sbom.remainders ?? []), { ...marker, members: {} }] };
  const context = contextOf(kept, specVersion, new Losses());
  const ids = assignIds(kept);
  const packages = listOf(document, "packages");
  const withOwn = (component: Component): Component => {
    const item = packages[places.get(component.ref) ?? -1];
    if (!isValueObject(item)) return component;
    // What a relationship says of the scope, the package itself does not.
    const own = scopes.has(component.ref) ? { ...component, scope: "production" as const } : component;
    const written = writePackage(own, ids.get(component.ref) ?? "", context);
    const remainders = withObjectRemainder(component.remainders, marker, remainderOf(item, written, PACKAGE, pool));
    return remainders === undefined ? component : { ...component, remainders };
  };
  const subject = withOwn(sbom.subject);
  const components = sbom.components.map((component) => withOwn(component));
  const written = writeDocument(kept, ids, context);
  const members = remainderOf(document, written, DOCUMENT, pool) ?? { members: {} };
  const remainders = withObjectRemainder(sbom.remainders, marker, members);
  return { ...sbom, subject, components, ...(remainders === undefined ? {} : { remainders }) };
}
