import { describe, it } from "node:test";
import { ARTIFACT_LAWS } from "../../testing/artifact-laws.ts";
import { holdLaw } from "../../testing/fuzzing/hold-law.ts";

describe("C9: damaged artifacts", () => {
  for (const { name, runs, property } of ARTIFACT_LAWS) {
    it(name, () => holdLaw(property, runs));
  }
});
