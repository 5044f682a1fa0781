import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isAmapError } from "../../base/index.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { imagesOfDockerfile, readDockerfileImages } from "./dockerfile-images.ts";

const ENVIRONMENT: Readonly<Record<string, string>> = { FROM_SHELL: "shell" };

function imagesOf(text: string, buildArguments: Readonly<Record<string, string>> = {}, baseOnly = false) {
  return imagesOfDockerfile(text, { buildArguments, baseOnly }, (name) => ENVIRONMENT[name]);
}

const CASES: readonly { name: string; text: string; expected: readonly string[]; given?: Record<string, string> }[] = [
  { name: "one", text: "FROM alpine:3\n", expected: ["alpine:3"] },
  { name: "small letters, spaces, a platform", text: "  from --platform=linux/amd64   alpine\n", expected: ["alpine"] },
  {
    name: "stages",
    text: "FROM golang AS Build\nFROM build AS test\nFROM alpine\nCOPY --from=build /a /\n",
    expected: ["golang", "alpine"],
  },
  { name: "scratch", text: "FROM scratch\nCOPY --from=busybox /bin/sh /\n", expected: ["busybox"] },
  { name: "a stage by number", text: "FROM golang\nFROM scratch\nCOPY --from=0 /a /\n", expected: ["golang"] },
  {
    name: "a name that becomes a stage later is an image",
    text: "FROM a AS x\nCOPY --from=y / /\nFROM b AS y\n",
    expected: ["a", "y", "b"],
  },
  { name: "a stage's own name is an image", text: "FROM alpine AS alpine\n", expected: ["alpine"] },
  { name: "each once", text: "FROM a\nFROM a\n", expected: ["a"] },
  {
    name: "mounts",
    text: "FROM a\nRUN --mount=type=bind,from=tools:1,target=/t --mount=from=more make\n",
    expected: ["a", "tools:1", "more"],
  },
  { name: "what only looks like a mount", text: "FROM a\nRUN echo --mount=from=b\n", expected: ["a"] },
  { name: "ARG", text: "ARG TAG=3\nFROM alpine:${TAG}\n", expected: ["alpine:3"] },
  { name: "ARG of several, in order", text: "ARG A=1 B=$A.2\nFROM x:$B\n", expected: ["x:1.2"] },
  { name: "ARG with quotes", text: "ARG BASE=\"alpine:3\"\nFROM $BASE AS 'one'\n", expected: ["alpine:3"] },
  { name: "a build argument wins", text: "ARG TAG=3\nFROM alpine:$TAG\n", expected: ["alpine:4"], given: { TAG: "4" } },
  { name: "the environment fills in", text: "ARG FROM_SHELL\nFROM x:$FROM_SHELL\n", expected: ["x:shell"] },
  { name: "the environment does not win", text: "ARG FROM_SHELL=own\nFROM x:$FROM_SHELL\n", expected: ["x:own"] },
  {
    name: "a stage's ARG means nothing to FROM",
    text: "ARG T=1\nFROM a:$T\nARG T=2\nENV T=3\nFROM b:$T\n",
    expected: ["a:1", "b:1"],
  },
  { name: "a stage's ARG inherits", text: "ARG T=1\nFROM a\nARG T\nCOPY --from=b:$T / /\n", expected: ["a", "b:1"] },
  {
    name: "ENV in COPY",
    text: "FROM a\nENV T=1 U='x y'\nENV OLD all the rest\nCOPY --from=b:$T / /\n",
    expected: ["a", "b:1"],
  },
  { name: "a default", text: "FROM ${BASE:-alpine}:${TAG-3}\n", expected: ["alpine:3"] },
  { name: "a default in a default", text: "FROM ${A:-${B:-c}}\n", expected: ["c"] },
  { name: "an empty value", text: "ARG T=\nFROM a:${T:-1}${T-2}\n", expected: ["a:1"] },
  { name: "another word when set", text: "ARG T=1\nFROM a${T:+:alt}${U:+$NOWHERE}\n", expected: ["a:alt"] },
  { name: "an escaped dollar", text: "FROM a\\$b\n", expected: ["a$b"] },
  { name: "continued lines", text: "FROM \\\n  # a comment\n\n  alpine \\\n  AS x\nFROM x\n", expected: ["alpine"] },
  { name: "another escape", text: "# escape=`\nFROM `\n  alpine\nRUN dir c:\\\nFROM b\n", expected: ["alpine", "b"] },
  {
    name: "a directive after a comment is none",
    text: "# hello\n# escape=`\nFROM \\\n  alpine\n",
    expected: ["alpine"],
  },
  {
    name: "here-documents",
    text: "FROM a\nRUN <<EOF cat <<-'B'\nFROM no\nEOF\nFROM no\n\tB\nFROM b\n",
    expected: ["a", "b"],
  },
  { name: "a shell's shift is no here-document", text: "FROM a\nENV X=<<EOF\nFROM b\n", expected: ["a", "b"] },
  {
    name: "flags with quotes and in capitals",
    text: `FROM a\nCOPY --from="b" / /\nRUN --mount="from=c,target=/c" make\nRUN --mount=type=bind,'From=d' make\n`,
    expected: ["a", "b", "c", "d"],
  },
  { name: "ONBUILD", text: "FROM a\nONBUILD COPY --from=b / /\nONBUILD RUN make\n", expected: ["a", "b"] },
  { name: "line ends of Windows and a byte order mark", text: "\ufeffARG T=1\r\nFROM a:$T\r\n", expected: ["a:1"] },
];

