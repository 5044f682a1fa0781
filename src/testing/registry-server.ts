import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Descriptor, decodeManifest } from "../artifact/index.ts";
import { concatBytes, type Digest, decodeUtf8, digestOf, encodeBase64, encodeUtf8, isDigest } from "../base/index.ts";

/** A request as the test registry saw it. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  /** 1 for the first request of this method and path. */
  readonly ordinal: number;
}

/** What a request gets in place of the registry's own answer. */
export type Fault =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: Uint8Array;
    }
  /** No byte is ever sent. */
  | { readonly kind: "hang" }
  /** The connection is closed without an answer. */
  | { readonly kind: "reset" }
  /** A head, then one byte at a time for ever. */
  | { readonly kind: "slowBody"; readonly everyMs: number }
  /** A head, then as many bytes as the reader takes. */
  | { readonly kind: "endlessBody" }
  /** A head that promises more than the bytes that come before the connection closes. */
  | { readonly kind: "cutBody"; readonly body: Uint8Array };

export interface RegistryServerOptions {
  /** Whether /referrers/ is there; it is by default. */
  readonly referrersApi?: boolean;
  /** Whether a manifest with a subject is acknowledged by OCI-Subject; as referrersApi by default. */
  readonly subjectHeader?: boolean;
  /** Whether manifests can be deleted; they can by default. */
  readonly deletes?: boolean;
  /** Whether blobs are taken over from other repositories; they are by default. */
  readonly mounts?: boolean;
  readonly auth?: "basic" | "bearer";
  /** Where Bearer challenges send clients; this server's /token by default. */
  readonly realm?: string;
  /** Whether ETag is sent, and If-Match and If-None-Match are honoured on writing manifests. */
  readonly etags?: boolean;
  /** An origin to which reads of blobs are redirected by 307. */
  readonly redirectBlobsTo?: string;
  /** Entries of one page of referrers or tags; all by default. */
  readonly pageSize?: number;
  /** Bytes that each chunk of an upload but the last must have; none by default. */
  readonly chunkMinBytes?: number;
  readonly fault?: (request: RecordedRequest) => Fault | undefined;
  /** Called when a request has come; it is answered when the promise is kept. */
  readonly hold?: (request: RecordedRequest) => Promise<void>;
  /** Called after a request was handled and before it is answered: another writer may change the state here. */
  readonly afterRequest?: (request: RecordedRequest, server: RegistryServer) => void;
}

/** A registry in this process. */
export interface RegistryServer {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly origin: string;
  readonly requests: readonly RecordedRequest[];
  /** The content of a repository, to be read and changed by tests. */
  repository(name: string): RepositoryContent;
  /** What has come of each upload that is neither done nor given up. */
  readonly uploads: Map<string, Uint8Array>;
  /** Makes all tokens that were given out invalid. */
  revokeTokens(): void;
  close(): Promise<void>;
}

export interface RepositoryContent {
  readonly blobs: Map<string, Uint8Array>;
  readonly manifests: Map<string, { readonly bytes: Uint8Array; readonly mediaType: string }>;
  readonly tags: Map<string, string>;
  putManifest(bytes: Uint8Array, mediaType: string, tag?: string): Digest;
}

/** The login that a test registry with `auth` accepts. */
export const TEST_LOGIN = { username: "user", password: "correct horse", identityToken: "identity-token" } as const;

