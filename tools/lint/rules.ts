/** amap's own lint rules for its own dangers. Each is a pattern in source text without comments and strings. */
export interface LintRule {
  readonly name: string;
  readonly reason: string;
  /** Where it holds, by path from the root. */
  readonly appliesTo: (path: string) => boolean;
  readonly pattern: RegExp;
}

const PURE = /^src\/(base|artifact|metadata|attestation|policy|report|api|ports|app)\//;
const isSource = (path: string): boolean =>
  path.startsWith("src/") && !/\.(test|contract)\.ts$/.test(path) && !path.startsWith("src/testing/");

/** The table of rules. */
export const LINT_RULES: readonly LintRule[] = [
  {
    name: "no-clock-in-the-core",
    reason: "time comes in as an argument `now`, so that the same input gives the same decision",
    appliesTo: (path) => isSource(path) && PURE.test(path),
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b/,
  },
  {
    name: "no-randomness-in-the-core",
    reason: "randomness is an input or a port",
    appliesTo: (path) => isSource(path) && PURE.test(path),
    pattern: /\bMath\.random\b|\brandomBytes\b|\brandomUUID\b/,
  },
  {
    name: "no-json-parse-outside-base",
    reason: "JSON.parse loses big integers and keeps the last of duplicate keys; use readJson",
    appliesTo: (path) => isSource(path) && !path.startsWith("src/base/value/"),
    pattern: /\bJSON\.parse\b/,
  },
  {
    name: "no-fetch",
    reason: "the network is behind adapters/http, where limits and redirects are handled",
    appliesTo: isSource,
    pattern: /(?<![.\w])fetch\(/,
  },
  {
    name: "no-regexp-from-text",
    reason: "a pattern made from outside text can backtrack for ever; use re2js",
    appliesTo: isSource,
    pattern: /\bnew RegExp\(/,
  },
  {
    name: "no-silent-catch-in-policy",
    reason: "a swallowed missing fact reads as an answer; name the error and pass on what is not yours",
    appliesTo: (path) => isSource(path) && path.startsWith("src/policy/"),
    pattern: /\bcatch\s*\{/,
  },
  {
    name: "no-console-outside-the-shells",
    reason: "only the shells talk",
    appliesTo: (path) => isSource(path) && !/^src\/(cli|server|controller)\//.test(path),
    pattern: /\bconsole\./,
  },
];

/** A place that breaks a rule. */
export interface LintFinding {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly reason: string;
}

/** Holds one file's text against all rules. */
export function lintText(path: string, text: string): readonly LintFinding[] {
  const lines = blankCommentsAndStrings(text).split("\n");
  return LINT_RULES.filter((rule) => rule.appliesTo(path)).flatMap((rule) =>
    lines.flatMap((line, index) =>
      rule.pattern.test(line) ? [{ rule: rule.name, path, line: index + 1, reason: rule.reason }] : [],
    ),
  );
}

/** Blanks comments and quoted strings, keeping line breaks, so that only code is matched. */
function blankCommentsAndStrings(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, (match) =>
    match.replace(/[^\n]/g, " "),
  );
}
