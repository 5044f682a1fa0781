import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AmapError } from "../base/index.ts";
import { formatPackageUrl, type PackageUrl, parsePackageUrl } from "./package-url.ts";

const ACCEPTED: readonly (readonly [input: string, parts: Partial<PackageUrl>, canonical?: string])[] = [
  ["pkg:npm/left-pad@1.3.0", { type: "npm", name: "left-pad", version: "1.3.0" }],
  ["pkg:npm/%40scope/thing@2.0.0", { namespace: "@scope", name: "thing" }],
  ["pkg:npm/@scope/thing@2.0.0", { namespace: "@scope", name: "thing" }, "pkg:npm/%40scope/thing@2.0.0"],
  ["pkg:npm/@scope/thing", { namespace: "@scope", name: "thing" }, "pkg:npm/%40scope/thing"],
  ["pkg:npm/Upper@1.0.0", { name: "Upper" }],
  [
    "pkg:deb/Debian/Zlib1g@1:1.2.13.dfsg-1?distro=bookworm&arch=amd64",
    {
      namespace: "debian",
      name: "zlib1g",
      version: "1:1.2.13.dfsg-1",
      qualifiers: { arch: "amd64", distro: "bookworm" },
    },
    "pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?arch=amd64&distro=bookworm",
  ],
  [
    "pkg:apk/Alpine/Busybox@1.36.1-r5?arch=x86_64",
    { namespace: "alpine", name: "busybox" },
    "pkg:apk/alpine/busybox@1.36.1-r5?arch=x86_64",
  ],
  [
    "pkg:rpm/Fedora/NetworkManager@1.44.2-1.fc39?epoch=1",
    { namespace: "fedora", name: "NetworkManager" },
    "pkg:rpm/fedora/NetworkManager@1.44.2-1.fc39?epoch=1",
  ],
  ["pkg:PYPI/Typing_Extensions@4.9.0", { type: "pypi", name: "typing-extensions" }, "pkg:pypi/typing-extensions@4.9.0"],
  ["pkg:golang/github.com/Masterminds/semver/v3@v3.2.1", { namespace: "github.com/Masterminds/semver", name: "v3" }],
  ["pkg:golang/stdlib@1.22.0", { name: "stdlib" }],
  [
    "pkg:golang/example.org/a@v1.0.0+incompatible#/cmd/./x/../y/",
    { subpath: "cmd/x/y" },
    "pkg:golang/example.org/a@v1.0.0%2Bincompatible#cmd/x/y",
  ],
  [
    "pkg:maven/org.slf4j/slf4j-api@2.0.9?classifier=sources&type=jar",
    { namespace: "org.slf4j", qualifiers: { classifier: "sources", type: "jar" } },
  ],
  [
    "pkg:github/Kyverno/Kyverno@V1.19",
    { namespace: "kyverno", name: "kyverno", version: "V1.19" },
    "pkg:github/kyverno/kyverno@V1.19",
  ],
  [
    "pkg:oci/Nginx@SHA256%3AABCD?repository_url=ghcr.io/x/nginx&tag=Stable",
    { name: "nginx", version: "sha256:abcd", qualifiers: { repository_url: "ghcr.io/x/nginx", tag: "Stable" } },
    "pkg:oci/nginx@sha256:abcd?repository_url=ghcr.io%2Fx%2Fnginx&tag=Stable",
  ],
  [
    "pkg:generic/a%20b@1%2F2?download_url=https://e.org/%3Fq",
    { name: "a b", version: "1/2", qualifiers: { download_url: "https://e.org/?q" } },
    "pkg:generic/a%20b@1%2F2?download_url=https:%2F%2Fe.org%2F%3Fq",
  ],
  ["pkg:generic/x@1?empty=&Kept=Y", { qualifiers: { kept: "Y" } }, "pkg:generic/x@1?kept=Y"],
  ["PKG:///Cargo/serde@1.0.200", { type: "cargo", name: "serde" }, "pkg:cargo/serde@1.0.200"],
  ["pkg:generic/constructor@1?constructor=a", { name: "constructor", qualifiers: { constructor: "a" } }],
  ["pkg:git/codeberg.org/a/b/c@1", { namespace: "codeberg.org", name: "a/b/c" }],
  ["pkg:generic/caf%C3%A9@1", { name: "café" }],
];

