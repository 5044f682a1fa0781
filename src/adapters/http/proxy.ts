import { AmapError } from "../../base/index.ts";

type NetModules = typeof import("node:net");
type Environment = Readonly<Record<string, string | undefined>>;

/** Ports that an address without one means. */
const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/**
 * The proxy for an address, as Go's programs choose it: HTTPS_PROXY or HTTP_PROXY by the address's scheme, in capitals or
 * small letters, unless NO_PROXY names the host. Addresses of this machine are never asked through a proxy.
 *
 * NO_PROXY is a list of names (`example.com` and all below it, `.example.com` only those below), addresses, networks
 * (`10.0.0.0/8`), each with or without a port, or `*` for all.
 *
 * @throws {AmapError} USAGE for a proxy's address that cannot be used; its password is not shown
 */
export function proxyFor(url: URL, env: Environment, net: NetModules): URL | undefined {
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const stated = env[name] || env[name.toLowerCase()];
  if (stated === undefined || stated === "" || isBypassed(url, env, net)) return undefined;
  const proxy = URL.parse(stated.includes("://") ? stated : `http://${stated}`);
  if (proxy !== null && /^https?:$/.test(proxy.protocol) && proxy.hostname !== "") return proxy;
  throw new AmapError(
    "USAGE",
    `${name}: expected the http or https address of a proxy, found another kind of address`,
    {
      hint: `Write it as http://HOST:PORT, or unset ${name}. SOCKS proxies are not supported yet.`,
    },
  );
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
