import { Graph, layout } from "@dagrejs/dagre";
import type { ChainView } from "./chain-view.ts";

/** Size of a node in the drawing's units (pixels at 100 %). */
export const NODE_WIDTH = 190;
export const NODE_HEIGHT = 76;
const MARGIN = 16;

/** Where a node is: the middle of its box. */
export interface Place {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

export interface ChainLayout {
  readonly width: number;
  readonly height: number;
  /** In reading order: columns from the left, each from the top. */
  readonly places: readonly Place[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly points: readonly Point[] }[];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Places the nodes in layers from left to right. The same view gives the same layout. */
export function layOutChain(view: ChainView): ChainLayout {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 16, ranksep: 44, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  // Names of ours: dagre keeps nodes in plain objects, where an id such as `__proto__` would be lost.
  const names = new Map(view.nodes.map(({ id }, index) => [id, `n${index}`]));
  const nameOf = (id: string) => names.get(id) ?? "";
  for (const { id } of view.nodes.toReversed()) graph.setNode(nameOf(id), { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const { from, to } of view.edges.toReversed()) graph.setEdge(nameOf(from), nameOf(to));
  layout(graph);
  const places = view.nodes.map(({ id }) => {
    const { x = 0, y = 0 } = graph.node(nameOf(id)) as Partial<Point>;
    return { id, x: Math.round(x), y: Math.round(y) };
  });
  const at = new Map(places.map((place) => [place.id, place]));
  const edges = view.edges.map(({ from, to }) => {
    const { points = [] } = graph.edge(nameOf(from), nameOf(to)) as { points?: readonly Point[] };
    return { from, to, points: joinSides(points, at.get(from), at.get(to)) };
  });
  return {
    width: Math.max(0, ...places.map((place) => place.x)) + NODE_WIDTH / 2 + MARGIN,
    height: Math.max(0, ...places.map((place) => place.y)) + NODE_HEIGHT / 2 + MARGIN,
    places: places.sort((a, b) => a.x - b.x || a.y - b.y),
    edges,
  };
}

/** The points of an edge that leads to the right, from the middle of one side to the middle of the other. */
function joinSides(points: readonly Point[], from: Place | undefined, to: Place | undefined): readonly Point[] {
  const rounded = points.map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }));
  if (from === undefined || to === undefined || to.x - from.x < NODE_WIDTH) return rounded;
  const start = { x: from.x + NODE_WIDTH / 2, y: from.y };
  const end = { x: to.x - NODE_WIDTH / 2, y: to.y };
  // What dagre puts between two neighbouring columns only bends the line.
  const between = rounded.slice(1, -1).filter(({ x }) => x > from.x + NODE_WIDTH && x < to.x - NODE_WIDTH);
  return [start, ...between, end];
}

/** A soft line through the points of an edge, as an SVG path. */
export function pathThrough(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  let path = `M ${first.x} ${first.y}`;
  let at = first;
  for (const point of rest) {
    const middle = (at.x + point.x) / 2;
    path += ` C ${middle} ${at.y}, ${middle} ${point.y}, ${point.x} ${point.y}`;
    at = point;
  }
  return path;
}

/** Keys that move within the graph. */
export type Move = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" | "Home" | "End";

/**
 * The node that a key leads to from `id`: sideways along an edge to the nearest node there, or else to the nearest
 * one of the next column; up and down within the column; to the first or last. The same node where there is none.
 */
export function moveFrom(chain: ChainLayout, id: string, move: Move): string {
  const at = chain.places.find((place) => place.id === id);
  if (move === "Home" || at === undefined) return chain.places[0]?.id ?? id;
  if (move === "End") return chain.places.at(-1)?.id ?? id;
  if (move === "ArrowUp" || move === "ArrowDown") {
    const column = chain.places.filter((place) => place.x === at.x);
    return column[column.indexOf(at) + (move === "ArrowUp" ? -1 : 1)]?.id ?? id;
  }
  const forward = move === "ArrowRight";
  const linked = new Set(
    chain.edges.flatMap(({ from, to }) => (from === id && forward ? [to] : to === id && !forward ? [from] : [])),
  );
  const side = chain.places.filter((place) => (forward ? place.x > at.x : place.x < at.x));
  const near = side.filter((place) => linked.has(place.id));
  return nearest(near.length > 0 ? near : nextColumn(side, forward), at)?.id ?? id;
}

function nextColumn(places: readonly Place[], forward: boolean): readonly Place[] {
  const x = (forward ? places[0] : places.at(-1))?.x;
  return places.filter((place) => place.x === x);
}

function nearest(places: readonly Place[], at: Place): Place | undefined {
  const distance = (place: Place) => Math.abs(place.y - at.y) + Math.abs(place.x - at.x) / 100;
  return places.reduce<Place | undefined>(
    (best, place) => (best === undefined || distance(place) < distance(best) ? place : best),
    undefined,
  );
}
