import type { ValueObject } from "../../../base/index.ts";
import type { Component } from "../sbom.ts";
import { addEdges, breakCircles } from "../value-reading.ts";
import { type Graph, idsIn, textIn, typeOf } from "./graph.ts";

/** How the elements of a document relate, by their refs. */
export interface Relations {
  readonly edges: Map<string, Set<string>>;
  readonly containers: Map<string, string>;
  readonly described: Map<string, Set<string>>;
  /** Licences, by their elements' ids. */
  readonly declared: Map<string, Set<string>>;
  readonly concluded: Map<string, Set<string>>;
  readonly scopes: Map<string, Component["scope"]>;
}

/** Relationships that say "from depends on to" (Core, RelationshipType). */
const DEPENDS = new Set([
  "dependsOn",
  "hasPrerequisite",
  "hasOptionalDependency",
  "hasProvidedDependency",
  "hasStaticLink",
  "hasDynamicLink",
]);
const DEVELOPMENT = new Set(["development", "test"]);

/** Reads all relationships. */
export function readRelations(graph: Graph): Relations {
  const relations: Relations = {
    edges: new Map(),
    containers: new Map(),
    described: new Map(),
    declared: new Map(),
    concluded: new Map(),
    scopes: new Map(),
  };
  for (const element of graph.elements) {
    if (typeOf(element).endsWith("Relationship")) addRelation(relations, element, graph.toRef);
  }
  breakCircles(relations.containers);
  return relations;
}

function addRelation(relations: Relations, element: ValueObject, toRef: Graph["toRef"]): void {
  const type = textIn(element, "relationshipType") ?? "";
  const [id] = idsIn(element, "from");
  if (id === undefined) return;
  const from = toRef(id);
  const stated = idsIn(element, "to");
  // That nobody says what it depends on is not that it depends on nothing.
  const isNothing = stated.some((each) => /\bNoneElement$/.test(each));
  const named = stated.filter((each) => !/\bNo(?:ne|Assertion)Element$/.test(each));
  const to = named.map((each) => toRef(each));
  if (DEPENDS.has(type)) {
    if (to.length > 0 || isNothing) addEdges(relations.edges, from, to);
    const scope = scopeOf(type, textIn(element, "scope"));
    if (scope !== undefined) for (const each of to) relations.scopes.set(each, scope);
  }
  if (type === "contains")
    for (const each of to) if (!relations.containers.has(each)) relations.containers.set(each, from);
  if (type === "describes") addEdges(relations.described, from, to);
  if (type === "hasDeclaredLicense") addEdges(relations.declared, from, named);
  if (type === "hasConcludedLicense") addEdges(relations.concluded, from, named);
}

function scopeOf(type: string, scope: string | undefined): Component["scope"] | undefined {
  if (scope !== undefined && DEVELOPMENT.has(scope)) return "development";
  return type === "hasOptionalDependency" ? "optional" : undefined;
}
