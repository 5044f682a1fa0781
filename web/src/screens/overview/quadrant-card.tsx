import { Card, CardBody, CardFooter, CardTitle } from "@patternfly/react-core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { RouteResponse } from "../../../../src/api/index.ts";
import { LongText, Text } from "../../parts/text.tsx";
import { imageName } from "../../text/names.ts";
import { percentOf } from "./ratio.ts";

type Worst = RouteResponse<"GET /api/v1/overview">["artifacts"]["worst"];

interface QuadrantCardProps {
  readonly title: string;
  readonly part: number;
  readonly whole: number;
  /** What the ratio counts: "images are signed". */
  readonly words: string;
  readonly facts: readonly (readonly [name: string, value: ReactNode])[];
  readonly worst?: Worst;
  readonly link: ReactNode;
}

/** One of the four quadrants: a big ratio, its bar, what else is counted, the three worst and the way to them. */
export function QuadrantCard({ title, part, whole, words, facts, worst, link }: QuadrantCardProps) {
  const percent = percentOf(part, whole);
  return (
    <Card isFullHeight>
      <CardTitle component="h2">{title}</CardTitle>
      <CardBody>
        <p className="amap-ratio">
          <strong>{part}</strong> of {whole} <span>{words}</span>
        </p>
        <div className="amap-bar" aria-hidden="true">
          <div style={{ width: `${String(percent ?? 0)}%` }} />
        </div>
        <p className="amap-hint">{percent === undefined ? "Nothing to count yet" : `${String(percent)} %`}</p>
        <dl className="amap-facts">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        {worst === undefined || worst.length === 0 ? null : <WorstList title={title} worst={worst} />}
      </CardBody>
      <CardFooter>{link}</CardFooter>
    </Card>
  );
}

function WorstList({ title, worst }: { readonly title: string; readonly worst: Worst }) {
  return (
    <ul className="amap-worst" aria-label={`${title}: the worst`}>
      {worst.slice(0, 3).map((each) => (
        <li key={imageName(each)}>
          <Link to="/images/$image" params={{ image: imageName(each) }}>
            <LongText value={each.repository} />
          </Link>
          <Text value={each.reason} />
        </li>
      ))}
    </ul>
  );
}
