/**
 * A file of each format of package lists, made by hand, with what it states. In `states` each line is a package:
 * `name@version`, or `name (requirement)` where it has no version; `project` before the project's own; then its scope
 * where that is not production, the type of its package URL, and behind `->` what it needs.
 */
export interface PackageListSample {
  readonly format: string;
  readonly path: string;
  readonly text: string;
  readonly states: readonly string[];
  /** Other files beside it. */
  readonly others?: Readonly<Record<string, string>>;
}

const HASH = "0123456789abcdef".repeat(4);
const SHA_1 = "0123456789abcdef0123456789abcdef01234567";
const INTEGRITY = `sha512-${"A".repeat(86)}==`;

const JAVASCRIPT: readonly PackageListSample[] = [
  {
    format: "javascript/yarnlock",
    path: "app/yarn.lock",
    text: `# yarn lockfile v1


"@scope/util@^1.0.0", "@scope/util@^1.2.0":
  version "1.2.3"
  resolved "https://registry.yarnpkg.com/@scope/util/-/util-1.2.3.tgz#${SHA_1}"
  dependencies:
    left "~2.0.0"

left@~2.0.0:
  version "2.0.1"
  resolved "https://registry.yarnpkg.com/left/-/left-2.0.1.tgz"
  integrity ${INTEGRITY}

tester@^3.0.0:
  version "3.1.0"

"old-left@npm:left@^1.0.0":
  version "1.0.9"

fork@someone/fork#main:
  version "0.1.0"
  resolved "https://codeload.github.com/someone/fork/tar.gz/${SHA_1}"

"here@file:./here":
  version "0.0.1"
`,
    others: {
      "app/package.json":
        '{"name": "shop", "version": "1.0.0", "dependencies": {"@scope/util": "^1.0.0"}, "devDependencies": {"tester": "^3.0.0"}}',
    },
    states: [
      "project shop@1.0.0 -> @scope/util@^1.0.0 tester@^3.0.0",
      "@scope/util@1.2.3 npm -> left@~2.0.0",
      "left@2.0.1 npm ->",
      "tester@3.1.0 development npm ->",
      "left@1.0.9 npm ->",
      "fork@0.1.0 npm ->",
      "here@0.0.1 ->",
    ],
  },
  {
    format: "javascript/pnpmlock",
    path: "pnpm-lock.yaml",
    text: `lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      ui:
        specifier: ^1.0.0
        version: 1.1.0(core@2.0.0)
    devDependencies:
      lint:
        specifier: ^4.0.0
        version: 4.0.1
packages:
  core@2.0.0:
    resolution: {integrity: ${INTEGRITY}}
  ui@1.1.0:
    resolution: {integrity: ${INTEGRITY}}
    peerDependencies: {core: '*'}
  lint@4.0.1:
    resolution: {integrity: ${INTEGRITY}}
  '@a/fork@https://codeload.github.com/a/fork/tar.gz/${SHA_1}':
    resolution: {tarball: https://codeload.github.com/a/fork/tar.gz/${SHA_1}}
    version: 3.0.0
  here@file:here:
    resolution: {directory: here, type: directory}
snapshots:
  core@2.0.0: {}
  ui@1.1.0(core@2.0.0):
    dependencies:
      core: 2.0.0
  lint@4.0.1: {}
`,
    states: [
      "project project@ -> ui@1.1.0(core@2.0.0) lint@4.0.1",
      "core@2.0.0 npm ->",
      "ui@1.1.0 npm -> core@2.0.0",
      "lint@4.0.1 development npm ->",
      "@a/fork@3.0.0 npm",
      "here@",
    ],
  },
  {
    format: "javascript/pnpmlock",
    path: "old/pnpm-lock.yaml",
    text: `lockfileVersion: 5.4
dependencies:
  ui: 1.1.0_core@2.0.0
packages:
  /@s/core/2.0.0:
    resolution: {integrity: ${INTEGRITY}}
    dev: true
  /ui/1.1.0_core@2.0.0:
    resolution: {integrity: ${INTEGRITY}}
    dependencies:
      '@s/core': 2.0.0
    dev: false
  registry.example/left/1.0.0:
    optional: true
  odd:
    dev: true
`,
    states: [
      "project old@ -> /ui/1.1.0_core@2.0.0",
      "@s/core@2.0.0 development npm ->",
      "ui@1.1.0 npm -> /@s/core/2.0.0",
      "left@1.0.0 optional npm ->",
    ],
  },
  {
    format: "javascript/bunlock",
    path: "bun.lock",
    text: `{
  "lockfileVersion": 1, // of Bun 1.2
  "workspaces": {
    "": { "name": "shop", "dependencies": { "ui": "^1.0.0" }, "devDependencies": { "lint": "^4.0.0" } },
  },
  /* all of them */
  "packages": {
    "ui": ["ui@1.1.0", "", { "dependencies": { "core": "^2.0.0" } }, "${INTEGRITY}"],
    "core": ["core@1.0.0", "", {}, "${INTEGRITY}"],
    "ui/core": ["core@2.0.0", "", {}, "${INTEGRITY}"],
    "lint": ["@s/lint@4.0.1", "", {}, "${INTEGRITY}"],
    "fork": ["fork@github:a/fork#0123abc", {}, "a-fork-0123abc"],
    "here": ["here@file:here", {}],
  },
}
`,
    states: [
      "project shop@ -> ui lint",
      "ui@1.1.0 npm -> ui/core",
      "core@1.0.0 npm ->",
      "core@2.0.0 npm ->",
      "@s/lint@4.0.1 development npm ->",
      "fork@ npm ->",
      "here@ ->",
    ],
  },
  {
    format: "javascript/denolock",
    path: "deno.lock",
    text: JSON.stringify({
      version: "4",
      specifiers: { "npm:chalk@5": "5.3.0", "jsr:@std/path@1": "1.0.8" },
      jsr: { "@std/path@1.0.8": { integrity: HASH, dependencies: ["npm:chalk@5"] } },
      npm: {
        "chalk@5.3.0": { integrity: INTEGRITY, dependencies: ["color", "old@npm:color@1.0.0"] },
        "color@1.0.0": { integrity: INTEGRITY },
        "peered@2.0.0_chalk@5.3.0": {},
      },
      remote: { "https://deno.example/x.ts": HASH },
      workspace: { dependencies: ["jsr:@std/path@1"] },
    }),
    states: [
      "project project@ -> jsr:@std/path@1.0.8",
      "chalk@5.3.0 npm -> npm:color@1.0.0 npm:color@1.0.0",
      "color@1.0.0 npm ->",
      "peered@2.0.0 npm ->",
      "@std/path@1.0.8 jsr -> npm:chalk@5.3.0",
    ],
  },
  {
    format: "javascript/denojson",
    path: "deno.json",
    text: '{"name": "@a/b", "version": "1.0.0", "imports": {"x": "npm:chalk@^5.0.0", "y": "jsr:@std/path@1.0.8", "z": "./z.ts"}}',
    states: ["project @a/b@1.0.0 -> npm:chalk@^5.0.0 jsr:@std/path@1.0.8", "chalk (^5.0.0) npm", "@std/path@1.0.8 jsr"],
  },
];

