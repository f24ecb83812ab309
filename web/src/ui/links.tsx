import {
  Anchor,
  type AnchorProps,
  Button,
  type ButtonProps,
  Card,
  type CardProps,
} from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, RefObject } from "react";

type LinkParts = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "style" | "color"> & {
  ref?: RefObject<HTMLAnchorElement | null>;
};

/** Links to pages of the console that look like buttons, text or cards; `search` is type-checked. */
export const LinkButton = createLink((props: ButtonProps & LinkParts) => (
  <Button component="a" {...props} />
));
export const LinkText = createLink((props: AnchorProps & LinkParts) => <Anchor {...props} />);
export const LinkCard = createLink((props: CardProps & LinkParts) => (
  <Card component="a" {...props} />
));
