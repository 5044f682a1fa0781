import { AmapError, Double, isValueObject, memberOf, type Value, type ValueObject } from "../../../base/index.ts";

/** The fields of a pod that the Pod Security Standards look at, typed; absent and null are undefined. */
export interface Pod {
  readonly annotations: ReadonlyMap<string, string>;
  readonly hostNetwork: boolean;
  readonly hostPID: boolean;
  readonly hostIPC: boolean;
  /** Of `spec.os.name`. */
  readonly os: string;
  readonly volumes: readonly ValueObject[];
  readonly securityContext: PodSecurityContext | undefined;
  /** Init containers, then containers, then ephemeral ones: the order in which checks meet them. */
  readonly containers: readonly Container[];
}

/** What pods and containers both have. */
export interface CommonSecurityContext {
  readonly runAsNonRoot: boolean | undefined;
  readonly runAsUser: number | undefined;
  readonly seLinuxOptions: { readonly type: string; readonly user: string; readonly role: string } | undefined;
  /** The profile's type; the empty text where it has none. */
  readonly seccompProfile: string | undefined;
  readonly appArmorProfile: string | undefined;
  readonly hostProcess: boolean;
}

export interface PodSecurityContext extends CommonSecurityContext {
  readonly sysctls: readonly string[];
}

interface ContainerSecurityContext extends CommonSecurityContext {
  readonly privileged: boolean;
  readonly allowPrivilegeEscalation: boolean | undefined;
  readonly procMount: string | undefined;
  readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] } | undefined;
}

type ContainerList = "initContainers" | "containers" | "ephemeralContainers";

export interface Container {
  readonly list: ContainerList;
  /** `spec.containers[0]`. */
  readonly path: string;
  readonly name: string;
  readonly image: string;
  readonly hostPorts: readonly number[];
  /** Hosts of probes and lifecycle handlers. */
  readonly probeHosts: readonly string[];
  readonly securityContext: ContainerSecurityContext | undefined;
}

export const CONTAINER_LISTS: readonly ContainerList[] = ["initContainers", "containers", "ephemeralContainers"];

/** Kinds with their pod below `spec.template`. */
const TEMPLATE_KINDS: ReadonlySet<string> = new Set([
  "DaemonSet",
  "Deployment",
  "Job",
  "ReplicaSet",
  "ReplicationController",
  "StatefulSet",
]);

/** Where a kind has its pod's spec and metadata; undefined for kinds without pods. As in Kyverno, a CronJob's are its Job's metadata. */
export function podPaths(kind: string): { readonly spec: string; readonly metadata: string } | undefined {
  if (kind === "Pod") return { spec: "spec", metadata: "metadata" };
  if (kind === "CronJob") return { spec: "spec.jobTemplate.spec.template.spec", metadata: "spec.jobTemplate.metadata" };
  return TEMPLATE_KINDS.has(kind) ? { spec: "spec.template.spec", metadata: "spec.template.metadata" } : undefined;
}

/**
 * The pod of a resource. Types are checked as Go's JSON does it for the fields that are looked at.
 * @throws {AmapError} VALUE_INVALID for a kind without pods and for a field of another type than Kubernetes gives it
 */
export function readPod(resource: Value): Pod {
  const kind = memberOf(resource, "kind");
  const paths = typeof kind === "string" ? podPaths(kind) : undefined;
  if (paths === undefined) {
    throw new AmapError(
      "VALUE_INVALID",
      "could not find correct resource type: the Pod Security Standards are about pods",
    );
  }
  const at = (path: string): Reader => path.split(".").reduce((found, field) => found.at(field), new Reader(resource));
  const spec = at(paths.spec);
  const security = spec.at("securityContext");
  return {
    annotations: at(paths.metadata).at("annotations").texts(),
    hostNetwork: spec.flag("hostNetwork") ?? false,
    hostPID: spec.flag("hostPID") ?? false,
    hostIPC: spec.flag("hostIPC") ?? false,
    os: spec.at("os").text("name") ?? "",
    volumes: spec.objects("volumes").map(({ value }) => (isValueObject(value) ? value : {})),
    securityContext: security.isPresent
      ? { ...readCommon(security), sysctls: security.objects("sysctls").map((row) => row.text("name") ?? "") }
      : undefined,
    containers: CONTAINER_LISTS.flatMap((list) =>
      spec.objects(list).map((item, index) => readContainer(item, list, index)),
    ),
  };
}

/** The path of a container in a Pod. */
export function containerPath(list: ContainerList, index: number): string {
  return `spec.${list}[${index}]`;
}

