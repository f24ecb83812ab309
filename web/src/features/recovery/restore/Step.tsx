import { Paper, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

interface Props {
  number: number;
  title: string;
  children: ReactNode;
}

/** One of the steps that stand below each other on a page. */
export function Step({ number, title, children }: Props) {
  const id = useId();
  return (
    <Paper component="section" withBorder p="md" radius="md" aria-labelledby={id}>
      <Title order={2} size="h4" id={id} mb="sm">
        {number}. {title}
      </Title>
      {children}
    </Paper>
  );
}
