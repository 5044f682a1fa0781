/** Variables of a policy, which hold what is looked up in the cluster. */
export class PolicyVariables {
  readonly #list: { readonly name: string; readonly expression: string }[] = [];

  get list(): readonly { readonly name: string; readonly expression: string }[] {
    return this.#list;
  }

  /** A variable with this expression, as expressions name it. */
  add(wanted: string, expression: string): string {
    const plain = wanted.replaceAll(/[^A-Za-z0-9]+([A-Za-z0-9])?/g, (_, next: string | undefined) =>
      (next ?? "").toUpperCase(),
    );
    const base = /^[A-Za-z]/.test(plain) ? plain : `found${plain}`;
    for (let count = 1; ; count++) {
      const name = count === 1 ? base : `${base}${count}`;
      const there = this.#list.find((each) => each.name === name);
      if (there === undefined) this.#list.push({ name, expression });
      if (there === undefined || there.expression === expression) return `variables.${name}`;
    }
  }
}
