import { HASH, type PackageListSample, SHA_1 } from "./sample.ts";

/** Manifests of Go, Haskell, Dart, Erlang, Swift and Nim. */
export const COMPILED_SAMPLES: readonly PackageListSample[] = [
  {
    format: "golang/gowork",
    path: "go.work",
    text: `go 1.22.0

toolchain go1.22.4

use (
	./a
	./b
)

replace example.com/x => example.com/fork/x v1.2.0

replace example.com/y v1.0.0 => ./y
`,
    others: {
      "go.work.sum": `example.com/z v1.5.0 h1:AAAA=
example.com/z v1.5.0/go.mod h1:BBBB=
`,
    },
    states: ["stdlib (1.22.4) golang", "example.com/fork/x@v1.2.0 golang", "example.com/z@v1.5.0 golang"],
  },
  {
    format: "haskell/stackyaml",
    path: "stack.yaml",
    text: `resolver: lts-22.0
packages: [.]
extra-deps:
- acme-missiles-0.3
- text-show-3.10.4@sha256:${HASH},100
- github: acme/fork
  commit: ${SHA_1}
- ./vendor
`,
    states: ["acme-missiles@0.3 hackage", "text-show@3.10.4 hackage", "fork@ hackage"],
  },
  {
    format: "haskell/cabalfile",
    path: "shop.cabal",
    text: `cabal-version: 2.4
name:          shop
version:       0.1.0.0
license:       BSD-3-Clause
-- a comment
common shared
  build-depends: base >=4.14 && <5

library
  import: shared
  exposed-modules: Shop
  build-depends:
      text ==2.0.2
    , bytestring
    , cryptonite:{core, extra} ^>=0.30
  if os(windows)
    build-depends: Win32 >=2.6

test-suite spec
  type: exitcode-stdio-1.0
  build-depends: hspec, base >=4.14 && <5
  build-tool-depends: hspec-discover:hspec-discover
`,
    states: [
      "project shop@0.1.0.0 -> base text bytestring cryptonite Win32 hspec hspec-discover",
      "base (>=4.14 && <5) hackage",
      "text@2.0.2 hackage",
      "bytestring () hackage",
      "cryptonite (^>=0.30) hackage",
      "Win32 (>=2.6) hackage",
      "hspec () development hackage",
      "hspec-discover () development hackage",
    ],
  },
  {
    format: "haskell/packageyaml",
    path: "package.yaml",
    text: `name: shop
version: 0.1.0.0
dependencies:
- base >= 4.7 && < 5
- text == 2.0.2
library:
  source-dirs: src
  dependencies: aeson
tests:
  spec:
    main: Spec.hs
    dependencies:
      hspec: ">= 2"
`,
    states: [
      "project shop@0.1.0.0 -> base text aeson hspec",
      "base (>= 4.7 && < 5) hackage",
      "text@2.0.2 hackage",
      "aeson () hackage",
      "hspec (>= 2) development hackage",
    ],
  },
  {
    format: "dart/pubspecyaml",
    path: "pubspec.yaml",
    text: `name: shop
version: 1.0.0+1
environment:
  sdk: ^3.0.0
dependencies:
  flutter:
    sdk: flutter
  http: ^1.1.0
  path: 1.9.0
  any_version:
  own:
    hosted: https://pub.example
    version: ^2.0.0
  fork:
    git:
      url: https://git.example/fork.git
      ref: main
  here:
    path: ../here
dev_dependencies:
  test: ">=1.24.0 <2.0.0"
`,
    states: [
      "project shop@1.0.0+1 -> http path any_version own fork here test",
      "http (^1.1.0) pub",
      "path@1.9.0 pub",
      "any_version (any) pub",
      "own (^2.0.0) pub",
      "fork@ pub",
      "here@",
      "test (>=1.24.0 <2.0.0) development pub",
    ],
  },
  {
    format: "erlang/rebarconfig",
    path: "rebar.config",
    text: `%% -*- erlang -*-
{erl_opts, [debug_info, {parse_transform, lager}]}.
{deps, [
  jsx,
  {cowboy, "2.10.0"},
  {hackney, "~> 1.18"},
  {renamed, "1.0.0", {pkg, published}},
  {fork, {git, "https://git.example/fork.git", {tag, "1.2.0"}}}
]}.
{profiles, [{test, [{deps, [{meck, "0.9.2"}]}]}]}.
{plugins, [rebar3_hex]}.
`,
    states: [
      "jsx () hex",
      "cowboy@2.10.0 hex",
      "hackney (~> 1.18) hex",
      "published@1.0.0 hex",
      "fork@ hex",
      "rebar3_hex () development hex",
      "meck@0.9.2 development hex",
    ],
  },
  {
    format: "erlang/otpapplication",
    path: "usr/local/lib/erlang/lib/cowboy-2.10.0/ebin/cowboy.app",
    text: `%% made by a tool
{application, 'cowboy', [
	{description, "Small, fast, modern HTTP server."},
	{vsn, "2.10.0"},
	{modules, ['cowboy','cowboy_app']},
	{registered, [cowboy_sup]},
	{applications, [kernel,stdlib,crypto]},
	{mod, {cowboy_app, []}},
	{env, []}
]}.
`,
    states: ["cowboy@2.10.0 otp"],
  },
  {
    format: "swift/packageswift",
    path: "Package.swift",
    text: `// swift-tools-version: 5.9
import PackageDescription
let package = Package(
    name: "Shop",
    dependencies: [
        .package(url: "https://github.com/apple/swift-log.git", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.62.0"),
        .package(url: "https://github.com/vapor/vapor.git", .exact("4.89.0")),
        .package(url: "https://github.com/acme/range", "1.0.0"..<"2.0.0"),
        .package(url: "https://github.com/acme/main", branch: "main"),
        .package(id: "mona.LinkedList", .upToNextMajor(from: "1.0.0")),
        .package(path: "../Here"),
        .package(url: base + "/computed", from: "1.0.0"),
    ]
)
`,
    states: [
      "project Shop@ -> github.com/apple/swift-log github.com/apple/swift-nio github.com/vapor/vapor github.com/acme/range github.com/acme/main mona.LinkedList",
      "github.com/apple/swift-log (from 1.5.0) swift",
      "github.com/apple/swift-nio@2.62.0 swift",
      "github.com/vapor/vapor@4.89.0 swift",
      "github.com/acme/range (1.0.0..<2.0.0) swift",
      "github.com/acme/main@ swift",
      "mona.LinkedList (from 1.0.0)",
    ],
  },
  {
    format: "swift/podfile",
    path: "Podfile",
    text: `platform :ios, '15.0'
target 'Shop' do
  pod 'Alamofire', '5.8.1'
  pod 'Firebase/Core', '~> 10.0'
  pod 'Plain'
  pod 'Fork', :git => 'https://git.example/fork.git', :tag => '1.0'
  pod 'Here', :path => '../here'
end
`,
    states: [
      "Alamofire@5.8.1 cocoapods",
      "Firebase/Core (~> 10.0) cocoapods",
      "Plain () cocoapods",
      "Fork@ cocoapods",
      "Here@",
    ],
  },
  {
    format: "swift/cartfile",
    path: "Cartfile",
    text: `# what it needs
github "Alamofire/Alamofire" == 5.8.1
github "ReactiveX/RxSwift" ~> 6.0 # a range
git "https://git.example/a/fork.git" "main"
binary "https://example.com/Binary.json" >= 1.0
`,
    states: [
      "Alamofire/Alamofire@5.8.1 github",
      "ReactiveX/RxSwift (~> 6.0) github",
      'https://git.example/a/fork.git ("main")',
      "https://example.com/Binary.json (>= 1.0)",
    ],
  },
  {
    format: "swift/mintfile",
    path: "Mintfile",
    text: `yonaskolb/XcodeGen@2.38.0
realm/SwiftLint
https://github.com/apple/swift-format@509.0.0
`,
    states: [
      "github.com/yonaskolb/XcodeGen@2.38.0 development swift",
      "github.com/realm/SwiftLint () development swift",
      "github.com/apple/swift-format@509.0.0 development swift",
    ],
  },
  {
    format: "nim/nimble",
    path: `root/.nimble/pkgs2/json_serialization-0.4.2-${SHA_1}/json_serialization.nimble`,
    text: 'version = "0.4.2"\n',
    states: ["json_serialization@0.4.2 nim"],
  },
  {
    format: "nim/nimbleproject",
    path: "shop.nimble",
    text: `version       = "0.1.0"
author        = "Acme"
requires "nim >= 1.6.0", "jester#baca3f"
requires "chronos == 4.0.0"
requires("stew >= 0.1; results")
requires "https://git.example/acme/fork.git#head"
`,
    states: [
      "project shop@0.1.0 -> jester chronos stew results fork",
      "jester (#baca3f) nim",
      "chronos@4.0.0 nim",
      "stew (>= 0.1) nim",
      "results () nim",
      "fork@ nim",
    ],
  },
  {
    format: "nim/nimblelock",
    path: "nimble.lock",
    text: JSON.stringify({
      version: 2,
      packages: {
        stew: {
          version: "0.1.0",
          vcsRevision: SHA_1,
          url: "https://github.com/status-im/nim-stew",
          downloadMethod: "git",
          dependencies: ["results"],
          checksums: { sha1: SHA_1 },
        },
        results: {
          version: "#head",
          vcsRevision: SHA_1,
          url: "https://git.example/results",
          downloadMethod: "git",
          dependencies: [],
          checksums: {},
        },
      },
      tasks: {},
    }),
    states: ["stew@0.1.0 nim -> results", "results@ nim ->"],
  },
];
