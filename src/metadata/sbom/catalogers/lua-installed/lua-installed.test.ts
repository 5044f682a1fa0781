import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeUtf8 } from "../../../../base/index.ts";
import { luaInstalledCataloger } from "./lua-installed.ts";

const ROCKS = "usr/local/lib/luarocks/rocks-5.1";

function read(rocks: Readonly<Record<string, string>>) {
  const files = Object.entries(rocks).map(([path, text]) => [`${ROCKS}/${path}`, encodeUtf8(text)] as const);
  return luaInstalledCataloger.read(new Map(files), {});
}

describe("installed rocks of Lua", () => {
  it("state version, licence, summary and needs", () => {
    const { components, dependencies } = read({
      "lapis/1.16.0-1/lapis-1.16.0-1.rockspec":
        'package = "lapis"\nversion = "1.16.0-1"\ndescription = {\n  summary = "A framework",\n  license = \'MIT\'\n}\ndependencies = {\n  "lua >= 5.1",\n  "lpeg",\n}\n',
      "lpeg/1.1.0-1/lpeg-1.1.0-1.rockspec": 'package = "LPeg"\n',
    });
    assert.deepEqual(
      components.map(({ ref, licenses, description }) => ({ ref, licenses, description })),
      [
        { ref: "pkg:luarocks/lapis@1.16.0-1", licenses: ["MIT"], description: "A framework" },
        { ref: "pkg:luarocks/lpeg@1.1.0-1", licenses: [], description: undefined },
      ],
    );
    assert.deepEqual(dependencies.get("pkg:luarocks/lapis@1.16.0-1"), ["pkg:luarocks/lpeg@1.1.0-1"]);
  });

  it("lie where LuaRocks puts them", () => {
    assert.ok(luaInstalledCataloger.wants(`${ROCKS}/a/1-1/a-1-1.rockspec`));
    assert.ok(!luaInstalledCataloger.wants("src/a-1-1.rockspec"));
    assert.ok(!luaInstalledCataloger.wants(`${ROCKS}/a/1-1/b-1-1.rockspec`));
  });

  it("survive anything, in a time that grows with the size", () => {
    const path = "a/1/a-1.rockspec";
    const piece = fc.constantFrom("dependencies = {", "}", '"', "'", "\n", "license = ", " ", "=");
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 40 }), (parts) => {
        read({ [path]: parts.join("").toWellFormed() });
      }),
      { numRuns: 300, seed: 9, interruptAfterTimeLimit: 2_000 },
    );
    for (const text of [" ", "\n", '"', "license", "dependencies = {", "license = '", "{ "]) {
      const started = performance.now();
      read({ [path]: text.repeat(300_000) });
      assert.ok(performance.now() - started < 2_000, text);
    }
  });
});
