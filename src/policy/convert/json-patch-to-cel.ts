import { isValueObject, type Value } from "../../base/index.ts";
import { readOperations } from "../language/patch/json-patch.ts";
import { PatchError } from "../language/patch/node.ts";
import { findVariables } from "../language/variables/find-variables.ts";
import { quote } from "./cel-text.ts";
import { NotConvertible } from "./not-convertible.ts";
import { type PatchRoot, PatchWriter, type PointerStep } from "./patch-writer.ts";
import { literalText } from "./query-literals.ts";
import type { QueryScope } from "./query-to-cel.ts";
import { convertTemplate } from "./template-to-cel.ts";

/** What surrounds a JSON patch. */
interface PatchPlace {
  readonly scope: QueryScope;
  readonly root: PatchRoot;
  readonly path: string;
  /** What counts the elements of the loops around. */
  readonly index?: string;
}

/** JSON Patch operations, as YAML or JSON in a text. It throws NotConvertible. */
export function writeJsonPatch(source: string, place: PatchPlace): PatchWriter {
  const { path, scope, root } = place;
  const operations = operationsOf(source, path);
  if (!Array.isArray(operations)) throw new NotConvertible(path, "the patch is no list");
  const writer = new PatchWriter(root, path);
  for (const [index, each] of (operations as readonly Value[]).entries()) {
    const at = `${path}[${index}]`;
    if (!isValueObject(each)) throw new NotConvertible(at, "an operation is no map");
    const { op, path: pointer, value = null, ...others } = each;
    if (Object.keys(others).length > 0)
      throw new NotConvertible(at, "the operation has other members than op, path and value");
    if (typeof pointer !== "string") throw new NotConvertible(at, "the place is worked out");
    const steps = stepsOf(pointer, { ...place, path: at });
    if (op === "add") writer.add(steps, patchLiteral(value, scope, at));
    else if (op === "replace") writer.replace(steps, patchLiteral(value, scope, at));
    else if (op === "remove") writer.remove(steps);
    else throw new NotConvertible(at, `${JSON.stringify(op ?? null)} fails in its own way where nothing is there`);
  }
  return writer;
}

function operationsOf(source: string, path: string): Value {
  try {
    return readOperations(source);
  } catch (thrown) {
    if (thrown instanceof PatchError) throw new NotConvertible(path, thrown.message);
    throw thrown;
  }
}

/** A pointer, in which the index of the element may stand. */
function stepsOf(pointer: string, { path, index }: PatchPlace): readonly PointerStep[] {
  if (!pointer.startsWith("/")) throw new NotConvertible(path, "the whole object is replaced");
  const text = findVariables(pointer)
    .map((part) => {
      if (typeof part === "string") return part;
      const [query] = part.parts;
      const isIndex = part.parts.length === 1 && typeof query === "string" && /^elementIndex0?$/.test(query.trim());
      if (!isIndex || index === undefined) throw new NotConvertible(path, "the place is worked out");
      return "\uE000";
    })
    .join("");
  return text
    .split("/")
    .slice(1)
    .map((step) => {
      if (step === "\uE000" && index !== undefined) return { index };
      if (step.includes("\uE000")) throw new NotConvertible(path, "the place is worked out");
      return step.replaceAll("~1", "/").replaceAll("~0", "~");
    });
}

/** A literal and what CEL takes its type for. */
interface TypedLiteral {
  readonly text: string;
  readonly type: string;
}

/** A value of a patch in CEL; its texts may have variables. Where members are of several types they are dyn. */
export function patchLiteral(value: Value, scope: QueryScope, path: string): string {
  return typedLiteral(value, scope, path).text;
}

function typedLiteral(value: Value, scope: QueryScope, path: string): TypedLiteral {
  if (typeof value === "string") {
    const made = convertTemplate(value, scope, path);
    return "text" in made ? { text: quote(made.text), type: "string" } : { text: made.expression, type: "dyn" };
  }
  if (Array.isArray(value)) {
    const { texts, type } = ofOneType((value as readonly Value[]).map((each) => typedLiteral(each, scope, path)));
    return { text: `[${texts.join(", ")}]`, type: `list(${type})` };
  }
  if (isValueObject(value)) {
    const members = Object.entries(value);
    const { texts, type } = ofOneType(members.map(([, each]) => typedLiteral(each, scope, path)));
    const pairs = members.map(([key], index) => `${quote(key)}: ${texts[index] ?? ""}`);
    return { text: `{${pairs.join(", ")}}`, type: `map(${type})` };
  }
  const text = value === null ? undefined : literalText(value);
  if (text === undefined) throw new NotConvertible(path, "a value of this type is not written in CEL");
  return { text, type: typeof value };
}

function ofOneType(literals: readonly TypedLiteral[]): { readonly texts: readonly string[]; readonly type: string } {
  const types = new Set(literals.map(({ type }) => type));
  const [only = "dyn"] = types;
  if (types.size <= 1) return { texts: literals.map(({ text }) => text), type: only };
  return { texts: literals.map(({ text }) => `dyn(${text})`), type: "dyn" };
}
