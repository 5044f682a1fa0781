import { Double } from "../../../base/index.ts";
import { doubleValue } from "./arithmetic.ts";
import type { IndexNode, PresenceNode, SelectNode } from "./ast.ts";
import { type Code, type Compiling, type FieldPath, makeCode, type Scope } from "./code.ts";
import { CelError } from "./error.ts";
import { type Frame, lookAhead, type Run, type Unsettled } from "./frame.ts";
import { isDouble, isList, isMap, isPlainMap, mapGet, showKey, typeName } from "./kinds.ts";
import {
  CelMap,
  type CelObject,
  type CelValue,
  Duration,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
} from "./value.ts";

const NONE = new Optional(undefined);

/**
 * Fields that lists, texts or instances of the value classes have or inherit in JavaScript. Any other field is looked up
 * without asking what the object is: only a map can have it.
 */
const AMBIGUOUS_FIELDS: ReadonlySet<string> = new Set(
  [
    Object.prototype,
    Array.prototype,
    Uint8Array.prototype,
    Object.getPrototypeOf(Uint8Array.prototype) as object,
    CelMap.prototype,
    ["length"],
    new Double(0),
    new Uint(0n),
    new Timestamp(0, 0),
    new Duration(0, 0),
    new TypeValue(""),
    new Optional(undefined),
    new Opaque("", undefined),
    new CelMap(new Map()),
  ].flatMap((each) => [each, (Object.getPrototypeOf(each) as object | null) ?? {}].flatMap(Object.getOwnPropertyNames)),
);

/** Lists have members of such names, too: their elements. */
const NUMERIC = /^[0-9]/;

const isAmbiguous = (field: string): boolean => AMBIGUOUS_FIELDS.has(field) || NUMERIC.test(field);

/** `operand.field` and `operand.?field`. */
export function compileSelect(node: SelectNode, scope: Scope | undefined, compiling: Compiling): Code {
  const part = compiling.compile(node.operand, scope);
  const { run: operand } = part;
  const { field, offset } = node;
  if (node.optional) {
    return makeCode([part], (frame) => selectOptional(operand(frame), field, () => (frame.at = offset)));
  }
  if (isAmbiguous(field)) return makeCode([part], selectCarefully(operand, field, offset));
  const slow: Run = (frame) => {
    const value = operand(frame);
    frame.at = offset;
    return selectSlow(value, field);
  };
  return { ...makeCode([part], memberRun(part, field, slow)), ...extendPath(part, field) };
}

function extendPath(part: Code, field: string): { readonly path?: FieldPath } {
  return part.path === undefined ? {} : { path: { ...part.path, fields: [...part.path.fields, field] } };
}

/** A member that only a map can have; where it is not there, `slow` says what and where. */
function memberRun(part: Code, field: string, slow: Run): Run {
  const read = pathReader(extendPath(part, field).path);
  if (read !== undefined) {
    return (frame) => {
      const member = read(frame);
      return member === undefined ? slow(frame) : member;
    };
  }
  const { run: operand } = part;
  return (frame) => {
    const value = operand(frame);
    if (typeof value === "object" && value !== null) {
      const member = (value as CelObject)[field];
      if (member !== undefined) return member;
    }
    return slow(frame);
  };
}

function selectCarefully(operand: Run, field: string, offset: number): Run {
  return (frame) => {
    const value = operand(frame);
    if (isPlainMap(value) && Object.hasOwn(value, field)) return value[field] as CelValue;
    frame.at = offset;
    return selectSlow(value, field);
  };
}

/** Reads a whole path in one closure: undefined where something is not there. Longer ones are read step by step. */
function pathReader(path: FieldPath | undefined): ((frame: Frame) => CelValue | undefined) | undefined {
  if (path === undefined) return undefined;
  const { base, slot, fields } = path;
  const [first = "", second = "", third = ""] = fields;
  const isLocal = base === "local";
  switch (fields.length) {
    case 1:
      return (frame) => memberOf((isLocal ? frame.locals : frame.variables)[slot], first);
    case 2:
      return (frame) => memberOf(memberOf((isLocal ? frame.locals : frame.variables)[slot], first), second);
    case 3:
      return (frame) => {
        const outer = memberOf((isLocal ? frame.locals : frame.variables)[slot], first);
        return memberOf(memberOf(outer, second), third);
      };
    default:
      return undefined;
  }
}

function memberOf(value: CelValue | Unsettled | undefined, field: string): CelValue | undefined {
  return typeof value === "object" && value !== null ? (value as CelObject)[field] : undefined;
}

function selectSlow(value: CelValue, field: string): CelValue {
  if (value instanceof Optional) return value.value === undefined ? value : held(member1(value.value, field));
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
  return held(memberIfAny(value, field));
}

function held(member: CelValue | undefined): Optional {
  return member === undefined ? NONE : new Optional(member);
}

/** As cel-go: what is asked for in a text, a number or null is not there; a list has no fields to ask for. */
function memberIfAny(value: CelValue, field: string): CelValue | undefined {
  return isMap(value) || isList(value) ? member1(value, field) : undefined;
}

/** `has(operand.field)`: whether a map has the key; its value may be null. Of what is no map and no list: false. */
export function compilePresence(node: PresenceNode, scope: Scope | undefined, compiling: Compiling): Code {
  const part = compiling.compile(node.operand, scope);
  const { run: operand } = part;
  const { field, offset } = node;
  const read = isAmbiguous(field) ? undefined : pathReader(extendPath(part, field).path);
  return makeCode([part], (frame) => {
    if (read !== undefined && read(frame) !== undefined) return true;
    const written = operand(frame);
    frame.at = offset;
    const value = written instanceof Optional ? written.value : written;
    return value !== undefined && memberIfAny(value, field) !== undefined;
  });
}

/** `operand[index]` and `operand[?index]`. */
export function compileIndex(node: IndexNode, scope: Scope | undefined, compiling: Compiling): Code {
  const operand = compiling.compile(node.operand, scope);
  const index = compiling.compile(node.index, scope);
  const { offset } = node;
  const { constant } = index;
  if (!node.optional && typeof constant === "string" && !isAmbiguous(constant)) {
    const slow: Run = (frame) => {
      const value = operand.run(frame);
      frame.at = offset;
      return item(value, constant);
    };
    return { ...makeCode([operand, index], memberRun(operand, constant, slow)), ...extendPath(operand, constant) };
  }
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
  return makeCode([operand, index], run);
}

function item(value: CelValue, key: CelValue): CelValue {
  if (value instanceof Optional) return value.value === undefined ? value : held(find(value.value, key));
  const found = find(value, key);
  if (found !== undefined) return found;
  if (isList(value)) {
    throw new CelError("index_out_of_range", `index ${showKey(key)} is outside a list of ${value.length}`);
  }
  throw new CelError("no_such_key", `no such key: ${showKey(key)}`);
}

function itemOptional(value: CelValue, key: CelValue): Optional {
  if (value instanceof Optional) return value.value === undefined ? value : itemOptional(value.value, key);
  return held(isMap(value) || isList(value) ? find(value, key) : undefined);
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
