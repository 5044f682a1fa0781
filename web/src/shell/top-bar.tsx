import { Button, Label, Modal, ModalBody, ModalHeader } from "@patternfly/react-core";
import { useState } from "react";
import type { RouteResponse } from "../../../src/api/index.ts";
import { useLiveState } from "../api/events.ts";
import { AllowedIcon, MoonIcon, SunIcon, WarnIcon } from "../parts/icons.ts";
import { Text } from "../parts/text.tsx";
import { useLogout } from "../session/session.ts";
import { useTheme } from "./theme.ts";

type About = RouteResponse<"GET /api/v1/about">;

interface TopBarProps {
  readonly role: "admin" | "viewer";
  readonly about: About | undefined;
}

/** The right of the top bar: whether the page is live, theme, about, role and signing out. */
export function TopBar({ role, about }: TopBarProps) {
  const theme = useTheme();
  const live = useLiveState();
  const logout = useLogout();
  const [isAboutOpen, setAboutOpen] = useState(false);
  return (
    <div className="amap-top">
      <Label
        isCompact
        color={live.connected ? "green" : "yellow"}
        icon={live.connected ? <AllowedIcon /> : <WarnIcon />}
        title={live.connected ? "Changes show as they happen" : "The event stream is down; lists may be old"}
      >
        {live.connected ? "Live" : "Not live"}
      </Label>
      <Button
        variant="plain"
        icon={theme.isDark ? <SunIcon /> : <MoonIcon />}
        aria-label={theme.isDark ? "Use the light theme" : "Use the dark theme"}
        onClick={theme.toggle}
      />
      <Button variant="link" onClick={() => setAboutOpen(true)}>
        About
      </Button>
      <span className="amap-role">{role}</span>
      <Button variant="secondary" size="sm" onClick={() => logout.mutate()} isDisabled={logout.isPending}>
        Sign out
      </Button>
      {isAboutOpen ? <AboutDialog about={about} role={role} onClose={() => setAboutOpen(false)} /> : null}
    </div>
  );
}

function AboutDialog({ role, about, onClose }: TopBarProps & { readonly onClose: () => void }) {
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="about-title">
      <ModalHeader title="About A-MAP" labelId="about-title" />
      <ModalBody>
        {about === undefined ? (
          <p>The server has not told its version.</p>
        ) : (
          <dl className="amap-facts">
            <dt>Signed in as</dt>
            <dd>{role}</dd>
            <dt>Version</dt>
            <dd>
              <Text value={about.version} />
            </dd>
            <dt>Store</dt>
            <dd>
              <Text value={`${about.store.kind}: ${about.store.address}`} />
            </dd>
            <dt>Server's time</dt>
            <dd>
              <Text value={about.now} />
            </dd>
          </dl>
        )}
      </ModalBody>
    </Modal>
  );
}
