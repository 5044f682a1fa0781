import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compressGzip, encodeUtf8 } from "../../../../base/index.ts";
import type { CatalogerResult } from "../cataloger.ts";
import { readInstalledGemspec } from "./gemspec.ts";
import { rubyInstalledCataloger } from "./ruby-installed.ts";

const SPECIFICATIONS = "usr/local/bundle/specifications";

function gemspec(name: string, version: string, ...lines: readonly string[]): Uint8Array {
  return encodeUtf8(
    [
      "# -*- encoding: utf-8 -*-",
      "Gem::Specification.new do |s|",
      `  s.name = "${name}".freeze`,
      `  s.version = "${version}"`,
      ...lines.map((line) => `  ${line}`),
      "end",
      "",
    ].join("\n"),
  );
}

const GEM_METADATA = `--- !ruby/object:Gem::Specification
name: thor
version: !ruby/object:Gem::Version
  version: 1.3.0
platform: ruby
authors:
- A Person
dependencies:
- !ruby/object:Gem::Dependency
  name: rake
  requirement: &id1 !ruby/object:Gem::Requirement
    requirements:
    - - ">="
      - !ruby/object:Gem::Version
        version: '0'
  type: :runtime
  version_requirements: *id1
- !ruby/object:Gem::Dependency
  name: rspec
  type: :development
licenses:
- MIT
summary: A tool
`;

function read(files: Readonly<Record<string, Uint8Array>>): CatalogerResult {
  const digests = new Map([["opt/thor-1.3.0.gem", { sha1: "1".repeat(40), sha256: "2".repeat(64) }]]);
  return rubyInstalledCataloger.read(new Map(Object.entries(files)), { digests });
}

describe("installed gems", () => {
  it("states name, version, platform, licences, author and what is needed", () => {
    const { components, dependencies, notLookedAt } = read({
      [`${SPECIFICATIONS}/nokogiri-1.15.4-x86_64-linux.gemspec`]: gemspec(
        "nokogiri",
        "1.15.4",
        's.platform = "x86_64-linux".freeze',
        's.authors = ["Mike".freeze, "Aaron".freeze]',
        's.licenses = ["MIT".freeze]',
        's.summary = "HTML and \\"XML\\"".freeze',
        's.add_runtime_dependency(%q<racc>.freeze, ["~> 1.4"])',
        's.add_development_dependency(%q<rdoc>.freeze, [">= 0"])',
      ),
      [`${SPECIFICATIONS}/default/racc-1.7.1.gemspec`]: gemspec("racc", "1.7.1", 's.license = "Ruby"'),
      [`${SPECIFICATIONS}/rdoc-6.5.0.gemspec`]: gemspec("rdoc", "6.5.0"),
    });
    assert.deepEqual(notLookedAt, []);
    assert.deepEqual(components[0], {
      ref: "pkg:gem/nokogiri@1.15.4?platform=x86_64-linux",
      kind: "library",
      name: "nokogiri",
      version: "1.15.4",
      purl: "pkg:gem/nokogiri@1.15.4?platform=x86_64-linux",
      description: 'HTML and "XML"',
      licenses: ["MIT"],
      hashes: [],
      supplier: "Mike",
      locations: [`/${SPECIFICATIONS}/nokogiri-1.15.4-x86_64-linux.gemspec`],
      scope: "production",
    });
    assert.deepEqual(dependencies.get("pkg:gem/nokogiri@1.15.4?platform=x86_64-linux"), ["pkg:gem/racc@1.7.1"]);
  });

  it("reads *.gem files, with the file's digest", () => {
    const { components, problems } = read({
      "opt/thor-1.3.0.gem": new Uint8Array(),
      "opt/thor-1.3.0.gem!/metadata.gz": compressGzip(encodeUtf8(GEM_METADATA)),
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      components.map(({ ref, licenses, hashes, locations }) => ({ ref, licenses, hashes, locations })),
      [
        {
          ref: "pkg:gem/thor@1.3.0",
          licenses: ["MIT"],
          hashes: [{ algorithm: "SHA-256", value: "2".repeat(64) }],
          locations: ["/opt/thor-1.3.0.gem"],
        },
      ],
    );
  });

  it("does not run what computes its version, and says so", () => {
    const computed = encodeUtf8('Gem::Specification.new do |s|\n  s.name = "a"\n  s.version = A::VERSION\nend\n');
    const inserted = gemspec("a", "#{version}");
    for (const text of [computed, inserted]) {
      const { components, notLookedAt } = read({ [`${SPECIFICATIONS}/a-1.gemspec`]: text });
      assert.deepEqual(components, []);
      assert.match(notLookedAt[0]?.reason ?? "", /no name or no version/);
    }
  });

  it("C8: stops at a bomb, and reports damaged files", () => {
    const bomb = compressGzip(new Uint8Array(20_000_000));
    for (const [bytes, code] of [
      [bomb, "DECOMPRESSION_LIMIT"],
      [bomb.subarray(0, 50), "PACKAGE_DATABASE_INVALID"],
      [compressGzip(encodeUtf8("--- []\n")), "PACKAGE_DATABASE_INVALID"],
      [encodeUtf8("no gzip"), "PACKAGE_DATABASE_INVALID"],
    ] as const) {
      assert.deepEqual(
        read({ "a.gem!/metadata.gz": bytes }).problems.map((problem) => problem.code),
        [code],
      );
    }
  });

  it("survives anything, in a time that grows with the size", () => {
    const piece = fc.constantFrom(
      "s.name = ",
      '"a"',
      "%q<",
      ">",
      "'",
      "\\",
      "\n",
      "s.version = ",
      "#{",
      "s.add_dependency(",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 60 }), (parts) => {
        readInstalledGemspec(encodeUtf8(parts.join("").toWellFormed()));
      }),
      { numRuns: 300, seed: 9, interruptAfterTimeLimit: 2_000 },
    );
    for (const text of ['"', "%q<", "s.name = '", "\\", "s.name = \n", "'\\"]) {
      const started = performance.now();
      readInstalledGemspec(encodeUtf8(`s.name = ${text.repeat(300_000)}`));
      assert.ok(performance.now() - started < 2_000, text);
    }
  });
});
