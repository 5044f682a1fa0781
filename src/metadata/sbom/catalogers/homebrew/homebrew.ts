import { isAmapError, isValueObject, listOf, readJsonFast, textOf, type Value } from "../../../../base/index.ts";
import {
  absolute,
  type Cataloger,
  type CatalogerResult,
  type CatalogFiles,
  ResultBuilder,
  toPackageUrl,
} from "../cataloger.ts";

/** `Cellar/<name>/<version>/INSTALL_RECEIPT.json`, wherever Homebrew is. */
const RECEIPT = /(?:^|\/)Cellar\/([^/]+)\/([^/]+)\/INSTALL_RECEIPT\.json$/;

/** What Homebrew installed. */
export const homebrewCataloger: Cataloger = {
  id: "homebrew",
  ecosystem: "brew",
  note: "Reads Cellar/*/*/INSTALL_RECEIPT.json: formulae with version and the dependencies that were there when they were installed. Does not read casks (applications of macOS), licences or hashes: the receipts do not say.",
  wants: (path) => RECEIPT.test(path),
  read: readHomebrew,
};

function readHomebrew(files: CatalogFiles): CatalogerResult {
  const builder = new ResultBuilder();
  const receipts = [...files].flatMap(([path, bytes]) => {
    const [, name, version] = RECEIPT.exec(path) ?? [];
    const receipt = readReceipt(path, bytes, builder);
    return name === undefined || version === undefined || receipt === undefined
      ? []
      : [{ path, name, version, receipt }];
  });
  const refs = new Map(receipts.map(({ name, version }) => [name, refOf(name, version)]));
  for (const { path, name, version, receipt } of receipts) {
    const ref = refOf(name, version);
    const purl = toPackageUrl({ type: "brew", name, version, qualifiers: {} });
    builder.components.push({
      ref,
      kind: "library",
      name,
      version,
      ...(purl === undefined ? {} : { purl }),
      licenses: [],
      hashes: [],
      locations: [absolute(path)],
      scope: "production",
    });
    const needs = listOf(receipt, "runtime_dependencies");
    builder.countDependencies(needs.length);
    const targets = needs.flatMap((need) => refs.get(textOf(need, "full_name").split("/").at(-1) ?? "") ?? []);
    builder.dependencies.set(ref, [...new Set(targets)].sort());
  }
  return builder.finish();
}

function refOf(name: string, version: string): string {
  return toPackageUrl({ type: "brew", name, version, qualifiers: {} }) ?? `brew:${name}@${version}`;
}

function readReceipt(path: string, bytes: Uint8Array, builder: ResultBuilder): Value | undefined {
  try {
    const value = readJsonFast(bytes);
    if (isValueObject(value)) return value;
    builder.addProblem(path, "PACKAGE_DATABASE_INVALID", "expected an object, found something else");
  } catch (error) {
    if (!isAmapError(error)) throw error;
    const code = error.code === "LIMIT_EXCEEDED" ? error.code : "PACKAGE_DATABASE_INVALID";
    builder.addProblem(path, code, `not readable: ${error.message}`);
  }
  return undefined;
}
