import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { formatPackageUrl, parsePackageUrl } from "../../artifact/index.ts";
import { canonicalPackageUrl } from "./package-url-reading.ts";

/** Each type with rules of its own, and two without; upper case as it may be written. */
const TYPES =
  "alpm apk bazel bitbucket bitnami brew cargo chrome-extension cocoapods composer conda cpan cran deb gem git github hackage " +
  "hex huggingface julia luarocks mlflow nuget oci opam otp pub pypi qpkg rpm swift vcpkg vscode-extension yocto " +
  "npm golang generic NPM PyPI Deb 7zip n_pm";
const PIECES = "a Z 9 . - _ ~ : / @ % ? # & = + é %40 %2F %2f %41 %3A :: .. // @1 B x.y".split(" ").concat(" ", "\n");

describe("a canonical package URL", () => {
  test("is the parsed text written again, for texts of all types", () => {
    const part = fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((all) => all.join(""));
    const plain = fc.stringMatching(/^[A-Za-z0-9._~:-]{1,6}$/);
    const piece = fc.oneof(plain, part);
    const text = fc
      .record({
        scheme: fc.constantFrom("pkg:", "pkg:", "pkg:", "pkg:/", "PKG:", ""),
        type: fc.constantFrom(...TYPES.split(" ")),
        path: fc.array(fc.oneof(piece, fc.constant("a".repeat(32))), { minLength: 1, maxLength: 4 }),
        version: fc.oneof(
          fc.constant(""),
          piece.map((version) => `@${version}`),
        ),
        rest: fc.oneof(
          fc.constant(""),
          fc.constant(""),
          part.map((each) => `?k=${each}`),
          part.map((each) => `#${each}`),
        ),
      })
      .map(({ scheme, type, path, version, rest }) => `${scheme}${type}/${path.join("/")}${version}${rest}`);
    let asWritten = 0;
    let changed = 0;
    fc.assert(
      fc.property(text, (given) => {
        const parsed = parsePackageUrl(given);
        const expected = parsed.ok ? formatPackageUrl(parsed.value) : given;
        assert.equal(canonicalPackageUrl(given), expected);
        if (expected === given) asWritten++;
        else changed++;
      }),
      { numRuns: 2_000 },
    );
    // Otherwise the law would say nothing of one of the two.
    assert.ok(asWritten > 100 && changed > 100, `${asWritten} as written, ${changed} changed`);
  });
});
