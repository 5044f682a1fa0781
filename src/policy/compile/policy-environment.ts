import { type CelEnvironment, createEnvironment } from "../language/cel/environment.ts";
import { asCelGo } from "../language/cel/functions/cel-go.ts";
import { KUBERNETES_LIBRARIES } from "../language/cel/functions/kubernetes/libraries.ts";
import { KYVERNO_LIBRARIES } from "../language/cel/functions/kyverno/libraries.ts";
import { STANDARD_LIBRARIES } from "../language/cel/functions/table.ts";
import type { CelLibrary } from "../language/cel/library.ts";
import { celTypes } from "../language/cel/types.ts";

/** Functions that do in Kyverno 1.19 what its cel-go does, where cel-spec says otherwise. */
const AS_IN_KYVERNO: ReadonlySet<string> = new Set(["getMilliseconds", "indexOf", "lastIndexOf"]);

function asInKyverno(library: CelLibrary): CelLibrary {
  const older = asCelGo(library.functions);
  return {
    ...library,
    functions: library.functions.map((row, index) => (AS_IN_KYVERNO.has(row.name) ? (older[index] ?? row) : row)),
  };
}

/** The language and Kubernetes' libraries as Kyverno's policies have them: they have no `authorizer`. */
export const LANGUAGE_OF_KYVERNO: readonly CelLibrary[] = [
  ...STANDARD_LIBRARIES.map(asInKyverno),
  ...KUBERNETES_LIBRARIES.filter((library) => !library.name.startsWith("kubernetes.authz")),
];

const LIBRARIES: readonly CelLibrary[] = [...LANGUAGE_OF_KYVERNO, ...KYVERNO_LIBRARIES];

const asksTheWorld = (library: CelLibrary): boolean => library.functions.some((row) => row.loads !== undefined);

const REQUEST_VARIABLES = {
  object: celTypes.dyn,
  oldObject: celTypes.dyn,
  request: celTypes.dyn,
  namespaceObject: celTypes.dyn,
} as const;

/** The environments that all policies of policies.kyverno.io share. */
export interface PolicyEnvironments {
  /** For what is decided before any fact is loaded: match conditions and image extractors. */
  readonly request: CelEnvironment;
  /** For rules and variables: the functions that ask the world, too. */
  readonly rules: CelEnvironment;
  /** For matchImageReferences: `ref` alone. */
  readonly reference: CelEnvironment;
}

let known: PolicyEnvironments | undefined;

/** Made when the first policy is compiled: most commands compile none. */
export function policyEnvironments(): PolicyEnvironments {
  if (known === undefined) {
    const offline = createEnvironment({ libraries: LIBRARIES.filter((library) => !asksTheWorld(library)) });
    known = {
      request: offline.extend({ variables: REQUEST_VARIABLES }),
      rules: createEnvironment({ libraries: LIBRARIES, variables: REQUEST_VARIABLES }),
      reference: offline.extend({ variables: { ref: celTypes.string } }),
    };
  }
  return known;
}
