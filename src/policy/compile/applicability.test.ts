import assert from "node:assert/strict";
import { test } from "node:test";
import { applicabilityOf } from "./applicability.ts";

test("a policy applies at admission and in the background unless it says otherwise", () => {
  assert.deepEqual(applicabilityOf({}), { atAdmission: true, inBackground: true });
  assert.deepEqual(applicabilityOf({ admission: false, background: null }), { atAdmission: false, inBackground: true });
  assert.deepEqual(applicabilityOf({ admission: true, background: false }), { atAdmission: true, inBackground: false });
});
