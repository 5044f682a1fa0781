import { fstatSync } from "node:fs";

/** The paths under which systems show a program's standard input. */
const PATHS: ReadonlySet<string> = new Set(["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]);

/** Whether a path is standard input and that is a socket: it cannot be opened by its path, as files and pipes can. */
export function isSocketInput(path: string): boolean {
  return PATHS.has(path) && fstatSync(0).isSocket();
}

/** What comes on standard input, once. */
export async function* readSocketInput(): AsyncGenerator<Uint8Array> {
  for await (const chunk of process.stdin) yield chunk as Uint8Array;
}
