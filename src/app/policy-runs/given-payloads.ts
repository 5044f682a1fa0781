import {
  AmapError,
  Double,
  isAmapError,
  isValueObject,
  LIMITS,
  readJson,
  readYaml,
  type Value,
  type ValueObject,
} from "../../base/index.ts";
import type { World } from "../world.ts";

/** What policies judge that is no object of Kubernetes. */
export interface Payload {
  /** By which results name it. */
  readonly name: string;
  readonly mode: PayloadMode;
  readonly value: ValueObject;
}

export type PayloadMode = "JSON" | "HTTP" | "Envoy";

/**
 * A payload of a file: one object, as JSON or, for the mode JSON, as YAML. In the mode JSON
 * its numbers are doubles, as policies meet them in Kyverno.
 * @throws {AmapError} FILE_NOT_FOUND; JSON_INVALID, YAML_INVALID, VALUE_INVALID with the file
 */
export async function readPayload(world: World, path: string, mode: PayloadMode, name = path): Promise<Payload> {
  const bytes = await world.files.read(path, LIMITS.documentBytes);
  return { name, mode, value: objectOf(readDocument(bytes, path, mode), path) };
}

function readDocument(bytes: Uint8Array, path: string, mode: PayloadMode): Value {
  try {
    if (mode !== "JSON") return readJson(bytes);
    if (!/\.ya?ml$/.test(path)) return withDoubles(readJson(bytes));
    const documents = readYaml(bytes).filter((document) => document !== null);
    if (documents.length === 1) return documents[0] ?? null;
    throw new AmapError("VALUE_INVALID", `expected one document, found ${documents.length}`);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    throw new AmapError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

function objectOf(value: Value, path: string): ValueObject {
  if (isValueObject(value)) return value;
  throw new AmapError("VALUE_INVALID", `${path}: expected an object as the payload`, {
    hint: "A list of objects is several payloads: write each to a file of its own.",
  });
}

function withDoubles(value: Value): Value {
  if (typeof value === "number" || typeof value === "bigint") return new Double(Number(value));
  if (Array.isArray(value)) return value.map((item) => withDoubles(item as Value));
  if (!isValueObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withDoubles(member)]));
}
