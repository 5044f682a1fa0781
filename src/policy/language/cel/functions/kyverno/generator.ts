import { CelError } from "../../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import type { CelMap, CelObject } from "../../values/value.ts";
import { checkNamespace, generatedValue } from "./sent-value.ts";
import { bothSpellings } from "./spellings.ts";

const { bool, dyn, list, map, string } = celTypes;
const since = "0.2.0";
const OBJECTS = list(map(string, dyn));
const NAMESPACE = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)?$/;
const EXAMPLE = '[{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "defaults"}}]';

/**
 * Writes down what is to be made; it is made when the evaluation is done. Of a policy for the cluster an object may be a
 * copy that still names the namespace it comes from; one of a namespaced policy must not name another than the policy's.
 */
function apply(
  namespace: string,
  objects: readonly (CelObject | CelMap)[],
  isNamespaced: boolean,
  context: CelContext,
): boolean {
  if (!NAMESPACE.test(namespace)) {
    throw new CelError("invalid_argument", `${JSON.stringify(namespace.slice(0, 80))} is not the name of a namespace`);
  }
  const made = objects.map((object) => generatedValue(object, context));
  if (isNamespaced) for (const object of made) checkNamespace(object, namespace);
  context.emit({ kind: "generate", namespace, objects: made });
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
          call: (target, objects, context) => apply(target, objects, false, context),
        })
      : celFunction({
          name,
          args: [OBJECTS],
          result: bool,
          note: "Generates the objects in the policy's own namespace; true.",
          example: `${name}(${EXAMPLE})`,
          since,
          isVolatile: true,
          call: (objects, context) => apply(namespace, objects as readonly CelObject[], true, context),
        }),
  ]);
}
