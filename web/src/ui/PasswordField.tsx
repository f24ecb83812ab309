import { PasswordInput, type PasswordInputProps } from "@mantine/core";

/** A password that can be shown; says to those who hear the page when it is refused. */
export function PasswordField(props: PasswordInputProps) {
  return <PasswordInput aria-invalid={Boolean(props.error)} {...props} />;
}
