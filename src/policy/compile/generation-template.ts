import { AmapError, isAmapError, isValueObject, type Value } from "../../base/index.ts";
import type { CelProgram } from "../language/cel/program.ts";
import type { PolicyGeneration } from "../resource/policies/generating-policy.ts";
import {
  hasMark,
  hasPlaceholder,
  readTemplate,
  splitPlaceholders,
  type TemplateSegment,
} from "../resource/policies/template-placeholders.ts";
import type { CelCompiler } from "./cel-plan.ts";

/** An expression within a template. */
export interface TemplatePlaceholder {
  readonly expression: string;
  readonly program: CelProgram;
  /** Chance differs by it. */
  readonly path: string;
}

/** A part of a template's document. */
export type TemplateNode =
  | { readonly kind: "literal"; readonly value: Value }
  | { readonly kind: "object"; readonly members: readonly TemplateMember[] }
  | { readonly kind: "list"; readonly items: readonly TemplateNode[] }
  /** The expression's value as it is. */
  | { readonly kind: "whole"; readonly placeholder: TemplatePlaceholder }
  /** A text with the values of expressions in it. */
  | { readonly kind: "text"; readonly parts: readonly (string | TemplatePlaceholder)[] };

interface TemplateMember {
  readonly key: string;
  readonly node: TemplateNode;
}

/** The objects that a template makes, one for each of its documents. */
export interface GenerationTemplate {
  readonly documents: readonly TemplateNode[];
}

/** Compiles the template of an entry; what is wrong is noted at its path. */
export function compileTemplate(
  { value, interpolate = "none" }: NonNullable<PolicyGeneration["template"]>,
  path: string,
  compiler: CelCompiler,
): GenerationTemplate {
  const at = `${path}.value`;
  const documents: TemplateNode[] = [];
  try {
    for (const [index, document] of readTemplate(value).entries()) {
      const node =
        interpolate === "cel"
          ? new TemplateCompiler(at, compiler).compile(document, `document ${index + 1}`)
          : literal(document);
      if (node.kind !== "object" && node.kind !== "whole" && !(node.kind === "literal" && isValueObject(node.value))) {
        throw invalid(`document ${index + 1}: expected an object with apiVersion and kind, found something else`);
      }
      documents.push(node);
    }
    if (documents.length === 0) throw invalid("expected at least one YAML document, found none");
  } catch (error) {
    if (!isAmapError(error) || error.code === "BUG") throw error;
    compiler.issues.push({ code: error.code, path: at, message: error.message });
  }
  return { documents };
}

const literal = (value: Value): TemplateNode => ({ kind: "literal", value });
const invalid = (message: string): AmapError => new AmapError("POLICY_INVALID", message);

/** Compiles the parts of one document. */
class TemplateCompiler {
  readonly #path: string;
  readonly #compiler: CelCompiler;
  /** By the value: a part that YAML aliases share is compiled once. */
  readonly #done = new Map<Value, TemplateNode>();

  constructor(path: string, compiler: CelCompiler) {
    this.#path = path;
    this.#compiler = compiler;
  }

  compile(value: Value, place: string): TemplateNode {
    if (typeof value === "string") return hasMark(value) ? this.#text(value, place) : literal(value);
    if (typeof value !== "object" || value === null) return literal(value);
    const known = this.#done.get(value);
    if (known !== undefined) return known;
    const node = this.#structure(value, place);
    this.#done.set(value, node);
    return node;
  }

  #structure(value: Value & object, place: string): TemplateNode {
    if (Array.isArray(value)) {
      const items = value.map((item, index) => this.compile(item as Value, `${place}[${index}]`));
      return items.every((item, index) => isSame(item, value[index])) ? literal(value) : { kind: "list", items };
    }
    if (!isValueObject(value)) return literal(value);
    const members = Object.entries(value).map(([key, member]) => {
      if (hasPlaceholder(key)) throw invalid(`${place}: ${KEY}`);
      return { key, node: this.compile(member, `${place}.${key}`) };
    });
    return members.every(({ key, node }) => isSame(node, value[key])) ? literal(value) : { kind: "object", members };
  }

  #text(text: string, place: string): TemplateNode {
    let segments: readonly TemplateSegment[];
    try {
      segments = splitPlaceholders(text);
    } catch (error) {
      if (isAmapError(error)) throw invalid(`${place}: ${error.message}`);
      throw error;
    }
    const parts = segments.map((segment, index) =>
      "text" in segment ? segment.text : this.#placeholder(segment.expression, `${place}#${index}`),
    );
    const [first] = parts;
    // What is wrong with an expression is noted; the template is not used then.
    if (parts.includes(undefined)) return literal(text);
    if (parts.length === 1 && typeof first === "object") return { kind: "whole", placeholder: first };
    const known = parts as (string | TemplatePlaceholder)[];
    return known.every((part) => typeof part === "string") ? literal(known.join("")) : { kind: "text", parts: known };
  }

  #placeholder(expression: string, place: string): TemplatePlaceholder | undefined {
    const program = this.#compiler.compile(expression, this.#path, "anything");
    return program === undefined ? undefined : { expression, program, path: `${this.#path}, ${place}` };
  }
}

const KEY =
  "placeholders are not supported in keys: write one for the whole value of the member around it, such as labels: (( variables.labels ))";

/** Whether the part is what was written: nothing is made of it, and nothing in it was escaped. */
const isSame = (node: TemplateNode, written: unknown): boolean => node.kind === "literal" && node.value === written;
