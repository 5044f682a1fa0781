import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AmapError } from "../base/index.ts";
import { formatImageReference, type ImageReference, parseImageReference } from "./image-reference.ts";

const DIGEST = `sha256:${"a".repeat(64)}` as const;
const SHA512 = `sha512:${"b".repeat(128)}` as const;

const ACCEPTED: readonly (readonly [input: string, reference: ImageReference])[] = [
  ["nginx", { registry: "docker.io", repository: "library/nginx" }],
  ["nginx:1.27", { registry: "docker.io", repository: "library/nginx", tag: "1.27" }],
  ["docker.io/nginx", { registry: "docker.io", repository: "library/nginx" }],
  ["index.docker.io/nginx", { registry: "docker.io", repository: "library/nginx" }],
  ["docker.io/library/nginx", { registry: "docker.io", repository: "library/nginx" }],
  ["bitnami/redis:7", { registry: "docker.io", repository: "bitnami/redis", tag: "7" }],
  ["ghcr.io/a/b/c", { registry: "ghcr.io", repository: "a/b/c" }],
  ["GHCR.io/a/b", { registry: "ghcr.io", repository: "a/b" }],
  ["localhost/x", { registry: "localhost", repository: "x" }],
  ["localhost:5000/x:5000", { registry: "localhost:5000", repository: "x", tag: "5000" }],
  ["localhost:5000", { registry: "docker.io", repository: "library/localhost", tag: "5000" }],
  ["127.0.0.1:5000/storefront", { registry: "127.0.0.1:5000", repository: "storefront" }],
  ["[::1]:5000/x:1", { registry: "[::1]:5000", repository: "x", tag: "1" }],
  ["registry:443/x", { registry: "registry:443", repository: "x" }],
  [`nginx@${DIGEST}`, { registry: "docker.io", repository: "library/nginx", digest: DIGEST }],
  [`nginx:1.27@${DIGEST}`, { registry: "docker.io", repository: "library/nginx", tag: "1.27", digest: DIGEST }],
  [`e.org/x@${SHA512}`, { registry: "e.org", repository: "x", digest: SHA512 }],
  ["e.org/a__b/c.d/e-f/g---h/i_j:_X.y-z", { registry: "e.org", repository: "a__b/c.d/e-f/g---h/i_j", tag: "_X.y-z" }],
  [`e.org/${"a".repeat(64)}`, { registry: "e.org", repository: "a".repeat(64) }],
];

const REFUSED: readonly (readonly [why: string, input: string])[] = [
  ["nothing", ""],
  ["upper case in the repository", "ghcr.io/Owner/app"],
  ["upper case in a name without registry", "Nginx"],
  ["upper case in a first part that is no host", "Owner/app"],
  ["an empty repository", "ghcr.io/"],
  ["an empty part", "ghcr.io/a//b"],
  ["a leading slash", "/nginx"],
  ["a trailing slash", "ghcr.io/a/"],
  ["an empty tag", "nginx:"],
  ["a tag that begins with a point", "nginx:.1"],
  ["a tag of 129 characters", `nginx:${"t".repeat(129)}`],
  ["two tags", "nginx:1:2"],
  ["an empty digest", "nginx@"],
  ["a short digest", "nginx@sha256:abc"],
  ["an upper-case digest", `nginx@sha256:${"A".repeat(64)}`],
  ["an unknown algorithm", `nginx@md5:${"a".repeat(32)}`],
  ["two digests", `nginx@${DIGEST}@${DIGEST}`],
  ["the digest before the tag", `nginx@${DIGEST}:1`],
  ["a space", "nginx :1"],
  ["a leading space", " nginx"],
  ["a line feed at the end", "nginx\n"],
  ["NUL", "ngi\0nx"],
  ["a Cyrillic look-alike in the registry", "ghcr.iо/a/b"],
  ["a Cyrillic look-alike in the repository", "ghcr.io/аpp"],
  ["a full-width slash", "evil.org／ghcr.io/app"],
  ["a zero-width space", "ghcr\u200b.io/app"],
  ["a right-to-left mark", "ghcr.io/\u202eapp"],
  ["a scheme", "https://ghcr.io/a"],
  ["a user name", "user@ghcr.io/a"],
  ["..", "ghcr.io/../a"],
  ["a port of 0", "e.org:0/a"],
  ["a port of 65536", "e.org:65536/a"],
  ["a port with a leading zero", "e.org:0443/a"],
  ["a port that is no number", "e.org:http/a"],
  ["an empty port", "e.org:/a"],
  ["a host with a trailing point", "e.org./a"],
  ["a host that begins with -", "-e.org/a"],
  ["a query", "ghcr.io/a?x"],
  ["percent-encoding", "ghcr.io/a%2fb"],
  ["a backslash", "ghcr.io\\a"],
  ["a wildcard", "ghcr.io/a/*"],
  ["an image's id", "a".repeat(64)],
  ["separators that touch", "e.org/a._b"],
  ["three underscores", "e.org/a___b"],
  ["a repository that ends with -", "e.org/a-"],
  ["a repository of 256 characters", `e.org/${"a".repeat(256)}`],
  ["a text that is too long", "a".repeat(5_000)],
];

describe("parseImageReference", () => {
  for (const [input, expected] of ACCEPTED) {
    it(`reads ${input.slice(0, 60)}`, () => {
      const reference = parseImageReference(input);
      assert.deepEqual(reference, expected);
      assert.deepEqual(parseImageReference(formatImageReference(reference)), expected);
    });
  }

  for (const [why, input] of REFUSED) {
    it(`refuses ${why}`, () => {
      assert.throws(
        () => parseImageReference(input),
        (error) => error instanceof AmapError && error.code === "REFERENCE_INVALID",
      );
    });
  }

  it("keeps control characters out of its message", () => {
    assert.throws(
      () => parseImageReference("a\u001b[31mred\u009b"),
      (error) => error instanceof Error && /^[\x20-\x7e]+$/.test(error.message),
    );
  });

  it("throws nothing but REFERENCE_INVALID, and what it accepts is normal", () => {
    const piece = fc.constantFrom("nginx", "/", ":", "@", "docker.io", "5000", DIGEST, ".", "-", "_", "A", "localhost");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 8 }).map((parts) => parts.join("")),
        ),
        (input) => {
          let reference: ImageReference;
          try {
            reference = parseImageReference(input);
          } catch (error) {
            assert.ok(error instanceof AmapError && error.code === "REFERENCE_INVALID");
            return;
          }
          assert.deepEqual(parseImageReference(formatImageReference(reference)), reference);
          assert.equal(reference.registry, reference.registry.toLowerCase());
          assert.match(reference.repository, /^[a-z0-9][a-z0-9._/-]*$/);
        },
      ),
    );
  });
});
