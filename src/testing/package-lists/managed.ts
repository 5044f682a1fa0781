import { HASH, type PackageListSample, SHA_1 } from "./sample.ts";

/** Files of languages that run on machines of their own, and of what software is deployed with. */
export const MANAGED_SAMPLES: readonly PackageListSample[] = [
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
    format: "swift/carthagecartfileresolved",
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
