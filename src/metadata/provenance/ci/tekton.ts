import { isValueObject, LIMITS, listOf, memberOf, textOf, type Value, type ValueObject } from "../../../base/index.ts";
import { type DocumentReader, withoutUndefined } from "../../document-reader.ts";
import type { ResourceDescriptor } from "../provenance.ts";
import type { CiBuild } from "./ci-build.ts";
import { toldInputs } from "./ci-variables.ts";
import { looksSecret, namesSecret, REDACTED, toSourceUri } from "./secrets.ts";

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * A TaskRun or PipelineRun of Tekton, as `kubectl get -o json` shows it: a step sees too little of it in its variables.
 * The source is what Tekton Chains takes for it: results or parameters named CHAINS-GIT_URL and CHAINS-GIT_COMMIT, or a
 * result `…ARTIFACT_INPUTS` with a `uri` and a `digest`.
 * @see tekton.dev/docs/chains/slsa-provenance, type hinting
 */
export function readTekton(reader: DocumentReader, run: Value): CiBuild | undefined {
  const root = reader.object(run, "");
  if (root === undefined) return undefined;
  const kind = textOf(root, "kind");
  if (!textOf(root, "apiVersion").startsWith("tekton.dev/") || !["TaskRun", "PipelineRun"].includes(kind)) {
    return reader.refuse("kind", "expected a TaskRun or a PipelineRun of tekton.dev");
  }
  const { metadata, spec, status } = {
    metadata: at(root, "metadata"),
    spec: at(root, "spec"),
    status: at(root, "status"),
  };
  const facts = hintsOf(spec, status);
  const source = sourceOf(reader, facts);
  if (source === undefined) return undefined;
  const names = [
    textOf(at(spec, "taskRef"), "name"),
    textOf(at(spec, "pipelineRef"), "name"),
    textOf(metadata, "name"),
  ];
  return withoutUndefined({
    system: "tekton" as const,
    source,
    workflow: { name: told(reader, names.find((name) => name !== "") ?? "", "metadata.name") },
    inputs: toldInputs(reader, paramsOf(spec), "spec.params"),
    invocationId: textOf(metadata, "uid") || undefined,
    startedOn: reader.optionalTime(status, "startTime", "status"),
    finishedOn: reader.optionalTime(status, "completionTime", "status"),
    variables: {
      kind,
      namespace: told(reader, textOf(metadata, "namespace"), "metadata.namespace"),
      name: told(reader, textOf(metadata, "name"), "metadata.name"),
    },
    ...stepsOf(reader, status),
  });
}

function at(value: ValueObject, name: string): ValueObject {
  const found = memberOf(value, name);
  return isValueObject(found) ? found : {};
}

function told(reader: DocumentReader, text: string, path: string): string {
  const isBounded = text.length <= LIMITS.ciValueLength && !/\p{Cc}/u.test(text) && !looksSecret(text);
  if (isBounded) return text;
  reader.refuse(path, "expected one line of bounded length without a secret", "VALUE_INVALID");
  return "";
}

/**
 * Parameters of every kind: lists and objects are told as the JSON text that a step would see, unless a name in them says
 * that they hold a secret.
 */
function paramsOf(spec: ValueObject): ValueObject {
  return Object.fromEntries(
    listOf(spec, "params").map((param) => {
      const value = memberOf(param, "value") ?? null;
      const isPlain = !Array.isArray(value) && !isValueObject(value);
      return [textOf(param, "name"), isPlain ? value : textOfParam(value)];
    }),
  );
}

function textOfParam(value: Value): string {
  const text = JSON.stringify(value);
  return namesSecret(text) ? REDACTED : text;
}

/** Results and parameters, by name; a result says what was, a parameter what was wished. */
function hintsOf(spec: ValueObject, status: ValueObject): ReadonlyMap<string, Value> {
  const results = ["results", "taskResults", "pipelineResults"].flatMap((name) => listOf(status, name));
  const named = [...listOf(spec, "params"), ...results];
  return new Map(named.map((each) => [textOf(each, "name"), memberOf(each, "value") ?? null]));
}

function sourceOf(reader: DocumentReader, facts: ReadonlyMap<string, Value>): CiBuild["source"] | undefined {
  const text = (name: string): string => {
    const value = facts.get(name);
    return typeof value === "string" ? value.trim() : "";
  };
  const input = [...facts].find(([name, value]) => name.endsWith("ARTIFACT_INPUTS") && isValueObject(value))?.[1];
  const address = text("CHAINS-GIT_URL") || textOf(input, "uri");
  const commit = text("CHAINS-GIT_COMMIT") || textOf(input, "digest").replace(/^sha1:/, "");
  if (address === "" || commit === "") {
    const missing = [address === "" ? "CHAINS-GIT_URL" : "", commit === "" ? "CHAINS-GIT_COMMIT" : ""].filter(Boolean);
    return reader.refuse("status.results", `no result or parameter ${missing.join(" and ")}`, "CI_FACTS_MISSING");
  }
  const plain = address.replace(/^git\+/, "").replace(/^SPDX_git_/i, "");
  const uri = toSourceUri(plain.split("@refs/")[0] ?? "");
  if (uri === undefined || looksSecret(uri))
    return reader.refuse("CHAINS-GIT_URL", "expected the address of a repository");
  if (!COMMIT.test(commit)) return reader.refuse("CHAINS-GIT_COMMIT", "expected the id of a commit");
  const ref = /@(refs\/\S+)$/.exec(plain)?.[1];
  return withoutUndefined({ uri, commit, ref });
}

/** The steps with the digests of the images that ran, which are materials of the build. */
function stepsOf(reader: DocumentReader, status: ValueObject): Pick<CiBuild, "steps" | "dependencies"> {
  const steps = listOf(status, "steps");
  if (steps.length > LIMITS.ciFacts) {
    reader.refuse("status.steps", `expected at most ${LIMITS.ciFacts} steps, found ${steps.length}`, "LIMIT_EXCEEDED");
    return {};
  }
  const dependencies: ResourceDescriptor[] = [];
  const names = steps.map((step, index): Value => {
    const image = told(
      reader,
      textOf(step, "imageID").replace(/^docker-pullable:\/\//, ""),
      `status.steps[${index}].imageID`,
    );
    const match = /^([^@\s]+)@sha256:([0-9a-f]{64})$/.exec(image);
    if (match !== null) dependencies.push({ uri: `oci://${match[1]}`, digest: { sha256: match[2] ?? "" } });
    const name = told(reader, textOf(step, "name"), `status.steps[${index}].name`);
    return match === null
      ? { name }
      : { name, image: { uri: `oci://${match[1]}`, digest: { sha256: match[2] ?? "" } } };
  });
  const seen = new Map(dependencies.map((each) => [JSON.stringify(each), each]));
  return { steps: names, dependencies: [...seen.values()] };
}
