import { decodePolicy, compileClusterPolicy } from "/work/main/src/policy/index.ts";
import { runPlan } from "/work/main/src/testing/kyverno-runs.ts";
const match = { any: [{ resources: { kinds: ["Pod"] } }] };
const rules = Array.from({length: 60}, (_, at) => ({ name: `r${at}`, match, mutate: { patchStrategicMerge: { metadata: { [`a${at}`]: ["{{ request.object.metadata }}", "{{ request.object.metadata }}"] } } } }));
const d = decodePolicy({apiVersion: "kyverno.io/v1", kind: "ClusterPolicy", metadata: {name: "p"}, spec: {background: false, rules}} as never, {source:"x",document:1}) as any;
const c = compileClusterPolicy(d.value) as any;
const t = performance.now();
const r = runPlan(c.value, {object: {apiVersion: "v1", kind: "Pod", metadata: {name: "web"}}, operation: "CREATE"});
const by: any = {}; for (const x of r.responses) { const k = x.status + " " + (x.code ?? ""); by[k] = (by[k] ?? 0) + 1; }
console.log(by, Math.round(performance.now() - t), "ms", Math.round(process.memoryUsage().rss/1e6), "MB");