/** Starts a registry on a free port of 127.0.0.1 (OCI distribution specification 1.1, as far as amap uses it). */
export async function startRegistryServer(options: RegistryServerOptions = {}): Promise<RegistryServer> {
  const registry = new Registry(options);
  const http = createServer((request, response) => {
    registry.handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  registry.host = `127.0.0.1:${(http.address() as AddressInfo).port}`;
  registry.close = () =>
    new Promise((resolve) => {
      http.close(() => resolve());
      http.closeAllConnections();
    });
  return registry;
}

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

const INDEX = "application/vnd.oci.image.index.v1+json";

class Registry implements RegistryServer {
  readonly options: RegistryServerOptions;
  readonly requests: RecordedRequest[] = [];
  readonly repositories = new Map<string, Repository>();
  readonly tokens = new Set<string>();
  readonly uploads = new Map<string, Uint8Array>();
  issued = 0;
  begun = 0;
  host = "";
  close: () => Promise<void> = async () => {};

  constructor(options: RegistryServerOptions) {
    this.options = options;
  }

  get origin(): string {
    return `http://${this.host}`;
  }

  repository(name: string): Repository {
    const found = this.repositories.get(name) ?? new Repository();
    this.repositories.set(name, found);
    return found;
  }

  revokeTokens(): void {
    this.tokens.clear();
  }

  async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await this.record(incoming);
    await this.options.hold?.(request);
    const fault = this.options.fault?.(request);
    if (fault !== undefined && fault.kind !== "answer") return misbehave(fault, response);
    const reply = fault ?? this.refusal(request) ?? this.answer(request);
    if (fault === undefined) this.options.afterRequest?.(request, this);
    const body = reply.body ?? new Uint8Array();
    response.writeHead(reply.status, { "content-length": String(body.length), ...reply.headers });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  async record(incoming: IncomingMessage): Promise<RecordedRequest> {
    const parts: Uint8Array[] = [];
    for await (const chunk of incoming) parts.push(chunk as Uint8Array);
    const [method, path] = [incoming.method ?? "", incoming.url ?? ""];
    const ordinal = this.requests.filter((seen) => seen.method === method && seen.path === path).length + 1;
    const headers = incoming.headers as Record<string, string | undefined>;
    const request = { method, path, headers, body: concatBytes(parts), ordinal };
    this.requests.push(request);
    return request;
  }

  /** The 401 that a request without a valid Authorization header gets. */
  refusal({ path, headers }: RecordedRequest): Reply | undefined {
    const { auth } = this.options;
    if (auth === undefined || !path.startsWith("/v2/")) return undefined;
    const { authorization = "" } = headers;
    if (auth === "basic") {
      return isLogin(authorization) ? undefined : unauthorized('Basic realm="test"');
    }
    if (authorization.startsWith("Bearer ") && this.tokens.has(authorization.slice(7))) return undefined;
    const realm = this.options.realm ?? `${this.origin}/token`;
    return unauthorized(`Bearer realm="${realm}",service="test-service",scope="repository:any:pull"`);
  }

  answer(request: RecordedRequest): Reply {
    const url = new URL(request.path, this.origin);
    if (url.pathname === "/token") return this.token(request);
    const match = /^\/v2\/(.+?)\/(manifests|blobs\/uploads|blobs|tags|referrers)\/([^/]*)$/.exec(url.pathname);
    const [, name = "", kind = "", last = ""] = match ?? [];
    if (match === null) return { status: url.pathname === "/v2/" ? 200 : 404 };
    const repository = this.repository(name);
    if (kind === "manifests") return this.manifest(request, repository, last);
    if (kind === "blobs/uploads") return this.upload(request, repository, url);
    if (kind === "blobs") return this.blob(repository, last, url);
    if (kind === "tags") return this.tags(repository, name, url);
    return this.options.referrersApi === false ? { status: 404 } : this.referrers(repository, last as Digest, url);
  }

  token({ method, headers, body }: RecordedRequest): Reply {
    const form = new URLSearchParams(decodeUtf8(body));
    const isKnown =
      method === "POST"
        ? form.get("refresh_token") === TEST_LOGIN.identityToken
        : headers["authorization"] === undefined || isLogin(headers["authorization"]);
    if (!isKnown) return { status: 401 };
    this.issued += 1;
    const token = `token-${this.issued}`;
    this.tokens.add(token);
    return json(200, { token, expires_in: 300 });
  }

  manifest(request: RecordedRequest, repository: Repository, reference: string): Reply {
    const digest = isDigest(reference) ? reference : repository.tags.get(reference);
    const stored = digest === undefined ? undefined : repository.manifests.get(digest);
    if (request.method === "DELETE" && this.options.deletes === false) return errors(405, "UNSUPPORTED");
    if (request.method === "DELETE" && stored !== undefined && isDigest(reference)) {
      repository.manifests.delete(reference);
      for (const [tag, named] of repository.tags) if (named === reference) repository.tags.delete(tag);
      return { status: 202 };
    }
    if (request.method === "PUT") return this.writeManifest(request, repository, reference, digest);
    if (stored === undefined || digest === undefined) return errors(404, "MANIFEST_UNKNOWN");
    const etag: Record<string, string> = this.options.etags ? { etag: `"${digest}"` } : {};
    const headers = { "content-type": stored.mediaType, "docker-content-digest": digest, ...etag };
    return { status: 200, headers, body: stored.bytes };
  }

  writeManifest(
    { headers, body }: RecordedRequest,
    repository: Repository,
    reference: string,
    current: string | undefined,
  ): Reply {
    if (isDigest(reference) && digestOf(body) !== reference) return errors(400, "DIGEST_INVALID");
    if (this.options.etags && !isDigest(reference)) {
      const match = headers["if-match"];
      if (match !== undefined && match !== `"${current}"`) return { status: 412 };
      if (headers["if-none-match"] === "*" && current !== undefined) return { status: 412 };
    }
    const tag = isDigest(reference) ? undefined : reference;
    const digest = repository.putManifest(body, headers["content-type"] ?? "", tag);
    const subject = subjectOf(body);
    const acknowledges = this.options.subjectHeader ?? this.options.referrersApi !== false;
    return {
      status: 201,
      headers: {
        location: `/v2/x/manifests/${digest}`,
        "docker-content-digest": digest,
        ...(subject !== undefined && acknowledges ? { "oci-subject": subject } : {}),
      },
    };
  }

  upload({ method, body, headers }: RecordedRequest, repository: Repository, url: URL): Reply {
    if (method === "POST") {
      const { searchParams } = url;
      const [mount, from] = [searchParams.get("mount"), searchParams.get("from")];
      const there = mount === null || from === null ? undefined : this.repository(from).blobs.get(mount);
      if (mount !== null && there !== undefined && this.options.mounts !== false) {
        repository.blobs.set(mount, there);
        return { status: 201, headers: { "docker-content-digest": mount } };
      }
      this.begun += 1;
      const id = `upload-${this.begun}`;
      this.uploads.set(id, new Uint8Array());
      const { chunkMinBytes } = this.options;
      const least: Record<string, string> =
        chunkMinBytes === undefined ? {} : { "oci-chunk-min-length": `${chunkMinBytes}` };
      return { status: 202, headers: { location: `${url.pathname}${id}?_state=secret-state`, ...least } };
    }
    const digest = url.searchParams.get("digest") ?? "";
    const id = url.pathname.split("/").at(-1) ?? "";
    const before = this.uploads.get(id);
    if (before === undefined) return errors(404, "BLOB_UPLOAD_UNKNOWN");
    if (method === "GET") {
      const location = `${url.pathname}?_state=asked-${before.length}`;
      return { status: 204, headers: { location, range: `0-${Math.max(0, before.length - 1)}` } };
    }
    if (method === "DELETE") {
      this.uploads.delete(id);
      return { status: 204 };
    }
    const range = headers["content-range"];
    const end = before.length + body.length - 1;
    if (range !== undefined && range !== `${before.length}-${end}`) return errors(416, "BLOB_UPLOAD_INVALID");
    const bytes = concatBytes([before, body]);
    if (method === "PATCH") {
      if (body.length < (this.options.chunkMinBytes ?? 0)) return errors(416, "BLOB_UPLOAD_INVALID");
      this.uploads.set(id, bytes);
      return { status: 202, headers: { location: `${url.pathname}?_state=after-${bytes.length}`, range: `0-${end}` } };
    }
    if (digestOf(bytes) !== digest) return errors(400, "DIGEST_INVALID");
    repository.blobs.set(digest, bytes);
    this.uploads.delete(id);
    return { status: 201, headers: { "docker-content-digest": digest } };
  }

  blob(repository: Repository, digest: string, url: URL): Reply {
    const bytes = repository.blobs.get(digest);
    if (bytes === undefined) return errors(404, "BLOB_UNKNOWN");
    const { redirectBlobsTo } = this.options;
    if (redirectBlobsTo !== undefined) {
      return { status: 307, headers: { location: `${redirectBlobsTo}${url.pathname}?signature=secret` } };
    }
    return { status: 200, headers: { "content-type": "application/octet-stream" }, body: bytes };
  }

  tags(repository: Repository, name: string, url: URL): Reply {
    const { items, link } = this.page([...repository.tags.keys()].sort(), url);
    return json(200, { name, tags: items }, link);
  }

  referrers(repository: Repository, subject: Digest, url: URL): Reply {
    const listed: Descriptor[] = [];
    for (const [digest, { bytes, mediaType }] of repository.manifests) {
      if (subjectOf(bytes) === subject) listed.push({ mediaType, digest: digest as Digest, size: bytes.length });
    }
    const { items, link } = this.page(listed, url);
    const reply = json(200, { schemaVersion: 2, mediaType: INDEX, manifests: items }, link);
    return { ...reply, headers: { ...reply.headers, "content-type": INDEX } };
  }

  page<T>(all: readonly T[], url: URL): { readonly items: readonly T[]; readonly link: Record<string, string> } {
    const size = this.options.pageSize ?? all.length;
    const start = Number(url.searchParams.get("start") ?? "0");
    const items = all.slice(start, start + size);
    if (start + size >= all.length) return { items, link: {} };
    return { items, link: { link: `<${url.pathname}?start=${start + size}>; rel="next"` } };
  }
}

class Repository implements RepositoryContent {
  readonly blobs = new Map<string, Uint8Array>();
  readonly manifests = new Map<string, { readonly bytes: Uint8Array; readonly mediaType: string }>();
  readonly tags = new Map<string, string>();

  putManifest(bytes: Uint8Array, mediaType: string, tag?: string): Digest {
    const digest = digestOf(bytes);
    this.manifests.set(digest, { bytes, mediaType });
    if (tag !== undefined) this.tags.set(tag, digest);
    return digest;
  }
}

function misbehave(fault: Exclude<Fault, { kind: "answer" }>, response: ServerResponse): void {
  switch (fault.kind) {
    case "hang":
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "cutBody":
      response.writeHead(200, { "content-length": String(fault.body.length + 1) });
      response.write(fault.body, () => response.socket?.destroy());
      return;
    case "slowBody": {
      response.writeHead(200);
      const timer = setInterval(() => response.write("x"), fault.everyMs);
      response.on("close", () => clearInterval(timer));
      return;
    }
    case "endlessBody": {
      response.writeHead(200);
      const chunk = new Uint8Array(64 * 1024).fill(0x20);
      const fill = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", fill);
      fill();
    }
  }
}

function isLogin(authorization: string): boolean {
  const { username, password } = TEST_LOGIN;
  return authorization === `Basic ${encodeBase64(encodeUtf8(`${username}:${password}`))}`;
}

function subjectOf(bytes: Uint8Array): Digest | undefined {
  const decoded = decodeManifest(bytes);
  return decoded.ok ? decoded.value.subject?.digest : undefined;
}

function unauthorized(challenge: string): Reply {
  const reply = errors(401, "UNAUTHORIZED");
  return { ...reply, headers: { ...reply.headers, "www-authenticate": challenge } };
}

function errors(status: number, code: string): Reply {
  return json(status, { errors: [{ code, message: "from the test registry" }] });
}

function json(status: number, document: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: encodeUtf8(JSON.stringify(document)),
  };
}
