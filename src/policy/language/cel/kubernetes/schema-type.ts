import { AmapError, LIMITS, type Value } from "../../../../base/index.ts";
import { type CelType, celTypes } from "../types.ts";
import { RESERVED_NAMES } from "./field-names.ts";
import {
  asResource,
  fieldsOf,
  isExposed,
  memberLink,
  readSchema,
  type SchemaNode,
  type SchemaOptions,
} from "./schema.ts";

/**
 * The type that expressions see objects of a Kubernetes schema as: of a CustomResourceDefinition's openAPIV3Schema, or of
 * a kind of `/openapi/v3` (give `resolve` for its references; through them types may recur). `dyn` where the schema says
 * nothing that Kubernetes could go by.
 *
 * As in Kubernetes: properties are fields, others are refused; additionalProperties make a map; x-kubernetes-int-or-string
 * is dyn; what x-kubernetes-preserve-unknown-fields preserves is not reachable, nor is what has no type; an embedded
 * resource has apiVersion, kind and metadata; the objects of two places are of two types, whatever their schemas.
 * `nullable`, `enum` and patterns do not show in types.
 *
 * Other than Kubernetes, since the objects that amap evaluates are plain JSON:
 *
 * - Fields keep their real names: write .`a-b`, where Kubernetes wants `a__dash__b`.
 * - Texts of the formats date-time, date, duration and byte are strings: write `timestamp(self.when)`. The rules of a
 *   CustomResourceDefinition get them as timestamps, durations and bytes; admission policies get texts in both.
 * - `number` is dyn: JSON's `1` is an int, `1.5` a double, where Kubernetes makes both doubles. `double(self.ratio)` is
 *   right for both.
 *
 * `values: "converted"` gives Kubernetes' types without these differences, to check the rules of a
 * CustomResourceDefinition as the API server does when it is installed; not to be evaluated over plain objects.
 *
 * @param name the type's name in messages; types of parts are named after their path: `Widget.spec.items.@idx`
 * @throws {AmapError} VALUE_INVALID with the path of what is malformed in the schema, or of a `$ref` that leads nowhere;
 *   LIMIT_EXCEEDED for more than LIMITS.schemaNodes parts or LIMITS.schemaDepth levels
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 * @example
 * ```ts
 * import { compileExpression, createEnvironment, typeOfSchema } from "../../../index.ts";
 * const self = typeOfSchema("Widget", {
 *   type: "object",
 *   properties: { spec: { type: "object", properties: { replicas: { type: "integer" } } } },
 * });
 * const environment = createEnvironment({ variables: { self } });
 * compileExpression("self.spec.replicas <= 5", environment).type.kind; // "simple"
 * ```
 */
export function typeOfSchema(name: string, schema: Value, options: SchemaOptions = {}): CelType {
  const builder = new TypeBuilder(options.values ?? "plain");
  const node = readSchema(schema, options.resolve);
  if (!isExposed(node)) return celTypes.dyn;
  return builder.build(options.isResource === false ? node : asResource(node), name, new Set([node]));
}

class TypeBuilder {
  readonly #isConverted: boolean;
  readonly #values: SchemaOptions["values"];

  constructor(values: NonNullable<SchemaOptions["values"]>) {
    this.#values = values;
    this.#isConverted = values === "converted";
  }

  /** Of a node that expressions can reach; `within` are the schemas that it stands in. */
  build(node: SchemaNode, name: string, within: ReadonlySet<SchemaNode>): CelType {
    if (node.isIntOrString) return celTypes.dyn;
    const member = memberLink(node);
    if (member === undefined) return node.type === "object" ? this.#object(node, name, within) : this.#scalar(node);
    const isList = node.type === "array";
    const inner = this.#nested(member(), `${name}.${isList ? "@idx" : "@elem"}`, within);
    return isList ? celTypes.list(inner) : celTypes.map(celTypes.string, inner);
  }

  #nested(node: SchemaNode, name: string, within: ReadonlySet<SchemaNode>): CelType {
    // Kubernetes ends a recursion with an object without fields; a list or map of itself has no other end here.
    if (within.has(node)) return this.#isConverted ? celTypes.object(name, {}) : celTypes.dyn;
    if (within.size > LIMITS.schemaDepth) {
      throw new AmapError("LIMIT_EXCEEDED", `the schema is nested deeper than ${LIMITS.schemaDepth} levels`);
    }
    return this.build(node, name, new Set(within).add(node));
  }

  #object(node: SchemaNode, name: string, within: ReadonlySet<SchemaNode>): CelType {
    return celTypes.object(name, () => {
      // Made when a field is asked for: expressions are finite, so a schema may recur.
      const around = this.#isConverted ? within : new Set<SchemaNode>();
      const fields = fieldsOf(node, this.#values);
      const types = new Map([...fields].map(([key, field]) => [key, this.#nested(field, `${name}.${key}`, around)]));
      for (const word of RESERVED_NAMES) {
        const type = types.get(`__${word}__`);
        if (this.#isConverted && type !== undefined) types.set(word, type);
      }
      return Object.fromEntries(types);
    });
  }

  #scalar({ type, format }: SchemaNode): CelType {
    switch (type) {
      case "boolean":
        return celTypes.bool;
      case "integer":
        return celTypes.int;
      case "number":
        return this.#isConverted ? celTypes.double : celTypes.dyn;
      default:
        return (this.#isConverted ? CONVERTED.get(format) : undefined) ?? celTypes.string;
    }
  }
}

const CONVERTED: ReadonlyMap<string, CelType> = new Map<string, CelType>([
  ["byte", celTypes.bytes],
  ["date", celTypes.timestamp],
  ["date-time", celTypes.timestamp],
  ["duration", celTypes.duration],
]);
