/** What an API server writes into objects before webhooks see them, as far as policies of the tests look at it. */
import {
  encodeBase64,
  encodeUtf8,
  isValueObject,
  listOf,
  memberOf,
  textOf,
  type Value,
  type ValueObject,
} from "../../src/base/index.ts";

/** An object with the defaults of its kind. */
export function withDefaults(object: ValueObject): ValueObject {
  switch (textOf(object, "kind")) {
    case "Namespace":
      return changed({ metadata: {}, ...object }, "metadata", (metadata) => {
        const labels = memberOf(metadata, "labels");
        const own = { "kubernetes.io/metadata.name": textOf(metadata, "name") };
        return { ...metadata, labels: { ...(isValueObject(labels) ? labels : {}), ...own } };
      });
    case "GlobalContextEntry":
      return changed(object, "spec", (spec) =>
        changed(spec, "apiCall", (call) => ({ method: "GET", refreshInterval: "10m", retryLimit: 3, ...call })),
      );
    case "StorageClass":
      return { reclaimPolicy: "Delete", volumeBindingMode: "Immediate", ...object };
    case "ClusterRole":
    case "Role":
      return { rules: null, ...object };
    case "Secret":
      return withStringData(object);
    case "Pod":
      return changed(object, "spec", (spec) => podDefaults(spec, true));
    case "Deployment":
    case "StatefulSet":
    case "DaemonSet":
    case "ReplicaSet":
    case "Job":
      return changed(object, "spec", templateDefaults);
    case "CronJob":
      return changed(object, "spec", (spec) =>
        changed(spec, "jobTemplate", (job) => changed({ metadata: {}, ...job }, "spec", templateDefaults)),
      );
    default:
      return object;
  }
}

function changed(object: ValueObject, key: string, change: (value: ValueObject) => ValueObject): ValueObject {
  const value = memberOf(object, key);
  return isValueObject(value) ? { ...object, [key]: change(value) } : object;
}

const templateDefaults = (spec: ValueObject): ValueObject =>
  changed(spec, "template", (template) =>
    changed({ metadata: {}, ...template }, "spec", (pod) => podDefaults(pod, false)),
  );

/** `stringData` is written, `data` is stored. */
function withStringData({ stringData, ...secret }: ValueObject): ValueObject {
  if (!isValueObject(stringData)) return secret;
  const own = memberOf(secret, "data");
  const encoded = Object.entries(stringData).map(
    ([key, value]) => [key, encodeBase64(encodeUtf8(typeof value === "string" ? value : ""))] as const,
  );
  return { ...secret, data: { ...(isValueObject(own) ? own : {}), ...Object.fromEntries(encoded) } };
}

function podDefaults(spec: ValueObject, isPod: boolean): ValueObject {
  const hasToken = isPod && memberOf(spec, "automountServiceAccountToken") !== false;
  const containers = (key: string): ValueObject => {
    const list = memberOf(spec, key);
    return Array.isArray(list) ? { [key]: list.map((each) => containerDefaults(each as Value, hasToken)) } : {};
  };
  return {
    restartPolicy: "Always",
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    terminationGracePeriodSeconds: 30,
    securityContext: {},
    ...(isPod ? { serviceAccountName: "default", serviceAccount: "default", enableServiceLinks: true } : {}),
    ...spec,
    ...(isPod ? { tolerations: tolerationsOf(spec) } : {}),
    ...(hasToken ? { volumes: volumesOf(spec) } : {}),
    ...containers("containers"),
    ...containers("initContainers"),
  };
}

const TOKEN = "kube-api-access-00000";

/** With those that built-in admission adds before webhooks see a Pod. */
function tolerationsOf(spec: ValueObject): readonly Value[] {
  const own = listOf(spec, "tolerations");
  const added = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]
    .filter((key) => !own.some((each) => ["", key].includes(textOf(each, "key"))))
    .map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }));
  return [...own, ...added];
}

/** With the one of the service account's token. */
function volumesOf(spec: ValueObject): readonly Value[] {
  const own = listOf(spec, "volumes");
  const hasToken = own.some((each) => textOf(each, "name") === TOKEN);
  return hasToken ? own : [...own, { name: TOKEN, projected: { defaultMode: 420, sources: [] } }];
}

function containerDefaults(container: Value, mountsToken: boolean): Value {
  if (!isValueObject(container)) return container;
  const image = textOf(container, "image");
  const tag = /:([^/:@]+)$/u.exec(image)?.[1];
  const isLatest = !image.includes("@") && (tag === undefined || tag === "latest");
  const ports = listOf(container, "ports").map((port) => (isValueObject(port) ? { protocol: "TCP", ...port } : port));
  const mounts = listOf(container, "volumeMounts");
  const token = { name: TOKEN, readOnly: true, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" };
  const hasToken = mounts.some((each) => textOf(each, "name") === TOKEN);
  const { env, ...rest } = container;
  return {
    imagePullPolicy: isLatest ? "Always" : "IfNotPresent",
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    resources: {},
    ...rest,
    // The API server keeps no empty lists of these.
    ...(env === undefined || (Array.isArray(env) && env.length === 0) ? {} : { env }),
    ...(ports.length === 0 ? {} : { ports }),
    ...(mountsToken && !hasToken ? { volumeMounts: [...mounts, token] } : {}),
  };
}
