import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parsePackageUrl } from "../../artifact/index.ts";
import { matchesCpe, parseCpe } from "./cpe-matching.ts";
import { differencesOf, matchesPackage } from "./purl-matching.ts";

const PODMAN = `pkg:oci/podman@sha256:${"0d".repeat(32)}?repository_url=registry.example.com/ubi10/podman`;

describe("one thing in two spellings", () => {
  const rows: readonly (readonly [name: string, pattern: string, purl: string, expected: boolean])[] = [
    ["Go without v", "pkg:golang/a.b/c@1.2.3", "pkg:golang/a.b/c@v1.2.3", true],
    ["Go's own library with v", "pkg:golang/stdlib@v1.24.6", "pkg:golang/stdlib@1.24.6", true],
    ["Go in another version", "pkg:golang/a.b/c@1.2.3", "pkg:golang/a.b/c@v1.2.4", false],
    ["Go in a version that begins so", "pkg:golang/a.b/c@v1.2", "pkg:golang/a.b/c@v1.2.3", false],
    ["a v elsewhere", "pkg:npm/a@1.2.3", "pkg:npm/a@v1.2.3", false],
    ["a point release", "pkg:deb/debian/a?distro=debian-12", "pkg:deb/debian/a@1?distro=debian-12.13", true],
    ["its release", "pkg:deb/debian/a?distro=debian-12.13", "pkg:deb/debian/a@1?distro=debian-12", false],
    ["a release that begins so", "pkg:deb/debian/a?distro=debian-1", "pkg:deb/debian/a@1?distro=debian-12", false],
    ["another qualifier with a point", "pkg:deb/debian/a?arch=a", "pkg:deb/debian/a@1?arch=a.b", false],
    ["the repository in full", "pkg:oci/podman?repository_url=registry.example.com/ubi10/podman", PODMAN, true],
    ["the folder above it", "pkg:oci/podman?repository_url=registry.example.com/ubi10", PODMAN, true],
    [
      "with a scheme and a slash",
      "pkg:oci/podman?repository_url=https://registry.example.com/ubi10/podman/",
      PODMAN,
      true,
    ],
    ["another registry", "pkg:oci/podman?repository_url=evil.example.com/ubi10/podman", PODMAN, false],
    ["another folder", "pkg:oci/podman?repository_url=registry.example.com/ubi9/podman", PODMAN, false],
    ["the registry alone", "pkg:oci/podman?repository_url=registry.example.com", PODMAN, false],
    ["an unnamed registry", "pkg:oci/podman", PODMAN, true],
    [
      "Docker Hub by its other name",
      "pkg:oci/nginx?repository_url=docker.io%2Flibrary",
      "pkg:oci/nginx?repository_url=index.docker.io/library/nginx",
      true,
    ],
    [
      "Docker Hub's own images without library",
      "pkg:oci/nginx?repository_url=docker.io/nginx",
      "pkg:oci/nginx?repository_url=docker.io/library/nginx",
      true,
    ],
    [
      "somebody's image on Docker Hub",
      "pkg:oci/nginx?repository_url=docker.io/shop/nginx",
      "pkg:oci/nginx?repository_url=docker.io/library/nginx",
      false,
    ],
    [
      "a registry that ends so",
      "pkg:oci/nginx?repository_url=evil-docker.io/library/nginx",
      "pkg:oci/nginx?repository_url=docker.io/library/nginx",
      false,
    ],
    ["a tag", "pkg:oci/podman?tag=10.2", `${PODMAN}&tag=10.2`, true],
    ["a tag where none is known", "pkg:oci/podman?tag=10.2", PODMAN, false],
    [
      "the repository of a package",
      "pkg:pypi/a?repository_url=docker.io/a",
      "pkg:pypi/a@1?repository_url=index.docker.io/library/a",
      false,
    ],
  ];
  for (const [name, pattern, purl, expected] of rows)
    test(`${name}: ${expected}`, () => assert.equal(matchesPackage(pattern, purl), expected));
});

test("all differences are told, each with both values", () => {
  const [pattern, purl] = [
    parsePackageUrl("pkg:deb/ubuntu/a@1?arch=amd64&distro=ubuntu-22.04"),
    parsePackageUrl("pkg:deb/debian/a@2?arch=amd64"),
  ];
  assert.ok(pattern.ok && purl.ok);
  assert.deepEqual(differencesOf(pattern.value, purl.value), [
    { part: "namespace", expected: "ubuntu", found: "debian" },
    { part: "version", expected: "1", found: "2" },
    { part: "qualifier", key: "distro", expected: "ubuntu-22.04" },
  ]);
  assert.deepEqual(differencesOf(purl.value, purl.value), []);
});

describe("a CPE as a pattern", () => {
  const NAME = "cpe:2.3:a:f5:nginx:1.27.0:-:*:*:*:*:*:*";
  const rows: readonly (readonly [pattern: string, name: string, expected: boolean])[] = [
    ["cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:*", NAME, true],
    ["cpe:2.3:a:F5:NGINX:1.27.0:*:*:*:*:*:*:*", NAME, true],
    ["cpe:/a:f5:nginx:1.27.0", NAME, true],
    ["cpe:/a:f5:nginx", NAME, true],
    ["cpe:2.3:a:f5:nginx:1.27.1:*:*:*:*:*:*:*", NAME, false],
    ["cpe:2.3:a:f5:nginx_plus:*:*:*:*:*:*:*:*", NAME, false],
    ["cpe:2.3:a:*:nginx:*:*:*:*:*:*:*:*", NAME, false],
    ["cpe:2.3:a:f5:*:*:*:*:*:*:*:*:*", NAME, false],
    ["cpe:2.3:a:f5:nginx:\\*:*:*:*:*:*:*:*", NAME, false],
    ["cpe:/a:f5:nginx:%2a", NAME, false],
    ["cpe:2.3:a:f5:nginx:1.27.0", "cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:*", false],
    ["cpe:2.3:a:a:b\\:c:1:*:*:*:*:*:*:*", "cpe:/a:a:b%3ac:1", true],
    ["cpe:2.3:a:a:b:1:2:3:4:5:6:7:8:9", "cpe:/a:a:b:1", false],
    ["cpe:nginx", NAME, false],
  ];
  for (const [pattern, name, expected] of rows)
    test(`${pattern} covers ${name}: ${expected}`, () => {
      const [left, right] = [parseCpe(pattern), parseCpe(name)];
      assert.equal(left !== undefined && right !== undefined && matchesCpe(left, right), expected);
    });
});
