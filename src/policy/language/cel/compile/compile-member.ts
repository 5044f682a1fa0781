import { CelError } from "../error.ts";
import type { IndexNode, PresenceNode, SelectNode } from "../syntax/ast.ts";
import { doubleValue } from "../values/arithmetic.ts";
import { isDouble, isList, isMap, isPlainMap, mapGet, showKey, typeName } from "../values/kinds.ts";
import { CelMap, type CelValue, Message, NONE, Optional, Uint } from "../values/value.ts";
import { type Code, type Compiling, makeCode, type Scope } from "./code.ts";
import { isAmbiguousField, memberOf } from "./fields.ts";
import { type Frame, lookAhead, type Run } from "./frame.ts";
import { quickOfAll, withMaybe, withQuick } from "./quick.ts";
import type { Quick } from "./quick-writer.ts";

/** `operand.field` and `operand.?field`. */
export function compileSelect(node: SelectNode, scope: Scope | undefined, compiling: Compiling): Code {
  const part = compiling.compile(node.operand, scope);
  const { run: operand } = part;
  const { field, offset } = node;
  if (node.optional) {
    const code = makeCode([part], (frame) => selectOptional(operand(frame), field, () => (frame.at = offset)));
    return withMaybe(code, [part], quickMember(part, field));
  }
  return memberCode(part, [part], field, (value, frame) => {
    frame.at = offset;
    return selectSlow(value, field);
  });
}

/** A member by its name; where it is not there, `slow` says what and where. */
function memberCode(
  part: Code,
  parts: readonly Code[],
  field: string,
  slow: (value: CelValue, frame: Frame) => CelValue,
): Code {
  const { run: operand, quick, maybe } = part;
  const isAmbiguous = isAmbiguousField(field);
  const code = makeCode(parts, (frame) => {
    const value = operand(frame);
    if (isAmbiguous)
      return isPlainMap(value) && Object.hasOwn(value, field) ? (value[field] as CelValue) : slow(value, frame);
    const member = memberOf(value, field);
    return member === undefined ? slow(value, frame) : member;
  });
  // A member of an optional is one.
  if (maybe !== undefined) return withMaybe(code, [part], quickMember(part, field));
  return withQuick(code, [part], quick && ((writer) => writer.member(quick(writer), field)));
}

/** A member of a plain map, or of the one that an optional holds; undefined where there is none. */
function quickMember({ quick, maybe }: Code, field: string): Quick | undefined {
  if (maybe === undefined) return quick && ((writer) => writer.memberOrNone(writer.present(quick(writer)), field));
  return (writer) => {
    const holder = maybe(writer);
    const member = writer.declare("undefined");
    writer.block(`if (${holder} !== undefined)`, () => {
      writer.line(`${member} = ${writer.memberOrNone(writer.know("present", holder), field)};`);
    });
    return member;
  };
}

function selectSlow(value: CelValue, field: string): CelValue {
  if (value instanceof Optional) return value.value === undefined ? value : held(member1(value.value, field));
  const member = member1(value, field);
  if (member === undefined) throw new CelError("no_such_key", `no such key: ${showKey(field)}`);
  return member;
}

function member1(value: CelValue, field: string): CelValue | undefined {
  if (isMap(value)) return mapGet(value, field);
  if (value instanceof Message) return value.get(field);
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
  if (value instanceof Message) return value.value.get(field);
  return isMap(value) || isList(value) ? member1(value, field) : undefined;
}

/** `has(operand.field)`: whether a map has the key; its value may be null. Of what is no map and no list: false. */
export function compilePresence(node: PresenceNode, scope: Scope | undefined, compiling: Compiling): Code {
  const part = compiling.compile(node.operand, scope);
  const { run: operand } = part;
  const { field, offset } = node;
  const code = makeCode([part], (frame) => {
    const written = operand(frame);
    frame.at = offset;
    const value = written instanceof Optional ? written.value : written;
    return value !== undefined && memberIfAny(value, field) !== undefined;
  });
  const member = quickMember(part, field);
  const quick: Quick | undefined =
    member && ((writer) => writer.know("boolean", writer.define(`${member(writer)} !== undefined`)));
  return withQuick(code, [part], quick);
}

/** `operand[index]` and `operand[?index]`. */
export function compileIndex(node: IndexNode, scope: Scope | undefined, compiling: Compiling): Code {
  const operand = compiling.compile(node.operand, scope);
  const index = compiling.compile(node.index, scope);
  const parts = [operand, index];
  const { offset } = node;
  const { constant } = index;
  if (typeof constant === "string" && !node.optional) {
    return memberCode(operand, parts, constant, (value, frame) => {
      frame.at = offset;
      return item(value, constant);
    });
  }
  const code = makeCode(parts, operand.loads && index.loads ? itemAhead(node, parts) : itemPlain(node, operand, index));
  if (typeof constant === "string") return withMaybe(code, parts, quickMember(operand, constant));
  const quicks = quickOfAll(parts);
  return withQuick(
    code,
    parts,
    quicks &&
      ((writer) =>
        writer.call(
          takeOf(node),
          quicks.map((quick) => writer.present(quick(writer))),
        )),
  );
}

const takeOf = (node: IndexNode): typeof item => (node.optional ? itemOptional : item);

function itemAhead(node: IndexNode, parts: readonly Code[]): Run {
  const take = takeOf(node);
  const runs = parts.map((part) => part.run);
  return (frame) => {
    const [value, key] = lookAhead(frame, runs) as [CelValue, CelValue];
    frame.at = node.offset;
    return take(value, key);
  };
}

function itemPlain(node: IndexNode, { run: operand }: Code, { run: index }: Code): Run {
  const take = takeOf(node);
  const { offset } = node;
  return (frame) => {
    const value = operand(frame);
    const key = index(frame);
    frame.at = offset;
    return take(value, key);
  };
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
