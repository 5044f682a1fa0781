import type { CsafVersion } from "../../../ports/index.ts";
import type { CsafCheckFunction, CsafNode } from "./csaf-node.ts";
import { withQuickDefinitions } from "./quick-jtd.ts";

/** What the library says of one test. */
interface LibraryResult {
  readonly isValid?: boolean;
  readonly errors?: readonly LibraryFinding[];
  readonly warnings?: readonly LibraryFinding[];
  readonly infos?: readonly LibraryFinding[];
}

interface LibraryFinding {
  readonly instancePath: string;
  readonly message: string;
}

type LibraryTest = (document: unknown) => LibraryResult | Promise<LibraryResult>;
type Tests = Readonly<Record<string, LibraryTest>>;

/** The tests of the library that open no connection and run no other program, by section of the specification. */
export async function loadLibraryTests(version: CsafVersion): Promise<ReadonlyMap<string, CsafCheckFunction>> {
  const tests = new Map<string, CsafCheckFunction>();
  for (const [name, test] of Object.entries(await withQuickDefinitions(() => loadTests(version)))) {
    const section = /Test_([\d_]+)$/.exec(name)?.[1]?.replaceAll("_", ".");
    if (section !== undefined) tests.set(section, toCheck(test, version));
  }
  return tests;
}

async function loadTests(version: CsafVersion): Promise<Tests> {
  const modules =
    version === "2.0"
      ? [
          import("@secvisogram/csaf-validator-lib/mandatoryTests.js"),
          import("@secvisogram/csaf-validator-lib/optionalTests.js"),
          informativeTests(),
          versionTests20(),
        ]
      : [
          import("@secvisogram/csaf-validator-lib/csaf_2_1/mandatoryTests.js"),
          import("@secvisogram/csaf-validator-lib/csaf_2_1/recommendedTests.js"),
          informativeTests(),
          versionTests21(),
        ];
  return Object.assign({}, ...(await Promise.all(modules))) as Tests;
}

/** One by one: the module that lists them all loads a client for HTTP and the caller of a spelling checker. */
async function informativeTests(): Promise<Tests> {
  const tests = {
    informativeTest_6_3_3: import("@secvisogram/csaf-validator-lib/lib/informativeTests/informativeTest_6_3_3.js"),
    informativeTest_6_3_5: import("@secvisogram/csaf-validator-lib/lib/informativeTests/informativeTest_6_3_5.js"),
    informativeTest_6_3_9: import("@secvisogram/csaf-validator-lib/lib/informativeTests/informativeTest_6_3_9.js"),
    informativeTest_6_3_10: import("@secvisogram/csaf-validator-lib/lib/informativeTests/informativeTest_6_3_10.js"),
    informativeTest_6_3_11: import("@secvisogram/csaf-validator-lib/lib/informativeTests/informativeTest_6_3_11.js"),
  };
  return takeDefaults(tests);
}

async function versionTests20(): Promise<Tests> {
  return takeDefaults({
    informativeTest_6_3_1: import("@secvisogram/csaf-validator-lib/lib/informativeTests/informativeTest_6_3_1.js"),
    informativeTest_6_3_2: import("@secvisogram/csaf-validator-lib/lib/informativeTests/informativeTest_6_3_2.js"),
    informativeTest_6_3_4: import("@secvisogram/csaf-validator-lib/lib/informativeTests/informativeTest_6_3_4.js"),
  });
}

async function versionTests21(): Promise<Tests> {
  return takeDefaults({
    informativeTest_6_3_1: import("@secvisogram/csaf-validator-lib/csaf_2_1/informativeTests/informativeTest_6_3_1.js"),
    informativeTest_6_3_2: import("@secvisogram/csaf-validator-lib/csaf_2_1/informativeTests/informativeTest_6_3_2.js"),
    informativeTest_6_3_4: import("@secvisogram/csaf-validator-lib/csaf_2_1/informativeTests/informativeTest_6_3_4.js"),
  });
}

/** Some of the modules export their test by its name, some as their default. */
async function takeDefaults(modules: Readonly<Record<string, Promise<unknown>>>): Promise<Tests> {
  const loaded = Object.entries(modules).map(async ([name, module]) => {
    const exports = (await module) as Readonly<Record<string, LibraryTest>>;
    return [name, exports[name] ?? exports["default"]] as const;
  });
  return Object.fromEntries((await Promise.all(loaded)).filter(([, test]) => test !== undefined)) as Tests;
}

function toCheck(test: LibraryTest, version: CsafVersion): CsafCheckFunction {
  return async (document) => {
    const result = await test(version === "2.1" ? withRelationships(document) : document.value);
    const found = [...(result.errors ?? []), ...(result.warnings ?? []), ...(result.infos ?? [])];
    if (found.length === 0 && result.isValid === false) return [{ pointer: "", message: "the test fails" }];
    return found.map(({ instancePath, message }) => ({ pointer: inProductPaths(instancePath, version), message }));
  };
}

const views = new WeakMap<object, unknown>();

/**
 * A CSAF 2.1 document as the library reads it: product paths as the relationships of its earlier draft, each at the same
 * place of the list, so that what is found there is found in the product path.
 */
function withRelationships(document: CsafNode): unknown {
  const paths = document.list("product_tree", "product_paths");
  if (paths.length === 0 || typeof document.value !== "object" || document.value === null) return document.value;
  const known = views.get(document.value);
  if (known !== undefined) return known;
  const relationships = paths.map((path) => ({
    category: path.list("subpaths")[0]?.get("category").value,
    product_reference: path.get("beginning_product_reference").value,
    relates_to_product_reference: path.list("subpaths")[0]?.get("next_product_reference").value,
    full_product_name: path.get("full_product_name").value,
  }));
  const tree = document.get("product_tree").value as object;
  const view = { ...document.value, product_tree: { ...tree, relationships } };
  views.set(document.value, view);
  return view;
}

function inProductPaths(pointer: string, version: CsafVersion): string {
  if (version === "2.0") return pointer;
  return pointer.replace(/^\/product_tree\/relationships\//, "/product_tree/product_paths/");
}
