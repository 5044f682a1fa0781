/** The results of the CEL bench as Markdown. */
import type { Spread } from "../harness.ts";
import { COMPILE_AIM_MS, COMPILED, type CompileResult } from "./compile-time.ts";
import { type LibraryResult, SPEED_AIM, type SpeedResult } from "./speed.ts";

/** Rates and ratios, one row for each expression, and below it why a library is no peer in a row. */
export function renderSpeedTable(results: readonly SpeedResult[]): string {
  const libraries = (results[0]?.libraries ?? []).map(({ library }) => library);
  const marks = results.flatMap(({ name, libraries: rows }) =>
    rows.filter(({ refused }) => refused !== "").map((row) => `- ${name}, ${row.library}: ${row.refused}`),
  );
  const reached = results.filter(({ ratio, aim }) => ratio.median >= aim).length;
  return [
    `| # | expression | characters | objects | ${libraries.map((name) => `${name}, thousand/s`).join(" | ")} | ratio, median (min–max) | aim | reached |`,
    `|---|---|---|---|${"---|".repeat(libraries.length)}---|---|---|`,
    ...results.map(
      (row, index) =>
        `| ${index + 1} | ${row.name} | ${row.characters} | ${row.objects} | ${row.libraries.map(renderLibrary).join(" | ")} | ${row.ratio.median.toFixed(2)} (${row.ratio.min.toFixed(2)}–${row.ratio.max.toFixed(2)}) | ≥ ${row.aim} | ${row.ratio.median >= row.aim ? "yes" : "no"} |`,
    ),
    "",
    `${reached} of ${results.length} rows reach ${SPEED_AIM} times the fastest library that gives the right answer.`,
    "Rates are median (min–max) a second of processor time; † = objects with integers as bigint, converted outside the timing, since the library's answer for plain JSON is wrong.",
    ...(marks.length === 0 ? [] : ["Not counted as peers:", ...marks]),
  ].join("\n");
}

/** Milliseconds for compiling, one row for each library. */
export function renderCompileTable(results: readonly CompileResult[]): string {
  return [
    `| compiling ${COMPILED} expressions | steps | compiled | ms in a fresh process, median (min–max) | ms for ${COMPILED} more | aim | reached |`,
    "|---|---|---|---|---|---|---|",
    ...results.map((row, index) => {
      const aim = index === 0 ? `< ${COMPILE_AIM_MS} | ${row.firstMs.median < COMPILE_AIM_MS ? "yes" : "no"}` : "– | –";
      return `| ${row.library} | ${row.steps} | ${row.compiled} | ${spread(row.firstMs, 1)} | ${spread(row.againMs, 1)} | ${aim} |`;
    }),
  ].join("\n");
}

function renderLibrary({ refused, form, perSecond }: LibraryResult): string {
  if (perSecond === undefined) return refused.startsWith("cannot compile") ? "cannot compile" : "wrong";
  return `${spread(perSecond, 1000)}${form === "integers as bigint" ? " †" : ""}`;
}

function spread({ min, median, max }: Spread, unit: number): string {
  return `${(median / unit).toFixed(0)} (${(min / unit).toFixed(0)}–${(max / unit).toFixed(0)})`;
}
