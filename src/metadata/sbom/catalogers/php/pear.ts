import { decodeDatabaseText } from "../cataloger.ts";
import { invalidFile, type ListFile, type PackageList, type PackageListFormat } from "../package-list.ts";
import { readStatedLicenses } from "../stated-licenses.ts";

/** What PEAR and PECL have installed: a value of PHP, serialised, for each package. */
export const pearRegistry: PackageListFormat = {
  id: "php/pear",
  endings: [".reg"],
  where: "in `.registry`",
  isAt: (path) => /(?:^|\/)\.registry\/(?:[^/]+\/)?[^/]+$/.test(path),
  read: readRegistry,
};

function readRegistry({ bytes }: ListFile): PackageList {
  const record = new SerialReader(bytes).read(0);
  const version = memberText(record, "version", "release") ?? memberText(record, "version");
  const name = memberText(record, "name") ?? memberText(record, "package");
  if (name === undefined || version === undefined)
    throw invalidFile("a record of PEAR has a name and a version; this has not");
  const channel = memberText(record, "channel") ?? "pear.php.net";
  const license = memberText(record, "license", "_content") ?? memberText(record, "license");
  const isOfPecl = channel === "pecl.php.net";
  return {
    packages: [
      {
        name,
        version,
        identity: isOfPecl ? { type: "pecl", name } : { type: "pear", namespace: channel, name },
        licenses: license === undefined ? [] : readStatedLicenses([license]),
      },
    ],
  };
}

/** A value of PHP: texts and numbers as texts, arrays and objects as maps. */
type SerialValue = string | undefined | ReadonlyMap<string, SerialValue>;

function memberText(value: SerialValue, ...path: readonly string[]): string | undefined {
  let found = value;
  for (const key of path) found = found instanceof Map ? (found.get(key) as SerialValue) : undefined;
  return typeof found === "string" && found !== "" ? found : undefined;
}

const MAX_DEPTH = 32;

/** Reads what PHP's serialize() writes; lengths are of bytes. */
class SerialReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @throws {AmapError} LOCKFILE_INVALID for anything else */
  read(depth: number): SerialValue {
    if (depth > MAX_DEPTH) throw invalidFile(`expected at most ${MAX_DEPTH} levels, found more`);
    const kind = String.fromCharCode(this.#bytes[this.#at] ?? 0);
    if (kind === "N") {
      this.#expect("N;");
      return undefined;
    }
    this.#expect(`${kind}:`);
    if ("ibdrR".includes(kind)) return this.#until(";");
    if (kind === "s") {
      const text = this.#text();
      this.#expect(";");
      return text;
    }
    if (kind === "O") {
      this.#text();
      this.#expect(":");
      return this.#entries(depth);
    }
    if (kind === "a") return this.#entries(depth);
    throw invalidFile(`expected a value of PHP, found ${JSON.stringify(kind)} at byte ${this.#at}`);
  }

  /** `3:{key value …}`. */
  #entries(depth: number): SerialValue {
    const count = this.#number(":");
    this.#expect("{");
    const entries = new Map<string, SerialValue>();
    for (let index = 0; index < count; index++) {
      const key = this.read(MAX_DEPTH);
      entries.set(typeof key === "string" ? key : "", this.read(depth + 1));
    }
    this.#expect("}");
    return entries;
  }

  /** `4:"text"`. */
  #text(): string {
    const length = this.#number(":");
    this.#expect('"');
    const text = decodeDatabaseText(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    this.#expect('"');
    return text;
  }

  #number(end: string): number {
    const text = this.#until(end);
    if (!/^\d{1,9}$/.test(text)) throw invalidFile(`expected a length, found ${JSON.stringify(text)}`);
    return Number(text);
  }

  /** Up to a mark that is at most 40 bytes away. */
  #until(end: string): string {
    const place = this.#bytes.subarray(this.#at, this.#at + 40).indexOf(end.charCodeAt(0));
    if (place === -1) throw invalidFile(`expected ${end} behind byte ${this.#at}, found none`);
    const text = decodeDatabaseText(this.#bytes.subarray(this.#at, this.#at + place));
    this.#at += place + 1;
    return text;
  }

  #expect(text: string): void {
    for (let index = 0; index < text.length; index++) {
      if (this.#bytes[this.#at + index] !== text.charCodeAt(index))
        throw invalidFile(`expected ${JSON.stringify(text)} at byte ${this.#at}, found something else`);
    }
    this.#at += text.length;
  }
}
