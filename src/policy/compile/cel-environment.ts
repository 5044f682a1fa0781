import { type CelEnvironment, createEnvironment } from "../language/cel/environment.ts";
import { kyvernoLibraries } from "../language/cel/functions/kyverno/libraries.ts";
import { KYVERNO_REQUEST, NAMESPACE } from "../language/cel/kubernetes/admission-types.ts";
import { celTypes } from "../language/cel/types.ts";
import { LANGUAGE_OF_KYVERNO } from "./policy-environment.ts";

/** `exceptions`: what PolicyExceptions that lift a part of a policy allow. */
const EXCEPTIONS = celTypes.object("libs.Exception", {
  allowedImages: celTypes.list(celTypes.string),
  allowedValues: celTypes.list(celTypes.string),
});

/** What {@link kyvernoEnvironment} shares: making one takes as long as compiling many expressions. */
const BASES = new Map<string, CelEnvironment>();

/**
 * The environment in which Kyverno 1.19 evaluates the expressions of its kinds, without `variables`. Of a namespaced
 * policy (`namespace` not empty) `resource` and `generator` reach its own namespace alone, and there is neither `http` nor
 * `globalContext`.
 */
export function kyvernoEnvironment(namespace: string): CelEnvironment {
  const known = BASES.get(namespace);
  if (known !== undefined) return known;
  const environment = createEnvironment({
    libraries: [...LANGUAGE_OF_KYVERNO, ...kyvernoLibraries(namespace === "" ? {} : { namespace })],
    variables: {
      object: celTypes.dyn,
      oldObject: celTypes.dyn,
      request: KYVERNO_REQUEST,
      namespaceObject: NAMESPACE,
      exceptions: EXCEPTIONS,
    },
  });
  // A server may meet policies of any number of namespaces.
  if (BASES.size >= MAX_BASES) BASES.clear();
  BASES.set(namespace, environment);
  return environment;
}

const MAX_BASES = 64;
