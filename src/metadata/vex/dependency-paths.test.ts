import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Sbom } from "../sbom/sbom.ts";
import type { Finding } from "../vulnerability/vulnerability.ts";
import { answerFindings } from "./answering.ts";
import { DependencyPaths } from "./dependency-paths.ts";
import { bomOf, dependenciesOf } from "./scanned-sbom.ts";
import type { VexProduct, VexStatement, VexSubject } from "./vex.ts";

const edgesOf = (text: string): ReadonlyMap<string, readonly string[]> =>
  new Map(
    text.split(" ").map((entry) => {
      const [parent = "", children = ""] = entry.split(":");
      return [parent, children.split(",")] as const;
    }),
  );

describe("paths to the top", () => {
  const cases: readonly (readonly [string, string, readonly string[], boolean])[] = [
    ["one path, cut", "r:a a:x", ["a"], true],
    ["one path, cut at the root", "r:a a:x", ["r"], true],
    ["one path, cut elsewhere", "r:a,b a:x", ["b"], false],
    ["two paths, one cut", "r:a,b a:x b:x", ["a"], false],
    ["two paths, both cut", "r:a,b a:x b:x", ["a", "b"], true],
    ["two paths that meet at the cut", "r:c c:a,b a:x b:x", ["c"], true],
    ["a path around the cut", "r:c,b c:a,b a:x b:x", ["c"], false],
    ["a direct dependency beside the cut", "r:a,x a:x", ["a"], false],
    ["another top that nothing depends on", "r:a a:x lost:x", ["a"], false],
    ["a component that is in no path", "r:a", ["a"], false],
    ["a circle with a way in", "r:a a:b b:a,x", ["a"], true],
    ["a circle without a way in", "a:b b:a,x", ["a"], false],
    ["a component that depends on itself", "x:x", ["x"], false],
    ["the component itself, which is no cut", "r:x", ["x"], false],
  ];
  for (const [name, edges, cut, expected] of cases) {
    test(`${name}: ${expected}`, () => {
      const paths = new DependencyPaths({ root: "r", edges: edgesOf(edges) });
      assert.equal(paths.cutsOf("x", (ancestor) => cut.includes(ancestor)).isClosed, expected);
    });
  }

  test("law: a further cut closes and never opens, a further edge to a top opens and never closes", () => {
    const nodes = ["r", "a", "b", "c", "x"];
    const edge = fc.tuple(fc.constantFrom(...nodes), fc.constantFrom(...nodes));
    const graphOf = (drawn: readonly (readonly [string, string])[]): DependencyPaths => {
      const edges = new Map<string, string[]>();
      for (const [parent, child] of drawn) edges.set(parent, [...(edges.get(parent) ?? []), child]);
      return new DependencyPaths({ root: "r", edges });
    };
    fc.assert(
      fc.property(fc.array(edge), fc.subarray(nodes), fc.constantFrom(...nodes), (drawn, cut, more) => {
        const isClosed = (paths: DependencyPaths, by: readonly string[]): boolean =>
          paths.cutsOf("x", (ancestor) => by.includes(ancestor)).isClosed;
        if (isClosed(graphOf(drawn), cut)) assert.ok(isClosed(graphOf(drawn), [...cut, more]));
        assert.ok(!isClosed(graphOf([...drawn, ["another top", "x"]]), cut));
      }),
    );
  });
});

const [ROOT, DIRECT, OTHER, DEEP] = ["pkg:npm/root@1", "pkg:npm/direct@2", "pkg:npm/other@3", "pkg:npm/deep@4"];
const ONE_PATH = {
  root: ROOT,
  edges: new Map([
    [ROOT, [DIRECT]],
    [DIRECT, [DEEP]],
  ]),
};
const TWO_PATHS = {
  root: ROOT,
  edges: new Map([
    [ROOT, [DIRECT, OTHER]],
    [DIRECT, [DEEP]],
    [OTHER, [DEEP]],
  ]),
};
const FINDING: Finding = {
  vulnerability: "CVE-2026-1",
  aliases: [],
  advisory: "CVE-2026-1",
  purl: DEEP,
  component: "deep",
  version: "4",
  severity: "high",
  fixedVersions: [],
};

const productOf = (id: string, ...subcomponents: string[]): VexProduct => ({
  id,
  identifiers: {},
  hashes: {},
  subcomponents: subcomponents.map((sub) => ({ id: sub, identifiers: {}, hashes: {} })),
});

function statementOf(products: readonly VexProduct[], more: Partial<VexStatement> = {}): VexStatement {
  return {
    vulnerability: "CVE-2026-1",
    aliases: [],
    products,
    status: "not_affected",
    justification: "vulnerable_code_not_in_execute_path",
    timestamp: "2026-01-01T00:00:00Z",
    ...more,
  };
}

function answer(
  statements: readonly VexStatement[],
  dependencies: typeof ONE_PATH | undefined,
  product: VexSubject = { purls: [], digests: [] },
) {
  const document = { id: "d", author: "a", timestamp: "2026-01-01T00:00:00Z", version: 1, statements };
  const [answered] = answerFindings({
    findings: [FINDING],
    product,
    documents: [{ document, source: "s" }],
    now: Date.parse("2026-06-01T00:00:00Z"),
    ...(dependencies === undefined ? {} : { dependencies }),
  });
  assert.ok(answered !== undefined);
  return answered;
}

