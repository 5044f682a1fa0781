/** What an element of a layout stands for. */
export type LayoutKind =
  | "year2"
  | "year4"
  | "monthShort"
  | "monthLong"
  | "month"
  | "weekdayShort"
  | "weekdayLong"
  | "day"
  | "yearDay"
  | "hour24"
  | "hour12"
  | "minute"
  | "second"
  | "upperNoon"
  | "lowerNoon"
  | "zoneName"
  | "offset"
  | "fractionExact"
  | "fractionAny";

/** One element of Go's reference time (`2006`, `Jan`, `Z07:00`) in a layout. */
export interface LayoutElement {
  readonly kind: LayoutKind;
  /** As it stands in the layout. */
  readonly text: string;
  /** A number with all its digits (`01`), which must be there. */
  readonly isPadded: boolean;
  /** A number with spaces in front (`_2`). */
  readonly isSpaced: boolean;
}

type Row = readonly [text: string, kind: LayoutKind, padding?: "padded" | "spaced"];

/** Elements by their text, a longer one before a shorter one that it begins with. */
const ELEMENTS: readonly Row[] = [
  ["January", "monthLong"],
  ["Jan", "monthShort"],
  ["Monday", "weekdayLong"],
  ["Mon", "weekdayShort"],
  ["MST", "zoneName"],
  ["01", "month", "padded"],
  ["02", "day", "padded"],
  ["03", "hour12", "padded"],
  ["04", "minute", "padded"],
  ["05", "second", "padded"],
  ["06", "year2"],
  ["002", "yearDay", "padded"],
  ["15", "hour24"],
  ["1", "month"],
  ["2006", "year4"],
  ["2", "day"],
  ["__2", "yearDay", "spaced"],
  ["_2", "day", "spaced"],
  ["3", "hour12"],
  ["4", "minute"],
  ["5", "second"],
  ["PM", "upperNoon"],
  ["pm", "lowerNoon"],
  ["-070000", "offset"],
  ["-07:00:00", "offset"],
  ["-0700", "offset"],
  ["-07:00", "offset"],
  ["-07", "offset"],
  ["Z070000", "offset"],
  ["Z07:00:00", "offset"],
  ["Z0700", "offset"],
  ["Z07:00", "offset"],
  ["Z07", "offset"],
];
const BY_FIRST: ReadonlyMap<string, readonly Row[]> = Map.groupBy(ELEMENTS, ([text]) => text.charAt(0));
const FRACTION = /[.,](?:0+|9+)(?![0-9])/y;

/** The next element of a layout from a place on, and where it stands; undefined when only text is left. */
export function nextElement(
  layout: string,
  from: number,
): { readonly element: LayoutElement; readonly at: number } | undefined {
  for (let at = from; at < layout.length; at++) {
    // An underscore before the year of four digits is an underscore.
    if (layout.startsWith("_2006", at)) continue;
    const row = BY_FIRST.get(layout.charAt(at))?.find(([text]) => stands(layout, at, text));
    const element = row === undefined ? fractionAt(layout, at) : elementOf(row);
    if (element !== undefined) return { element, at };
  }
  return undefined;
}

/** A short name of a month or weekday is none where a word goes on (`Januar`). */
function stands(layout: string, at: number, text: string): boolean {
  if (!layout.startsWith(text, at)) return false;
  return (text !== "Jan" && text !== "Mon") || !/[a-z]/.test(layout.charAt(at + text.length));
}

function elementOf([text, kind, padding]: Row): LayoutElement {
  return { kind, text, isPadded: padding === "padded", isSpaced: padding === "spaced" };
}

function fractionAt(layout: string, at: number): LayoutElement | undefined {
  FRACTION.lastIndex = at;
  const [text] = FRACTION.exec(layout) ?? [];
  if (text === undefined) return undefined;
  return { kind: text[1] === "0" ? "fractionExact" : "fractionAny", text, isPadded: false, isSpaced: false };
}
