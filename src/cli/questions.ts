import { AmapError, decodeUtf8, LIMITS } from "../base/index.ts";

/** What a verb may ask the person, or the program, that runs it. */
export interface Questions {
  /** Whether somebody is there to answer. */
  readonly isAnswered: boolean;
  /**
   * A password: asked for without showing it, twice with `confirm`; or all that stands on standard input, as cosign takes it.
   * @throws {AmapError} KEY_PASSWORD for two that differ, and where there is nothing
   */
  password(options: { readonly confirm: boolean }): Promise<string>;
  /** Yes or no; no where nobody answers. */
  confirm(question: string): Promise<boolean>;
  /** A line as it is typed; undefined where nobody answers, and at the end of the input. */
  line(question: string): Promise<string | undefined>;
}

/** A terminal, or what stands in its place. */
interface InputStream extends AsyncIterable<Uint8Array> {
  readonly isTTY?: boolean | undefined;
  setRawMode?(mode: boolean): unknown;
  on(event: "data" | "end", listener: (chunk: Uint8Array) => void): unknown;
  off(event: "data" | "end", listener: (chunk: Uint8Array) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** Questions on standard input, told on standard error; `interrupt` is called for Ctrl-C while nothing is shown. */
export function createQuestions(
  input: InputStream,
  output: { write(text: string): unknown },
  interrupt: () => void,
): Questions {
  const isAnswered = input.isTTY === true;
  const early: number[] = [];
  let isOver = false;
  const ask = async (question: string, isShown: boolean): Promise<string | undefined> => {
    output.write(question);
    const answer = isOver
      ? undefined
      : await readLine(input, { isShown, interrupt, early, end: () => (isOver = true) });
    // What is not shown leaves no line break, and neither does the end of the input.
    if (!isShown || answer === undefined) output.write("\n");
    return answer;
  };
  return {
    isAnswered,
    password: async ({ confirm }) => {
      if (!isAnswered) return readAll(input);
      const password = await ask("Enter password for private key: ", false);
      if (password === undefined) throw new AmapError("KEY_PASSWORD", "no answer was given");
      if (confirm && (await ask("Enter password for private key again: ", false)) !== password) {
        throw new AmapError("KEY_PASSWORD", "the two passwords differ", { hint: "Run the command again." });
      }
      return password;
    },
    confirm: async (question) =>
      isAnswered && /^y(?:es)?$/i.test(((await ask(`${question} [y/N] `, true)) ?? "").trim()),
    line: async (question) => (isAnswered ? ask(question, true) : undefined),
  };
}

/** All of a pipe; a newline at its end belongs to the password, as it does for cosign. */
async function readAll(input: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    bytes += chunk.length;
    if (bytes > LIMITS.privateKeyCharacters) break;
    chunks.push(chunk);
  }
  const text = bytes > LIMITS.privateKeyCharacters ? undefined : decodeUtf8(Buffer.concat(chunks));
  if (text === undefined) {
    throw new AmapError("KEY_PASSWORD", "expected a password on standard input, found something else", {
      hint: "Set COSIGN_PASSWORD, or write the password alone to standard input.",
    });
  }
  // An input without anything is a program without an input: it must not pass for an empty password.
  if (text !== "") return text;
  throw new AmapError("KEY_PASSWORD", "COSIGN_PASSWORD is not set, and standard input is empty", {
    hint: "Set COSIGN_PASSWORD (it may be empty), or write the password to standard input.",
  });
}

/** What a terminal sends for keys. */
const [INTERRUPT, END, BACKSPACE, LINE_FEED, RETURN, DELETE] = [3, 4, 8, 10, 13, 127];

interface LineOptions {
  readonly isShown: boolean;
  readonly interrupt: () => void;
  /** What was typed before it was asked for; taken first, and what comes behind the line is put there. */
  readonly early: number[];
  /** Told that nothing comes any more. */
  readonly end: () => void;
}

/**
 * One line of a terminal; without showing it, the terminal's own editing is off and done here. Undefined where the input
 * ends with nothing typed.
 */
function readLine(input: InputStream, { isShown, interrupt, early, end }: LineOptions): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const line: number[] = [];
    const finish = (settle: () => void): void => {
      input.off("data", read);
      input.off("end", close);
      if (!isShown) input.setRawMode?.(false);
      input.pause();
      settle();
    };
    const read = (chunk: Uint8Array): void => {
      early.push(...chunk);
      for (let byte = early.shift(); byte !== undefined; byte = early.shift()) {
        if (byte === LINE_FEED || byte === RETURN || byte === END) {
          return finish(() => resolve(decodeUtf8(Uint8Array.from(line)) ?? ""));
        }
        if (byte === INTERRUPT) {
          // The terminal is put back first: the interrupt may end the program at once.
          return finish(() => {
            interrupt();
            reject(new AmapError("KEY_PASSWORD", "no answer was given"));
          });
        }
        if (byte === DELETE || byte === BACKSPACE) dropCharacter(line);
        else line.push(byte);
      }
    };
    const close = (): void => {
      end();
      finish(() => resolve(line.length === 0 ? undefined : (decodeUtf8(Uint8Array.from(line)) ?? "")));
    };
    if (!isShown) input.setRawMode?.(true);
    input.on("data", read);
    input.on("end", close);
    input.resume();
    if (early.length > 0) read(new Uint8Array());
  });
}

/** A character of UTF-8 is one byte, or several of which all but the first are 10xxxxxx. */
function dropCharacter(line: number[]): void {
  let byte = line.pop();
  while (byte !== undefined && (byte & 0xc0) === 0x80) byte = line.pop();
}
