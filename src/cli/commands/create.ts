import type { Command } from "commander";
import {
  writeNewClusterRole,
  writeNewException,
  writeNewMetricsConfiguration,
  writeNewTest,
  writeNewUserInfo,
  writeNewValues,
} from "../../app/index.ts";
import { encodeUtf8 } from "../../base/index.ts";
import { collect, collectList, declareBoolean, isOn, requireText, textOf, textsOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";

/** A verb that writes a new document to standard output or to a file. */
function creating(
  positional: readonly string[],
  declare: (command: Command) => void,
  write: (flags: Flags, words: readonly string[], note: (text: string) => void) => string,
): Verb {
  return {
    positional,
    registry: false,
    declare: (command) => {
      command.option("-o, --output <file>", "write to a file; standard output without");
      declare(command);
    },
    run: async (context, words, flags) => {
      await print(
        context,
        write(flags, words, (note) => context.terminal.note(note)),
        textOf(flags, "output"),
      );
      return 0;
    },
  };
}

async function print({ terminal, world }: VerbContext, text: string, path: string | undefined): Promise<void> {
  if (path === undefined || path === "") terminal.result(text);
  else await world.files.write(path, encodeUtf8(text));
}

/** `amap create test`. */
export const createTest = creating(
  [],
  (command) =>
    void command
      .option("-n, --name <name>", "the test's name", "test-name")
      .option("-p, --policy <files>", "files with policies", collectList)
      .option("-r, --resource <files>", "files with objects", collectList)
      .option("-f, --values <file>", "the values file")
      .option("--pass <result>", "a pass: policy,rule,object,namespace,kind[,file of the patched object]", collect)
      .option("--fail <result>", "a fail, in the same form", collect)
      .option("--skip <result>", "a skip, in the same form", collect),
  (flags) => {
    const values = textOf(flags, "values") ?? "";
    return writeNewTest({
      name: textOf(flags, "name") ?? "",
      policies: textsOf(flags, "policy"),
      resources: textsOf(flags, "resource"),
      ...(values === "" ? {} : { values }),
      results: (["pass", "fail", "skip"] as const).flatMap((expected) =>
        textsOf(flags, expected).map((text) => ({ expected, text })),
      ),
    });
  },
);

/** `amap create values`. */
export const createValues = creating(
  [],
  (command) =>
    void command
      .option("-g, --global <pairs>", "key=value for all policies", collectList)
      .option("-n, --ns-selector <selector>", "labels of a namespace: namespace,key=value,…", collect)
      .option("--rule <values>", "values of a rule: policy,rule,key=value,…", collect)
      .option("--resource <values>", "values for an object: policy,object,key=value,…", collect),
  (flags) =>
    writeNewValues({
      globals: textsOf(flags, "global"),
      namespaces: textsOf(flags, "nsSelector"),
      rules: textsOf(flags, "rule"),
      resources: textsOf(flags, "resource"),
    }),
);

/** `amap create user-info`. */
export const createUserInfo = creating(
  [],
  (command) =>
    void command
      .option("-u, --username <name>", "the user's name")
      .option("-r, --role <names>", "Roles, as namespace:name", collectList)
      .option("-c, --cluster-role <names>", "ClusterRoles", collectList)
      .option("-g, --group <names>", "groups", collectList),
  (flags) =>
    writeNewUserInfo({
      username: textOf(flags, "username") ?? "",
      roles: textsOf(flags, "role"),
      clusterRoles: textsOf(flags, "clusterRole"),
      groups: textsOf(flags, "group"),
    }),
);

/** `amap create exception`. */
export const createException = creating(
  ["<name>"],
  (command) => {
    command
      .requiredOption("--policy-rules <rules>", "what is excepted: policy,rule,…", collect)
      .option("--namespace <name>", "the exception's namespace; default without")
      .option("--any <filter>", "objects: kind=…,name=…,namespace=…,operation=…; one filter must match", collect)
      .option("--all <filter>", "the same; all filters must match", collect);
    declareBoolean(command, "-b, --background", "whether it holds in background scans", true);
  },
  (flags, [name = ""], note) => {
    const [any, all] = [textsOf(flags, "any"), textsOf(flags, "all")];
    const text = writeNewException({
      name,
      namespace: textOf(flags, "namespace") || "default",
      isBackground: isOn(flags, "background"),
      policyRules: textsOf(flags, "policyRules"),
      any,
      all,
    });
    if (any.length + all.length === 0) note("warning: without --any or --all the exception holds for no object");
    return text;
  },
);

/** `amap create metrics-config`. */
export const createMetricsConfig = creating(
  [],
  (command) =>
    void command
      .option("-n, --name <name>", "the ConfigMap's name", "kyverno-metrics")
      .option("--namespace <name>", "the ConfigMap's namespace", "kyverno")
      .option("-i, --include <names>", "namespaces with metrics", collectList)
      .option("-e, --exclude <names>", "namespaces without metrics", collectList),
  (flags) =>
    writeNewMetricsConfiguration({
      name: textOf(flags, "name") ?? "",
      namespace: textOf(flags, "namespace") ?? "",
      include: textsOf(flags, "include"),
      exclude: textsOf(flags, "exclude"),
    }),
);

/** `amap create cluster-role`. */
export const createClusterRole = creating(
  ["<name>"],
  (command) =>
    void command
      .requiredOption("-g, --api-groups <group>", "the API group")
      .requiredOption("--verbs <verbs>", "verbs, or all", collectList)
      .requiredOption("--resources <resources>", "resources by their plural names", collectList)
      .option(
        "--controllers <names>",
        "Kyverno's controllers that get the rights; background-controller without",
        collectList,
      ),
  (flags, [name = ""]) =>
    writeNewClusterRole({
      name,
      apiGroup: requireText(flags, "apiGroups", "--api-groups"),
      resources: textsOf(flags, "resources"),
      verbs: textsOf(flags, "verbs"),
      controllers: flags["controllers"] === undefined ? ["background-controller"] : textsOf(flags, "controllers"),
    }),
);
