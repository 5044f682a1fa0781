import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AmapError, Double, type Value } from "../../../base/index.ts";
import { type AdmissionOperation, applyAdmissionPatch } from "./admission-patch.ts";

const free = (): void => {};
type Step = Partial<AdmissionOperation>;

const apply = (object: Value, steps: readonly Step[]) =>
  applyAdmissionPatch(
    object,
    steps.map((step) => ({ op: "", path: "", from: "", value: undefined, ...step })),
    free,
  );

const OBJECT = { kind: "Thing", m: { a: 1, n: null, "x/y~z": "s" }, l: [1, 2, { k: "v" }], e: [], s: "text" };

const add = (path: string, value?: Value): Step => ({ op: "add", path, value });
const remove = (path: string): Step => ({ op: "remove", path });
const replace = (path: string, value?: Value): Step => ({ op: "replace", path, value });
const move = (from: string, path: string): Step => ({ op: "move", from, path });
const copy = (from: string, path: string): Step => ({ op: "copy", from, path });
const test = (path: string, value?: Value): Step => ({ op: "test", path, value });

describe("applyAdmissionPatch", () => {
  for (const [name, steps, changed] of [
    ["nothing", [], {}],
    ["adds a member", [add("/m2", { a: [] })], { m2: { a: [] } }],
    ["adds in place of a member", [add("/s", 1)], { s: 1 }],
    ["adds null for a value that is not set", [add("/s")], { s: null }],
    ["adds before an element", [add("/l/1", 9)], { l: [1, 9, 2, { k: "v" }] }],
    ["adds at the end by -", [add("/l/-", 9)], { l: [1, 2, { k: "v" }, 9] }],
    ["adds at the end by its index", [add("/l/3", 9)], { l: [1, 2, { k: "v" }, 9] }],
    ["adds at the end by -1", [add("/l/-1", 9)], { l: [1, 2, { k: "v" }, 9] }],
    ["reads leading zeros", [add("/l/01", 9)], { l: [1, 9, 2, { k: "v" }] }],
    ["adds under an escaped key", [add("/m/x~1y~0z", 2)], { m: { a: 1, n: null, "x/y~z": 2 } }],
    ["adds under an empty key", [add("/m/", 2)], { m: { a: 1, n: null, "x/y~z": "s", "": 2 } }],
    ["looks away from what stands before the first slash", [add("nope/t", 2)], { t: 2 }],
    ["adds in an element", [add("/l/2/q", 1)], { l: [1, 2, { k: "v", q: 1 }] }],
    ["adds in an element by -1", [add("/l/-1/q", 1)], { l: [1, 2, { k: "v", q: 1 }] }],
    ["removes a member", [remove("/m")], { m: undefined }],
    ["removes a null", [remove("/m/n")], { m: { a: 1, "x/y~z": "s" } }],
    ["removes an element", [remove("/l/0")], { l: [2, { k: "v" }] }],
    ["replaces a member", [replace("/s", "t")], { s: "t" }],
    ["replaces a member that is not there", [replace("/t", "t")], { t: "t" }],
    ["replaces an element", [replace("/l/-3", 7)], { l: [7, 2, { k: "v" }] }],
    ["moves", [move("/m/a", "/l/0")], { m: { n: null, "x/y~z": "s" }, l: [1, 1, 2, { k: "v" }] }],
    [
      "moves into what was moved before",
      [move("/l", "/m/l"), move("/m", "/l")],
      {
        m: undefined,
        l: { ...OBJECT.m, l: OBJECT.l },
      },
    ],
    ["copies", [copy("/m/a", "/t")], { t: 1 }],
    ["copies null for what is not there", [copy("/m/zz", "/t")], { t: null }],
    ["goes on behind a test that holds", [test("/m", { n: null, "x/y~z": "s", a: 1 }), remove("/s")], { s: undefined }],
    ["tests numbers by value", [test("/m/a", new Double(1)), remove("/s")], { s: undefined }],
    ["tests what is missing against nothing", [test("/m/zz"), remove("/s")], { s: undefined }],
    ["tests null against nothing", [test("/m/n"), remove("/s")], { s: undefined }],
    ["tests an empty list against null", [test("/e", null), remove("/s")], { s: undefined }],
    ["tests the whole", [test("", OBJECT), remove("/s")], { s: undefined }],
  ] as const) {
    it(name, () => {
      const wanted = Object.fromEntries(
        Object.entries({ ...OBJECT, ...changed }).filter(([, value]) => value !== undefined),
      );
      assert.deepEqual(apply(OBJECT, steps), { status: "applied", object: wanted });
    });
  }

  it("replaces the whole", () => {
    assert.deepEqual(apply(OBJECT, [replace("", [1]), add("/-", 2)]), { status: "applied", object: [1, 2] });
  });

  for (const steps of [
    [remove("/s"), test("/m/a", 2)],
    [test("/s", "other")],
    [test("/m/n", null)],
    [test("/m/zz", null)],
    [test("/m/a")],
    [test("", {})],
    [test("/l", [1, 2])],
  ]) {
    it(`ends without effect where a test does not hold: ${JSON.stringify(steps)}`, () => {
      assert.deepEqual(apply(OBJECT, steps), { status: "unmet" });
    });
  }

  for (const [step, message] of [
    [{ op: "frob" }, "Unexpected kind: frob"],
    [{}, "Unexpected kind: "],
    [add("/x/y", 1), 'add operation does not apply: doc is missing path: "/x/y": missing value'],
    [add("/s/y", 1), 'add operation does not apply: doc is missing path: "/s/y": missing value'],
    [add("/m/n/y", 1), 'add operation does not apply: doc is missing path: "/m/n/y": missing value'],
    [add("", {}), 'add operation does not apply: doc is missing path: "": missing value'],
    [
      add("/l/x", 1),
      `error in add for path: '/l/x': value was not a proper array index: 'x': strconv.Atoi: parsing "x": invalid syntax`,
    ],
    [add("/l/4", 1), "error in add for path: '/l/4': Unable to access invalid index: 4: invalid index referenced"],
    [add("/l/-5", 1), "error in add for path: '/l/-5': Unable to access invalid index: -5: invalid index referenced"],
    [remove("/t"), "error in remove for path: '/t': Unable to remove nonexistent key: t: missing value"],
    [remove("/l/3"), "error in remove for path: '/l/3': Unable to access invalid index: 3: invalid index referenced"],
    [remove("/x/y"), 'remove operation does not apply: doc is missing path: "/x/y": missing value'],
    [replace("/l/3", 1), "replace operation does not apply: doc is missing key: /l/3: missing value"],
    [replace("/x/y", 1), "replace operation does not apply: doc is missing path: /x/y: missing value"],
    [replace("", 1), "replace operation value must be object or array"],
    [move("", "/t"), "move operation failed to decode from: operation, missing from field: missing value"],
    [move("/x/y", "/t"), "move operation does not apply: doc is missing from path: /x/y: missing value"],
    [move("/x", "/t"), "error in move for path: 'x': Unable to remove nonexistent key: x: missing value"],
    [move("/m", "/m/a"), "move operation does not apply: doc is missing destination path: /m/a: missing value"],
    [copy("", "/t"), "copy operation failed to decode from: operation, missing from field: missing value"],
    [copy("/x/y", "/t"), "copy operation does not apply: doc is missing from path: /x/y: missing value"],
    [copy("/s", "/x/y"), "copy operation does not apply: doc is missing destination path: /x/y: missing value"],
    [copy("/l/7", "/t"), "error in copy for from: '/l/7': Unable to access invalid index: 7: invalid index referenced"],
    [test(""), "test operation does not apply to the whole: missing value"],
    [test("/x/y", 1), "test operation does not apply: is missing path: /x/y: missing value"],
    [test("/l/x", 1), `error in test for path: '/l/x': strconv.Atoi: parsing "x": invalid syntax`],
    [add("/m/__proto__", {}), `error in add for path: '/m/__proto__': the key "__proto__" is not taken`],
    [add("/__proto__/a", {}), 'add operation does not apply: doc is missing path: "/__proto__/a": missing value'],
    [
      add("/constructor/prototype", {}),
      'add operation does not apply: doc is missing path: "/constructor/prototype": missing value',
    ],
  ] as const satisfies readonly (readonly [Step, string])[]) {
    it(`refuses ${JSON.stringify(step)}`, () => {
      assert.deepEqual(apply(OBJECT, [step]), { status: "error", message });
    });
  }

  it("ends where the budget ends, and where the path is too deep", () => {
    const spend = (): never => {
      throw new AmapError("BUDGET_EXCEEDED", "spent");
    };
    assert.throws(() => applyAdmissionPatch(OBJECT, [{ op: "test", path: "", from: "", value: OBJECT }], spend), {
      code: "BUDGET_EXCEEDED",
    });
    assert.throws(() => apply(OBJECT, [add("/a".repeat(100_000), 1)]), { code: "LIMIT_EXCEEDED" });
  });

  it("charges a copy of a list by its length", () => {
    let steps = 0;
    const list = Array.from({ length: 1_000 }, (_, index) => index);
    applyAdmissionPatch({ list }, [{ op: "add", path: "/list/0", from: "", value: 1 }], (count) => {
      steps += count;
    });
    assert.ok(steps >= 1_000);
  });

  it("charges what a copy holds, its texts by their length", () => {
    let steps = 0;
    const charge = (count: number): void => {
      steps += count;
    };
    const held = { list: [[1, 2], [3]], text: "x".repeat(16_000) };
    applyAdmissionPatch({ held }, [{ op: "copy", path: "/again", from: "/held", value: undefined }], charge);
    assert.ok(steps >= 1_000 + 8, `${steps}`);
  });

  const paths = fc.constantFrom(
    "",
    "/m",
    "/m/a",
    "/m/n",
    "/l",
    "/l/0",
    "/l/-",
    "/l/-1",
    "/l/2/k",
    "/e",
    "/zz",
    "/zz/y",
  );
  const operations = fc.array(
    fc.record({
      op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test"),
      path: paths,
      from: paths,
      value: fc.option(fc.constantFrom<Value>(null, 1, "s", { a: 1 }, [1]), { nil: undefined }),
    }),
    { maxLength: 6 },
  );

  it("never changes what it is given", () => {
    fc.assert(
      fc.property(operations, (steps) => {
        const object = structuredClone(OBJECT);
        applyAdmissionPatch(object, steps, free);
        assert.deepEqual(object, OBJECT);
      }),
      { numRuns: 300 },
    );
  });

  it("undoes what it adds", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 5 }).filter((key) => !(key in OBJECT) && key !== "__proto__"),
        (key) => {
          const path = `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
          assert.deepEqual(apply(OBJECT, [add(path, 1), remove(path)]), { status: "applied", object: OBJECT });
        },
      ),
      { numRuns: 300 },
    );
  });
});
