/** A chainsaw test (chainsaw.kyverno.io/v1alpha1) as a list of operations, its step templates put in. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  isValueObject,
  listOf,
  memberOf,
  readYaml,
  textOf,
  type Value,
  type ValueObject,
} from "../../src/base/index.ts";
import { type KubectlCall, parseKubectl } from "./kubectl.ts";

/** What a step does, as far as it can be done without a cluster. */
export type Operation =
  | {
      readonly kind: "write";
      readonly verb: "apply" | "create" | "patch";
      readonly objects: readonly ValueObject[];
      /** Whether the API server must refuse the objects; undefined when the test looks at what is said alone. */
      readonly isRefused: boolean | undefined;
      /** What the refusal must say, and must not say. */
      readonly says: readonly string[];
      readonly saysNot: readonly string[];
      /** Where objects go that do not say; the test's own namespace when empty. */
      readonly namespace: string;
      /** Whether one refusal is enough: kubectl fails when one of its objects does. */
      readonly isOne: boolean;
      readonly where: string;
    }
  | {
      readonly kind: "call";
      readonly call: KubectlCall;
      readonly isRefused: boolean | undefined;
      readonly says: readonly string[];
      readonly saysNot: readonly string[];
      readonly where: string;
    }
  | { readonly kind: "delete"; readonly reference: ValueObject; readonly where: string }
  | { readonly kind: "assert" | "error"; readonly objects: readonly ValueObject[]; readonly where: string }
  | { readonly kind: "nothing" }
  /** What only a cluster or a shell can do. */
  | { readonly kind: "foreign"; readonly what: string };

/** A test: its namespace, when it names one, and what it does. */
export interface ChainsawTest {
  readonly namespace: string;
  readonly operations: readonly Operation[];
}

type Bindings = ReadonlyMap<string, string>;

/** Namespaces that chainsaw makes have a name by chance. */
const OWN_NAMESPACE = "chainsaw-own";

/** Reads the test of a folder. */
export function readTest(folder: string): ChainsawTest {
  const path = join(folder, "chainsaw-test.yaml");
  const [test = null] = readYaml(readFileSync(path));
  const spec = memberOf(test, "spec");
  const namespace = textOf(spec, "namespace") || OWN_NAMESPACE;
  const bindings: Bindings = new Map([
    ["namespace", namespace],
    ["test.metadata.name", textOf(memberOf(test, "metadata"), "name")],
  ]);
  return { namespace, operations: listOf(spec, "steps").flatMap((step) => readStep(step, folder, bindings)) };
}

function readStep(step: Value, folder: string, bindings: Bindings): readonly Operation[] {
  const use = memberOf(step, "use");
  const own = listOf(step, "try").map((operation) => readOperation(operation, folder, bindings));
  if (use === undefined) return own;
  const path = join(folder, textOf(use, "template"));
  if (!existsSync(path)) return [{ kind: "foreign", what: `there is no ${path}` }];
  const given = new Map(bindings);
  for (const binding of listOf(memberOf(use, "with"), "bindings")) {
    given.set(textOf(binding, "name"), bound(textOf(binding, "value"), bindings));
  }
  const [template = null] = readYaml(readFileSync(path));
  const operations = listOf(memberOf(template, "spec"), "try");
  return [...operations.map((operation) => readOperation(operation, folder, given)), ...own];
}

function readOperation(operation: Value, folder: string, bindings: Bindings): Operation {
  for (const verb of ["apply", "create", "patch"] as const) {
    const source = memberOf(operation, verb);
    if (source !== undefined) return write(verb, source, folder, bindings);
  }
  for (const kind of ["assert", "error"] as const) {
    const source = memberOf(operation, kind);
    if (source === undefined) continue;
    const objects = objectsOf(source, folder, bindings);
    return objects === undefined ? missing(source) : { kind, objects, where: placeOf(source) };
  }
  const deletion = memberOf(operation, "delete");
  if (deletion !== undefined) return readDeletion(deletion, bindings);
  if (memberOf(operation, "sleep") !== undefined || memberOf(operation, "wait") !== undefined)
    return { kind: "nothing" };
  const script = memberOf(operation, "script") ?? asScript(memberOf(operation, "command"));
  return script === undefined ? { kind: "foreign", what: "command" } : readScript(script, folder, bindings);
}

/** A command as the script that runs it. */
function asScript(command: Value | undefined): Value | undefined {
  if (command === undefined) return undefined;
  const words = [textOf(command, "entrypoint"), ...listOf(command, "args").map(String)];
  const check = memberOf(command, "check");
  return { content: words.join(" "), ...(check === undefined ? {} : { check }) };
}

function readDeletion(deletion: Value, bindings: Bindings): Operation {
  const reference = memberOf(deletion, "ref");
  if (!isValueObject(reference) || memberOf(deletion, "expect") !== undefined) {
    return { kind: "foreign", what: "delete" };
  }
  return {
    kind: "delete",
    reference: bindAll(reference, bindings) as ValueObject,
    where: `delete ${textOf(reference, "name")}`,
  };
}

/** What chainsaw's checks of an error may say. */
const SAYS = /^\(contains\(\$(?:stderr|error), '(.*)'\)\)$/u;

