import { execFile } from "node:child_process";
import { arch, availableParallelism, hostname, platform, release } from "node:os";
import { AmapError, LIMITS } from "../../base/index.ts";
import type { Machine } from "../../ports/index.ts";

/** How each tool is asked for its version; most say it on standard output, Java on standard error. */
const TOOLS: ReadonlyMap<string, readonly string[]> = new Map([
  ["go", ["version"]],
  ["node", ["--version"]],
  ["npm", ["--version"]],
  ["pnpm", ["--version"]],
  ["yarn", ["--version"]],
  ["deno", ["--version"]],
  ["bun", ["--version"]],
  ["python3", ["--version"]],
  ["pip", ["--version"]],
  ["java", ["-version"]],
  ["javac", ["-version"]],
  ["mvn", ["--version"]],
  ["gradle", ["--version"]],
  ["cargo", ["--version"]],
  ["rustc", ["--version"]],
  ["gcc", ["--version"]],
  ["clang", ["--version"]],
  ["make", ["--version"]],
  ["cmake", ["--version"]],
  ["dotnet", ["--version"]],
  ["ruby", ["--version"]],
  ["php", ["--version"]],
  ["git", ["--version"]],
  ["docker", ["--version"]],
  ["podman", ["--version"]],
  ["buildah", ["--version"]],
  ["helm", ["version", "--short"]],
]);

const VERSION = /(\d+(?:\.\d+){1,3}(?:[-+._][0-9A-Za-z][0-9A-Za-z.+-]{0,40})?)/;
const MAX_OUTPUT_BYTES = 64 * 1024;

/** The machine that this program runs on. */
export function createMachine(env: Readonly<Record<string, string | undefined>>): Machine {
  return {
    describe: () => ({
      os: platform(),
      release: release(),
      architecture: arch(),
      hostname: hostname(),
      processors: availableParallelism(),
    }),
    toolVersion: async (tool) => {
      const words = TOOLS.get(tool);
      if (words === undefined) {
        throw new AmapError(
          "USAGE",
          `--tool: expected one of ${[...TOOLS.keys()].join(", ")}, found "${tool.slice(0, 60)}"`,
          {
            hint: "State the version of another tool with --toolchain NAME=VERSION.",
          },
        );
      }
      const output = await run(tool, words, env);
      if (output === undefined) return undefined;
      const version = VERSION.exec(output)?.[1];
      if (version === undefined) throw new AmapError("TOOL_FAILED", `${tool} ${words.join(" ")}: it states no version`);
      return version;
    },
  };
}

/** What a tool prints; undefined where it is not installed. */
function run(
  tool: string,
  words: readonly string[],
  { PATH, HOME }: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const env = { ...(PATH === undefined ? {} : { PATH }), ...(HOME === undefined ? {} : { HOME }), LC_ALL: "C" };
  const options = {
    env,
    timeout: LIMITS.toolMs,
    killSignal: "SIGKILL",
    maxBuffer: MAX_OUTPUT_BYTES,
    shell: false,
  } as const;
  return new Promise((resolve, reject) => {
    execFile(tool, [...words], options, (error, stdout, stderr) => {
      if (error === null) resolve(`${stdout}\n${stderr}`);
      else if (error.code === "ENOENT") resolve(undefined);
      else if (error.killed === true) {
        reject(new AmapError("TIMEOUT", `${tool} ${words.join(" ")}: it did not end within ${LIMITS.toolMs} ms`));
      } else reject(new AmapError("TOOL_FAILED", `${tool} ${words.join(" ")}: it failed`));
    });
  });
}