describe("imagesOfDockerfile", () => {
  for (const { name, text, expected, given } of CASES) {
    test(name, () => assert.deepEqual(imagesOf(text, given), expected));
  }

  for (const [name, text] of [
    ["a variable without a value", "FROM alpine:$TAG\n"],
    ["an ARG without a value", "ARG TAG\nFROM alpine:$TAG\n"],
    ["an ARG made of one", "ARG TAG=$OTHER\nFROM alpine:$TAG\n"],
    ["a variable of another stage", "FROM a\nENV T=1\nFROM b:$T\n"],
    ["a variable that is needed", "FROM ${BASE:?no base}\n"],
    ["an operator that is not known", "ARG A=b\nFROM ${A#b}\n"],
    ["an open brace", "FROM ${A:-b\n"],
    ["an open quote", "FROM 'a\n"],
    ["no image", "FROM\n"],
    ["an empty image", 'ARG A=""\nFROM $A\n'],
    ["too many words", "FROM a b c\n"],
    ["no name", "FROM a AS\n"],
    ["an instruction before FROM", "RUN x\nFROM a\n"],
    ["an unknown instruction", "FROM a\nFORM b\n"],
    ["an open here-document", "FROM a\nRUN <<EOF\nFROM b\n"],
    ["nothing to copy from", "FROM a\nCOPY --from= / /\n"],
    ["another escape character", "# escape=x\nFROM a\n"],
    ["no instruction", "FROM a\n{}\n"],
  ] as const) {
    test(`refuses ${name}, with the line`, () => {
      assert.throws(
        () => imagesOf(text),
        (error) => isAmapError(error, "VALUE_INVALID") && /^line \d/.test(error.message),
      );
    });
  }

  test("the base alone, through stages", () => {
    const text = "FROM golang AS build\nFROM alpine AS base\nFROM base\nCOPY --from=tools / /\n";
    assert.deepEqual(imagesOf(text, {}, true), ["alpine"]);
    assert.deepEqual(imagesOf("FROM a\nFROM scratch\n", {}, true), []);
  });

  test("law: whatever the text, an answer or a refusal", () => {
    const piece = fc.constantFrom(
      "FROM ",
      "a",
      "$",
      "{",
      "}",
      ":-",
      "\\",
      "\n",
      "'",
      '"',
      "ARG A=1\n",
      "COPY --from=",
      "<<E",
      "# ",
      " ",
      "\t",
    );
    const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, (each) => {
        try {
          assert.ok(imagesOf(each).every((image) => image !== "" && !image.includes("\n")));
        } catch (error) {
          assert.ok(isAmapError(error, "VALUE_INVALID"), String(error));
        }
      }),
      { numRuns: 500, seed: 20261123 },
    );
  });
});

test("readDockerfileImages names the file", async () => {
  const world = createFakeWorld({ Dockerfile: "FROM alpine\n", empty: "FROM scratch\n", wrong: "FROM $X\n" });
  const options = { buildArguments: {} };
  assert.deepEqual(await readDockerfileImages(world, "Dockerfile", options), ["alpine"]);
  for (const [name, message] of [
    ["empty", "empty: expected images in the Dockerfile, found none"],
    ["wrong", "wrong: line 1: X has no value"],
  ] as const) {
    await assert.rejects(
      readDockerfileImages(world, name, options),
      (error) => isAmapError(error) && error.message.startsWith(message),
    );
  }
});
