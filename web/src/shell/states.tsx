import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { PageFrame } from "../parts/page-frame.tsx";
import { Empty, Failed } from "../parts/query-view.tsx";

/** No page has this address. */
export function NotFound() {
  return (
    <PageFrame title="No such page">
      <Empty title="Nothing is at this address">
        <Link to="/">Go to the overview</Link>
      </Empty>
    </PageFrame>
  );
}

/** A page that threw: our own fault, told as such. */
export function ScreenFailed({ error, reset }: ErrorComponentProps) {
  return <Failed error={error instanceof Error ? error : new Error(String(error))} name="this page" onRetry={reset} />;
}
