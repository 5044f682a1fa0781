import {
  Double,
  encodeBase64,
  formatQuantity,
  formatTime,
  isAmapError,
  isValueObject,
  memberOf,
  parseQuantity,
  parseTime,
  textOf,
  type Value,
  type ValueObject,
  writeJson,
} from "../../../base/index.ts";
import { type FieldType, findKubernetesType, type ScalarKind } from "../../resource/kubernetes-fields.ts";
import { findKubernetesKind } from "../../resource/kubernetes-kinds.ts";
import { decodeGoBase64 } from "../jmespath/functions/go-base64.ts";
import { parseGoTime, RFC3339 } from "../jmespath/functions/go-time-parse.ts";
import { goNumber } from "../pattern/go-text.ts";
import type { Charge } from "./node.ts";
import { checkDepth, type MergeIssue } from "./typed-validation.ts";

/** What a conversion made: `object` is the given one itself when nothing changed; else what cannot be converted first. */
export type ConversionOutcome =
  | { readonly status: "converted"; readonly object: ValueObject }
  | { readonly status: "error"; readonly issue: MergeIssue; readonly message: string };

/**
 * Reads an object of a built-in kind as the API server reads it into its own types: after a MutatingAdmissionPolicy, and
 * wherever else it takes JSON in. Numbers are whole where the type says so, quantities (`0.5` → `500m`), times (to UTC,
 * whole seconds) and base64 get the one form that the server writes, and metadata loses labels, annotations and lists that are empty. Objects of
 * other kinds, which the server does not
 * convert, are returned themselves; members that the kind has not, and null, stay as they are. Defaults are not set.
 *
 * @throws {AmapError} LIMIT_EXCEEDED (depth); what `charge` throws, BUDGET_EXCEEDED as a rule
 * @example
 * ```ts
 * import { convertToKubernetesType } from "../../index.ts";
 * const scale = { apiVersion: "apps/v1", kind: "Deployment", spec: { replicas: 1.5 } };
 * const outcome = convertToKubernetesType(scale, () => {});
 * outcome.status === "error" && outcome.issue; // { path: ".spec.replicas", message: "cannot convert float64 to int32" }
 * ```
 */
