import { Title } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { routeQuery } from "../../api/queries.ts";
import { changeSearch } from "../../change-search.ts";
import { FilterBar } from "../../parts/filter-bar.tsx";
import { Empty, QueryView } from "../../parts/query-view.tsx";
import { imageName } from "../../text/names.ts";
import { FINDING_FILTERS } from "../findings/finding-filters.ts";
import { FindingTable } from "../findings/finding-table.tsx";
import type { ImageDetail } from "./verdict.ts";

const route = getRouteApi("/images/$image");
const FILTERS = FINDING_FILTERS.filter(({ name }) => name !== "image" && name !== "fixable");

/** The image's findings, each with the statement that decides it. */
export function VulnerabilitiesTab({ image }: { readonly image: ImageDetail }) {
  const address = route.useSearch();
  const { search, severity, state, cursor } = address;
  const navigate = route.useNavigate();
  const filters = { search, severity, state };
  const query = useQuery(
    routeQuery("GET /api/v1/findings", { query: { image: imageName(image), ...filters, cursor, limit: "100" } }),
  );
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
  return (
    <>
      <Title headingLevel="h2" size="lg">
        Vulnerabilities
      </Title>
      <FilterBar
        filters={FILTERS}
        values={filters}
        onChange={(values) => void navigate({ search: { tab: "vulnerabilities", ...values } as typeof address })}
      />
      <QueryView
        query={query}
        name="findings"
        isEmpty={(page) => page.items.length === 0}
        empty={
          isFiltered ? (
            <Empty title="No finding fits the filters" />
          ) : (
            <Empty title="No findings">
              {image.scannedAt === undefined
                ? "No verified scan of this image is known: nobody has looked."
                : "The newest verified scan found nothing."}
            </Empty>
          )
        }
      >
        {(page) => (
          <FindingTable
            caption="Findings of this image, worst first"
            items={page.items}
            next={page.next}
            cursor={cursor}
            onCursor={(to) => void navigate({ search: changeSearch(address, { cursor: to }) })}
            linkFrom={{ image: imageName(image) }}
            isOneImage
          />
        )}
      </QueryView>
    </>
  );
}
