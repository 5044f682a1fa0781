import { concatBytes } from "../bytes/text.ts";
import { AmapError } from "../errors/amap-error.ts";
import { LIMITS } from "../limits.ts";

/** Whole documents of a YAML stream. */
export interface YamlPart {
  readonly bytes: Uint8Array;
  /** The line of the stream that they begin in, from 1: of use to `readYaml`. */
  readonly firstLine: number;
}

const NEW_LINE = 10;
const CARRIAGE_RETURN = 13;
const TAB = 9;
const SPACE = 32;
const PERCENT = 37;
const DASH = 45;
/** The first byte of a byte order mark. */
const ORDER_MARK = 0xef;

/** Where in a line the splitter is: at its begin, behind so many dashes, behind spaces, or where it does not matter. */
const LINE_BEGIN = 0;
const THREE_DASHES = 3;
const INDENTATION = 4;
const WITHIN_LINE = 5;

/**
 * Takes a YAML stream apart at its `---` lines, chunk after chunk, without holding more than a chunk and the document that
 * is not complete: reading the parts one by one gives the documents of the whole. A document begins at such a line
 * whatever stands before it, in every style of text; only directives (`%YAML`) and byte order marks stay
 * with the document they are for.
 *
 * @example
 * ```ts
 * import { encodeUtf8, readYaml, YamlSplitter } from "../index.ts";
 * const splitter = new YamlSplitter();
 * const parts = [splitter.push(encodeUtf8("a: 1\n--")), splitter.push(encodeUtf8("-\nb: 2\n")), splitter.finish()];
 * parts.flatMap((part) => (part === undefined ? [] : readYaml(part.bytes))); // [{ a: 1 }, { b: 2 }]
 * ```
 */
export class YamlSplitter {
  /** What was pushed since the last cut. */
  #pending: Uint8Array[] = [];
  #size = 0;
  #firstLine = 1;
  #state = LINE_BEGIN;
  /** Offset of the line from the begin of what is pending. */
  #lineStart = 0;
  /** Line breaks in what is pending. */
  #lines = 0;
  /** Whether a line since the last `---` begins as a directive does. */
  #sawDirective = false;

  /**
   * Takes the next bytes, which must not be changed afterwards, and returns the documents that are complete by now.
   * @throws {AmapError} LIMIT_EXCEEDED for a document of more than LIMITS.documentBytes
   */
  push(chunk: Uint8Array): YamlPart | undefined {
    const base = this.#size;
    let cut = 0;
    let linesBeforeCut = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      const isBreak = byte === NEW_LINE || byte === CARRIAGE_RETURN;
      if (this.#state === THREE_DASHES && (isBreak || byte === SPACE || byte === TAB)) {
        if (!this.#sawDirective) {
          cut = this.#lineStart;
          linesBeforeCut = this.#lines;
        }
        this.#sawDirective = false;
      }
      if (isBreak) {
        if (byte === NEW_LINE) this.#lines++;
        this.#lineStart = base + at + 1;
        this.#state = LINE_BEGIN;
      } else if (this.#state !== WITHIN_LINE) this.#state = this.#follow(byte as number);
    }
    this.#pending.push(chunk);
    this.#size += chunk.length;
    const part = cut === 0 ? undefined : this.#cutAt(cut, linesBeforeCut);
    if (this.#size > LIMITS.documentBytes) {
      const found = `the one at line ${this.#firstLine} has more`;
      throw new AmapError("LIMIT_EXCEEDED", `expected documents of at most ${LIMITS.documentBytes} bytes, ${found}`);
    }
    return part;
  }

  /** The state behind a byte that is not far in its line. */
  #follow(byte: number): number {
    if (byte === DASH && this.#state < THREE_DASHES) return this.#state + 1;
    if (this.#state !== LINE_BEGIN && this.#state !== INDENTATION) return WITHIN_LINE;
    // js-yaml reads directives behind spaces, too, and a byte order mark may begin a document.
    if (byte === SPACE || byte === TAB) return INDENTATION;
    if (byte === PERCENT || byte === ORDER_MARK) this.#sawDirective = true;
    return WITHIN_LINE;
  }

  /** What is left when the stream has ended. */
  finish(): YamlPart | undefined {
    return this.#size === 0 ? undefined : this.#cutAt(this.#size, this.#lines);
  }

  #cutAt(offset: number, lines: number): YamlPart {
    const all = this.#pending.length === 1 ? (this.#pending[0] as Uint8Array) : concatBytes(this.#pending);
    const part = { bytes: all.subarray(0, offset), firstLine: this.#firstLine };
    // Copied, so that the rest of a chunk does not keep the whole alive.
    this.#pending = [all.slice(offset)];
    this.#size -= offset;
    this.#lineStart -= offset;
    this.#firstLine += lines;
    this.#lines -= lines;
    return part;
  }
}
