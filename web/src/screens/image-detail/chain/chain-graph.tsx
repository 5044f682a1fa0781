import { Button } from "@patternfly/react-core";
import { type KeyboardEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { printable } from "../../../text/printable.ts";
import {
  type ChainLayout,
  layOutChain,
  type Move,
  moveFrom,
  NODE_HEIGHT,
  NODE_WIDTH,
  type Place,
  pathThrough,
} from "./chain-layout.ts";
import type { ChainKind, ChainView, ViewNode } from "./chain-view.ts";
import { KIND_WORDS, STATUS_WORDS, speakNode, titleOf } from "./chain-words.ts";
import { KIND_ICONS, STATUS_ICONS } from "./kind-icons.ts";
import { outlineOf } from "./node-shape.ts";
import { zoomIn, zoomOut, zoomToFit } from "./zoom.ts";

interface ChainGraphProps {
  readonly view: ChainView;
  /** Id of the drawn node that is selected. */
  readonly selected: string;
  readonly opened: ReadonlySet<ChainKind>;
  readonly onSelect: (id: string) => void;
  readonly onToggle: (kind: ChainKind) => void;
}

const MOVES: ReadonlySet<string> = new Set<Move>(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]);
const MAX_LABEL = 300;

/** The way from source to cluster, drawn: one stop of the Tab key, arrow keys move between nodes, Enter selects. */
export function ChainGraph({ view, selected, opened, onSelect, onToggle }: ChainGraphProps) {
  const drawing = useMemo(() => layOutChain(view), [view]);
  const region = useRef<HTMLDivElement>(null);
  const width = useWidth(region);
  const [zoom, setZoom] = useState<number | "fit">("fit");
  const scale = zoom === "fit" ? zoomToFit(drawing.width, width) : zoom;
  const place = drawing.places.find(({ id }) => id === selected);
  useEffect(() => {
    if (region.current !== null && place !== undefined) showPlace(region.current, place, scale);
  }, [place, scale]);
  return (
    <div>
      <div className="amap-chain-bar" role="group" aria-label="The drawing">
        <Button variant="secondary" size="sm" onClick={() => setZoom("fit")}>
          Fit
        </Button>
        <Button variant="secondary" size="sm" onClick={() => setZoom(zoomOut(scale))} aria-label="Zoom out">
          −
        </Button>
        <span aria-live="polite">{Math.round(scale * 100)} %</span>
        <Button variant="secondary" size="sm" onClick={() => setZoom(zoomIn(scale))} aria-label="Zoom in">
          +
        </Button>
        {view.large.map((kind) => (
          <Button key={kind} variant="link" size="sm" aria-expanded={opened.has(kind)} onClick={() => onToggle(kind)}>
            {opened.has(kind) ? `Draw all ${KIND_WORDS[kind].many} as one` : `Draw the ${KIND_WORDS[kind].many} apart`}
          </Button>
        ))}
      </div>
      {/* Focusable, so that the keyboard can scroll it. */}
      <div ref={region} className="amap-chain-region" role="region" aria-label="Chain, drawn" tabIndex={0}>
        <Drawing view={view} drawing={drawing} scale={scale} selected={selected} onSelect={onSelect} />
      </div>
    </div>
  );
}

interface DrawingProps extends Pick<ChainGraphProps, "view" | "selected" | "onSelect"> {
  readonly drawing: ChainLayout;
  readonly scale: number;
}

