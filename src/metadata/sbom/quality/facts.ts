import { listOf, memberOf, textOf } from "../../../base/index.ts";
import { isLicenseExpression } from "../licenses.ts";
import { partiesOf } from "../parties.ts";
import { remainderIn } from "../remainder.ts";
import type { Component, DecodedSbom, ExternalReference, Party, PartyRole, Sbom } from "../sbom.ts";

const EMAIL = /^[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>().]+$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Whether text is an RFC 3339 time. */
export function isTime(text: string): boolean {
  return TIME.test(text);
}

/** Whether text is an address of the web, or of a repository. */
export function isUrl(text: string): boolean {
  return /^(?:[a-z]+\+)?(?:https?|ssh|git|ftp|svn):\/\/[^\s/?#]+/i.test(text);
}

/** Whether text is an absolute URI: a URL, or a URN. */
export function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:[^\s]+$/i.test(text);
}

/** Whether somebody can be told by name, address or page. */
export function isNamed({ name, emails, urls }: Party): boolean {
  return name.trim() !== "" || emails.length > 0 || urls.length > 0;
}

/** Whether somebody can be reached: a name alone is not enough. */
export function isReachable({ emails, urls }: Party): boolean {
  return emails.some((email) => EMAIL.test(email)) || urls.some((url) => isUrl(url));
}

/** Everybody that a document names for itself; an address behind an author's name is taken from it. */
export function documentPartiesOf({ parties, authors }: Sbom): readonly Party[] {
  if (parties !== undefined) return parties;
  return authors.map((author) => {
    const [, name = author, email] = /^(.*) <([^<>]*)>$/.exec(author) ?? [];
    return { role: "author", kind: "person", name, emails: email === undefined ? [] : [email], urls: [] };
  });
}

/** Whether a component names somebody in one of the roles. */
export function hasParty(component: Component, ...roles: readonly PartyRole[]): boolean {
  return partiesOf(component).some((party) => roles.includes(party.role) && isNamed(party));
}

/** The references of a component of some kinds. */
export function referencesOf(
  { references = [] }: Component,
  ...kinds: readonly string[]
): readonly ExternalReference[] {
  return references.filter(({ kind }) => kinds.includes(kind));
}

/** The value of a component's property that is not empty. */
export function propertyOf({ properties = [] }: Component, name: string): string | undefined {
  return properties.find((property) => property.name === name && property.value.trim() !== "")?.value;
}

/** Whether licences are there and each is an SPDX expression. */
export function areExpressions(licenses: readonly string[]): boolean {
  return licenses.length > 0 && licenses.every((license) => isLicenseExpression(license));
}

/** Whether a component can be looked up: a package URL, a CPE, a SWID tag, or a hash of its content as a name. */
export function hasIdentifier(component: Component): boolean {
  if (component.purl !== undefined || (component.cpes ?? []).length > 0) return true;
  const members = remainderIn(component.remainders, "CycloneDX")?.members;
  return ["swid", "omniborId", "swhid"].some((key) => memberOf(members, key) !== undefined);
}

/** What the document says of how complete it is: `complete`, `incomplete`, `unknown`…; CycloneDX's compositions. */
export function statedCompleteness({ sbom }: DecodedSbom): readonly string[] {
  const members = remainderIn(sbom.remainders, "CycloneDX")?.members;
  return listOf(members, "compositions").map((item) => textOf(item, "aggregate"));
}

/** Whether the document tells of vulnerabilities, which belong into documents of their own. */
export function tellsVulnerabilities({ sbom }: DecodedSbom): boolean {
  return listOf(remainderIn(sbom.remainders, "CycloneDX")?.members, "vulnerabilities").length > 0;
}

/** References of the document's dependencies that lead to nothing in it. */
export function danglingReferences({ sbom }: DecodedSbom): readonly string[] {
  const known = new Set([sbom.subject, ...sbom.components].map(({ ref }) => ref));
  return [...new Set([...danglingOfCycloneDx(sbom, known), ...danglingOfSpdx(sbom, known)])];
}

function danglingOfCycloneDx(sbom: Sbom, known: ReadonlySet<string>): readonly string[] {
  const members = remainderIn(sbom.remainders, "CycloneDX")?.members;
  const services = new Set(listOf(members, "services").map((item) => textOf(item, "bom-ref")));
  const stated = listOf(members, "dependencies").flatMap((item) => [
    textOf(item, "ref"),
    ...listOf(item, "dependsOn").filter((target) => typeof target === "string"),
  ]);
  return stated.filter((ref) => !known.has(ref) && !services.has(ref) && !ref.startsWith("urn:cdx:"));
}

function danglingOfSpdx(sbom: Sbom, known: ReadonlySet<string>): readonly string[] {
  const members = remainderIn(sbom.remainders, "SPDX")?.members;
  const bare = (id: string): string => id.replace(/^SPDXRef-/, "");
  const others = ["files", "snippets"].flatMap((key) => listOf(members, key).map((item) => textOf(item, "SPDXID")));
  const all = new Set([...known, ...others.map(bare), "DOCUMENT", "NONE", "NOASSERTION"]);
  const ends = listOf(members, "relationships").flatMap((item) => [
    textOf(item, "spdxElementId"),
    textOf(item, "relatedSpdxElement"),
  ]);
  return ends.map(bare).filter((id) => !all.has(id) && !id.startsWith("DocumentRef-"));
}

/** Refs that a component depends on, or is made of, from the subject on. */
export function reachedFromSubject({ sbom }: DecodedSbom): ReadonlySet<string> {
  const parts = Map.groupBy(sbom.components, ({ partOf }) => partOf);
  const reached = new Set([sbom.subject.ref]);
  const open = [sbom.subject.ref];
  for (let ref = open.pop(); ref !== undefined; ref = open.pop()) {
    for (const next of [...(sbom.dependencies.get(ref) ?? []), ...(parts.get(ref) ?? []).map((part) => part.ref)]) {
      if (reached.has(next)) continue;
      reached.add(next);
      open.push(next);
    }
  }
  return reached;
}
