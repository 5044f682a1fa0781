import { readFile, stat } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import {
  AmapError,
  isAmapError,
  isValueObject,
  listOf,
  memberOf,
  readYaml,
  textOf,
  type Value,
  type ValueObject,
} from "../../base/index.ts";

/** Where a configuration is looked for. */
export interface ConfigPlace {
  /** A kubeconfig file; it alone is read then. */
  readonly kubeconfig?: string;
  /** A context's name; the file's current one when left out. */
  readonly context?: string;
  /** KUBECONFIG, KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT and HOME are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where a Pod finds `token` and `ca.crt`; Kubernetes' own place when left out. */
  readonly serviceAccountFolder?: string;
}

/** One context of a kubeconfig with absolute paths, ready for the library that authenticates. */
export interface ChosenConfig {
  readonly cluster: ValueObject;
  readonly user: ValueObject;
  /** The cluster's own proxy. */
  readonly proxyUrl?: string;
}

const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * The cluster and the user to talk to: the named kubeconfig, else those of KUBECONFIG, else the Pod's service account, else
 * `~/.kube/config`. Several files are merged as kubectl merges them: what is named first holds.
 * @throws {AmapError} KUBECONFIG_INVALID, FILE_NOT_FOUND; NOT_SUPPORTED for what the connection would silently leave out
 */
export async function chooseConfig(place: ConfigPlace): Promise<ChosenConfig> {
  const files = await findFiles(place);
  if (files === undefined) return inClusterConfig(place);
  const documents = await Promise.all(files.map(readKubeconfig));
  const entry = (list: string, name: string): Value | undefined =>
    documents.flatMap((document) => listOf(document, list)).find((item) => memberOf(item, "name") === name);
  const current = documents.map((document) => textOf(document, "current-context")).find((name) => name !== "");
  const contextName = place.context ?? current;
  if (contextName === undefined) throw invalid("names no current context");
  const context = memberOf(entry("contexts", contextName), "context");
  if (context === undefined) throw invalid(`has no context ${JSON.stringify(contextName)}`);
  const cluster = memberOf(entry("clusters", textOf(context, "cluster")), "cluster");
  if (!isValueObject(cluster)) throw invalid(`has no cluster for the context ${JSON.stringify(contextName)}`);
  const userName = textOf(context, "user");
  const user = userName === "" ? {} : (memberOf(entry("users", userName), "user") ?? undefined);
  if (!isValueObject(user)) throw invalid(`has no user for the context ${JSON.stringify(contextName)}`);
  refuseUnsupported(user);
  const { "proxy-url": proxyUrl, ...direct } = cluster;
  if (proxyUrl === undefined || proxyUrl === "") return { cluster: direct, user };
  if (typeof proxyUrl !== "string") throw invalid("has a proxy-url that is no text");
  return { cluster: direct, user, proxyUrl };
}

/** The files to read, or undefined for the Pod's service account. */
async function findFiles({ kubeconfig, env }: ConfigPlace): Promise<readonly string[] | undefined> {
  if (kubeconfig !== undefined) {
    if (!(await exists(kubeconfig))) throw new AmapError("FILE_NOT_FOUND", `${kubeconfig} does not exist`);
    return [kubeconfig];
  }
  const listed = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  if (listed.length > 0) {
    const existing = await filterExisting(listed);
    if (existing.length > 0) return existing;
    throw new AmapError("KUBECONFIG_INVALID", "none of the files that KUBECONFIG names exists");
  }
  if ((env["KUBERNETES_SERVICE_HOST"] ?? "") !== "") return undefined;
  const existing = await filterExisting([join(env["HOME"] ?? "/nonexistent", ".kube", "config")]);
  if (existing.length > 0) return existing;
  throw new AmapError(
    "KUBECONFIG_INVALID",
    "found no cluster: KUBECONFIG is not set, this is no Pod with a service account, and ~/.kube/config does not exist",
  );
}

