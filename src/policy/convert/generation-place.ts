import type { Value } from "../../base/index.ts";
import type { ForEachGeneration, Generation } from "../resource/kyverno/rule-actions.ts";
import { NotConvertible } from "./not-convertible.ts";
import type { QueryScope } from "./query-to-cel.ts";
import { hasVariable, textOf } from "./value-to-cel.ts";

/** What a generate rule makes, in the words of a GeneratingPolicy. */
export interface GenerationText {
  readonly variables: readonly { readonly name: string; readonly expression: string }[];
  readonly generate: readonly Value[];
}

/** Where an object is made, and out of what. */
export interface GenerationPlace {
  readonly scope: QueryScope;
  readonly path: string;
  /** Of a namespaced policy; empty for the others. */
  readonly namespace: string;
}

/** What states an object to make, or a source to copy. */
export type GenerationPattern = Generation | ForEachGeneration;

/** A namespaced policy reaches its own namespace alone, and names it nowhere. */
export const applyText = (target: string, objects: string, own: string): string =>
  own === "" ? `generator.Apply(${target}, ${objects})` : `generator.Apply(${objects})`;

/** The namespace of what is made, as CEL. */
export function targetNamespace({ namespace = "" }: GenerationPattern, place: GenerationPlace): string {
  const { scope, path } = place;
  if (place.namespace !== "" && namespace !== place.namespace)
    throw new NotConvertible(`${path}.namespace`, "the namespace of what is made is worked out, or another one");
  return textOf(namespace, scope, `${path}.namespace`);
}

/** Whether no variable is in a text. */
export const isPlain = (text: string): boolean => !hasVariable(text);
