import {
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  Spinner,
} from "@patternfly/react-core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError } from "../api/client.ts";
import { printable } from "../text/printable.ts";
import { SearchIcon } from "./icons.ts";

interface QueryViewProps<T> {
  readonly query: UseQueryResult<T>;
  /** What is loaded, in words: "images". */
  readonly name: string;
  readonly isEmpty?: (data: T) => boolean;
  /** What is shown instead when `isEmpty` says so. */
  readonly empty?: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** The four states of a screen's data: loading, failed, empty, there. */
export function QueryView<T>({ query, name, isEmpty, empty, children }: QueryViewProps<T>) {
  if (query.data !== undefined) {
    const late =
      query.error === null ? null : <Failed error={query.error} name={name} onRetry={() => void query.refetch()} />;
    return (
      <>
        {late}
        {isEmpty?.(query.data) === true ? (empty ?? <Empty title={`No ${name}`} />) : children(query.data)}
      </>
    );
  }
  if (query.error !== null) return <Failed error={query.error} name={name} onRetry={() => void query.refetch()} />;
  return <Loading name={name} />;
}

/** That something is on its way. */
export function Loading({ name }: { readonly name: string }) {
  return (
    <div className="amap-loading" role="status">
      <Spinner size="lg" aria-hidden="true" aria-valuetext="" />
      <span>Loading {name} …</span>
    </div>
  );
}

/** That there is nothing, and what would bring something. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <EmptyState titleText={title} headingLevel="h2" icon={SearchIcon} variant="sm">
      {children === undefined ? null : <EmptyStateBody>{children}</EmptyStateBody>}
    </EmptyState>
  );
}

interface FailedProps {
  readonly error: Error;
  readonly name: string;
  readonly onRetry?: () => void;
}

/** What went wrong: the server's title, detail, code and hint, and a button that tries again. */
export function Failed({ error, name, onRetry }: FailedProps) {
  const problem = error instanceof ApiError ? error.problem : undefined;
  return (
    <div role="alert">
      <EmptyState titleText={`Cannot show ${name}`} headingLevel="h2" status="danger" variant="sm">
        <EmptyStateBody>
          <p>{printable(problem?.title ?? "The page failed.")}</p>
          {problem?.detail === undefined ? null : <p>{printable(problem.detail)}</p>}
          {problem?.hint === undefined ? null : <p>{printable(problem.hint)}</p>}
          <p>
            Code <code>{printable(problem?.code ?? "INTERNAL")}</code>
            {problem === undefined || problem.requestId === "" ? null : (
              <>
                , request <code>{printable(problem.requestId)}</code>
              </>
            )}
          </p>
        </EmptyStateBody>
        {onRetry === undefined ? null : (
          <EmptyStateFooter>
            <EmptyStateActions>
              <Button variant="primary" onClick={onRetry}>
                Try again
              </Button>
            </EmptyStateActions>
          </EmptyStateFooter>
        )}
      </EmptyState>
    </div>
  );
}
