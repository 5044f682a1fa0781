/** Pairs beyond patterns and patches: one maker for each family, in turn. */
import { Choices } from "../../../src/testing/cel-choices.ts";
import { drawNumbers } from "../draw-numbers.ts";
import type { Pair } from "../pairs.ts";
import { makeAutogen, makePodSecurity } from "./autogen.ts";
import { makeGenerate, makeTargets } from "./effects.ts";
import { makeExceptions } from "./exceptions.ts";
import { makeCel, makeNested, makeVariables } from "./expressions.ts";
import { makeFunctions } from "./functions.ts";
import { makeMatching, makeUsers } from "./matching.ts";
import type { SceneMaker } from "./scene.ts";

/** With repetition: the wide ones more often. */
export const SCENES: readonly (readonly [family: string, make: SceneMaker])[] = [
  ["matching", makeMatching],
  ["users", makeUsers],
  ["autogen", makeAutogen],
  ["podSecurity", makePodSecurity],
  ["exceptions", makeExceptions],
  ["cel", makeCel],
  ["nestedForeach", makeNested],
  ["variables", makeVariables],
  ["generate", makeGenerate],
  ["targets", makeTargets],
  ["functions", makeFunctions],
  ["functions", makeFunctions],
  ["podSecurity", makePodSecurity],
];

/** Makes the pair of a number, which counts on from the pairs of patterns. */
export function makeScene(seed: number, index: number, first: number): Pair {
  const place = index % SCENES.length;
  const [family, make] = SCENES[place] as (typeof SCENES)[number];
  const round = Math.floor(index / SCENES.length);
  const before = SCENES.slice(0, place).filter(([name]) => name === family).length;
  const turn = round * SCENES.filter(([name]) => name === family).length + before;
  const name = `pair-${first + index}`;
  const choices = new Choices(drawNumbers(seed, first + index));
  return { name, family, ...make({ choices, name, objectName: `object-${first + index}`, turn }) };
}
