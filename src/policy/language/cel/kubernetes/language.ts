import { CelError } from "../error.ts";
import type { CelFunction } from "../function.ts";
import { asCelGo } from "../functions/cel-go.ts";
import { STANDARD_LIBRARIES } from "../functions/table.ts";
import type { CelLibrary, CelMacro } from "../library.ts";

const DATE_FIELDS = [
  "getFullYear",
  "getMonth",
  "getDayOfYear",
  "getDayOfMonth",
  "getDate",
  "getDayOfWeek",
  "getHours",
  "getMinutes",
  "getSeconds",
  "getMilliseconds",
];

/** By library of cel-go 0.26 as Kubernetes 1.36 configures it: the functions it has. */
const NAMES_BY_LIBRARY: Readonly<Record<string, readonly string[]>> = {
  standard: [
    "bool",
    "bytes",
    "double",
    "duration",
    "dyn",
    "int",
    "string",
    "timestamp",
    "type",
    "uint",
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    ...DATE_FIELDS,
  ],
  // Version 2: without reverse.
  strings: [
    "charAt",
    "indexOf",
    "lastIndexOf",
    "join",
    "lowerAscii",
    "upperAscii",
    "replace",
    "split",
    "substring",
    "trim",
    "format",
    "strings.quote",
  ],
  // Version 3.
  lists: ["slice", "flatten", "sort", "lists.range", "distinct", "reverse"],
  sets: ["sets.contains", "sets.equivalent", "sets.intersects"],
  optional: [
    "optional.of",
    "optional.none",
    "optional.ofNonZeroValue",
    "optional.unwrap",
    "unwrapOpt",
    "hasValue",
    "value",
    "or",
    "orValue",
    "first",
    "last",
  ],
};

/** Macros by name and number of arguments: without `cel.bind`, `cel.block` and those of math. */
const MACROS: ReadonlySet<string> = new Set([
  "has/1",
  ...["all", "exists", "exists_one", "filter", "map", "sortBy", "optMap", "optFlatMap"].map((name) => `${name}/2`),
  "map/3",
  ...["all", "exists", "exists_one", "existsOne"].map((name) => `${name}/3`),
  ...["transformList", "transformMap", "transformMapEntry"].flatMap((name) => [`${name}/3`, `${name}/4`]),
]);

const NAMES: ReadonlySet<string> = new Set(Object.values(NAMES_BY_LIBRARY).flat());

function isInKubernetes(row: CelFunction): boolean {
  // Of texts it has no reverse.
  return NAMES.has(row.name) && (row.name !== "reverse" || row.args[0]?.kind === "list");
}

const JUDGED: ReadonlySet<string> = new Set(["duration", "format", "timestamp"]);

/** What is wrong with their constants is for literal-issues.ts to say: where Kubernetes does, and only what it does. */
function leaveConstants(row: CelFunction): CelFunction {
  if (!JUDGED.has(row.name)) return row;
  return {
    ...row,
    prepare: ([first]) => {
      try {
        return row.prepare?.([first, undefined]);
      } catch (error) {
        if (error instanceof CelError) return undefined;
        throw error;
      }
    },
  };
}

function narrow(macro: CelMacro): readonly CelMacro[] {
  if ("atLeast" in macro.counts) return [];
  const counts = macro.counts.filter((count) => MACROS.has(`${macro.name}/${count}`));
  return counts.length === 0 ? [] : [{ ...macro, counts }];
}

/** cel-spec's language and extensions as Kubernetes 1.36 enables them (k8s.io/apiserver, cel/environment). */
export const LANGUAGE_OF_KUBERNETES: readonly CelLibrary[] = STANDARD_LIBRARIES.map((library) => ({
  name: library.name,
  functions: asCelGo(library.functions.filter(isInKubernetes)).map(leaveConstants),
  macros: (library.macros ?? []).flatMap(narrow),
}));