const REFUSED: readonly (readonly [why: string, input: string])[] = [
  ["nothing", ""],
  ["no scheme", "npm/left-pad@1"],
  ["another scheme", "http://example.org/x"],
  ["no type", "pkg:left-pad@1"],
  ["no name", "pkg:npm/"],
  ["a version without a name", "pkg:npm/@1.0.0"],
  ["a name that ends in a slash", "pkg:maven/org.slf4j/@1"],
  ["a type with another character", "pkg:n_pm/x@1"],
  ["a type that begins with a digit", "pkg:7zip/x@1"],
  ["broken percent-encoding", "pkg:npm/%zz@1"],
  ["percent-encoding that is not UTF-8", "pkg:npm/%ff@1"],
  ["an encoded slash in a namespace", "pkg:golang/github.com%2Fx/y@1"],
  ["an encoded slash in a subpath", "pkg:golang/x/y@1#a%2Fb"],
  ["a qualifier twice", "pkg:npm/x@1?arch=a&ARCH=b"],
  ["a qualifier without =", "pkg:npm/x@1?arch"],
  ["a qualifier key with a space", "pkg:npm/x@1?a%20b=c"],
  ["the qualifier __proto__", "pkg:npm/x@1?__proto__=c"],
  ["a namespace where the type has none", "pkg:pypi/ns/x@1"],
  ["no namespace where the type needs one", "pkg:swift/x@1"],
  ["a cpan module instead of a distribution", "pkg:cpan/A::B@1"],
  ["a chrome-extension that is none", "pkg:chrome-extension/abc@1"],
  ["one that is too long", `pkg:npm/${"x".repeat(5_000)}`],
];

describe("parsePackageUrl", () => {
  for (const [input, parts, canonical] of ACCEPTED) {
    it(`reads ${input}`, () => {
      const purl = parsed(input);
      for (const [key, value] of Object.entries(parts)) assert.deepEqual(purl[key as keyof PackageUrl], value, key);
      assert.equal(formatPackageUrl(purl), canonical ?? input);
    });
  }

  for (const [why, input] of REFUSED) {
    it(`refuses ${why}`, () => {
      const decoded = parsePackageUrl(input);
      assert.equal(decoded.ok, false);
      if (!decoded.ok)
        assert.deepEqual(
          decoded.issues.map(({ code }) => code),
          ["VALUE_INVALID"],
        );
    });
  }

  it("accepts a qualifier key in upper case, unless it is asked to be strict", () => {
    const text = "pkg:gem/ruby-advisory@1.0.0?Platform=java";
    assert.deepEqual(parsed(text).qualifiers, { platform: "java" });
    assert.equal(parsePackageUrl(text, { strict: true }).ok, false);
    assert.equal(parsePackageUrl(text.replace("Platform", "platform"), { strict: true }).ok, true);
  });

  it("never throws, and what it accepts is written canonically once", () => {
    const piece = fc.constantFrom("pkg:", "npm", "/", "@", "?", "#", "a=b", "&", "%40", "%", "x", "..", ":", "é", "=");
    const text = fc.oneof(
      fc.string(),
      fc.array(piece).map((parts) => `pkg:${parts.join("")}`),
    );
    fc.assert(
      fc.property(text, (input) => {
        const decoded = parsePackageUrl(input);
        if (!decoded.ok) return;
        const canonical = formatPackageUrl(decoded.value);
        assert.deepEqual(parsed(canonical), decoded.value);
        assert.equal(formatPackageUrl(parsed(canonical)), canonical);
      }),
    );
  });
});

describe("formatPackageUrl", () => {
  it("parses back to the parts it was given", () => {
    const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((text) => text.isWellFormed());
    const segment = word.filter((text) => !text.includes("/") && text !== "." && text !== "..");
    const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
    const key = fc.stringMatching(/^[a-z][a-z0-9._-]{0,8}$/);
    const purl = fc.record(
      {
        type: fc.constant("generic"),
        namespace: path,
        name: word,
        version: word,
        qualifiers: fc.dictionary(key, word),
        subpath: path,
      },
      { requiredKeys: ["type", "name", "qualifiers"] },
    );
    fc.assert(
      fc.property(purl, (value) => {
        const back = parsed(formatPackageUrl(value));
        assert.deepEqual(
          { ...back, qualifiers: { ...back.qualifiers } },
          { ...value, qualifiers: sorted(value.qualifiers) },
        );
      }),
    );
  });

  const unwritable: readonly (readonly [string, PackageUrl])[] = [
    ["an empty type", { type: "", name: "x", qualifiers: {} }],
    ["an empty name", { type: "npm", name: "", qualifiers: {} }],
    ["a key with a space", { type: "npm", name: "x", qualifiers: { "a b": "c" } }],
    ["half of a surrogate pair", { type: "npm", name: "\ud800", qualifiers: {} }],
    ["a namespace the type has not", { type: "cargo", namespace: "n", name: "x", qualifiers: {} }],
  ];
  for (const [why, purl] of unwritable) {
    it(`refuses ${why}`, () => {
      assert.throws(
        () => formatPackageUrl(purl),
        (error) => error instanceof AmapError && error.code === "VALUE_INVALID",
      );
    });
  }
});

function parsed(text: string): PackageUrl {
  const decoded = parsePackageUrl(text);
  assert.ok(decoded.ok, decoded.ok ? "" : decoded.issues[0]?.message);
  return decoded.value;
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
