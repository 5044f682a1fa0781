import assert from "node:assert/strict";
import { test } from "node:test";
import { openAttestorSite } from "../../testing/attestor-site.ts";
import { createEnforcementFixture, podRequest, policyObject } from "../../testing/enforcement-fixture.ts";
import { pod } from "../../testing/policy-builders.ts";
import { PERSON } from "../../testing/sigstore/local-sigstore.ts";

test("a trusted root that is older than it should be is told of once, and evidence counts", async () => {
  const site = await openAttestorSite();
  await site.sign();
  const repository = await site.world.openTrustRepository();
  const read = async (name: string) => ({ ...(await repository.read(name)), warnings: ["it expired 3 days ago"] });
  const world = { ...site.world, openTrustRepository: async () => ({ ...repository, read }) };
  const told: string[] = [];
  const onWarning = (warning: string): void => void told.push(warning);
  const { enforcement, store, bugs } = await createEnforcementFixture({ world, evidenceTtlMs: 0, onWarning });
  try {
    const identities = [{ subject: PERSON.subject.value, issuer: PERSON.issuer }];
    const attestors = [{ name: "dev", cosign: { keyless: { identities } } }];
    const validations = [{ expression: `verifyImageSignatures("${site.name}", [attestors.dev]) == 1` }];
    await enforcement.applyPolicy(policyObject("p", { attestors, validations }));
    for (const uid of ["uid-1", "uid-2"]) {
      const { response } = await enforcement.review(podRequest(pod(site.name), { uid }), { timeoutMs: 20_000 });
      assert.equal(response.allowed, true, response.status?.message);
    }
    assert.deepEqual([told, bugs], [["it expired 3 days ago"], []]);
  } finally {
    await store.close();
  }
});