function write(verb: "apply" | "create" | "patch", source: Value, folder: string, bindings: Bindings): Operation {
  const objects = objectsOf(source, folder, bindings);
  if (objects === undefined) return missing(source);
  const checks = listOf(source, "expect").map((each) => memberOf(each, "check"));
  const { isRefused, says, saysNot } = readChecks(checks);
  return {
    kind: "write",
    verb,
    objects,
    isRefused,
    says,
    saysNot,
    ...BY_CHAINSAW,
    where: `${verb} ${placeOf(source)}`,
  };
}

function readChecks(checks: readonly (Value | undefined)[]): {
  readonly isRefused: boolean | undefined;
  readonly says: readonly string[];
  readonly saysNot: readonly string[];
} {
  const pairs = checks.flatMap((check) => (isValueObject(check) ? Object.entries(check) : []));
  const texts = (wanted: boolean): readonly string[] =>
    pairs
      .flatMap(([key, value]) =>
        value === wanted ? [(SAYS.exec(key)?.[1] ?? "").replaceAll("\\'", "'").replaceAll("''", "'").trim()] : [],
      )
      .filter(Boolean);
  const isRefused = pairs.some(
    ([key, value]) => (/^\(\$error != (?:null|`null`)\)$/u.test(key) && value === true) || key === "($error)",
  );
  const isSaid = !isRefused && texts(true).length > 0;
  return { isRefused: isSaid ? undefined : isRefused, says: texts(true), saysNot: texts(false) };
}

const BY_CHAINSAW = { namespace: "", isOne: false } as const;
const APPLY = /^kubectl (apply|create) (?:-n (\S+) )?-f (\S+)$/u;
const CONDITIONAL = /^if (kubectl [^;\n]*?)\s*(?:;|\n)\s*then\s([\s\S]*?)\belse\s([\s\S]*?)\bfi;?$/u;
const READS = /^kubectl (?:get|describe|logs|wait) [^|>;&\n]*$/u;

/** Scripts of one command: one that writes a file is what `apply` is, and some ask for subresources. */
function readScript(script: Value, folder: string, bindings: Bindings): Operation {
  const content = textOf(script, "content").trim();
  const where = `script ${content.split("\n")[0] ?? ""}`;
  const [, guarded, then = "", otherwise = ""] = CONDITIONAL.exec(content) ?? [];
  const command = guarded ?? content;
  const isUnclear = guarded !== undefined && /exit 1/u.test(then) === /exit 1/u.test(otherwise);
  const foreign: Operation = { kind: "foreign", what: `script: ${content.slice(0, 60)}` };
  if (isUnclear) return foreign;
  const checks =
    guarded === undefined
      ? readScriptChecks(memberOf(script, "check"))
      : { isRefused: /exit 1/u.test(then), says: [], saysNot: [] };
  const [, verb, namespace = "default", file = ""] = APPLY.exec(command) ?? [];
  const objects = verb === undefined ? undefined : objectsOf({ file }, folder, bindings);
  if (objects !== undefined) {
    const place = { namespace: namespace === "$NAMESPACE" ? "" : namespace, isOne: true, where };
    return { kind: "write", verb: verb === "create" ? verb : "apply", objects, ...checks, ...place };
  }
  const call = parseKubectl(command);
  if (call !== undefined) return { kind: "call", call, ...checks, where };
  return READS.test(content) || content === "kubectl delete ur -A --all" ? { kind: "nothing" } : foreign;
}

/** A script with a check fails by it alone: without one, when its last command does. */
function readScriptChecks(check: Value | undefined): ReturnType<typeof readChecks> {
  const checks = readChecks([check]);
  return check === undefined || checks.isRefused === true ? checks : { ...checks, isRefused: undefined };
}

function missing(source: Value): Operation {
  return { kind: "foreign", what: `there is no ${placeOf(source)}` };
}

function placeOf(source: Value): string {
  return textOf(source, "file") || textOf(memberOf(source, "resource"), "kind");
}

/** The documents of a file, or the resource that stands there; undefined when there is no such file. */
function objectsOf(source: Value, folder: string, bindings: Bindings): readonly ValueObject[] | undefined {
  const inline = memberOf(source, "resource");
  if (isValueObject(inline)) return [bindAll(inline, bindings) as ValueObject];
  const path = join(folder, bound(textOf(source, "file"), bindings));
  if (!existsSync(path) || dirname(path) === path) return undefined;
  const documents = readYaml(readFileSync(path)).flatMap((each): readonly Value[] =>
    memberOf(each, "kind") === "List" ? listOf(each, "items") : [each],
  );
  return documents.filter((each) => isValueObject(each)).map((each) => bindAll(each, bindings) as ValueObject);
}

/** Texts that are one of the names that are bound, in parentheses. */
function bindAll(value: Value, bindings: Bindings): Value {
  if (typeof value === "string") return bound(value, bindings);
  if (Array.isArray(value)) return value.map((each) => bindAll(each as Value, bindings));
  if (!isValueObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, bindAll(each, bindings)]));
}

function bound(text: string, bindings: Bindings): string {
  const name = /^\(\$([\w.]+)\)$/u.exec(text)?.[1];
  return name === undefined ? text : (bindings.get(name) ?? text);
}
