import { AmapError, memberOf, type Value } from "../base/index.ts";
import type { ClusterSelection } from "../ports/index.ts";

/** Whether an object is one of a selection. */
export type Matches = (object: Value) => boolean;

/**
 * Reads a selection: labels by equality, set and existence; the fields metadata.name and metadata.namespace, which every
 * kind has. @throws {AmapError} CLUSTER_REFUSED for anything else, as the API server does
 */
export function compileSelection({ namespace, labelSelector = "", fieldSelector = "" }: ClusterSelection): Matches {
  const conditions = [
    (object: Value) => namespace === undefined || metadataOf(object, "namespace") === namespace,
    ...splitOutsideBrackets(labelSelector).map(labelCondition),
    ...fieldSelector
      .split(",")
      .filter((part) => part !== "")
      .map(fieldCondition),
  ];
  return (object) => conditions.every((condition) => condition(object));
}

function labelCondition(part: string): Matches {
  const set = /^\s*([\w./-]+)\s+(in|notin)\s+\(([^()]*)\)\s*$/.exec(part);
  if (set !== null) {
    const [, key = "", operator, list = ""] = set;
    const values = new Set(list.split(",").map((value) => value.trim()));
    return (object) => {
      const value = labelOf(object, key);
      return (value !== undefined && values.has(value)) === (operator === "in");
    };
  }
  const equality = /^\s*([\w./-]+)\s*(=|==|!=)\s*([\w.-]*)\s*$/.exec(part);
  if (equality !== null) {
    const [, key = "", operator, value] = equality;
    return (object) => (labelOf(object, key) === value) === (operator !== "!=");
  }
  const existence = /^\s*(!?)\s*([\w./-]+)\s*$/.exec(part);
  if (existence === null) throw refused(`unable to parse requirement: ${part}`);
  const [, not, key = ""] = existence;
  return (object) => (labelOf(object, key) !== undefined) === (not === "");
}

function fieldCondition(part: string): Matches {
  const match = /^metadata\.(name|namespace)(=|==|!=)([^=!]*)$/.exec(part);
  if (match === null) throw refused(`field label not supported: ${part}`);
  const [, field = "", operator, value] = match;
  return (object) => (metadataOf(object, field) === value) === (operator !== "!=");
}

function splitOutsideBrackets(text: string): readonly string[] {
  return text.trim() === "" ? [] : text.split(/,(?![^()]*\))/);
}

function metadataOf(object: Value, field: string): Value | undefined {
  return memberOf(memberOf(object, "metadata"), field);
}

function labelOf(object: Value, key: string): string | undefined {
  const value = memberOf(metadataOf(object, "labels"), key);
  return typeof value === "string" ? value : undefined;
}

function refused(message: string): AmapError {
  return new AmapError("CLUSTER_REFUSED", message, { details: { status: 400, reason: "BadRequest", message } });
}
