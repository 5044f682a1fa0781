import { trustRepositoryContract } from "../ports/trust-repository.contract.ts";
import { createFakeClock } from "./fake-clock.ts";
import { createFakeTrustRepository } from "./fake-trust-repository.ts";
import { FAKE_NOW } from "./fake-world.ts";

trustRepositoryContract("the fake", () => {
  const clock = createFakeClock(FAKE_NOW);
  return { ...createFakeTrustRepository(() => clock.now()), advance: (ms) => clock.advance(ms) };
});
