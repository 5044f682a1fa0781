import type { Value } from "../../../../base/index.ts";
import type { JmesContext, JmesRoot } from "../program.ts";
import type { Flowing } from "./values.ts";

/** A part of an expression, compiled: its value for the current value. */
export type Run = (value: Value | JmesRoot, context: JmesContext) => Flowing;

/** A part and what one run of it takes, without what its own loops charge when they run. */
export interface Part {
  readonly run: Run;
  readonly cost: number;
}
