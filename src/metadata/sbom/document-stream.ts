import { encodeUtf8, type Value, type ValueObject, ValueStream, writeJsonPieces } from "../../base/index.ts";
import type { EncodedSbom, Loss } from "./sbom.ts";

/** A document to write whose longest list is made item by item, so that it is never in memory as a whole. */
export interface DocumentStream {
  /** The members before the list. */
  readonly head: ValueObject;
  /** The name of the list. */
  readonly list: string;
  /** Makes the items; each time anew, if need be. */
  readonly items: () => Iterable<ValueObject>;
  /** The members behind the list, which the items decide; to be asked for when the last time through them is over. */
  readonly tail: () => ValueObject;
  /** What the document does not say, of the last time through the items. */
  readonly losses: () => readonly Loss[];
}

/** The document as one value. */
export function wholeDocument({ head, list, items, tail, losses }: DocumentStream): EncodedSbom {
  const made = [...items()];
  return { document: { ...head, [list]: made, ...tail() }, losses: losses() };
}

/** The document as JSON, indented by two spaces, with a line break at its end. */
export function* jsonOf({ head, list, items, tail }: DocumentStream): Generator<string> {
  function* members(): Generator<readonly [string, Value | ValueStream]> {
    yield* Object.entries(head);
    yield [list, new ValueStream(items())];
    yield* Object.entries(tail());
  }
  yield* writeJsonPieces(members(), { indent: 2 });
  yield "\n";
}

/** A document as indented JSON with a line break at its end, in chunks of bytes: never the whole of it as text. */
export function* jsonChunksOf(document: ValueObject): Generator<Uint8Array> {
  function* pieces(): Generator<string> {
    yield* writeJsonPieces(Object.entries(document), { indent: 2 });
    yield "\n";
  }
  yield* chunksOf(pieces());
}

/** Large enough that each write is worth its while. */
const CHUNK_LENGTH = 128 * 1024;

/** Pieces of a text as chunks of bytes; none of them is empty, and none ends within a character. */
export function* chunksOf(pieces: Iterable<string>): Generator<Uint8Array> {
  for (const text of largePieces(pieces)) yield encodeUtf8(text);
}

/** Pieces as one text; of many small ones few are in memory at a time. */
export function joinPieces(pieces: Iterable<string>): string {
  return [...largePieces(pieces)].join("");
}

function* largePieces(pieces: Iterable<string>): Generator<string> {
  let waiting: string[] = [];
  let length = 0;
  for (const piece of pieces) {
    waiting.push(piece);
    length += piece.length;
    if (length < CHUNK_LENGTH) continue;
    yield waiting.join("");
    waiting = [];
    length = 0;
  }
  if (length > 0) yield waiting.join("");
}
