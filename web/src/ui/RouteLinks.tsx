import { Anchor, type AnchorProps, Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ComponentPropsWithRef } from "react";

type Native = Omit<ComponentPropsWithRef<"a">, keyof AnchorProps | keyof ButtonProps>;

function MantineAnchor(props: AnchorProps & Native) {
  return <Anchor {...props} />;
}

function MantineButton(props: ButtonProps & Native) {
  return <Button component="a" {...props} />;
}

/** A link to a page of the console whose path, parameters and search are checked by the compiler. */
export const AnchorLink = createLink(MantineAnchor);
/** The same, looking like a button. */
export const ButtonLink = createLink(MantineButton);
