import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AmapError, type ErrorCode, encodeUtf8 } from "../../base/index.ts";
import { createFileSystem } from "../filesystem/index.ts";
import { loadRegistriesConf } from "./index.ts";
import { compileEntries, readEntries } from "./registries-conf.ts";

const placesOf = (toml: string, name: string) => {
  const slash = name.indexOf("/");
  return compileEntries(readEntries(encodeUtf8(toml), "r.conf")).placesOf(name.slice(0, slash), name.slice(slash + 1));
};

/** Places as text: `host/path`, then `!` for insecure, `#` for digests only, `:` for tags only. */
function shown(toml: string, name: string): string | undefined {
  const places = placesOf(toml, name);
  if (places === undefined) return undefined;
  const all = [...places.mirrors, places.original].map(({ registry, repository, insecure, tags, digests }) => {
    const marks = `${insecure ? "!" : ""}${tags ? "" : "#"}${digests ? "" : ":"}`;
    return `${registry}/${repository}${marks}`;
  });
  return `${places.blocked ? "blocked " : ""}${all.join(" ")}`;
}

const HUB = `
unqualified-search-registries = ["docker.io"]
short-name-mode = "disabled"
credential-helpers = ["containers-auth.json"]
[aliases]
x = "docker.io/library/x"
[[registry]]
prefix = "docker.io"
location = "hub.corp:5000/hub"
[[registry.mirror]]
location = "near.corp/hub/"
insecure = true
[[registry.mirror]]
location = "far.corp"
pull-from-mirror = "digest-only"
[[registry.mirror]]
location = "tags.corp"
pull-from-mirror = "tag-only"
`;

describe("registries.conf: the places of a repository", () => {
  const rows: readonly (readonly [name: string, toml: string, of: string, expected: string | undefined])[] = [
    ["nothing is said", "", "docker.io/library/x", undefined],
    ["another registry", HUB, "ghcr.io/x", undefined],
    [
      "mirrors in their order, then the location",
      HUB,
      "docker.io/library/x",
      "near.corp/hub/library/x! far.corp/library/x# tags.corp/library/x: hub.corp:5000/hub/library/x",
    ],
    [
      "location alone is the prefix, too",
      '[[registry]]\nlocation = "a.io"\nblocked = true',
      "a.io/x",
      "blocked a.io/x",
    ],
    ["a prefix alone is the location, too", '[[registry]]\nprefix = "a.io"\ninsecure = true', "a.io/x", "a.io/x!"],
    ["another port is another registry", '[[registry]]\nprefix = "a.io"', "a.io:5000/x", undefined],
    ["a name that only begins alike", '[[registry]]\nprefix = "a.io/team"', "a.io/team2/x", undefined],
    ["the whole repository", '[[registry]]\nprefix = "a.io/x"\nlocation = "b.io/y"', "a.io/x", "b.io/y"],
    [
      "the longest prefix",
      '[[registry]]\nprefix = "a.io"\nlocation = "b.io"\n[[registry]]\nprefix = "a.io/x"\nlocation = "c.io/x"\n[[registry]]\nprefix = "*.io"',
      "a.io/x/y",
      "c.io/x/y",
    ],
    ["a domain", '[[registry]]\nprefix = "*.a.io"', "b.c.a.io/x", "b.c.a.io/x"],
    ["a domain that moves", '[[registry]]\nprefix = "*.a.io"\nlocation = "b.io/m"', "c.a.io/x", "b.io/m/x"],
    ["a domain is not its own host", '[[registry]]\nprefix = "*.a.io"', "a.io/x", undefined],
    ["a domain is of the host, not of the path", '[[registry]]\nprefix = "*.a.io"', "b.io/c.a.io/x", undefined],
    [
      "mirror-by-digest-only",
      '[[registry]]\nprefix = "a.io"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "[::1]:5000/m"',
      "a.io/x",
      "[::1]:5000/m/x# a.io/x",
    ],
  ];
  for (const [name, toml, of, expected] of rows) it(name, () => assert.equal(shown(toml, of), expected));

  const refused: readonly (readonly [name: string, toml: string, code: ErrorCode, pattern: RegExp])[] = [
    ["no TOML", "[[registry]", "REGISTRIES_CONF_INVALID", /r\.conf: expected TOML, .* line 1/],
    ["version 1", "[registries.search]\nregistries = []", "NOT_SUPPORTED", /version 1/],
    ["an unknown key", "mirrors = []", "REGISTRIES_CONF_INVALID", /the file: "mirrors" is not a key/],
    [
      "an unknown key of a registry",
      '[[registry]]\nprefix = "a.io"\nblock = true',
      "REGISTRIES_CONF_INVALID",
      /"block"/,
    ],
    [
      "an unknown key of a mirror",
      '[[registry]]\nprefix = "a.io"\n[[registry.mirror]]\nlocation = "b.io"\nblocked = true',
      "REGISTRIES_CONF_INVALID",
      /mirror "b.io": "blocked"/,
    ],
    ["neither prefix nor location", "[[registry]]\ninsecure = true", "REGISTRIES_CONF_INVALID", /found neither/],
    [
      "a mirror without a location",
      '[[registry]]\nprefix = "a.io"\n[[registry.mirror]]',
      "REGISTRIES_CONF_INVALID",
      /found none/,
    ],
    ["no text", "[[registry]]\nprefix = 1", "REGISTRIES_CONF_INVALID", /expected text for prefix/],
    [
      "no truth",
      '[[registry]]\nprefix = "a.io"\nblocked = "yes"',
      "REGISTRIES_CONF_INVALID",
      /true or false for blocked/,
    ],
    ["no tables", "registry = 1", "REGISTRIES_CONF_INVALID", /\[\[registry\]\] tables/],
    ["a tag", '[[registry]]\nprefix = "a.io/x:v1"', "NOT_SUPPORTED", /with a tag/],
    ["an address", '[[registry]]\nprefix = "https://a.io:1"', "NOT_SUPPORTED", /a scheme/],
    ["no name", '[[registry]]\nprefix = "a b"', "REGISTRIES_CONF_INVALID", /HOST\[:PORT\]/],
    ["a path after a domain", '[[registry]]\nprefix = "*.a.io/x"', "REGISTRIES_CONF_INVALID", /expected no path/],
    [
      "one prefix twice",
      '[[registry]]\nprefix = "a.io"\n[[registry]]\nlocation = "a.io"',
      "REGISTRIES_CONF_INVALID",
      /found more/,
    ],
    [
      "both ways to say digest-only",
      '[[registry]]\nprefix = "a.io"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "b.io"\npull-from-mirror = "all"',
      "REGISTRIES_CONF_INVALID",
      /found both/,
    ],
    [
      "another pull-from-mirror",
      '[[registry]]\nprefix = "a.io"\n[[registry.mirror]]\nlocation = "b.io"\npull-from-mirror = "some"',
      "REGISTRIES_CONF_INVALID",
      /all, digest-only, tag-only/,
    ],
    ["credential helpers", 'credential-helpers = ["secretservice"]', "NOT_SUPPORTED", /credential-helpers/],
    ["a key of all objects", "[__proto__]\nx = 1", "REGISTRIES_CONF_INVALID", /TOML|not a key/],
  ];
  for (const [name, toml, code, pattern] of refused) {
    it(`${name}: ${code}`, () => {
      const isRefusal = (error: unknown): boolean =>
        error instanceof AmapError && error.code === code && pattern.test(error.message);
      assert.throws(() => placesOf(toml, "a.io/x"), isRefusal);
    });
  }

  it("a location that leads to no repository is refused when the repository is asked for", () => {
    assert.throws(
      () => placesOf('[[registry]]\nprefix = "a.io/x"\nlocation = "b.io"', "a.io/x"),
      (error) => error instanceof AmapError && /names no repository/.test(error.message),
    );
  });

  it("bytes that are no text are refused", () => {
    assert.throws(() => readEntries(Uint8Array.of(0xff), "r.conf"), /UTF-8/);
  });
});

