import type { Command } from "commander";
import { type ApplyRequest, type ClusterRequest, type GitAccess, parseImageSource } from "../../app/index.ts";
import { AmapError, LIMITS } from "../../base/index.ts";
import { collect, declareBoolean, isOn, textOf, textsOf } from "../flags.ts";
import type { Flags, VerbContext } from "../verb.ts";

/** Declares the flags that say what is applied to what. */
export function declareRequest(command: Command): void {
  command
    .option("--image-source <repository=oci:dir>", "read this repository's images from a layout", collect)
    .option("-r, --resource <path>", "files and folders with objects; with --cluster also names of objects", collect)
    .option("--resources <path>", "as --resource", collect)
    .option("--target-resource <path>", "existing objects that rules change", collect)
    .option("--target-resources <path>", "as --target-resource", collect)
    .option("-e, --exception <path>", "policy exceptions", collect)
    .option("--exceptions <path>", "as --exception", collect)
    .option("--exceptions-within-policies", "exceptions among the policies hold")
    .option("--exceptions-within-resources", "exceptions among the objects hold")
    .option("--exceptions-with-resources", "as --exceptions-within-resources")
    .option("-f, --values-file <file>", "values of variables")
    .option("-s, --set <name=value>", "a value of a variable", collect)
    .option("-u, --userinfo <file>", "who sends the requests")
    .option("--json <path>", "JSON or YAML that is no object of Kubernetes, for policies of the mode JSON", collect)
    .option("--http-payload <path>", "requests to an HTTP service, for policies of the mode HTTP", collect)
    .option("--envoy-payload <path>", "requests to Envoy, for policies of the mode Envoy", collect)
    .option("--parameter-resource <path>", "params of Kubernetes' admission policies", collect)
    .option("--context-file <file>", "objects and images that policies find outside")
    .option("--crd-paths <path>", "CustomResourceDefinitions of the objects' kinds", collect)
    .option("--crd-path <path>", "as --crd-paths", collect)
    .option("--registry", "ask registries about images, with docker's credentials")
    .option("-b, --git-branch <branch>", "the branch of git repositories among the policies")
    .option("--username <name>", "for the git server")
    .option("--password <password>", "for the git server")
    .option("-c, --cluster", "judge the objects of a cluster, and ask it what policies ask")
    .option("--kubeconfig <file>", "the cluster's configuration")
    .option("--context <name>", "the context of the configuration")
    .option("-n, --namespace <name>", "of a cluster: the objects of this namespace")
    .option("--cluster-wide-resources", "of a cluster: the objects outside namespaces")
    .option("--batch-size <number>", "of a cluster: objects in one answer")
    .option("--concurrent <number>", "objects that are judged at the same time")
    .option("--continue-on-fail", "the next object is judged whatever came of the one before, as always");
  declareBoolean(command, "--continue-on-error", "go on when a kind of objects cannot be read", true);
}

/** @throws {AmapError} USAGE */
export function requestOf(policies: readonly string[], flags: Flags): ApplyRequest {
  const paths = (...names: readonly string[]): readonly string[] =>
    names
      .flatMap((name) => textsOf(flags, name))
      .flatMap((path) => path.split(","))
      .filter((path) => path.trim() !== "");
  const valuesFile = textOf(flags, "valuesFile");
  const userInfo = textOf(flags, "userinfo");
  const contextFile = textOf(flags, "contextFile");
  const cluster = clusterOf(flags);
  const width = numberOf(flags, "concurrent", "--concurrent", MAX_WIDTH);
  return {
    policies,
    git: gitAccessOf(flags),
    resources: paths("resource", "resources"),
    targetResources: paths("targetResource", "targetResources"),
    parameterResources: paths("parameterResource"),
    payloads: { JSON: paths("json"), HTTP: paths("httpPayload"), Envoy: paths("envoyPayload") },
    exceptions: paths("exception", "exceptions"),
    exceptionsWithinPolicies: isOn(flags, "exceptionsWithinPolicies"),
    exceptionsWithinResources: isOn(flags, "exceptionsWithinResources") || isOn(flags, "exceptionsWithResources"),
    set: paths("set"),
    crdPaths: paths("crdPaths", "crdPath"),
    explain: isOn(flags, "explain"),
    ...(valuesFile === undefined ? {} : { valuesFile }),
    ...(contextFile === undefined ? {} : { contextFile }),
    ...(userInfo === undefined ? {} : { userInfo }),
    asksRegistries: isOn(flags, "registry"),
    imageSources: textsOf(flags, "imageSource").map(parseImageSource),
    ...(cluster === undefined ? {} : { cluster }),
    width: width ?? (cluster === undefined ? 1 : CLUSTER_WIDTH),
  };
}

/** Objects of a cluster wait for facts from it. */
const CLUSTER_WIDTH = 4;
const MAX_WIDTH = 64;

function clusterOf(flags: Flags): ClusterRequest | undefined {
  if (!isOn(flags, "cluster")) return undefined;
  const [kubeconfig, context] = [textOf(flags, "kubeconfig"), textOf(flags, "context")];
  const pageItems = numberOf(flags, "batchSize", "--batch-size", LIMITS.clusterPageItems);
  return {
    place: {
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(context === undefined ? {} : { context }),
      ...(pageItems === undefined ? {} : { pageItems }),
    },
    namespace: textOf(flags, "namespace") ?? "",
    clusterWide: isOn(flags, "clusterWideResources"),
    stopsAtErrors: flags["continueOnError"] === false,
  };
}

/** Tells of flags that change nothing, as they do in Kyverno. */
export function noteIdleFlags({ terminal }: VerbContext, flags: Flags): void {
  if (isOn(flags, "cluster")) return;
  const idle = [
    ["kubeconfig", "--kubeconfig"],
    ["context", "--context"],
    ["namespace", "--namespace"],
    ["clusterWideResources", "--cluster-wide-resources"],
    ["batchSize", "--batch-size"],
  ].filter(([name = ""]) => flags[name] !== undefined);
  for (const [, flag] of idle) terminal.note(`warning: ${flag} has no effect without --cluster`);
}

function numberOf(flags: Flags, name: string, flag: string, most: number): number | undefined {
  const text = textOf(flags, name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= most) return number;
  throw new AmapError("USAGE", `${flag}: expected a number from 1 to ${most}, found "${text}"`);
}

/** How git repositories are read, by Kyverno's flags. */
function gitAccessOf(flags: Flags): GitAccess {
  const [branch, username, password] = [
    textOf(flags, "gitBranch"),
    textOf(flags, "username"),
    textOf(flags, "password"),
  ];
  if ((username === undefined) !== (password === undefined)) {
    throw new AmapError("USAGE", "--username and --password go together");
  }
  return {
    ...(branch === undefined ? {} : { branch }),
    ...(username === undefined || password === undefined ? {} : { credentials: { username, password } }),
  };
}
