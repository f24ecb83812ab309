import { Card, type CardProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ComponentPropsWithRef } from "react";

type Native = Omit<ComponentPropsWithRef<"a">, keyof CardProps>;

/** A card that is a link as a whole. */
export const LinkCard = createLink((props: CardProps & Native) => (
  <Card component="a" {...props} />
));
