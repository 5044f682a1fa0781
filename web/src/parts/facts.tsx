import type { ReactNode } from "react";
import { printable } from "../text/printable.ts";

/** Names with what they are, in two columns. */
export function Facts({ children }: { readonly children: ReactNode }) {
  return <dl className="amap-facts amap-facts-wrap">{children}</dl>;
}

/** One name of a list of facts. */
export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{printable(name)}</dt>
      <dd>{children}</dd>
    </>
  );
}
