import { ValueStream, writeJson } from "./json-writer.ts";
import { isValueObject, type Value } from "./value.ts";

/**
 * Words that may stand without quotes and are read as texts by every YAML reader: they begin with a letter, a slash or an
 * underscore, hold nothing that means something in YAML, and are none of the words for truth values and null.
 */
const PLAIN = /^[A-Za-z/_][A-Za-z0-9/_.@=+-]*(?:[ :][A-Za-z0-9/_.@=+-]+)*$/;
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf|~)$/i;

/** A text of lines that a literal block gives back as it is. */
const BLOCK =
  /^[\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]+(?:\n[\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]*)*\n$/;

/**
 * A value as one YAML document in block style, with the members of objects sorted by name, as kubectl prints objects; it
 * ends with a line break. Reading it gives the value again. Texts are quoted where another reader could take them for
 * something else.
 *
 * @example
 * ```ts
 * import { writeYaml } from "../index.ts";
 * writeYaml({ kind: "Pod", spec: { replicas: 2, on: "yes" } }); // 'kind: Pod\nspec:\n  "on": "yes"\n  replicas: 2\n'
 * ```
 */
export function writeYaml(value: Value): string {
  const lines: string[] = [];
  writeNode(value, "", "", lines);
  return `${lines.join("\n")}\n`;
}

/**
 * The text that {@link writeYaml} gives for an object of these members, which must be in the order of their names, in
 * pieces: of a list that is a member no more than one item is in memory, as a value and as text.
 * @example
 * ```ts
 * import { ValueStream, writeYamlPieces } from "../index.ts";
 * [...writeYamlPieces([["a", 1], ["b", new ValueStream([2, 3])]])].join(""); // "a: 1\nb:\n- 2\n- 3\n"
 * ```
 */
export function* writeYamlPieces(
  members: Iterable<readonly [key: string, value: Value | ValueStream]>,
): Generator<string> {
  for (const [key, value] of members) {
    const head = `${writeText(key)}:`;
    const items = value instanceof ValueStream ? value.items : Array.isArray(value) ? (value as readonly Value[]) : [];
    let count = 0;
    for (const item of items) {
      const lines = count++ === 0 ? [head] : [];
      writeItem(item, "", lines);
      yield `${lines.join("\n")}\n`;
    }
    if (count > 0) continue;
    const lines: string[] = [];
    writeNode(value instanceof ValueStream ? [] : value, isValueObject(value as Value) ? "  " : "", head, lines);
    yield `${lines.join("\n")}\n`;
  }
}

/** Writes a node behind `head`, which is what stands before it on its line. */
function writeNode(value: Value, indent: string, head: string, lines: string[]): void {
  if (Array.isArray(value) && value.length > 0) {
    if (head !== "") lines.push(head);
    for (const item of value as readonly Value[]) writeItem(item, indent, lines);
    return;
  }
  if (isValueObject(value) && Object.keys(value).length > 0) {
    if (head !== "") lines.push(head);
    writeMembers(value, indent, indent, lines);
    return;
  }
  const space = head === "" ? "" : " ";
  if (typeof value === "string" && BLOCK.test(value) && !value.startsWith(" ") && !value.endsWith("\n\n")) {
    lines.push(`${head}${space}|`);
    for (const line of value.slice(0, -1).split("\n")) lines.push(line === "" ? "" : `${indent}  ${line}`);
    return;
  }
  lines.push(`${head}${space}${writeScalar(value)}`);
}

function writeItem(item: Value, indent: string, lines: string[]): void {
  if (isValueObject(item) && Object.keys(item).length > 0) {
    writeMembers(item, `${indent}- `, `${indent}  `, lines);
  } else if (Array.isArray(item) && item.length > 0) {
    writeNode(item, `${indent}  `, `${indent}-`, lines);
  } else {
    writeNode(item, indent, `${indent}-`, lines);
  }
}

function writeMembers(value: { readonly [key: string]: Value }, first: string, rest: string, lines: string[]): void {
  const names = Object.keys(value).sort();
  names.forEach((name, index) => {
    const member = value[name] as Value;
    const head = `${index === 0 ? first : rest}${writeText(name)}:`;
    // Lists stand under their name, as kubectl prints them.
    writeNode(member, Array.isArray(member) ? rest : isValueObject(member) ? `${rest}  ` : rest, head, lines);
  });
}

function writeScalar(value: Value): string {
  return typeof value === "string" ? writeText(value) : writeJson(value);
}

function writeText(text: string): string {
  return PLAIN.test(text) && !WORDS.test(text) && !text.endsWith(":") ? text : writeJson(text);
}
