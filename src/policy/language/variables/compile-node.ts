import { AmapError, Double, type Value, type ValueObject } from "../../../base/index.ts";
import { type CompiledVariable, compileVariable } from "./expression.ts";
import { findVariables, type TextPart } from "./find-variables.ts";
import { textOfValue } from "./json-text.ts";
import { memberPath } from "./paths.ts";
import { ReferenceTable } from "./references.ts";
import { renderEach } from "./render-each.ts";
import type { QueryScope, Render } from "./scope.ts";

/** A value with variables: `render` is absent where there is nothing to replace. */
interface CompiledNode {
  readonly value: Value;
  readonly render?: Render;
  readonly mixed?: MixedText;
}

/** A text of constant pieces and variables. */
export interface MixedText {
  /** The constant pieces where they stand, undefined where a variable does. */
  readonly pieces: readonly (string | undefined)[];
  /**
   * All pieces, those of variables as the texts they became.
   * @throws MISSING_FACT, {AmapError} as the template's render
   */
  render(scope: QueryScope): readonly string[];
}

/** Compiles one document: collects what its variables read. */
export class NodeCompiler {
  readonly names = new Set<string>();
  hasNestedVariables = false;
  readonly #references: ReferenceTable;
  readonly #path: string;
  readonly #place: string | undefined;

  constructor(document: Value, path: string, place: string | undefined) {
    this.#references = new ReferenceTable(document, path);
    this.#path = path;
    this.#place = place;
  }

  /** @throws {AmapError} EXPRESSION_INVALID, LIMIT_EXCEEDED */
  compile(value: Value, path: string): CompiledNode {
    if (typeof value === "string") return this.#compileText(value, path);
    if (typeof value !== "object" || value === null || value instanceof Double) return { value };
    return Array.isArray(value) ? this.#compileList(value, path) : this.#compileObject(value as ValueObject, path);
  }

  #compileText(source: string, path: string): CompiledNode {
    let text = source;
    if (source.includes("$(")) {
      const resolved = this.#references.resolve(source, path);
      if ("error" in resolved) return { value: source, render: () => fail(resolved.error) };
      text = resolved.text;
    }
    const parts = findVariables(text).map((part) =>
      typeof part === "string" ? part : this.#compileVariable(part, path),
    );
    const [first, ...others] = parts;
    if (typeof first === "string" && others.length === 0) return { value: first };
    const mixed = mixedText(parts);
    if (others.length > 0) return { value: source, render: (scope) => mixed.render(scope).join(""), mixed };
    return { value: source, render: (first as CompiledVariable).render, mixed };
  }

  #compileVariable(part: Exclude<TextPart, string>, path: string): CompiledVariable {
    const at = this.#place === undefined ? path : `${this.#place}${memberPath(path.slice(this.#path.length))}`;
    const variable = compileVariable(part, { path, at });
    for (const name of variable.names) this.names.add(name);
    this.hasNestedVariables ||= variable.isNested;
    return variable;
  }

  #compileList(items: readonly Value[], path: string): CompiledNode {
    const nodes = items.map((item, index) => this.compile(item, `${path}/${index}`));
    const value = nodes.every((node, index) => node.value === items[index]) ? items : nodes.map((node) => node.value);
    if (nodes.every(({ render }) => render === undefined)) return { value };
    return { value, render: (scope) => renderEach(nodes, (node) => renderNode(node, scope)) };
  }

  #compileObject(object: ValueObject, path: string): CompiledNode {
    const nodes = Object.entries(object).map(([key, member]) => ({
      source: key,
      key: this.#compileText(key, path),
      member: this.compile(member, `${path}/${key.replaceAll("/", "\\/")}`),
    }));
    const isConstant = nodes.every(({ key, member }) => key.render === undefined && member.render === undefined);
    if (isConstant) {
      const isSame = nodes.every(({ source, key, member }) => key.value === source && member.value === object[source]);
      return { value: isSame ? object : objectOf(nodes.map(({ key, member }) => [key.value as string, member.value])) };
    }
    const render = (scope: QueryScope): Value => {
      const rendered = renderEach(nodes, ({ source, key, member }) =>
        renderEach([key, member], (node) => (node === key ? renderKey(source, key, scope) : renderNode(node, scope))),
      );
      return objectOf(rendered as [string, Value][]);
    };
    return { value: null, render };
  }
}

function renderNode(node: CompiledNode, scope: QueryScope): Value {
  scope.context.charge(1);
  return node.render === undefined ? node.value : node.render(scope);
}

/** A key that becomes null keeps its text, as in Kyverno. */
function renderKey(source: string, key: CompiledNode, scope: QueryScope): string {
  const rendered = renderNode(key, scope);
  if (typeof rendered === "string") return rendered;
  if (rendered === null) return source;
  const message = `expected string after substituting variables in key ${JSON.stringify(source)}`;
  throw new AmapError("EXPRESSION_FAILED", message);
}

/** Keys come from the world: none of them may be taken for a prototype. */
function objectOf(members: readonly (readonly [string, Value])[]): Value {
  const object: Record<string, Value> = {};
  for (const [key, member] of members) {
    if (key === "__proto__") throw new AmapError("EXPRESSION_FAILED", "a variable made the key __proto__");
    object[key] = member;
  }
  return object;
}

function mixedText(parts: readonly (string | CompiledVariable)[]): MixedText {
  return {
    pieces: parts.map((part) => (typeof part === "string" ? part : undefined)),
    render(scope) {
      const charge = scope.context.charge.bind(scope.context);
      return renderEach(parts, (part) => (typeof part === "string" ? part : textOfValue(part.render(scope), charge)));
    },
  };
}

function fail(error: AmapError): never {
  throw error;
}
