import {
  AmapError,
  type Decoded,
  type Digest,
  type Issue,
  isAmapError,
  isDigest,
  isValueObject,
  LIMITS,
  memberOf,
  readJson,
  type Value,
  type ValueObject,
} from "../base/index.ts";
import type { Descriptor, Platform } from "./descriptor.ts";

/** Reads members of one stored JSON document and collects every issue. */
export class WireReader {
  readonly issues: Issue[] = [];

  refuse(path: string, message: string): void {
    this.issues.push({ code: "MANIFEST_INVALID", path, message });
  }

  /** A member that may be left out; null counts as left out, since Go's writers leave it so. */
  text(holder: ValueObject, path: string, key: string): string | undefined {
    const value = present(holder, key);
    if (value === undefined || typeof value === "string") return value;
    this.refuse(join(path, key), `expected a string, found ${kindOf(value)}`);
    return undefined;
  }

  flag(holder: ValueObject, path: string, key: string): boolean | undefined {
    const value = present(holder, key);
    if (value === undefined || typeof value === "boolean") return value;
    this.refuse(join(path, key), `expected true or false, found ${kindOf(value)}`);
    return undefined;
  }

  object(holder: ValueObject, path: string, key: string): ValueObject | undefined {
    const value = present(holder, key);
    if (value === undefined || isValueObject(value)) return value;
    this.refuse(join(path, key), `expected an object, found ${kindOf(value)}`);
    return undefined;
  }

  list(holder: ValueObject, path: string, key: string): readonly Value[] | undefined {
    const value = present(holder, key);
    if (value === undefined) return undefined;
    if (Array.isArray(value)) return value as readonly Value[];
    this.refuse(join(path, key), `expected a list, found ${kindOf(value)}`);
    return undefined;
  }

  texts(holder: ValueObject, path: string, key: string): readonly string[] | undefined {
    return this.list(holder, path, key)?.map((value, index) => {
      if (typeof value === "string") return value;
      this.refuse(`${join(path, key)}[${index}]`, `expected a string, found ${kindOf(value)}`);
      return "";
    });
  }

  textMap(holder: ValueObject, path: string, key: string): Readonly<Record<string, string>> | undefined {
    const map = this.object(holder, path, key);
    if (map === undefined) return undefined;
    const entries = Object.entries(map).map(([name, value]): [string, string] => {
      if (typeof value === "string") return [name, value];
      this.refuse(`${join(path, key)}["${name.slice(0, 100)}"]`, `expected a string, found ${kindOf(value)}`);
      return [name, ""];
    });
    return Object.fromEntries(entries);
  }

  /** A digest that must be there; where it is not, an issue and a place-holder that never leaves the decoder. */
  digest(value: Value | undefined, path: string): Digest {
    if (typeof value === "string" && isDigest(value)) return value;
    const found = typeof value === "string" ? `"${value.slice(0, 100)}"` : kindOf(value);
    this.refuse(path, `expected sha256: and 64 lower-case hex digits (or sha512: and 128), found ${found}`);
    return "sha256:";
  }

  descriptor(value: Value | undefined, path: string): Descriptor {
    if (!isValueObject(value)) {
      this.refuse(path, `expected a descriptor, found ${kindOf(value)}`);
      return { mediaType: "", digest: "sha256:", size: 0 };
    }
    const mediaType = this.text(value, path, "mediaType");
    if (mediaType === undefined || !MEDIA_TYPE.test(mediaType)) {
      this.refuse(join(path, "mediaType"), `expected a media type, found ${shown(memberOf(value, "mediaType"))}`);
    }
    const size = memberOf(value, "size");
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
      this.refuse(join(path, "size"), `expected a count of bytes, found ${shown(size)}`);
    }
    const annotations = this.textMap(value, path, "annotations");
    const platform = this.platform(value, path);
    const artifactType = this.text(value, path, "artifactType");
    return {
      mediaType: mediaType ?? "",
      digest: this.digest(memberOf(value, "digest"), join(path, "digest")),
      size: typeof size === "number" ? size : 0,
      ...(annotations === undefined ? {} : { annotations }),
      ...(platform === undefined ? {} : { platform }),
      ...(artifactType === undefined || artifactType === "" ? {} : { artifactType }),
    };
  }

  private platform(holder: ValueObject, path: string): Platform | undefined {
    const value = this.object(holder, path, "platform");
    if (value === undefined) return undefined;
    const where = join(path, "platform");
    const variant = this.text(value, where, "variant");
    const osVersion = this.text(value, where, "os.version");
    return {
      os: this.text(value, where, "os") ?? "",
      architecture: this.text(value, where, "architecture") ?? "",
      ...(variant === undefined || variant === "" ? {} : { variant }),
      ...(osVersion === undefined || osVersion === "" ? {} : { "os.version": osVersion }),
    };
  }
}

/** type "/" subtype (RFC 6838 §4.2), with the parameters that some writers add. */
const MEDIA_TYPE =
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}(?:;[\x20-\x7e]{1,200})?$/;

/**
 * Reads bytes as one JSON object and decodes it; not JSON or no object is one issue.
 * @throws {AmapError} LIMIT_EXCEEDED
 */
export function decodeObject<T>(
  bytes: Uint8Array,
  what: string,
  decode: (value: ValueObject, reader: WireReader) => T,
): Decoded<T> {
  const reader = new WireReader();
  let value: Value;
  try {
    value = readJson(bytes, { maxBytes: LIMITS.manifestBytes });
  } catch (error) {
    if (!isAmapError(error, "JSON_INVALID")) throw error;
    return { ok: false, issues: [{ code: "MANIFEST_INVALID", path: "", message: `${what}: ${error.message}` }] };
  }
  if (!isValueObject(value)) {
    reader.refuse("", `expected ${what} as a JSON object, found ${kindOf(value)}`);
    return { ok: false, issues: reader.issues };
  }
  const decoded = decode(value, reader);
  return reader.issues.length === 0 ? { ok: true, value: decoded } : { ok: false, issues: reader.issues };
}

/** @throws {AmapError} LIMIT_EXCEEDED */
export function requireCount(count: number, limit: number, what: string): void {
  if (count <= limit) return;
  throw new AmapError("LIMIT_EXCEEDED", `${what}: found ${count}, at most ${limit} are accepted`, {
    details: { found: count, limit },
  });
}

/** The member, when it is there and not null. */
export function present(holder: ValueObject, key: string): Value | undefined {
  const value = memberOf(holder, key);
  return value === null ? undefined : value;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function kindOf(value: Value | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (isValueObject(value)) return "an object";
  if (typeof value === "object") return "a number with a fraction or exponent";
  return `a ${typeof value}`;
}

function shown(value: Value | undefined): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 100));
  return typeof value === "number" || typeof value === "bigint" ? String(value) : kindOf(value);
}
