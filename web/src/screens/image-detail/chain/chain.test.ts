import assert from "node:assert/strict";
import { test } from "node:test";
import { layOutChain, moveFrom, pathThrough } from "./chain-layout.ts";
import { type Chain, type ChainNode, listChain, MAX_NODES_OF_KIND, viewChain, worstStatus } from "./chain-view.ts";
import { speakNode, titleOf } from "./chain-words.ts";

const node = (id: string, kind: ChainNode["kind"] = "image", status: ChainNode["status"] = "verified"): ChainNode => ({
  id,
  kind,
  label: `label of ${id}`,
  status,
  details: [],
});
const chainOf = (nodes: readonly ChainNode[], ...edges: readonly string[]): Chain => ({
  nodes: [...nodes],
  edges: edges.map((edge) => {
    const [from = "", to = ""] = edge.split(">");
    return { from, to };
  }),
});
const SMALL = chainOf(
  [
    node("source", "source", "stated"),
    node("build", "build", "stated"),
    node("image"),
    node("sbom", "sbom"),
    node("vex", "vex", "rejected"),
    node("pod", "workload", "allowed"),
  ],
  "source>build",
  "build>image",
  "image>sbom",
  "image>vex",
  "image>pod",
);
const scans = (count: number, prefix = "scan") =>
  Array.from({ length: count }, (_, index) => node(`${prefix}${index}`, "scan", index === 3 ? "rejected" : "verified"));
const LARGE = chainOf([node("image"), ...scans(500)], ...scans(500).map(({ id }) => `image>${id}`));

test("viewChain: a small chain is drawn as it is", () => {
  const view = viewChain(SMALL, new Set());
  assert.deepEqual(
    view.nodes.map(({ id }) => id),
    ["source", "build", "image", "sbom", "vex", "pod"],
  );
  assert.equal(view.edges.length, 5);
  assert.deepEqual(view.large, []);
});

test("viewChain: a large kind is one node with the worst status, with one edge", () => {
  const view = viewChain(LARGE, new Set());
  assert.equal(view.nodes.length, 2);
  const group = view.nodes[1];
  assert.equal(group?.members?.length, 500);
  assert.equal(group?.status, "rejected");
  assert.deepEqual(view.edges, [{ from: "image", to: "all:scan" }]);
  assert.deepEqual(view.large, ["scan"]);
  assert.equal(titleOf(group as never), "500 scans");
  assert.equal(speakNode(group as never, "500 scans"), "Scan 500 scans Rejected, a group");
});

test("viewChain: an opened kind is drawn node by node and can be closed again", () => {
  const view = viewChain(LARGE, new Set(["scan"]));
  assert.equal(view.nodes.length, 501);
  assert.deepEqual(view.large, ["scan"]);
});

test("layOutChain: a kind stays together, whatever the order of the nodes", () => {
  const mixed = chainOf(
    [node("i"), node("s1", "sbom"), node("v1", "vex"), node("s2", "sbom"), node("v2", "vex")],
    "i>v2",
    "i>s1",
    "i>v1",
    "i>s2",
  );
  const { places } = layOutChain(viewChain(mixed, new Set()));
  assert.deepEqual(
    places.map(({ id }) => id),
    ["i", "s1", "s2", "v1", "v2"],
  );
});

test("viewChain: the limit itself is not a large kind", () => {
  assert.equal(viewChain(chainOf(scans(MAX_NODES_OF_KIND)), new Set()).nodes.length, MAX_NODES_OF_KIND);
  assert.equal(viewChain(chainOf(scans(MAX_NODES_OF_KIND + 1)), new Set()).nodes.length, 1);
});

test("viewChain: bad edges and double nodes do no harm", () => {
  const view = viewChain(
    chainOf([node("a"), node("a"), node("b")], "a>b", "a>b", "a>a", "a>gone", "gone>b", "__proto__>a"),
    new Set(),
  );
  assert.equal(view.nodes.length, 2);
  assert.deepEqual(view.edges, [{ from: "a", to: "b" }]);
});

test("viewChain: a node that has a group's name keeps it", () => {
  const view = viewChain(chainOf([node("all:scan"), ...scans(20)]), new Set());
  assert.deepEqual(
    view.nodes.map(({ id }) => id),
    ["all:scan", "all:scan+"],
  );
});