function readContainer(container: Reader, list: ContainerList, index: number): Container {
  const security = container.at("securityContext");
  const handlers = [
    ...["livenessProbe", "readinessProbe", "startupProbe"].map((field) => container.at(field)),
    ...["postStart", "preStop"].map((field) => container.at("lifecycle").at(field)),
  ];
  const hosts = handlers.flatMap((handler) => [
    handler.at("httpGet").text("host") ?? "",
    handler.at("tcpSocket").text("host") ?? "",
  ]);
  return {
    list,
    path: containerPath(list, index),
    name: container.text("name") ?? "",
    image: container.text("image") ?? "",
    hostPorts: container.objects("ports").map((port) => port.integer("hostPort") ?? 0),
    probeHosts: hosts.filter((host) => host !== ""),
    securityContext: security.isPresent ? readContainerSecurity(security) : undefined,
  };
}

function readContainerSecurity(security: Reader): ContainerSecurityContext {
  const capabilities = security.at("capabilities");
  return {
    ...readCommon(security),
    privileged: security.flag("privileged") ?? false,
    allowPrivilegeEscalation: security.flag("allowPrivilegeEscalation"),
    procMount: security.text("procMount"),
    capabilities: capabilities.isPresent
      ? { add: capabilities.textItems("add"), drop: capabilities.textItems("drop") }
      : undefined,
  };
}

function readCommon(security: Reader): CommonSecurityContext {
  const options = security.at("seLinuxOptions");
  const typeOf = (profile: Reader): string | undefined =>
    profile.isPresent ? (profile.text("type") ?? "") : undefined;
  return {
    runAsNonRoot: security.flag("runAsNonRoot"),
    runAsUser: security.integer("runAsUser"),
    seLinuxOptions: options.isPresent
      ? { type: options.text("type") ?? "", user: options.text("user") ?? "", role: options.text("role") ?? "" }
      : undefined,
    seccompProfile: typeOf(security.at("seccompProfile")),
    appArmorProfile: typeOf(security.at("appArmorProfile")),
    hostProcess: security.at("windowsOptions").flag("hostProcess") ?? false,
  };
}

/** A value and where it is, for messages. Null counts as absent. */
class Reader {
  readonly value: Value | undefined;
  readonly #parent: Reader | undefined;
  readonly #place: string;

  constructor(value: Value | undefined, parent?: Reader, place = "") {
    this.value = value ?? undefined;
    this.#parent = parent;
    this.#place = place;
  }

  get isPresent(): boolean {
    return this.value !== undefined;
  }

  /** The object that is a member. */
  at(field: string): Reader {
    const member = this.#member(field);
    if (member.isPresent && !isValueObject(member.value)) member.#refuse("an object");
    return member;
  }

  items(field: string): readonly Reader[] {
    const member = this.#member(field);
    if (!member.isPresent) return [];
    if (!Array.isArray(member.value)) member.#refuse("a list");
    return (member.value as readonly Value[]).map((item, index) => new Reader(item, member, `[${index}]`));
  }

  objects(field: string): readonly Reader[] {
    const items = this.items(field);
    for (const item of items) if (item.isPresent && !isValueObject(item.value)) item.#refuse("an object");
    return items;
  }

  textItems(field: string): readonly string[] {
    return this.items(field).map((item) => {
      if (item.isPresent && typeof item.value !== "string") item.#refuse("a text");
      return (item.value as string | undefined) ?? "";
    });
  }

  texts(): ReadonlyMap<string, string> {
    const texts = new Map<string, string>();
    for (const key of isValueObject(this.value) ? Object.keys(this.value) : []) texts.set(key, this.text(key) ?? "");
    return texts;
  }

  text(field: string): string | undefined {
    const value = memberOf(this.value, field) ?? undefined;
    if (value !== undefined && typeof value !== "string") this.#member(field).#refuse("a text");
    return value as string | undefined;
  }

  flag(field: string): boolean | undefined {
    const value = memberOf(this.value, field) ?? undefined;
    if (value !== undefined && typeof value !== "boolean") this.#member(field).#refuse("true or false");
    return value as boolean | undefined;
  }

  integer(field: string): number | undefined {
    const value = memberOf(this.value, field) ?? undefined;
    if (value === undefined) return undefined;
    const number = value instanceof Double ? value.value : value;
    if (typeof number === "bigint") return Number(number);
    if (typeof number !== "number" || !Number.isInteger(number)) this.#member(field).#refuse("an integer");
    return number as number;
  }

  #member(field: string): Reader {
    return new Reader(memberOf(this.value, field), this, field);
  }

  get #path(): string {
    const above = this.#parent === undefined ? "" : this.#parent.#path;
    return above === "" || this.#place.startsWith("[") ? above + this.#place : `${above}.${this.#place}`;
  }

  #refuse(expected: string): never {
    throw new AmapError("VALUE_INVALID", `${this.#path} must be ${expected}`);
  }
}
