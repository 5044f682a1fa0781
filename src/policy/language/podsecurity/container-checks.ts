import { containersText, type Finding, forbidden, plural, quoted, required, sorted } from "./finding.ts";
import type { Container, Pod } from "./pod.ts";

/** Controls that are about each container alone. */

const WINDOWS = "windows";
const BASELINE_CAPABILITIES: ReadonlySet<string> = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);

/** Since v1.25: pods that say they are for Windows need not set what Windows does not have. */
export function exceptForWindows(check: (pod: Pod) => Finding | undefined): (pod: Pod) => Finding | undefined {
  return (pod) => (pod.os === WINDOWS ? undefined : check(pod));
}

export function checkPrivilegeEscalation({ containers }: Pod): Finding | undefined {
  const bad = containers.filter(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (bad.length === 0) return undefined;
  return {
    reason: "allowPrivilegeEscalation != false",
    detail: `${containersText(bad.map(({ name }) => name))} must set securityContext.allowPrivilegeEscalation=false`,
    errors: bad.map(({ path, name, securityContext }) => {
      const field = `${path}.securityContext.allowPrivilegeEscalation`;
      if (securityContext === undefined) return required(field, name);
      return forbidden(field, securityContext.allowPrivilegeEscalation ?? "nil", name);
    }),
  };
}

export function checkPrivileged({ containers }: Pod): Finding | undefined {
  const bad = containers.filter(({ securityContext }) => securityContext?.privileged === true);
  if (bad.length === 0) return undefined;
  return {
    reason: "privileged",
    detail: `${containersText(bad.map(({ name }) => name))} must not set securityContext.privileged=true`,
    errors: bad.map(({ path, name }) => forbidden(`${path}.securityContext.privileged`, true, name)),
  };
}

export function checkProcMount({ containers }: Pod): Finding | undefined {
  const mountOf = ({ securityContext }: Container): string => securityContext?.procMount ?? "Default";
  const bad = containers.filter((container) => mountOf(container) !== "Default");
  if (bad.length === 0) return undefined;
  const names = containersText(bad.map(({ name }) => name));
  return {
    reason: "procMount",
    detail: `${names} must not set securityContext.procMount to ${quoted(sorted(bad.map(mountOf)))}`,
    errors: bad.map((container) =>
      forbidden(`${container.path}.securityContext.procMount`, mountOf(container), container.name),
    ),
  };
}

export function checkHostPorts({ containers }: Pod): Finding | undefined {
  const bad = containers.filter(({ hostPorts }) => hostPorts.some((port) => port !== 0));
  if (bad.length === 0) return undefined;
  const ports = sorted(bad.flatMap(({ hostPorts }) => hostPorts.filter((port) => port !== 0).map(String)));
  const uses = bad.length === 1 ? "uses" : "use";
  return {
    reason: "hostPort",
    detail: `${containersText(bad.map(({ name }) => name))} ${uses} ${plural("hostPort", ports.length)} ${ports.join(", ")}`,
    errors: bad.flatMap(({ path, name, hostPorts }) =>
      hostPorts.flatMap((port, index) =>
        port === 0 ? [] : [forbidden(`${path}.ports[${index}].hostPort`, port, name)],
      ),
    ),
  };
}

/** Names no fields: an exclusion does not concern it. */
export function checkProbeHosts({ containers }: Pod): Finding | undefined {
  const bad = containers.filter(({ probeHosts }) => probeHosts.length > 0);
  if (bad.length === 0) return undefined;
  const names = sorted(bad.map(({ name }) => name));
  const hosts = sorted(bad.flatMap(({ probeHosts }) => probeHosts));
  const uses = names.length === 1 ? "uses" : "use";
  const words = plural("probe or lifecycle host", hosts.length);
  return {
    reason: "probe or lifecycle host",
    detail: `${containersText(names)} ${uses} ${words} ${quoted(hosts)}`,
    errors: undefined,
  };
}

export function checkBaselineCapabilities({ containers }: Pod): Finding | undefined {
  const bad = addingOthers(containers, (capability) => BASELINE_CAPABILITIES.has(capability));
  if (bad.length === 0) return undefined;
  return {
    reason: "non-default capabilities",
    detail: addingText(bad),
    errors: bad.map(addingError),
  };
}

export function checkRestrictedCapabilities({ containers }: Pod): Finding | undefined {
  const keeping = containers.filter(
    ({ securityContext }) => !(securityContext?.capabilities?.drop ?? []).includes("ALL"),
  );
  const adding = addingOthers(containers, (capability) => capability === "NET_BIND_SERVICE");
  if (keeping.length + adding.length === 0) return undefined;
  const details = [];
  if (keeping.length > 0) {
    details.push(
      `${containersText(keeping.map(({ name }) => name))} must set securityContext.capabilities.drop=["ALL"]`,
    );
  }
  if (adding.length > 0) details.push(addingText(adding));
  const dropErrors = keeping.map(({ path, name, securityContext }) => {
    const field = `${path}.securityContext.capabilities.drop`;
    const dropped = securityContext?.capabilities?.drop ?? [];
    return dropped.length > 0 ? forbidden(field, sorted(dropped), name) : required(field, name);
  });
  return {
    reason: "unrestricted capabilities",
    detail: details.join("; "),
    errors: [...dropErrors, ...adding.map(addingError)],
  };
}

interface Adding {
  readonly container: Container;
  readonly capabilities: readonly string[];
}

/** Containers that add capabilities which are not allowed. */
function addingOthers(containers: readonly Container[], isAllowed: (capability: string) => boolean): readonly Adding[] {
  return containers.flatMap((container) => {
    const added = container.securityContext?.capabilities?.add ?? [];
    const capabilities = sorted(added.filter((capability) => !isAllowed(capability)));
    return capabilities.length === 0 ? [] : [{ container, capabilities }];
  });
}

function addingText(adding: readonly Adding[]): string {
  const names = containersText(adding.map(({ container }) => container.name));
  const capabilities = sorted(adding.flatMap((row) => row.capabilities));
  return `${names} must not include ${quoted(capabilities)} in securityContext.capabilities.add`;
}

function addingError({ container: { path, name }, capabilities }: Adding) {
  return forbidden(`${path}.securityContext.capabilities.add`, capabilities, name);
}
