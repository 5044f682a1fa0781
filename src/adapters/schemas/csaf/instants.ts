import { parseTime } from "../../../base/index.ts";
import type { CsafNode } from "./csaf-node.ts";

/** A point in time, finer than a millisecond. */
interface Instant {
  readonly seconds: number;
  /** Digits of the fraction without zeros at the end; such texts compare as numbers do. */
  readonly fraction: string;
}

/** The text of an RFC 3339 time as a point in time, undefined for any other text. */
export function instantOf(text: string | undefined): Instant | undefined {
  const [, start, digits = "", zone] = /^(.+?)(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})$/i.exec(text ?? "") ?? [];
  if (start === undefined || zone === undefined) return undefined;
  const seconds = parseTime(`${start}${zone}`);
  return seconds === undefined ? undefined : { seconds: seconds / 1000, fraction: digits.replace(/0+$/, "") };
}

/** Negative, zero or positive as `a` is before, at or after `b`. */
export function compareInstants(a: Instant, b: Instant): number {
  if (a.seconds !== b.seconds) return a.seconds - b.seconds;
  return a.fraction < b.fraction ? -1 : a.fraction > b.fraction ? 1 : 0;
}

/** The latest of some times, as far as they are times. */
export function latestOf(texts: readonly (string | undefined)[]): Instant | undefined {
  const instants = texts.flatMap((text) => instantOf(text) ?? []);
  return instants.reduce(
    (latest: Instant | undefined, each) => (latest === undefined || compareInstants(each, latest) > 0 ? each : latest),
    undefined,
  );
}

/** When the document was last revised. */
export function lastRevisionOf(document: CsafNode): Instant | undefined {
  const history = document.list("document", "tracking", "revision_history");
  return latestOf(history.map((revision) => revision.get("date").text));
}

/** Whether the document is out: a draft may speak of what comes. */
export function isReleased(document: CsafNode): boolean {
  const status = document.get("document", "tracking", "status").text;
  return status === "final" || status === "interim";
}
