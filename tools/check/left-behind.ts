/**
 * What a test file leaves behind in its process for the files after it: a changed folder, variable, mask or global, a
 * listener on the process, and what still runs: a server, a connection, a child, a worker, a watcher.
 */
import { setImmediate as immediate, setTimeout as sleep } from "node:timers/promises";

/** What was there: the name of each trait, and how it stood. */
type ProcessState = ReadonlyMap<string, unknown>;

/** Long enough for a closed server's or an ended child's last turn. */
const SETTLE_MS = 1000;
const SETTLE_STEP_MS = 10;

/** Handles of `process.getActiveResourcesInfo()`: servers, connections, pipes, children, watchers. Timers node has, too. */
const HANDLE = /Wrap$/;

/** Functions that a test may have replaced by its own. */
const FUNCTIONS: readonly (readonly [name: string, owner: object, key: string])[] = [
  ["fetch", globalThis, "fetch"],
  ["Date", globalThis, "Date"],
  ["Date.now", Date, "now"],
  ["Math.random", Math, "random"],
  ["performance.now", performance, "now"],
  ["setTimeout", globalThis, "setTimeout"],
  ["setInterval", globalThis, "setInterval"],
  ["console.log", console, "log"],
  ["console.error", console, "error"],
  ["stdout", process.stdout, "write"],
  ["stderr", process.stderr, "write"],
];

let workers = 0;
process.on("worker", (worker) => {
  workers += 1;
  worker.once("exit", () => (workers -= 1));
});

/** Reads what one test file may have changed for another. */
export function readProcessState(): ProcessState {
  const mask = process.umask(0);
  process.umask(mask);
  const state = new Map<string, unknown>([
    ["the working folder", process.cwd()],
    ["the mask of new files", mask],
    ["the exit code", process.exitCode],
    ["open: Worker", workers],
  ]);
  for (const [name, owner, key] of FUNCTIONS) state.set(name, Reflect.get(owner, key));
  for (const [name, text] of Object.entries(process.env)) state.set(`the variable ${name}`, text);
  for (const event of process.eventNames()) state.set(`listeners on ${String(event)}`, process.listenerCount(event));
  for (const kind of process.getActiveResourcesInfo().filter((each) => HANDLE.test(each)))
    state.set(`open: ${kind}`, Number(state.get(`open: ${kind}`) ?? 0) + 1);
  return state;
}

/** The traits that are not as they were; what a file closed of another's is no harm. */
function changed(before: ProcessState, after: ProcessState): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    if (/^(?:listeners|open)/.test(name)) return Number(is ?? 0) > Number(was ?? 0);
    return !Object.is(was, is);
  });
}

/** What is not as it was, once what is closing had its time: nothing where the file left the process as it found it. */
export async function findLeftBehind(before: ProcessState): Promise<readonly string[]> {
  // A worker tells that it began only after this turn.
  await immediate();
  let found = changed(before, readProcessState());
  for (let waited = 0; found.some((name) => name.startsWith("open")) && waited < SETTLE_MS; waited += SETTLE_STEP_MS) {
    await sleep(SETTLE_STEP_MS);
    found = changed(before, readProcessState());
  }
  return found;
}
