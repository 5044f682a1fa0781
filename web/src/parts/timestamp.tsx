import { printable } from "../text/printable.ts";
import { relativeTime } from "../text/time.ts";
import { useNow } from "./clock.ts";

/** A point in time: how long ago, and the exact stamp on hover. What is not a time is shown as it came. */
export function Timestamp({ at }: { readonly at: string }) {
  const words = relativeTime(at, useNow());
  if (words === undefined) return <span>{printable(at)}</span>;
  return (
    <time dateTime={at} title={printable(at)} className="amap-nowrap">
      {words}
    </time>
  );
}
