/**
 * Writes the generated reference under docs/reference from the tables in the source; with --check it only compares.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { renderCatalogers } from "./catalogers.ts";
import { renderCelFunctions } from "./cel.ts";
import { renderCli } from "./cli.ts";
import { renderErrors } from "./errors.ts";
import { renderJmesFunctions } from "./jmespath.ts";
import { renderCelKinds, renderCliFileKinds, renderKyvernoKinds } from "./kinds.ts";
import { renderLimits } from "./limits.ts";
import { renderOpenApi } from "./openapi.ts";

const root = join(import.meta.dirname, "..", "..");
const PAGES: Readonly<Record<string, () => string | Promise<string>>> = {
  "docs/reference/catalogers.md": renderCatalogers,
  "docs/reference/cel-functions.md": renderCelFunctions,
  "docs/reference/cel-kinds.md": renderCelKinds,
  "docs/reference/cli.md": renderCli,
  "docs/reference/errors.md": renderErrors,
  "docs/reference/jmespath-functions.md": renderJmesFunctions,
  "docs/reference/kyverno-cli-files.md": renderCliFileKinds,
  "docs/reference/kyverno-kinds.md": renderKyvernoKinds,
  "docs/reference/limits.md": renderLimits,
  "docs/reference/openapi.json": renderOpenApi,
};

const check = process.argv.includes("--check");
let stale = 0;
for (const [page, render] of Object.entries(PAGES)) {
  const path = join(root, page);
  const wanted = await render();
  if (check) {
    if (existsSync(path) && readFileSync(path, "utf8") === wanted) continue;
    console.error(`${page} is not what the source says; run npm run docs`);
    stale += 1;
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, wanted);
    console.log(`wrote ${page}`);
  }
}
process.exit(stale === 0 ? 0 : 1);
