import type { Value } from "../../../../base/index.ts";
import { readVersion, type SemanticVersion } from "../../cel/functions/kubernetes/semantic-version.ts";
import type { JmesFunction } from "../function.ts";
import type { JmesContext } from "../program.ts";
import { STRING, textArgument } from "./arguments.ts";
import { parseSemverRange } from "./semver-range.ts";

/** What Kyverno takes a text for that is no version. */
const ZERO: SemanticVersion = { numbers: [0n, 0n, 0n], prerelease: [], suffix: "" };

function compare(args: readonly Value[], context: JmesContext): boolean {
  const version = readVersion(textArgument("semver_compare", args, 0)) ?? ZERO;
  const range = textArgument("semver_compare", args, 1);
  context.charge(range.length);
  return parseSemverRange(range)(version);
}

/** Kyverno's function over semantic versions. */
export const SEMVER_FUNCTIONS: readonly JmesFunction[] = [
  {
    name: "semver_compare",
    args: [STRING, STRING],
    result: "bool",
    note: "Whether the version is in a range such as `>=1.2.0 <2.0.0 || 3.x`; a text that is no semantic version counts as 0.0.0.",
    example: "semver_compare('1.4.1', '>=1.2.0 <2.0.0')",
    since: "0.2.0",
    call: compare,
  },
];
