import "./image-detail.css";
import { Tab, Tabs, TabTitleText } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { addressOf } from "../../api/client.ts";
import { routeQuery } from "../../api/queries.ts";
import { changeSearch } from "../../change-search.ts";
import { PageFrame } from "../../parts/page-frame.tsx";
import { QueryView } from "../../parts/query-view.tsx";
import { shellWord } from "../../text/names.ts";
import { ChainTab } from "./chain/chain-tab.tsx";
import { DocumentsTab } from "./documents-tab.tsx";
import { ImageHeader } from "./image-header.tsx";
import { PoliciesTab } from "./policies-tab.tsx";
import { UsesTab } from "./uses-tab.tsx";
import type { ImageDetail } from "./verdict.ts";
import { VexTab } from "./vex-tab.tsx";
import { VulnerabilitiesTab } from "./vulnerabilities-tab.tsx";

const route = getRouteApi("/images/$image");

/** One image: verdict, the way it came, and all that is said about it. */
export function ImageDetailScreen() {
  const { image } = route.useParams();
  const { tab = "chain" } = route.useSearch();
  const query = useQuery(routeQuery("GET /api/v1/images/:image", { params: { image } }));
  return (
    <PageFrame
      key={image}
      title={image.split("@")[0] || "Image"}
      lead="Can this image be trusted, why, and what is in it?"
      cli={commandOf(tab, image)}
      json={addressOf("GET /api/v1/images/:image", { params: { image } })}
    >
      <QueryView query={query} name="the image">
        {(detail) => (
          <>
            <ImageHeader image={detail} />
            <ImageTabs image={detail} />
          </>
        )}
      </QueryView>
    </PageFrame>
  );
}

function ImageTabs({ image }: { readonly image: ImageDetail }) {
  const search = route.useSearch();
  const { tab = "chain", node, document } = search;
  const navigate = route.useNavigate();
  const open = (id: string | undefined) =>
    void navigate({ search: changeSearch(search, { document: id }), replace: true, resetScroll: false });
  const select = (id: string) =>
    void navigate({ search: changeSearch(search, { node: id }), replace: true, resetScroll: false });
  const tabs: readonly (readonly [name: typeof tab, title: string, content: ReactNode])[] = [
    ["chain", "Chain", <ChainTab key="chain" {...{ image, node, document }} onSelect={select} onOpen={open} />],
    ["vulnerabilities", "Vulnerabilities", <VulnerabilitiesTab key="vulnerabilities" image={image} />],
    ["vex", "VEX", <VexTab key="vex" image={image} />],
    ["policies", "Policies", <PoliciesTab key="policies" image={image} />],
    [
      "documents",
      `Documents (${image.documents.length})`,
      <DocumentsTab key="documents" {...{ image, document }} onOpen={open} />,
    ],
    ["uses", `Where it runs (${image.uses.length})`, <UsesTab key="uses" image={image} />],
  ];
  const go = (name: string | number) => {
    const chosen = tabs.find(([each]) => each === name)?.[0];
    void navigate({ search: chosen === undefined ? {} : { tab: chosen }, resetScroll: false });
  };
  return (
    <Tabs
      activeKey={tab}
      onSelect={(_event, name) => go(name)}
      mountOnEnter
      unmountOnExit
      aria-label="About this image"
    >
      {tabs.map(([name, title, content]) => (
        <Tab key={name} eventKey={name} title={<TabTitleText>{title}</TabTitleText>}>
          <div className="amap-tab">{tab === name ? content : null}</div>
        </Tab>
      ))}
    </Tabs>
  );
}

function commandOf(tab: string, image: string): string {
  const name = shellWord(image);
  if (tab === "vulnerabilities" || tab === "vex") return `amap scan ${name}`;
  if (tab === "policies" || tab === "uses") return `amap check --policy POLICIES ${name}`;
  return `amap tree ${name}`;
}
