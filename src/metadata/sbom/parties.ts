import type { Component, Party, PartyRole } from "./sbom.ts";

const KINDS = { Person: "person", Organization: "organization", Tool: "tool" } as const;

/** A party of whom a text names no more than the name. */
export function readParty(role: PartyRole, name: string): Party {
  return { role, name, emails: [], urls: [] };
}

/**
 * A party as SPDX 2 writes it: `Organization: Example (mail@example.org)`; `Person:` and `Tool:` likewise. Undefined for
 * NOASSERTION, and for an empty text. Words without a known prefix are a name.
 */
export function readSpdxParty(role: PartyRole, text: string): Party | undefined {
  const words = text.trim();
  if (words === "" || words === "NOASSERTION" || words === "NONE") return undefined;
  const colon = words.indexOf(":");
  const prefix = colon === -1 ? "" : words.slice(0, colon).trim();
  const kind = Object.hasOwn(KINDS, prefix) ? KINDS[prefix as keyof typeof KINDS] : undefined;
  const rest = kind === undefined ? words : words.slice(colon + 1).trim();
  const open = rest.endsWith(")") ? rest.lastIndexOf("(") : -1;
  const inside = open === -1 ? "" : rest.slice(open + 1, -1).trim();
  const isEmail = inside === "" ? rest.endsWith("()") : inside.includes("@");
  const name = open === -1 || !isEmail ? rest : rest.slice(0, open).trim();
  const emails = isEmail && inside !== "" ? [inside] : [];
  if (name === "" && emails.length === 0) return undefined;
  return { role, ...(kind === undefined ? {} : { kind }), name, emails, urls: [] };
}

/** The form that {@link readSpdxParty} reads, with the first of several addresses. */
export function writeSpdxParty({ kind, name, emails }: Party): string {
  const prefix = kind === "person" ? "Person" : kind === "tool" ? "Tool" : "Organization";
  return `${prefix}: ${name}${emails[0] === undefined ? "" : ` (${emails[0]})`}`.trimEnd();
}

/**
 * The supplier's name, with an address behind it (`Name <address>`), where one organisation that supplies is all that is
 * named for a component; undefined otherwise.
 */
export function plainSupplierOf(parties: readonly Party[]): string | undefined {
  const [only] = parties;
  if (only === undefined || parties.length > 1 || only.role !== "supplier" || only.kind !== "organization")
    return undefined;
  const [email, ...others] = only.emails;
  if (only.name === "" || only.urls.length > 0 || others.length > 0 || / <[^<>]*>$/.test(only.name)) return undefined;
  return email === undefined ? only.name : `${only.name} <${email}>`;
}

/** Whether parties are authors of whom the names are all that there is. */
export function areNamedAuthors(parties: readonly Party[]): boolean {
  return parties.every(
    ({ role, kind, name, emails, urls }) =>
      role === "author" && kind === "person" && name !== "" && emails.length === 0 && urls.length === 0,
  );
}

/**
 * Everybody that is named for a component; an address behind the supplier's name (`Name <address>`) is taken from it.
 * @example
 * ```ts
 * import { catalogFiles, partiesOf } from "../index.ts";
 * catalogFiles(new Map()).components.flatMap((component) => partiesOf(component)).length; // 0
 * ```
 */
export function partiesOf({ parties, supplier }: Pick<Component, "parties" | "supplier">): readonly Party[] {
  if (parties !== undefined) return parties;
  if (supplier === undefined) return [];
  const [, name = supplier, email] = /^(.*) <([^<>]*)>$/.exec(supplier) ?? [];
  return [{ role: "supplier", kind: "organization", name, emails: email === undefined ? [] : [email], urls: [] }];
}
