import { isAmapError } from "../../base/index.ts";
import {
  childrenOf,
  contextTag,
  DER_TAGS,
  DerFields,
  type DerNode,
  expectTag,
  invalid,
  onlyChildOf,
  primitiveContextTag,
  readDer,
} from "../der/der.ts";
import { readIa5 } from "../der/der-values.ts";
import { quoteText } from "../quote-text.ts";
import type { Certificate } from "./certificate.ts";
import { equalBytes } from "./equal-bytes.ts";
import { EXTENSIONS, GENERAL_NAMES, limited } from "./extensions.ts";
import { formatIpAddress } from "./ip-address.ts";

/** The kinds of names that constraints are applied to. A constraint on another kind is refused, never skipped. */
type ConstrainedKind = "email" | "dns" | "uri" | "ip";

const KINDS: ReadonlyMap<number, ConstrainedKind> = new Map([
  [primitiveContextTag(GENERAL_NAMES.email), "email"],
  [primitiveContextTag(GENERAL_NAMES.dns), "dns"],
  [primitiveContextTag(GENERAL_NAMES.uri), "uri"],
  [primitiveContextTag(GENERAL_NAMES.ip), "ip"],
]);

/** A name or a constraint: what it is, and its bytes. */
interface RawName {
  readonly kind: ConstrainedKind;
  readonly content: Uint8Array;
}

interface NameConstraints {
  readonly permitted: readonly RawName[];
  readonly excluded: readonly RawName[];
}

/**
 * What keeps a chain from holding by the names that its authorities may vouch for (RFC 5280 §4.2.1.10), or undefined.
 * Every name of every certificate below an authority is judged; domains are matched as Go's x509 does: a constraint
 * without a point before it also allows what lies below. A name that cannot be compared is refused, whichever kinds the
 * constraints are on.
 */
export function nameConstraintProblem(chain: readonly Certificate[]): string | undefined {
  for (const [index, authority] of chain.entries()) {
    const extension = authority.extensions.get(EXTENSIONS.nameConstraints);
    if (extension === undefined || index === 0) continue;
    const who = `the authority ${quoteText(authority.subjectText)}`;
    try {
      const constraints = readConstraints(extension.value);
      for (const certificate of chain.slice(0, index)) {
        const problem = certificateProblem(certificate, constraints, who);
        if (problem !== undefined) return problem;
      }
    } catch (error) {
      if (!isAmapError(error, "DER_INVALID")) throw error;
      return `${who} limits the names it vouches for in a way that cannot be applied: ${error.message}`;
    }
  }
  return undefined;
}

/** @throws {AmapError} DER_INVALID */
function readConstraints(value: Uint8Array): NameConstraints {
  const node = readDer(value);
  expectTag(node, DER_TAGS.sequence, "name constraints");
  const fields = new DerFields(node);
  const permittedField = fields.takeIf(contextTag(0));
  const excludedField = fields.takeIf(contextTag(1));
  fields.end("name constraints");
  const permitted =
    permittedField === undefined ? [] : limited(childrenOf(permittedField), "constraints").map(readSubtree);
  const excluded =
    excludedField === undefined ? [] : limited(childrenOf(excludedField), "constraints").map(readSubtree);
  if (permitted.length + excluded.length === 0) throw invalid("expected a constraint, found none");
  return { permitted, excluded };
}

function readSubtree(node: DerNode): RawName {
  expectTag(node, DER_TAGS.sequence, "a constraint");
  // A minimum or a maximum would stand behind the name; RFC 5280 forbids both.
  const base = onlyChildOf(node, "a constraint");
  const kind = KINDS.get(base.tag);
  if (kind === undefined)
    throw invalid("expected constraints on addresses, domains and URIs, found one on another kind");
  const raw = { kind, content: base.content };
  if (kind === "ip") checkIpConstraint(base.content);
  else if (!isConstraintText(kind, readIa5(base.content))) {
    throw invalid(`expected a ${kind} constraint, found ${quoteText(readIa5(base.content))}`);
  }
  return raw;
}

function certificateProblem(
  certificate: Certificate,
  { permitted, excluded }: NameConstraints,
  who: string,
): string | undefined {
  for (const name of namesOf(certificate)) {
    const ofKind = (list: readonly RawName[]): readonly RawName[] => list.filter(({ kind }) => kind === name.kind);
    const [allowed, forbidden] = [ofKind(permitted), ofKind(excluded)];
    const comparable = comparableName(name);
    const shown = `the ${name.kind} name ${quoteText(textOf(name))}`;
    if (comparable === undefined)
      return `${who} limits the names it vouches for, and ${shown} cannot be compared with them`;
    if (forbidden.some((constraint) => covers(constraint, comparable, true))) return `${who} excludes ${shown}`;
    if (allowed.length > 0 && !allowed.some((constraint) => covers(constraint, comparable, false))) {
      return `${who} does not permit ${shown}`;
    }
  }
  return undefined;
}

