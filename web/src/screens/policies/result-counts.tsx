import { Link } from "@tanstack/react-router";
import { StatusLabel } from "../../parts/status-label.tsx";
import { printable } from "../../text/printable.ts";
import { RESULT_STATUSES, type ResultCounts } from "./policy-words.ts";

interface ResultCountsProps {
  readonly policy: string;
  readonly counts: ResultCounts;
}

/** How many results of each status a policy has; each leads to them. */
export function ResultCountLinks({ policy, counts }: ResultCountsProps) {
  const shown = RESULT_STATUSES.filter((status) => counts[status] > 0);
  if (shown.length === 0) return "none yet";
  return (
    <span className="amap-result-counts">
      {shown.map((status) => (
        <Link
          key={status}
          to="/results"
          search={{ policy, status }}
          aria-label={`${counts[status]} ${status}: results of ${printable(policy)}`}
        >
          <StatusLabel status={status} word={`${counts[status]} ${status}`} />
        </Link>
      ))}
    </span>
  );
}
