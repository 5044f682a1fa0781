import { and, atom, type CelText, matchesText, quote, relation, TRUE } from "./cel-text.ts";
import { TEXT } from "./field-types.ts";
import { itemPlace } from "./place.ts";
import { foundOf, listText, type Query, type SingleQuery, sizeOf, someElement } from "./query.ts";
import { BOOLEAN, INTEGER, TEXTS } from "./query-types.ts";

interface CallPlace {
  readonly refuse: (reason: string) => never;
  /** Names of the loops around. */
  readonly taken: ReadonlySet<string>;
}

/** A call of JMESPath's functions or Kyverno's, where CEL has the same. */
type Call = (args: readonly Query[], name: string, place: CallPlace) => Query;

const CALLS: ReadonlyMap<string, Call> = new Map<string, Call>([
  ["length", ([subject], _, { refuse }) => lengthOf(subject, refuse)],
  ["starts_with", search],
  ["ends_with", search],
  ["contains", search],
  ["regex_match", matchRegex],
  ["pattern_match", matchPattern],
  ["keys", keysOf],
  ["to_upper", method("upperAscii")],
  ["to_lower", method("lowerAscii")],
  ["to_string", toText],
  ["join", joinTexts],
  ["split", splitText],
  // Nothing that a list is asked here minds its order.
  ["sort", ([list], _, { refuse }) => (list?.kind === "list" ? list : refuse("something that is no list is sorted"))],
  ["replace_all", replaceText],
  ["regex_replace_all", replaceByRegex],
  ["base64_decode", decodeBase64],
  ["equal_fold", equalFold],
  ["add", arithmetic("+")],
  ["subtract", arithmetic("-")],
  ["multiply", arithmetic("*")],
  ["abs", absoluteOf],
]);

/** What a call gives. It throws NotConvertible, by `refuse`. */
export function callFunction(name: string, args: readonly Query[], place: CallPlace): Query {
  const call = CALLS.get(name);
  if (call === undefined) return place.refuse(`the function ${name} has no counterpart yet`);
  const made = call(args, name, place);
  const found = and(...args.map(foundOf));
  return { ...made, ...(found !== TRUE && { found }) };
}

function condition({ text }: CelText): SingleQuery {
  return { kind: "single", type: BOOLEAN, text };
}

/** A text; amounts that may also be numbers are written as texts. */
export function textOfQuery(query: Query | undefined): string | undefined {
  if (query?.kind !== "single") return undefined;
  if (query.type.kind === "string") return query.text;
  const isScalar = ["integer", "boolean", "quantity"].includes(query.type.kind);
  return isScalar ? `string(${query.text})` : undefined;
}

function plainText(query: Query | undefined, name: string, refuse: CallPlace["refuse"]): string {
  if (query?.kind !== "single" || query.type.kind !== "string") return refuse(`${name} of something that is no text`);
  return query.text;
}

function constantText(query: Query | undefined, name: string, refuse: CallPlace["refuse"]): string {
  const constant = query?.kind === "single" ? query.constant : undefined;
  return typeof constant === "string" ? constant : refuse(`${name} with a pattern that is worked out`);
}

function lengthOf(query: Query | undefined, refuse: CallPlace["refuse"]): SingleQuery {
  const text =
    query?.kind === "list"
      ? sizeOf(query)
      : query !== undefined && ["list", "map", "string"].includes(query.type.kind)
        ? `size(${query.text})`
        : undefined;
  if (text === undefined) return refuse("the length of this has no counterpart");
  return { kind: "single", type: INTEGER, text };
}

function search([subject, wanted]: readonly Query[], name: string, { refuse }: CallPlace): Query {
  const text = plainText(wanted, name, refuse);
  if (name === "contains" && subject?.kind === "list") {
    return condition(
      someElement(subject, (element) =>
        element.type.kind === "string"
          ? relation(element.text, "==", text)
          : refuse("contains of a list that does not hold texts"),
      ),
    );
  }
  if (subject?.kind !== "single") return refuse(`${name} of a list`);
  if (subject.type.kind === "list" && subject.type.items.kind === "string" && name === "contains") {
    return { kind: "single", type: BOOLEAN, text: `(${text} in ${subject.text})` };
  }
  const method = { starts_with: "startsWith", ends_with: "endsWith", contains: "contains" }[name] as string;
  return condition(atom(`${plainText(subject, name, refuse)}.${method}(${text})`));
}

function matchRegex([pattern, subject]: readonly Query[], name: string, { refuse }: CallPlace): Query {
  const regex = constantText(pattern, name, refuse);
  const text = textOfQuery(subject) ?? refuse(`${name} of something that is no text`);
  return condition(atom(`${text}.matches(${quote(regex)})`));
}

