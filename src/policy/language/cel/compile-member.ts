import { doubleValue } from "./arithmetic.ts";
import type { IndexNode, PresenceNode, SelectNode } from "./ast.ts";
import { type Code, type Compiling, makeCode, type Scope } from "./code.ts";
import { CelError } from "./error.ts";
import { lookAhead, type Run } from "./frame.ts";
import { isDouble, isList, isMap, mapGet, showKey, typeName } from "./kinds.ts";
import { isCompatible, memberType } from "./static-type.ts";
import { type CelType, celTypes, formatType } from "./types.ts";
import { CelMap, type CelObject, type CelValue, Optional, Uint } from "./value.ts";

const NONE = new Optional(undefined);

/** `operand.field` and `operand.?field`. */
export function compileSelect(node: SelectNode, scope: Scope | undefined, compiling: Compiling): Code {
  const part = compiling.compile(node.operand, scope);
  const { run: operand } = part;
  const { field, offset } = node;
  const type = fieldType(node, part.type, compiling);
  if (node.optional) {
    const run: Run = (frame) => selectOptional(operand(frame), field, () => (frame.at = offset));
    return makeCode([part], run, optionalOf(type));
  }
  const run: Run = (frame) => {
    const value = operand(frame);
    // Only maps in plain objects have one of these prototypes; the member must be the object's own.
    if (typeof value === "object" && value !== null) {
      const prototype: unknown = Object.getPrototypeOf(value);
      if ((prototype === Object.prototype || prototype === null) && Object.hasOwn(value, field)) {
        const member = (value as CelObject)[field];
        if (member !== undefined) return member;
      }
    }
    frame.at = offset;
    return selectSlow(value, field);
  };
  return makeCode([part], run, type);
}

function fieldType(node: SelectNode | PresenceNode, operand: CelType, compiling: Compiling): CelType {
  const type = memberType(operand, "field");
  if (type !== undefined) return type;
  return compiling.fail(node.offset, `a value of type ${formatType(operand)} has no fields`);
}

/** Taken from an optional it already is one. */
function optionalOf(type: CelType): CelType {
  return type.kind === "optional" ? type : celTypes.optional(type);
}

function selectSlow(value: CelValue, field: string): CelValue {
  if (value instanceof Optional) return value.value === undefined ? value : optionalMember(value.value, field);
  const member = member1(value, field);
  if (member === undefined) throw new CelError("no_such_key", `no such key: ${showKey(field)}`);
  return member;
}

function member1(value: CelValue, field: string): CelValue | undefined {
  if (isMap(value)) return mapGet(value, field);
  throw new CelError(
    "no_such_overload",
    `a value of type ${typeName(value)} has no fields (looking for ${showKey(field)})`,
  );
}

function selectOptional(value: CelValue, field: string, locate: () => void): Optional {
  locate();
  if (!(value instanceof Optional)) return optionalMember(value, field);
  return value.value === undefined ? value : optionalMember(value.value, field);
}

function optionalMember(value: CelValue, field: string): Optional {
  const member = member1(value, field);
  return member === undefined ? NONE : new Optional(member);
}

/** `has(operand.field)`: whether a map has the key; its value may be null. */
export function compilePresence(node: PresenceNode, scope: Scope | undefined, compiling: Compiling): Code {
  const part = compiling.compile(node.operand, scope);
  const { run: operand } = part;
  const { field, offset } = node;
  fieldType(node, part.type, compiling);
  const run: Run = (frame) => {
    const written = operand(frame);
    frame.at = offset;
    const value = written instanceof Optional ? written.value : written;
    return value !== undefined && member1(value, field) !== undefined;
  };
  return makeCode([part], run, celTypes.bool);
}

/** `operand[index]` and `operand[?index]`. */
export function compileIndex(node: IndexNode, scope: Scope | undefined, compiling: Compiling): Code {
  const operand = compiling.compile(node.operand, scope);
  const index = compiling.compile(node.index, scope);
  const { offset } = node;
  const take = node.optional ? itemOptional : item;
  const runs = [operand.run, index.run];
  const ahead: Run = (frame) => {
    const [value, key] = lookAhead(frame, runs) as [CelValue, CelValue];
    frame.at = offset;
    return take(value, key);
  };
  const { run: operandRun } = operand;
  const { run: indexRun } = index;
  const plain: Run = (frame) => {
    const value = operandRun(frame);
    const key = indexRun(frame);
    frame.at = offset;
    return take(value, key);
  };
  const run = operand.loads && index.loads ? ahead : plain;
  const type = elementType(node, operand.type, index.type, compiling);
  return makeCode([operand, index], run, node.optional ? optionalOf(type) : type);
}

function elementType(node: IndexNode, operand: CelType, index: CelType, compiling: Compiling): CelType {
  const type = memberType(operand, "index");
  const container = operand.kind === "optional" ? operand.value : operand;
  const key = container.kind === "list" ? celTypes.int : container.kind === "map" ? container.key : celTypes.dyn;
  if (type !== undefined && isCompatible(key, index)) return type;
  return compiling.fail(
    node.offset,
    `no such overload: an index of type ${formatType(index)} into ${formatType(operand)}`,
  );
}

function item(value: CelValue, key: CelValue): CelValue {
  if (value instanceof Optional) return value.value === undefined ? value : itemOptional(value.value, key);
  const found = find(value, key);
  if (found !== undefined) return found;
  if (isList(value)) {
    throw new CelError("index_out_of_range", `index ${showKey(key)} is outside a list of ${value.length}`);
  }
  throw new CelError("no_such_key", `no such key: ${showKey(key)}`);
}

function itemOptional(value: CelValue, key: CelValue): Optional {
  if (value instanceof Optional) return value.value === undefined ? value : itemOptional(value.value, key);
  const found = find(value, key);
  return found === undefined ? NONE : new Optional(found);
}

function find(value: CelValue, key: CelValue): CelValue | undefined {
  if (isList(value)) return value[listIndex(key)];
  if (value instanceof CelMap || isMap(value)) return mapGet(value, key);
  throw new CelError("no_such_overload", `a value of type ${typeName(value)} has no index`);
}

/** Any integral number; one that is outside every list stays so. */
function listIndex(key: CelValue): number {
  if (typeof key === "number" && Number.isSafeInteger(key)) return key;
  if (typeof key === "bigint") return Number(key);
  if (key instanceof Uint) return Number(key.value);
  if (isDouble(key) && Number.isInteger(doubleValue(key))) return doubleValue(key);
  throw new CelError("invalid_argument", `a list's index must be an integer, not ${showKey(key)}`);
}
