import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8, LIMITS } from "../../../base/index.ts";
import { PACKAGE_LIST_SAMPLES } from "../../../testing/package-lists/samples.ts";
import { catalogFiles } from "./catalog.ts";
import { PACKAGE_LIST_FORMATS } from "./catalogers.ts";

const SHA_1 = "0123456789abcdef0123456789abcdef01234567";
const COMMIT = `%40${SHA_1}`;

function catalog(files: Readonly<Record<string, string>>) {
  return catalogFiles(new Map(Object.entries(files).map(([path, text]) => [path, encodeUtf8(text)])));
}

function catalogSample(path: string) {
  const sample = PACKAGE_LIST_SAMPLES.find((row) => row.path === path);
  assert.ok(sample, path);
  return catalog({ ...sample.others, [path]: sample.text });
}

describe("package URLs of package lists", () => {
  const rows: readonly (readonly [path: string, purl: string])[] = [
    [
      "app/yarn.lock",
      `pkg:npm/fork@0.1.0?download_url=https:%2F%2Fcodeload.github.com%2Fsomeone%2Ffork%2Ftar.gz%2F${SHA_1}`,
    ],
    ["app/yarn.lock", "pkg:npm/%40scope/util@1.2.3"],
    ["bun.lock", "pkg:npm/fork?vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Fa%2Ffork%400123abc"],
    ["deno.lock", "pkg:jsr/%40std/path@1.0.8"],
    ["app/requirements.txt", "pkg:pypi/flask@3.0.0"],
    ["app/requirements.txt", "pkg:pypi/tool?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Ftool.git%40v1.0"],
    ["poetry.lock", `pkg:pypi/fork@0.1.0?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Ffork.git${COMMIT}`],
    ["uv.lock", `pkg:pypi/fork@0.1.0?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Ffork${COMMIT}`],
    [
      "opt/conda/conda-meta/numpy-1.26.4-py311.json",
      "pkg:conda/numpy@1.26.4?build=py311_0&channel=main&subdir=linux-64&type=conda",
    ],
    ["Gemfile.lock", "pkg:gem/nokogiri@1.16.0?platform=x86_64-linux"],
    ["Cargo.lock", `pkg:cargo/fork@0.2.0?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Ffork${COMMIT}`],
    ["go.mod", "pkg:golang/example.com/c/v2@v2.0.0"],
    ["conan.lock", "pkg:conan/team/own@1.0?channel=stable"],
    ["conan.lock", "pkg:conan/zlib@1.3?rrev=abc"],
    ["Manifest.toml", "pkg:julia/JSON@0.21.4?uuid=682c06a0-de6a-54ab-a142-c8b1cf79cde6"],
    ["app/pom.xml", "pkg:maven/org.shop/own@2?classifier=linux"],
    ["composer.lock", `pkg:composer/acme/test@dev-main?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Ftest.git${COMMIT}`],
    ["pubspec.lock", "pkg:pub/lints@3.0.0?repository_url=https:%2F%2Fpub.example"],
    ["Package.resolved", "pkg:swift/github.com/apple/nio@2.0.0"],
    ["ios/Podfile.lock", "pkg:cocoapods/Fire@10.0.0#Core"],
    [".terraform.lock.hcl", "pkg:terraform/registry.terraform.io/hashicorp/aws@5.31.0"],
    [".github/workflows/ci.yml", `pkg:github/acme/tools@${SHA_1}#setup`],
    ["chart/Chart.lock", "pkg:helm/redis@18.0.1?repository_url=https:%2F%2Fcharts.example"],
  ];
  for (const [path, purl] of rows) {
    it(`${path}: ${purl}`, () => {
      assert.ok(catalogSample(path).components.some((component) => component.purl === purl));
    });
  }

  it("never carry a password, and keep the user git", () => {
    const { components } = catalog({
      "requirements.txt": "a @ git+https://user:secret@git.example/a.git@v1\n",
      "Gemfile.lock": "GIT\n  remote: ssh://git@git.example/b.git\n  revision: 0123abc\n  specs:\n    b (1.0)\n",
      "pnpm-lock.yaml":
        "lockfileVersion: '9.0'\npackages:\n  c@https://t0ken@x.example/c.tgz:\n    resolution: {tarball: 'https://t0ken@x.example/c.tgz'}\n    version: 1.0.0\n",
    });
    const purls = components.map(({ purl = "" }) => decodeURIComponent(purl));
    assert.ok(purls.some((purl) => purl.includes("git+https://git.example/a.git@v1")));
    assert.ok(purls.some((purl) => purl.includes("git+ssh://git@git.example/b.git@0123abc")));
    assert.ok(purls.every((purl) => !/secret|t0ken/.test(purl)));
  });
});

