import { existsSync } from "node:fs";
import { join } from "node:path";
import { AmapError } from "../base/index.ts";

/**
 * The folder of examples that comes with amap: beside `src` in a checkout, beside `dist` in the package.
 * @throws {AmapError} FILE_NOT_FOUND
 */
export function findExamples(): string {
  const candidates = [["..", ".."], [".."], ["..", "..", ".."]].map((up) =>
    join(import.meta.dirname, ...up, "examples"),
  );
  const found = candidates.find((path) => existsSync(join(path, "policies", "storefront.yaml")));
  if (found === undefined)
    throw new AmapError("FILE_NOT_FOUND", "the examples that come with amap are not where they should be");
  return found;
}
