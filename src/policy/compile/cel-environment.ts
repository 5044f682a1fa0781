import { type CelEnvironment, createEnvironment } from "../language/cel/environment.ts";
import { ENVOY_AUTHORIZATION_FUNCTIONS, ENVOY_REQUEST } from "../language/cel/functions/authz/envoy.ts";
import { HTTP_AUTHORIZATION_FUNCTIONS, HTTP_REQUEST } from "../language/cel/functions/authz/http.ts";
import { JWT_FUNCTIONS } from "../language/cel/functions/authz/jwt.ts";
import { typeOfShape } from "../language/cel/functions/authz/shape.ts";
import { kyvernoLibraries } from "../language/cel/functions/kyverno/libraries.ts";
import { KYVERNO_REQUEST, NAMESPACE } from "../language/cel/kubernetes/admission-types.ts";
import { withMutationTypes } from "../language/cel/kubernetes/mutation-environment.ts";
import { celTypes } from "../language/cel/types.ts";
import { LANGUAGE_OF_KYVERNO } from "./policy-environment.ts";

/** `exceptions`: what PolicyExceptions that lift a part of a policy allow. */
const EXCEPTIONS = celTypes.object("libs.Exception", {
  allowedImages: celTypes.list(celTypes.string),
  allowedValues: celTypes.list(celTypes.string),
});

/** Environments by their name: making one takes as long as compiling many expressions. */
const KNOWN = new Map<string, CelEnvironment>();

/** A server may meet policies of any number of namespaces. */
const MAX_KNOWN = 64;

function remembered(name: string, make: () => CelEnvironment): CelEnvironment {
  const known = KNOWN.get(name);
  if (known !== undefined) return known;
  const environment = make();
  if (KNOWN.size >= MAX_KNOWN) KNOWN.clear();
  KNOWN.set(name, environment);
  return environment;
}

/**
 * The environment in which Kyverno 1.19 evaluates the expressions of its kinds, without `variables`. Of a namespaced
 * policy (`namespace` not empty) `resource` and `generator` reach its own namespace alone, and there is neither `http` nor
 * `globalContext`.
 */
export function kyvernoEnvironment(namespace: string): CelEnvironment {
  return remembered(`policy/${namespace}`, () =>
    createEnvironment({
      libraries: [...LANGUAGE_OF_KYVERNO, ...kyvernoLibraries(namespace === "" ? {} : { namespace })],
      variables: {
        object: celTypes.dyn,
        oldObject: celTypes.dyn,
        request: KYVERNO_REQUEST,
        namespaceObject: NAMESPACE,
        exceptions: EXCEPTIONS,
      },
    }),
  );
}

/** As {@link kyvernoEnvironment} for what mutates: with `Object{…}` and `JSONPatch{…}`. */
export function mutationEnvironment(namespace: string): CelEnvironment {
  return remembered(`mutation/${namespace}`, () => withMutationTypes(kyvernoEnvironment(namespace)));
}

/** Libraries that Kyverno's authorization servers have, too. */
const OF_AUTHORIZATION: ReadonlySet<string> = new Set(
  ["http", "image", "json", "resource"].map((name) => `kyverno.${name}`),
);

/** The environment of Kyverno's authorization servers: `object` is the request that is to be allowed or denied. */
export function authorizationEnvironment(mode: "HTTP" | "Envoy"): CelEnvironment {
  const [request, functions] =
    mode === "HTTP" ? [HTTP_REQUEST, HTTP_AUTHORIZATION_FUNCTIONS] : [ENVOY_REQUEST, ENVOY_AUTHORIZATION_FUNCTIONS];
  return remembered(`authorization/${mode}`, () =>
    createEnvironment({
      libraries: [...LANGUAGE_OF_KYVERNO, ...kyvernoLibraries().filter(({ name }) => OF_AUTHORIZATION.has(name))],
      functions: [...functions, ...JWT_FUNCTIONS],
      variables: { object: typeOfShape(request) },
    }),
  );
}