function namesOf({ extensions }: Certificate): readonly RawName[] {
  const extension = extensions.get(EXTENSIONS.subjectAlternativeName);
  if (extension === undefined) return [];
  return childrenOf(readDer(extension.value)).flatMap(({ tag, content }) => {
    const kind = KINDS.get(tag);
    return kind === undefined ? [] : [{ kind, content }];
  });
}

/** A name, taken apart for comparing. */
type ComparableName =
  | { readonly kind: "domain"; readonly domain: string; readonly local?: string }
  | { readonly kind: "ip"; readonly bytes: Uint8Array };

function comparableName(name: RawName): ComparableName | undefined {
  if (name.kind === "ip") return { kind: "ip", bytes: name.content };
  const text = readIa5(name.content);
  if (name.kind === "email") {
    const mailbox = splitMailbox(text);
    return mailbox === undefined ? undefined : { kind: "domain", ...mailbox };
  }
  const domain = name.kind === "dns" ? text : hostOfUri(text);
  const bare = name.kind === "dns" && domain?.startsWith("*.") === true ? domain.slice(2) : domain;
  if (domain === undefined || bare === undefined || !isDomain(bare)) return undefined;
  return { kind: "domain", domain: domain.toLowerCase() };
}

function covers(constraint: RawName, name: ComparableName, isExcluded: boolean): boolean {
  if (name.kind === "ip") return coversIp(constraint.content, name.bytes);
  const text = readIa5(constraint.content);
  if (constraint.kind === "email" && text.includes("@")) {
    const mailbox = splitMailbox(text);
    return mailbox !== undefined && mailbox.local === name.local && mailbox.domain === name.domain;
  }
  const domain = text.toLowerCase();
  if (coversDomain(domain, name.domain)) return true;
  // `*.example.com` stands for every name there, so it reaches an excluded `www.example.com`.
  return isExcluded && name.domain.startsWith("*.") && domain.slice(domain.indexOf(".") + 1) === name.domain.slice(2);
}

/** The empty constraint covers all; one with a point before it needs a label more. */
function coversDomain(constraint: string, domain: string): boolean {
  if (constraint === "") return true;
  if (constraint.startsWith(".")) return domain.endsWith(constraint) && domain.length > constraint.length;
  return domain === constraint || domain.endsWith(`.${constraint}`);
}

/** An address and a mask of the same length, joined; the other family of addresses is not covered. */
function coversIp(constraint: Uint8Array, address: Uint8Array): boolean {
  const { length } = address;
  if (constraint.length !== 2 * length) return false;
  const masked = (bytes: Uint8Array): Uint8Array =>
    bytes.map((byte, index) => byte & (constraint[length + index] as number));
  return equalBytes(masked(address), masked(constraint.subarray(0, length)));
}

function checkIpConstraint(content: Uint8Array): void {
  const length = content.length / 2;
  if (length !== 4 && length !== 16) throw invalid(`expected an IP constraint of 8 or 32 bytes, found ${2 * length}`);
  const bits = [...content.subarray(length)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  if (!/^1*0*$/.test(bits)) throw invalid("expected a mask of ones and then zeros in an IP constraint");
}

function isConstraintText(kind: ConstrainedKind, text: string): boolean {
  if (kind === "email" && text.includes("@")) return splitMailbox(text) !== undefined;
  const domain = text.startsWith(".") ? text.slice(1) : text;
  if (kind === "uri" && /^[0-9.]+$/.test(domain)) return false;
  return text === "" || isDomain(domain);
}

/** Quoted and escaped local parts can be written in several ways: they are not compared. */
function splitMailbox(text: string): { local: string; domain: string } | undefined {
  const at = text.indexOf("@");
  const [local, domain] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
  if (!/^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*$/.test(local)) return undefined;
  return isDomain(domain) ? { local, domain: domain.toLowerCase() } : undefined;
}

/** The host of a URI that has one: a domain, not an address. */
function hostOfUri(text: string): string | undefined {
  const match = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#@:[\]]+)(?::[0-9]*)?(?:[/?#]|$)/.exec(text);
  const host = match?.[1];
  return host === undefined || /^[0-9.]+$/.test(host) ? undefined : host;
}

function isDomain(text: string): boolean {
  return text.length <= 253 && /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/.test(text);
}

function textOf({ kind, content }: RawName): string {
  return kind === "ip" ? formatIpAddress(content) : readIa5(content);
}
