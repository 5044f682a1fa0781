import type { AmapError } from "../../../../base/index.ts";
import type { JmesExplanation } from "./explanation.ts";

/** What the parser's tokens are for a reader. */
const TOKENS: ReadonlyMap<string, string> = new Map([
  ["tStar", '"*"'],
  ["tDot", '"."'],
  ["tFilter", '"[?"'],
  ["tFlatten", '"[]"'],
  ["tLparen", '"("'],
  ["tRparen", '")"'],
  ["tLbracket", '"["'],
  ["tRbracket", '"]"'],
  ["tLbrace", '"{"'],
  ["tRbrace", '"}"'],
  ["tOr", '"||"'],
  ["tPipe", '"|"'],
  ["tNumber", "a number"],
  ["tUnquotedIdentifier", "a name"],
  ["tQuotedIdentifier", "a name in double quotes"],
  ["tComma", '","'],
  ["tColon", '":"'],
  ["tLT", '"<"'],
  ["tLTE", '"<="'],
  ["tGT", '">"'],
  ["tGTE", '">="'],
  ["tEQ", '"=="'],
  ["tNE", '"!="'],
  ["tJSONLiteral", "a value between backticks"],
  ["tStringLiteral", "a text in single quotes"],
  ["tCurrent", '"@"'],
  ["tExpref", '"&"'],
  ["tAnd", '"&&"'],
  ["tNot", '"!"'],
  ["tUnknown", '"="'],
  ["tEOF", "the end of the expression"],
]);

interface Symptom {
  readonly matches: (reason: string, rest: string, before: string) => boolean;
  readonly hint: string;
}

const QUOTE_NAMES =
  'A name with other characters than letters, digits and "_" stands in double quotes: labels."app.kubernetes.io/name".';

/** What people mean who write this, the first that fits. */
const SYMPTOMS: readonly Symptom[] = [
  {
    matches: (_, rest) => /^(?:and|or|not)\b/.test(rest),
    hint: 'Write "&&" for and, "||" for or, "!" for not.',
  },
  {
    matches: (reason, rest) => reason.includes("Unknown char") && /^[+%^]/.test(rest),
    hint: "There is no such operator: write add(a, b), subtract(a, b), multiply(a, b), divide(a, b) or modulo(a, b).",
  },
  {
    matches: (_, rest, before) => /^[-/]/.test(rest) && /[\w"]$/.test(before),
    hint: `${QUOTE_NAMES} To subtract or divide write subtract(a, b) or divide(a, b).`,
  },
  { matches: (_, rest) => rest.startsWith("$"), hint: 'A path begins with a name, not with "$": request.object.spec.' },
  {
    matches: (_, rest, before) => `${before.slice(-1)}${rest}`.startsWith("{{"),
    hint: "Inside {{ }} no further {{ }} is needed: write the name alone.",
  },
  { matches: (reason) => reason.includes("Unknown char"), hint: QUOTE_NAMES },
  {
    matches: (_, rest) => /^=(?!=)/.test(rest),
    hint: "Equality is written \"==\", and a text to compare with in single quotes: name == 'web'.",
  },
  {
    matches: (reason, rest) => reason.includes("tNumber") && /^-?\d/.test(rest),
    hint: "A number that is compared or given to a function stands between backticks: size > `1`.",
  },
  {
    matches: (_, rest, before) => rest.startsWith("'") && /[.[]\s*$/.test(before),
    hint: 'The name of a member stands in double quotes behind a point, not in single ones: labels."app".',
  },
  {
    matches: (_, rest, before) => /^[\w"]/.test(rest) && before.trimEnd().endsWith("["),
    hint: 'Between brackets stands an index, "*" or a filter "[?…]"; a member is written behind a point: labels."app".',
  },
  {
    matches: (reason) => reason.includes("Unclosed delimiter"),
    hint: "Each quote and each backtick needs its partner: 'a text', \"a-name\", `1`.",
  },
  {
    matches: (reason, rest) => /tEOF$|Incomplete/.test(reason) || rest === "",
    hint: 'Something is missing at the end: a closing bracket, or a name behind ".".',
  },
  {
    matches: (reason) => reason.includes("tUnquotedIdentifier"),
    hint: 'Between two names stands ".", an operator or ",". A text stands in single quotes: \'web\'.',
  },
  {
    matches: (reason) => reason.includes("Invalid token"),
    hint: "A value is expected there: a name, a text in single quotes, JSON between backticks, or a call of a function.",
  },
];

/** What is wrong with an expression that cannot be read. `error` is what reading it was refused with. */
export function explainJmesSyntax(expression: string, error: AmapError): JmesExplanation {
  const { offset, column, reason } = error.details;
  const at = typeof offset === "number" ? offset : 0;
  const words = typeof reason === "string" ? reason : error.message;
  const [rest, before] = [expression.slice(at), expression.slice(0, at)];
  const symptom = SYMPTOMS.find(({ matches }) => matches(words, rest, before));
  return {
    expression,
    column: typeof column === "number" ? column : 1,
    reason: plainWords(words),
    hint: symptom?.hint ?? error.hint,
  };
}

function plainWords(reason: string): string {
  const words = reason.replace(/^SyntaxError: /, "").replace(/\bt[A-Z]\w+/g, (token) => TOKENS.get(token) ?? token);
  return `the expression cannot be read: ${words.slice(0, 1).toLowerCase()}${words.slice(1)}`;
}
