import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { parseSearch, searchReader, writeSearch } from "./search.ts";
import { Shell } from "./shell/shell.tsx";
import { NotFound, ScreenFailed } from "./shell/states.tsx";

const SEVERITY = ["critical", "high", "medium", "low", "none", "unknown"] as const;
const FLAG = ["true", "false"] as const;
const STATUS = ["pass", "fail", "error", "warn", "skip"] as const;

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: ScreenFailed });

const overview = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("./screens/overview/overview-screen.tsx"), "OverviewScreen"),
});

const images = createRoute({
  getParentRoute: () => root,
  path: "/images",
  validateSearch: searchReader({
    search: true,
    namespace: true,
    running: FLAG,
    verdict: ["allowed", "denied", "unknown"],
    missing: ["signature", "sbom", "scan", "vex", "provenance"],
    severity: SEVERITY,
    cursor: true,
  }),
  component: lazyRouteComponent(() => import("./screens/images/images-screen.tsx"), "ImagesScreen"),
});

const imageDetail = createRoute({
  getParentRoute: () => root,
  path: "/images/$image",
  validateSearch: searchReader({
    tab: ["chain", "vulnerabilities", "vex", "policies", "documents", "uses"],
    /** The chain's selected node. */
    node: true,
    /** The opened document. */
    document: true,
    state: ["open", "answered"],
    severity: SEVERITY,
    search: true,
    cursor: true,
  }),
  component: lazyRouteComponent(() => import("./screens/image-detail/image-detail-screen.tsx"), "ImageDetailScreen"),
});

const findings = createRoute({
  getParentRoute: () => root,
  path: "/findings",
  validateSearch: searchReader({
    search: true,
    image: true,
    severity: SEVERITY,
    state: ["open", "answered"],
    fixable: FLAG,
    /** The finding whose panel is open. */
    selected: true,
    cursor: true,
  }),
  component: lazyRouteComponent(() => import("./screens/findings/findings-screen.tsx"), "FindingsScreen"),
});

const policies = createRoute({
  getParentRoute: () => root,
  path: "/policies",
  validateSearch: searchReader({ search: true, state: ["ready", "refused"] }),
  component: lazyRouteComponent(() => import("./screens/policies/policies-screen.tsx"), "PoliciesScreen"),
});

const policyDetail = createRoute({
  getParentRoute: () => root,
  path: "/policies/$name",
  component: lazyRouteComponent(() => import("./screens/policies/policy-detail-screen.tsx"), "PolicyDetailScreen"),
});

const results = createRoute({
  getParentRoute: () => root,
  path: "/results",
  validateSearch: searchReader({
    tab: ["results", "history"],
    search: true,
    cluster: true,
    policy: true,
    rule: true,
    status: STATUS,
    namespace: true,
    kind: true,
    name: true,
    image: true,
    cursor: true,
  }),
  component: lazyRouteComponent(() => import("./screens/policies/results-screen.tsx"), "ResultsScreen"),
});

const admissions = createRoute({
  getParentRoute: () => root,
  path: "/admissions",
  validateSearch: searchReader({
    search: true,
    cluster: true,
    allowed: FLAG,
    namespace: true,
    kind: true,
    user: true,
    cursor: true,
  }),
  component: lazyRouteComponent(() => import("./screens/admissions/admissions-screen.tsx"), "AdmissionsScreen"),
});

const admissionDetail = createRoute({
  getParentRoute: () => root,
  path: "/admissions/$id",
  validateSearch: searchReader({ explain: ["true"] }),
  component: lazyRouteComponent(
    () => import("./screens/admissions/admission-detail-screen.tsx"),
    "AdmissionDetailScreen",
  ),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: "/audit",
  validateSearch: searchReader({ cursor: true }),
  component: lazyRouteComponent(() => import("./screens/audit/audit-screen.tsx"), "AuditScreen"),
});

const jobs = createRoute({
  getParentRoute: () => root,
  path: "/jobs",
  validateSearch: searchReader({ state: ["waiting", "running", "done", "failed"], cursor: true }),
  component: lazyRouteComponent(() => import("./screens/jobs/jobs-screen.tsx"), "JobsScreen"),
});

/** The pages: every filter is in the address, as plain text. */
export function createPages() {
  return createRouter({
    routeTree: root.addChildren([
      overview,
      images,
      imageDetail,
      findings,
      policies,
      policyDetail,
      results,
      admissions,
      admissionDetail,
      jobs,
      audit,
    ]),
    parseSearch,
    stringifySearch: writeSearch,
    defaultPreload: false,
    scrollRestoration: false,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createPages>;
  }
}
