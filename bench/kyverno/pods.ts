/** Pods as clusters have them: most keep the baseline, some break a control of it. */

/** The YAML of Pods, one after the other, some hundred in each text. The same numbers give the same Pods. */
export function* writePods(count: number): Generator<string> {
  const TOGETHER = 200;
  for (let first = 0; first < count; first += TOGETHER) {
    const length = Math.min(TOGETHER, count - first);
    yield Array.from({ length }, (_, index) => writePod(first + index)).join("");
  }
}

const APPS: readonly string[] = ["shop", "payment", "search", "mail", "catalog", "stock", "login", "report"];

/** One in 50 each: a line of the Pod's spec, or of its first container's securityContext. */
const POD_MISTAKES: readonly string[] = ["hostNetwork: true", "hostPID: true"];
const CONTAINER_MISTAKES: readonly string[] = [
  "privileged: true",
  "procMount: Unmasked",
  "capabilities: { add: [SYS_ADMIN] }",
];

function writePod(index: number): string {
  const app = APPS[index % APPS.length] as string;
  const podMistake = index % 50 === 7 ? (POD_MISTAKES[(index / 50) & 1] as string) : undefined;
  const containerMistake = index % 50 === 23 ? (CONTAINER_MISTAKES[Math.floor(index / 50) % 3] as string) : undefined;
  return `---
apiVersion: v1
kind: Pod
metadata:
  name: ${app}-${index}
  namespace: team-${index % 40}
  labels:
    app.kubernetes.io/name: ${app}
    app.kubernetes.io/instance: ${app}-${index % 12}
    pod-template-hash: "${(index * 2_654_435_761) >>> 8}"
  annotations:
    prometheus.io/scrape: "true"
    prometheus.io/port: "8080"
spec:
  serviceAccountName: ${app}
${podMistake === undefined ? "" : `  ${podMistake}\n`}  securityContext:
    runAsNonRoot: true
    fsGroup: 2000
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: ${app}
      image: registry.example/${app}:1.${index % 20}.${index % 7}
      args: ["--listen=:8080", "--verbosity=2"]
      ports:
        - containerPort: 8080
          name: http
      env:
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        - name: DATABASE
          value: postgres://db.team-${index % 40}.svc:5432/${app}
      resources:
        requests: { cpu: 100m, memory: 128Mi }
        limits: { memory: 256Mi }
      securityContext:
${containerMistake === undefined ? "" : `        ${containerMistake}\n`}        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
      volumeMounts:
        - { name: config, mountPath: /etc/${app} }
${index % 3 === 0 ? "" : "        - { name: cache, mountPath: /cache }\n"}  volumes:
    - name: config
      configMap:
        name: ${app}-config
${index % 3 === 0 ? "" : "    - name: cache\n      emptyDir: {}\n"}${index % 50 === 41 ? "    - name: host\n      hostPath: { path: /var/run }\n" : ""}`;
}
