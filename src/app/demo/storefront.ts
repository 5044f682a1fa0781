import type { Platform } from "../../artifact/index.ts";
import { AmapError, decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import type { BuildImageInput } from "../build-image.ts";

/** Platforms of the demo image. */
export const STOREFRONT_PLATFORMS: readonly Platform[] = [
  { os: "linux", architecture: "amd64" },
  { os: "linux", architecture: "arm64" },
];

/** Files of the example that belong into the image: the service, not the notes about it. */
const SERVICE_FILES = /^(?:[a-z-]+\.js|package\.json|package-lock\.json|settings\.json5|(?:views|lib|public)\/.+)$/;

/**
 * How the example storefront becomes an image: its base layer with a Debian package database, and the service. A fixed
 * time is written into it, so that every build gives the same digests.
 */
export function storefrontImage(examples: string, tag: string): BuildImageInput {
  return {
    tag,
    createdAt: "2026-01-01T00:00:00Z",
    platforms: STOREFRONT_PLATFORMS,
    config: { Entrypoint: ["node", "/app/server.js"], WorkingDir: "/app", User: "10001", ExposedPorts: ["8080/tcp"] },
    annotations: { "org.opencontainers.image.title": "storefront" },
    layers: [
      {
        name: "base",
        directory: `${examples}/storefront/base`,
        target: "",
        includes: () => true,
        adapt: adaptPackageDatabase,
      },
      {
        name: "service",
        directory: `${examples}/storefront`,
        target: "app",
        includes: (path) => SERVICE_FILES.test(path),
      },
    ],
  };
}

/** The package database is written for amd64; each platform's image states its own architecture. */
function adaptPackageDatabase(path: string, content: Uint8Array, platform: Platform): Uint8Array {
  if (path !== "var/lib/dpkg/status") return content;
  const text = decodeUtf8(content);
  if (text === undefined) throw new AmapError("PACKAGE_DATABASE_INVALID", `${path} is not text`);
  return encodeUtf8(text.replaceAll(/^Architecture: amd64$/gm, `Architecture: ${platform.architecture}`));
}
