import type { RouteResponse } from "../../../../../src/api/index.ts";

/** The image's way as the API gives it. */
export type Chain = RouteResponse<"GET /api/v1/images/:image">["chain"];
export type ChainNode = Chain["nodes"][number];
export type ChainKind = ChainNode["kind"];
export type ChainStatus = ChainNode["status"];

/** What is drawn: a node of the chain, or one that stands for all nodes of a kind. */
export interface ViewNode {
  readonly id: string;
  readonly kind: ChainKind;
  readonly label: string;
  readonly status: ChainStatus;
  /** The nodes that it stands for; absent for a node of the chain. */
  readonly members?: readonly ChainNode[];
}

export interface ChainView {
  readonly nodes: readonly ViewNode[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  /** Kinds with more nodes than are drawn apart, whether opened or not. */
  readonly large: readonly ChainKind[];
}

/** A kind with more nodes than this is drawn as one. */
export const MAX_NODES_OF_KIND = 8;

/** The worst status last. */
const BY_CONCERN: readonly ChainStatus[] = ["verified", "allowed", "stated", "unreadable", "rejected", "denied"];

/**
 * The nodes to draw: kinds with more than {@link MAX_NODES_OF_KIND} nodes are one node with the worst status of its
 * members, unless `opened` names the kind. Edges follow; those to nodes that do not exist, to itself and double ones go.
 */
export function viewChain(chain: Chain, opened: ReadonlySet<ChainKind>): ChainView {
  const byKind = new Map<ChainKind, ChainNode[]>();
  const seen = new Set<string>();
  for (const node of chain.nodes) {
    if (seen.has(node.id)) continue;
    seen.add(node.id);
    byKind.set(node.kind, [...(byKind.get(node.kind) ?? []), node]);
  }
  const drawnAs = new Map<string, string>();
  const nodes: ViewNode[] = [];
  const large: ChainKind[] = [];
  for (const [kind, members] of byKind) {
    const isLarge = members.length > MAX_NODES_OF_KIND;
    if (isLarge) large.push(kind);
    if (isLarge && !opened.has(kind)) {
      const group = groupOf(kind, members, seen);
      nodes.push(group);
      for (const member of members) drawnAs.set(member.id, group.id);
    } else {
      nodes.push(...members);
      for (const member of members) drawnAs.set(member.id, member.id);
    }
  }
  // In the order of the nodes, so that a kind stays together where it is drawn.
  const order = new Map(nodes.map(({ id }, index) => [id, index]));
  const edges = redirectEdges(chain.edges, drawnAs).toSorted((a, b) => (order.get(a.to) ?? 0) - (order.get(b.to) ?? 0));
  return { nodes, edges, large };
}

/** The status that needs attention most. */
export function worstStatus(statuses: readonly ChainStatus[]): ChainStatus {
  return statuses.reduce<ChainStatus>(
    (worst, status) => (BY_CONCERN.indexOf(status) > BY_CONCERN.indexOf(worst) ? status : worst),
    "verified",
  );
}

function groupOf(kind: ChainKind, members: readonly ChainNode[], taken: ReadonlySet<string>): ViewNode {
  let id = `all:${kind}`;
  while (taken.has(id)) id += "+";
  return { id, kind, label: "", status: worstStatus(members.map((member) => member.status)), members };
}

function redirectEdges(edges: Chain["edges"], drawnAs: ReadonlyMap<string, string>): ChainView["edges"][number][] {
  const seen = new Set<string>();
  return edges.flatMap(({ from, to }) => {
    const [start, end] = [drawnAs.get(from), drawnAs.get(to)];
    if (start === undefined || end === undefined || start === end) return [];
    const key = JSON.stringify([start, end]);
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ from: start, to: end }];
  });
}

/** A row of the table that says what the graph draws. */
export interface TreeRow {
  readonly node: ChainNode;
  /** From 1. */
  readonly level: number;
  /** Nodes besides the one above that it also comes after. */
  readonly alsoAfter: readonly ChainNode[];
}

/**
 * The chain as an indented list: each node once, beneath the first node that leads to it, depth first from the nodes
 * that nothing leads to. Nodes that only lead to each other come last: no node is left out.
 */
export function listChain(chain: Chain): readonly TreeRow[] {
  const nodes = new Map(chain.nodes.map((node) => [node.id, node]));
  const after = new Map<string, string[]>();
  const before = new Map<string, string[]>();
  for (const { from, to } of redirectEdges(chain.edges, new Map([...nodes.keys()].map((id) => [id, id])))) {
    after.set(from, [...(after.get(from) ?? []), to]);
    before.set(to, [...(before.get(to) ?? []), from]);
  }
  const rows: TreeRow[] = [];
  const listed = new Set<string>();
  const roots = [...nodes.keys()].filter((id) => !before.has(id));
  for (const root of [...roots, ...nodes.keys()]) {
    const waiting: { id: string; level: number; parent?: string }[] = [{ id: root, level: 1 }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { id, level, parent } = next;
      const node = nodes.get(id);
      if (listed.has(id) || node === undefined) continue;
      listed.add(id);
      const others = (before.get(id) ?? []).filter((each) => each !== parent);
      rows.push({ node, level, alsoAfter: others.flatMap((each) => nodes.get(each) ?? []) });
      for (const child of (after.get(id) ?? []).toReversed()) waiting.push({ id: child, level: level + 1, parent: id });
    }
  }
  return rows;
}
