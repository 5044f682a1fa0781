import type { CelEnvironment, CelMessageType } from "../environment.ts";
import { CelError } from "../error.ts";
import { celFunction } from "../function.ts";
import { type CelType, celTypes } from "../types.ts";
import { typeName } from "../values/kinds.ts";
import { type CelValue, Message } from "../values/value.ts";

const { dyn, object, string } = celTypes;

/** The fields of an object whose schema is not looked at: any name, of any type. */
class AnyFields extends Map<string, CelType> {
  override get(): CelType {
    return dyn;
  }

  override has(): boolean {
    return true;
  }
}

const ANY_FIELDS: ReadonlyMap<string, CelType> = new AnyFields();

function objectType(name: string): CelMessageType {
  return {
    type: { kind: "object", name, fields: () => ANY_FIELDS },
    field: () => dyn,
    fieldNames: [],
    // In cel-go, a field that was not set is null.
    make: (fields) => new Message(name, fields, () => null),
  };
}

const PATCH_FIELDS: ReadonlyMap<string, CelType> = new Map<string, CelType>([
  ["op", string],
  ["path", string],
  ["from", string],
  ["value", dyn],
]);

/** The type of one operation of a JSON patch. */
export const JSON_PATCH_TYPE: CelType = object("JSONPatch", Object.fromEntries(PATCH_FIELDS));

/** The type of an apply configuration. */
export const APPLY_CONFIGURATION_TYPE: CelType = objectType("Object").type;

const JSON_PATCH: CelMessageType = {
  type: JSON_PATCH_TYPE,
  field: (name) => PATCH_FIELDS.get(name),
  fieldNames: [...PATCH_FIELDS.keys()],
  make: makePatch,
};

/** Texts that are empty count as not set, as in Kubernetes. */
function makePatch(fields: ReadonlyMap<string, CelValue>): CelValue {
  for (const [name, value] of fields) {
    if (name === "value" || typeof value === "string") continue;
    throw new CelError("no_such_overload", `the field ${name} of JSONPatch: expected string, found ${typeName(value)}`);
  }
  const set = new Map([...fields].filter(([name, value]) => name === "value" || value !== ""));
  return new Message("JSONPatch", set, (field) => (field === "value" ? null : ""));
}

const ESCAPES: Readonly<Record<string, string>> = { "~": "~0", "/": "~1" };

const ESCAPE_KEY = celFunction({
  name: "jsonpatch.escapeKey",
  args: [string],
  result: string,
  note: "The text as one part of a JSON patch's path: ~ as ~0 and / as ~1.",
  example: "jsonpatch.escapeKey('k8s.io/my~label') == 'k8s.io~1my~0label'",
  since: "0.2.0",
  call: (text) => text.replace(/[~/]/g, (character) => ESCAPES[character] as string),
});

/**
 * The environment, with what mutations are written with: `Object{…}`, `Object.spec{…}` and so on by the fields' path (the
 * fields may have any name and type), `JSONPatch{op, path, from, value}`, and `jsonpatch.escapeKey`. An environment that
 * has them is returned itself.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
 * @example
 * ```ts
 * import { compileAdmissionExpression, createAdmissionEnvironment, withMutationTypes } from "../../../index.ts";
 * const environment = withMutationTypes(createAdmissionEnvironment());
 * compileAdmissionExpression("Object{spec: Object.spec{paused: true}}", "anything", environment).loads; // false
 * ```
 */
export function withMutationTypes(environment: CelEnvironment): CelEnvironment {
  const known = environment.messages === undefined ? EXTENDED.get(environment) : environment;
  if (known !== undefined) return known;
  const extended = environment.extend({ functions: [ESCAPE_KEY], messages: findMutationType });
  EXTENDED.set(environment, extended);
  return extended;
}

/** The same environment for many policies: variables of a policy make another. */
const EXTENDED = new WeakMap<CelEnvironment, CelEnvironment>();

function findMutationType(name: string): CelMessageType | undefined {
  if (name === "JSONPatch") return JSON_PATCH;
  return name === "Object" || name.startsWith("Object.") ? objectType(name) : undefined;
}
