import { formatImageReference, parseImageReference } from "../../artifact/index.ts";
import { type Issue, isAmapError, LIMITS, matchesWildcard } from "../../base/index.ts";
import { NO_FACTS } from "../evaluate/fact-reader.ts";
import { CelError } from "../language/cel/error.ts";
import type { CelProgram } from "../language/cel/program.ts";
import { celTypes } from "../language/cel/types.ts";
import type { ImageValidatingPolicy } from "../resource/image-validating-policy.ts";
import type { ExpressionCompiler } from "./expressions.ts";
import type { CoverScope, Plan } from "./plan.ts";
import { policyEnvironments } from "./policy-environment.ts";

/** What gobwas/glob reads as more than itself, beyond * and ?. */
const OTHER_GLOB_SYNTAX = /[[\]{}\\!]/;

/**
 * Which images `matchImageReferences` cover: those that one of the entries matches, or all when there are none. Globs and
 * expressions get the reference as written and, so that `nginx` does not slip past `docker.io/*`, its full name; one of
 * the two is enough.
 */
export function compileCoverage(policy: ImageValidatingPolicy, compiler: ExpressionCompiler): Plan["covers"] {
  const entries = policy.spec.matchImageReferences ?? [];
  const matchers = entries.map((entry, index) => {
    const path = `spec.matchImageReferences[${index}]`;
    if (entry.glob !== undefined) return matchGlob(entry.glob, `${path}.glob`, compiler.issues);
    const { reference } = policyEnvironments();
    const program = compiler.compile(entry.expression ?? "", `${path}.expression`, reference, celTypes.bool);
    return program === undefined ? () => false : matchExpression(program);
  });
  if (matchers.length === 0) return () => true;
  return (image, scope) => matchers.some((matches) => matches(image, scope));
}

type Matcher = (image: string, scope: CoverScope) => boolean;

function matchGlob(glob: string, path: string, issues: Issue[]): Matcher {
  if (OTHER_GLOB_SYNTAX.test(glob)) {
    issues.push({ code: "NOT_SUPPORTED", path, message: `amap reads * and ? in globs only, found ${glob}` });
  }
  return (image) => matchesWildcard(glob, image) || matchesWildcard(glob, fullNameOf(image));
}

function fullNameOf(image: string): string {
  try {
    return formatImageReference(parseImageReference(image));
  } catch (error) {
    if (!isAmapError(error, "REFERENCE_INVALID")) throw error;
    return image;
  }
}

function matchExpression(program: CelProgram): Matcher {
  const matches = (image: string, scope: CoverScope): boolean => {
    const budget = { steps: LIMITS.evaluationSteps };
    const variables = policyEnvironments().reference.bind({ ref: image });
    const result = program.evaluate({ variables, now: scope.now, facts: NO_FACTS, budget });
    scope.charge(LIMITS.evaluationSteps - budget.steps);
    if (typeof result === "boolean") return result;
    throw new CelError("failed", "an expression of matchImageReferences did not give true or false");
  };
  return (image, scope) => {
    if (matches(image, scope)) return true;
    const fullName = fullNameOf(image);
    return fullName !== image && matches(fullName, scope);
  };
}
