import { NAME_FORMATS } from "../../language/cel/functions/kubernetes/name-formats.ts";

/** Kubernetes' formats of names, as people know them. */
const NOUNS = {
  dns1123Subdomain: "a DNS subdomain (at most 253 of a-z, 0-9, - and ., with a letter or digit at both ends)",
  dns1035Label: "a DNS label (at most 63 of a-z, 0-9 and -, with a letter in front)",
  qualifiedName:
    "a name such as my.name or example.com/my.name (at most 63 letters, digits, -, _ and . after the slash)",
  labelValue: "a label's value (at most 63 letters, digits, -, _ and ., with a letter or digit at both ends)",
} as const;

/** What is wrong with a name, as `expected …, found …`, or undefined. */
export function nameFault(name: string, format: keyof typeof NOUNS): string | undefined {
  const faults = NAME_FORMATS.get(format)?.check(name) ?? [];
  return faults.length === 0 ? undefined : `expected ${NOUNS[format]}, found ${JSON.stringify(name)}`;
}

const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const RESERVED: ReadonlySet<string> = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** Whether an expression can say `variables.name` (CEL's IDENT without its reserved words). */
export function isCelIdentifier(name: string): boolean {
  return IDENTIFIER.test(name) && !RESERVED.has(name);
}

/** The places after the first of each value that is there more than once. */
export function repeated(values: readonly string[]): readonly number[] {
  const seen = new Set<string>();
  return values.flatMap((value, index) => {
    if (seen.has(value)) return [index];
    seen.add(value);
    return [];
  });
}
