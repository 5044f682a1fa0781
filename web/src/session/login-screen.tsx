import {
  Alert,
  Button,
  Card,
  CardBody,
  CardTitle,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  TextInput,
} from "@patternfly/react-core";
import { type FormEvent, useEffect, useState } from "react";
import { ApiError } from "../api/client.ts";
import { printable } from "../text/printable.ts";
import { useLogin } from "./session.ts";
import { tokenOfFragment } from "./token.ts";

/** Where a session starts: a field for the one-time token, and why the last one was refused. */
export function LoginScreen({ refused }: { readonly refused: Error | undefined }) {
  const [token, setToken] = useState("");
  const login = useLogin();
  useEffect(() => {
    document.title = "Sign in · A-MAP";
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const typed = token.trim();
    // People paste the whole address that `amap serve` printed.
    const hash = typed.indexOf("#");
    login.mutate((hash === -1 ? undefined : tokenOfFragment(typed.slice(hash))) ?? typed);
    setToken("");
  };
  const error = login.error ?? refused;
  return (
    <main className="amap-login" id="main">
      <Card>
        <CardTitle component="h1">Sign in to A-MAP</CardTitle>
        <CardBody>
          {error === undefined ? null : <Refusal error={error} />}
          <Form onSubmit={submit}>
            <FormGroup label="One-time token" fieldId="token" isRequired>
              <TextInput
                id="token"
                type="password"
                autoComplete="off"
                isRequired
                value={token}
                aria-describedby="token-help"
                onChange={(_event, value) => setToken(value)}
              />
              <FormHelperText>
                <HelperText id="token-help">
                  <HelperTextItem>
                    <code>amap serve</code> prints it as part of its address; <code>amap token</code> makes another. It
                    works once, for 15 minutes.
                  </HelperTextItem>
                </HelperText>
              </FormHelperText>
            </FormGroup>
            <Button type="submit" isDisabled={token.trim() === "" || login.isPending} isLoading={login.isPending}>
              Sign in
            </Button>
          </Form>
        </CardBody>
      </Card>
    </main>
  );
}

function Refusal({ error }: { readonly error: Error }) {
  const problem = error instanceof ApiError ? error.problem : undefined;
  return (
    <div role="alert" className="amap-refusal">
      <Alert variant="danger" isInline title={printable(problem?.title ?? "Signing in failed.")} component="h2">
        {problem?.detail === undefined ? null : <p>{printable(problem.detail)}</p>}
        {problem?.hint === undefined ? null : <p>{printable(problem.hint)}</p>}
        {problem === undefined ? null : (
          <p>
            Code <code>{printable(problem.code)}</code>
          </p>
        )}
      </Alert>
    </div>
  );
}
