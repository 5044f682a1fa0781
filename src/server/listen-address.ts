import { AmapError } from "../base/index.ts";

/** Where a server listens. */
export interface ListenAddress {
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

/**
 * Reads `HOST:PORT`; IPv6 addresses stand in brackets.
 * @throws {AmapError} USAGE
 * @example
 * ```ts
 * import { parseListenAddress } from "./index.ts";
 * parseListenAddress("[::1]:8080"); // { host: "::1", port: 8080 }
 * ```
 */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[(?<six>[0-9A-Fa-f:.]+)\]|(?<name>[A-Za-z0-9._-]+)):(?<port>\d{1,5})$/.exec(text);
  const host = match?.groups?.["six"] ?? match?.groups?.["name"];
  const port = Number(match?.groups?.["port"]);
  if (host === undefined || port > 65_535)
    throw new AmapError("USAGE", `expected HOST:PORT to listen on, such as 127.0.0.1:8080, found "${text}"`);
  return { host, port };
}

/** Whether only this machine reaches an address. A name other than localhost may mean anything. */
export function isLoopbackAddress(host: string): boolean {
  const plain = host.toLowerCase().replace(/^::ffff:/, "");
  return plain === "localhost" || plain === "::1" || /^127(?:\.\d{1,3}){3}$/.test(plain);
}

/** An address as URLs write it. */
export function toUrl(scheme: "http" | "https", { host, port }: ListenAddress): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
