import { AmapError } from "../../../../base/index.ts";
import type { CelFunction } from "../function.ts";
import { type CelLibrary, MacroTable } from "../library.ts";
import {
  BINDING_MACROS,
  BLOCK_MACROS,
  LIST_MACROS,
  MATH_MACROS,
  OPTIONAL_MACROS,
  STANDARD_MACROS,
  TWO_VARIABLE_MACROS,
} from "../syntax/macros.ts";
import { CONVERSION_FUNCTIONS } from "./conversions.ts";
import { ENCODER_FUNCTIONS } from "./encoders.ts";
import { LIST_FUNCTIONS } from "./lists.ts";
import { MATH_FUNCTIONS } from "./math.ts";
import { OPTIONAL_FUNCTIONS } from "./optionals.ts";
import { REGEX_FUNCTIONS } from "./regex.ts";
import { SET_FUNCTIONS } from "./sets.ts";
import { STANDARD_LIBRARY } from "./standard.ts";
import { STRING_FUNCTIONS } from "./strings.ts";
import { TIME_FUNCTIONS } from "./timestamps.ts";

/** The language itself, as cel-spec defines it. */
const LANGUAGE: CelLibrary = {
  name: "standard",
  functions: [...STANDARD_LIBRARY, ...CONVERSION_FUNCTIONS, ...TIME_FUNCTIONS],
  macros: STANDARD_MACROS,
};

/** cel-spec's language and its extensions: what every environment has that does not name its libraries. */
export const STANDARD_LIBRARIES: readonly CelLibrary[] = [
  LANGUAGE,
  { name: "strings", functions: STRING_FUNCTIONS },
  { name: "lists", functions: LIST_FUNCTIONS, macros: LIST_MACROS },
  { name: "sets", functions: SET_FUNCTIONS },
  { name: "regex", functions: REGEX_FUNCTIONS },
  { name: "math", functions: MATH_FUNCTIONS, macros: MATH_MACROS },
  { name: "encoders", functions: ENCODER_FUNCTIONS },
  { name: "optional", functions: OPTIONAL_FUNCTIONS, macros: OPTIONAL_MACROS },
  { name: "bindings", functions: [], macros: BINDING_MACROS },
  { name: "twovarcomprehensions", functions: [], macros: TWO_VARIABLE_MACROS },
  { name: "block", functions: [], macros: BLOCK_MACROS },
];

/**
 * Libraries of {@link STANDARD_LIBRARIES} by their names, for environments that have only some of them.
 * @throws {AmapError} BUG for a name that is not there
 */
export function standardLibraries(...names: readonly string[]): readonly CelLibrary[] {
  return names.map((name) => {
    const library = STANDARD_LIBRARIES.find((each) => each.name === name);
    if (library === undefined) throw new AmapError("BUG", `there is no standard CEL library ${name}`);
    return library;
  });
}

/** The rows of {@link STANDARD_LIBRARIES}. */
export const STANDARD_FUNCTIONS: readonly CelFunction[] = STANDARD_LIBRARIES.flatMap((library) => library.functions);

/** The macros of {@link STANDARD_LIBRARIES}. */
export const STANDARD_MACRO_TABLE: MacroTable = new MacroTable(
  STANDARD_LIBRARIES.flatMap((library) => library.macros ?? []),
);
