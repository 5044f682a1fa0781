import type { Value } from "../base/index.ts";
import { decodeProvenance, type Provenance } from "../metadata/index.ts";
import type { DocumentKind, ImageDetail, Store, StoredDocument } from "../ports/index.ts";

/** One station of an image's way from source to cluster. */
export interface ChainNode {
  readonly id: string;
  readonly kind: DocumentKind | "source" | "build" | "image" | "platform" | "workload";
  readonly label: string;
  /** `stated`: a verified document says so, nothing else proves it. */
  readonly status: StoredDocument["status"] | "stated" | "allowed" | "denied";
  readonly details: readonly { readonly name: string; readonly value: string }[];
  /** Id of the document that the node is. */
  readonly document?: string;
}

/** The way as a graph: from what was there before to what came of it or speaks about it. */
export interface Chain {
  readonly nodes: readonly ChainNode[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/**
 * The chain of an image: what a verified provenance says about source and build, the image and its platforms, each
 * document beside it with its verdict, and the workloads that run it. Nothing is made up: without a verified provenance
 * there is no source and no build.
 * @param provenance the predicate of the newest verified provenance
 */
export function describeChain(detail: ImageDetail, provenance: Value | undefined): Chain {
  const image = "image";
  const nodes: ChainNode[] = [
    {
      id: image,
      kind: "image",
      label: detail.tags.length === 0 ? detail.repository : `${detail.repository}:${detail.tags.join(", ")}`,
      status: detail.verdict === "unknown" ? "stated" : detail.verdict,
      details: detailsOf({ repository: detail.repository, digest: detail.digest, "last looked at": detail.observedAt }),
    },
  ];
  const edges: { from: string; to: string }[] = [];
  const decoded = provenance === undefined ? undefined : decodeProvenance(provenance);
  if (decoded?.ok === true) {
    nodes.push(buildNode(decoded.value));
    edges.push({ from: "build", to: image });
    for (const [index, source] of decoded.value.resolvedDependencies.entries()) {
      const id = `source ${index}`;
      nodes.push({
        id,
        kind: "source",
        label: source.uri ?? source.name ?? "a source without a name",
        status: "stated",
        details: detailsOf({ name: source.name, uri: source.uri, ...source.digest }),
      });
      edges.push({ from: id, to: "build" });
    }
  }
  for (const digest of detail.platformDigests.filter((each) => each !== detail.digest)) {
    nodes.push({ id: digest, kind: "platform", label: digest, status: "stated", details: detailsOf({ digest }) });
    edges.push({ from: image, to: digest });
  }
  for (const document of detail.documents) {
    const id = `document ${document.id}`;
    nodes.push({ ...documentNode(document), id });
    edges.push({ from: image, to: id });
  }
  for (const [index, use] of detail.uses.entries()) {
    const id = `workload ${index}`;
    const name = `${use.kind} ${use.namespace === undefined ? "" : `${use.namespace}/`}${use.name}`;
    nodes.push({
      id,
      kind: "workload",
      label: name,
      status: use.allowed ? "allowed" : "denied",
      details: detailsOf({ cluster: use.cluster, image: use.image, "checked at": use.checkedAt }),
    });
    edges.push({ from: image, to: id });
  }
  return { nodes, edges };
}

/** The chain with the provenance read from the store. @throws {AmapError} STORE_UNAVAILABLE */
export async function loadChain(store: Store, detail: ImageDetail): Promise<Chain> {
  const provenance = detail.documents.find(({ kind, status }) => kind === "provenance" && status === "verified");
  const content = provenance === undefined ? undefined : await store.images.document(detail, provenance.id);
  return describeChain(detail, content?.predicate);
}

function buildNode({ builderId, buildType, invocationId, startedOn, finishedOn }: Provenance): ChainNode {
  return {
    id: "build",
    kind: "build",
    label: builderId,
    status: "stated",
    details: detailsOf({
      builder: builderId,
      "build type": buildType,
      invocation: invocationId,
      started: startedOn,
      finished: finishedOn,
    }),
  };
}

function documentNode(document: StoredDocument): Omit<ChainNode, "id"> {
  const { id, kind, status, summary, code, message, predicateType, signer, keyId, statedAt, timeSource, form } =
    document;
  return {
    kind,
    label: summary,
    status,
    document: id,
    details: detailsOf({
      "predicate type": predicateType,
      signer,
      "key id": keyId,
      "stated at": statedAt,
      "time from": timeSource,
      "stored as": form,
      subject: document.subject,
      refused: code,
      why: message,
      "found at": id,
    }),
  };
}

function detailsOf(values: Readonly<Record<string, string | undefined>>): ChainNode["details"] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [{ name, value }],
  );
}
