import { isValueObject, memberOf, textOf, type Value } from "../../base/index.ts";

/** What a policy speaks of: names of fields, and values. */
export interface PolicyWords {
  readonly names: ReadonlySet<string>;
  readonly texts: readonly string[];
  readonly numbers: readonly number[];
  readonly quantities: readonly string[];
  /** Values by the name of the field that a pattern has them for. */
  readonly byField: ReadonlyMap<string, readonly Value[]>;
  /** The namespace of a policy that is in one. */
  readonly namespace: string;
  /** Versions of a group that are named. */
  readonly versionsOf: (group: string) => readonly string[];
}

/** The names and values that stand in a policy, and what is near to them. */
export function wordsOf(source: Value): PolicyWords {
  const names = new Set<string>();
  const texts = new Set<string>();
  const numbers = new Set<number>([0, 1]);
  const quantities = new Set<string>();
  const byField = new Map<string, Value[]>();
  const addText = (text: string, field: string): void => {
    if (isExpression(field)) for (const literal of literalsIn(text)) texts.add(literal);
    for (const word of text.match(/[A-Za-z_][A-Za-z0-9_-]*/g) ?? []) names.add(word);
    for (const literal of literalsIn(text)) addValue(literal, field);
    if (text.length <= 120 && !text.includes("{{")) addValue(text, field);
    for (const digits of text.match(/\b[0-9]{1,9}\b/g) ?? [])
      for (const delta of [-1, 0, 1]) numbers.add(Number(digits) + delta);
  };
  const addValue = (text: string, field: string): void => {
    for (const near of [...regexInstances(text), ...neighbours(text)]) {
      texts.add(near);
      if (/^[0-9]+%$/.test(near)) quantities.add(near);
    }
    for (const part of text.split(/[|&]/)) {
      const bare = part
        .trim()
        .replace(/^(?:>=|<=|[!<>])/, "")
        .trim();
      if (/^[0-9.]+[A-Za-z]{0,2}$/.test(bare)) quantities.add(bare);
      for (const made of instances(bare)) {
        // What looks like the name of a label or an annotation is one as well.
        if (/^[a-z0-9.-]+\/[A-Za-z0-9._-]+$/.test(made)) names.add(made);
        if (/^[a-z0-9.-]+\/$/.test(made)) names.add(`${made}other`);
        texts.add(made);
        const own = byField.get(field) ?? [];
        byField.set(field, own);
        if (own.length < 40) own.push(made);
      }
    }
  };
  const walk = (value: Value, field: string): void => {
    if (typeof value === "string") return addText(value, field);
    if (typeof value === "number") {
      for (const delta of [-1, 0, 1]) numbers.add(value + delta);
      quantities.add(String(value));
      return;
    }
    if (Array.isArray(value)) return (value as readonly Value[]).forEach((item) => walk(item, field));
    if (!isValueObject(value)) return;
    for (const key of keysAsked(value["key"])) {
      names.add(key);
      byField.set(key, byField.get(key) ?? []);
      const wanted = value["value"] ?? "";
      for (const each of Array.isArray(wanted) ? (wanted as readonly Value[]) : [wanted])
        if (typeof each === "string" && !each.includes("{{")) addValue(each, key);
    }
    for (const [key, member] of Object.entries(value)) {
      const name = /^[+<=X^]?\((.*)\)$/.exec(key)?.[1] ?? key;
      names.add(name);
      if (/[*?]/.test(name)) for (const made of instances(name)) walk({ [made]: member }, field);
      if (key !== "message" && key !== "description") walk(member, name);
    }
  };
  const spec = isValueObject(source) ? (source["spec"] ?? source) : source;
  walk(spec, "");
  // What a selector asks for are labels.
  if (names.has("matchLabels") || names.has("matchExpressions")) names.add("labels").add("metadata");
  const versionsOf = (group: string): readonly string[] =>
    [...texts].filter((text) => text.startsWith(`${group}/v`)).map((text) => text.slice(group.length + 1));
  const namespace = textOf(memberOf(source, "metadata"), "namespace");
  return {
    namespace,
    versionsOf,
    names,
    texts: [...texts],
    numbers: [...numbers],
    quantities: [...quantities],
    byField,
  };
}

/** Keys of labels and annotations that a condition looks at. */
function keysAsked(text: Value | undefined): readonly string[] {
  if (typeof text !== "string") return [];
  const found = text.matchAll(/\b(?:labels|annotations)\.(?:"([^"]+)"|([A-Za-z_][A-Za-z0-9_]*))/g);
  return Array.from(found, ([, quoted, plain]) => quoted ?? plain ?? "");
}

/** Texts that a text with wildcards matches, and one near it that it does not. */
function instances(text: string): readonly string[] {
  if (!/[*?]/.test(text)) return text === "" ? [] : [text];
  const filled = text.replaceAll(/\*+/g, "any").replaceAll("?", "x");
  const bare = text.replaceAll(/[*?]+/g, "");
  return [filled, bare, `${filled}y`, `z${filled}`].filter((each) => each !== "");
}

/** The fields of rules that hold CEL: there a star is a star. */
const isExpression = (field: string): boolean => field === "expression";

function literalsIn(text: string): readonly string[] {
  return Array.from(
    text.matchAll(/'([^']*)'|"([^"]*)"|`([^`]*)`/g),
    ([, single, double, raw]) => single ?? double ?? raw ?? "",
  );
}

/** Amounts that are a little more and a little less. */
function neighbours(text: string): readonly string[] {
  const [, digits = "", unit = ""] = /^([0-9]{1,6})([A-Za-z%]{1,2})$/.exec(text.trim()) ?? [];
  if (digits === "") return [];
  return [-1, 0, 1].map((delta) => `${Math.max(0, Number(digits) + delta)}${unit}`);
}

/** Texts that a simple regular expression matches; none for one that is not simple. */
function regexInstances(text: string): readonly string[] {
  if (!/[\^$[\\]/.test(text) || text.length > 200) return [];
  return ["first", "last"].flatMap((choice) => {
    const made = instanceOf(text, choice === "first");
    return made === undefined || made === "" ? [] : [made];
  });
}

const CLASSES: Readonly<Record<string, string>> = { d: "5", w: "w", s: " ", b: "", B: "", S: "s", D: "d", W: "-" };

function instanceOf(source: string, first: boolean): string | undefined {
  let text = source.replaceAll("\\\\", "\\").replaceAll(/^\^|\$$/g, "");
  // Groups from the inside: one of their alternatives.
  for (let round = 0; round < 20; round++) {
    const next = text.replaceAll(/\((?:\?:)?([^()]*)\)[?*+]?/g, (_, inner: string) => oneOf(inner, first));
    if (next === text) break;
    text = next;
  }
  const made = oneOf(text, first)
    .replaceAll(/\\([dwsbBSDW])/g, (_, name: string) => CLASSES[name] ?? "")
    .replaceAll(/\[\^[^\]]*\](?:[+*?]|\{[0-9,]+\})?/g, "x")
    .replaceAll(/\[([^\]])(?:-([^\]]))?[^\]]*\](?:[+*?]|\{[0-9,]+\})?/g, (_, low: string, high: string | undefined) =>
      first ? low : (high ?? low),
    )
    .replaceAll(/(?<!\\)\.[+*?]?/g, "a")
    .replaceAll(/\\(.)/g, "$1");
  return /[()[\]{}|+*?]/.test(made) ? undefined : made;
}

function oneOf(alternatives: string, first: boolean): string {
  const parts = alternatives.split("|");
  return (first ? parts[0] : parts.at(-1)) ?? "";
}
