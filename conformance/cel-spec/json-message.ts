/** Messages in protobuf's JSON mapping. See https://protobuf.dev/programming-guides/json/ */
import { type AnySource, type MessageSource, typeNameOfUrl } from "./message.ts";

/** A JSON object as a message. */
export function messageOfJson(json: Readonly<Record<string, unknown>>): MessageSource {
  return new JsonMessage(json);
}

class JsonMessage implements MessageSource {
  readonly #json: Readonly<Record<string, unknown>>;

  constructor(json: unknown) {
    if (typeof json !== "object" || json === null || Array.isArray(json)) throw new Error("not a message");
    this.#json = json as Readonly<Record<string, unknown>>;
  }

  has(field: string): boolean {
    return Object.hasOwn(this.#json, jsonName(field));
  }

  message(field: string): MessageSource | undefined {
    return this.has(field) ? new JsonMessage(this.#get(field)) : undefined;
  }

  messages(field: string): readonly MessageSource[] {
    const list = this.#get(field) ?? [];
    if (!Array.isArray(list)) throw new Error(`${field} is repeated`);
    return list.map((each) => new JsonMessage(each));
  }

  entries(field: string): readonly (readonly [string, MessageSource])[] {
    return Object.entries(this.#get(field) ?? {}).map(([key, value]) => [key, new JsonMessage(value)]);
  }

  text(field: string): string {
    const value = this.#get(field) ?? "";
    if (typeof value === "string") return value;
    if (typeof value === "number") return String(value);
    throw new Error(`${field} is a text`);
  }

  bytes(field: string): Uint8Array {
    return new Uint8Array(Buffer.from(this.text(field), "base64"));
  }

  integer(field: string): bigint {
    return BigInt(this.text(field) || "0");
  }

  double(field: string): number {
    const value = this.#get(field) ?? 0;
    const number = Number(value);
    if (Number.isNaN(number) && value !== "NaN") throw new Error(`${field} is a number`);
    return number;
  }

  bool(field: string): boolean {
    return this.#get(field) === true;
  }

  enumName(field: string): string {
    return this.text(field);
  }

  any(field: string): AnySource | undefined {
    const content = this.#get(field);
    const url = (content as { readonly "@type"?: unknown } | undefined)?.["@type"];
    if (typeof url !== "string") return undefined;
    return { typeName: typeNameOfUrl(url), content: new JsonMessage(content) };
  }

  #get(field: string): unknown {
    return this.has(field) ? this.#json[jsonName(field)] : undefined;
  }
}

/** `int64_value` → `int64Value`. */
function jsonName(field: string): string {
  return field.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