describe("a statement about a component in between", () => {
  const through = statementOf([productOf(DIRECT, DEEP)]);
  const other = statementOf([productOf(OTHER, DEEP)]);
  const old = "2025-01-01T00:00:00Z";
  const cases: readonly (readonly [string, readonly VexStatement[], typeof ONE_PATH | undefined, boolean])[] = [
    ["answers on one path", [through], ONE_PATH, true],
    ["answers without subcomponents", [statementOf([productOf(DIRECT)])], ONE_PATH, true],
    ["answers for the root", [statementOf([productOf(ROOT, DEEP)])], ONE_PATH, true],
    ["answers nothing where no dependencies are known", [through], undefined, false],
    ["answers nothing for another subcomponent", [statementOf([productOf(DIRECT, OTHER)])], ONE_PATH, false],
    ["answers nothing where another path is open", [through], TWO_PATHS, false],
    ["answers with one for the other path", [through, other], TWO_PATHS, true],
    ["answers with one statement about both", [statementOf([productOf(DIRECT), productOf(OTHER)])], TWO_PATHS, true],
    ["answers nothing as affected", [statementOf([productOf(DIRECT)], { status: "affected" })], ONE_PATH, false],
    [
      "answers nothing where a newer one says affected",
      [
        { ...through, timestamp: old },
        { ...through, status: "affected" },
      ],
      ONE_PATH,
      false,
    ],
    ["answers nothing from the future", [{ ...through, timestamp: "2099-01-01T00:00:00Z" }], ONE_PATH, false],
    ["answers nothing of another vulnerability", [{ ...through, vulnerability: "CVE-2026-2" }], ONE_PATH, false],
    [
      "answers nothing where one about the component itself says affected",
      [through, statementOf([productOf(DEEP)], { status: "affected", timestamp: old })],
      ONE_PATH,
      false,
    ],
  ];
  for (const [name, statements, dependencies, expected] of cases) {
    test(name, () => {
      for (const order of [statements, statements.toReversed()])
        assert.equal(answer(order, dependencies).answered, expected);
    });
  }

  test("tells that another path is open", () => {
    const { unmatched, statement } = answer([through], TWO_PATHS);
    assert.equal(statement, null);
    assert.deepEqual(
      unmatched.map(({ reason }) => reason),
      [
        `its product is in between, and the component is reached without it as well: ${[ROOT, OTHER, DEEP].join(" > ")}`,
      ],
    );
  });

  test("is no longer told as inert where it answers", () => {
    const { unmatched, statement } = answer([through], ONE_PATH);
    assert.equal(statement?.status, "not_affected");
    assert.deepEqual(unmatched, []);
  });
});

describe("a BOM-Link", () => {
  const SERIAL = "3e671687-395b-41f5-a30f-a58921a69b79";
  const bom = { serialNumber: `urn:uuid:${SERIAL}`, version: 1, refs: new Map([["a+b", DEEP]]), rootRefs: ["root"] };
  const cases: readonly (readonly [string, boolean])[] = [
    [`urn:cdx:${SERIAL}/1#a+b`, true],
    [`urn:cdx:${SERIAL}/1#a%2Bb`, true],
    [`urn:cdx:${SERIAL.toUpperCase()}/1#a+b`, true],
    [`urn:cdx:${SERIAL}/1#root`, true],
    [`urn:cdx:${SERIAL}/1`, true],
    [`urn:cdx:${SERIAL}/2#a+b`, false],
    [`urn:cdx:${SERIAL.replace("3", "4")}/1#a+b`, false],
    [`urn:cdx:${SERIAL}/1#c`, false],
    [`urn:cdx:${SERIAL}/1#%zz`, false],
    [`urn:cdx:${SERIAL}`, false],
  ];
  for (const [link, expected] of cases) {
    test(`${link} names the component or its product: ${expected}`, () => {
      assert.equal(
        answer([statementOf([productOf(link)])], undefined, { purls: [], digests: [], bom }).answered,
        expected,
      );
      assert.equal(answer([statementOf([productOf(link)])], undefined).answered, false, "without the document");
    });
  }
});

describe("a scanned SBOM", () => {
  const component = (ref: string, more: object = {}): Sbom["subject"] => ({
    ref,
    kind: "library",
    name: ref,
    licenses: [],
    hashes: [],
    locations: [],
    scope: "production",
    ...more,
  });
  const sbom: Sbom = {
    serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
    createdAt: "",
    authors: [],
    tools: [],
    subject: component("s", { purl: ROOT }),
    components: [
      component("1", { purl: DEEP }),
      component("2", { purl: DEEP }),
      component("file"),
      component("part", { purl: OTHER, partOf: "file" }),
    ],
    dependencies: new Map([
      ["s", ["1", "file", "unknown"]],
      ["file", ["2"]],
    ]),
    notLookedAt: [],
  };

  test("gives its dependencies by package URL, parts among them", () => {
    assert.deepEqual(dependenciesOf(sbom), {
      root: ROOT,
      edges: new Map([
        [ROOT, [DEEP, "ref:file", "ref:unknown"]],
        ["ref:file", [DEEP, OTHER]],
      ]),
    });
  });

  test("gives its references", () => {
    const { refs, rootRefs } = bomOf(sbom);
    assert.deepEqual(
      [...refs],
      [
        ["1", DEEP],
        ["2", DEEP],
        ["part", OTHER],
      ],
    );
    assert.deepEqual(rootRefs, ["s"]);
  });
});
