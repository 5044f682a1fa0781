import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { isAmapError, LIMITS } from "../base/index.ts";
import { createQuestions, type Questions } from "./questions.ts";

interface Stage {
  readonly questions: Questions;
  readonly type: (text: string | Uint8Array) => void;
  readonly shown: () => string;
  /** Every change of the terminal's mode: raw is true. */
  readonly modes: readonly boolean[];
  readonly interrupts: () => number;
}

/** A terminal that somebody types at, or a pipe. */
function createStage(isTTY: boolean): Stage & { readonly end: () => void } {
  const input = Object.assign(new PassThrough(), {
    isTTY,
    setRawMode: (mode: boolean) => void modes.push(mode),
  });
  const modes: boolean[] = [];
  const shown: string[] = [];
  let interrupts = 0;
  const questions = createQuestions(input, { write: (text) => shown.push(text) }, () => (interrupts += 1));
  return {
    questions,
    type: (text) => void input.write(text),
    end: () => void input.end(),
    shown: () => shown.join(""),
    modes,
    interrupts: () => interrupts,
  };
}

const once = { confirm: false };

describe("a password at a terminal", () => {
  for (const [what, typed, expected] of [
    ["a line", "secret\r", "secret"],
    ["a line of a terminal that sends line feeds", "secret\n", "secret"],
    ["nothing", "\r", ""],
    ["what was deleted is gone", "sex\u007fcret\r", "secret"],
    ["a character of several bytes is deleted as a whole", "aé\u007f\u0008b\r", "b"],
    ["more deleted than typed", "\u007f\u007fa\r", "a"],
    ["the end of the input", "secret\u0004", "secret"],
    ["spaces belong to it", " a b \r", " a b "],
  ] as const) {
    test(what, async () => {
      const stage = createStage(true);
      const asked = stage.questions.password(once);
      stage.type(typed);
      assert.equal(await asked, expected);
      assert.equal(stage.shown(), "Enter password for private key: \n");
      assert.deepEqual(stage.modes, [true, false]);
    });
  }

  test("is asked for twice for a new key, typed in one go or not", async () => {
    for (const typed of [["a\r", "a\r"], ["a\ra\r"]]) {
      const stage = createStage(true);
      const asked = stage.questions.password({ confirm: true });
      for (const text of typed) stage.type(text);
      assert.equal(await asked, "a");
      assert.match(stage.shown(), /private key again: \n$/);
    }
    const stage = createStage(true);
    const asked = stage.questions.password({ confirm: true });
    stage.type("a\rb\r");
    await assert.rejects(asked, (error) => isAmapError(error, "KEY_PASSWORD"));
  });

  test("Ctrl-C puts the terminal back and interrupts", async () => {
    const stage = createStage(true);
    const asked = stage.questions.password(once);
    stage.type("sec\u0003");
    await assert.rejects(asked, (error) => isAmapError(error, "KEY_PASSWORD"));
    assert.deepEqual([stage.modes, stage.interrupts()], [[true, false], 1]);
  });
});

describe("a line at a terminal", () => {
  test("is shown, and comes as it was typed, one for each question", async () => {
    const stage = createStage(true);
    const asked = stage.questions.line("status? ");
    stage.type("not affected\nsecond\n");
    assert.equal(await asked, "not affected");
    assert.equal(await stage.questions.line("reason? "), "second");
    assert.equal(stage.shown(), "status? reason? ");
    assert.deepEqual(stage.modes, []);
  });

  test("the end of the input is no answer, and no empty one; what was typed before it is", async () => {
    const stage = createStage(true);
    const asked = stage.questions.line("status? ");
    stage.type("half");
    stage.end();
    assert.equal(await asked, "half");
    assert.equal(await stage.questions.line("again? "), undefined);
    const ended = createStage(true);
    const none = ended.questions.line("status? ");
    ended.end();
    assert.equal(await none, undefined);
    assert.equal(await ended.questions.line("again? "), undefined);
    assert.equal(await ended.questions.confirm("sure?"), false);
    await assert.rejects(ended.questions.password(once), (error) => isAmapError(error, "KEY_PASSWORD"));
  });

  test("nobody answers where there is no terminal", async () => {
    const stage = createStage(false);
    assert.equal(await stage.questions.line("status? "), undefined);
    assert.equal(stage.shown(), "");
  });
});

describe("a password on standard input", () => {
  test("is all that stands there, a newline too, as for cosign", async () => {
    const stage = createStage(false);
    stage.type("sec");
    stage.type("ret\n");
    stage.end();
    assert.equal(await stage.questions.password({ confirm: true }), "secret\n");
    assert.deepEqual([stage.shown(), stage.modes], ["", []]);
  });

  for (const [what, typed] of [
    ["nothing", ""],
    ["bytes that are not text", Uint8Array.of(0xff, 0xfe)],
    ["more than a password", "a".repeat(LIMITS.privateKeyCharacters + 1)],
  ] as const) {
    test(`refuses ${what}`, async () => {
      const stage = createStage(false);
      if (typed.length > 0) stage.type(typed);
      stage.end();
      await assert.rejects(stage.questions.password(once), (error) => isAmapError(error, "KEY_PASSWORD"));
    });
  }
});

test("yes must be said", async () => {
  for (const [typed, expected] of [
    ["y\n", true],
    ["YES\n", true],
    ["\n", false],
    ["no\n", false],
    ["yesterday\n", false],
  ] as const) {
    const stage = createStage(true);
    const asked = stage.questions.confirm("Overwrite?");
    stage.type(typed);
    assert.equal(await asked, expected, typed);
    assert.equal(stage.shown(), "Overwrite? [y/N] ");
    assert.deepEqual(stage.modes, []);
  }
  assert.equal(await createStage(false).questions.confirm("Overwrite?"), false);
});
