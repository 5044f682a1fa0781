import {
  Banner,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
  MastheadToggle,
  Nav,
  NavItem,
  NavList,
  Page,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SkipToContent,
} from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useLiveUpdates } from "../api/events.ts";
import { routeQuery } from "../api/queries.ts";
import { MenuIcon } from "../parts/icons.ts";
import { Failed, Loading } from "../parts/query-view.tsx";
import { LoginScreen } from "../session/login-screen.tsx";
import { isNoSession, tokenRefusal, useSession } from "../session/session.ts";
import { TopBar } from "./top-bar.tsx";

const SCREENS = [
  { to: "/", label: "Overview" },
  { to: "/images", label: "Images" },
  { to: "/findings", label: "Findings" },
  { to: "/policies", label: "Policies" },
  { to: "/results", label: "Results" },
  { to: "/admissions", label: "Admission log" },
  { to: "/jobs", label: "Jobs" },
  { to: "/audit", label: "Audit" },
] as const;

/** Every page's frame: without a session the login, otherwise top bar, navigation and the screen. */
export function Shell() {
  const session = useSession();
  if (session.data !== undefined && !isNoSession(session.error)) return <SignedIn role={session.data.role} />;
  if (session.error === null) return <Loading name="the session" />;
  if (isNoSession(session.error)) {
    // Without a cookie there is nothing to tell; a token that was refused is.
    return <LoginScreen refused={tokenRefusal()} />;
  }
  return <Failed error={session.error} name="the dashboard" onRetry={() => void session.refetch()} />;
}

function SignedIn({ role }: { readonly role: "admin" | "viewer" }) {
  useLiveUpdates();
  const path = useLocation({ select: (location) => location.pathname });
  const about = useQuery({ ...routeQuery("GET /api/v1/about"), staleTime: Number.POSITIVE_INFINITY });
  const masthead = (
    <Masthead display={{ default: "inline" }}>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton variant="plain" aria-label="Navigation" id="nav-toggle">
            <MenuIcon />
          </PageToggleButton>
        </MastheadToggle>
        <MastheadBrand>
          <HomeLink />
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <TopBar role={role} about={about.data} />
      </MastheadContent>
    </Masthead>
  );
  const sidebar = (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label="Screens">
          <NavList>
            {SCREENS.map(({ to, label }) => (
              <NavItem key={to} itemId={to} isActive={to === "/" ? path === "/" : path.startsWith(to)}>
                <Link to={to}>{label}</Link>
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
  return (
    <Page
      masthead={masthead}
      sidebar={sidebar}
      isManagedSidebar
      mainContainerId="main"
      skipToContent={<SkipToContent href="#main">Skip to content</SkipToContent>}
      banner={about.data?.demo === true ? <DemoBanner /> : null}
    >
      <Outlet />
    </Page>
  );
}

function DemoBanner() {
  return (
    <Banner color="blue" className="amap-banner" role="region" aria-label="Demo">
      This is the demo: its image was built on this machine, and its cluster exists only here.
    </Banner>
  );
}

function HomeLink() {
  return (
    <Link to="/" className="amap-logo" aria-label="A-MAP, overview">
      A-MAP
    </Link>
  );
}
