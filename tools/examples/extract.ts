/** Reads the examples out of doc comments, so that every public example runs as a test. */

/** One example of a doc comment. */
export interface DocExample {
  /** Line of the file at which its code starts, from 1. */
  readonly line: number;
  readonly code: string;
}

/** The TypeScript blocks of all doc comments in a text. */
export function extractExamples(text: string): readonly DocExample[] {
  const examples: DocExample[] = [];
  for (const comment of text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const lines = comment[0].split("\n").map((line) => line.replace(/^\s*\* ?/, ""));
    const firstLine = text.slice(0, comment.index).split("\n").length;
    let start = -1;
    for (const [index, line] of lines.entries()) {
      if (start === -1 && line.trim() === "```ts") start = index + 1;
      else if (start !== -1 && line.trim() === "```") {
        examples.push({ line: firstLine + start, code: lines.slice(start, index).join("\n") });
        start = -1;
      }
    }
  }
  return examples;
}

/**
 * An example as a module: imports made absolute, and each `expression; // value` turned into a comparison when the value
 * is JavaScript; a remark in words stays a remark.
 */
export function toModule(example: DocExample, resolveImport: (specifier: string) => string): string {
  const lines = example.code.split("\n").map((line) => {
    const found = /^([^\s/].*?);\s*\/\/ (.+)$/.exec(line);
    const [, expression = "", value = ""] = found ?? [];
    if (
      found === null ||
      /^(const|let|import|for|if|return|await using|type|interface|function)\b/.test(expression) ||
      !isExpression(value)
    )
      return line;
    return `__same(${expression}, (${value}), ${JSON.stringify(line.trim())});`;
  });
  const code = lines
    .join("\n")
    .replaceAll(/from "(\.[^"]+)"/g, (_, specifier: string) => `from ${JSON.stringify(resolveImport(specifier))}`);
  return `import __assert from "node:assert/strict";\nconst __same = (found: unknown, expected: unknown, line: string): void => __assert.deepEqual(__plain(found), expected, line);\nconst __plain = (value: unknown): unknown => (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null ? { ...value } : value);\n${code}\nexport {};\n`;
}

function isExpression(text: string): boolean {
  try {
    // oxlint-disable-next-line no-new-func -- the text is the project's own comment, and it is only parsed
    new Function(`return (${text});`);
    // One word would be a variable's name, not a value.
    return !/^[A-Za-z_$][\w$]*$/.test(text) || ["true", "false", "null", "undefined"].includes(text);
  } catch {
    return false;
  }
}
