/**
 * Loaded before the tests: property tests draw from one fixed seed, so that a change alone decides whether they pass.
 * AMAP_FUZZ_SEED=random explores, and any number repeats a run.
 */
import fc from "fast-check";

const wanted = process.env["AMAP_FUZZ_SEED"] ?? "20261122";
if (wanted !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(wanted) });
