import { Title } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { routeQuery } from "../../api/queries.ts";
import { changeSearch } from "../../change-search.ts";
import { Empty, QueryView } from "../../parts/query-view.tsx";
import { imageName } from "../../text/names.ts";
import { ResultTable } from "../policies/result-table.tsx";
import type { ImageDetail } from "./verdict.ts";

const route = getRouteApi("/images/$image");

/** The results of the resources that run the image, rule by rule. */
export function PoliciesTab({ image }: { readonly image: ImageDetail }) {
  const search = route.useSearch();
  const { cursor } = search;
  const navigate = route.useNavigate();
  const query = useQuery(
    routeQuery("GET /api/v1/results", { query: { image: imageName(image), cursor, limit: "100" } }),
  );
  return (
    <>
      <Title headingLevel="h2" size="lg">
        What the policies say about resources that run it
      </Title>
      <QueryView
        query={query}
        name="results"
        isEmpty={(page) => page.items.length === 0}
        empty={<Empty title="No results">No resource that names this digest has been checked yet.</Empty>}
      >
        {(page) => (
          <ResultTable
            caption="Results, worst first"
            items={page.items}
            next={page.next}
            cursor={cursor}
            onCursor={(to) => void navigate({ search: changeSearch(search, { cursor: to }) })}
          />
        )}
      </QueryView>
    </>
  );
}
