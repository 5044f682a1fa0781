import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { concatBytes, decodeHex, encodeUtf8 } from "../../base/index.ts";
import { detectMediaType } from "./detect-media-type.ts";

const text = (content: string): Uint8Array => encodeUtf8(content);
const hex = (content: string): Uint8Array => decodeHex(content) ?? new Uint8Array();

// What Go 1.26's DetectContentType says of the same bytes, without its parameters.
const CASES: readonly (readonly [name: string, bytes: Uint8Array, expected: string])[] = [
  ["nothing", text(""), "text/plain"],
  ["white space", text(" \n\t"), "text/plain"],
  ["text", text("hello\n"), "text/plain"],
  ["JSON", text('{"a":1}'), "text/plain"],
  ["a shell's script", text("#!/bin/sh\n"), "text/plain"],
  ["text with colours", text("\u001b[31mred"), "text/plain"],
  ["text with a NUL", hex("616200"), "application/octet-stream"],
  ["a control character behind 512 bytes", concatBytes([text(" ".repeat(512)), hex("00")]), "text/plain"],
  ["an ELF file", hex("7f454c4602010100"), "application/octet-stream"],
  ["HTML", text("\n <!DOCTYPE html>"), "text/html"],
  ["a tag", text("<b>x"), "text/html"],
  ["another tag", text("<bold>"), "text/plain"],
  ["a comment that goes on", text("<!-- x -->"), "text/html"],
  ["XML", text("  <?xml version='1.0'?>"), "text/xml"],
  ["PDF", text("%PDF-1.7"), "application/pdf"],
  ["UTF-16", hex("fffe6100"), "text/plain"],
  ["UTF-16 that is too short", hex("fffe"), "text/plain"],
  ["PNG", hex("89504e470d0a1a0a00"), "image/png"],
  ["GIF", text("GIF89a"), "image/gif"],
  ["WebP", concatBytes([text("RIFF"), hex("01020304"), text("WEBPVP8 ")]), "image/webp"],
  ["MP4", concatBytes([hex("00000014"), text("ftypisom"), hex("00000000"), text("mp42")]), "video/mp4"],
  ["a box that is longer than the file", concatBytes([hex("0000ffff"), text("ftypmp42")]), "application/octet-stream"],
  ["gzip", hex("1f8b0800"), "application/x-gzip"],
  ["zip", hex("504b0304"), "application/zip"],
  ["wasm", hex("0061736d01000000"), "application/wasm"],
];

describe("detectMediaType", () => {
  for (const [name, bytes, expected] of CASES) {
    test(`${name}: ${expected}`, () => assert.equal(detectMediaType(bytes), expected));
  }
});