test("worstStatus", () => {
  assert.equal(worstStatus([]), "verified");
  assert.equal(worstStatus(["verified", "stated", "unreadable"]), "unreadable");
  assert.equal(worstStatus(["denied", "rejected"]), "denied");
});

const levels = (chain: Chain) => listChain(chain).map(({ node: { id }, level }) => `${level} ${id}`);

test("listChain: depth first, each node once", () => {
  assert.deepEqual(levels(SMALL), ["1 source", "2 build", "3 image", "4 sbom", "4 vex", "4 pod"]);
});

test("listChain: a node that comes after two is listed once and names the other", () => {
  const rows = listChain(chainOf([node("a"), node("b"), node("c")], "a>c", "b>c"));
  assert.deepEqual(
    rows.map(({ node: { id }, level, alsoAfter }) => [id, level, alsoAfter.map((other) => other.id)]),
    [
      ["a", 1, []],
      ["c", 2, ["b"]],
      ["b", 1, []],
    ],
  );
});

test("listChain: a circle is listed, too", () => {
  assert.deepEqual(levels(chainOf([node("a"), node("b"), node("c")], "b>c", "c>b")), ["1 a", "1 b", "2 c"]);
});

test("listChain: ten thousand in a row", () => {
  const nodes = Array.from({ length: 10_000 }, (_, index) => node(`${index}`));
  const rows = listChain(chainOf(nodes, ...nodes.slice(1).map(({ id }) => `${Number(id) - 1}>${id}`)));
  assert.equal(rows.at(-1)?.level, 10_000);
});

test("layOutChain: layers from left to right, nothing overlaps, the same each time", () => {
  const layout = layOutChain(viewChain(SMALL, new Set()));
  const at = new Map(layout.places.map((place) => [place.id, place]));
  for (const { from, to } of SMALL.edges) assert.ok((at.get(from)?.x ?? 0) < (at.get(to)?.x ?? 0), `${from} ${to}`);
  assert.equal(new Set(layout.places.map(({ x, y }) => `${x} ${y}`)).size, 6);
  assert.deepEqual(layout, layOutChain(viewChain(SMALL, new Set())));
  assert.ok(layout.places.every(({ x, y }) => x > 0 && y > 0 && x < layout.width && y < layout.height));
});

test("layOutChain: nothing, one node and a circle", () => {
  assert.equal(layOutChain(viewChain(chainOf([]), new Set())).places.length, 0);
  assert.equal(layOutChain(viewChain(chainOf([node("a")]), new Set())).places.length, 1);
  assert.equal(layOutChain(viewChain(chainOf([node("a"), node("b")], "a>b", "b>a"), new Set())).places.length, 2);
});

test("layOutChain: names of Object.prototype are names", () => {
  const nodes = ["__proto__", "constructor", "toString"].map((id) => node(id));
  const layout = layOutChain(viewChain(chainOf(nodes, "__proto__>constructor", "constructor>toString"), new Set()));
  assert.equal(new Set(layout.places.map(({ x }) => x)).size, 3);
});

test("layOutChain: 500 opened nodes", () => {
  assert.equal(layOutChain(viewChain(LARGE, new Set(["scan"]))).places.length, 501);
});

const MOVES: readonly [from: string, key: Parameters<typeof moveFrom>[2], to: string][] = [
  ["source", "ArrowRight", "build"],
  ["build", "ArrowLeft", "source"],
  ["source", "ArrowLeft", "source"],
  ["image", "Home", "source"],
  ["source", "End", "pod"],
  ["sbom", "ArrowDown", "vex"],
  ["vex", "ArrowUp", "sbom"],
  ["pod", "ArrowDown", "pod"],
  ["sbom", "ArrowLeft", "image"],
  ["gone", "ArrowLeft", "source"],
];
for (const [from, key, to] of MOVES) {
  test(`moveFrom: ${key} from ${from}`, () => {
    assert.equal(moveFrom(layOutChain(viewChain(SMALL, new Set())), from, key), to);
  });
}

test("moveFrom: without an edge sideways leads to the next column", () => {
  const layout = layOutChain(viewChain(chainOf([node("a"), node("b"), node("c")], "a>b"), new Set()));
  assert.equal(moveFrom(layout, "c", "ArrowRight"), "b");
});

test("pathThrough", () => {
  assert.equal(pathThrough([]), "");
  assert.equal(
    pathThrough([
      { x: 0, y: 0 },
      { x: 10, y: 4 },
    ]),
    "M 0 0 C 5 0, 5 4, 10 4",
  );
});
