import { AmapError } from "../../base/index.ts";

type NetModules = typeof import("node:net");
type Environment = Readonly<Record<string, string | undefined>>;

/** Ports that an address without one means. */
const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/** Where a SOCKS proxy listens that is named without a port. */
const SOCKS_PORT = "1080";

/**
 * The proxy for an address, as Go's programs choose it: HTTPS_PROXY or HTTP_PROXY by the address's scheme, in capitals or
 * small letters, else ALL_PROXY, unless NO_PROXY names the host. Addresses of this machine are never asked through a proxy.
 * A proxy is an http, https, socks5 or socks5h address; the last two are the same, as in Go: names are the proxy's to look up.
 *
 * NO_PROXY is a list of names (`example.com` and all below it, `.example.com` only those below), addresses, networks
 * (`10.0.0.0/8`), each with or without a port, or `*` for all.
 *
 * @throws {AmapError} USAGE for a proxy's address that cannot be used; its password is not shown
 */
export function proxyFor(url: URL, env: Environment, net: NetModules): URL | undefined {
  const scheme = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const [name, stated] = [scheme, "ALL_PROXY"].map((each) => [each, variable(env, each)] as const).find(isSet) ?? [];
  if (name === undefined || stated === undefined || isBypassed(url, env, net)) return undefined;
  return parseProxy(stated, name);
}

/**
 * The address of a proxy as people write it; `http://` may be left out.
 * @throws {AmapError} USAGE; what was written is not shown, since it may hold a password
 */
export function parseProxy(stated: string, name: string): URL {
  const proxy = URL.parse(stated.includes("://") ? stated : `http://${stated}`);
  if (proxy !== null && /^(?:https?|socks5h?):$/.test(proxy.protocol) && proxy.hostname !== "") {
    if (isSocks(proxy) && proxy.port === "") proxy.port = SOCKS_PORT;
    return proxy;
  }
  throw new AmapError("USAGE", `${name}: expected the address of a proxy, found another kind of address`, {
    hint: `Write it as http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT, or leave ${name} out.`,
  });
}

/** Whether a proxy is spoken to by SOCKS 5. */
export function isSocks({ protocol }: URL): boolean {
  return protocol === "socks5:" || protocol === "socks5h:";
}

function variable(env: Environment, name: string): string | undefined {
  return env[name] || env[name.toLowerCase()];
}

function isSet(entry: readonly [string, string | undefined]): entry is readonly [string, string] {
  return entry[1] !== undefined && entry[1] !== "";
}

function isBypassed(url: URL, env: Environment, net: NetModules): boolean {
  const host = bareHost(url.hostname);
  const version = net.isIP(host);
  const loopback = new net.BlockList();
  loopback.addSubnet("127.0.0.0", 8, "ipv4");
  loopback.addAddress("::1", "ipv6");
  if (host === "localhost" || matchesNetwork(loopback, host, version)) return true;
  const port = url.port || (DEFAULT_PORTS[url.protocol] ?? "");
  const list = env["NO_PROXY"] || env["no_proxy"] || "";
  return list.split(",").some((entry) => bypasses(entry.trim().toLowerCase(), { host, port, version }, net));
}

interface Place {
  readonly host: string;
  readonly port: string;
  /** 4 or 6 of an address, 0 of a name. */
  readonly version: number;
}

function bypasses(entry: string, { host, port, version }: Place, net: NetModules): boolean {
  if (entry === "") return false;
  if (entry === "*") return true;
  const [, network, bits] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (network !== undefined && bits !== undefined) {
    const list = new net.BlockList();
    const family = net.isIPv6(network) ? "ipv6" : "ipv4";
    if (net.isIP(network) === 0 || Number(bits) > (family === "ipv6" ? 128 : 32)) return false;
    list.addSubnet(network, Number(bits), family);
    return matchesNetwork(list, host, version);
  }
  const [name, wantedPort] = splitPort(entry, net);
  if (wantedPort !== undefined && wantedPort !== port) return false;
  if (version !== 0 || net.isIP(name) !== 0) return name === host;
  const suffix = name.replace(/^\*?\.?/, "");
  return host.endsWith(`.${suffix}`) || (host === suffix && name === suffix);
}

function splitPort(entry: string, net: NetModules): readonly [name: string, port: string | undefined] {
  if (net.isIPv6(entry)) return [entry, undefined];
  const [, name, port] = /^(.*?):(\d{1,5})$/.exec(entry) ?? [];
  return name === undefined ? [bareHost(entry), undefined] : [bareHost(name), port];
}

function matchesNetwork(list: import("node:net").BlockList, host: string, version: number): boolean {
  return version !== 0 && list.check(host, version === 6 ? "ipv6" : "ipv4");
}

function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, "").toLowerCase();
}