function Drawing({ view, drawing, scale, selected, onSelect }: DrawingProps) {
  const nodes = useMemo(() => new Map(view.nodes.map((node) => [node.id, node])), [view]);
  const elements = useRef(new Map<string, SVGGElement>());
  const [focused, setFocused] = useState(selected);
  const stop = nodes.has(focused) ? focused : (drawing.places[0]?.id ?? "");
  useEffect(() => setFocused(selected), [selected]);
  const onKeyDown = (event: KeyboardEvent, id: string) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onSelect(id);
    } else if (MOVES.has(event.key)) {
      event.preventDefault();
      const next = moveFrom(drawing, id, event.key as Move);
      setFocused(next);
      elements.current.get(next)?.focus();
    }
  };
  return (
    <svg
      className="amap-chain-drawing"
      role="group"
      aria-label="Nodes from left to right; arrow keys move, Enter selects"
      width={drawing.width * scale}
      height={drawing.height * scale}
      viewBox={`0 0 ${drawing.width} ${drawing.height}`}
    >
      <defs>
        <marker
          id="amap-chain-arrow"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerUnits="userSpaceOnUse"
          markerWidth="9"
          markerHeight="9"
          orient="auto"
        >
          <path className="amap-chain-arrow" d="M 0 0 L 8 4 L 0 8 Z" />
        </marker>
      </defs>
      {drawing.edges.map(({ from, to, points }) => (
        <path
          key={JSON.stringify([from, to])}
          className={`amap-chain-edge${from === selected || to === selected ? " amap-chain-edge-near" : ""}`}
          d={pathThrough(points)}
          markerEnd="url(#amap-chain-arrow)"
        />
      ))}
      {drawing.places.map(({ id, x, y }) => {
        const node = nodes.get(id);
        return node === undefined ? null : (
          <g
            key={id}
            ref={(element) => {
              if (element === null) elements.current.delete(id);
              else elements.current.set(id, element);
            }}
            transform={`translate(${x - NODE_WIDTH / 2} ${y - NODE_HEIGHT / 2})`}
            className={`amap-chain-node amap-chain-${node.status}${id === selected ? " amap-chain-selected" : ""}`}
            role="button"
            aria-pressed={id === selected}
            aria-label={speakNode(node, shownTitle(node))}
            tabIndex={id === stop ? 0 : -1}
            onClick={() => onSelect(id)}
            onFocus={() => setFocused(id)}
            onKeyDown={(event) => onKeyDown(event, id)}
          >
            <NodePicture node={node} />
          </g>
        );
      })}
    </svg>
  );
}

function NodePicture({ node }: { readonly node: ViewNode }) {
  const KindIcon = KIND_ICONS[node.kind];
  const StatusIcon = STATUS_ICONS[node.status];
  const title = shownTitle(node);
  const outline = outlineOf(node.kind);
  return (
    <>
      <rect className="amap-chain-focus" x={-5} y={-5} width={NODE_WIDTH + 10} height={NODE_HEIGHT + 10} rx={8} />
      {node.members === undefined ? null : <path className="amap-chain-shape" d={outline} transform="translate(5 5)" />}
      <path className="amap-chain-shape" d={outline} />
      <g transform="translate(14 10)">
        <KindIcon width={16} height={16} />
      </g>
      <text className="amap-chain-kind" x={38} y={23}>
        {KIND_WORDS[node.kind].one}
      </text>{" "}
      {/* HTML, for SVG has no way to cut a text at a width. */}
      <foreignObject x={16} y={29} width={NODE_WIDTH - 26} height={22}>
        <div className="amap-chain-label" title={title}>
          {title}
        </div>
      </foreignObject>{" "}
      <g transform="translate(16 53)" className="amap-chain-status">
        <StatusIcon width={13} height={13} />
      </g>
      <text className="amap-chain-small" x={35} y={64}>
        {STATUS_WORDS[node.status].word}
      </text>
    </>
  );
}

function shownTitle(node: ViewNode): string {
  const title = printable(titleOf(node));
  return title.length > MAX_LABEL ? `${title.slice(0, MAX_LABEL)}…` : title;
}

/** Scrolls the region so that a node is inside, in the middle when it was not. */
function showPlace(region: HTMLElement, place: Place, scale: number): void {
  const [x, y] = [place.x * scale, place.y * scale];
  const [halfWidth, halfHeight] = [(NODE_WIDTH / 2) * scale, (NODE_HEIGHT / 2) * scale];
  if (x - halfWidth < region.scrollLeft || x + halfWidth > region.scrollLeft + region.clientWidth) {
    region.scrollLeft = x - region.clientWidth / 2;
  }
  if (y - halfHeight < region.scrollTop || y + halfHeight > region.scrollTop + region.clientHeight) {
    region.scrollTop = y - region.clientHeight / 2;
  }
}

/** Width of an element's inside, kept up to date. */
function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const at = element.current;
    if (at === null) return undefined;
    setWidth(at.clientWidth);
    const observer = new ResizeObserver(() => setWidth(at.clientWidth));
    observer.observe(at);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
