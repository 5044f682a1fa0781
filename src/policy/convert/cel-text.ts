/** CEL as it is written down: a text that knows how tightly it binds, and how it is negated. */
export interface CelText {
  readonly text: string;
  /** "atom" binds tightest: names, calls, members. */
  readonly level: "choice" | "or" | "and" | "relation" | "sum" | "atom";
  /** The contrary, where it reads better than `!( … )`. */
  readonly contrary?: () => CelText;
  /** What it joins, if it is a conjunction. */
  readonly parts?: readonly CelText[];
  /** It is always so: the text is `true` or `false`. */
  readonly constant?: boolean;
}

const ORDER = ["choice", "or", "and", "relation", "sum", "atom"] as const;

export const TRUE: CelText = { text: "true", level: "atom", constant: true, contrary: () => FALSE };
export const FALSE: CelText = { text: "false", level: "atom", constant: false, contrary: () => TRUE };

/** A name, a call, a member. */
export function atom(text: string, contrary?: () => CelText): CelText {
  return { text, level: "atom", ...(contrary && { contrary }) };
}

const CONTRARY: Readonly<Record<string, string>> = {
  "==": "!=",
  "!=": "==",
  "<": ">=",
  ">=": "<",
  ">": "<=",
  "<=": ">",
};

/** `left operator right`; both sides bind tighter than relations. */
export function relation(left: string, operator: string, right: string): CelText {
  const other = CONTRARY[operator];
  return {
    text: `${left} ${operator} ${right}`,
    level: "relation",
    ...(other !== undefined && { contrary: () => relation(left, other, right) }),
  };
}

export function not(operand: CelText): CelText {
  if (operand.contrary !== undefined) return operand.contrary();
  return { text: `!${within(operand, "atom")}`, level: "atom", contrary: () => operand };
}

/** `test ? left : right`: unlike `&&` and `||` it hands on what fails in the test. */
export function choice(test: CelText, left: CelText, right: CelText): CelText {
  if (left.constant === false && right.constant === true) return not(test);
  if (left.constant === true && right.constant === false) return test;
  return {
    text: `${within(test, "and")} ? ${within(left, "or")} : ${within(right, "or")}`,
    level: "choice",
    contrary: () => choice(test, not(left), not(right)),
  };
}

export function and(...operands: readonly CelText[]): CelText {
  const kept = distinct(operands.filter(({ constant }) => constant !== true));
  if (kept.some(({ constant }) => constant === false)) return FALSE;
  return join(kept, "and", " && ", TRUE, or);
}

export function or(...operands: readonly CelText[]): CelText {
  const kept = distinct(operands.filter(({ constant }) => constant !== false));
  if (kept.some(({ constant }) => constant === true)) return TRUE;
  return join(kept, "or", " || ", FALSE, and);
}

function distinct(operands: readonly CelText[]): readonly CelText[] {
  return operands.filter(({ text }, index) => operands.findIndex((other) => other.text === text) === index);
}

function join(
  operands: readonly CelText[],
  level: "or" | "and",
  sign: string,
  none: CelText,
  contrary: (...operands: readonly CelText[]) => CelText,
): CelText {
  const [first] = operands;
  if (first === undefined) return none;
  if (operands.length === 1) return first;
  return {
    text: operands.map((operand) => (operand.level === level ? operand.text : within(operand, level))).join(sign),
    level,
    ...(level === "and" && { parts: operands }),
    contrary: () => contrary(...operands.map(not)),
  };
}

/** The text as an operand of something that binds as tightly as `level`. */
export function within({ text, level }: CelText, outer: CelText["level"]): string {
  return ORDER.indexOf(level) < ORDER.indexOf(outer) || (level === outer && outer !== "atom") ? `(${text})` : text;
}

/** A text of a policy as a CEL literal. */
export function quote(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return `'${escaped.replaceAll("\t", "\\t")}'`;
}

/** A text with `*` and `?` as a condition on `subject`; each form reads as a person would write it. */
export function matchesText(subject: string, pattern: string): CelText {
  if (!/[*?]/.test(pattern)) return relation(subject, "==", quote(pattern));
  if (/^\*+$/.test(pattern)) return TRUE;
  if (pattern === "?*" || pattern === "*?") return relation(subject, "!=", "''");
  const [, head = "", middle = "", tail = ""] = /^(\**)([^*?]*)(\**)$/.exec(pattern) ?? [];
  if (middle !== "") {
    if (head === "") return atom(`${subject}.startsWith(${quote(middle)})`);
    if (tail === "") return atom(`${subject}.endsWith(${quote(middle)})`);
    return atom(`${subject}.contains(${quote(middle)})`);
  }
  return atom(`${subject}.matches(${quote(regexOf(pattern))})`);
}

/** RE2 that matches what the wildcards match, line breaks too. */
function regexOf(pattern: string): string {
  const body = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll(/\*+/g, ".*")
    .replaceAll("?", ".");
  return `(?s)^${body}$`;
}

/** The name of what a list holds: `containers` → `container`. */
export function itemName(list: string, taken: ReadonlySet<string>): string {
  const word = list.replaceAll(/[^A-Za-z0-9]/g, "");
  const single = word.endsWith("ies") ? `${word.slice(0, -3)}y` : word.endsWith("s") ? word.slice(0, -1) : "item";
  const base = /^[A-Za-z]/.test(single) && !RESERVED.has(single) ? single : "item";
  for (let count = 1; ; count++) {
    const name = count === 1 ? base : `${base}${count}`;
    if (!taken.has(name)) return name;
  }
}

const RESERVED: ReadonlySet<string> = new Set(
  "as break const continue else false for function if import in let loop null package namespace return true var void while object request variables has all exists map filter size string int image images".split(
    " ",
  ),
);
