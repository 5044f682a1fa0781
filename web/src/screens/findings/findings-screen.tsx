import "./findings.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { addressOf } from "../../api/client.ts";
import { routeQuery } from "../../api/queries.ts";
import { changeSearch } from "../../change-search.ts";
import { FilterBar } from "../../parts/filter-bar.tsx";
import { PageFrame } from "../../parts/page-frame.tsx";
import { Empty, QueryView } from "../../parts/query-view.tsx";
import { shellWord } from "../../text/names.ts";
import { FINDING_FILTERS } from "./finding-filters.ts";
import { FindingPanel } from "./finding-panel.tsx";
import { FindingTable } from "./finding-table.tsx";

const route = getRouteApi("/findings");

/** All images' findings after VEX. */
export function FindingsScreen() {
  const search = route.useSearch();
  const { selected, cursor, ...filters } = search;
  const navigate = route.useNavigate();
  const inputs = { query: { ...filters, cursor, limit: "100" } };
  const query = useQuery(routeQuery("GET /api/v1/findings", inputs));
  const isFiltered = Object.keys(filters).length > 0;
  const select = (key: string | undefined) =>
    void navigate({ search: changeSearch(search, { selected: key, cursor }), resetScroll: false });
  const close = (key: string) => {
    // Back to the row it was opened from, so that j and k go on from there.
    const links = [...document.querySelectorAll<HTMLElement>("[data-finding]")];
    links.find((link) => link.dataset["finding"] === key)?.focus();
    select(undefined);
  };
  return (
    <PageFrame
      title="Findings"
      lead="Vulnerabilities in the known images, worst first, with the VEX statement that decides each."
      cli={`amap scan ${filters.image === undefined ? "IMAGE" : shellWord(filters.image)}`}
      json={addressOf("GET /api/v1/findings", inputs)}
    >
      <FilterBar
        filters={FINDING_FILTERS}
        values={filters}
        onChange={(values) => void navigate({ search: values as typeof filters })}
      />
      <div className="amap-findings">
        <div className={`amap-findings-parts${selected === undefined ? "" : " amap-findings-open"}`}>
          <div>
            <QueryView
              query={query}
              name="findings"
              isEmpty={(page) => page.items.length === 0}
              empty={
                isFiltered ? (
                  <Empty title="No finding fits the filters" />
                ) : (
                  <Empty title="No findings">Images are known with their findings after their first scan.</Empty>
                )
              }
            >
              {(page) => (
                <FindingTable
                  caption="Findings"
                  linkFrom={search}
                  items={page.items}
                  next={page.next}
                  cursor={cursor}
                  onCursor={(to) =>
                    void navigate({ search: changeSearch(search, { cursor: to, selected: undefined }) })
                  }
                />
              )}
            </QueryView>
          </div>
          {selected === undefined ? null : (
            <FindingPanel name={selected} loaded={query.data?.items ?? []} onClose={() => close(selected)} />
          )}
        </div>
      </div>
    </PageFrame>
  );
}
