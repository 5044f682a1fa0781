import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmapError, type Digest } from "../../base/index.ts";
import { attachmentTag, referrersTag } from "./tags.ts";

const hex = "0123456789abcdef".repeat(4);
const sha256: Digest = `sha256:${hex}`;
const sha512: Digest = `sha512:${hex}${hex}`;

describe("attachmentTag", () => {
  for (const kind of ["sig", "att", "sbom"] as const) {
    it(kind, () => assert.equal(attachmentTag(sha256, kind), `sha256-${hex}.${kind}`));
  }

  it("refuses sha512, whose tag no registry accepts", () => {
    assert.throws(
      () => attachmentTag(sha512, "sig"),
      (error) => error instanceof AmapError && error.code === "NOT_SUPPORTED",
    );
  });
});

describe("referrersTag", () => {
  it("of sha256", () => assert.equal(referrersTag(sha256), `sha256-${hex}`));
  it("of sha512 keeps 64 characters of the hex", () => assert.equal(referrersTag(sha512), `sha512-${hex}`));
});
