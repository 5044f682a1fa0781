import type { RouteResponse } from "../../src/api/index.ts";
import { ago, digestOf, HOSTILE, type Mode, type Summary } from "./fixture-values.ts";

type Detail = RouteResponse<"GET /api/v1/images/:image">;
type Document = Detail["documents"][number];
type Node = Detail["chain"]["nodes"][number];

const TYPES: Readonly<Record<Document["kind"], string>> = {
  signature: "https://sigstore.dev/cosign/sign/v1",
  sbom: "https://cyclonedx.org/bom",
  scan: "https://cosign.sigstore.dev/attestation/vuln/v1",
  vex: "https://openvex.dev/ns/v0.2.0",
  provenance: "https://slsa.dev/provenance/v1",
  attestation: "https://shop.example/review/v1",
};

/** The documents of an image: one of each kind, some rejected; very many when the mode is large. */
export function documentsOf(mode: Mode, image: Summary): Document[] {
  const kinds: readonly Document["kind"][] = ["signature", "provenance", "sbom", "scan", "vex", "attestation"];
  const times = mode === "large" ? 80 : 1;
  return Array.from({ length: times }, () => kinds)
    .flat()
    .map((kind, at): Document => {
      const status =
        image.rejected > 0 && at < image.rejected ? "rejected" : kind === "attestation" ? "unreadable" : "verified";
      return {
        id: `${kind}-${String(at)}`,
        kind,
        status,
        ...(status === "verified"
          ? {}
          : { code: "SIGNER_UNKNOWN", message: mode === "hostile" ? HOSTILE : "No trusted key made this signature." }),
        predicateType: TYPES[kind],
        signer: mode === "hostile" ? HOSTILE : "https://ci.shop.example/release",
        keyId: digestOf(at + 9).slice(7, 23),
        timeSource: "transparency log",
        statedAt: ago(at * 60 + 10),
        form: "sigstore bundle 0.3",
        subject: image.digest,
        summary: mode === "hostile" ? HOSTILE : `${kind} of ${image.tags[0] ?? "the image"}`,
      };
    });
}

/** The chain of an image with its documents: source, build, image, platforms, documents, workloads. */
export function chainOf(mode: Mode, image: Summary, documents: readonly Document[]): Detail["chain"] {
  const label = (text: string) => (mode === "hostile" ? HOSTILE : text);
  const node = (id: string, kind: Node["kind"], text: string, status: Node["status"]): Node => ({
    id,
    kind,
    label: label(text),
    status,
    details: [
      { name: "Digest", value: image.digest },
      { name: "Seen", value: label(image.observedAt) },
    ],
  });
  const platforms = Array.from({ length: image.platforms }, (_, at) =>
    node(
      `platform-${String(at)}`,
      "platform",
      ["linux/amd64", "linux/arm64", "linux/s390x"][at] ?? "linux",
      "verified",
    ),
  );
  const uses = Array.from({ length: image.running }, (_, at) =>
    node(
      `use-${String(at)}`,
      "workload",
      `demo/shop/web-${String(at)}`,
      image.verdict === "allowed" ? "allowed" : "denied",
    ),
  );
  return {
    nodes: [
      node("source", "source", "git.shop.example/web@1f2e3d", "stated"),
      node("build", "build", "ci.shop.example/release", "stated"),
      node("image", "image", image.repository, "verified"),
      ...platforms,
      ...documents.map((each): Node => ({ ...node(each.id, each.kind, each.summary, each.status), document: each.id })),
      ...uses,
    ],
    edges: [
      { from: "source", to: "build" },
      { from: "build", to: "image" },
      ...platforms.map(({ id }) => ({ from: "image", to: id })),
      ...documents.map(({ id }) => ({ from: "image", to: id })),
      ...uses.map(({ id }) => ({ from: "image", to: id })),
    ],
  };
}
