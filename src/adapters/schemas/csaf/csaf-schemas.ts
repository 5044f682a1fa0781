import type { ValidateFunction } from "ajv";
import type { CsafVersion } from "../../../ports/index.ts";
import { checkUniqueItemsFast } from "../json-issues.ts";
import { instantOf } from "./instants.ts";
import { toCurrentSchema } from "./schema-2-1.ts";

type Module = Promise<{ readonly default: object }>;

/** What the schemas refer to, by address. */
const REFERRED: readonly (readonly [address: string, load: () => Module])[] = [
  [
    "https://www.first.org/cvss/cvss-v2.0.json",
    () => import("@secvisogram/csaf-validator-lib/schemas/cvss-v2.0.js") as Module,
  ],
  [
    "https://www.first.org/cvss/cvss-v3.0.json",
    () => import("@secvisogram/csaf-validator-lib/schemas/cvss-v3.0.js") as Module,
  ],
  [
    "https://www.first.org/cvss/cvss-v3.1.json",
    () => import("@secvisogram/csaf-validator-lib/schemas/cvss-v3.1.js") as Module,
  ],
];
const REFERRED_2_1: typeof REFERRED = [
  [
    "https://www.first.org/cvss/cvss-v4.0.json",
    () => import("@secvisogram/csaf-validator-lib/csaf_2_1/csafAjv/cvss-v4.0.js") as Module,
  ],
  [
    "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/meta.json",
    () => import("@secvisogram/csaf-validator-lib/csaf_2_1/csafAjv/meta.js") as Module,
  ],
  [
    "https://json-schema.org/draft/2020-12/meta/format-assertion",
    () => import("@secvisogram/csaf-validator-lib/csaf_2_1/csafAjv/format-assertion.js") as Module,
  ],
];

const compiled = new Map<string, Promise<ValidateFunction>>();

/** The schema of a version, compiled when it is first asked for; strict ones refuse members that they do not name. */
export function csafSchema(
  version: CsafVersion,
  { isStrict, listsAll }: { readonly isStrict: boolean; readonly listsAll: boolean },
): Promise<ValidateFunction> {
  const key = `${version} ${isStrict && version === "2.0"} ${listsAll}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const schema = compile(version, isStrict, listsAll);
  compiled.set(key, schema);
  return schema;
}

async function compile(version: CsafVersion, isStrict: boolean, listsAll: boolean): Promise<ValidateFunction> {
  // Both are CommonJS: in the bundle only their default export is known.
  const [{ default: library }, { default: formats }] = await Promise.all([
    import("ajv/dist/2020.js"),
    import("ajv-formats"),
  ]);
  const ajv = new library.Ajv2020({ strict: false, allErrors: listsAll, logger: false, multipleOfPrecision: 6 });
  formats.default(ajv);
  checkUniqueItemsFast(ajv);
  const referred = version === "2.0" ? REFERRED : [...REFERRED, ...REFERRED_2_1];
  for (const [address, load] of referred) ajv.addSchema((await load()).default, address);
  if (version === "2.1") {
    // Every time has a zone, and no second is the sixty-first.
    ajv.addFormat(
      "date-time",
      (text: string) => instantOf(text) !== undefined && !/:60(?:\.\d+)?(?:Z|[+-])/i.test(text),
    );
    return ajv.compile(toCurrentSchema((await draftOf21()).default));
  }
  return ajv.compile((await (isStrict ? strictOf20() : looseOf20())).default);
}

const draftOf21 = (): Module =>
  import("@secvisogram/csaf-validator-lib/csaf_2_1/schemaTests/csaf_2_1/schema.js") as Module;
const strictOf20 = (): Module =>
  import("@secvisogram/csaf-validator-lib/lib/schemaTests/csaf_2_0_strict/schema.js") as Module;
const looseOf20 = (): Module => import("@secvisogram/csaf-validator-lib/lib/schemaTests/csaf_2_0/schema.js") as Module;