describe("loadRegistriesConf", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "amap-registries-"));
  });
  after(() => rmSync(folder, { recursive: true }));
  const put = (path: string, location: string, prefix = "a.io"): void => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), `[[registry]]\nprefix = "${prefix}"\nlocation = "${location}"\n`);
  };
  const load = async (file: string, name = "a.io"): Promise<string | undefined> => {
    const conf = await loadRegistriesConf({
      file,
      files: createFileSystem(),
      env: { HOME: join(folder, "home") },
      systemFolder: join(folder, "etc"),
    });
    return conf.placesOf(name, "x")?.original.registry;
  };

  it("a named file alone; of the system: the user's or the system's, and what is dropped in", async () => {
    await assert.rejects(load("system"), (error) => error instanceof AmapError && error.code === "FILE_NOT_FOUND");
    put("etc/registries.conf", "system.io");
    assert.equal(await load("system"), "system.io");
    put("home/.config/containers/registries.conf", "user.io");
    assert.equal(await load("system"), "user.io");
    put("etc/registries.conf.d/10.conf", "dropped.io");
    put("etc/registries.conf.d/ignored.txt", "no.io");
    put("etc/registries.conf.d/20.conf", "b.io", "b.example");
    assert.equal(await load("system"), "dropped.io");
    assert.equal(await load("system", "b.example"), "b.io");
    put("home/.config/containers/registries.conf.d/00.conf", "mine.io");
    assert.equal(await load("system"), "mine.io");
    assert.equal(await load(join(folder, "etc/registries.conf")), "system.io");
    await assert.rejects(
      load(join(folder, "none")),
      (error) => error instanceof AmapError && error.code === "FILE_NOT_FOUND",
    );
  });
});
