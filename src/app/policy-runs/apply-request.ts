import type { ImageSource } from "../image-target.ts";
import type { ClusterPlace } from "../world.ts";
import type { GitAccess } from "./git-folders.ts";
import type { PayloadMode } from "./given-payloads.ts";

/** What is applied to what. Paths of files and folders. */
export interface ApplyRequest {
  /** Addresses of git repositories among them; `-` is standard input. */
  readonly policies: readonly string[];
  readonly git?: GitAccess;
  /** `-` is standard input. With a cluster, what is no file is the name of one of its objects. */
  readonly resources: readonly string[];
  readonly targetResources: readonly string[];
  /** Params of Kubernetes' admission policies. */
  readonly parameterResources?: readonly string[];
  /** Files with JSON, and with requests to HTTP services and Envoy, that policies of these modes judge. */
  readonly payloads?: Readonly<Partial<Record<PayloadMode, readonly string[]>>>;
  readonly exceptions: readonly string[];
  /** Whether exceptions among the policies, or among the resources, hold. */
  readonly exceptionsWithinPolicies: boolean;
  readonly exceptionsWithinResources: boolean;
  readonly valuesFile?: string;
  /** `name=value`. */
  readonly set: readonly string[];
  readonly userInfo?: string;
  /** A file that says what policies find outside. */
  readonly contextFile?: string;
  /** CustomResourceDefinitions. */
  readonly crdPaths?: readonly string[];
  /** Whether any policy may ask registries what images are; those about images always ask. */
  readonly asksRegistries?: boolean;
  /** Repositories whose images are read from layouts. */
  readonly imageSources?: readonly ImageSource[];
  /** The cluster that is asked, and whose objects are judged where no resources are named. */
  readonly cluster?: ClusterRequest;
  /** Whether each run says what happened; without it the first ones with an error do. */
  readonly explain?: boolean;
  /** Objects that are judged at the same time, while some wait for facts; 1 when left out. */
  readonly width?: number;
}

/** A cluster and what of it is judged. */
export interface ClusterRequest {
  readonly place: ClusterPlace;
  /** Empty for all. */
  readonly namespace: string;
  /** Whether what is outside namespaces is judged: alone, or beside the objects of `namespace`. */
  readonly clusterWide: boolean;
  /** Whether the first list of objects that fails ends everything. */
  readonly stopsAtErrors: boolean;
}
