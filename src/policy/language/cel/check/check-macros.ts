import type { ComprehensionNode, OptionalMapNode } from "../syntax/ast.ts";
import { type CelType, celTypes } from "../types.ts";
import type { Checking, Scope } from "./checking.ts";
import { SORTABLE } from "./operator-types.ts";
import { isAny } from "./static-type.ts";

/** `optMap` and `optFlatMap`. */
export function checkOptionalMap(node: OptionalMapNode, scope: Scope | undefined, checking: Checking): CelType {
  const target = checking.visit(node.target, scope);
  const name = node.flat ? "optFlatMap" : "optMap";
  const held = checking.substitution.fresh();
  if (!checking.substitution.assign([target], [celTypes.optional(held)])) {
    checking.fail(node.offset, `no such overload: ${name} for ${checking.show(target)}`);
  }
  const type = checking.substitution.resolve(held);
  const body = checking.visit(node.body, { name: node.variable, type, outer: scope });
  if (!node.flat) return celTypes.optional(body);
  if (isAny(body)) return celTypes.dyn;
  const result = celTypes.optional(checking.substitution.fresh());
  if (checking.substitution.assign([body], [result])) return result;
  return checking.fail(node.body.offset, `no such overload: ${name} needs an optional, not ${checking.show(body)}`);
}

/** All macros over lists and maps. */
export function checkComprehension(node: ComprehensionNode, scope: Scope | undefined, checking: Checking): CelType {
  const range = checking.visit(node.range, scope);
  const [first, second] = rangeTypes(range, node.offset, checking);
  const [name, other] = node.variables;
  const inner: Scope =
    other === undefined
      ? { name, type: range.kind === "list" ? second : first, outer: scope }
      : { name: other, type: second, outer: { name, type: first, outer: scope } };
  if (node.predicate !== undefined) checking.condition(node.predicate, node.macro, inner);
  const projection = node.projection === undefined ? celTypes.dyn : checking.visit(node.projection, inner);
  return resultType(node, checking, { range, projection, first, item: range.kind === "list" ? second : first });
}

function resultType(
  node: ComprehensionNode,
  checking: Checking,
  types: { readonly range: CelType; readonly projection: CelType; readonly first: CelType; readonly item: CelType },
): CelType {
  const { range, projection, first, item } = types;
  switch (node.macro) {
    case "filter":
      return celTypes.list(item);
    case "map":
    case "transformList":
      return celTypes.list(projection);
    case "transformMap":
      return celTypes.map(first, projection);
    case "transformMapEntry": {
      const result = celTypes.map(checking.substitution.fresh(), checking.substitution.fresh());
      if (checking.substitution.assign([projection], [result])) return result;
      return checking.fail(
        node.offset,
        `no such overload: ${node.macro} needs a map, not ${checking.show(projection)}`,
      );
    }
    case "sortBy": {
      const isList = checking.substitution.assign([range], [celTypes.list(checking.substitution.fresh())]);
      if (!isList) return checking.fail(node.offset, `no such overload: sortBy for ${checking.show(range)}`);
      const canSort = SORTABLE.some((type) => checking.substitution.assign([projection], [type]));
      if (!canSort) checking.fail(node.offset, `no such overload: sortBy cannot order by ${checking.show(projection)}`);
      return celTypes.list(isAny(range) ? checking.substitution.fresh() : item);
    }
    default:
      return celTypes.bool;
  }
}

/** Index and element of a list, key and value of a map. */
function rangeTypes(range: CelType, offset: number, checking: Checking): readonly [CelType, CelType] {
  if (range.kind === "list") return [celTypes.int, range.element];
  if (range.kind === "map") return [range.key, range.value];
  if (range.kind === "parameter") checking.substitution.assign([celTypes.dyn], [range]);
  else if (!isAny(range)) checking.fail(offset, `a macro goes over a list or a map, not ${checking.show(range)}`);
  return [celTypes.dyn, celTypes.dyn];
}