const PYTHON: readonly PackageListSample[] = [
  {
    format: "python/requirements",
    path: "app/requirements.txt",
    text: `# what the application needs
Flask[async]==3.0.0  # pinned
requests>=2.20, <3 ; python_version >= "3.8"
six==1.16.0 \\
    --hash=sha256:${HASH}
bare
-r more/requirements.txt
--index-url https://pypi.example/simple
tool @ git+https://git.example/tool.git@v1.0#egg=tool
-e git+https://git.example/edit.git@${SHA_1}#egg=edit
-c limits.txt
`,
    others: { "app/more/requirements.txt": "nested==1.0\n-r ../requirements.txt\n", "app/limits.txt": "bare==4.2\n" },
    states: [
      "Flask@3.0.0 pypi",
      "requests (>=2.20,<3) pypi",
      "six@1.16.0 pypi",
      "bare@4.2 pypi",
      "nested@1.0 pypi",
      "tool@ pypi",
      "edit@ pypi",
    ],
  },
  {
    format: "python/pipfilelock",
    path: "Pipfile.lock",
    text: JSON.stringify({
      _meta: { "pipfile-spec": 6 },
      default: { requests: { version: "==2.31.0", hashes: [`sha256:${HASH}`] }, here: { path: ".", editable: true } },
      develop: { pytest: { version: "==8.0.0" }, fork: { git: "https://git.example/fork.git", ref: SHA_1 } },
    }),
    states: ["requests@2.31.0 pypi", "here@", "pytest@8.0.0 development pypi", "fork@ development pypi"],
  },
  {
    format: "python/poetrylock",
    path: "poetry.lock",
    text: `[[package]]
name = "requests"
version = "2.31.0"
optional = false
groups = ["main"]
files = [{file = "requests.whl", hash = "sha256:${HASH}"}]

[package.dependencies]
Idna = ">=2.5"

[[package]]
name = "idna"
version = "3.6"
optional = true

[[package]]
name = "pytest"
version = "8.0.0"
groups = ["dev"]

[[package]]
name = "fork"
version = "0.1.0"

[package.source]
type = "git"
url = "https://git.example/fork.git"
resolved_reference = "${SHA_1}"
`,
    states: [
      "requests@2.31.0 pypi -> idna",
      "idna@3.6 optional pypi ->",
      "pytest@8.0.0 development pypi ->",
      "fork@0.1.0 pypi ->",
    ],
  },
  {
    format: "python/pdmlock",
    path: "pdm.lock",
    text: `[[package]]
name = "requests"
version = "2.31.0"
groups = ["default", "dev"]
dependencies = ["idna<4,>=2.5", "win; sys_platform == 'win32'"]

[[package]]
name = "idna"
version = "3.6"
groups = ["default"]

[[package]]
name = "pytest"
version = "8.0.0"
groups = ["dev"]
`,
    states: ["requests@2.31.0 pypi -> idna win", "idna@3.6 pypi ->", "pytest@8.0.0 development pypi ->"],
  },
  {
    format: "python/uvlock",
    path: "uv.lock",
    text: `version = 1

[[package]]
name = "shop"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "requests" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[[package]]
name = "requests"
version = "2.31.0"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://files.example/requests.tar.gz", hash = "sha256:${HASH}" }

[[package]]
name = "pytest"
version = "8.0.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "fork"
version = "0.1.0"
source = { git = "https://git.example/fork?rev=main#${SHA_1}" }
`,
    states: [
      "project shop@0.1.0 -> requests pytest",
      "requests@2.31.0 pypi ->",
      "pytest@8.0.0 development pypi ->",
      "fork@0.1.0 pypi ->",
    ],
  },
  {
    format: "python/pylock",
    path: "pylock.toml",
    text: `lock-version = "1.0"
[[packages]]
name = "attrs"
version = "25.1.0"
dependencies = [{ name = "cattrs" }]
wheels = [{ name = "attrs.whl", hashes = { sha256 = "${HASH}" } }]
[[packages]]
name = "cattrs"
version = "24.1.2"
[[packages]]
name = "shop"
directory = { path = "." }
[[packages]]
name = "fork"
version = "0.1.0"
vcs = { type = "git", url = "https://git.example/fork.git", commit-id = "${SHA_1}" }
`,
    states: ["attrs@25.1.0 pypi -> cattrs", "cattrs@24.1.2 pypi", "project shop@", "fork@0.1.0 pypi"],
  },
  {
    format: "python/pyprojecttoml",
    path: "pyproject.toml",
    text: `[project]
name = "shop"
version = "1.0"
dependencies = ["requests>=2.20", "Flask[async]==3.0.0; python_version > '3.8'"]
[project.optional-dependencies]
fast = ["uvloop ~= 0.19"]
[dependency-groups]
test = ["pytest==8.0.0", {include-group = "lint"}]
`,
    states: [
      "project shop@1.0 -> requests flask uvloop pytest",
      "requests (>=2.20) pypi",
      "Flask@3.0.0 pypi",
      "uvloop (~=0.19) optional pypi",
      "pytest@8.0.0 development pypi",
    ],
  },
  {
    format: "python/pyprojecttools",
    path: "poetry/pyproject.toml",
    text: `[tool.poetry]
name = "shop"
version = "1.0"
[tool.poetry.dependencies]
python = "^3.9"
requests = "^2.20"
flask = { version = "3.0.0", optional = true }
fork = { git = "https://git.example/fork.git", tag = "v1" }
[tool.poetry.group.dev.dependencies]
pytest = "8.0.0"
[tool.pdm.dev-dependencies]
lint = ["ruff==0.8.0"]
[tool.uv]
dev-dependencies = ["mypy"]
`,
    states: [
      "project shop@1.0 -> requests flask fork pytest ruff mypy",
      "requests (^2.20) pypi",
      "flask@3.0.0 optional pypi",
      "fork@ pypi",
      "pytest@8.0.0 development pypi",
      "ruff@0.8.0 development pypi",
      "mypy () development pypi",
    ],
  },
  {
    format: "python/setup",
    path: "setup.py",
    text: `from setuptools import setup
# 'commented==1.0'
setup(name="shop", python_requires=">=3.8", version='1.0',
      install_requires=['requests>=2.20', "Flask==3.0.0", 'bare', 'templated=={}'.format(x)],
      extras_require={'fast': ["uvloop==0.19.0"]})
`,
    states: ["requests (>=2.20) pypi", "Flask@3.0.0 pypi", "bare () pypi", "uvloop@0.19.0 optional pypi"],
  },
  {
    format: "python/setupcfg",
    path: "setup.cfg",
    text: `[metadata]
name = shop
version = attr: shop.VERSION
[options]
install_requires =
    requests>=2.20
    # a comment
    Flask==3.0.0
[options.extras_require]
fast = uvloop
`,
    states: [
      "project shop@ -> requests flask uvloop",
      "requests (>=2.20) pypi",
      "Flask@3.0.0 pypi",
      "uvloop () optional pypi",
    ],
  },
  {
    format: "python/condameta",
    path: "opt/conda/conda-meta/numpy-1.26.4-py311.json",
    text: JSON.stringify({
      name: "numpy",
      version: "1.26.4",
      build: "py311_0",
      channel: "https://repo.anaconda.com/pkgs/main/linux-64",
      subdir: "linux-64",
      license: "BSD-3-Clause",
      depends: ["python >=3.11,<3.12.0a0", "libblas"],
      md5: "0123456789abcdef0123456789abcdef",
      fn: "numpy-1.26.4-py311_0.conda",
    }),
    states: ["numpy@1.26.4 conda -> python libblas"],
  },
];

