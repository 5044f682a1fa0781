/** The door of `policy`: policies as users write them, compiled and evaluated against plain data. */
export {
  type Fact,
  type FactKind,
  type FactReader,
  type FactRequest,
  type Facts,
  MISSING_FACT,
} from "./evaluate/facts.ts";
export type { Decision, Evaluation, RuleResponse } from "./evaluate/response.ts";
