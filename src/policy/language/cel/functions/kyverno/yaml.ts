import { readYaml } from "../../../../../base/index.ts";
import { CelError } from "../../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import type { CelValue } from "../../values/value.ts";
import { asGoDocument } from "./go-json.ts";
import { readDocument } from "./json.ts";

const STEPS_PER_CHARACTER = 2;
/** A text of which a second document would not be seen by the policy is refused, where Kyverno reads the first. */
const MAX_DOCUMENTS = 1;

function parse(text: string, context: CelContext): CelValue {
  context.charge(text.length * STEPS_PER_CHARACTER);
  const documents = readDocument("yaml.parse", () => readYaml(text));
  if (!Array.isArray(documents) || documents.length > MAX_DOCUMENTS) {
    throw new CelError("invalid_argument", "yaml.parse: the text holds several documents: split it at ---");
  }
  return asGoDocument(documents[0] ?? null, context);
}

/** Kyverno's yaml library. */
export const YAML_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    name: "yaml.parse",
    args: [celTypes.string],
    result: celTypes.dyn,
    note: "The value of a YAML text with one document, read as Kubernetes does; its numbers are doubles, as in Kyverno.",
    example: `yaml.parse("tiers: [web, db]").tiers[0] == "web"`,
    since: "0.2.0",
    call: parse,
  }),
];
