import { AmapError } from "../../../base/index.ts";

/** What URL readers drop, or take for a separator: no path has it, escaped or not. */
const NEVER_IN_PATH = /[\p{Cc}\\]/u;

/**
 * The path of an apiCall as it is asked for: its segments read and written again, with its query. What is checked is what
 * is asked: a path that readers may take apart in several ways is refused, for every policy. A Policy may read below its
 * own namespace only, so it asks no service, whose path is empty.
 * @throws {AmapError} EXPRESSION_FAILED
 */
export function checkedApiPath(urlPath: string, policyNamespace: string): string {
  if (urlPath === "") {
    checkNamespace(".", policyNamespace);
    return "";
  }
  const mark = urlPath.indexOf("?");
  const path = decodePath(mark < 0 ? urlPath : urlPath.slice(0, mark));
  const query = mark < 0 ? "" : urlPath.slice(mark);
  if (NEVER_IN_PATH.test(query) || query.includes("#")) throw refused(urlPath, "a fragment, a backslash or a control");
  checkNamespace(path, policyNamespace);
  // encodeURI leaves what may separate; after the decoding these are characters of a name.
  return encodeURI(path).replaceAll("?", "%3F").replaceAll("#", "%23") + query;
}

function decodePath(path: string): string {
  // An escaped separator is a separator for some readers only.
  if (path.includes("#") || /%(?:2f|5c)/i.test(path)) throw refused(path, "a fragment or an escaped separator");
  const decoded = decode(path);
  if (NEVER_IN_PATH.test(decoded)) throw refused(path, "a backslash or a control character");
  // The names of Kubernetes have none, and what is decoded twice would become something else.
  if (decoded.includes("%")) throw refused(path, "an escaped percent sign");
  const [root, ...segments] = decoded.split("/");
  if (root !== "" || segments.length === 0) throw refused(path, "no slash at its beginning");
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) {
    throw refused(path, "a segment that is empty, . or ..");
  }
  return decoded;
}

function decode(path: string): string {
  try {
    if (path.isWellFormed()) return decodeURIComponent(path);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
  }
  throw refused(path, "an escape that is none");
}

function refused(path: string, what: string): AmapError {
  return new AmapError("EXPRESSION_FAILED", `the path ${JSON.stringify(path)} is not asked for: it has ${what}`);
}

const NAMESPACE_PATH = /^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)\/namespaces\/([^/]+)(?:\/|$)/;

function checkNamespace(path: string, policyNamespace: string): void {
  if (policyNamespace === "") return;
  const namespace = NAMESPACE_PATH.exec(path)?.[1];
  if (namespace === policyNamespace) return;
  const reason =
    namespace === undefined
      ? "does not contain a namespace segment, which is required for namespaced policies"
      : `refers to namespace ${namespace}, which is different from the policy namespace ${policyNamespace}`;
  throw new AmapError("EXPRESSION_FAILED", `path ${path} ${reason}`);
}
