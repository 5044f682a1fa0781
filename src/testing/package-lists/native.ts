import { HASH, type PackageListSample, SHA_1 } from "./sample.ts";

/** Files of languages that are compiled to machine code, and Ruby. */
export const NATIVE_SAMPLES: readonly PackageListSample[] = [
  {
    format: "ruby/gemfilelock",
    path: "Gemfile.lock",
    text: `GIT
  remote: https://git.example/fork.git
  revision: ${SHA_1}
  specs:
    fork (0.1.0)
      rack (>= 2)

PATH
  remote: engines/own
  specs:
    own (0.0.1)

GEM
  remote: https://rubygems.org/
  specs:
    nokogiri (1.16.0-x86_64-linux)
      racc (~> 1.4)
    racc (1.7.3)
    rack (3.0.8)

PLATFORMS
  x86_64-linux

DEPENDENCIES
  fork!
  nokogiri (~> 1.16)

CHECKSUMS
  rack (3.0.8) sha256=${HASH}

BUNDLED WITH
   2.5.0
`,
    states: [
      "project project@ -> fork nokogiri",
      "fork@0.1.0 gem -> rack",
      "own@0.0.1 ->",
      "nokogiri@1.16.0 gem -> racc",
      "racc@1.7.3 gem ->",
      "rack@3.0.8 gem ->",
    ],
  },
  {
    format: "ruby/gemspec",
    path: "shop.gemspec",
    text: `Gem::Specification.new do |s|
  s.name = "shop"
  s.version = '1.0.0'
  s.license = "MIT"
  s.add_dependency "rack", ">= 2", "< 4"
  s.add_runtime_dependency("racc", "1.7.3")
  s.add_development_dependency 'rake'
end
`,
    states: [
      "project shop@1.0.0 -> rack racc rake",
      "rack (>= 2, < 4) gem",
      "racc@1.7.3 gem",
      "rake () development gem",
    ],
  },
  {
    format: "rust/cargolock",
    path: "Cargo.lock",
    text: `version = 3

[[package]]
name = "shop"
version = "0.1.0"
dependencies = ["serde 1.0.1", "fork"]

[[package]]
name = "serde"
version = "1.0.1"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "${HASH}"

[[package]]
name = "fork"
version = "0.2.0"
source = "git+https://git.example/fork?branch=main#${SHA_1}"
`,
    states: ["project shop@0.1.0 -> serde 1.0.1 fork", "serde@1.0.1 cargo ->", "fork@0.2.0 cargo ->"],
  },
  {
    format: "rust/cargotoml",
    path: "Cargo.toml",
    text: `[package]
name = "shop"
version = "0.1.0"
license = "MIT/Apache-2.0"
[dependencies]
serde = { version = "1.0", optional = true }
exact = "=2.0.0"
fork = { git = "https://git.example/fork", rev = "${SHA_1}" }
here = { path = "../here" }
[dev-dependencies]
renamed = { package = "criterion", version = "0.5" }
[target.'cfg(unix)'.dependencies]
libc = "0.2"
`,
    states: [
      "project shop@0.1.0 -> serde exact fork libc criterion",
      "serde (1.0) optional cargo",
      "exact@2.0.0 cargo",
      "fork@ cargo",
      "libc (0.2) cargo",
      "criterion (0.5) development cargo",
    ],
  },
  {
    format: "golang/gomod",
    path: "go.mod",
    text: `module example.com/shop

go 1.21

toolchain go1.22.1

require (
	example.com/a/b v1.2.3 // a comment
	example.com/c/v2 v2.0.0 // indirect
)

require example.com/d v0.1.0
require example.com/e v0.1.0

replace example.com/d => ../d

replace example.com/e v0.1.0 => example.com/fork/e v0.2.0
exclude example.com/x v1.0.0
`,
    states: [
      "project example.com/shop@ -> example.com/a/b example.com/d example.com/e stdlib",
      "example.com/a/b@v1.2.3 golang",
      "example.com/c/v2@v2.0.0 golang",
      "../d@",
      "example.com/fork/e@v0.2.0 golang",
      "stdlib (1.22.1) golang",
    ],
  },
  {
    format: "golang/gosum",
    path: "lib/go.sum",
    text: "example.com/a v1.0.0 h1:AAAA=\nexample.com/a v1.0.0/go.mod h1:BBBB=\nexample.com/b v1.1.0/go.mod h1:CCCC=\n",
    states: ["example.com/a@v1.0.0 golang"],
  },
  {
    format: "golang/vendormodules",
    path: "vendor/modules.txt",
    text: `# example.com/a v1.0.0
## explicit; go 1.20
example.com/a/pkg
# example.com/unused v1.0.0
## explicit
# example.com/b v1.0.0 => example.com/fork/b v1.5.0
example.com/b
# example.com/c v0.1.0 => ./c
example.com/c
`,
    states: ["example.com/a@v1.0.0 golang", "example.com/fork/b@v1.5.0 golang", "example.com/c@v0.1.0 golang"],
  },
  {
    format: "golang/gopkglock",
    path: "Gopkg.lock",
    text: `[[projects]]
name = "github.com/a/b"
version = "v1.0.0"
revision = "${SHA_1}"
[[projects]]
name = "github.com/c/d"
branch = "master"
revision = "${SHA_1}"
`,
    states: ["github.com/a/b@v1.0.0 golang", `github.com/c/d@${SHA_1} golang`],
  },
  {
    format: "cpp/conanlock",
    path: "conan.lock",
    text: JSON.stringify({
      version: "0.5",
      requires: ["zlib/1.3#abc%17.0", "own/1.0@team/stable"],
      build_requires: ["cmake/3.28"],
      python_requires: [],
    }),
    states: ["zlib@1.3 conan", "own@1.0 conan", "cmake@3.28 development conan"],
  },
  {
    format: "cpp/conanlock",
    path: "old/conan.lock",
    text: JSON.stringify({
      version: "0.4",
      graph_lock: {
        nodes: {
          0: { ref: "shop/1.0", path: "conanfile.py", requires: ["1"], build_requires: ["2"] },
          1: { ref: "zlib/1.3", context: "host" },
          2: { ref: "cmake/3.28", context: "host" },
        },
      },
    }),
    states: ["project shop@1.0 -> 1 2", "zlib@1.3 conan ->", "cmake@3.28 development conan ->"],
  },
  {
    format: "cpp/conanfiletxt",
    path: "conanfile.txt",
    text: "[requires]\nzlib/1.3 # pinned\nfmt/[>=10 <11]\n\n[tool_requires]\ncmake/3.28\n\n[generators]\nCMakeDeps\n",
    states: ["zlib@1.3 conan", "fmt ([>=10 <11]) conan", "cmake@3.28 development conan"],
  },
  {
    format: "cpp/vcpkgjson",
    path: "vcpkg.json",
    text: JSON.stringify({
      name: "shop",
      version: "1.0.0",
      dependencies: ["zlib", { name: "fmt", "version>=": "10.0.0" }, { name: "tool", host: true }],
      overrides: [{ name: "zlib", version: "1.3" }],
    }),
    states: [
      "project shop@1.0.0 -> zlib fmt tool",
      "zlib@1.3 vcpkg",
      "fmt (10.0.0) vcpkg",
      "tool () development vcpkg",
    ],
  },
  {
    format: "haskell/cabal",
    path: "cabal.project.freeze",
    text: `active-repositories: hackage.haskell.org:merge
constraints: any.aeson ==2.2.1.0,
             aeson -cffi +ordered-keymap,
             -- a comment
             any.text ==2.0.2
index-state: 2024-01-01T00:00:00Z
`,
    states: ["aeson@2.2.1.0 hackage", "text@2.0.2 hackage"],
  },
  {
    format: "haskell/stacklock",
    path: "stack.yaml.lock",
    text: `packages:
- completed:
    hackage: jose-jwt-0.10.0@sha256:${HASH},3546
  original:
    hackage: jose-jwt-0.10.0
- completed:
    name: fork
    version: 0.1.0
    git: https://git.example/fork.git
    commit: ${SHA_1}
snapshots: []
`,
    states: ["jose-jwt@0.10.0 hackage", "fork@0.1.0 hackage"],
  },
  {
    format: "julia/manifesttoml",
    path: "Manifest.toml",
    text: `manifest_format = "2.0"
[[deps.JSON]]
deps = ["Parsers", "Unicode"]
uuid = "682c06a0-de6a-54ab-a142-c8b1cf79cde6"
version = "0.21.4"
[[deps.Parsers]]
uuid = "69de0a69-1ddd-5017-9359-2bf0b02dc9f0"
version = "2.8.1"
[[deps.Unicode]]
uuid = "4ec0a83e-493e-50e2-b9ac-8f72acf5a8f5"
`,
    states: ["JSON@0.21.4 julia -> Parsers Unicode", "Parsers@2.8.1 julia ->"],
  },
  {
    format: "julia/projecttoml",
    path: "Project.toml",
    text: `name = "Shop"
version = "0.1.0"
[deps]
JSON = "682c06a0-de6a-54ab-a142-c8b1cf79cde6"
[compat]
JSON = "0.21"
[extras]
Test = "8dfed614-e22c-5e08-85e1-65c5234f0b40"
`,
    states: ["project Shop@0.1.0 -> JSON Test", "JSON (0.21) julia", "Test () development julia"],
  },
  {
    format: "ocaml/opam",
    path: "home/.opam/default/.opam-switch/install",
    text: "# installed\ndune.3.16.0\ncmdliner.1.3.0 # a tool\n",
    states: ["dune@3.16.0 opam", "cmdliner@1.3.0 opam"],
  },
  {
    format: "ocaml/switchstate",
    path: "home/.opam/default/.opam-switch/switch-state",
    text: 'opam-version: "2.0"\nroots: ["dune.3.16.0"]\ninstalled: [\n  "cmdliner.1.3.0"\n  "dune.3.16.0"\n]\n',
    states: ["cmdliner@1.3.0 opam", "dune@3.16.0 opam"],
  },
  {
    format: "ocaml/opamfile",
    path: "shop.opam",
    text: `opam-version: "2.0"
version: "1.0"
depends: [
  "ocaml" {>= "4.14" & < "6"}
  "dune" {= "3.16.0"}
  "alcotest" {with-test}
]
depopts: ["lwt"]
build: [["dune" "build"]]
`,
    states: [
      "project shop@1.0 -> ocaml dune alcotest lwt",
      'ocaml (>= "4.14" & < "6") opam',
      "dune@3.16.0 opam",
      "alcotest (with-test) development opam",
      "lwt () optional opam",
    ],
  },
];
