import { isAmapError, type Value } from "../../../base/index.ts";
import { findVariables, type TextPart, type VariablePart } from "../../language/variables/find-variables.ts";
import type { KyvernoRule } from "./cluster-policy.ts";
import type { ContextEntry } from "./context-entry.ts";
import type { FindingsWriter } from "./findings.ts";
import { visitTexts } from "./visit-texts.ts";

/** Variables that say who sent a request: there is no one in a background scan. */
const USER_VARIABLE =
  /[^.](?:serviceAccountName|serviceAccountNamespace|request.userInfo|request.roles|request.clusterRoles)\b/;

/** What a variable may read without being defined by the rule. As in Kyverno, it may stand anywhere in the query. */
const BUILT_IN = /request|serviceAccountName|serviceAccountNamespace|element|@|image|[a-z_0-9]\([^{}]/;
const BUILT_IN_BACKGROUND = /request\.|element|@|images|image\.|[a-z_0-9]\([^{}]/;
const TARGET = /target\./;

/** One `{{ … }}` of a text. */
interface FoundVariable {
  readonly query: string;
  /** Whether another variable is part of its text, which is not known before it is evaluated. */
  readonly isNested: boolean;
}

/** The variables in a text, the inner ones of nested variables as well. */
export function variablesIn(text: string): readonly FoundVariable[] {
  if (!text.includes("{{")) return [];
  const found: FoundVariable[] = [];
  const collect = (parts: readonly TextPart[]): void => {
    for (const part of parts) {
      if (typeof part === "string") continue;
      collect(part.parts);
      found.push({ query: queryOf(part), isNested: part.parts.some((each) => typeof each !== "string") });
    }
  };
  try {
    collect(findVariables(text));
  } catch (error) {
    // Too deep to be taken apart: compiling the rule refuses it, with the place.
    if (!isAmapError(error) || error.code !== "LIMIT_EXCEEDED") throw error;
  }
  return found;
}

function queryOf({ parts }: VariablePart): string {
  const text = parts.map((part) => (typeof part === "string" ? part : "null")).join("");
  return text.trim().replace(/^-\s*/, "");
}

function shown(query: string): string {
  return `{{ ${query.length > 200 ? `${query.slice(0, 200)}…` : query} }}`;
}

/** Refuses variables of the request's user, when the policy also holds in background scans. */
export function refuseUserVariables(value: Value, path: string, findings: FindingsWriter): void {
  visitTexts(value, path, (text, at) => {
    for (const { query, isNested } of variablesIn(text)) {
      if (isNested || !USER_VARIABLE.test(`{${query}`)) continue;
      findings.fail(
        at,
        `${shown(query)} is not known in background scans: set spec.background to false, or leave the variable out`,
      );
    }
  });
}

/** Refuses variables that neither the request has nor the rule defines. */
export function validateVariables(
  rule: KyvernoRule,
  path: string,
  background: boolean,
  findings: FindingsWriter,
): void {
  const builtIn = background ? BUILT_IN_BACKGROUND : BUILT_IN;
  const targets = rule.mutate?.targets;
  const { verifyImages, ...rest } = rule;
  // The predicate's members are variables in an attestation's conditions: they are known only when it is there.
  const images = verifyImages?.map(({ attestations, ...image }) => ({
    ...image,
    attestations: attestations?.map(({ conditions: _conditions, ...attestation }) => attestation) ?? [],
  }));
  const defined = definitionsOf(rule);
  const isKnown = (query: string): boolean =>
    builtIn.test(query) || (targets !== undefined && TARGET.test(query)) || isDefined(query, defined);
  checkTexts(rest, path, isKnown, findings);
  if (images !== undefined) checkTexts(images, `${path}.verifyImages`, isKnown, findings);
  if (targets === undefined) return;
  // What finds the targets is evaluated before there is one.
  const definedBefore = definedBy(rule.context ?? []);
  const isKnownBefore = (query: string): boolean => builtIn.test(query) || isDefined(query, definedBefore);
  targets.forEach(({ context: _context, preconditions: _preconditions, selector: _selector, ...resource }, index) => {
    checkTexts(resource, `${path}.mutate.targets[${index}]`, isKnownBefore, findings);
  });
}

function checkTexts(value: Value, path: string, isKnown: (query: string) => boolean, findings: FindingsWriter): void {
  visitTexts(value, path, (text, at) => {
    for (const { query } of variablesIn(text)) {
      // Kyverno compares without quotes: {{ "my-map".data.key }} is my-map.data.key.
      if (query === "@" || isKnown(query.replaceAll('"', ""))) continue;
      findings.fail(at, `${shown(query)} is neither part of the request nor defined by the rule's context`);
    }
  });
}

/** What the rule defines: queries that begin with one of the prefixes, or are one of the names. */
interface Definitions {
  readonly prefixes: ReadonlySet<string>;
  /** How long the prefixes are: few lengths, where there may be many prefixes. */
  readonly lengths: readonly number[];
  readonly names: ReadonlySet<string>;
}

function isDefined(query: string, { prefixes, lengths, names }: Definitions): boolean {
  return names.has(query) || lengths.some((length) => prefixes.has(query.slice(0, length)));
}

function definitionsOf(rule: KyvernoRule): Definitions {
  const loops = [
    ...nested(rule.validate?.foreach),
    ...nested(rule.mutate?.foreach),
    ...(rule.generate?.foreach ?? []),
    ...(rule.mutate?.targets ?? []),
  ];
  const attestations = rule.verifyImages?.flatMap((image) => image.attestations ?? []) ?? [];
  return definedBy(
    [...(rule.context ?? []), ...loops.flatMap(({ context }) => context ?? [])],
    attestations.flatMap(({ name }) => name ?? []),
  );
}

function definedBy(entries: readonly ContextEntry[], more: readonly string[] = []): Definitions {
  const prefixes = new Set(more);
  const names = new Set<string>();
  for (const { name, configMap } of entries) {
    if (configMap === undefined) {
      prefixes.add(name);
      continue;
    }
    for (const part of [`${name}.data`, `${name}.metadata`]) {
      names.add(part);
      prefixes.add(`${part}.`);
    }
  }
  return { prefixes, lengths: [...new Set([...prefixes].map((prefix) => prefix.length))], names };
}

interface Loop {
  readonly context?: readonly ContextEntry[];
  readonly foreach?: readonly Loop[];
}

function nested(loops: readonly Loop[] | undefined): readonly Loop[] {
  return loops?.flatMap((loop) => [loop, ...nested(loop.foreach)]) ?? [];
}

/** Refuses `element…` outside of loops. */
export function refuseElementOutsideLoops(rule: KyvernoRule, path: string, findings: FindingsWriter): void {
  visitTexts(rule, path, (text, at) => {
    if (/\.foreach[.[]/.test(at)) return;
    for (const { query, isNested } of variablesIn(text)) {
      if (isNested || !query.startsWith("element")) continue;
      findings.fail(at, `${shown(query)} is known inside foreach only`);
    }
  });
}