const NATIVE: readonly PackageListSample[] = [
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

const MANAGED: readonly PackageListSample[] = [
  {
    format: "java/pomxml",
    path: "app/pom.xml",
    text: `<project>
  <parent><groupId>org.shop</groupId><artifactId>parent</artifactId><version>2</version></parent>
  <artifactId>app</artifactId>
  <properties><lib.version>1.5</lib.version></properties>
  <dependencies>
    <dependency><groupId>org.lib</groupId><artifactId>core</artifactId><version>\${lib.version}</version></dependency>
    <dependency><groupId>org.lib</groupId><artifactId>managed</artifactId></dependency>
    <dependency><groupId>org.lib</groupId><artifactId>ranged</artifactId><version>[1.0,2.0)</version></dependency>
    <dependency><groupId>\${project.groupId}</groupId><artifactId>own</artifactId><version>\${project.version}</version><classifier>linux</classifier></dependency>
    <dependency><groupId>org.test</groupId><artifactId>unit</artifactId><version>5.0</version><scope>test</scope></dependency>
    <dependency><groupId>org.lib</groupId><artifactId>unknown</artifactId><version>\${nowhere}</version></dependency>
  </dependencies>
</project>
`,
    others: {
      "pom.xml": `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <groupId>org.shop</groupId><artifactId>parent</artifactId><version>2</version>
  <dependencyManagement><dependencies>
    <dependency><groupId>org.lib</groupId><artifactId>managed</artifactId><version>3.1</version><scope>provided</scope></dependency>
  </dependencies></dependencyManagement>
</project>`,
    },
    states: [
      "project org.shop:app@2 -> org.lib:core org.lib:managed org.lib:ranged org.shop:own org.test:unit org.lib:unknown",
      "org.lib:core@1.5 maven",
      "org.lib:managed@3.1 optional maven",
      "org.lib:ranged ([1.0,2.0)) maven",
      "org.shop:own@2 maven",
      "org.test:unit@5.0 development maven",
      "org.lib:unknown (${nowhere}) maven",
    ],
  },
  {
    format: "java/gradlelockfile",
    path: "gradle.lockfile",
    text: "# locked\norg.lib:core:1.5=compileClasspath,runtimeClasspath\norg.test:unit:5.0=testRuntimeClasspath\nempty=annotationProcessor\n",
    states: ["org.lib:core@1.5 maven", "org.test:unit@5.0 development maven"],
  },
  {
    format: "java/gradleverificationmetadataxml",
    path: "gradle/verification-metadata.xml",
    text: `<?xml version="1.0" encoding="UTF-8"?>
<verification-metadata xmlns="https://schema.gradle.org/dependency-verification">
  <components>
    <component group="org.lib" name="core" version="1.5">
      <artifact name="core-1.5.jar"><sha256 value="${HASH}" origin="Generated"/></artifact>
    </component>
  </components>
</verification-metadata>
`,
    states: ["org.lib:core@1.5 maven"],
  },
  {
    format: "java/gradleversioncatalog",
    path: "gradle/libs.versions.toml",
    text: `[versions]
lib = "1.5"
rich = { strictly = "[2.0, 3.0)", prefer = "2.5" }
[libraries]
core = { module = "org.lib:core", version.ref = "lib" }
short = "org.lib:short:1.0"
split = { group = "org.lib", name = "split", version = { require = "4.0" } }
open = { module = "org.lib:open", version.ref = "rich" }
free = { module = "org.lib:free" }
[plugins]
kotlin = { id = "org.kotlin", version = "2.0" }
`,
    states: [
      "org.lib:core@1.5 maven",
      "org.lib:short@1.0 maven",
      "org.lib:split@4.0 maven",
      "org.lib:open ([2.0, 3.0)) maven",
      "org.lib:free@ maven",
    ],
  },
  {
    format: "php/composerlock",
    path: "composer.lock",
    text: JSON.stringify({
      packages: [
        {
          name: "acme/http",
          version: "2.1.0",
          license: ["MIT"],
          require: { php: ">=8", "acme/log": "^1" },
          dist: { shasum: SHA_1 },
        },
        { name: "acme/log", version: "1.0.0", license: ["MIT", "GPL-2.0-only"] },
      ],
      "packages-dev": [
        {
          name: "acme/test",
          version: "dev-main",
          source: { type: "git", url: "https://git.example/test.git", reference: SHA_1 },
        },
      ],
    }),
    states: [
      "acme/http@2.1.0 composer -> php acme/log",
      "acme/log@1.0.0 composer ->",
      "acme/test@dev-main development composer ->",
    ],
  },
  {
    format: "php/composerinstalled",
    path: "vendor/composer/installed.json",
    text: JSON.stringify({
      packages: [
        { name: "acme/http", version: "v2.1.0" },
        { name: "acme/test", version: "1.0.0" },
      ],
      "dev-package-names": ["acme/test"],
    }),
    states: ["acme/http@v2.1.0 composer ->", "acme/test@1.0.0 development composer ->"],
  },
  {
    format: "dotnet/packageslockjson",
    path: "src/packages.lock.json",
    text: JSON.stringify({
      version: 1,
      dependencies: {
        "net8.0": {
          "Lib.Core": {
            type: "Direct",
            requested: "[1.0.0, )",
            resolved: "1.0.0",
            dependencies: { "Lib.Base": "1.0.0" },
          },
          "lib.base": { type: "Transitive", resolved: "1.0.2" },
          own: { type: "Project", dependencies: { "Lib.Base": "[1.0.0, )" } },
        },
      },
    }),
    states: [
      "project src@ -> net8.0 lib.core",
      "Lib.Core@1.0.0 nuget -> net8.0 lib.base",
      "lib.base@1.0.2 nuget ->",
      "project own@ -> net8.0 lib.base",
    ],
  },
  {
    format: "dotnet/projectassetsjson",
    path: "obj/project.assets.json",
    text: JSON.stringify({
      version: 3,
      targets: { "net8.0": { "Lib.Core/1.0.0": { type: "package", dependencies: { "Lib.Base": "1.0.0" } } } },
      libraries: {
        "Lib.Core/1.0.0": { type: "package" },
        "Lib.Base/1.0.2": { type: "package" },
        "Own/1.0.0": { type: "project" },
      },
      project: { restore: { projectName: "Shop" }, frameworks: { "net8.0": { dependencies: { "Lib.Core": {} } } } },
    }),
    states: [
      "project Shop@ -> lib.core",
      "Lib.Core@1.0.0 nuget -> lib.base",
      "Lib.Base@1.0.2 nuget",
      "project Own@1.0.0 nuget",
    ],
  },
  {
    format: "dotnet/depsjson",
    path: "app/Shop.deps.json",
    text: JSON.stringify({
      targets: { ".NETCoreApp,Version=v8.0": { "Shop/1.0.0": { dependencies: { "Lib.Core": "1.0.0" } } } },
      libraries: { "Shop/1.0.0": { type: "project" }, "Lib.Core/1.0.0": { type: "package" } },
    }),
    states: ["project Shop@1.0.0 nuget -> lib.core", "Lib.Core@1.0.0 nuget"],
  },
  {
    format: "dotnet/packagesconfig",
    path: "packages.config",
    text: '<packages><package id="Lib.Core" version="1.0.0"/><package id="Tool" version="2.0" developmentDependency="true"/></packages>',
    states: ["Lib.Core@1.0.0 nuget", "Tool@2.0 development nuget"],
  },
  {
    format: "dotnet/dotnettoolsjson",
    path: ".config/dotnet-tools.json",
    text: '{"version": 1, "tools": {"dotnet-ef": {"version": "8.0.1", "commands": ["dotnet-ef"]}}}',
    states: ["dotnet-ef@8.0.1 development nuget"],
  },
  {
    format: "dotnet/csproj",
    path: "src/Shop.csproj",
    text: `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><LibVersion>1.2.0</LibVersion></PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Lib.Core" Version="$(LibVersion)" />
    <PackageReference Include="Central" />
    <PackageReference Include="Ranged"><Version>[1.0,2.0)</Version></PackageReference>
    <PackageReference Include="Analyzer" Version="3.0" PrivateAssets="all" />
  </ItemGroup>
</Project>
`,
    others: {
      "Directory.Packages.props":
        '<Project><ItemGroup><PackageVersion Include="central" Version="7.0.0"/></ItemGroup></Project>',
    },
    states: [
      "project Shop@ -> lib.core central ranged analyzer",
      "Lib.Core@1.2.0 nuget",
      "Central@7.0.0 nuget",
      "Ranged ([1.0,2.0)) nuget",
      "Analyzer@3.0 development nuget",
    ],
  },
  {
    format: "dotnet/nugetcpm",
    path: "Directory.Packages.props",
    text: '<Project><ItemGroup><PackageVersion Include="Central" Version="7.0.0"/></ItemGroup></Project>',
    states: ["Central@7.0.0 nuget"],
  },
  {
    format: "dotnet/paketlock",
    path: "paket.lock",
    text: `STORAGE: NONE
NUGET
  remote: https://api.nuget.org/v3/index.json
    Lib.Core (1.0.0)
      Lib.Base (>= 1.0)
    Lib.Base (1.0.2) - restriction: >= net6.0

GROUP Build
GITHUB
  remote: acme/scripts
    build.fsx (${SHA_1})
`,
    states: ["Lib.Core@1.0.0 nuget -> lib.base", "Lib.Base@1.0.2 nuget ->", `acme/scripts@${SHA_1} github ->`],
  },
  {
    format: "dotnet/paketdependencies",
    path: "paket.dependencies",
    text: "source https://api.nuget.org/v3/index.json\nnuget Lib.Core ~> 1.0 framework: net6.0\nnuget Exact 2.0.0\nnuget Free\ngithub acme/scripts:v1.0 build.fsx\n",
    states: [
      "project project@ -> lib.core exact free acme/scripts",
      "Lib.Core (~> 1.0) nuget",
      "Exact@2.0.0 nuget",
      "Free () nuget",
      "acme/scripts@v1.0 github",
    ],
  },
  {
    format: "elixir/mixlock",
    path: "mix.lock",
    text: `%{
  "fork": {:git, "https://git.example/fork.git", "${SHA_1}", [tag: "v1.0"]},
  "plug": {:hex, :plug, "1.15.3", "${HASH}", [:mix], [{:plug_crypto, "~> 2.0", [hex: :plug_crypto, repo: "hexpm", optional: false]}], "hexpm", "${HASH}"},
  "plug_crypto": {:hex, :plug_crypto, "2.0.0", "${HASH}", [:mix], [], "hexpm", "${HASH}"},
}
`,
    states: ["fork@ hex", "plug@1.15.3 hex -> plug_crypto", "plug_crypto@2.0.0 hex ->"],
  },
  {
    format: "erlang/rebarlock",
    path: "rebar.lock",
    text: `{"1.2.0",
[{<<"cowboy">>,{pkg,<<"cowboy">>,<<"2.10.0">>},0},
 {<<"fork">>,{git,"https://git.example/fork.git",{ref,"${SHA_1}"}},1}]}.
[{pkg_hash,[{<<"cowboy">>, <<"AA">>}]}].
`,
    states: ["cowboy@2.10.0 hex", "fork@ hex"],
  },
  {
    format: "gleam/gleamtoml",
    path: "gleam.toml",
    text: 'name = "shop"\nversion = "1.0.0"\n[dependencies]\ngleam_stdlib = ">= 0.34.0"\nhere = { path = "../here" }\n[dev-dependencies]\ngleeunit = "~> 1.0"\n',
    states: [
      "project shop@1.0.0 -> gleam_stdlib gleeunit",
      "gleam_stdlib (>= 0.34.0) hex",
      "gleeunit (~> 1.0) development hex",
    ],
  },
  {
    format: "gleam/manifesttoml",
    path: "manifest.toml",
    text: `packages = [
  { name = "gleam_json", version = "1.0.0", build_tools = ["gleam"], requirements = ["gleam_stdlib"], source = "hex", outer_checksum = "${HASH.toUpperCase()}" },
  { name = "gleam_stdlib", version = "0.36.0", build_tools = ["gleam"], requirements = [], source = "hex" },
]
`,
    states: ["gleam_json@1.0.0 hex -> gleam_stdlib", "gleam_stdlib@0.36.0 hex ->"],
  },
  {
    format: "dart/pubspec",
    path: "pubspec.lock",
    text: `packages:
  http:
    dependency: "direct main"
    description: {name: http, sha256: "${HASH}", url: "https://pub.dev"}
    source: hosted
    version: "1.2.0"
  lints:
    dependency: "direct dev"
    description: {name: lints, url: "https://pub.example"}
    source: hosted
    version: "3.0.0"
  fork:
    dependency: transitive
    description: {path: ".", resolved-ref: ${SHA_1}, url: "https://git.example/fork.git"}
    source: git
    version: "0.1.0"
  flutter:
    dependency: transitive
    description: flutter
    source: sdk
    version: "0.0.0"
`,
    states: [
      "project project@ -> http lints",
      "http@1.2.0 pub",
      "lints@3.0.0 development pub",
      "fork@0.1.0 pub",
      "flutter@0.0.0",
    ],
  },
  {
    format: "r/renvlock",
    path: "renv.lock",
    text: JSON.stringify({
      R: { Version: "4.3.0" },
      Packages: {
        mime: { Package: "mime", Version: "0.12", Source: "Repository", Repository: "CRAN", Requirements: ["tools"] },
        BSgenome: { Package: "BSgenome", Version: "1.60.0", Source: "Bioconductor" },
        fork: {
          Package: "fork",
          Version: "0.1",
          Source: "GitHub",
          RemoteUsername: "acme",
          RemoteRepo: "fork",
          RemoteSha: SHA_1,
        },
      },
    }),
    states: ["mime@0.12 cran -> tools", "BSgenome@1.60.0 bioconductor", "fork@0.1 cran"],
  },
  {
    format: "swift/packageresolved",
    path: "Package.resolved",
    text: JSON.stringify({
      version: 2,
      pins: [
        {
          identity: "nio",
          kind: "remoteSourceControl",
          location: "https://github.com/apple/nio.git",
          state: { revision: SHA_1, version: "2.0.0" },
        },
        {
          identity: "log",
          kind: "remoteSourceControl",
          location: "git@github.com:apple/log.git",
          state: { revision: SHA_1, branch: "main" },
        },
      ],
    }),
    states: ["github.com/apple/nio@2.0.0 swift", "github.com/apple/log@ swift"],
  },
  {
    format: "swift/podfilelock",
    path: "ios/Podfile.lock",
    text: `PODS:
  - Alamo (5.8.0)
  - Fire/Core (10.0.0):
    - Alamo (~> 5.0)
  - Own (0.1.0)
DEPENDENCIES:
  - Fire/Core (~> 10)
  - Own (from \`../own\`)
EXTERNAL SOURCES:
  Own:
    :path: ../own
SPEC CHECKSUMS:
  Alamo: ${SHA_1}
COCOAPODS: 1.15.0
`,
    states: [
      "project ios@ -> Fire/Core Own",
      "Alamo@5.8.0 cocoapods ->",
      "Fire/Core@10.0.0 cocoapods -> Alamo",
      "Own@0.1.0 ->",
    ],
  },
  {
    format: "swift/cartfileresolved",
    path: "Cartfile.resolved",
    text: 'github "acme/kit" "1.0.0"\ngit "https://git.example/x.git" "v2"\nbinary "https://bin.example/y.json" "3.0"\n',
    states: ["acme/kit@1.0.0 github", "https://git.example/x.git@v2", "https://bin.example/y.json@3.0"],
  },
  {
    format: "terraform/lock",
    path: ".terraform.lock.hcl",
    text: `# maintained by "terraform init"
provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.31.0"
  constraints = "~> 5.0"
  hashes = [
    "h1:AAAA=",
  ]
}
`,
    states: ["registry.terraform.io/hashicorp/aws@5.31.0 terraform"],
  },
  {
    format: "github/actions",
    path: ".github/workflows/ci.yml",
    text: `on: push
jobs:
  build:
    steps:
      - uses: actions/checkout@v4
      - uses: acme/tools/setup@${SHA_1}
      - uses: ./.github/actions/own
      - uses: docker://alpine:3
      - run: make
  reuse:
    uses: acme/flows/.github/workflows/x.yml@main
`,
    states: [
      "acme/flows/.github/workflows/x.yml@main development github",
      "actions/checkout@v4 development github",
      `acme/tools/setup@${SHA_1} development github`,
    ],
  },
  {
    format: "helm/chartlock",
    path: "chart/Chart.lock",
    text: "dependencies:\n- name: redis\n  repository: https://charts.example\n  version: 18.0.1\ndigest: sha256:00\n",
    states: ["redis@18.0.1 helm"],
  },
  {
    format: "helm/chartyaml",
    path: "chart/Chart.yaml",
    text: "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- name: redis\n  repository: https://charts.example\n  version: ^18.0.0\n- name: own\n  repository: file://../own\n  version: 0.1.0\n",
    states: ["project shop@1.0.0 -> redis own", "redis (^18.0.0) helm", "own@0.1.0"],
  },
  {
    format: "nix/flakelock",
    path: "flake.lock",
    text: JSON.stringify({
      version: 7,
      root: "root",
      nodes: {
        root: { inputs: { nixpkgs: "nixpkgs" } },
        utils: { inputs: { systems: "nixpkgs" }, locked: { type: "github", owner: "acme", repo: "utils", rev: SHA_1 } },
        nixpkgs: { locked: { type: "git", url: "https://git.example/pkgs.git", rev: SHA_1 } },
      },
    }),
    states: [`acme/utils@${SHA_1} github -> nixpkgs`, `nixpkgs@${SHA_1} generic ->`],
  },
];

/** Samples of every format. */
export const PACKAGE_LIST_SAMPLES: readonly PackageListSample[] = [...JAVASCRIPT, ...PYTHON, ...NATIVE, ...MANAGED];