function matchPattern([pattern, subject]: readonly Query[], name: string, { refuse }: CallPlace): Query {
  const text = textOfQuery(subject) ?? refuse(`${name} of something that is no text`);
  const matched = matchesText(text, constantText(pattern, name, refuse));
  return { kind: "single", type: BOOLEAN, text: matched.level === "atom" ? matched.text : `(${matched.text})` };
}

/** CEL walks over the keys of a map as over a list. */
function keysOf([subject]: readonly Query[], _: string, { refuse, taken }: CallPlace): Query {
  if (subject?.kind !== "single" || subject.place === undefined) return refuse("the keys of something worked out");
  const { place, type, text } = subject;
  if (type.kind !== "map" && type.kind !== "object") return refuse("the keys of something that is no map");
  const key = itemPlace({ ...place, name: "keys", taken: new Set([...place.taken, ...taken]) }, TEXT);
  const next: SingleQuery = { kind: "single", type: TEXT, text: key.base };
  return { kind: "list", text, item: key.base, condition: TRUE, next, place, namesOf: place };
}

function method(name: string): Call {
  return ([subject], called, { refuse }) => {
    return { kind: "single", type: TEXT, text: `${plainText(subject, called, refuse)}.${name}()` };
  };
}

function toText([subject]: readonly Query[], name: string, { refuse }: CallPlace): Query {
  const text = textOfQuery(subject) ?? refuse(`${name} of something that is no single value`);
  return { kind: "single", type: TEXT, text };
}

function joinTexts([separator, list]: readonly Query[], name: string, { refuse }: CallPlace): Query {
  const text = list?.kind === "list" ? listText(list) : list?.type.kind === "list" ? list.text : undefined;
  const items = list?.kind === "list" ? list.next : undefined;
  const isTexts = items?.kind === "single" ? items.type.kind === "string" : true;
  if (text === undefined || !isTexts) return refuse("what is joined is no list of texts");
  return { kind: "single", type: TEXT, text: `${text}.join(${plainText(separator, name, refuse)})` };
}

function splitText([subject, separator]: readonly Query[], name: string, { refuse }: CallPlace): Query {
  const text = `${plainText(subject, name, refuse)}.split(${plainText(separator, name, refuse)})`;
  return { kind: "single", type: TEXTS, text };
}

function replaceText([subject, from, to]: readonly Query[], name: string, { refuse }: CallPlace): Query {
  const [text, old, made] = [subject, from, to].map((each) => plainText(each, name, refuse));
  return { kind: "single", type: TEXT, text: `${text}.replace(${old}, ${made})` };
}

/** Groups are `$1` in Go's templates and `\1` in CEL's. */
function replaceByRegex([pattern, subject, template]: readonly Query[], name: string, { refuse }: CallPlace): Query {
  const regex = constantText(pattern, name, refuse);
  const source = constantText(template, name, refuse);
  if (/\$(?![0-9](?![A-Za-z0-9_])|\{[0-9]\})/.test(source)) return refuse("a group that is named in its own way");
  const made = source.replaceAll("\\", "\\\\").replaceAll(/\$\{?([0-9])\}?/g, "\\$1");
  const text = plainText(subject, name, refuse);
  return { kind: "single", type: TEXT, text: `regex.replace(${text}, ${quote(regex)}, ${quote(made)})` };
}

function decodeBase64([subject]: readonly Query[], name: string, { refuse }: CallPlace): Query {
  return { kind: "single", type: TEXT, text: `string(base64.decode(${plainText(subject, name, refuse)}))` };
}

function equalFold([one, other]: readonly Query[], name: string, { refuse }: CallPlace): Query {
  const [left, right] = [one, other].map((each) => `${plainText(each, name, refuse)}.lowerAscii()`);
  return { kind: "single", type: BOOLEAN, text: `(${left} == ${right})` };
}

function arithmetic(sign: string): Call {
  return ([one, other], name, { refuse }) => {
    const [left, right] = [one, other].map((each) =>
      each?.kind === "single" && each.type.kind === "integer"
        ? each.text
        : refuse(`${name} of something that is no whole number`),
    );
    return { kind: "single", type: INTEGER, text: `(${left} ${sign} ${right})` };
  };
}

function absoluteOf([subject]: readonly Query[], name: string, { refuse }: CallPlace): Query {
  if (subject?.kind !== "single" || subject.type.kind !== "integer")
    return refuse(`${name} of something that is no whole number`);
  return { kind: "single", type: INTEGER, text: `math.abs(${subject.text})` };
}
