import { AmapError, encodeUtf8, LIMITS, type Value } from "../../../../base/index.ts";
import type { EstimateOptions } from "../cost/estimate.ts";
import type { CostRange } from "../cost/range.ts";
import {
  asResource,
  fieldsOf,
  isExposed,
  memberLink,
  readSchema,
  type SchemaNode,
  type SchemaOptions,
} from "./schema.ts";

/** How {@link sizesOfSchema} reads the schema and what it answers for. */
export interface SchemaSizeOptions extends SchemaOptions {
  /**
   * The variables that hold objects of the schema, where expressions may name others. Without it everything counts as the
   * object's, as in Kubernetes, whose rules have no other variables: names of types, and elements of literals, too.
   */
  readonly variables?: readonly string[];
}

/**
 * How large values of a Kubernetes schema can be, for `estimateCost`: with it (and the types of
 * `typeOfSchema(…, { values: "converted" })`) a rule of a CustomResourceDefinition costs what Kubernetes 1.36 says it
 * costs. maxLength, maxItems, maxProperties and enum count as they are (maxLength four bytes a character, but for byte);
 * date-time and duration have 32 characters, date has 12; where nothing limits a text, list or map, it is as large as fits
 * into a request of 3 MiB, the smallest form of its elements counted.
 *
 * One kind of rule costs something else there, more or less: where a macro within a macro goes over a field of the outer
 * variable and its body reads another field of it (`self.items.all(i, i.names.all(n, n == i.name))`), cel-go 0.26 may take
 * the other field's size for the loop's.
 *
 * @throws {AmapError} VALUE_INVALID, LIMIT_EXCEEDED, as typeOfSchema
 * @see https://kubernetes.io/docs/reference/using-api/cel/#resource-constraints
 * @example
 * ```ts
 * import { compileExpression, createEnvironment, estimateCost, sizesOfSchema, typeOfSchema } from "../../../index.ts";
 * const schema = { type: "object", properties: { names: { type: "array", maxItems: 10, items: { type: "string" } } } };
 * const environment = createEnvironment({ variables: { self: typeOfSchema("Widget", schema) } });
 * const { checked } = compileExpression("self.names.all(name, name != 'x')", environment);
 * estimateCost(checked, { sizeOf: sizesOfSchema(schema) }).max; // 53n
 * ```
 */
export function sizesOfSchema(schema: Value, options: SchemaSizeOptions = {}): NonNullable<EstimateOptions["sizeOf"]> {
  const { isResource = true, values = "plain", variables } = options;
  const node = readSchema(schema, options.resolve);
  const sizes = new Sizes(isResource ? asResource(node) : node, values);
  return ([variable = "", ...steps]) => {
    return variables === undefined || variables.includes(variable) ? sizes.at(steps) : undefined;
  };
}

/** The largest request that Kubernetes takes. */
const REQUEST_BYTES = 3 * 1024 * 1024;
/** Without the quotes, or brackets, around everything. */
const CONTENT_BYTES = REQUEST_BYTES - 2;

const upTo = (max: bigint): CostRange => ({ min: 0n, max });

/** Keys of maps: as Kubernetes, whose declaration of them says no size. */
const KEY = upTo(0n);

class Sizes {
  readonly #root: SchemaNode;
  readonly #values: SchemaOptions["values"];
  readonly #fields = new Map<SchemaNode, ReadonlyMap<string, SchemaNode>>();
  /** Zero while it is being found. */
  readonly #smallest = new Map<SchemaNode, number>();

  constructor(root: SchemaNode, values: SchemaOptions["values"]) {
    this.#root = root;
    this.#values = values;
  }

  at(steps: readonly string[]): CostRange | undefined {
    let node = this.#root;
    for (const [index, step] of steps.entries()) {
      const member = memberLink(node);
      if (step === "@keys") return node.type === "object" && member && index === steps.length - 1 ? KEY : undefined;
      const next = step === "@items" || step === "@values" ? member?.() : this.#fieldsOf(node).get(step);
      if (next === undefined) return undefined;
      node = next;
    }
    return upTo(this.#largest(node));
  }

  #fieldsOf(node: SchemaNode): ReadonlyMap<string, SchemaNode> {
    if (node.type !== "object" || node.isIntOrString || node.additional !== undefined) return new Map();
    const known = this.#fields.get(node) ?? fieldsOf(node, this.#values);
    this.#fields.set(node, known);
    return known;
  }

  /** Characters of the longest text, or bytes, or elements, or entries; zero for what has no size. */
  #largest(node: SchemaNode): bigint {
    const member = memberLink(node);
    if (member !== undefined) {
      const smallest = this.#smallestOf(member(), 0);
      // A comma; of a map also two quotes and a colon, and two bytes of key.
      if (node.type === "array") return node.maxItems ?? BigInt(Math.trunc(CONTENT_BYTES / (smallest + 1)));
      return node.maxProperties ?? BigInt(Math.trunc(CONTENT_BYTES / (smallest + 6)));
    }
    return node.isIntOrString || node.type === "string" ? largestText(node) : 0n;
  }

  /** Bytes of the smallest value as JSON; of an object, all that is required and has no default. */
  #smallestOf(node: SchemaNode, depth: number): number {
    if (node.isIntOrString) return 1;
    switch (node.type) {
      case "string":
        return SMALLEST_TEXT.get(node.format) ?? 2;
      case "boolean":
        return 4;
      case "number":
      case "integer":
        return 1;
      default:
        return memberLink(node) === undefined ? this.#smallestObject(node, depth) : 2;
    }
  }

  #smallestObject(node: SchemaNode, depth: number): number {
    const known = this.#smallest.get(node);
    if (known !== undefined) return known;
    if (depth > LIMITS.schemaDepth) {
      throw new AmapError("LIMIT_EXCEEDED", `the schema is nested deeper than ${LIMITS.schemaDepth} levels`);
    }
    // What requires itself ends as an empty object.
    this.#smallest.set(node, 2);
    let bytes = 2;
    for (const [name, link] of node.properties) {
      const field = link();
      if (!node.required.has(name) || field.hasDefault || !isExposed(field)) continue;
      // Two quotes, a colon, a comma.
      bytes += encodeUtf8(name).length + this.#smallestOf(field, depth + 1) + 4;
    }
    // Nothing larger fits into a request, so it makes no difference.
    bytes = Math.min(bytes, REQUEST_BYTES);
    this.#smallest.set(node, bytes);
    return bytes;
  }
}

const SMALLEST_TEXT: ReadonlyMap<string, number> = new Map([
  ["duration", 3],
  ["date", 12],
  ["date-time", 21],
]);

const LARGEST_TEXT: ReadonlyMap<string, bigint> = new Map([
  ["duration", 32n],
  ["date", 12n],
  ["date-time", 32n],
]);

function largestText(node: SchemaNode): bigint {
  const ofFormat = node.isIntOrString ? undefined : LARGEST_TEXT.get(node.format);
  if (ofFormat !== undefined) return ofFormat;
  if (node.maxLength !== undefined) {
    const isBytes = node.format === "byte" && !node.isIntOrString;
    // Kubernetes counts in 64 bits.
    return isBytes ? node.maxLength : BigInt.asUintN(64, node.maxLength * 4n);
  }
  const isChosen = node.enumBytes !== undefined && node.format !== "byte" && !node.isIntOrString;
  return isChosen ? BigInt(node.enumBytes) : BigInt(CONTENT_BYTES);
}
