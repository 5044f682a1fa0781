import type { Agent } from "node:http";
import type { LookupFunction, Socket } from "node:net";

/** A connection through a SOCKS 5 proxy, and how it is made. */
export interface SocksRequest {
  /** `socks5://user:password@proxy:1080`. */
  readonly proxy: URL;
  /** The name, or the address without brackets, that the proxy is to connect to. */
  readonly host: string;
  readonly port: number;
  /** For connecting and the proxy's answers; milliseconds. */
  readonly timeoutMs: number;
  /** How the proxy's own name is looked up. */
  readonly lookup?: LookupFunction;
  /** Ends the attempt. */
  readonly signal?: AbortSignal;
}

const VERSION = 5;
const [NO_LOGIN, WITH_LOGIN] = [0x00, 0x02];
const LOGIN_VERSION = 1;
const CONNECT = 1;
const [IPV4, NAME, IPV6] = [1, 3, 4];
const TEXT_BYTES = 255;
/** The longest answer: one with a name. */
const ANSWER_BYTES = 300;

/**
 * A connection that a SOCKS 5 proxy made (RFC 1928; user name and password by RFC 1929). Names are sent to the proxy as
 * they are, so that it looks them up.
 */
export async function connectBySocks(request: SocksRequest): Promise<Socket> {
  const net = process.getBuiltinModule("node:net");
  const { proxy, timeoutMs, lookup, signal } = request;
  const socket = net.connect({
    host: bare(proxy.hostname),
    port: Number(proxy.port),
    ...(lookup === undefined ? {} : { lookup }),
  });
  const giveUp = (): void => void socket.destroy(failure("ECONNRESET"));
  try {
    socket.setTimeout(timeoutMs, () => socket.destroy(failure("ETIMEDOUT")));
    const { read, hasMore } = reader(socket);
    signal?.addEventListener("abort", giveUp);
    await greet(socket, read, proxy);
    await askFor(socket, read, request);
    // A registry never speaks before it is asked.
    if (hasMore()) throw failure("ERR_PROXY_PROTOCOL");
    socket.setTimeout(0);
    return socket;
  } catch (error) {
    socket.on("error", () => {});
    socket.destroy();
    throw error;
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}

/** Makes an agent open all its connections through a SOCKS 5 proxy; TLS is then spoken inside of them. */
export function goThroughSocks(agent: Agent, proxy: URL, lookup: LookupFunction, timeoutMs: number): void {
  const connect = agent.createConnection.bind(agent);
  const isTls = "protocol" in agent && agent.protocol === "https:";
  const closed = new AbortController();
  const destroy = agent.destroy.bind(agent);
  agent.destroy = () => {
    closed.abort();
    destroy();
  };
  agent.createConnection = (options, callback) => {
    const host = bare(options.host ?? "localhost");
    connectBySocks({ proxy, host, port: Number(options.port), timeoutMs, lookup, signal: closed.signal }).then(
      (socket) => callback?.(null, isTls ? (connect({ ...options, socket } as typeof options) as Socket) : socket),
      // The type asks for a connection where there is none.
      (error: Error) => (callback as ((error: Error) => void) | undefined)?.(error),
    );
    return undefined;
  };
}

async function greet(socket: Socket, read: Read, proxy: URL): Promise<void> {
  const [username, password] = [proxy.username, proxy.password].map((text) => Buffer.from(decodeURIComponent(text)));
  const login = username !== undefined && password !== undefined && username.length + password.length > 0;
  const methods = login ? [NO_LOGIN, WITH_LOGIN] : [NO_LOGIN];
  socket.write(Uint8Array.of(VERSION, methods.length, ...methods));
  const [version, method] = await read(2);
  if (version !== VERSION) throw failure("ERR_PROXY_PROTOCOL");
  if (method === NO_LOGIN) return;
  if (method !== WITH_LOGIN || !login) throw failure("ERR_PROXY_LOGIN");
  if (username.length > TEXT_BYTES || password.length > TEXT_BYTES) throw failure("ERR_PROXY_LOGIN");
  socket.write(Uint8Array.of(LOGIN_VERSION, username.length, ...username, password.length, ...password));
  const [, status] = await read(2);
  if (status !== 0) throw failure("ERR_PROXY_LOGIN");
}

async function askFor(socket: Socket, read: Read, { host, port }: SocksRequest): Promise<void> {
  const family = process.getBuiltinModule("node:net").isIP(host);
  const place = family === 0 ? nameBytes(host) : addressBytes(host, family);
  socket.write(Uint8Array.of(VERSION, CONNECT, 0, ...place, port >> 8, port & 0xff));
  const [version, status, , kind] = await read(4);
  if (version !== VERSION) throw failure("ERR_PROXY_PROTOCOL");
  if (status !== 0) throw failure("ERR_PROXY_TUNNEL");
  // The address that the proxy connects from is of no use here, but it stands before the target's first byte.
  if (kind === NAME) await read(((await read(1))[0] ?? 0) + 2);
  else if (kind === IPV4 || kind === IPV6) await read((kind === IPV4 ? 4 : 16) + 2);
  else throw failure("ERR_PROXY_PROTOCOL");
}

function nameBytes(host: string): readonly number[] {
  const name = Buffer.from(host);
  if (name.length > TEXT_BYTES) throw failure("ENOTFOUND");
  return [NAME, name.length, ...name];
}

function addressBytes(address: string, family: number): readonly number[] {
  if (family === 4) return [IPV4, ...address.split(".").map(Number)];
  // URL writes an IPv6 address in its one short form; an embedded IPv4 address is written in groups there.
  const [before = "", after] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string): readonly number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const [head, tail] = [groups(before), groups(after ?? "")];
  const all = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
  return [IPV6, ...all.flatMap((group) => [group >> 8, group & 0xff])];
}

/** So many bytes of the proxy's answer. */
type Read = (length: number) => Promise<Uint8Array>;

/** Reads what a proxy says. */
function reader(socket: Socket): { readonly read: Read; readonly hasMore: () => boolean } {
  let held: Uint8Array = new Uint8Array();
  const read: Read = async (length) => {
    while (held.length < length) {
      const chunk = socket.read() as Uint8Array | null;
      if (chunk === null) await readable(socket);
      else held = Buffer.concat([held, chunk]);
      if (held.length > ANSWER_BYTES) throw failure("ERR_PROXY_PROTOCOL");
    }
    const taken = held.subarray(0, length);
    held = held.subarray(length);
    return taken;
  };
  return { read, hasMore: () => held.length > 0 };
}

function readable(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => () => {
      socket.off("readable", onReadable).off("error", onError).off("end", onEnd).off("close", onEnd);
      act();
    };
    let cause: Error | undefined;
    const onReadable = settle(resolve);
    const onEnd = settle(() => reject(cause ?? failure("ECONNRESET")));
    const onError = (error: Error): void => {
      cause = error;
      onEnd();
    };
    socket.on("readable", onReadable).on("error", onError).on("end", onEnd).on("close", onEnd);
  });
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
