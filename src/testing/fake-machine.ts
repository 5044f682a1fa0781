import { AmapError } from "../base/index.ts";
import type { Machine } from "../ports/index.ts";

/** A machine in memory with tools of these versions. */
export function createFakeMachine(tools: Readonly<Record<string, string>> = { node: "24.1.0" }): Machine {
  return {
    describe: () => ({ os: "linux", release: "6.1", architecture: "x64", hostname: "test-machine", processors: 2 }),
    toolVersion: async (tool) => {
      if (!["node", "go", "java"].includes(tool)) throw new AmapError("USAGE", "not a tool that is known");
      return Object.hasOwn(tools, tool) ? tools[tool] : undefined;
    },
  };
}
