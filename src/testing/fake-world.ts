import { createArchives } from "../adapters/archive/index.ts";
import { createCertificates } from "../adapters/certificates/index.ts";
import { createCsafValidation, createSchemaValidation } from "../adapters/schemas/index.ts";
import { openStore } from "../adapters/store/index.ts";
import type { ImageTarget, World } from "../app/index.ts";
import { formatImageReference } from "../artifact/index.ts";
import { createFakeAdvisoryDatabase } from "./fake-advisory-database.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";
import { createFakeFiles } from "./fake-files.ts";
import { createFakeGit, type FakeGit } from "./fake-git.ts";
import { createFakeMachine } from "./fake-machine.ts";
import { createFakeOciStorage, type FakeOciStorage } from "./fake-oci-storage.ts";
import { createFakeSigningKeys } from "./fake-signer.ts";

/** A world in memory, with its clock and storages at hand. */
export interface FakeWorld extends World {
  readonly clock: FakeClock;
  /** Its checkouts are in the world's files. */
  readonly git: FakeGit;
  /** The storage of a repository, made at first sight. */
  storageOf(location: string): FakeOciStorage;
}

/** Where time starts in tests: 2026-11-22T12:00:00Z. */
export const FAKE_NOW = Date.UTC(2026, 10, 22, 12);

/** Makes a world without disk, network or real time. Entropy counts up, so that a test is the same every time. */
export function createFakeWorld(files: Readonly<Record<string, string | Uint8Array>> = {}): FakeWorld {
  const storages = new Map<string, FakeOciStorage>();
  const databases = new Map<string, ReturnType<typeof createFakeAdvisoryDatabase>>();
  const clock = createFakeClock(FAKE_NOW);
  const held = createFakeFiles(files);
  let drawn = 0;
  const storageOf = (location: string): FakeOciStorage => {
    const found = storages.get(location) ?? createFakeOciStorage({ location, repository: location });
    storages.set(location, found);
    return found;
  };
  return {
    clock,
    entropy: { bytes: (length) => Uint8Array.from({ length }, () => (drawn += 1) & 0xff) },
    files: held,
    environment: () => undefined,
    git: createFakeGit(held),
    machine: createFakeMachine(),
    archives: createArchives(),
    keys: createFakeSigningKeys(),
    openStorage: async (target) => storageOf(locationOf(target)),
    openAdvisoryDatabase: async (path) => {
      const found = databases.get(path) ?? createFakeAdvisoryDatabase();
      databases.set(path, found);
      return found;
    },
    openStore,
    openJobs: async () => {
      throw new Error("a fake world has no jobs");
    },
    openCluster: async () => {
      throw new Error("a fake world has no cluster: make one with createFakeCluster");
    },
    openHttp: async () => {
      throw new Error("a fake world has no services");
    },
    openSigningServices: async () => {
      throw new Error("a fake world has no signing services: make them with createFakeSigningServices");
    },
    openTrustRepository: async () => {
      throw new Error("a fake world has no repository of trusted roots: make one with createFakeTrustRepository");
    },
    openRegistryLogins: async () => {
      throw new Error("a fake world has no logins");
    },
    openCertificates: async () => createCertificates(),
    openSchemas: async () => createSchemaValidation(),
    openCsafValidation: async () => createCsafValidation(),
    storageOf,
  };
}

function locationOf(target: ImageTarget): string {
  const name = target.kind === "registry" ? target.image : target.name;
  if (name !== undefined) return formatImageReference({ registry: name.registry, repository: name.repository });
  return target.kind === "layout" ? `layout.invalid/${target.directory}` : "";
}