async function inClusterConfig({
  env,
  serviceAccountFolder = SERVICE_ACCOUNT_FOLDER,
}: ConfigPlace): Promise<ChosenConfig> {
  const host = env["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = env["KUBERNETES_SERVICE_PORT"] ?? "443";
  const token = join(serviceAccountFolder, "token");
  const authority = join(serviceAccountFolder, "ca.crt");
  const [hasToken, hasAuthority] = [await exists(token), await exists(authority)];
  if (!hasToken || !hasAuthority) {
    throw new AmapError(
      "KUBECONFIG_INVALID",
      `${hasToken ? authority : token} of the Pod's service account is missing`,
      {
        hint: "Check automountServiceAccountToken of the Pod and its service account.",
      },
    );
  }
  return {
    cluster: {
      server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
      "certificate-authority": authority,
    },
    user: tokenFileUser({}, token),
  };
}

async function readKubeconfig(path: string): Promise<ValueObject> {
  const document = await readDocument(path);
  const folder = dirname(resolve(path));
  return {
    ...document,
    clusters: listOf(document, "clusters").map((item) =>
      withMember(item, "cluster", (cluster) => atFolder(cluster, folder)),
    ),
    users: listOf(document, "users").map((item) =>
      withMember(item, "user", (user) => {
        const there = atFolder(user, folder);
        const tokenFile = textOf(there, "tokenFile");
        return tokenFile === "" ? there : tokenFileUser(there, tokenFile);
      }),
    ),
  };
}

async function readDocument(path: string): Promise<ValueObject> {
  let documents: readonly Value[];
  try {
    documents = readYaml(await readFile(path), { maxBytes: MAX_BYTES });
  } catch (error) {
    // The reader's own message quotes the text, which holds secrets.
    const line = isAmapError(error) ? error.details["line"] : undefined;
    const where = typeof line === "number" ? ` at line ${line}` : "";
    throw new AmapError("KUBECONFIG_INVALID", `${path} cannot be read as YAML${where}`);
  }
  const [document] = documents;
  if (documents.length !== 1 || !isValueObject(document))
    throw new AmapError("KUBECONFIG_INVALID", `${path} is not a kubeconfig`);
  return document;
}

const PATH_FIELDS = ["certificate-authority", "client-certificate", "client-key", "tokenFile"] as const;

/** Relative paths start at the kubeconfig's folder; so does a plug-in's command that is more than a name. */
function atFolder(value: ValueObject, folder: string): ValueObject {
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(folder, path));
  const paths = PATH_FIELDS.filter((field) => textOf(value, field) !== "").map((field) => [
    field,
    absolute(textOf(value, field)),
  ]);
  const exec = memberOf(value, "exec");
  const command = textOf(exec, "command");
  const plugin = isValueObject(exec) && command.includes("/") ? { exec: { ...exec, command: absolute(command) } } : {};
  return { ...value, ...Object.fromEntries(paths), ...plugin };
}

/** A token file wins over a token, as in kubectl. The library knows token files by this provider only. */
function tokenFileUser({ token: _token, tokenFile: _file, ...user }: ValueObject, path: string): ValueObject {
  return { ...user, "auth-provider": { name: "tokenFile", config: { tokenFile: path } } };
}

/** Refuses fields that the library would leave out without a word, so that nobody acts as somebody else than configured. */
function refuseUnsupported(user: ValueObject): void {
  const exec = memberOf(user, "exec");
  const unsupported = [
    ...["as-groups", "as-uid", "as-user-extra"].map((field) => memberOf(user, field) !== undefined && field),
    memberOf(exec, "provideClusterInfo") === true && "exec.provideClusterInfo",
    memberOf(exec, "interactiveMode") === "Always" && "exec.interactiveMode: Always",
  ].find((field) => field !== false);
  if (unsupported !== undefined) {
    throw new AmapError("NOT_SUPPORTED", `the kubeconfig uses ${unsupported}, which amap does not support yet`);
  }
}

function withMember(item: Value, key: string, change: (value: ValueObject) => ValueObject): Value {
  const member = memberOf(item, key);
  return isValueObject(item) && isValueObject(member) ? { ...item, [key]: change(member) } : item;
}

async function filterExisting(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(paths.map(exists));
  return paths.filter((_, index) => found[index]);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function invalid(what: string): AmapError {
  return new AmapError("KUBECONFIG_INVALID", `the kubeconfig ${what}`);
}