export function convertToKubernetesType(object: ValueObject, charge: Charge): ConversionOutcome {
  const apiVersion = textOf(object, "apiVersion");
  const kind = textOf(object, "kind");
  const served = findKubernetesKind(apiVersion, kind);
  if (served === undefined) return { status: "converted", object };
  const type: FieldType = { kind: "object", definition: served.definition, mapType: "" };
  try {
    return { status: "converted", object: new Conversion(charge).convert(object, type, "", 0) as ValueObject };
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    const { issue } = error;
    const name = `${apiVersion.includes("/") ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
    return { status: "error", issue, message: `unable to convert unstructured object to ${name}: ${issue.message}` };
  }
}

/** Ends a conversion: the server tells the first thing that it cannot convert. */
class ConversionError extends Error {
  readonly issue: MergeIssue;

  constructor(issue: MergeIssue) {
    super(issue.message);
    this.issue = issue;
  }
}

class Conversion {
  readonly #charge: Charge;

  constructor(charge: Charge) {
    this.#charge = charge;
  }

  convert(value: Value, type: FieldType, path: string, depth: number): Value {
    this.#charge(1);
    checkDepth(depth);
    if (value === null) return value;
    switch (type.kind) {
      case "scalar":
        return convertScalar(value, type.scalar, path);
      case "list":
        return Array.isArray(value) ? this.#list(value as readonly Value[], type.element, path, depth) : value;
      case "map":
        return isValueObject(value) ? this.#members(value, () => type.value, path, depth) : value;
      default:
        return this.#object(value, type.definition, path, depth);
    }
  }

  #object(value: Value, definition: string, path: string, depth: number): Value {
    if (definition === MICRO_TIME) return convertMicroTime(value, (message) => new ConversionError({ path, message }));
    const type = findKubernetesType(definition);
    if (type?.alias !== undefined) return this.convert(value, type.alias, path, depth);
    if (type === undefined || !isValueObject(value)) return value;
    const object = this.#members(value, (key) => type.fields.get(key)?.type, path, depth);
    return definition === OBJECT_META ? withoutEmptyMembers(object) : object;
  }

  #members(
    value: ValueObject,
    typeOf: (key: string) => FieldType | undefined,
    path: string,
    depth: number,
  ): ValueObject {
    const changed = new Map<string, Value>();
    for (const [key, member] of Object.entries(value)) {
      const type = typeOf(key);
      const converted = type === undefined ? member : this.convert(member, type, `${path}.${key}`, depth + 1);
      if (converted !== member) changed.set(key, converted);
    }
    return changed.size === 0 ? value : Object.fromEntries(new Map([...Object.entries(value), ...changed]));
  }

  #list(value: readonly Value[], element: FieldType, path: string, depth: number): readonly Value[] {
    const converted = value.map((item, index) => this.convert(item, element, `${path}[${index}]`, depth + 1));
    return converted.every((item, index) => item === value[index]) ? value : converted;
  }
}

function convertScalar(value: Value, scalar: ScalarKind, path: string): Value {
  const refuse = (message: string): ConversionError => new ConversionError({ path, message });
  switch (scalar) {
    case "int32":
    case "int64":
      return convertInteger(value, scalar, refuse);
    case "int-or-string":
      return convertIntOrString(value, refuse);
    case "quantity":
      return convertQuantity(value, refuse);
    case "date-time":
      return convertTime(value, refuse);
    case "byte":
      return convertBytes(value, refuse);
    default:
      return value;
  }
}

const OBJECT_META = "meta.v1.ObjectMeta";
const METADATA_COLLECTIONS = ["labels", "annotations", "finalizers", "ownerReferences"] as const;

/** The server does not tell empty labels from none. */
function withoutEmptyMembers(metadata: ValueObject): ValueObject {
  const empty = METADATA_COLLECTIONS.filter((key) => {
    const value = memberOf(metadata, key);
    return (Array.isArray(value) && value.length === 0) || (isValueObject(value) && Object.keys(value).length === 0);
  });
  if (empty.length === 0) return metadata;
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !empty.some((name) => name === key)));
}

type Refuse = (message: string) => ConversionError;

function convertInteger(value: Value, scalar: "int32" | "int64", refuse: Refuse): Value {
  const number = value instanceof Double ? value.value : value;
  if (typeof number !== "number") return value;
  if (!Number.isInteger(number)) throw refuse(`cannot convert float64 to ${scalar}`);
  if (!Number.isSafeInteger(number)) return value;
  // Kubernetes drops the upper bits and says nothing.
  return scalar === "int32" ? number | 0 : number;
}

const INT32_LIMIT = 2 ** 31;

function convertIntOrString(value: Value, refuse: Refuse): Value {
  if (typeof value === "string") return value;
  const number = goNumber(value);
  if (number === undefined) throw refuse(notOfType(value, "int32"));
  const isInt32 = typeof number === "bigint" && number < INT32_LIMIT && number >= -INT32_LIMIT;
  if (!isInt32) throw refuse(`json: cannot unmarshal number ${writeJson(value)} into Go value of type int32`);
  return Number(number);
}

function notOfType(value: Value, type: string): string {
  return `json: cannot unmarshal ${jsonKind(value)} into Go value of type ${type}`;
}

function jsonKind(value: Value): string {
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return "array";
  return isValueObject(value) ? "object" : "number";
}

/** A number and a suffix that is none, which Kubernetes tells from other texts that are no quantity. */
const NUMBER_AND_SUFFIX = /^[+-]?[0-9]+(?:\.[0-9]*)?[eEinumkKMGTP]+[-+]?[0-9]*$/;
const NO_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

function convertQuantity(value: Value, refuse: Refuse): Value {
  const isNumber = goNumber(value) !== undefined;
  const text = typeof value === "string" ? value.trim() : isNumber ? writeJson(value) : "";
  const quantity = parseQuantity(text);
  if (quantity !== undefined) return isKeptQuantity(text) ? text : formatQuantity(quantity);
  throw refuse(NUMBER_AND_SUFFIX.test(text) ? "unable to parse quantity's suffix" : NO_QUANTITY);
}

const QUANTITY_PARTS = /^[+-]?0*([0-9]*)(?:\.([0-9]*))?(?:([KMGTPE])i|([numkMGTPE]?)|[eE]([+-]?[0-9]+))$/;
/** The powers of ten of decimal suffixes, from -9 in steps of three; of two for binary ones in steps of ten. */
const DECIMAL_SUFFIXES = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const BINARY_SUFFIXES = "KMGTPE";
/** Digits of numbers that Kubernetes reads without big integers. */
const QUICK_DIGITS = 18;
const QUICK_BINARY_DIGITS = 14;

/** Whether Kubernetes takes the text for one in its own form and keeps it: it looks at the digits alone. */
function isKeptQuantity(text: string): boolean {
  const [, digits = "", fraction = "", binary, decimal = "", power] = QUANTITY_PARTS.exec(text) ?? [];
  const whole = digits === "" ? "0" : digits;
  if (binary !== undefined) {
    const isQuick = whole.length + 3 * (BINARY_SUFFIXES.indexOf(binary) + 1) <= QUICK_BINARY_DIGITS;
    return isQuick && fraction === "" && BigInt(whole) % 8n !== 0n;
  }
  const exponent = power === undefined ? 3 * DECIMAL_SUFFIXES.indexOf(decimal) - 9 : Number(power);
  const scale = exponent - fraction.length;
  const number = whole + fraction;
  const isQuick = number.length <= QUICK_DIGITS && scale >= -9;
  return isQuick && scale % 3 === 0 && !number.endsWith("000") && !number.startsWith("0");
}

const SECOND_MS = 1_000;
/** The one type of times that has fractions, always six digits of them. */
const MICRO_TIME = "meta.v1.MicroTime";
const RFC3339_MICRO = "2006-01-02T15:04:05.000000Z07:00";

function convertTime(value: Value, refuse: Refuse): Value {
  const text = checkTime(value, RFC3339, refuse);
  const ms = parseTime(text);
  return ms === undefined ? value : formatTime(Math.floor(ms / SECOND_MS) * SECOND_MS);
}

function convertMicroTime(value: Value, refuse: Refuse): Value {
  if (value === null) return value;
  const text = checkTime(value, RFC3339_MICRO, refuse);
  const ms = parseTime(text);
  if (ms === undefined) return value;
  const fraction = /\.[0-9]{6}/.exec(text)?.[0] ?? "";
  return formatTime(Math.floor(ms / SECOND_MS) * SECOND_MS).replace("Z", `${fraction}Z`);
}

/** A text that is a time of the layout. */
function checkTime(value: Value, layout: string, refuse: Refuse): string {
  if (typeof value !== "string") throw refuse(notOfType(value, "string"));
  try {
    parseGoTime(layout, value);
    return value;
  } catch (error) {
    if (!isAmapError(error) || error.code !== "EXPRESSION_FAILED") throw error;
    throw refuse(error.message);
  }
}

function convertBytes(value: Value, refuse: Refuse): Value {
  if (typeof value !== "string") return value;
  const bytes = decodeGoBase64(value);
  if (typeof bytes !== "number") return encodeBase64(bytes);
  throw refuse(`error decoding from json: illegal base64 data at input byte ${bytes}`);
}