describe("hashes and licences of package lists", () => {
  const hashed: readonly (readonly [path: string, name: string, algorithms: readonly string[]])[] = [
    ["app/yarn.lock", "left", ["SHA-512"]],
    ["app/yarn.lock", "@scope/util", ["SHA-1"]],
    ["deno.lock", "@std/path", ["SHA-256"]],
    ["app/requirements.txt", "six", ["SHA-256"]],
    ["pylock.toml", "attrs", ["SHA-256"]],
    ["Gemfile.lock", "rack", ["SHA-256"]],
    ["Cargo.lock", "serde", ["SHA-256"]],
    ["composer.lock", "acme/http", ["SHA-1"]],
    ["mix.lock", "plug", ["SHA-256"]],
    ["pubspec.lock", "http", ["SHA-256"]],
    ["gradle/verification-metadata.xml", "org.lib:core", ["SHA-256"]],
  ];
  for (const [path, name, algorithms] of hashed) {
    it(`${path}: ${name} has ${algorithms.join(", ")}`, () => {
      const component = catalogSample(path).components.find((row) => row.name === name && row.hashes.length > 0);
      assert.deepEqual(
        component?.hashes.map(({ algorithm }) => algorithm),
        algorithms,
      );
    });
  }

  it("are left out where a file has those of several systems", () => {
    const hash = (digit: string) => `--hash=sha256:${digit.repeat(64)}`;
    const { components } = catalog({ "requirements.txt": `six==1.16.0 ${hash("a")} ${hash("b")}\n` });
    assert.deepEqual(components[0]?.hashes, []);
  });

  it("are left out where they are malformed", () => {
    const { components } = catalog({ "requirements.txt": "six==1.16.0 --hash=sha256:abc\n" });
    assert.deepEqual(components[0]?.hashes, []);
  });

  it("take several licences of Composer as a choice", () => {
    const log = catalogSample("composer.lock").components.find(({ name }) => name === "acme/log");
    assert.deepEqual(log?.licenses, ["MIT OR GPL-2.0-only"]);
  });
});

describe("files that are not what their name says", () => {
  const rows: readonly (readonly [format: string, text: string, message: RegExp])[] = [
    ["javascript/pnpmlock", "lockfileVersion: 42.0\n", /lockfileVersion 42/],
    ["javascript/pnpmlock", "prose", /YAML mapping/],
    ["javascript/bunlock", "[1]", /JSON object/],
    ["javascript/denolock", '{"version": "9"}', /version/],
    ["python/pipfilelock", '{"default": []}', /not an object/],
    ["python/poetrylock", 'package = "x"', /not a list/],
    ["python/condameta", '{"name": "x"}', /name and a version/],
    ["rust/cargotoml", "[dependencies]\na = { git = {} }\n", /git of the dependency a/],
    ["rust/cargotoml", "[dependencies]\na = 1\n", /not a version or a table/],
    ["golang/gomod", "prose here\n", /not a directive/],
    ["golang/gomod", "require (\n\ta v1.0.0\n", /no end/],
    ["golang/gomod", "require a\n", /does not require a module/],
    ["golang/gomod", "replace a b c d => e\n", /what replaces what/],
    ["php/composerlock", "null", /JSON object/],
    ["php/composerinstalled", "1", /list of packages/],
    ["dotnet/csproj", "<Other/>", /expected <Project>/],
    ["dotnet/csproj", '<!DOCTYPE Project [<!ENTITY x "y">]><Project>&x;</Project>', /XML|document type|entity/i],
    ["dotnet/packageslockjson", '{"dependencies": {"net8.0": []}}', /not an object/],
    ["ocaml/opam", "noversion\n", /name\.version/],
    ["ocaml/opamfile", "prose\n", /opam-version/],
    ["swift/packageresolved", '{"version": 9}', /version/],
    ["swift/podfilelock", "A: b\n", /PODS/],
    ["terraform/lock", "prose\n", /provider/],
  ];
  for (const [id, text, message] of rows) {
    it(`${id}: ${JSON.stringify(text)}`, () => {
      const format = PACKAGE_LIST_FORMATS.find((row) => row.id === id);
      assert.ok(format);
      assert.throws(() => format.read({ path: "x", bytes: encodeUtf8(text), files: new Map() }), { message });
    });
  }

  const partly: readonly (readonly [path: string, text: string, refs: readonly string[], problem: RegExp])[] = [
    ["yarn.lock", "prose\n", [], /does not begin an entry/],
    ["Gemfile.lock", "prose\n", [], /line 1/],
    ["paket.lock", "prose\n", [], /line 1/],
    ["mix.lock", "[1]", [], /map of Elixir/],
    ["rebar.lock", "prose", [], /term of Erlang/],
    ["Cartfile.resolved", "prose\n", [], /line 1/],
    ["gradle.lockfile", "bad line\norg.a:b:1=x\n", ["pkg:maven/org.a/b@1"], /line 1/],
    ["mix.lock", '%{\n  "a": {:hex, :a, "1.0", "x"},\n  "b": {:hex, },\n}', ["pkg:hex/a@1.0"], /entry b/],
    [
      "packages.config",
      '<packages><package id="A"/><package id="B" version="1"/></packages>',
      ["pkg:nuget/B@1"],
      /package A/,
    ],
    ["bun.lock", '{"packages": {"a": [], "b": ["b@1.0.0"]}}', ["pkg:npm/b@1.0.0"], /package a/],
    ["requirements.txt", "???\nsix==1.16.0\n", ["pkg:pypi/six@1.16.0"], /not a requirement/],
    ["Podfile.lock", "PODS:\n  - A\n  - B (1.0)\n", ["pkg:cocoapods/B@1.0"], /item of PODS/],
    ["paket.lock", "NUGET\n    A (1.0)\nprose\n", ["pkg:nuget/A@1.0"], /line 3/],
  ];
  for (const [path, text, refs, problem] of partly) {
    it(`${path}: what can be read is listed`, () => {
      const { components, problems } = catalog({ [path]: text });
      assert.deepEqual(
        components.map(({ ref }) => ref),
        refs,
      );
      assert.equal(problems[0]?.code, "LOCKFILE_INVALID");
      assert.match(problems[0]?.message ?? "", problem);
    });
  }

  it("C8: a file beyond the limits is reported, not read", () => {
    const lines = "a==1\n".repeat(LIMITS.listFileLines + 1);
    const { problems } = catalog({ "requirements.txt": lines, "poetry.lock": `# ${"x".repeat(LIMITS.listFileBytes)}` });
    assert.deepEqual(
      problems.map(({ code }) => code),
      ["LIMIT_EXCEEDED", "LIMIT_EXCEEDED"],
    );
  });
});

