import assert from "node:assert/strict";
import { test } from "node:test";
import { advisoryDatabaseContract, advisoryOf } from "../ports/advisory-database.contract.ts";
import { advisoryDatabaseStatesContract } from "../ports/advisory-database-states.contract.ts";
import { createFakeAdvisoryDatabase, readExported } from "./fake-advisory-database.ts";

let count = 0;
advisoryDatabaseContract("the fake", async () => createFakeAdvisoryDatabase());
advisoryDatabaseStatesContract("the fake", async () => createFakeAdvisoryDatabase(), {
  path: () => `contract-${count++}`,
  read: readExported,
});

test("the fake starts with the given records and time", async () => {
  const database = createFakeAdvisoryDatabase([advisoryOf("A-1", ["npm/a"])], "2026-01-01T00:00:00Z");
  assert.equal((await database.lookup(["npm/a"])).size, 1);
  assert.equal((await database.status()).updatedAt, "2026-01-01T00:00:00Z");
});
