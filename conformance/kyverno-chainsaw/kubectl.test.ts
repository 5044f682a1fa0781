import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseKubectl } from "./kubectl.ts";

const NONE = { namespace: "", container: "", image: "", replicas: 0, command: [] };

describe("kubectl's commands", () => {
  const rows: readonly (readonly [string, unknown])[] = [
    [
      "kubectl scale deployment web --replicas=3 -n shop",
      { ...NONE, verb: "scale", kind: "Deployment", name: "web", namespace: "shop", replicas: 3 },
    ],
    ["kubectl scale sts db --replicas 0", { ...NONE, verb: "scale", kind: "StatefulSet", name: "db" }],
    [
      "kubectl exec -n shop web --container nginx -- ls -l",
      { ...NONE, verb: "exec", kind: "Pod", name: "web", namespace: "shop", container: "nginx", command: ["ls", "-l"] },
    ],
    [
      "kubectl debug -it web --image=busybox:1.35 --target=nginx",
      { ...NONE, verb: "debug", kind: "Pod", name: "web", image: "busybox:1.35" },
    ],
    ["kubectl exec deploy/web -- ls", undefined],
    ["kubectl debug web --image=busybox --copy-to=other", undefined],
    ["kubectl scale nodes a --replicas=1", undefined],
    ["kubectl get pods", undefined],
    ["kubectl exec web -- ls | grep a", undefined],
    ["helm exec web -- ls", undefined],
  ];
  for (const [text, call] of rows) it(text, () => assert.deepEqual(parseKubectl(text), call));
});