describe("package lists of other forms", () => {
  const rows: readonly (readonly [name: string, path: string, text: string, refs: readonly string[]])[] = [
    [
      "yarn.lock of Yarn 2 and later, with a workspace, an alias and git",
      "yarn.lock",
      [
        "__metadata:\n  version: 8",
        '"shop@workspace:.":\n  version: 0.0.0-use.local\n  resolution: "shop@workspace:."\n  dependencies:\n    left: "npm:^1.0.0"',
        '"left@npm:^1.0.0":\n  version: 1.3.0\n  resolution: "left@npm:1.3.0"',
        '"old@npm:left@^0.9":\n  version: 0.9.1\n  resolution: "left@npm:0.9.1"',
        `"fork@https://git.example/fork.git":\n  version: 0.1.0\n  resolution: "fork@https://git.example/fork.git#commit=${SHA_1}"`,
      ].join("\n\n"),
      [
        "application:shop",
        `pkg:npm/fork@0.1.0?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Ffork.git${COMMIT}`,
        "pkg:npm/left@0.9.1",
        "pkg:npm/left@1.3.0",
      ],
    ],
    [
      "pnpm-lock.yaml of version 6",
      "pnpm-lock.yaml",
      "lockfileVersion: '6.0'\npackages:\n  /@s/a@1.0.0-rc.1(b@2.0.0):\n    dev: true\n  /b@2.0.0:\n    dev: false\n",
      ["pkg:npm/%40s/a@1.0.0-rc.1", "pkg:npm/b@2.0.0"],
    ],
    [
      "deno.lock of version 3",
      "deno.lock",
      '{"version": "3", "packages": {"npm": {"a@1.0.0": {"dependencies": {}}}}}',
      ["pkg:npm/a@1.0.0"],
    ],
    [
      "poetry.lock of version 1",
      "poetry.lock",
      '[[package]]\nname = "a"\nversion = "1"\ncategory = "dev"\n[metadata.files]\na = []\n',
      ["pkg:pypi/a@1"],
    ],
    ["a requirements file in UTF-16", "requirements.txt", "\ufeffa==1\r\nb==2", ["pkg:pypi/a@1", "pkg:pypi/b@2"]],
    [
      "requirements with brackets and white space",
      "requirements.txt",
      "a (== 1.0)\nb [x,y]  ~=  2.0 ; extra == 'z'",
      ["pkg:pypi/a@1.0", "pkg:pypi/b"],
    ],
    [
      "Cargo.lock of version 1",
      "Cargo.lock",
      '[root]\nname = "shop"\nversion = "0.1.0"\n[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n',
      ["application:shop@0.1.0", "pkg:cargo/a@1.0.0"],
    ],
    [
      "Manifest.toml of format 1",
      "Manifest.toml",
      '[[A]]\nuuid = "u"\nversion = "1.0.0"\n',
      ["pkg:julia/A@1.0.0?uuid=u"],
    ],
    [
      "installed.json of Composer 1",
      "vendor/composer/installed.json",
      '[{"name": "a/b", "version": "1.0.0"}]',
      ["pkg:composer/a/b@1.0.0"],
    ],
    [
      "Package.resolved of version 1",
      "Package.resolved",
      '{"version": 1, "object": {"pins": [{"package": "A", "repositoryURL": "https://h.example/o/a", "state": {"version": "1.0.0"}}]}}',
      ["pkg:swift/h.example/o/a@1.0.0"],
    ],
    ["rebar.lock of an older rebar3", "rebar.lock", '[{<<"a">>,{pkg,<<"a">>,<<"1.0">>},0}].', ["pkg:hex/a@1.0"]],
    [
      "a go.mod older than Go 1.17 without a go.sum",
      "go.mod",
      "module m\ngo 1.16\nrequire a.example/b v1.0.0\n",
      ["application:m", "pkg:golang/a.example/b@v1.0.0", "pkg:golang/stdlib"],
    ],
    [
      "a setup.py with a triple quoted text and an escape",
      "setup.py",
      "'''x==1'''\nr = ['a==1', \"b\\\"==2\", 'c>=3']\n",
      ["pkg:pypi/a@1", "pkg:pypi/c"],
    ],
    [
      "an action of several steps",
      ".github/actions/own/action.yml",
      "runs:\n  using: composite\n  steps:\n    - uses: a/b@v1\n",
      ["pkg:github/a/b@v1"],
    ],
    ["a Chart.yaml of something else", "Chart.yaml", "name: x\n", []],
    ["a manifest.toml of something else", "manifest.toml", 'name = "x"\n', []],
  ];
  for (const [name, path, text, refs] of rows) {
    it(name, () => {
      const bytes = text.startsWith("\ufeff") ? utf16(text) : encodeUtf8(text);
      const { components, problems } = catalogFiles(new Map([[path, bytes]]));
      assert.deepEqual(problems, []);
      assert.deepEqual(
        components.map(({ ref }) => ref),
        refs,
      );
    });
  }

  it("adds go.sum's modules where go.mod is older than Go 1.17", () => {
    const { components } = catalog({
      "go.mod": "module m\ngo 1.16\nrequire a.example/b v1.0.0\n",
      "go.sum": "a.example/b v1.0.0 h1:x=\na.example/b v1.0.0/go.mod h1:x=\nc.example/d v0.1.0 h1:x=\n",
    });
    assert.deepEqual(
      components.map(({ ref }) => ref),
      ["application:m", "pkg:golang/a.example/b@v1.0.0", "pkg:golang/c.example/d@v0.1.0", "pkg:golang/stdlib"],
    );
  });

  it("follows parents of a pom.xml only where they are the ones that are meant, and never in a circle", () => {
    const pom = (artifact: string, parent: string) =>
      `<project><parent><groupId>g</groupId><artifactId>${parent}</artifactId><version>1</version><relativePath>../${parent}</relativePath></parent><artifactId>${artifact}</artifactId><dependencies><dependency><groupId>d</groupId><artifactId>of-${artifact}</artifactId><version>1</version></dependency></dependencies></project>`;
    const { dependencies } = catalog({ "a/pom.xml": pom("a", "b"), "b/pom.xml": pom("b", "a") });
    assert.deepEqual(dependencies.get("application:g:a@1"), ["pkg:maven/d/of-a@1", "pkg:maven/d/of-b@1"]);
    const other = catalog({ "a/pom.xml": pom("a", "b"), "b/pom.xml": pom("other", "a") });
    assert.deepEqual(other.dependencies.get("application:g:a@1"), ["pkg:maven/d/of-a@1"]);
    assert.ok(other.notLookedAt.some(({ reason }) => reason.includes("parent is not here")));
  });
});

function utf16(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length * 2 }, (_, index) => {
    const unit = text.charCodeAt(index >> 1);
    return index % 2 === 0 ? unit & 0xff : unit >> 8;
  });
}
