import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8, isAmapError } from "../base/index.ts";
import type { TrustRepository } from "./trust-repository.ts";

/** A repository behind the port, with the hands to move its world. */
export interface TrustRepositoryUnderTest {
  /** Opens it anew, as the next run of the program does. */
  readonly open: () => TrustRepository;
  readonly mirror: string;
  readonly root: Uint8Array;
  /** Replaces the targets; all metadata is then good for another day. */
  readonly publish: (targets: ReadonlyMap<string, Uint8Array>) => void;
  readonly setOffline: (isOffline: boolean) => void;
  readonly advance: (ms: number) => void;
}

const NAME = "trusted_root.json";
const FIRST = encodeUtf8("the first");
const SECOND = encodeUtf8("the second");
const DAY = 86_400_000;

/** What every implementation of {@link TrustRepository} does. Metadata is good for a day. */
export function trustRepositoryContract(name: string, create: () => TrustRepositoryUnderTest): void {
  const opened = async (): Promise<TrustRepositoryUnderTest> => {
    const world = create();
    world.publish(new Map([[NAME, FIRST]]));
    await world.open().initialize({ mirror: world.mirror, root: world.root });
    return world;
  };
  const refuses = (promise: Promise<unknown>, code: string): Promise<void> =>
    assert.rejects(promise, (error) => {
      assert.ok(isAmapError(error), String(error));
      assert.equal(error.code, code, error.message);
      return true;
    });

  test(`${name}: the mirror that was initialised is read from then on`, async () => {
    const { open, mirror } = await opened();
    assert.deepEqual(await open().read(NAME), { bytes: FIRST, source: mirror, warnings: [] });
  });

  test(`${name}: initialising says what it found`, async () => {
    const { open, mirror, root } = await opened();
    const state = await open().initialize({ mirror, root });
    assert.deepEqual([state.mirror, state.targets], [mirror, [NAME]]);
    assert.deepEqual(
      state.metadata.map(({ role }) => role),
      ["root", "timestamp", "snapshot", "targets"],
    );
    assert.match(state.warnings[0] ?? "", /signing_config\.v0\.2\.json/);
  });

  test(`${name}: what is new is seen after a day`, async () => {
    const { open, publish, advance } = await opened();
    advance(DAY);
    publish(new Map([[NAME, SECOND]]));
    assert.deepEqual((await open().read(NAME)).bytes, SECOND);
  });

  test(`${name}: without a network the copy counts, and says its age once it has expired`, async () => {
    const { open, publish, advance, setOffline } = await opened();
    publish(new Map([[NAME, SECOND]]));
    setOffline(true);
    const good = await open().read(NAME);
    assert.deepEqual([good.bytes, good.warnings], [FIRST, []]);
    advance(3 * DAY);
    const { bytes, warnings } = await open().read(NAME);
    assert.deepEqual([bytes, warnings.length], [FIRST, 1]);
    assert.match(warnings[0] ?? "", /expired.*days ago/);
  });

  test(`${name}: a repository that nobody renews is an error, not a reason to use the copy`, async () => {
    const { open, advance } = await opened();
    advance(3 * DAY);
    await refuses(open().read(NAME), "TRUST_REPOSITORY_INVALID");
  });

  test(`${name}: targets that are not there, names that are none, mirrors without a root`, async () => {
    const { open, setOffline, mirror, root } = await opened();
    await refuses(open().read("signing_config.v0.2.json"), "NOT_SUPPORTED");
    await refuses(open().read("../root.json"), "USAGE");
    await refuses(open().initialize({ mirror: "https://other.example" }), "USAGE");
    setOffline(true);
    await refuses(open().initialize({ mirror, root }), "OFFLINE");
  });

  test(`${name}: a copy that was never made is not there`, async () => {
    const { open, setOffline } = create();
    setOffline(true);
    await refuses(open().read("signing_config.v0.2.json"), "OFFLINE");
  });
}
