import type { RequestOptions } from "node:https";
import { basename } from "node:path";
import { AmapError, isAmapError, memberOf, writeJson } from "../../base/index.ts";
import { type ChosenConfig, type ConfigPlace, chooseConfig } from "./kubeconfig.ts";

/** What one request needs beside its address. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** For the TLS connection; PEM. */
  readonly tls: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
    readonly rejectUnauthorized: boolean;
  };
}

/** Credentials for one server, kept fresh. */
export interface CredentialSource {
  /** Without a slash at its end. */
  readonly server: string;
  /** The proxy that the configuration names for this server. */
  readonly proxyUrl?: string;
  current(): Promise<Credentials>;
  /** The server refused them: the next call of `current` reads the configuration again. */
  forget(): void;
}

/** Tokens and certificates rotate on disk; they are looked at this often. */
const REREAD_MS = 10_000;
/** A plug-in that asks a person would wait for ever: it has no terminal here. */
const PLUGIN_MS = 60_000;

/**
 * Reads the configuration and stands for its credentials: tokens, token files, client certificates, exec plug-ins, the
 * Pod's service account. Messages never hold what the configuration or a plug-in says.
 * @throws {AmapError} KUBECONFIG_INVALID, FILE_NOT_FOUND, NOT_SUPPORTED
 */
export async function openCredentials(place: ConfigPlace): Promise<CredentialSource> {
  const chosen = await chooseConfig(place);
  const server = serverOf(chosen);
  let authenticate: Promise<() => Promise<Credentials>> | undefined = prepare(chosen, server);
  let cached: { readonly at: number; readonly credentials: Promise<Credentials> } | undefined;
  const read = async (): Promise<Credentials> => {
    authenticate ??= chooseConfig(place).then((again) => {
      // Credentials belong to the server they were made for: a file that changed its mind gets a new process.
      if (serverOf(again) !== server)
        throw new AmapError("KUBECONFIG_INVALID", "the kubeconfig now names another server");
      return prepare(again, server);
    });
    return (await authenticate)();
  };
  return {
    server,
    ...(chosen.proxyUrl === undefined ? {} : { proxyUrl: chosen.proxyUrl }),
    current() {
      if (cached === undefined || performance.now() - cached.at > REREAD_MS) {
        const credentials = read();
        cached = { at: performance.now(), credentials };
        credentials.catch(() => {
          cached = undefined;
          authenticate = undefined;
        });
      }
      return cached.credentials;
    },
    forget() {
      cached = undefined;
      authenticate = undefined;
    },
  };
}

function serverOf({ cluster }: ChosenConfig): string {
  const server = memberOf(cluster, "server");
  const url = typeof server === "string" ? URL.parse(server) : null;
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== "" ||
    url.password !== "" ||
    url.search !== ""
  ) {
    throw new AmapError("KUBECONFIG_INVALID", "the kubeconfig's server is not an https address");
  }
  // In plain text a token is everybody's; `kubectl proxy` listens on the loopback address and needs none.
  if (url.protocol === "http:" && !/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)) {
    throw new AmapError("KUBECONFIG_INVALID", `the server ${url.origin} is not https`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** Loads the library (0.8 s of CPU), which knows the ways to authenticate, and nothing else of it. */
async function prepare({ cluster, user }: ChosenConfig, server: string): Promise<() => Promise<Credentials>> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  // The library wants this flag for plain HTTP, where it means nothing.
  const plain = server.startsWith("http:") ? { "insecure-skip-tls-verify": true } : {};
  try {
    config.loadFromString(
      writeJson({
        clusters: [{ name: "cluster", cluster: { ...cluster, ...plain } }],
        users: [{ name: "user", user }],
        contexts: [{ name: "context", context: { cluster: "cluster", user: "user" } }],
        "current-context": "context",
      }),
    );
  } catch {
    throw new AmapError("KUBECONFIG_INVALID", "the kubeconfig's cluster or user is not complete");
  }
  const skipsVerification = memberOf(cluster, "insecure-skip-tls-verify") === true;
  const plugin = memberOf(memberOf(user, "exec"), "command");
  return async () => {
    const options: RequestOptions = {};
    try {
      await withinTime(config.applyToHTTPSOptions(options));
    } catch (error) {
      if (isAmapError(error)) throw error;
      const what = typeof plugin === "string" ? `the credential plug-in ${basename(plugin)}` : "a file that it names";
      throw new AmapError("KUBECONFIG_INVALID", `the kubeconfig's credentials cannot be had: ${what} failed`, {
        hint: "Try the same kubeconfig with kubectl, which shows what the plug-in says.",
      });
    }
    return toCredentials(options, skipsVerification);
  };
}

async function withinTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new AmapError("KUBECONFIG_INVALID", `the kubeconfig's credential plug-in took over ${PLUGIN_MS} ms`);
    timer = setTimeout(() => reject(error), PLUGIN_MS);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function toCredentials(options: RequestOptions, skipsVerification: boolean): Credentials {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    // A token read from a file may end with a line break; one inside would be a second header.
    const text = String(value).trim();
    if (!/^[\x20-\x7e]*$/.test(text))
      throw new AmapError("KUBECONFIG_INVALID", `the credentials for ${name} are not text`);
    headers[name.toLowerCase()] = text;
  }
  if (typeof options.auth === "string" && headers["authorization"] === undefined) {
    headers["authorization"] = `Basic ${Buffer.from(options.auth).toString("base64")}`;
  }
  const { ca, cert, key, servername } = options;
  return {
    headers,
    tls: {
      ...pemOf("ca", ca),
      ...pemOf("cert", cert),
      ...pemOf("key", key),
      ...(servername === undefined ? {} : { servername }),
      rejectUnauthorized: !skipsVerification,
    },
  };
}

/** The library gives bytes that it read from a file or the configuration, and the text that a plug-in said. */
function pemOf(name: string, value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (typeof value === "string") return { [name]: value };
  if (value instanceof Uint8Array) return { [name]: Buffer.from(value).toString("latin1") };
  throw new AmapError("KUBECONFIG_INVALID", `the credentials' ${name} is not PEM`);
}
