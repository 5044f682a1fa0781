import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmapError } from "../../base/index.ts";
import { registryAddress, requireTag, signedName } from "./registry-address.ts";

const origins: readonly (readonly [string, boolean | undefined, string])[] = [
  ["ghcr.io", undefined, "https://ghcr.io"],
  ["docker.io", undefined, "https://registry-1.docker.io"],
  ["index.docker.io", undefined, "https://registry-1.docker.io"],
  ["registry.example:5000", undefined, "https://registry.example:5000"],
  ["registry.example:5000", true, "http://registry.example:5000"],
  ["localhost:5000", undefined, "http://localhost:5000"],
  ["127.0.0.1:5000", undefined, "http://127.0.0.1:5000"],
  ["127.3.2.1", undefined, "http://127.3.2.1"],
  ["[::1]:5000", undefined, "http://[::1]:5000"],
  ["127.0.0.1:5000", false, "https://127.0.0.1:5000"],
  ["127.0.0.1.example", undefined, "https://127.0.0.1.example"],
  ["localhost.example", undefined, "https://localhost.example"],
  ["10.0.0.1:5000", undefined, "https://10.0.0.1:5000"],
];

describe("registryAddress", () => {
  for (const [registry, plainHttp, origin] of origins) {
    it(`${registry}, plainHttp ${plainHttp}: ${origin}`, () => {
      assert.equal(registryAddress(registry, "a/b", plainHttp).origin, origin);
    });
  }

  const invalid: readonly (readonly [string, string])[] = [
    ["user@evil.example", "a"],
    ["registry.example/path", "a"],
    ["registry.example#", "a"],
    ["registry.example:99999", "a"],
    ["", "a"],
    ["ghcr.io", "../../x"],
    ["ghcr.io", "a//b"],
    ["ghcr.io", "/a"],
    ["ghcr.io", "A"],
    ["ghcr.io", "a?b"],
    ["ghcr.io", "a%2fb"],
    ["ghcr.io", ""],
    ["ghcr.io", "a".repeat(256)],
  ];
  for (const [registry, repository] of invalid) {
    it(`${registry} ${repository.slice(0, 20)} is REFERENCE_INVALID`, () => {
      assert.throws(() => registryAddress(registry, repository, undefined), isReferenceInvalid);
    });
  }

  it("signatures name Docker Hub as cosign does", () => {
    assert.equal(signedName(registryAddress("docker.io", "library/x", undefined)), "index.docker.io/library/x");
    assert.equal(signedName(registryAddress("127.0.0.1:5000", "x", undefined)), "127.0.0.1:5000/x");
  });

  for (const tag of ["", "a/b", "a:b", ".a", "a b", "..", "a".repeat(129), "a?n=1"]) {
    it(`"${tag.slice(0, 10)}" is no tag`, () => assert.throws(() => requireTag(tag), isReferenceInvalid));
  }
});

function isReferenceInvalid(error: unknown): boolean {
  return error instanceof AmapError && error.code === "REFERENCE_INVALID";
}
