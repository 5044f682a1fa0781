import { CelError } from "../../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import type { CelMap, CelObject } from "../../values/value.ts";
import { sentObject } from "./sent-value.ts";
import { bothSpellings } from "./spellings.ts";

const { bool, dyn, list, map, string } = celTypes;
const since = "0.2.0";
const OBJECTS = list(map(string, dyn));
const NAMESPACE = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)?$/;
const EXAMPLE = '[{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "defaults"}}]';

/** Writes down what is to be made; the app makes it when the evaluation is done. */
function apply(namespace: string, objects: readonly (CelObject | CelMap)[], context: CelContext): boolean {
  if (!NAMESPACE.test(namespace)) {
    throw new CelError("invalid_argument", `${JSON.stringify(namespace.slice(0, 80))} is not the name of a namespace`);
  }
  context.emit({
    kind: "generate",
    namespace,
    objects: objects.map((object) => sentObject(object, namespace, context)),
  });
  return true;
}

/** Kyverno's generator library, of a policy for the cluster or for one namespace. */
export function generatorFunctions(namespace: string | undefined): readonly CelFunction[] {
  return bothSpellings("generator.", "Apply", (name) => [
    namespace === undefined
      ? celFunction({
          name,
          args: [string, OBJECTS],
          result: bool,
          note: "Generates the objects in a namespace (empty for kinds without one); true.",
          example: `${name}("shop", ${EXAMPLE})`,
          since,
          isVolatile: true,
          call: apply,
        })
      : celFunction({
          name,
          args: [OBJECTS],
          result: bool,
          note: "Generates the objects in the policy's own namespace; true.",
          example: `${name}(${EXAMPLE})`,
          since,
          isVolatile: true,
          call: (objects, context) => apply(namespace, objects as readonly CelObject[], context),
        }),
  ]);
}
